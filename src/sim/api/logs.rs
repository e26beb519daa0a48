//! `pods/log`: what a container of the simulated cluster wrote. The lines come from the pod's life as its status tells it,
//! and, for requests, from whoever knows the traffic; the same span always gives the same lines.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    Around,
    call::Query,
    list::get,
    moment,
    reply::{Reply, Stream},
    route::At,
    stamp,
    status::Status,
};
use crate::{domain::Moment, sim::World};

/// Lines that may wait to be read.
const WAITING: usize = 256;
/// A kubelet lets a log be followed for this long.
const LASTS: Duration = Duration::from_hours(4);

/// A line and when it was written.
pub type Line = (Moment, String);

/// A log that is followed.
pub(in crate::sim) struct Follow {
    at: At,
    container: String,
    uid: String,
    /// Everything up to here is told.
    told: Moment,
    timestamps: bool,
    lines: mpsc::Sender<Bytes>,
}

/// One run of a container.
struct Run<'a> {
    image: &'a str,
    started: Moment,
    /// When and how it ended.
    ended: Option<(Moment, &'a Value)>,
}

/// Answers a request for a log.
pub(super) fn read(
    world: &World,
    around: &dyn Around,
    at: &At,
    query: &Query,
) -> Result<(Reply, Option<Follow>), Status> {
    let pod = get(&world.objects, at)?;
    let container = container(pod, at, query.get("container"))?;
    let number = |key: &str| match query.number(key).map_err(Status::bad_request)? {
        Some(n) if n < 0 => {
            let why = format!("Invalid value: {n}: must be greater than or equal to 0");
            Err(Status::invalid_options("PodLogOptions", &at.name, key, &why))
        }
        n => Ok(n),
    };
    let (tail, limit, since) = (number("tailLines")?, number("limitBytes")?, number("sinceSeconds")?);
    let now = world.now();
    let since = since.map(|s| now.shifted(-s * 1_000)).or_else(|| moment(query.get("sinceTime").unwrap_or_default()));
    let previous = query.on("previous");
    let run = run(pod, at, container, previous)?;
    let mut lines: Vec<Line> = life(&run, now);
    if !previous {
        lines.extend(around.requests(world, pod, (run.started, now)));
    }
    lines.retain(|(when, _)| *when <= now && since.is_none_or(|since| *when >= since));
    lines.sort_by_key(|(when, _)| *when);
    if let Some(tail) = tail.and_then(|tail| usize::try_from(tail).ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let timestamps = query.on("timestamps");
    let mut text: Vec<u8> = lines.iter().flat_map(|line| written(line, timestamps)).collect();
    if let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) {
        text.truncate(limit);
    }
    if !query.on("follow") || run.ended.is_some() {
        return Ok((Reply::text(200, text), None));
    }
    let (sender, rest) = mpsc::channel(WAITING);
    let uid = pod.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
    let follow = Follow { at: at.clone(), container: container.to_owned(), uid, told: now, timestamps, lines: sender };
    let stream = Stream { head: vec![text.into()], rest: Some(rest), within: LASTS };
    Ok((Reply::stream("text/plain", stream), Some(follow)))
}

impl Follow {
    /// Tells what was written since; false when the container ended or nobody listens.
    pub(in crate::sim) fn tell(&mut self, world: &World, around: &dyn Around) -> bool {
        let now = world.now();
        let Ok(pod) = get(&world.objects, &self.at) else { return false };
        if pod.pointer("/metadata/uid").and_then(Value::as_str) != Some(self.uid.as_str()) {
            return false;
        }
        let Some(run) = current(pod, &self.container) else {
            // It ended: its last words are those of the run before.
            if let Some(run) = last(pod, &self.container) {
                self.send(life(&run, now), now);
            }
            return false;
        };
        let mut lines = life(&run, now);
        lines.extend(around.requests(world, pod, (run.started.max(self.told), now)));
        self.send(lines, now) && run.ended.is_none()
    }

    fn send(&mut self, mut lines: Vec<Line>, now: Moment) -> bool {
        lines.retain(|(when, _)| *when > self.told && *when <= now);
        lines.sort_by_key(|(when, _)| *when);
        self.told = now;
        let text: Vec<u8> = lines.iter().flat_map(|line| written(line, self.timestamps)).collect();
        !self.lines.is_closed() && (text.is_empty() || self.lines.try_send(text.into()).is_ok())
    }
}

fn written((when, line): &Line, timestamps: bool) -> Vec<u8> {
    if timestamps { format!("{} {line}\n", stamp(*when)) } else { format!("{line}\n") }.into_bytes()
}

/// Which container is meant.
fn container<'a>(pod: &'a Value, at: &At, asked: Option<&str>) -> Result<&'a str, Status> {
    let all = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let names = |pointer: &str| all(pointer).filter_map(|c| c.get("name")?.as_str()).collect::<Vec<_>>();
    let (containers, init) = (names("/spec/containers"), names("/spec/initContainers"));
    match (asked, containers.as_slice()) {
        (Some(asked), _) => containers
            .iter()
            .chain(&init)
            .find(|name| **name == asked)
            .copied()
            .ok_or_else(|| Status::bad_request(format!("container {asked} is not valid for pod {}", at.name))),
        (None, [only]) => Ok(only),
        (None, several) => Err(Status::bad_request(format!(
            "a container name must be specified for pod {}, choose one of: [{}]",
            at.name,
            several.join(" ")
        ))),
    }
}

fn status<'a>(pod: &'a Value, container: &str) -> Option<&'a Value> {
    let all = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let mut all = all("/status/containerStatuses").chain(all("/status/initContainerStatuses"));
    all.find(|status| status.get("name").and_then(Value::as_str) == Some(container))
}

fn time(object: &Value, pointer: &str) -> Option<Moment> {
    moment(object.pointer(pointer)?.as_str()?)
}

/// The run of a state that is `running` or `terminated`.
fn of_state<'a>(status: &'a Value, state: &'a Value) -> Option<Run<'a>> {
    let image = status.get("image").and_then(Value::as_str).unwrap_or_default();
    if let Some(started) = time(state, "/running/startedAt") {
        return Some(Run { image, started, ended: None });
    }
    let ended = state.get("terminated")?;
    let (started, finished) = (time(ended, "/startedAt")?, time(ended, "/finishedAt")?);
    Some(Run { image, started, ended: Some((finished, ended)) })
}

fn current<'a>(pod: &'a Value, container: &str) -> Option<Run<'a>> {
    let status = status(pod, container)?;
    of_state(status, status.get("state")?)
}

fn last<'a>(pod: &'a Value, container: &str) -> Option<Run<'a>> {
    let status = status(pod, container)?;
    of_state(status, status.get("lastState")?)
}

/// The run that is asked for, or why there is none, in a kubelet's words.
fn run<'a>(pod: &'a Value, at: &At, container: &str, previous: bool) -> Result<Run<'a>, Status> {
    let name = &at.name;
    if previous {
        let nothing =
            || Status::bad_request(format!("previous terminated container {container:?} in pod {name:?} not found"));
        return last(pod, container).ok_or_else(nothing);
    }
    // While it waits to be restarted, the log is that of the run that ended.
    let found = current(pod, container).or_else(|| last(pod, container));
    found.ok_or_else(|| {
        let reason = status(pod, container).and_then(|status| status.pointer("/state/waiting/reason")?.as_str());
        Status::bad_request(match reason {
            Some("ImagePullBackOff") => {
                format!("container {container:?} in pod {name:?} is waiting to start: trying and failing to pull image")
            }
            Some("ErrImagePull") => {
                format!("container {container:?} in pod {name:?} is waiting to start: image can't be pulled")
            }
            Some(reason) => format!("container {container:?} in pod {name:?} is waiting to start: {reason}"),
            None => format!("container {container:?} in pod {name:?} is waiting to start: ContainerCreating"),
        })
    })
}

/// What a container says about itself: that it starts, that it is up, and why it ends.
fn life(run: &Run<'_>, now: Moment) -> Vec<Line> {
    let mut lines = vec![(run.started, format!("level=info msg=\"starting\" image={}", run.image))];
    if let Some((finished, ended)) = run.ended {
        let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or_default();
        let message = ended.get("message").and_then(Value::as_str).unwrap_or_default();
        lines.extend(message.lines().map(|line| (finished, line.to_owned())));
        let reason = ended.get("reason").and_then(Value::as_str).unwrap_or_default();
        let last: &[&str] = match (reason, code) {
            // The kernel ends it: it has no last word.
            ("OOMKilled", _) | (_, 137) => &[],
            (_, 0 | 143) => &["level=info msg=\"shutting down\""],
            _ if message.is_empty() => &CRASH,
            _ => &[],
        };
        lines.extend(last.iter().map(|line| (finished, (*line).to_owned())));
    } else if now.since(run.started) >= UP {
        lines.push((run.started.plus(UP), "level=info msg=\"up\"".to_owned()));
    }
    lines
}

/// What a crash says that says nothing else in its status.
const CRASH: [&str; 2] = [
    "level=error msg=\"the configuration names no database\" file=/etc/app/config.yaml",
    "panic: no database to work with",
];

/// A container that runs this long says that it is up.
const UP: Duration = Duration::from_millis(200);

/// How often followers are told, in virtual time.
pub(super) const EVERY: Duration = Duration::from_millis(500);
