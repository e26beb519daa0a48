//! Whether versions get the share of the requests that is routed to them: looked at all the time, for several versions, and
//! only once the requests of an earlier share are out of the window. Why they do not is not asked here.
//!
//! # Why it may be looked at all the time
//!
//! What is seen is the share within a window that slides. Over a day there are as many windows side by side as fit into it,
//! and each of them is looked at as often as there are samples in it. More looks are no more chances from some point on: a
//! sum that slides evenly exceeds `u` deviations at most about `u²` times as likely as sums side by side do (Leadbetter,
//! Lindgren and Rootzén 1983, chapter 12), and `u` is about five here. The level is divided by that number of chances, and by
//! the number of versions that can be off by themselves
//! (Bonferroni): it bounds the chance that a rollout whose requests are shared as routed is ever called off **within a day**.
//! So few chances lie far out in the tail, where the score interval (Wilson 1927) promises too much for small counts: the
//! likelihood's bound (Chernoff 1952), which holds for any count, must agree. `tests/verdict.rs` counts false alarms.

use std::{collections::BTreeMap, time::Duration};

use super::normal;
use crate::domain::{Accord, Moment, Observed, Share, Split, Uid, num};

/// For so long the level holds.
const DAY: Duration = Duration::from_hours(24);

/// A window that slides has no more than so many times the chances of windows side by side.
const SLIDING: f64 = 25.0;

/// Counts of two sources are off by so much, each its own way: a rate is extrapolated to the ends of its window.
const COUNTING: f64 = 0.02;

/// A router takes a change within this time; what it says of it is not what it does at that moment.
const PROPAGATION: Duration = Duration::from_secs(5);

/// How what is seen was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// When: its end.
    pub at: Moment,
    /// How long it is.
    pub length: Duration,
    /// How often there are samples.
    pub every: Duration,
}

/// The shares of one rollout, as they were watched.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    due: BTreeMap<Uid, Option<Share>>,
    changed: Option<Moment>,
    apart: BTreeMap<Uid, Moment>,
}

impl Shares {
    /// Notes the shares that are due at a moment. `shifted` is when they were last changed, as far as the objects say: what
    /// happened before it was watched is known by that only.
    pub fn note<'v>(
        &mut self,
        sides: impl IntoIterator<Item = (&'v Uid, &'v Split)>,
        (now, shifted): (Moment, Option<Moment>),
    ) {
        let due: BTreeMap<Uid, Option<Share>> =
            sides.into_iter().map(|(uid, split)| (uid.clone(), split.due())).collect();
        let is_change = !self.due.is_empty() && self.due != due;
        let changed = is_change.then_some(now).into_iter().chain(shifted.filter(|at| *at <= now));
        self.changed = changed.chain(self.changed).max();
        self.due = due;
    }

    /// Whether a version gets what is due to it.
    pub fn accord(&mut self, of: &Uid, split: &Split, window: Window, level: f64) -> Accord {
        let (Some(due), Some(seen)) = (split.due(), split.seen) else {
            self.apart.remove(of);
            return Accord::Unknown;
        };
        let until = self.changed.map(|at| at.plus(PROPAGATION).plus(window.every).plus(window.length));
        if let Some(until) = until.filter(|until| window.at < *until) {
            self.apart.remove(of);
            return Accord::Settling { until };
        }
        let per_look = level / chances(self.due.len(), window);
        if !excludes(&seen, due, per_look) {
            self.apart.remove(of);
            return Accord::Together;
        }
        let since = *self.apart.entry(of.clone()).or_insert(window.at);
        let [low, high] = seen.within(normal::exceeded_with(per_look / 2.0));
        Accord::Apart { since, low, high }
    }
}

/// How many chances there are in a day to be off by chance. Of two versions one has what the other has not.
fn chances(versions: usize, Window { length, every, .. }: Window) -> f64 {
    let length = length.as_secs_f64().max(1.0);
    let looks = (length / every.as_secs_f64().max(1.0)).clamp(1.0, SLIDING);
    let apart = if versions <= 2 { 1.0 } else { num::count_f64(versions) };
    DAY.as_secs_f64() / length * looks * apart
}

/// Whether a share cannot be the true one, but with a chance of `level`, for counts that are off by no more than they may be.
fn excludes(seen: &Observed, Share(due): Share, level: f64) -> bool {
    let Share(share) = seen.share;
    let off = 2.0 * COUNTING * due * (1.0 - due);
    let nearest = share.clamp(due - off, due + off);
    let [low, high] = seen.within(normal::exceeded_with(level / 2.0));
    let is_inside = low.0 <= nearest && nearest <= high.0;
    !is_inside && seen.of * divergence(share, nearest) > (2.0 / level).ln()
}

/// How unlikely a share is beside another, per request (Kullback and Leibler 1951).
fn divergence(seen: f64, due: f64) -> f64 {
    let part = |seen: f64, due: f64| if seen > 0.0 { seen * (seen / due.max(f64::MIN_POSITIVE)).ln() } else { 0.0 };
    part(seen, due) + part(1.0 - seen, 1.0 - due)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// What is said at that second of one of two versions, of which `seen` of 6,000 requests were seen.
    fn said(shares: &mut Shares, secs: i64, (due, seen): (f64, f64)) -> Accord {
        let split = Split { routed: Some(Share(due)), seen: Observed::of(seen, 6_000.0), ..Split::default() };
        let other = Split { routed: Some(Share(1.0 - due)), ..split };
        let (one, two) = (Uid::from("one"), Uid::from("two"));
        let at = Moment::from_secs(secs);
        shares.note([(&one, &split), (&two, &other)], (at, None));
        shares.accord(&one, &split, Window { at, length: MINUTE, every: Duration::from_secs(5) }, 0.01)
    }

    #[test]
    fn the_window_after_a_change_settles() {
        let mut shares = Shares::default();
        assert_eq!(said(&mut shares, 1_000, (0.1, 600.0)), Accord::Together);
        let until = Moment::from_secs(1_080);
        assert_eq!(said(&mut shares, 1_010, (0.3, 700.0)), Accord::Settling { until });
        assert_eq!(said(&mut shares, 1_079, (0.3, 1_500.0)), Accord::Settling { until });
        assert_eq!(said(&mut shares, 1_080, (0.3, 1_800.0)), Accord::Together);
    }

    #[test]
    fn what_stays_off_is_apart_since_it_was_first_seen() {
        let mut shares = Shares::default();
        for secs in [1_000, 1_060] {
            let Accord::Apart { since, low, high } = said(&mut shares, secs, (0.3, 600.0)) else { panic!() };
            assert_eq!(since, Moment::from_secs(1_000));
            assert!(low.0 > 0.07 && low.0 < 0.1 && high.0 > 0.1 && high.0 < 0.13, "{low:?} {high:?}");
        }
    }

    #[test]
    fn a_change_that_was_not_watched_is_known_by_the_object() {
        let mut shares = Shares::default();
        let split = Split { wanted: Some(Share(0.3)), seen: Observed::of(600.0, 6_000.0), ..Split::default() };
        let (uid, at) = (Uid::from("one"), Moment::from_secs(1_000));
        shares.note([(&uid, &split)], (at, Some(Moment::from_secs(990))));
        let window = Window { at, length: MINUTE, every: Duration::from_secs(5) };
        let until = Moment::from_secs(1_060);
        assert_eq!(shares.accord(&uid, &split, window, 0.01), Accord::Settling { until });
    }

    #[test]
    fn few_requests_are_no_evidence() {
        // Ten times what is due, of which the normal approximation is sure.
        assert!(!excludes(&Observed::of(3.0, 30.0).unwrap(), Share(0.01), 1e-6));
        assert!(excludes(&Observed::of(300.0, 3_000.0).unwrap(), Share(0.01), 1e-6));
        // A percent beside a percent and a hundredth is how counters are read.
        assert!(!excludes(&Observed::of(101e6, 1e10).unwrap(), Share(0.01), 1e-6));
        // Nothing is due, and somebody got something.
        assert!(excludes(&Observed::of(20.0, 3_000.0).unwrap(), Share(0.0), 1e-6));
    }
}
