//! What follows from numbers: whether versions get what is routed to them, and what rules say of it. Numbers come every few
//! seconds and for all rollouts, so nothing else is read again for them.

use super::{Store, series::Meter};
use crate::{
    domain::{Accord, Aims, Criteria, Judged, Moment, Name, Rollout},
    judge::Window,
    rules,
};

/// What is known beside the numbers.
pub(super) struct Beside<'a> {
    /// What is said of the versions of the rollout that is looked at, whichever that is.
    pub(super) judged: Option<&'a Judged>,
    /// What the rollouts of the cluster are held to; what is usual when nobody said.
    pub(super) aims: Option<&'a Aims>,
    /// The cluster's now.
    pub(super) now: Moment,
}

impl Meter {
    /// Says of a rollout what its newest numbers say.
    pub(super) fn sense(&mut self, rollout: &mut Rollout, beside: &Beside<'_>) {
        self.compare_shares(rollout, beside);
        let slo = beside.aims.and_then(|aims| aims.of(&rollout.at));
        rollout.door.budget = slo.and_then(|slo| self.budget(rollout, slo));
        let judged = beside.judged.filter(|judged| judged.of == rollout.at);
        rules::watch(rollout, judged);
    }

    /// Compares what each version gets with what is due to it.
    fn compare_shares(&mut self, rollout: &mut Rollout, beside: &Beside<'_>) {
        let is_shared = rollout.versions.iter().any(|version| version.split.seen.is_some());
        let Some(length) = self.window.filter(|_| is_shared) else {
            rollout.versions.iter_mut().for_each(|version| version.split.accord = Accord::Unknown);
            return;
        };
        let measured = rollout.versions.iter().filter_map(|version| version.metrics.as_ref());
        let at = measured.map(|measured| measured.at).max().unwrap_or(beside.now);
        let window = Window { at, length, every: self.every };
        let level = beside.aims.map_or(Criteria::default().level, |aims| aims.criteria.level);
        let shares = self.shares.entry(rollout.at.clone()).or_default();
        let living = rollout.versions.iter().filter(|version| version.is_alive());
        let due = living.map(|version| (&version.uid, &version.split));
        shares.note(due, (beside.now, rollout.door.shifted));
        for version in &mut rollout.versions {
            version.split.accord = shares.accord(&version.uid, &version.split, window, level);
        }
    }
}

impl Store {
    /// Takes in what the rollouts of a cluster are held to. What was said by other criteria is said anew.
    pub(super) fn keep_aims(&mut self, cluster: Name, aims: Aims) {
        self.aims.insert(cluster, aims);
        self.forget_counts();
    }
}
