//! The arithmetic against the cases that the unit tests of Kubernetes 1.36 name, as numbers.

use super::*;

fn rolling(surge: &str, unavailable: &str) -> Strategy {
    Strategy::Rolling { surge: Amount::parse(surge).unwrap(), unavailable: Amount::parse(unavailable).unwrap() }
}

fn bounds(replicas: i32, surge: i32, unavailable: i32) -> Bounds {
    Bounds { replicas, surge, unavailable }
}

fn sizes(of: &[(i32, i32)]) -> Vec<Sizes> {
    of.iter().map(|(replicas, available)| Sizes { replicas: *replicas, available: *available }).collect()
}

#[test]
fn surge_is_rounded_up_and_unavailability_down() {
    let cases = [
        ("39%", "39%", 10, (4, 3)),
        ("0", "39%", 10, (0, 3)),
        ("39%", "0", 10, (4, 0)),
        ("0", "0", 10, (0, 1)),
        ("0", "1%", 2, (0, 1)),
        ("1%", "25%", 2, (1, 0)),
        ("25%", "25%", 10, (3, 2)),
        ("25%", "25%", 1, (1, 0)),
        ("100%", "200%", 3, (3, 3)),
        ("0", "0", 0, (0, 0)),
    ];
    for (surge, unavailable, replicas, expected) in cases {
        let is = rolling(surge, unavailable).bounds(replicas);
        assert_eq!((is.surge, is.unavailable), expected, "{surge} {unavailable} of {replicas}");
    }
    assert_eq!(Strategy::Recreate.bounds(5), bounds(5, 0, 0));
}

#[test]
fn the_new_version_grows_into_the_surge() {
    // replicas, surge, old, new -> new
    let cases = [
        (10, 0, 10, 0, 0),
        (10, 2, 10, 0, 2),
        (10, 2, 5, 0, 7),
        (10, 2, 10, 2, 2),
        (10, 2, 2, 11, 10),
        (6, 10, 3, 2, 6),
    ];
    for (replicas, surge, old, new, expected) in cases {
        let size = bounds(replicas, surge, 0).new_size(old + new, new);
        assert_eq!(size, expected, "{replicas}+{surge}: {old} old, {new} new");
    }
}

#[test]
fn old_versions_shrink_by_what_nobody_misses_first() {
    // unavailable, old, available old, new, available new -> old
    let cases = [
        (0, 10, 10, 0, 0, 10),
        (0, 10, 9, 0, 0, 10),
        (0, 10, 10, 1, 1, 9),
        (2, 10, 10, 0, 0, 8),
        (2, 10, 8, 0, 0, 8),
        (2, 10, 9, 0, 0, 8),
        (2, 8, 8, 2, 0, 8),
    ];
    for (unavailable, old, ready, new, new_ready, expected) in cases {
        let new = Sizes { replicas: new, available: new_ready };
        let is = bounds(10, 0, unavailable).shrink(new, &sizes(&[(old, ready)]));
        assert_eq!(is.scaled, [expected], "{unavailable}: {old}/{ready} old, {new:?}");
    }
}

#[test]
fn a_roll_over_gives_up_old_pods_of_both_versions() {
    // Ten wanted, surge 3, two may be missing: of 13 pods, five of the second version crash; a third version begins.
    let is = bounds(10, 3, 2).shrink(Sizes::default(), &sizes(&[(8, 8), (5, 0)]));
    assert_eq!(is, Shrink { cleaned: vec![8, 0], scaled: vec![8, 0] });
    // And when it was undone instead: the good version is the new one, four of the crashing pods may go.
    let is = bounds(10, 3, 2).shrink(Sizes { replicas: 8, available: 7 }, &sizes(&[(5, 0)]));
    assert_eq!(is.scaled, [1]);
}

type Case = (i32, i32, i32, &'static [i32], &'static [i32]);

#[test]
fn a_change_of_size_is_shared_in_proportion() {
    // before (with surge), after, surge after, sizes oldest first -> sizes
    let cases: [Case; 13] = [
        (5, 10, 0, &[3, 2], &[6, 4]),
        (5, 3, 0, &[3, 2], &[2, 1]),
        (9, 4, 0, &[1, 8], &[0, 4]),
        (7, 10, 0, &[2, 3, 2], &[3, 4, 3]),
        (13, 8, 0, &[3, 8, 2], &[2, 5, 1]),
        (3, 4, 0, &[1, 1, 1], &[1, 1, 2]),
        (3, 2, 0, &[1, 1, 1], &[0, 1, 1]),
        (4, 5, 0, &[2, 2], &[2, 3]),
        (6, 0, 0, &[1, 2, 3], &[0, 0, 0]),
        (12, 20, 2, &[6, 6], &[11, 11]),
        (13, 50, 6, &[8, 5], &[34, 22]),
        (10, 14, 0, &[3, 7], &[4, 10]),
        (10, 10, 0, &[3, 7], &[3, 7]),
    ];
    for (before, after, surge, old, expected) in cases {
        let shares: Vec<Share> = old.iter().map(|size| Share { replicas: *size, max: Some(before) }).collect();
        assert_eq!(bounds(after, surge, 0).proportional(&shares, 0), expected, "{before} to {after}: {old:?}");
    }
}

#[test]
fn without_its_annotation_the_pods_are_the_base() {
    let share = |max| [Share { replicas: 4, max }, Share { replicas: 4, max }];
    assert_eq!(bounds(16, 0, 0).proportional(&share(None), 8), [8, 8]);
    // And without pods nothing is known: the leftover rule decides alone.
    assert_eq!(bounds(10, 0, 0).proportional(&share(Some(0)), 0), [4, 6]);
}

#[test]
fn complete_means_all_updated_available_and_alone() {
    let counts = |replicas, updated, available| Counts { replicas, updated, ready: available, available };
    let cases =
        [(5, 5, 5, 4, false), (5, 5, 5, 5, true), (5, 5, 4, 5, false), (1, 2, 1, 1, false), (1, 1, 1, 0, false)];
    for (wanted, replicas, updated, available, expected) in cases {
        assert_eq!(counts(replicas, updated, available).complete(wanted), expected);
    }
}

#[test]
fn progress_is_more_new_or_fewer_old_pods() {
    let counts = |of: [i32; 4]| Counts { replicas: of[0], updated: of[1], ready: of[2], available: of[3] };
    let cases = [
        ([10, 4, 4, 4], [10, 6, 4, 4], true),
        ([10, 4, 4, 4], [10, 4, 4, 4], false),
        ([10, 4, 6, 6], [8, 4, 6, 6], true),
        ([10, 7, 3, 3], [10, 6, 3, 3], false),
        ([10, 4, 7, 7], [8, 8, 5, 5], true),
        ([10, 10, 9, 8], [10, 10, 10, 8], true),
        ([10, 10, 10, 9], [10, 10, 10, 10], true),
    ];
    for (before, after, expected) in cases {
        assert_eq!(counts(after).progressed(counts(before)), expected, "{before:?} {after:?}");
    }
}

#[test]
fn recreate_goes_down_waits_and_goes_up() {
    assert_eq!(recreate(&[3, 0], true), Recreate::ScaleDown);
    assert_eq!(recreate(&[0, 0], true), Recreate::Wait);
    assert_eq!(recreate(&[], false), Recreate::ScaleUp);
}

#[test]
fn revisions_and_deadlines() {
    assert_eq!(next_revision([].into_iter()), 1);
    assert_eq!(next_revision([3, 7, 5].into_iter()), 8);
    assert_eq!(late_after(Moment(1_000), 600), Moment(601_000));
}
