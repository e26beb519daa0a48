//! The verdict on versions of a known truth, watched at every block: the small sister of `lab/verdict`, whose thousands of runs
//! measure what a few hundred can only hint at. Seeds are fixed.

use std::{collections::VecDeque, time::Duration};

use rolldeck::{
    domain::{Accord, Criteria, Moment, Observed, Share, Split, Uid, Verdict},
    judge::{Shares, Window},
    sim::Draw,
};

use crate::trials::{
    watch::{Told, Watched, many, many_by},
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
fn the_promise_holds_at_another_level_too() {
    let loose = Criteria { level: 0.1, ..Criteria::default() };
    let watched = many_by(&ERRORS, loose, (RUNS, SEED));
    // At a level of 10 %, 32 or more of 200 happen once in two hundred times.
    assert!(alarms(&watched, |one| &one.errors) <= 31);
    // Who allows more false alarms finds sooner what is there.
    let worse = World { blocks: 60, errors: [0.02, 0.01], bursts: false, unlike: [0.0; 2], ..ERRORS };
    let worse = World { wander: Wander::default(), ..worse };
    let found = |criteria| alarms(&many_by(&worse, criteria, (60, SEED)), |one| &one.errors);
    assert!(found(loose) > found(Criteria { level: 0.000_1, ..loose }));
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

/// Days of two or three versions that share as they should, looked at whenever there is a sample: in how many any of them is
/// called off.
fn called_off(days: u64, level: f64, (rate, due): (f64, &[f64])) -> usize {
    let uids: Vec<Uid> = (0..due.len()).map(|at| Uid::from(format!("v{at}"))).collect();
    let (length, every) = (Duration::from_mins(1), Duration::from_secs(15));
    let is_called = |day: &u64| {
        let (mut draw, mut shares) = (Draw::new(SEED + day), Shares::default());
        let mut window = VecDeque::new();
        (0..5_760).any(|step| {
            let (mut left, mut rest) = (draw.poisson(rate * 15.0), 1.0);
            let count = |due: &f64| {
                let count = draw.binomial(left, (due / rest).min(1.0));
                (left, rest) = (left - count, rest - due);
                count
            };
            window.push_back(due.iter().map(count).collect::<Vec<f64>>());
            if window.len() > 4 {
                window.pop_front();
            }
            let of = |at: usize| window.iter().map(|counts| counts[at]).sum::<f64>();
            let whole: f64 = (0..due.len()).map(of).sum();
            let split = |at: usize| Split {
                routed: Some(Share(due[at])),
                seen: Observed::of(of(at), whole),
                ..Split::default()
            };
            let splits: Vec<Split> = (0..due.len()).map(split).collect();
            let at = Moment::from_secs(15 * step);
            shares.note(uids.iter().zip(&splits), (at, None));
            let window = Window { at, length, every };
            let mut said = uids.iter().zip(&splits).map(|(uid, split)| shares.accord(uid, split, window, level));
            said.any(|accord| matches!(accord, Accord::Apart { .. }))
        })
    };
    (0..days).filter(is_called).count()
}

#[test]
fn shares_that_are_as_routed_are_not_called_off_however_often_one_looks() {
    // At a level of 20 % a day, 17 or more of 40 days happen once in a thousand times; at 1 %, four.
    for (traffic, few) in [((100.0, &[0.9, 0.1][..]), 3), ((5.0, &[0.99, 0.01]), 3), ((40.0, &[0.6, 0.3, 0.1]), 3)] {
        assert!(called_off(40, 0.2, traffic) <= 16);
        assert!(called_off(40, 0.01, traffic) <= few);
    }
}

#[test]
fn shares_that_are_off_are_called_so_within_a_window() {
    // Ten percent are routed, and twenty are seen: 1,200 of 6,000.
    let split = |seen: f64| Split { routed: Some(Share(0.1)), seen: Observed::of(seen, 6_000.0), ..Split::default() };
    let (uid, at) = (Uid::from("new"), Moment::from_secs(600));
    let window = Window { at, length: Duration::from_mins(1), every: Duration::from_secs(15) };
    let said = |seen: f64| Shares::default().accord(&uid, &split(seen), window, 0.01);
    assert!(matches!(said(1_200.0), Accord::Apart { .. }));
    assert_eq!(said(600.0), Accord::Together);
}
