//! Is it the release at all? What changed for the stable version and the neighbours too, and what bad pods have in common.
//! Only failures are looked at: a slow database shows in the comparison itself, as both versions become slow.

use std::collections::{BTreeMap, BTreeSet};

use super::crew::{Crew, Served};
use crate::domain::{Block, Cause, Criteria, Moment, Name, PodTraits, Text, Total, num};

/// Blocks before a change and after it: fewer are a blip.
const BEFORE: usize = 6;
const AFTER: usize = 3;

/// What bad pods have in common makes at least so many times the failures.
const WORSE: f64 = 3.0;

/// The stable version's change explains the new version's failures if it is at least this part of them.
const EXPLAINS: f64 = 0.5;

/// The failures of one workload over time, as running sums.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    since: Option<Moment>,
    sums: Vec<Sum>,
}

/// All up to a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    at: Moment,
    requests: f64,
    failed: f64,
}

impl Sum {
    fn from(self, earlier: Self) -> Self {
        Self { at: self.at, requests: self.requests - earlier.requests, failed: self.failed - earlier.failed }
    }

    fn share(self) -> f64 {
        if self.requests > 0.0 { self.failed / self.requests } else { 0.0 }
    }

    /// The logarithm of the likelihood of its failures at that share.
    fn likelihood(self, share: f64) -> f64 {
        (if self.failed > 0.0 { self.failed * share.ln() } else { 0.0 }) - self.requests * share
    }
}

/// A share that was, and one that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rise {
    pub since: Moment,
    pub before: f64,
    pub after: f64,
}

impl Course {
    pub(super) fn add(&mut self, block: &Block) {
        self.since.get_or_insert(block.at.shifted(-num::millis(block.length)));
        let last = self.sums.last().copied().unwrap_or_default();
        let (requests, failed) = (last.requests + block.requests(), last.failed + block.failed());
        self.sums.push(Sum { at: block.at, requests, failed });
    }

    /// All that was counted.
    pub(super) fn total(&self) -> Total {
        let Sum { at: until, requests, failed } = self.sums.last().copied().unwrap_or_default();
        Total { since: self.since.unwrap_or(until), until, requests, failed }
    }

    /// Since when failures are more, if they are: the split that explains most (the likelihood ratio over all splits;
    /// Csörgő and Horváth 1997), and explains more than scatter does.
    pub(super) fn rise(&self, criteria: &Criteria) -> Option<Rise> {
        let all = self.sums.last().copied()?;
        let splits = self.sums.len().checked_sub(AFTER).filter(|until| *until > BEFORE)?;
        let candidates = self.sums.get(BEFORE..splits)?;
        let gain = |split: &Sum| {
            let after = all.from(*split);
            split.likelihood(split.share()) + after.likelihood(after.share()) - all.likelihood(all.share())
        };
        let best = candidates.iter().max_by(|one, other| gain(one).total_cmp(&gain(other)))?;
        let evidence = gain(best) / self.scatter(*best);
        let looks = num::count_f64(candidates.len());
        self.at(best.at, criteria).filter(|_| evidence > (looks * looks / criteria.level).ln())
    }

    /// The change at that moment; None if it is no rise that matters.
    fn at(&self, since: Moment, criteria: &Criteria) -> Option<Rise> {
        let all = self.sums.last().copied()?;
        let split = self.sums.iter().rev().find(|sum| sum.at <= since)?;
        let (before, after) = (split.share(), all.from(*split).share());
        let matters = after - before >= criteria.error_matters(before) && after >= before * criteria.ratio;
        matters.then_some(Rise { since, before, after })
    }

    /// How many times the variance of independent failures blocks have, on both sides of a split.
    fn scatter(&self, split: Sum) -> f64 {
        let all = self.sums.last().copied().unwrap_or_default();
        let shares = (split.share(), all.from(split).share());
        let (mut seen, mut chance, mut last) = (0.0, 0.0, Sum::default());
        for sum in &self.sums {
            let share = if sum.at <= split.at { shares.0 } else { shares.1 };
            let block = sum.from(last);
            seen += (block.failed - share * block.requests).powi(2);
            chance += share * block.requests;
            last = *sum;
        }
        if chance > 0.0 { (seen / chance).max(1.0) } else { 1.0 }
    }

    /// The share of failures since a moment.
    fn share_since(&self, since: Moment) -> f64 {
        let split = self.sums.iter().rev().find(|sum| sum.at <= since).copied().unwrap_or_default();
        self.sums.last().map_or(0.0, |all| all.from(split).share())
    }
}

/// The stable version hurts too, and that explains most of what the new one does beyond what was before (difference in
/// differences: Card and Krueger 1994).
pub(super) fn everywhere<'n>(
    (new, stable): (&Course, &Course),
    neighbours: impl Iterator<Item = (&'n Name, &'n Course)>,
    criteria: &Criteria,
) -> Option<Cause> {
    let Rise { since, before, after } = stable.rise(criteria)?;
    if after - before < EXPLAINS * (new.share_since(since) - before) {
        return None;
    }
    let rose = neighbours.filter(|(_, course)| course.rise(criteria).is_some() && course.at(since, criteria).is_some());
    Some(Cause::Everywhere { since, before, after, neighbours: rose.map(|(name, _)| name.clone()).collect() })
}

/// What pods are compared by: the kind and the value.
type Trait<'a> = (&'a Name, &'a Text);

/// The trait that best separates bad pods from good ones, within versions: what only one version has is the release. Pods
/// of neighbours are evidence too, but only for what separates the rollout's own.
///
/// The measure is the likelihood ratio of one share of failures on each side against one for all (for counts it is half of
/// Wilks' G), divided by the scatter of pods within the sides: pods of one trait differ too, and that counts against it. It
/// has to outweigh the number of values looked at (Bonferroni).
pub(super) fn common(
    (crews, beside): (&[&Crew], &[(&Name, &Crew)]),
    traits: &[PodTraits],
    criteria: &Criteria,
) -> Option<Cause> {
    let named: BTreeSet<Trait> =
        traits.iter().flat_map(|pod| pod.traits.iter().map(|(kind, value)| (kind, value))).collect();
    let of: BTreeMap<&str, &PodTraits> = traits.iter().map(|pod| (pod.pod.as_str(), pod)).collect();
    let looks = num::count_f64(named.len());
    let has = |pod: &Name, (kind, value): Trait| {
        of.get(pod.as_str()).is_some_and(|known| known.traits.iter().any(|(k, v)| k == kind && v == value))
    };
    let explained = named.into_iter().filter_map(|one| {
        let own = Split::of(crews.iter().copied(), |pod| has(pod, one));
        let all = crews.iter().copied().chain(beside.iter().map(|(_, crew)| *crew));
        let split = Split::of(all, |pod| has(pod, one));
        (own.is_worse() && split.is_plain()).then(|| (split.evidence(), one, split))
    });
    let (evidence, (kind, value), split) = explained.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (evidence > (looks / criteria.level).ln()).then(|| Cause::Common {
        kind: kind.clone(),
        value: value.clone(),
        there: split.there.share(),
        elsewhere: split.elsewhere.share(),
        pods: num::count_u32(split.there.pods.len()),
        neighbours: beside
            .iter()
            .filter(|(_, crew)| Split::of([*crew], |pod| has(pod, (kind, value))).is_worse())
            .map(|(name, _)| (*name).clone())
            .collect(),
    })
}

/// Pods on one side of a trait.
#[derive(Default)]
struct Group {
    pods: Vec<Served>,
}

impl Group {
    fn sum(&self, what: impl Fn(&Served) -> f64) -> f64 {
        self.pods.iter().map(what).sum()
    }

    fn share(&self) -> f64 {
        self.sum(|pod| pod.failed) / self.sum(|pod| pod.requests).max(1.0)
    }

    /// Failures, in multiples of what their versions let expect.
    fn excess(&self) -> f64 {
        self.sum(|pod| pod.failed) / self.sum(|pod| pod.expected).max(f64::MIN_POSITIVE)
    }

    /// The squares by which pods are off their group, in units of chance.
    fn scatter(&self) -> f64 {
        let excess = self.excess().max(f64::MIN_POSITIVE);
        self.sum(|pod| (pod.failed - excess * pod.expected).powi(2) / (excess * pod.expected).max(1.0))
    }
}

/// The pods with a trait and those without, of the versions that have both.
#[derive(Default)]
struct Split {
    there: Group,
    elsewhere: Group,
}

impl Split {
    fn of<'c>(crews: impl IntoIterator<Item = &'c Crew>, has: impl Fn(&Name) -> bool) -> Self {
        let mut split = Self::default();
        for crew in crews {
            let (there, elsewhere): (Vec<_>, Vec<_>) = crew.pods().partition(|(pod, _)| has(pod));
            if !there.is_empty() && !elsewhere.is_empty() {
                split.there.pods.extend(there.iter().map(|(_, served)| **served));
                split.elsewhere.pods.extend(elsewhere.iter().map(|(_, served)| **served));
            }
        }
        split
    }

    /// One pod is an outlier, not a pattern.
    fn is_plain(&self) -> bool {
        self.there.pods.len() >= 2 && self.elsewhere.pods.len() >= 2 && self.is_worse()
    }

    /// Whether there are pods on both sides, and those there plainly fail more.
    fn is_worse(&self) -> bool {
        !self.there.pods.is_empty()
            && self.there.sum(|pod| pod.failed) > 0.0
            && self.there.excess() >= WORSE * self.elsewhere.excess()
    }

    fn evidence(&self) -> f64 {
        let gain = |group: &Group| {
            let failed = group.sum(|pod| pod.failed);
            if failed > 0.0 { failed * group.excess().ln() } else { 0.0 }
        };
        let count = num::count_f64(self.there.pods.len() + self.elsewhere.pods.len());
        let scatter = (self.there.scatter() + self.elsewhere.scatter()) / (count - 2.0);
        (gain(&self.there) + gain(&self.elsewhere)) / scatter.max(1.0)
    }
}
