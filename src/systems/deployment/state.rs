//! The state of a Deployment in an operator's words, by the logic of `kubectl rollout status`, plus what kubectl cannot
//! say: paused, scaled to 0, and whether a finished rollout lost pods.

use std::time::Duration;

use super::{status, versions::Versions};
use crate::domain::{
    Countdown, Deployment, Kind, Look, Moment, Phase, Pod, PodState, ReplicaSet, Standing, Strategy, Text, Truth, num,
};

/// How long a pod may take to start when no progress deadline says so: the deadline's default, seconds.
const PATIENCE_S: i32 = 600;

/// What is read of a Deployment's state.
#[derive(Debug)]
pub(super) struct State {
    /// The state.
    pub(super) phase: Phase,
    /// In one sentence.
    pub(super) says: Text,
    /// Since when.
    pub(super) since: Option<Moment>,
    /// What happens by itself.
    pub(super) countdowns: Vec<Countdown>,
    /// When time alone changes this.
    pub(super) again: Option<Moment>,
}

impl State {
    /// Reads it. Pods are looked at only when counts cannot tell: a finished rollout that misses some, and the wait for
    /// `minReadySeconds`.
    pub(super) fn of<'a>(
        deployment: &Deployment,
        versions: &Versions<'a>,
        look: &mut dyn Look<'a>,
        now: Moment,
    ) -> Self {
        let mut state = read(deployment, versions, look, now);
        if state.phase == Phase::Progressing {
            state.countdowns.extend(deadline(deployment));
            state.countdowns.extend(min_ready(deployment, versions, look, now));
        }
        state
    }

    fn new(phase: Phase, says: impl Into<Text>, since: Option<Moment>) -> Self {
        Self { phase, says: says.into(), since, countdowns: Vec::new(), again: None }
    }
}

fn read<'a>(deployment: &Deployment, versions: &Versions<'a>, look: &mut dyn Look<'a>, now: Moment) -> State {
    let progressing = deployment.progressing();
    if let Some(deleting) = deployment.meta.deleting {
        return State::new(Phase::Progressing, "being deleted", Some(deleting));
    }
    if deployment.paused {
        let since = progressing.filter(|c| c.reason == "DeploymentPaused").and_then(|c| c.since);
        return State::new(Phase::Paused, paused(deployment, versions), since);
    }
    if deployment.observed == 0 && deployment.conditions.is_empty() {
        return State::new(Phase::Unknown, "not yet seen by its controller", Some(deployment.meta.created));
    }
    if !deployment.is_observed() {
        return State::new(Phase::Progressing, "a change waits for the controller to observe it", None);
    }
    if deployment.timed_out() {
        let limit = deployment.deadline_s.unwrap_or(PATIENCE_S);
        let says = format!("no progress for {limit} s: {}", counts(deployment, versions));
        return State::new(Phase::Stuck, says, progressing.and_then(|c| c.since));
    }
    if status(deployment).standing == Standing::Done {
        return State::new(Phase::Healthy, healthy(deployment), done_since(deployment, versions));
    }
    if versions.finished {
        return short(deployment, versions, look, now);
    }
    State::new(Phase::Progressing, counts(deployment, versions), started(deployment, versions))
}

/// What a paused Deployment is paused in.
fn paused(deployment: &Deployment, versions: &Versions<'_>) -> String {
    let mut says = if versions.template_waits(deployment) {
        match versions.stable() {
            None => "paused before its first rollout: nothing runs until resume".to_owned(),
            Some(stable) => {
                format!("paused with an unrolled change: {} waits for resume", change(deployment, stable))
            }
        }
    } else if versions.finished {
        format!("paused with nothing to roll out: {} of {} available", deployment.available, deployment.replicas)
    } else {
        format!("paused mid-way: {}", counts(deployment, versions))
    };
    if deployment.timed_out() {
        says.push_str("; the progress deadline was exceeded before");
    }
    says
}

/// What the current template has that a version has not.
fn change(deployment: &Deployment, from: &ReplicaSet) -> String {
    let images = deployment.template.images.iter().filter(|image| !from.template.images.contains(image));
    let short = |image: &str| image.rsplit('/').next().unwrap_or(image).to_owned();
    let changed: Vec<_> = images.map(|(_, image)| short(image)).collect();
    if !changed.is_empty() {
        format!("image {}", changed.join(", "))
    } else if deployment.template.restarted == from.template.restarted {
        "a change of the template".to_owned()
    } else {
        "a restart".to_owned()
    }
}

/// `12 of 20 updated, 9 available, 8 old still serving, 3 draining`.
fn counts(deployment: &Deployment, versions: &Versions<'_>) -> String {
    let Deployment { replicas, have, updated, .. } = *deployment;
    let (old, ending) = (have - updated, deployment.terminating.unwrap_or(0));
    if versions.known && versions.new.is_none() {
        return match deployment.strategy {
            // Pods that are ending count neither as existing nor as gone: the controller waits for the last of them.
            Strategy::Recreate if old + ending > 0 => {
                format!("recreating: {} old pods must end before new ones start", old + ending)
            }
            Strategy::Recreate | Strategy::Rolling { .. } => "waiting for the new ReplicaSet".to_owned(),
        };
    }
    let available = match versions.new {
        Some(new) if new.available < updated => format!(", {} of them available", new.available),
        Some(_) | None => String::new(),
    };
    let old = if old > 0 { format!(", {old} old still there") } else { String::new() };
    format!("{updated} of {replicas} updated{available}{old}{}", draining(deployment))
}

fn draining(deployment: &Deployment) -> String {
    match deployment.terminating.unwrap_or(0) {
        0 => String::new(),
        pods => format!(", {pods} draining"),
    }
}

fn healthy(deployment: &Deployment) -> String {
    let says = match deployment.replicas {
        0 => "scaled to 0".to_owned(),
        1 => "its pod is available".to_owned(),
        pods => format!("all {pods} pods available"),
    };
    says + &draining(deployment)
}

/// The end of the last rollout, or of the last time too few pods were available.
fn done_since(deployment: &Deployment, versions: &Versions<'_>) -> Option<Moment> {
    let reached = deployment.progressing().filter(|c| c.reason == "NewReplicaSetAvailable").and_then(|c| c.updated);
    let available = deployment.condition("Available").filter(|c| c.truth == Truth::Yes).and_then(|c| c.since);
    reached.max(available).or(versions.new.map(|new| new.meta.created))
}

/// The start of the rollout under way: the birth of the new version, or, when an undo reuses an older one, the last word
/// of the controller.
fn started(deployment: &Deployment, versions: &Versions<'_>) -> Option<Moment> {
    let new = versions.new.map(|new| new.meta.created);
    let youngest = versions.others.iter().map(|set| set.meta.created).max();
    let written = || deployment.progressing().and_then(|c| c.updated);
    if new.is_some() && new >= youngest { new } else { written() }
}

/// A finished rollout that misses pods: being scaled, replacing some, or degraded.
fn short<'a>(deployment: &Deployment, versions: &Versions<'a>, look: &mut dyn Look<'a>, now: Moment) -> State {
    let Deployment { replicas, updated, available, .. } = *deployment;
    if updated < replicas {
        let says = format!("scaling to {replicas}: {updated} pods exist, {available} available");
        return State::new(Phase::Progressing, says, None);
    }
    let lacking = unavailable(deployment, versions, look, now);
    let says = format!("{available} of {replicas} available");
    let lost = deployment.condition("Available").filter(|c| c.truth == Truth::No);
    if lacking.is_empty() {
        let phase = if lost.is_some() { Phase::Degraded } else { Phase::Progressing };
        return State::new(phase, says, lost.and_then(|c| c.since));
    }
    let patience = deployment.deadline_s.unwrap_or(PATIENCE_S);
    let late = |pod: &&Pod| pod.meta.created.plus(seconds(patience));
    let on_its_way = |pod: &&Pod| matches!(pod.state(), PodState::Starting | PodState::Ready) && late(pod) > now;
    if lacking.iter().all(on_its_way) {
        let says = format!("{says}, {} starting", lacking.len());
        let since = lacking.iter().map(|pod| pod.meta.created).min();
        return State { again: lacking.iter().map(late).min(), ..State::new(Phase::Progressing, says, since) };
    }
    let since = lacking.iter().filter_map(|pod| pod.condition("Ready")?.since).min();
    State::new(Phase::Degraded, format!("{says}, {} not ready", lacking.len()), since)
}

/// The new version's pods that are not available, but for those that are leaving.
fn unavailable<'a>(
    deployment: &Deployment,
    versions: &Versions<'a>,
    look: &mut dyn Look<'a>,
    now: Moment,
) -> Vec<&'a Pod> {
    let mut pods = new_pods(deployment, versions, look);
    pods.retain(|pod| !matches!(pod.state(), PodState::Terminating | PodState::Done));
    pods.retain(|pod| !pod.is_ready() || available_at(deployment, pod).is_some_and(|at| at > now));
    pods
}

/// When a ready pod has been ready for `minReadySeconds`.
fn available_at(deployment: &Deployment, pod: &Pod) -> Option<Moment> {
    let ready = pod.condition("Ready").filter(|c| c.truth == Truth::Yes)?;
    Some(ready.since?.plus(seconds(deployment.min_ready_s)))
}

fn new_pods<'a>(deployment: &Deployment, versions: &Versions<'a>, look: &mut dyn Look<'a>) -> Vec<&'a Pod> {
    let at = &deployment.meta.at;
    let Some(new) = versions.new else { return Vec::new() };
    if !look.readable(&at.cluster, &Kind::POD, &at.namespace) {
        return Vec::new();
    }
    let mut pods = look.selected(&at.cluster, &at.namespace, &deployment.selector);
    pods.retain(|pod| pod.meta.owner.as_ref().is_some_and(|owner| owner.uid == new.meta.uid));
    pods
}

/// When the controller gives up, if nothing moves until then (`DeploymentTimedOut`): counted from the last time it wrote
/// the condition, and not at all once the rollout has reached its end.
fn deadline(deployment: &Deployment) -> Option<Countdown> {
    let progressing = deployment.progressing()?;
    let resting = ["NewReplicaSetAvailable", "ProgressDeadlineExceeded", "DeploymentPaused"];
    if resting.contains(&progressing.reason.as_str()) {
        return None;
    }
    let at = progressing.updated?.plus(seconds(deployment.deadline_s?));
    Some(Countdown { what: Text::fixed("progress deadline"), at })
}

/// When the last of the pods that are ready now will have been so for `minReadySeconds`.
fn min_ready<'a>(
    deployment: &Deployment,
    versions: &Versions<'a>,
    look: &mut dyn Look<'a>,
    now: Moment,
) -> Option<Countdown> {
    let new = versions.new?;
    if deployment.min_ready_s == 0 || new.ready <= new.available {
        return None;
    }
    let pods = new_pods(deployment, versions, look);
    let at = pods.iter().filter_map(|pod| available_at(deployment, pod)).max()?;
    (at > now).then_some(Countdown { what: Text::fixed("min ready"), at })
}

fn seconds(secs: i32) -> Duration {
    Duration::from_secs(num::clamp_u64(i64::from(secs)))
}
