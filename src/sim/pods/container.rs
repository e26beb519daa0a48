//! One container: what it is, the state it is in, and the step that comes next. Steps tell events and draw times; what they
//! mean for the pod is `run`'s and `render`'s.

mod creation;

use serde_json::Value;

use super::{
    behaviour::{Behaviour, Manner, Span},
    image::container_id,
    tell,
};
use crate::{
    domain::Moment,
    sim::{
        World,
        objects::json::{int, list, text},
    },
};

/// Back-offs begin with 10 s, double, and end at 300 s; 10 minutes of running forget them (kubelet).
const BACKOFF_S: i64 = 10;
const BACKOFF_MOST_S: i64 = 300;
const FORGOTTEN_MS: i64 = 600_000;
/// How often a probe fails again, and a container that lacks something is tried again.
const PERIOD_MS: i64 = 10_000;

/// What a container is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not running, and why.
    Waiting { reason: &'static str, message: String },
    /// Running since.
    Running { since: Moment },
    /// Over.
    Ended(Ended),
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) exit: i64,
    pub(super) reason: &'static str,
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) id: String,
}

/// What happens to a container next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Its volumes are mounted, in vain.
    Mount,
    /// Its image is looked for.
    Pull,
    /// The pull is over, after so many milliseconds.
    Pulled(i64),
    /// The kubelet holds back after a failed pull.
    HoldPull,
    /// It cannot be created.
    Refuse,
    /// It starts.
    Start,
    /// It becomes ready.
    Ready,
    /// Its readiness probe fails.
    Unready,
    /// It ends by itself.
    End,
    /// Its liveness probe kills it.
    Kill,
    /// The kubelet holds back after a crash.
    HoldStart,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It does the pod's work.
    Main,
    /// It prepares it.
    Init,
    /// It prepares it, and crashes.
    BrokenInit,
}

/// One container of a pod.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) state: State,
    pub(super) last: Option<Ended>,
    pub(super) id: String,
    pub(super) restarts: u32,
    pub(super) ready: bool,
    manner: Manner,
    role: Role,
    pull_always: bool,
    /// The initial delay of its readiness probe; None without one.
    probe_ms: Option<i64>,
    pre_stop_ms: i64,
    failures: u32,
    retry: Moment,
    next: Option<(Moment, Step)>,
}

/// What a step needs: the world to act in, and the pod to tell of.
pub(super) struct Scene<'a> {
    pub(super) world: &'a mut World,
    pub(super) pod: &'a Value,
    /// Whether the pod waits for its gate.
    pub(super) gated: bool,
}

impl Container {
    pub(super) fn new(spec: &Value, role: Role, waiting: &'static str) -> Self {
        let image = text(spec, "/image").to_owned();
        Self {
            name: text(spec, "/name").to_owned(),
            state: State::Waiting { reason: waiting, message: String::new() },
            last: None,
            id: String::new(),
            restarts: 0,
            ready: false,
            manner: Manner::of(if role == Role::Main { &image } else { "" }),
            role,
            probe_ms: spec.get("readinessProbe").map(|probe| int(probe, "/initialDelaySeconds") * 1_000),
            pull_always: text(spec, "/imagePullPolicy") == "Always",
            pre_stop_ms: pre_stop_ms(spec),
            failures: 0,
            retry: Moment(0),
            next: None,
            image,
        }
    }

    /// Whether it keeps its pod from ever getting its volumes.
    pub(super) fn lacks_volume(&self) -> bool {
        self.manner.does == Behaviour::Mount
    }

    /// When its next step is due.
    pub(super) fn next(&self) -> Option<Moment> {
        self.next.map(|(at, _)| at)
    }

    /// Whether it did its work, as init containers do.
    pub(super) fn is_done(&self) -> bool {
        matches!(&self.state, State::Ended(ended) if ended.exit == 0)
    }

    /// Its turn has come.
    pub(super) fn begin(&mut self, now: Moment) {
        self.next = Some((now, if self.lacks_volume() { Step::Mount } else { Step::Pull }));
    }

    /// It may become ready now, if it waited for the gate.
    pub(super) fn open(&mut self, now: Moment) {
        let waits = matches!(self.state, State::Running { .. }) && self.manner.does == Behaviour::Fine;
        if waits && !self.ready && self.role == Role::Main && self.next.is_none() {
            self.next = Some((now, Step::Ready));
        }
    }

    /// It is told to end: nothing else will happen to it. How long it takes (milliseconds).
    pub(super) fn stop(&mut self, scene: &mut Scene<'_>) -> i64 {
        self.next = None;
        if !matches!(self.state, State::Running { .. }) {
            return 0;
        }
        let message = format!("Stopping container {}", self.name);
        self.tell(scene, ("Normal", "Killing"), &message);
        let span = if self.manner.drains { Span::Drain } else { Span::Stop };
        self.pre_stop_ms + span.draw(&mut scene.world.luck)
    }

    /// It has ended because its pod ends; `cut` when its time of grace was over first.
    pub(super) fn finish(&mut self, now: Moment, cut: bool) {
        if matches!(self.state, State::Running { .. }) {
            let (exit, reason) = if cut { (137, "Error") } else { (0, "Completed") };
            self.end(now, exit, reason);
        }
        self.ready = false;
    }

    /// Does all steps that are due.
    pub(super) fn step(&mut self, scene: &mut Scene<'_>) {
        let now = scene.world.now();
        while let Some((_, step)) = self.next.take_if(|(at, _)| *at <= now) {
            self.act(step, scene, now);
        }
    }

    fn act(&mut self, step: Step, scene: &mut Scene<'_>, now: Moment) {
        match step {
            Step::Mount => self.mount(scene, now),
            Step::Pull => self.pull(scene, now),
            Step::Pulled(took) => self.pulled(scene, now, took),
            Step::HoldPull => self.hold_pull(scene),
            Step::Refuse => self.refuse(scene, now),
            Step::Start => self.start(scene, now),
            Step::Ready => self.become_ready(scene, now),
            Step::Unready => self.become_unready(scene, now),
            Step::End => {
                let (exit, reason) = match self.manner.does {
                    _ if self.role == Role::Init => (0, "Completed"),
                    Behaviour::Oom => (137, "OOMKilled"),
                    Behaviour::Fine
                    | Behaviour::Bad
                    | Behaviour::BadName
                    | Behaviour::Config
                    | Behaviour::Mount
                    | Behaviour::Crash
                    | Behaviour::Liveness
                    | Behaviour::Flap
                    | Behaviour::Unready => (1, "Error"),
                };
                self.crash(scene, now, (exit, reason));
            }
            Step::Kill => {
                self.tell(
                    scene,
                    ("Warning", "Unhealthy"),
                    "Liveness probe failed: HTTP probe failed with statuscode: 500",
                );
                let message = format!("Container {} failed liveness probe, will be restarted", self.name);
                self.tell(scene, ("Normal", "Killing"), &message);
                self.crash(scene, now, (137, "Error"));
            }
            Step::HoldStart => self.hold_start(scene),
        }
    }

    fn start(&mut self, scene: &mut Scene<'_>, now: Moment) {
        if let State::Ended(_) | State::Waiting { .. } = &self.state
            && !self.id.is_empty()
        {
            self.restarts += 1;
            self.tell_present(scene);
        }
        self.tell(scene, ("Normal", "Created"), "Container created");
        self.tell(scene, ("Normal", "Started"), "Container started");
        if let State::Ended(ended) = &self.state {
            self.last = Some(ended.clone());
        }
        self.id = container_id(&mut scene.world.luck);
        self.state = State::Running { since: now };
        let luck = &mut scene.world.luck;
        match self.manner.does {
            _ if self.role == Role::Init => self.later(now, Span::Init.draw(luck), Step::End),
            _ if self.role == Role::BrokenInit => self.later(now, Span::Crash.draw(luck), Step::End),
            Behaviour::Crash | Behaviour::Oom => self.later(now, Span::Crash.draw(luck), Step::End),
            Behaviour::Unready => self.later(now, PERIOD_MS, Step::Unready),
            Behaviour::Fine if scene.gated => {}
            Behaviour::Fine if self.probe_ms.is_none() => self.ready = true,
            Behaviour::Fine
            | Behaviour::Flap
            | Behaviour::Liveness
            | Behaviour::Bad
            | Behaviour::BadName
            | Behaviour::Config
            | Behaviour::Mount => {
                let slow = self.manner.slow && self.probe_ms.is_some();
                let wait = if slow { Span::SlowReady } else { Span::Ready }.draw(luck);
                self.later(now, wait.max(self.probe_ms.unwrap_or(0)), Step::Ready);
            }
        }
    }

    fn become_ready(&mut self, scene: &mut Scene<'_>, now: Moment) {
        self.ready = true;
        let luck = &mut scene.world.luck;
        if self.manner.does == Behaviour::Flap {
            self.later(now, Span::Flap.draw(luck), Step::Unready);
        } else if self.manner.does == Behaviour::Liveness {
            self.later(now, Span::Liveness.draw(luck), Step::Kill);
        }
    }

    fn become_unready(&mut self, scene: &mut Scene<'_>, now: Moment) {
        self.ready = false;
        self.tell(scene, ("Warning", "Unhealthy"), "Readiness probe failed: HTTP probe failed with statuscode: 503");
        if self.manner.does == Behaviour::Flap {
            let wait = Span::Flap.draw(&mut scene.world.luck);
            self.later(now, wait, Step::Ready);
        } else {
            self.later(now, PERIOD_MS, Step::Unready);
        }
    }

    /// It ended; an init container that did its work stays so, everything else is started again: at once after the first
    /// time, then with a growing back-off.
    fn crash(&mut self, scene: &mut Scene<'_>, now: Moment, (exit, reason): (i64, &'static str)) {
        let ran_long = matches!(self.state, State::Running { since } if now.0 - since.0 >= FORGOTTEN_MS);
        self.end(now, exit, reason);
        if exit == 0 {
            self.ready = true;
            return;
        }
        self.failures = if ran_long { 1 } else { self.failures + 1 };
        let look = Span::Look.draw(&mut scene.world.luck);
        if self.failures == 1 {
            return self.later(now, look, Step::Start);
        }
        self.retry = Moment(now.0 + self.back_off_s(2) * 1_000);
        self.later(now, look, Step::HoldStart);
    }

    fn hold_start(&mut self, scene: &mut Scene<'_>) {
        let part = |pointer| text(scene.pod, pointer);
        let pod = format!("{}_{}({})", part("/metadata/name"), part("/metadata/namespace"), part("/metadata/uid"));
        let message = format!("Back-off restarting failed container {} in pod {pod}", self.name);
        self.tell(scene, ("Warning", "BackOff"), &message);
        let wait = go_seconds(self.back_off_s(2));
        if let State::Ended(ended) = &self.state {
            self.last = Some(ended.clone());
        }
        self.wait("CrashLoopBackOff", format!("back-off {wait} restarting failed container={} pod={pod}", self.name));
        self.next = Some((self.retry, Step::Start));
    }

    /// The back-off in seconds; `free` failures have none.
    fn back_off_s(&self, free: u32) -> i64 {
        (BACKOFF_S << self.failures.saturating_sub(free).min(10)).min(BACKOFF_MOST_S)
    }

    fn end(&mut self, now: Moment, exit: i64, reason: &'static str) {
        let from = if let State::Running { since } = self.state { since } else { now };
        self.state = State::Ended(Ended { exit, reason, from, to: now, id: self.id.clone() });
        self.ready = false;
    }

    fn wait(&mut self, reason: &'static str, message: String) {
        self.state = State::Waiting { reason, message };
    }

    fn later(&mut self, now: Moment, by_ms: i64, step: Step) {
        self.next = Some((Moment(now.0 + by_ms), step));
    }

    fn tell(&self, scene: &mut Scene<'_>, (kind, reason): (&str, &str), message: &str) {
        let list = if self.role == Role::Main { "containers" } else { "initContainers" };
        tell(scene.world, scene.pod, &format!("spec.{list}{{{}}}", self.name), (kind, reason), message);
    }
}

/// Seconds as Go writes a duration: `40s`, `1m20s`, `5m0s`.
fn go_seconds(seconds: i64) -> String {
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}

/// How long the preStop hook takes: `sleep`, or a command with `sleep N` in it.
fn pre_stop_ms(spec: &Value) -> i64 {
    let slept = int(spec, "/lifecycle/preStop/sleep/seconds");
    let command: Vec<&str> = list(spec, "/lifecycle/preStop/exec/command").iter().filter_map(Value::as_str).collect();
    let command = command.join(" ");
    let said = command.split_once("sleep ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse::<i64>().ok());
    slept.max(said.unwrap_or(0)) * 1_000
}
