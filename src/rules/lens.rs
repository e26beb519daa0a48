//! Looking at the pods of a version: who shows a symptom, and who is the worst of them.

use std::time::Duration;

use super::{Case, Side};
use crate::domain::{
    Container, ContainerRole, ContainerState, Ended, LogTail, Moment, Pod, PodPhase, Role as VersionRole, Text, Want,
};

/// An end of a container that is older than this is history.
pub(super) const RECENT: Duration = Duration::from_mins(10);
/// A container that has run this long after a crash is given the benefit of the doubt.
const SETTLED: Duration = Duration::from_mins(1);

/// A container with a symptom, and its pod.
#[derive(Clone, Copy)]
pub(super) struct Sick<'a> {
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
}

/// The pods of a version that are meant to stay: not being deleted, not ended.
pub(super) fn staying<'a>(side: &Side<'a>) -> impl Iterator<Item = &'a Pod> + use<'a> {
    let ended = |pod: &Pod| matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed);
    side.pods().iter().map(|pod| &**pod).filter(move |pod| pod.meta.deleting.is_none() && !ended(pod))
}

/// The first container with a symptom in each pod that is meant to stay; the pod with the most restarts first.
pub(super) fn sick<'a>(side: &Side<'a>, symptom: impl Fn(Sick<'a>) -> bool) -> Vec<Sick<'a>> {
    let first = |pod: &'a Pod| {
        let mut all = pod.containers.iter().map(|container| Sick { pod, container });
        all.find(|sick| symptom(*sick))
    };
    let mut sick: Vec<_> = staying(side).filter_map(first).collect();
    sick.sort_by_key(|sick| std::cmp::Reverse(sick.container.restarts));
    sick
}

/// Whether a container of it is between two crashes: that it is not ready says nothing new.
pub(super) fn is_between_crashes(pod: &Pod, now: Moment) -> bool {
    pod.containers.iter().any(|container| Sick { pod, container }.settles(now).is_some())
}

impl<'a> Sick<'a> {
    /// What it waits for: reason and message.
    pub(super) fn waits(self) -> Option<(&'a str, &'a str)> {
        if let ContainerState::Waiting { reason, message } = &self.container.state {
            Some((reason, message))
        } else {
            None
        }
    }

    /// Whether it waits for one of these reasons.
    pub(super) fn waits_for(self, reasons: &[&str]) -> bool {
        self.waits().is_some_and(|(reason, _)| reasons.contains(&reason))
    }

    /// Its last end: of this run if it is over, else of the one before.
    pub(super) fn end(self) -> Option<&'a Ended> {
        if let ContainerState::Ended(ended) = &self.container.state {
            Some(ended)
        } else {
            self.container.last.as_ref()
        }
    }

    /// Whether its last end was not long ago.
    pub(super) fn ended_recently(self, now: Moment) -> bool {
        self.end().is_some_and(|end| end.at.is_none_or(|at| now.since(at) < RECENT))
    }

    /// Whether the kubelet backs off, or it ran only for moments since it ended for the second time: between two crashes
    /// it looks well for a second.
    pub(super) fn loops(self, now: Moment) -> bool {
        let again = self.container.restarts > 1;
        match &self.container.state {
            ContainerState::Waiting { reason, .. } => reason == "CrashLoopBackOff",
            ContainerState::Ended(_) => again,
            ContainerState::Running { .. } => again && self.settles(now).is_some(),
            ContainerState::Unreported => false,
        }
    }

    /// When a container that restarted may be called well again; None when it may now, or does not run.
    pub(super) fn settles(self, now: Moment) -> Option<Moment> {
        let ContainerState::Running { since: Some(since) } = &self.container.state else { return None };
        let at = since.plus(SETTLED);
        (self.container.restarts > 0 && self.end().is_some() && at > now).then_some(at)
    }

    /// `container app`, `init container setup`, `sidecar proxy`.
    pub(super) fn named(self) -> String {
        let what = match self.container.role {
            ContainerRole::Init => "init container",
            ContainerRole::Sidecar => "sidecar",
            ContainerRole::Main => "container",
        };
        format!("{what} {}", self.container.name)
    }

    /// The last lines of its previous run, if they were fetched, else what it left as its termination message; and the
    /// wish to know them.
    pub(super) fn last_words(self, case: &Case<'_>) -> (Vec<Text>, Option<Want>) {
        let Self { pod, container } = self;
        let ours = |tail: &&&LogTail| tail.uid == pod.meta.uid && tail.container == container.name;
        let tail = case.tails.iter().filter(ours).max_by_key(|tail| tail.restarts);
        let left = || self.end().map(|end| end.message.clone()).filter(|message| !message.is_empty());
        let detail = match tail.map(|tail| &tail.lines) {
            Some(Ok(lines)) if !lines.is_empty() => lines.iter().rev().take(5).rev().cloned().collect(),
            Some(Err(why)) => left().into_iter().chain([Text::from(format!("no log: {why}"))]).collect(),
            Some(Ok(_)) | None => left().into_iter().collect(),
        };
        let want = container.last.is_some().then(|| Want::PreviousLog {
            pod: pod.meta.at.clone(),
            uid: pod.meta.uid.clone(),
            container: container.name.clone(),
            restarts: container.restarts,
        });
        (detail, want)
    }
}

/// How a container ended: `exits 1 (Error)`, `is killed by SIGSEGV (139)`.
pub(super) fn ending(end: &Ended) -> String {
    let signal = if end.signal > 0 { end.signal } else { end.exit - 128 };
    let reason = if end.reason.is_empty() || end.reason == "Error" { "" } else { &end.reason };
    match (signal_name(signal), end.exit, reason) {
        (Some(name), exit, "") => format!("is killed by {name} ({exit})"),
        (Some(name), exit, reason) => format!("is killed by {name} ({exit}, {reason})"),
        (None, 126, "") => "exits 126: the command cannot be executed".to_owned(),
        (None, 127, "") => "exits 127: the command is not found".to_owned(),
        (None, exit, "") => format!("exits {exit}"),
        (None, exit, reason) => format!("exits {exit} ({reason})"),
    }
}

/// The signals of Linux that end containers.
fn signal_name(number: i32) -> Option<&'static str> {
    let names = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (4, "SIGILL"),
        (6, "SIGABRT"),
        (7, "SIGBUS"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (13, "SIGPIPE"),
        (15, "SIGTERM"),
    ];
    names.iter().find(|(n, _)| *n == number).map(|(_, name)| *name)
}

/// Since when containers of a version keep ending. The API keeps only the last end: pods of a new version are taken to have
/// looped from their start, those of one that served before to have begun with it.
pub(super) fn looping_since(side: &Side<'_>, found: &[Sick<'_>]) -> Option<Moment> {
    if side.version.role == VersionRole::New {
        found.iter().map(|sick| sick.pod.meta.created).min()
    } else {
        found.iter().filter_map(|sick| sick.end()?.at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_name_their_signal() {
        let end = |exit, reason: &str| ending(&Ended { exit, reason: reason.into(), ..Ended::default() });
        assert_eq!(end(1, "Error"), "exits 1");
        assert_eq!(end(139, "Error"), "is killed by SIGSEGV (139)");
        assert_eq!(end(137, "OOMKilled"), "is killed by SIGKILL (137, OOMKilled)");
        assert_eq!(end(128, "StartError"), "exits 128 (StartError)");
        assert_eq!(end(127, "Error"), "exits 127: the command is not found");
    }
}
