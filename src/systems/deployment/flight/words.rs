//! A flight in words: what is lost, which limits are met, why it does not end, what is taken for granted.

use super::{Observed, fork::Course, pace::Pace};
use crate::{
    domain::{PodState, Rollout, Text, Verb, Version},
    systems::deployment::arithmetic::Strategy,
};

/// Rules that say that something takes long, not that it fails.
const LATE: [&str; 2] = ["deadline", "progress-stalled"];

/// What ails a version so that it gets nowhere by itself, in at most three words.
pub(super) fn ailment<'a>(rollout: &'a Rollout, version: &Version) -> Option<&'a Text> {
    let ails = rollout.findings.iter().find(|finding| {
        finding.sticks && !LATE.contains(&finding.rule.as_str()) && finding.version.as_ref() == Some(&version.uid)
    });
    ails.map(|finding| &finding.label)
}

impl Observed<'_> {
    /// What is gone afterwards and would not be expected to go: versions that the change gives up.
    pub(super) fn lost(&self, verb: Verb) -> Vec<Text> {
        let is_target = |version: &Version| self.target.is_some_and(|target| target.uid == version.uid);
        let goes = |version: &&&Version| version.pods.ready > 0 && !is_target(version);
        let is_newest = |version: &Version| self.current.is_some_and(|current| current.uid == version.uid);
        let is_mixed = self.versions.iter().filter(|version| version.pods.ready > 0).count() > 1;
        let told = |version: &&Version| match version.pods.ready {
            1 => format!("the ready pod of {} goes", version.image()),
            ready => format!("the {ready} ready pods of {} go", version.image()),
        };
        let mut lost: Vec<String> = match verb {
            Verb::Undo => self.versions.iter().filter(goes).map(told).collect(),
            // What was being rolled out is given up half-way.
            Verb::SetImage | Verb::Restart if is_mixed && !self.after.is_paused => {
                self.versions.iter().filter(goes).filter(|version| is_newest(version)).map(told).collect()
            }
            Verb::Scale => {
                let ready: i32 = self.versions.iter().map(|version| version.pods.ready).sum();
                let gone = ready - self.after.replicas;
                if gone > 0 { vec![format!("{gone} of the {ready} ready pods go")] } else { Vec::new() }
            }
            Verb::Pause | Verb::Resume | Verb::SetImage | Verb::Restart | Verb::Shift => Vec::new(),
        };
        if self.before.is_paused && self.current.is_none() && matches!(verb, Verb::Undo | Verb::SetImage) {
            lost.push("the change that it is paused with is never rolled out".to_owned());
        }
        lost.iter().map(|says| Text::clean(says)).collect()
    }

    /// An autoscaler's bounds, and the progress deadline at the slowest pace.
    pub(super) fn limits(&self, slowest: Option<&Course>) -> Vec<Text> {
        let wanted = self.after.replicas;
        let beyond = self.rollout.forces.iter().filter_map(|force| {
            let (min, max) = force.bounds.filter(|(min, max)| wanted != 0 && !(*min..=*max).contains(&wanted))?;
            let set = if wanted < min { min } else { max };
            Some(format!("its HPA keeps {min} to {max} pods and sets {wanted} to {set}"))
        });
        let late = slowest.zip(self.after.deadline_s).and_then(|(course, deadline)| {
            let is_late = course.done.is_some() && course.idle > deadline * 1_000;
            is_late.then(|| format!("at the slowest pace seen the progress deadline of {deadline} s passes on the way"))
        });
        beyond.chain(late).map(|says| Text::clean(&says)).collect()
    }

    /// Why it comes to rest before it is done.
    pub(super) fn stuck(&self) -> Text {
        if self.after.is_paused {
            return Text::fixed("it stays paused with several versions side by side");
        }
        let fails = self.target.filter(|target| {
            let pods = &target.pods;
            self.fails(target) || pods.count(PodState::Failing) + pods.count(PodState::NotReady) > 0
        });
        let Some(target) = fails else { return Text::fixed("it comes to rest before it is done") };
        Text::clean(&match ailment(self.rollout, target) {
            Some(label) => format!("{} fails: {label}", target.image()),
            None => format!("{} has pods that are not ready and stay so", target.image()),
        })
    }

    /// What is taken for granted.
    pub(super) fn assumes(&self, pace: &Pace, course: &Course) -> Vec<Text> {
        let mut says = Vec::new();
        if self.is_guess
            && let Some(target) = self.target
        {
            let number = target.revision.unwrap_or_default();
            says.push(format!("{} is revision {number} again: nothing else of it differs", target.image()));
        }
        if course.started > 0 || self.count(PodState::Starting) > 0 {
            says.push(starts(pace));
        }
        let overdue = self.overdue(pace);
        if overdue > 0 {
            says.push(format!(
                "{overdue} of the pods that start take longer than any before: they are about to be ready"
            ));
        }
        if self.after.min_ready_ms > 0 && course.started > 0 {
            says.push(format!("each counts after {} s of being ready", self.after.min_ready_ms / 1_000));
        }
        if matches!(self.after.strategy, Strategy::Recreate) && course.stopped > 0 {
            says.push(ends(pace));
        }
        if self.versions.iter().any(|version| !version.pods.known && version.pods.have > 0) {
            says.push("pods may not be read: how long they have been starting is not known".to_owned());
        }
        says.iter().map(|says| Text::clean(says)).collect()
    }

    /// Pods that have been starting for longer than any that was seen.
    fn overdue(&self, pace: &Pace) -> usize {
        let Some(slowest) = pace.start.last() else { return 0 };
        let hopeful = self.versions.iter().filter(|version| !self.fails(version));
        let pods = hopeful.flat_map(|version| &version.pods.list);
        let age = |created| crate::domain::num::millis(self.now.since(created));
        pods.filter(|pod| pod.state() == PodState::Starting && age(pod.meta.created) > *slowest).count()
    }
}

/// `pods become ready after 4 to 9 s, as 12 of them did`.
fn starts(pace: &Pace) -> String {
    let (Some(range), count) = (range(&pace.start), pace.start.len()) else {
        return "how long pods take to become ready is not known: none was seen".to_owned();
    };
    let whose = if pace.is_borrowed { "other versions" } else { "this version" };
    format!("pods become ready after {range}, as {count} of {whose} did")
}

/// `pods end after 1 to 2 s, as 5 did`.
fn ends(pace: &Pace) -> String {
    match range(&pace.drain) {
        Some(range) => format!("pods end after {range}, as {} did", pace.drain.len()),
        None => format!("pods end within {} s, their grace period: none was seen ending", pace.grace / 1_000),
    }
}

/// `4 to 9 s`.
fn range(times: &[i64]) -> Option<String> {
    let secs = |ms: &i64| (ms + 500).div_euclid(1_000);
    let (fastest, slowest) = (times.first().map(secs)?, times.last().map(secs)?);
    Some(if fastest == slowest { format!("{fastest} s") } else { format!("{fastest} to {slowest} s") })
}
