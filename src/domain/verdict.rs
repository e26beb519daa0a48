//! What a comparison of two versions says, in data: better, same, worse, or why that cannot be said. Comparing is done in
//! `judge`; nothing acts on it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Ref, Text, Uid};

/// What is said of the new version beside the stable one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// The difference is real, and the new version has the smaller number.
    Better,
    /// If there is a difference, it is smaller than what matters.
    Same,
    /// The difference is real, and the new version has the larger number.
    Worse,
    /// Too little was seen to say one of these.
    NotEnough {
        /// About how many more requests of the new version it takes, two digits; None when nothing can be said of it yet.
        requests: Option<u64>,
        /// How long that takes at the rate seen; None with it.
        time: Option<Duration>,
    },
    /// Pods of one version differ among themselves by as much as the versions do: more time does not help, more pods do.
    TooFewPods {
        /// The pods of the smaller side, by their share of its requests.
        pods: u32,
    },
    /// The quantile is somewhere in a bucket that is wider than ±10 %, and no boundary shows a difference by itself.
    TooCoarse {
        /// The bucket of the stable version's quantile: from, seconds.
        from: f64,
        /// To, seconds; None for no bound.
        to: Option<f64>,
    },
    /// One of the two has no requests, or nothing measures them.
    NoTraffic,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Compared {
    /// The share of requests that failed; the change is a difference of shares (0.01 is one percentage point).
    Errors,
    /// How long the slowest requests take; the change is relative (0.1 is 10 % slower).
    Latency {
        /// The quantile: 0.95 for the slowest 5 %.
        quantile: f64,
        /// The bucket boundary at which requests are counted as slow, seconds; None before one was chosen.
        slow: Option<f64>,
    },
}

/// A change with all changes that are compatible with what was seen, at the level of the readout and at all times at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// At least.
    pub low: f64,
    /// The best guess.
    pub guess: f64,
    /// At most; may be infinite for latency.
    pub high: f64,
}

/// The two numbers and their difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The new version's: a share, or seconds.
    pub new: f64,
    /// The stable version's; a share is what it would be at the times of the new version's requests.
    pub stable: f64,
    /// The difference, as [`Compared`] says.
    pub change: Difference,
}

/// The verdict on one of the two things compared, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readout {
    /// What was compared.
    pub compared: Compared,
    /// What is said.
    pub verdict: Verdict,
    /// By how much; None before both sides had requests.
    pub effect: Option<Effect>,
    /// Since when this kind of verdict is said without a break.
    pub since: Option<Moment>,
    /// The chance that two equal versions are ever called better or worse, however often one looks: 0.01.
    pub level: f64,
    /// The smallest change that matters, in the unit of the change.
    pub matters: f64,
    /// The variance that was assumed, in multiples of what independent requests have: what was seen, and for noise that
    /// lasts longer than the time that was watched.
    pub noise: f64,
}

/// A pod that is unlike the others of its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// Its version.
    pub version: Uid,
    /// The pod.
    pub pod: Name,
    /// Its part of the version's failed requests, 0 to 1 ("one pod makes 92 % of the errors").
    pub of_failures: f64,
    /// Its part of the version's requests.
    pub of_requests: f64,
}

/// What makes the two sides unequal before the release does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Unequal {
    /// Few pods against many: one odd pod weighs more on the small side.
    Pods {
        /// Of the new version.
        new: u32,
        /// Of the stable version.
        stable: u32,
    },
    /// Pods that had just started; the requests of their first seconds were left out.
    WarmUp {
        /// How many.
        pods: u32,
        /// How long a pod counts as cold.
        within: Duration,
    },
    /// Most of the new version's requests are answered where few of the stable one's are.
    Place {
        /// Node, zone, pool and the like.
        kind: Name,
        /// Which.
        value: Text,
        /// The part of the new version's requests, 0 to 1.
        new: f64,
        /// The part of the stable version's requests.
        stable: f64,
    },
}

/// Whether the release is what hurts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cause {
    /// The new version is worse, and neither the stable one nor the neighbours changed with it.
    Release,
    /// The stable version became worse too, by at least half as much as the new one is worse.
    Everywhere {
        /// Since about when.
        since: Moment,
        /// The share of the stable version's requests that failed before.
        before: f64,
        /// And since.
        after: f64,
        /// Neighbours that became worse at the same time.
        neighbours: Vec<Name>,
    },
    /// What bad pods of all versions have in common, and good ones do not.
    Common {
        /// Node, zone, pool, config hash and the like.
        kind: Name,
        /// What the bad ones have.
        value: Text,
        /// The share of requests that failed there.
        there: f64,
        /// And elsewhere.
        elsewhere: f64,
        /// How many pods are there.
        pods: u32,
        /// Neighbours whose pods there are worse than their others too.
        neighbours: Vec<Name>,
    },
}

/// What was counted of a version in all blocks that were compared, its cold pods too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// The begin of the first block.
    pub since: Moment,
    /// The end of the last one.
    pub until: Moment,
    /// Requests. Increases of counters are extrapolated, so they are not whole.
    pub requests: f64,
    /// Those that failed.
    pub failed: f64,
}

/// All that is said of one version of a rollout beside the stable one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The new version.
    pub new: Uid,
    /// The one it is compared with.
    pub stable: Uid,
    /// The end of the newest block.
    pub at: Moment,
    /// What was counted of the new version.
    pub new_total: Total,
    /// What was counted of the stable one.
    pub stable_total: Total,
    /// Whether more requests fail.
    pub errors: Readout,
    /// Whether they take longer.
    pub latency: Readout,
    /// Whether it is the release at all; empty while nothing hurts.
    pub causes: Vec<Cause>,
    /// Pods unlike their fellows.
    pub outliers: Vec<Outlier>,
    /// What makes the comparison unequal.
    pub unequal: Vec<Unequal>,
}

impl Judgement {
    /// What was counted of one of the two versions.
    pub fn counted(&self, version: &Uid) -> Option<Total> {
        let sides = [(&self.new, self.new_total), (&self.stable, self.stable_total)];
        sides.into_iter().find_map(|(side, total)| (side == version).then_some(total))
    }
}

/// What is said of the versions of a rollout that is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The rollout.
    pub of: Ref,
    /// One for each version beside the stable one.
    pub said: Vec<Judgement>,
    /// How the requests of each version were spread over its pods lately.
    #[serde(default)]
    pub crowds: Vec<Crowd>,
}

/// How the requests of a version were spread over its pods lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// The version.
    pub version: Uid,
    /// So few of its pods ...
    pub busy: u32,
    /// ... answered this part of its requests, 0 to 1.
    pub part: f64,
    /// Of so many requests.
    pub requests: f64,
}

/// What a verdict is held to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Criteria {
    /// The chance that two equal versions are ever called better or worse, over all looks.
    pub level: f64,
    /// A difference of error shares that always matters: 0.005 is half a percentage point.
    pub points: f64,
    /// So many times the stable version's error share matters too ...
    pub ratio: f64,
    /// ... unless the difference is smaller than this.
    pub least: f64,
    /// The quantile of latency that is compared.
    pub quantile: f64,
    /// A relative change of it that matters: 0.1 is 10 %.
    pub slower: f64,
    /// For how long after its start a pod is cold and its requests are left out, seconds.
    pub warm_up: u32,
}

impl Default for Criteria {
    fn default() -> Self {
        Self { level: 0.01, points: 0.005, ratio: 1.5, least: 0.001, quantile: 0.95, slower: 0.1, warm_up: 60 }
    }
}

impl Criteria {
    /// The smallest difference of error shares that matters beside that share of the stable version.
    pub fn error_matters(&self, stable: f64) -> f64 {
        (stable * (self.ratio - 1.0)).min(self.points).max(self.least)
    }
}

impl Verdict {
    /// Whether both say the same kind of thing, whatever their numbers.
    pub fn is_kind_of(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// The word, as JSON writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "same",
            Self::Worse => "worse",
            Self::NotEnough { .. } => "not-enough-data",
            Self::TooFewPods { .. } => "too-few-pods",
            Self::TooCoarse { .. } => "buckets-too-coarse",
            Self::NoTraffic => "no-traffic",
        }
    }

    /// About how many more requests it takes to say more; None when that is not known, or nothing is missing.
    pub fn needs(self) -> Option<u64> {
        if let Self::NotEnough { requests, .. } = self { requests } else { None }
    }

    /// How long that takes at the rate seen; None with it.
    pub fn takes(self) -> Option<Duration> {
        if let Self::NotEnough { time, .. } = self { time } else { None }
    }

    /// Whether a difference is claimed: what the level bounds when there is none.
    pub const fn is_alarm(self) -> bool {
        matches!(self, Self::Better | Self::Worse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_grows_with_the_share_within_bounds() {
        let criteria = Criteria::default();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        near(criteria.error_matters(0.0001), 0.001);
        near(criteria.error_matters(0.004), 0.002);
        near(criteria.error_matters(0.2), 0.005);
    }
}
