//! What only a Deployment has of what a verb is planned for.

use serde_json::Value;

use crate::{
    domain::{Guard, Weight},
    systems::subject::{Subject, guard},
};

/// kubectl's record of what its last `apply` said.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Subject<'_> {
    /// Whether it is paused.
    pub(super) fn is_paused(&self) -> bool {
        self.whole.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false)
    }

    /// `spec.replicas`.
    pub(super) fn replicas(&self) -> i64 {
        self.whole.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
    }

    /// Pods that serve now, of all versions.
    pub(super) fn serving(&self) -> i32 {
        self.rollout.versions.iter().map(|version| version.pods.available).sum()
    }

    /// What replacing all pods means where old ones must end first; None where they are replaced one after another.
    pub(super) fn downtime(&self) -> Option<Guard> {
        let recreates = self.whole.pointer("/spec/strategy/type").and_then(Value::as_str) == Some("Recreate");
        if !recreates || self.replicas() == 0 {
            return None;
        }
        let says = match self.serving() {
            1 => "strategy Recreate: the pod that serves ends before the new one starts; nothing serves in between"
                .to_owned(),
            pods => format!(
                "strategy Recreate: all {pods} pods that serve end before new ones start; nothing serves in between"
            ),
        };
        Some(guard("downtime", Weight::Warn, says))
    }
}
