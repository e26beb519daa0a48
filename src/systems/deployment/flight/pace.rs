//! How fast pods of a rollout start and end, as far as it was seen: the time from creation to readiness, and from deletion to
//! the end. A version's own pods count; those of the others where it has none.

use std::time::Duration;

use crate::domain::{Moment, Pod, PodState, Version, num};

/// A pod that takes longer lost its readiness in between: when it first had it is not known.
const LONGEST: Duration = Duration::from_mins(30);
/// What stands for a start that nobody has seen, so that counts can be computed. No time is told from it.
const UNSEEN_MS: i64 = 10_000;

/// Which of the times that were seen a run goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Always the fastest.
    Fastest,
    /// All of them in turn.
    Likely,
    /// Always the slowest.
    Slowest,
}

/// Times that were seen, in milliseconds, the fastest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// From creation to readiness.
    pub(super) start: Vec<i64>,
    /// Whether those are of other versions.
    pub(super) is_borrowed: bool,
    /// From deletion to the end.
    pub(super) drain: Vec<i64>,
    /// The longest that an end may take.
    pub(super) grace: i64,
}

impl Pace {
    /// The pace of a version's pods, or of the others' where none of it (or no such version) was seen.
    pub(super) fn of(target: Option<&Version>, others: &[&Version], grace_s: i64) -> Self {
        let own = target.map(started).unwrap_or_default();
        let is_borrowed = own.is_empty();
        let start = if is_borrowed { pooled(others, started) } else { own };
        // It is the others that end.
        let ended = |version: &Version| version.pods.ended.iter().map(|span| num::millis(*span)).collect();
        let drain = pooled(others, ended);
        let drain = if drain.is_empty() { target.map(ended).unwrap_or_default() } else { drain };
        let mut pace = Self { start, is_borrowed, drain, grace: grace_s.max(0) * 1_000 };
        pace.start.sort_unstable();
        pace.drain.sort_unstable();
        pace
    }

    /// Start times, one after another.
    pub(super) fn starts(&self, run: Run) -> impl Iterator<Item = i64> + '_ {
        turns(&self.start, run).chain(std::iter::repeat(UNSEEN_MS))
    }

    /// Times to end, one after another; as long as it may take where none was seen.
    pub(super) fn drains(&self, run: Run) -> impl Iterator<Item = i64> + '_ {
        let unseen = if run == Run::Fastest { 0 } else { self.grace };
        turns(&self.drain, run).chain(std::iter::repeat(unseen))
    }

    /// How long a pod of that age still takes: by the times of those that took longer. One that is overdue is expected at
    /// once.
    pub(super) fn remaining(&self, age: i64, nth: usize, run: Run) -> i64 {
        let longer = self.start.partition_point(|took| *took <= age);
        let left = self.start.get(longer..).unwrap_or_default();
        match (left, self.start.is_empty()) {
            (_, true) => UNSEEN_MS,
            ([], false) => 0,
            ([..], false) => turns(left, run).nth(nth % left.len()).unwrap_or(age) - age,
        }
    }

    /// How long a pod that ends still does.
    pub(super) fn leaving(&self, age: i64, nth: usize, run: Run) -> i64 {
        let took = self.drains(run).nth(nth).unwrap_or(self.grace);
        (took - age).max(0)
    }
}

/// Times in turn for ever; nothing of none. All of them come by, in an order in which neighbours differ.
fn turns(times: &[i64], run: Run) -> impl Iterator<Item = i64> + '_ {
    let count = times.len();
    // About the golden section of the count, and without a divisor in common with it.
    let step = (count * 382 / 1000..=count + 1).find(|step| gcd(*step, count) == 1).unwrap_or(1);
    let first = count / 2;
    let at = move |n: usize| match run {
        Run::Fastest => 0,
        Run::Likely => (first + n * step) % count,
        Run::Slowest => count - 1,
    };
    (0..).map_while(move |n: usize| if count == 0 { None } else { times.get(at(n % count)).copied() })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn pooled(versions: &[&Version], times: impl Fn(&Version) -> Vec<i64>) -> Vec<i64> {
    versions.iter().flat_map(|version| times(version)).collect()
}

/// How long the pods of a version took that are ready and never restarted.
fn started(version: &Version) -> Vec<i64> {
    let took = |pod: &Pod| {
        let ready = ready_since(pod).filter(|_| pod.restarts() == 0)?;
        let took = ready.since(pod.meta.created);
        (took < LONGEST).then(|| num::millis(took))
    };
    version.pods.list.iter().filter(|pod| pod.state() == PodState::Ready).filter_map(|pod| took(pod)).collect()
}

/// Since when a pod is ready.
pub(super) fn ready_since(pod: &Pod) -> Option<Moment> {
    pod.condition("Ready").filter(|_| pod.is_ready())?.since
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_times_come_by_in_turn() {
        for count in 1..40 {
            let times: Vec<i64> = (0..count).collect();
            let pace = Pace { start: times.clone(), ..Pace::default() };
            let mut seen: Vec<i64> = pace.starts(Run::Likely).take(times.len()).collect();
            assert_eq!(seen.first(), Some(&(count / 2)), "the median first");
            seen.sort_unstable();
            assert_eq!(seen, times);
        }
        let pace = Pace { start: vec![2, 9], grace: 30, ..Pace::default() };
        assert_eq!(pace.starts(Run::Slowest).take(2).collect::<Vec<_>>(), [9, 9]);
        assert_eq!([Run::Fastest, Run::Likely].map(|run| pace.drains(run).next()), [Some(0), Some(30)]);
    }

    #[test]
    fn who_has_waited_is_ready_sooner() {
        let pace = Pace { start: vec![4_000, 6_000, 9_000], ..Pace::default() };
        assert_eq!(pace.remaining(5_000, 0, Run::Fastest), 1_000);
        assert_eq!(pace.remaining(5_000, 0, Run::Slowest), 4_000);
        assert_eq!(pace.remaining(20_000, 0, Run::Likely), 0, "overdue");
        assert_eq!(Pace::default().remaining(5_000, 0, Run::Likely), UNSEEN_MS);
    }
}
