//! From intervals to words: what is said of a difference, and what is missing to say more. Counting is done elsewhere.

use std::time::Duration;

use super::ratio::{Ratio, Row};
use crate::domain::{Difference, Verdict, num};

/// Nothing is said before so many blocks: the scatter of fewer says nothing.
const BLOCKS: usize = 6;

/// The rate is that of so many newest blocks.
const RECENT: usize = 12;

/// Below so many hits an interval shrinks with the requests, above with their root.
const RARE: f64 = 10.0;

/// From an interval that is wider than this to either side nothing follows about how it narrows: a latency that may be three
/// times the other is a few requests in one bucket, and its ends fall by powers. (Differences of shares are never so wide.)
const WIDE: f64 = 1.0;

/// The parts of the level that are spent on chance over time, on the height of both shares, and on pods.
pub(super) const OVER_TIME: f64 = 0.5;
pub(super) const ON_HEIGHT: f64 = 0.25;
pub(super) const ON_PODS: f64 = 0.25;

/// A change, once for the pods that are there and once for any pods of the two versions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    /// More time makes this narrower.
    pub here: Difference,
    /// And this only down to what pods differ by.
    pub anywhere: Difference,
}

/// What is said of a change.
pub(super) fn decide(seen: &Seen, matters: f64, ratio: &Ratio, pods: f64) -> Verdict {
    let change = seen.anywhere;
    if ratio.rows().len() < BLOCKS {
        return Verdict::NotEnough { requests: None, time: None };
    }
    if change.low > -matters && change.high < matters {
        return Verdict::Same;
    }
    if change.guess.abs() >= matters / 2.0 && change.low > 0.0 {
        return Verdict::Worse;
    }
    if change.guess.abs() >= matters / 2.0 && change.high < 0.0 {
        return Verdict::Better;
    }
    let by_change = if change.guess.abs() >= matters / 2.0 { change.guess.abs() } else { 0.0 };
    let wanted = by_change.max(matters - change.guess.abs());
    let (here, anywhere) = (half(seen.here), half(change));
    let by_pods = anywhere - here;
    if by_pods >= wanted && here <= wanted {
        return Verdict::TooFewPods { pods: num::count_u32(num::count_usize(num::round_i32(pods))) };
    }
    let wanted = if by_pods >= wanted { wanted } else { wanted - by_pods };
    if here > WIDE {
        return Verdict::NotEnough { requests: None, time: None };
    }
    missing(here / wanted, ratio)
}

/// The wider side of an interval.
fn half(change: Difference) -> f64 {
    (change.high - change.guess).max(change.guess - change.low)
}

/// What it takes to make the interval so many times narrower.
fn missing(times: f64, ratio: &Ratio) -> Verdict {
    let total = ratio.total();
    let few = total.new_hits.min(total.stable_hits) < RARE;
    let more = total.new * (if few { times } else { times * times } - 1.0).max(0.0);
    let rate = ratio.rate(RECENT);
    if !more.is_finite() || rate <= 0.0 {
        return Verdict::NotEnough { requests: None, time: None };
    }
    let time = Duration::try_from_secs_f64(more / rate).ok();
    Verdict::NotEnough { requests: Some(num::clamp_u64(num::trunc_i64(two_digits(more)))), time }
}

/// Rounded up to two digits: more would pretend.
fn two_digits(count: f64) -> f64 {
    let digit = 10_f64.powf(count.max(1.0).log10().floor() - 1.0).max(1.0);
    (count / digit).ceil() * digit
}

/// The difference of two shares for a ratio of them (as logarithms: at least, guess, at most), over the new version's
/// requests. How high both are is known from a count of hits, and uncertain too.
pub(super) fn difference(ratio: &Ratio, [low, guess, high]: [f64; 3], level: f64) -> Difference {
    let total = ratio.total();
    let hits = total.hits();
    let (fewest, most) = count_within(hits, level);
    if hits <= 0.0 {
        return Difference { low: -most / total.stable, guess: 0.0, high: most / total.new };
    }
    let at = |log: f64| {
        let log = log.clamp(-FAR, FAR);
        log.exp_m1() * ratio.expected(log) / total.new
    };
    let away = |change: f64| change * most / hits;
    let near = |change: f64| change * fewest / hits;
    let (low, high) = (at(low), at(high));
    Difference {
        low: if low > 0.0 { near(low) } else { away(low) },
        guess: at(guess),
        high: if high > 0.0 { away(high) } else { near(high) },
    }
}

/// A ratio beyond this logarithm is as good as none or all.
const FAR: f64 = 7.0;

/// The means that are compatible with a count, however often one looks: Chernoff's bound for Poisson counts, and the price
/// of a mixture over all times.
fn count_within(count: f64, level: f64) -> (f64, f64) {
    let evidence = (2.0 / level).ln() + 0.5 * count.ln_1p();
    let fewest = (count - (2.0 * count * evidence).sqrt()).max(0.0);
    let mut most = count + evidence + (evidence * (evidence + 2.0 * count)).sqrt();
    for _ in 0..4 {
        let log = if count > 0.0 { count * (count / most).ln() } else { 0.0 };
        most -= (most - count + log - evidence) / (1.0 - count / most);
    }
    (fewest, most)
}

/// The share of hits, from a sum.
pub(super) fn shares(total: &Row) -> (f64, f64) {
    let share = |hits: f64, of: f64| if of > 0.0 { hits / of } else { 0.0 };
    (share(total.new_hits, total.new), share(total.stable_hits, total.stable))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said after some blocks of few requests.
    fn said(change: Difference) -> Verdict {
        let mut ratio = Ratio::new();
        for _ in 0..BLOCKS {
            ratio.add(Row { new: 1.0, stable: 1_000.0, new_hits: 0.0, stable_hits: 50.0, seconds: 10.0 });
        }
        decide(&Seen { here: change, anywhere: change }, 0.1, &ratio, 2.0)
    }

    #[test]
    fn how_much_is_missing_is_said_once_the_interval_can_tell() {
        let near = said(Difference { low: -0.4, guess: 0.0, high: 0.5 });
        assert_eq!(near, Verdict::NotEnough { requests: Some(24), time: Some(Duration::from_mins(4)) });
        let far = said(Difference { low: -0.9, guess: 0.0, high: 27.0 });
        assert_eq!(far, Verdict::NotEnough { requests: None, time: None });
    }
}
