//! Deployments and ReplicaSets, reduced to what a screen or a rule reads (`apps/v1`).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Amount, Kind, Labels, Moment, Name, Ref, Selector, Text, Uid};

/// The part of `ObjectMeta` that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Which object.
    pub at: Ref,
    /// Which incarnation of it.
    pub uid: Uid,
    /// Raised by the server at each change of the spec.
    pub generation: i64,
    /// When the server created it.
    pub created: Moment,
    /// When its deletion was asked for plus the grace period; None while it is not being deleted.
    pub deleting: Option<Moment>,
    /// The grace period that deletion was given, seconds.
    pub grace_s: Option<i64>,
    /// The controlling owner.
    pub owner: Option<Owner>,
    /// The labels.
    pub labels: Labels,
    /// The annotations, without `last-applied-configuration` (kept as an empty value, so that its presence shows).
    /// Empty for pods.
    pub annotations: Labels,
}

impl Meta {
    /// The number in annotation `deployment.kubernetes.io/revision`.
    pub fn revision(&self) -> Option<i64> {
        self.annotations.get("deployment.kubernetes.io/revision")?.parse().ok()
    }
}

/// The owner reference whose `controller` is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: Name,
    /// Its uid: names come back, uids do not.
    pub uid: Uid,
}

/// A condition's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// `True`.
    Yes,
    /// `False`.
    No,
    /// `Unknown`, or a word this program does not know.
    Unknown,
}

/// One of `status.conditions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// `Available`, `Progressing`, `Ready`…
    pub name: Name,
    /// Its status.
    pub truth: Truth,
    /// Its machine word.
    pub reason: Name,
    /// Its sentence.
    pub message: Text,
    /// When the status last changed.
    pub since: Option<Moment>,
    /// When the condition was last written; the progress deadline counts from here.
    pub updated: Option<Moment>,
}

/// The pod template, reduced to what tells versions apart and what a screen shows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Equal for equal templates read in the same encoding, ignoring the label `pod-template-hash`. The lowest bit tells the encoding.
    pub fingerprint: u64,
    /// Container name and image, init containers last.
    pub images: Vec<(Name, Text)>,
    /// Names of `readinessGates` conditions.
    pub readiness_gates: Vec<Name>,
    /// Annotation `kubectl.kubernetes.io/restartedAt`.
    pub restarted: Option<Text>,
    /// The labels that its pods get, without `pod-template-hash`: who would select them is known before there is one.
    pub labels: Labels,
}

/// `spec.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// All old pods go before the first new one comes.
    Recreate,
    /// New pods come while old ones go.
    Rolling {
        /// `maxSurge`.
        surge: Amount,
        /// `maxUnavailable`.
        unavailable: Amount,
    },
}

/// An `apps/v1` Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Who it is.
    pub meta: Meta,
    /// `spec.replicas`, 1 when absent (the API's default).
    pub replicas: i32,
    /// `spec.paused`.
    pub paused: bool,
    /// `spec.strategy`.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`.
    pub min_ready_s: i32,
    /// `spec.progressDeadlineSeconds`; None when absent or `i32::MAX`, which switches it off.
    pub deadline_s: Option<i32>,
    /// `spec.revisionHistoryLimit`.
    pub history_limit: Option<i32>,
    /// `spec.selector`.
    pub selector: Selector,
    /// `spec.template`.
    pub template: Template,
    /// `status.observedGeneration`.
    pub observed: i64,
    /// `status.replicas`: pods that are not terminating.
    pub have: i32,
    /// `status.updatedReplicas`.
    pub updated: i32,
    /// `status.readyReplicas`.
    pub ready: i32,
    /// `status.availableReplicas`.
    pub available: i32,
    /// `status.terminatingReplicas`; None on servers that do not count them.
    pub terminating: Option<i32>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
}

impl Deployment {
    /// The condition of that name.
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.name == name)
    }

    /// The condition that tells how a rollout goes; absent when the progress deadline is switched off.
    pub fn progressing(&self) -> Option<&Condition> {
        self.condition("Progressing")
    }

    /// Whether the controller gave up waiting for progress. It keeps trying nonetheless.
    pub fn timed_out(&self) -> bool {
        self.progressing().is_some_and(|c| c.reason == "ProgressDeadlineExceeded")
    }

    /// Whether the controller has seen the last change of the spec.
    pub fn is_observed(&self) -> bool {
        self.observed >= self.meta.generation
    }

    /// Whether exactly the wanted pods exist, all updated and available (`DeploymentComplete` of `deployment_util.go`).
    pub fn is_complete(&self) -> bool {
        let Self { replicas, have, updated, available, .. } = *self;
        self.is_observed() && updated == replicas && have == replicas && available == replicas
    }

    /// Pods over `replicas` that may exist during an update: `maxSurge` resolved, rounded up; 0 for Recreate.
    pub fn max_surge(&self) -> i32 {
        match self.strategy {
            Strategy::Recreate => 0,
            Strategy::Rolling { surge, .. } => surge.ceil_of(self.replicas),
        }
    }

    /// Pods that may be missing during an update: `maxUnavailable` resolved as `deployment_util.go` does: rounded down,
    /// 1 when it and the surge are both 0, at most `replicas`; 0 for Recreate, whose pods all go at once.
    pub fn max_unavailable(&self) -> i32 {
        match self.strategy {
            Strategy::Recreate => 0,
            Strategy::Rolling { surge, unavailable } => {
                let floor = unavailable.floor_of(self.replicas);
                let at_least = i32::from(floor == 0 && surge.ceil_of(self.replicas) == 0);
                floor.max(at_least).min(self.replicas)
            }
        }
    }
}

/// An `apps/v1` ReplicaSet: one version of a Deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaSet {
    /// Who it is.
    pub meta: Meta,
    /// `spec.replicas`, 1 when absent.
    pub replicas: i32,
    /// `spec.template`; shared, because a Deployment keeps ten of these.
    pub template: Arc<Template>,
    /// `status.observedGeneration`.
    pub observed: i64,
    /// `status.replicas`.
    pub have: i32,
    /// `status.readyReplicas`.
    pub ready: i32,
    /// `status.availableReplicas`.
    pub available: i32,
    /// `status.terminatingReplicas`; None on servers that do not count them.
    pub terminating: Option<i32>,
    /// `status.conditions` (only `ReplicaFailure` exists).
    pub conditions: Vec<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    fn deployment(replicas: i32, surge: &str, unavailable: &str) -> Deployment {
        let (surge, unavailable) = (Amount::parse(surge).unwrap(), Amount::parse(unavailable).unwrap());
        Deployment { strategy: Strategy::Rolling { surge, unavailable }, ..sample::deployment("web:1", replicas) }
    }

    #[test]
    fn both_zero_resolves_to_one_unavailable() {
        assert_eq!(deployment(3, "0", "10%").max_unavailable(), 1);
        assert_eq!(deployment(3, "1", "10%").max_unavailable(), 0);
        assert_eq!(deployment(2, "0", "5").max_unavailable(), 2);
    }
}
