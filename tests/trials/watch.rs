//! A run watched at every block: the first alarm, the first *same*, and the last word. And the naive judge beside ours.

use std::{thread, time::Duration};

use rolldeck::{
    domain::{Criteria, Verdict},
    judge::Pair,
};

use super::world::{Run, World};

/// What was said of one of the two things compared.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    /// The first time that it was better or worse.
    pub alarm: Option<(Duration, Verdict)>,
    /// The first time that it was the same.
    pub same: Option<Duration>,
    /// The last word.
    pub last: Option<Verdict>,
}

/// What was said of both.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watched {
    /// Of the errors.
    pub errors: Told,
    /// Of the latency.
    pub latency: Told,
    /// Whether a test of two proportions that is meant for one look at the end ever cried.
    pub naive: bool,
}

impl Told {
    fn hear(&mut self, at: Duration, said: Verdict) {
        if said.is_alarm() {
            self.alarm.get_or_insert((at, said));
        }
        if said == Verdict::Same {
            self.same.get_or_insert(at);
        }
        self.last = Some(said);
    }
}

/// One run.
fn watch(world: &World, criteria: Criteria, seed: u64) -> Watched {
    let (mut run, mut pair, mut watched) = (Run::new(world, seed), Pair::new(criteria), Watched::default());
    let mut sums = [0.0; 4];
    let mut at = Duration::ZERO;
    while let Some([new, stable]) = run.next() {
        pair.add(&new, &stable, &run.traits);
        at += new.length;
        watched.errors.hear(at, pair.errors().verdict);
        watched.latency.hear(at, pair.latency().verdict);
        for (sum, more) in sums.iter_mut().zip([new.requests(), new.failed(), stable.requests(), stable.failed()]) {
            *sum += more;
        }
        watched.naive |= is_significant(sums);
    }
    watched
}

/// Two proportions, normal approximation, at 1 %: as if this were the only look.
fn is_significant([new, new_failed, stable, stable_failed]: [f64; 4]) -> bool {
    let share = (new_failed + stable_failed) / (new + stable);
    let deviation = (share * (1.0 - share) * (1.0 / new + 1.0 / stable)).sqrt();
    deviation > 0.0 && ((new_failed / new - stable_failed / stable) / deviation).abs() > 2.575_8
}

/// Many runs, on all processors.
pub(crate) fn many(world: &World, runs: u64, seed: u64) -> Vec<Watched> {
    many_by(world, Criteria::default(), (runs, seed))
}

/// The same by other criteria.
pub(crate) fn many_by(world: &World, criteria: Criteria, (runs, seed): (u64, u64)) -> Vec<Watched> {
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;
    thread::scope(|scope| {
        let share = |first: u64| {
            move || (first..runs).step_by(threads as usize).map(|run| watch(world, criteria, seed + run)).collect()
        };
        let started: Vec<_> = (0..threads).map(|first| scope.spawn(share(first))).collect();
        started.into_iter().flat_map(|thread| -> Vec<Watched> { thread.join().unwrap() }).collect()
    })
}
