//! Why a rollout is stuck or hurts, in plain words: one rule a row, each with its own test and advice.
//!
//! Rules look at a [`Case`]: one rollout with its versions, pods, events and scalers, gathered by the store. They are pure,
//! know no system by name, and never decide what the rollout's state is: a finding may say that it `sticks`.
#![deny(missing_docs)]

mod blame;
mod burn;
mod config;
mod crash;
mod create;
mod deadline;
mod downtime;
mod drain;
mod image;
mod init;
mod lens;
mod mount;
mod node;
mod oom;
mod probe;
mod readiness;
mod refusal;
mod room;
mod said;
mod scaler;
mod schedule;
mod settle;
mod split;
#[cfg(test)]
mod story;
mod traffic;
mod words;

pub use settle::settle;
pub use traffic::{OF_TRAFFIC, Sight, TrafficRule, watch};

use std::sync::Arc;

use crate::domain::{
    Deployment, Event, EventKind, Finding, Hpa, LogTail, Moment, Name, Pod, ReplicaSet, Role, Rollout, Severity,
    Version, Want,
};

/// All that rules may look at.
pub struct Case<'a> {
    /// The rollout as read so far: phase, versions with their pods; its findings are still empty.
    pub rollout: &'a Rollout,
    /// Its Deployment, when that is what it is.
    pub deployment: Option<&'a Deployment>,
    /// Versions with their ReplicaSets, in the order of the rollout.
    pub versions: Vec<Side<'a>>,
    /// Events about the rollout, its ReplicaSets and its pods that rules read (see [`reads`]), newest first. Empty unless
    /// events are watched there.
    pub events: Vec<&'a Event>,
    /// HPAs that target it.
    pub scalers: Vec<&'a Hpa>,
    /// Log ends that were fetched.
    pub tails: Vec<&'a LogTail>,
    /// The cluster's now.
    pub now: Moment,
}

/// One version of a case.
pub struct Side<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its ReplicaSet.
    pub set: Option<&'a ReplicaSet>,
}

impl Case<'_> {
    /// Whether a version is on its way out: a newer one takes over. What hurts it does not keep the rollout.
    fn replaces(&self, version: &Version) -> bool {
        match version.role {
            Role::New => false,
            Role::Stable => self.versions.iter().any(|side| side.version.role == Role::New),
            Role::Old | Role::Past => true,
        }
    }

    /// Whether pods of any version are about to free what they hold: quota, room on nodes, volumes.
    fn frees(&self) -> bool {
        self.versions.iter().any(|side| side.version.pods.terminating() > 0)
    }

    /// The versions that have pods or want some.
    fn living(&self) -> impl Iterator<Item = &Side<'_>> {
        self.versions.iter().filter(|side| side.version.is_alive())
    }

    /// What was said about a pod, newest first.
    fn events_of(&self, pod: &Pod) -> impl Iterator<Item = &Event> {
        let about = |event: &&&Event| {
            if event.about_uid.is_empty() { event.about == pod.meta.at } else { event.about_uid == pod.meta.uid }
        };
        self.events.iter().filter(about).copied()
    }
}

impl<'a> Side<'a> {
    /// Its pods.
    pub fn pods(&self) -> &'a [Arc<Pod>] {
        &self.version.pods.list
    }
}

/// Whether rules read an event: all warnings, and two normal ones, a probe's `Killing` and the cluster autoscaler's
/// `TriggeredScaleUp`.
pub fn reads(event: &Event) -> bool {
    event.kind == EventKind::Warning || matches!(event.reason.as_str(), "Killing" | "TriggeredScaleUp")
}

/// What a rule answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noticed {
    /// Findings, at most one per version and cause.
    pub findings: Vec<Finding>,
    /// What it would like to know.
    pub wants: Vec<Want>,
    /// When time alone changes this answer.
    pub again: Option<Moment>,
}

impl Noticed {
    /// Adds a finding.
    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Time alone may change the answer then: the earliest counts.
    fn wake(&mut self, at: impl IntoIterator<Item = Moment>) {
        self.again = self.again.into_iter().chain(at).min();
    }

    /// Takes over what another rule noticed.
    fn absorb(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.wants.extend(other.wants);
        self.wake(other.again);
    }
}

/// A row of the table.
pub struct Rule {
    /// Its name; a contract of `status --output json`.
    pub name: &'static str,
    /// What it notices, for the documentation.
    pub about: &'static str,
    /// The rule.
    pub check: fn(&Case<'_>) -> Noticed,
}

/// All rules. The order breaks ties: of two findings equally bad, the rule further up names the cause better. What ails the
/// pods that exist comes before what keeps more of them away.
pub const RULES: &[Rule] = &[
    Rule { name: "invalid-image-name", about: "an image's name cannot be read", check: image::invalid_name },
    Rule { name: "image-pull", about: "an image cannot be pulled", check: image::pull },
    Rule { name: "config-error", about: "a container cannot be created or started", check: config::check },
    Rule { name: "oom-killed", about: "a container used more memory than its limit", check: oom::check },
    Rule { name: "probe-kill", about: "a failing liveness or startup probe ends a container", check: probe::check },
    Rule { name: "init-failing", about: "an init container fails or takes long", check: init::init },
    Rule { name: "sidecar-failing", about: "a sidecar keeps ending", check: init::sidecar },
    Rule { name: "crash-loop", about: "a container keeps ending", check: crash::check },
    Rule { name: "mount", about: "a volume cannot be attached or mounted", check: mount::check },
    Rule { name: "quota", about: "a ResourceQuota admits no more pods", check: create::quota },
    Rule { name: "webhook-refusal", about: "an admission webhook or policy refuses pods", check: create::webhook },
    Rule { name: "create-refused", about: "pods or ReplicaSets cannot be created", check: create::other },
    Rule { name: "unschedulable", about: "no node takes the pods", check: schedule::unschedulable },
    Rule { name: "scheduling-gated", about: "a scheduling gate holds pods back", check: schedule::gated },
    Rule { name: "node-not-ready", about: "the node of pods does not answer", check: node::not_ready },
    Rule { name: "evicted", about: "pods were evicted or will be", check: node::evicted },
    Rule { name: "readiness-gate", about: "a readiness gate's condition is missing", check: readiness::gate },
    Rule { name: "not-ready", about: "pods run and are not ready", check: readiness::not_ready },
    Rule { name: "no-room", about: "maxUnavailable resolves to 0 and no surge pod starts", check: room::check },
    Rule { name: DEADLINE, about: "the progress deadline is exceeded or near", check: deadline::check },
    Rule { name: STALLED, about: "nothing has moved for minutes", check: deadline::stalled },
    Rule { name: "hpa-fighting", about: "an autoscaler and the spec disagree", check: scaler::check },
    Rule { name: "downtime", about: "Recreate leaves nobody to serve", check: downtime::check },
    Rule { name: "draining", about: "pods are ending", check: drain::check },
    Rule { name: "min-ready", about: "ready pods wait for minReadySeconds", check: readiness::min_ready },
];

const DEADLINE: &str = "deadline";
const STALLED: &str = "progress-stalled";

/// What all rules notice, worst first: by severity, then what sticks, then the order of [`RULES`]. Each rule and version
/// has one finding per cause. General findings (a deadline near, a stall) give way when a cause is known.
pub fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for rule in RULES {
        let mut one = (rule.check)(case);
        one.findings.iter_mut().for_each(|finding| finding.rule = Name::fixed(rule.name));
        noticed.absorb(one);
    }
    let known = noticed.findings.iter().any(|f| f.sticks && f.rule != DEADLINE);
    let general = |f: &Finding| f.rule == STALLED || f.rule == DEADLINE && f.severity == Severity::Warning;
    noticed.findings.retain(|finding| !(known && general(finding)));
    noticed.findings.sort_by_key(order);
    let mut seen = std::collections::BTreeSet::new();
    noticed.findings.retain(|f| seen.insert((f.rule.clone(), f.version.clone(), f.label.clone())));
    noticed.wants.sort();
    noticed.wants.dedup();
    noticed
}

/// What comes first. That time is up is the consequence: whatever else is more than worth knowing explains it.
fn order(finding: &Finding) -> (Severity, bool, bool) {
    let late = finding.rule == DEADLINE;
    (if late { Severity::Warning } else { finding.severity }, late, !finding.sticks)
}

#[cfg(test)]
mod tests {
    use super::{RULES, story::Story};
    use crate::domain::{
        Condition, Phase, Role, Truth,
        sample::{self, ago, condition},
    };

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn a_healthy_rollout_is_met_with_silence() {
        let mut story = Story::of(vec![sample::ready("a"), sample::ready("b")]).with(Role::Past, "web:1", vec![]);
        story.rollout.phase = Phase::Healthy;
        story.scalers = vec![sample::hpa()];
        story.rollout.desired = 4;
        assert_eq!(story.noticed(), super::Noticed::default());
    }

    #[test]
    fn what_ails_the_pods_that_exist_is_named_before_what_keeps_more_away() {
        let mut story = Story::of(vec![sample::waiting("a", "ErrImagePull", "not found"), sample::starting("b", 40)]);
        let failure = condition("ReplicaFailure", Truth::Yes, "FailedCreate", ago(50));
        let message = "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2".into();
        story.sets[0].conditions = vec![Condition { message, ..failure }];
        assert_eq!(story.rules(), ["image-pull", "quota", "not-ready"]);
        assert_eq!(story.settled().cause.unwrap(), "image pull");
    }

    #[test]
    fn both_versions_may_hurt_and_the_new_one_comes_first() {
        let crash = |name| vec![sample::crashing(name, 1, "Error", 4)];
        let story = Story::of(crash("a")).with(Role::Stable, "web:1", crash("b"));
        let found: Vec<_> = story.all("crash-loop").into_iter().map(|f| (f.version.unwrap(), f.sticks)).collect();
        assert_eq!(found, [("web-9".into(), true), ("web-8".into(), false)]);
    }
}
