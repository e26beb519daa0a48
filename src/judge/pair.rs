//! Two versions side by side, block by block. Which versions, and whether it is the release that hurts, is not decided here.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc, time::Duration};

use super::{
    crew::Crew,
    histogram::{self, Histogram, Within},
    noise::Noise,
    ratio::{Ratio, Row},
    readout::{self, ON_HEIGHT, ON_PODS, OVER_TIME, Seen},
    spread::Spread,
    unequal,
};
use crate::domain::{Block, Compared, Criteria, Difference, Effect, Name, PodTraits, Readout, Unequal, Verdict, num};

/// Requests of the stable version before a boundary for slow ones is chosen.
const ENOUGH: f64 = 200.0;

/// The comparison begins anew with another boundary only if its share is nearer to that of the quantile by so much, in the
/// logarithm: a boundary that changes often would be chosen by chance.
const NEARER: f64 = 0.5;

/// A histogram is of the whole version: it is left out if pods that answer more than this share of requests are cold.
const COLD: f64 = 0.1;

/// The comparison of a new version with a stable one.
#[derive(Clone, Debug)]
pub struct Pair {
    criteria: Criteria,
    errors: Ratio,
    crews: [Crew; 2],
    slow: Slow,
    /// Pods whose first requests were left out.
    cold: BTreeSet<Name>,
    said: [Readout; 2],
}

/// The comparison of slow requests.
#[derive(Clone, Debug)]
struct Slow {
    bound: Option<f64>,
    ratio: Ratio,
    new: Histogram,
    stable: Histogram,
    /// For another boundary.
    past: Vec<[Arc<Block>; 2]>,
}

impl Pair {
    /// Nothing seen yet.
    pub fn new(criteria: Criteria) -> Self {
        let nothing = |compared, matters| Readout {
            compared,
            verdict: Verdict::NoTraffic,
            effect: None,
            since: None,
            level: criteria.level,
            matters,
            noise: 1.0,
        };
        let latency = Compared::Latency { quantile: criteria.quantile, slow: None };
        Self {
            criteria,
            errors: Ratio::new(),
            crews: [Crew::default(), Crew::default()],
            slow: Slow::new(),
            cold: BTreeSet::new(),
            said: [nothing(Compared::Errors, criteria.error_matters(0.0)), nothing(latency, criteria.slower)],
        }
    }

    /// One more block of both, with the same boundaries, later than those before. `traits` are of pods of both.
    pub fn add(&mut self, new: &Arc<Block>, stable: &Arc<Block>, traits: &[PodTraits]) {
        let cold = cold(new, traits, self.warm_up());
        let warm = [warm(new, &cold), warm(stable, &cold)];
        let [new_warm, stable_warm] = &warm;
        self.cold.extend(cold.iter().filter(|pod| answers(new, pod) || answers(stable, pod)).map(|pod| (*pod).clone()));
        for (crew, block) in self.crews.iter_mut().zip(&warm) {
            crew.add(block);
        }
        self.errors.add(Row {
            new: new_warm.requests(),
            stable: stable_warm.requests(),
            new_hits: new_warm.failed(),
            stable_hits: stable_warm.failed(),
            seconds: new.length.as_secs_f64(),
        });
        let mostly_warm = |warm: &Block, all: &Block| warm.requests() >= (1.0 - COLD) * all.requests();
        if mostly_warm(new_warm, new) && mostly_warm(stable_warm, stable) {
            self.slow.add([new.clone(), stable.clone()], self.criteria.quantile);
        }
        let said = [self.judge_errors(), self.judge_latency()];
        for (before, now) in self.said.iter_mut().zip(said) {
            let since = before.since.filter(|_| before.verdict.is_kind_of(now.verdict)).unwrap_or(new.at);
            *before = Readout { since: Some(since), ..now };
        }
    }

    /// Whether more requests fail.
    pub const fn errors(&self) -> &Readout {
        let [errors, _] = &self.said;
        errors
    }

    /// Whether they take longer.
    pub const fn latency(&self) -> &Readout {
        let [_, latency] = &self.said;
        latency
    }

    /// The pods of both.
    pub(super) const fn crews(&self) -> [&Crew; 2] {
        self.crews.each_ref()
    }

    /// What was left out because pods were cold.
    pub(super) fn left_out(&self) -> Option<Unequal> {
        unequal::warm_up(&self.cold, self.warm_up())
    }

    fn warm_up(&self) -> Duration {
        Duration::from_secs(u64::from(self.criteria.warm_up))
    }

    /// What pods alone differ by.
    fn between(&self, spread: fn([&Crew; 2]) -> Spread) -> f64 {
        let [new, stable] = self.crews();
        spread(self.crews()).between(new.size(), stable.size(), self.criteria.level * ON_PODS)
    }

    fn judge_errors(&self) -> Readout {
        let ratio = &self.errors;
        let (new, stable) = readout::shares(ratio.total());
        let matters = self.criteria.error_matters(stable);
        let blank = Readout { matters, ..self.errors().clone() };
        if ratio.total().new <= 0.0 {
            return Readout { verdict: Verdict::NoTraffic, ..blank };
        }
        let noise = Noise::around(ratio.guess(), ratio.rows());
        let range = ratio.range(noise, self.criteria.level * OVER_TIME);
        let wide = range.widened(self.between(Spread::of_errors));
        let change = |range: [f64; 3]| readout::difference(ratio, range, self.criteria.level * ON_HEIGHT);
        let seen = Seen {
            here: change([range.low, range.guess, range.high]),
            anywhere: change([wide.low, wide.guess, wide.high]),
        };
        let [pods, others] = self.crews().map(Crew::size);
        Readout {
            verdict: readout::decide(&seen, matters, ratio, pods.min(others)),
            effect: Some(Effect { new, stable: new - seen.here.guess, change: seen.anywhere }),
            noise: noise.factor,
            ..blank
        }
    }

    fn judge_latency(&self) -> Readout {
        let (slow, criteria) = (&self.slow, &self.criteria);
        let compared = Compared::Latency { quantile: criteria.quantile, slow: slow.bound };
        let blank = Readout { compared, ..self.latency().clone() };
        let not_enough = Verdict::NotEnough { requests: None, time: None };
        if slow.new.count() <= 0.0 || slow.stable.count() <= 0.0 {
            return Readout { verdict: Verdict::NoTraffic, ..blank };
        }
        let (Some(bound), Some(within)) = (slow.bound, slow.stable.within(criteria.quantile)) else {
            return Readout { verdict: not_enough, ..blank };
        };
        let noise = Noise::around(slow.ratio.guess(), slow.ratio.rows());
        let range = slow.ratio.range(noise, criteria.level * OVER_TIME);
        let factor = |log: f64| slow.stable.slower(bound, log.exp());
        let pods = self.between(Spread::of_latency);
        let here = [factor(range.low), factor(range.guess), factor(range.high)];
        let [low, guess, high] = here;
        let seen = Seen { here: relative(here), anywhere: relative([low * (-pods).exp(), guess, high * pods.exp()]) };
        let [few, many] = self.crews().map(Crew::size);
        let said = readout::decide(&seen, criteria.slower, &slow.ratio, few.min(many));
        let verdict = if within.is_coarse() && !said.is_alarm() { too_coarse(within) } else { said };
        let quantile = |of: &Histogram| of.quantile(criteria.quantile).unwrap_or(0.0);
        let effect = Effect { new: quantile(&slow.new), stable: quantile(&slow.stable), change: seen.anywhere };
        Readout { verdict, effect: Some(effect), noise: noise.factor, ..blank }
    }
}

impl Slow {
    fn new() -> Self {
        Self {
            bound: None,
            ratio: Ratio::new(),
            new: Histogram::default(),
            stable: Histogram::default(),
            past: Vec::new(),
        }
    }

    fn add(&mut self, both: [Arc<Block>; 2], quantile: f64) {
        let [new, stable] = &both;
        self.new.add(&new.buckets);
        self.stable.add(&stable.buckets);
        if let Some(row) = self.bound.map(|bound| row(&both, bound)) {
            self.ratio.add(row);
        }
        self.past.push(both);
        if self.stable.count() < ENOUGH {
            return;
        }
        let best = self.stable.boundary(quantile, |bound| self.new.has(bound));
        let off = |bound: f64| (self.stable.above(bound).max(1e-9) / (1.0 - quantile)).ln().abs();
        let nearer = |best: f64| self.bound.is_none_or(|bound| off(best) + NEARER < off(bound));
        if let Some(best) = best.filter(|best| nearer(*best)) {
            self.bound = Some(best);
            self.ratio = Ratio::new();
            for both in &self.past {
                self.ratio.add(row(both, best));
            }
        }
    }
}

fn row([new, stable]: &[Arc<Block>; 2], bound: f64) -> Row {
    Row {
        new: histogram::above(&new.buckets, -1.0),
        stable: histogram::above(&stable.buckets, -1.0),
        new_hits: histogram::above(&new.buckets, bound),
        stable_hits: histogram::above(&stable.buckets, bound),
        seconds: new.length.as_secs_f64(),
    }
}

fn relative([low, guess, high]: [f64; 3]) -> Difference {
    Difference { low: low - 1.0, guess: guess - 1.0, high: high - 1.0 }
}

fn too_coarse(within: Within) -> Verdict {
    Verdict::TooCoarse { from: within.from, to: within.to.is_finite().then_some(within.to) }
}

/// The pods that were cold at the begin of a block.
fn cold<'a>(block: &Block, traits: &'a [PodTraits], within: Duration) -> BTreeSet<&'a Name> {
    let begin = block.at.shifted(-num::millis(block.length));
    let is_cold = |pod: &&PodTraits| pod.started.is_some_and(|started| started.plus(within) > begin);
    traits.iter().filter(is_cold).map(|pod| &pod.pod).collect()
}

fn answers(block: &Block, pod: &Name) -> bool {
    block.pods.iter().any(|tally| tally.pod == *pod)
}

/// A block without the pods that were cold in it.
fn warm<'a>(block: &'a Block, cold: &BTreeSet<&Name>) -> Cow<'a, Block> {
    if !block.pods.iter().any(|tally| cold.contains(&tally.pod)) {
        return Cow::Borrowed(block);
    }
    let pods = block.pods.iter().filter(|tally| !cold.contains(&tally.pod)).cloned().collect();
    Cow::Owned(Block { pods, buckets: Vec::new(), ..*block })
}
