//! The Deployment controller's arithmetic over plain numbers: how far a rollout may go in one step, how a change of size is
//! shared among versions, when a rollout is complete, progressing or late. The rules are those of kube-controller-manager
//! 1.36 (`rolling.go`, `recreate.go`, `sync.go` and `util/deployment_util.go` of `pkg/controller/deployment`). Nothing here knows objects
//! or servers; the simulator's controller and the flight plan of a plan card both stand on it.

use std::time::Duration;

use crate::domain::{Amount, Moment, num};

/// How a Deployment replaces its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Some at a time.
    Rolling {
        /// `maxSurge`.
        surge: Amount,
        /// `maxUnavailable`.
        unavailable: Amount,
    },
    /// All old ones first, then the new ones.
    Recreate,
}

/// What a strategy means for a number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Pods wanted.
    pub replicas: i32,
    /// Pods allowed above that.
    pub surge: i32,
    /// Pods that may be missing from it.
    pub unavailable: i32,
}

/// The size of one version: pods that its `ReplicaSet` is to have, and pods that are available.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// `spec.replicas`.
    pub replicas: i32,
    /// `status.availableReplicas`.
    pub available: i32,
}

/// What one version brings when a Deployment is scaled in the middle of a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// `spec.replicas`.
    pub replicas: i32,
    /// Its annotation `max-replicas`: replicas and surge at the time it was last scaled.
    pub max: Option<i32>,
}

/// How old versions shrink in one step. Both lists are in the order that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shrink {
    /// Their sizes after pods that are not available were given up.
    pub cleaned: Vec<i32>,
    /// Their sizes after available pods were given up too.
    pub scaled: Vec<i32>,
}

/// The counts of a Deployment's status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `replicas`: pods that are not being deleted.
    pub replicas: i32,
    /// `updatedReplicas`.
    pub updated: i32,
    /// `readyReplicas`.
    pub ready: i32,
    /// `availableReplicas`.
    pub available: i32,
}

/// What Recreate does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recreate {
    /// Scale every old version to 0.
    ScaleDown,
    /// Wait for the old pods to end.
    Wait,
    /// Create the new version, or scale it to full size.
    ScaleUp,
}

impl Strategy {
    /// Its bounds for a number of replicas: surge is rounded up, unavailability down; when both come out as 0, one pod may
    /// be missing, or nothing could ever move. No more may be missing than are wanted.
    pub fn bounds(self, replicas: i32) -> Bounds {
        let (surge, unavailable) = match self {
            Self::Recreate => (0, 0),
            Self::Rolling { surge, unavailable } => {
                let (surge, unavailable) = (surge.ceil_of(replicas), unavailable.floor_of(replicas));
                (surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable })
            }
        };
        Bounds { replicas, surge, unavailable: unavailable.min(replicas) }
    }
}

impl Bounds {
    /// The most pods that versions may have together.
    pub const fn most(self) -> i32 {
        self.replicas.saturating_add(self.surge)
    }

    /// The fewest pods that must be available.
    pub const fn least(self) -> i32 {
        self.replicas - self.unavailable
    }

    /// The size of the new version in a rolling update, when all versions together have `total` pods.
    pub fn new_size(self, total: i32, new: i32) -> i32 {
        if new >= self.replicas {
            return self.replicas;
        }
        if total >= self.most() {
            return new;
        }
        new + (self.most() - total).min(self.replicas - new)
    }

    /// How old versions (oldest first) shrink in a rolling update. Their unavailable pods go first, because nobody misses
    /// them; what of the new version is not available yet is kept in reserve.
    pub fn shrink(self, new: Sizes, old: &[Sizes]) -> Shrink {
        let kept: Vec<i32> = old.iter().map(|one| one.replicas).collect();
        let all = kept.iter().sum::<i32>() + new.replicas;
        let most = all - self.least() - (new.replicas - new.available);
        if most <= 0 {
            return Shrink { cleaned: kept.clone(), scaled: kept };
        }
        let mut left = most;
        let cleaned: Vec<i32> =
            old.iter().map(|one| take(&mut left, one.replicas, one.replicas - one.available)).collect();
        let available = old.iter().map(|one| one.available).sum::<i32>() + new.available;
        let mut left = (available - self.least()).max(0);
        let scaled = cleaned.iter().map(|size| take(&mut left, *size, *size)).collect();
        Shrink { cleaned, scaled }
    }

    /// The sizes of the active versions (oldest first) after a change of size in the middle of a rolling update: each gets
    /// its proportion, what is left over goes to the largest. Growing favours the newer of equals, shrinking the older.
    /// `pods` is what the status counts, for versions without their annotation.
    pub fn proportional(self, shares: &[Share], pods: i32) -> Vec<i32> {
        let allowed = if self.replicas > 0 { self.most() } else { 0 };
        let add = allowed - shares.iter().map(|share| share.replicas).sum::<i32>();
        let mut sizes: Vec<i32> = shares.iter().map(|share| share.replicas).collect();
        if add == 0 {
            return sizes;
        }
        let mut order: Vec<usize> = (0..shares.len()).collect();
        if add > 0 {
            order.reverse();
        }
        order.sort_by_key(|at| sizes.get(*at).map_or(0, |size| -size));
        let mut added = 0;
        for at in &order {
            let (Some(share), Some(size)) = (shares.get(*at), sizes.get_mut(*at)) else { continue };
            let part = self.part(*share, pods);
            let left = add - added;
            let part = if left == 0 {
                0
            } else if add > 0 {
                part.min(left)
            } else {
                part.max(left)
            };
            *size += part;
            added += part;
        }
        if let Some(largest) = order.first().and_then(|at| sizes.get_mut(*at)) {
            *largest = (*largest + add - added).max(0);
        }
        sizes
    }

    /// What one version would gain or lose by its proportion alone.
    fn part(self, share: Share, pods: i32) -> i32 {
        if self.replicas == 0 {
            return -share.replicas;
        }
        let before = share.max.filter(|max| *max != 0).unwrap_or(pods);
        if before == 0 {
            return 0;
        }
        let size = f64::from(share.replicas) * f64::from(self.most()) / f64::from(before);
        num::round_i32(size) - share.replicas
    }
}

/// A size less as many as may be taken of what is left to take.
fn take(left: &mut i32, size: i32, most: i32) -> i32 {
    let taken = (*left).min(most).max(0);
    *left -= taken;
    size - taken
}

/// What Recreate does next, from the sizes of the old versions and whether pods that are not the new version's still run.
pub fn recreate(old: &[i32], old_pods_run: bool) -> Recreate {
    if old.iter().any(|size| *size != 0) {
        Recreate::ScaleDown
    } else if old_pods_run {
        Recreate::Wait
    } else {
        Recreate::ScaleUp
    }
}

impl Counts {
    /// Whether all pods that are wanted are updated and available, and no others are left. The generation must have been
    /// observed too, which is the caller's to know.
    pub const fn complete(self, replicas: i32) -> bool {
        self.updated == replicas && self.replicas == replicas && self.available == replicas
    }

    /// Whether a status shows progress over the one before: more updated, ready or available pods, or fewer old ones.
    pub const fn progressed(self, before: Self) -> bool {
        self.updated > before.updated
            || self.replicas - self.updated < before.replicas - before.updated
            || self.ready > before.ready
            || self.available > before.available
    }
}

/// When a rollout that shows no progress is late: strictly after that moment. `updated` is the `lastUpdateTime` of the
/// condition Progressing. The controller does not ask it of a complete rollout or without a deadline.
pub fn late_after(updated: Moment, deadline_s: i32) -> Moment {
    updated.plus(Duration::from_secs(num::clamp_u64(i64::from(deadline_s))))
}

/// The revision number of a new version: one above the highest of the old ones.
pub fn next_revision(old: impl Iterator<Item = i64>) -> i64 {
    old.fold(0, i64::max) + 1
}

#[cfg(test)]
mod tests;
