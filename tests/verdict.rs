//! The verdict on versions of a known truth, watched at every block: the small sister of `lab/verdict`, whose thousands of runs
//! measure what a few hundred can only hint at. Seeds are fixed.

use rolldeck::domain::Verdict;

use crate::trials::{
    watch::{Told, Watched, many},
    world::{Wander, World},
};

const RUNS: u64 = 200;
const SEED: u64 = 7;

/// Half an hour of errors alone: latency costs more time than these tests have.
const ERRORS: World = World {
    blocks: 180,
    length: 10,
    rate: 100.0,
    weights: [0.1; 3],
    pods: [2, 6],
    errors: [0.01; 2],
    slower: 1.0,
    bursts: true,
    drift: false,
    unlike: [0.1, 0.0],
    wander: Wander { keep: 0.8, rate: 0.2, errors: 0.2, latency: 0.0 },
    cold: false,
    buckets: None,
};

fn alarms(watched: &[Watched], of: fn(&Watched) -> &Told) -> usize {
    watched.iter().filter(|one| of(one).alarm.is_some()).count()
}

fn naive(watched: &[Watched]) -> usize {
    watched.iter().filter(|one| one.naive).count()
}

#[test]
fn equal_versions_are_not_called_worse_however_often_one_looks() {
    let watched = many(&ERRORS, RUNS, SEED);
    // At a level of 1 %, seven of 200 or more happen once in two hundred times.
    assert!(alarms(&watched, |one| &one.errors) <= 6);
    // A test that is meant for one look cries in these very runs: they can tell.
    assert!(naive(&watched) > 60, "{}", naive(&watched));
}

#[test]
fn looking_all_the_time_alone_breaks_the_naive_test() {
    let calm = World { bursts: false, unlike: [0.0; 2], wander: Wander::default(), ..ERRORS };
    let watched = many(&calm, RUNS, SEED);
    assert!(alarms(&watched, |one| &one.errors) <= 6);
    assert!(naive(&watched) > 12, "{}", naive(&watched));
}

#[test]
fn ten_times_the_failures_are_found_within_ten_minutes() {
    let worse = World { blocks: 60, errors: [0.01, 0.001], bursts: false, unlike: [0.0; 2], ..ERRORS };
    let watched = many(&World { wander: Wander::default(), ..worse }, 60, SEED);
    let found = |one: &&Watched| one.errors.alarm.is_some_and(|(_, said)| said == Verdict::Worse);
    assert!(watched.iter().filter(found).count() >= 54);
}

#[test]
fn a_third_slower_is_found_and_equal_is_said_to_be_the_same() {
    let timed = World { blocks: 60, bursts: false, unlike: [0.0; 2], buckets: Some(1.08), ..ERRORS };
    let timed = World { wander: Wander::default(), ..timed };
    let slower = many(&World { slower: 1.3, ..timed }, 20, SEED);
    assert!(slower.iter().all(|one| one.latency.alarm.is_some_and(|(_, said)| said == Verdict::Worse)));
    let equal = many(&World { rate: 1_000.0, ..timed }, 20, SEED);
    assert!(equal.iter().filter(|one| one.latency.last == Some(Verdict::Same)).count() >= 18);
    assert_eq!(alarms(&equal, |one| &one.latency), 0);
}

#[test]
fn a_starved_version_is_never_judged() {
    let starved = World { rate: 0.2, blocks: 90, bursts: false, pods: [1, 3], ..ERRORS };
    let unsure = |one: &Watched| matches!(one.errors.last, Some(Verdict::NotEnough { .. } | Verdict::NoTraffic));
    assert!(many(&starved, 40, SEED).iter().all(unsure));
}
