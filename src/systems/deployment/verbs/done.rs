//! Whether what was wanted is so. The controller has observed the change before this is asked.

use crate::domain::{Args, Intent, Phase, Rollout, Standing};

/// The update stands still.
pub(super) fn paused(rollout: &Rollout, _: &Intent) -> bool {
    rollout.phase == Phase::Paused
}

/// `kubectl rollout status` would say that it is done.
pub(super) fn rolled_out(rollout: &Rollout, _: &Intent) -> bool {
    rollout.status.standing == Standing::Done && rollout.phase != Phase::Paused
}

/// The same; in a paused Deployment nothing more than the new template is to be expected.
pub(super) fn imaged(rollout: &Rollout, intent: &Intent) -> bool {
    rollout.phase == Phase::Paused || rolled_out(rollout, intent)
}

/// As many pods as were wanted exist, and all are available. Where versions cannot be read, kubectl's word must do.
pub(super) fn scaled(rollout: &Rollout, intent: &Intent) -> bool {
    let Args::Replicas(wanted) = intent.args else { return false };
    let sum = |count: fn(&crate::domain::Pods) -> i32| rollout.versions.iter().map(|v| count(&v.pods)).sum::<i32>();
    let counted = sum(|pods| pods.have) == wanted && sum(|pods| pods.available) == wanted;
    let told = rollout.versions.is_empty() && rollout.status.standing == Standing::Done;
    rollout.desired == wanted && (counted || told)
}
