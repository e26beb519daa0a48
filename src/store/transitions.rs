//! What the watch showed: the difference between two states of an object, in words for the timeline.
//!
//! Counts that follow from other lines (ready and available replicas) are left out: twenty pods becoming ready say so themselves.

use crate::{
    domain::{
        Condition, Container, Custom, Deployment, Ended, Entry, Moment, Object, Pod, PodState, ReplicaSet, Teller,
        Text, Tone, Truth,
    },
    systems,
};

/// A sentence and how it feels.
type Line = (Tone, String);

/// The lines that tell how `old` became `new`; `None` for what did not exist or exists no more.
pub(super) fn between(old: Option<&Object>, new: Option<&Object>, now: Moment) -> Vec<Entry> {
    let Some(subject) = new.or(old) else { return Vec::new() };
    let lines = match (old, new) {
        (Some(Object::Deployment(old)), Some(Object::Deployment(new))) => deployment(old, new),
        (None, Some(Object::Deployment(new))) => vec![(Tone::Plain, format!("created with {} replicas", new.replicas))],
        (Some(Object::Deployment(_)), None) => vec![(Tone::Plain, "deleted".into())],
        (Some(Object::Set(old)), Some(Object::Set(new))) => set(old, new),
        (None, Some(Object::Set(new))) => vec![(Tone::Plain, born(new))],
        (Some(Object::Pod(old)), Some(Object::Pod(new))) => pod(old, new),
        (None, Some(Object::Pod(_))) => vec![(Tone::Plain, "created".into())],
        (Some(Object::Pod(_)), None) => vec![(Tone::Plain, "gone".into())],
        (Some(Object::Custom(old)), Some(Object::Custom(new))) => custom(old, new, now),
        _ => Vec::new(),
    };
    let entry = |(tone, says): Line| Entry {
        at: now,
        teller: Teller::Watch,
        tone,
        about: subject.at().clone(),
        says: Text::clean(&says),
        times: 1,
    };
    lines.into_iter().map(entry).collect()
}

fn custom(old: &Custom, new: &Custom, now: Moment) -> Vec<Line> {
    let tone = |(is_bad, says)| (if is_bad { Tone::Bad } else { Tone::Plain }, says);
    systems::told(old, new, now).into_iter().map(tone).collect()
}

fn deployment(old: &Deployment, new: &Deployment) -> Vec<Line> {
    let mut lines = Vec::new();
    for (container, image) in &new.template.images {
        let before = old.template.images.iter().find(|(name, _)| name == container).map(|(_, image)| image);
        match before {
            Some(before) if before != image => {
                lines.push((Tone::Plain, format!("image {container} {before} → {image}")));
            }
            Some(_) => {}
            None => lines.push((Tone::Plain, format!("container {container} added: {image}"))),
        }
    }
    if new.template.restarted != old.template.restarted {
        lines.push((Tone::Plain, "restart asked for".into()));
    } else if new.template.fingerprint != old.template.fingerprint && lines.is_empty() {
        lines.push((Tone::Plain, "pod template changed".into()));
    }
    if new.replicas != old.replicas {
        lines.push((Tone::Plain, format!("scaled {} → {}", old.replicas, new.replicas)));
    }
    match (old.paused, new.paused) {
        (false, true) => lines.push((Tone::Plain, "paused".into())),
        (true, false) => lines.push((Tone::Plain, "resumed".into())),
        (true, true) | (false, false) => {}
    }
    lines.extend(progress(old.condition("Progressing"), new.condition("Progressing")));
    lines.extend(failure(old.condition("ReplicaFailure"), new.condition("ReplicaFailure")));
    lines
}

fn progress(old: Option<&Condition>, new: Option<&Condition>) -> Option<Line> {
    let new = new.filter(|new| old.is_none_or(|old| old.reason != new.reason))?;
    match new.reason.as_str() {
        "ProgressDeadlineExceeded" => Some((Tone::Bad, "exceeded its progress deadline".into())),
        "NewReplicaSetAvailable" => Some((Tone::Good, "rollout finished".into())),
        _ => None,
    }
}

fn failure(old: Option<&Condition>, new: Option<&Condition>) -> Option<Line> {
    let new = new.filter(|c| c.truth == Truth::Yes)?;
    let is_news = old.is_none_or(|old| old.truth != Truth::Yes || old.message != new.message);
    is_news.then(|| (Tone::Bad, format!("pods refused: {}", new.message)))
}

fn born(set: &ReplicaSet) -> String {
    let image = set.template.images.first().map_or("", |(_, image)| image.as_str());
    match set.meta.revision() {
        Some(revision) => format!("revision {revision} appears: {image}"),
        None => format!("appears: {image}"),
    }
}

fn set(old: &ReplicaSet, new: &ReplicaSet) -> Vec<Line> {
    let mut lines = Vec::new();
    if new.replicas != old.replicas {
        lines.push((Tone::Plain, format!("scaled {} → {}", old.replicas, new.replicas)));
    }
    if let (Some(before), Some(after)) = (old.meta.revision(), new.meta.revision())
        && before != after
    {
        lines.push((Tone::Plain, format!("revision {before} is now revision {after}")));
    }
    lines
}

fn pod(old: &Pod, new: &Pod) -> Vec<Line> {
    let mut lines: Vec<Line> = new
        .containers
        .iter()
        .filter_map(|container| {
            let before = old.containers.iter().find(|c| c.name == container.name)?;
            restart(before, container)
        })
        .collect();
    let (before, after) = (old.state(), new.state());
    if before != after {
        lines.extend(became(new, after));
    }
    lines
}

fn restart(old: &Container, new: &Container) -> Option<Line> {
    if new.restarts <= old.restarts {
        return None;
    }
    let end = new.last.as_ref().map_or_else(String::new, |end| format!(": {}", ended(end)));
    Some((Tone::Bad, format!("container {} restarted{end}", new.name)))
}

/// `OOMKilled` or `exit 1`, the way an operator names it.
fn ended(end: &Ended) -> String {
    match (end.reason.as_str(), end.signal) {
        ("" | "Error", 0) => format!("exit {}", end.exit),
        ("" | "Error", signal) => format!("signal {signal}"),
        (reason, _) => format!("{reason} (exit {})", end.exit),
    }
}

fn became(pod: &Pod, state: PodState) -> Option<Line> {
    match state {
        PodState::Ready => Some((Tone::Good, "ready".into())),
        PodState::NotReady => Some((Tone::Bad, "not ready any more".into())),
        PodState::Terminating => Some((Tone::Plain, "terminating".into())),
        PodState::Done => Some((Tone::Plain, "completed".into())),
        PodState::Failing => Some((Tone::Bad, why_failing(pod))),
        PodState::Starting => None,
    }
}

fn why_failing(pod: &Pod) -> String {
    use crate::domain::ContainerState;
    if !pod.reason.is_empty() {
        return format!("failed: {}", pod.reason);
    }
    let Some(container) = pod.containers.iter().find(|c| c.is_failing()) else { return "failed".into() };
    match &container.state {
        ContainerState::Waiting { reason, .. } => format!("container {} waits: {reason}", container.name),
        ContainerState::Ended(end) => format!("container {} ended: {}", container.name, ended(end)),
        ContainerState::Unreported | ContainerState::Running { .. } => "failed".into(),
    }
}
