//! What is said of rollouts small enough to be worked out by hand. How often it is right is counted in `tests/trials`.

use std::{sync::Arc, time::Duration};

use super::{
    Judge, Step,
    histogram::Histogram,
    noise::Noise,
    ratio::{Ratio, Row},
};
use crate::domain::{Block, Bucket, Cause, Criteria, Judgement, Moment, Name, PodTraits, Tally, Uid, Unequal, Verdict};

/// Ten seconds of pods, each with so many requests and failures.
fn block(at: i64, pods: &[(&str, f64, f64)]) -> Arc<Block> {
    let tally = |(pod, requests, failed): &(&str, f64, f64)| Tally {
        pod: Name::from(*pod),
        requests: *requests,
        failed: *failed,
        seconds: None,
    };
    let pods = pods.iter().map(tally).collect();
    Arc::new(Block { at: Moment::from_secs(10 * at), length: Duration::from_secs(10), pods, buckets: vec![] })
}

/// What is said after blocks of a new version, a stable one and a neighbour.
fn judged(blocks: i64, traits: &[PodTraits], of: impl Fn(i64) -> [Arc<Block>; 3]) -> Judgement {
    let mut judge = Judge::new(Uid::from("stable"), Criteria::default());
    for at in 1..=blocks {
        let [new, stable, neighbour] = of(at);
        let (others, neighbours) = ([(Uid::from("new"), new)], [(Name::from("cart"), neighbour)]);
        judge.add(&Step { stable: &stable, others: &others, neighbours: &neighbours, traits });
    }
    judge.judgements(traits).remove(0)
}

fn on(pod: &str, zone: &str) -> PodTraits {
    let traits = vec![("zone".into(), zone.into())];
    PodTraits { pod: pod.into(), started: None, traits }
}

/// A row of as many requests on both sides.
fn even(new_hits: f64, stable_hits: f64) -> Row {
    Row { new: 1_000.0, stable: 1_000.0, new_hits, stable_hits, seconds: 10.0 }
}

#[test]
fn the_ratio_is_that_of_the_shares() {
    let mut ratio = Ratio::new();
    for _ in 0..50 {
        ratio.add(Row { new: 100.0, stable: 900.0, new_hits: 3.0, stable_hits: 9.0, seconds: 10.0 });
    }
    // 3 % and 1 %.
    assert!((ratio.guess() - 3_f64.ln()).abs() < 0.01, "{}", ratio.guess().exp());
    let range = ratio.range(Noise { factor: 1.0, batches: 1e9 }, 0.01);
    // 150 and 450 hits: a deviation of 1/√112 of the logarithm. The likelihood falls by about 4.6 + ln of the grid.
    assert!((range.guess - range.low) / (1.0 / 112.5_f64.sqrt()) > 3.0, "{range:?}");
    assert!((range.high - range.guess) / (1.0 / 112.5_f64.sqrt()) < 5.0, "{range:?}");
    // As many failures of the new version's 5,000 requests as the stable one would have had at 1 %.
    let expected = ratio.expected(ratio.guess());
    assert!((expected - 50.0).abs() < 0.5, "{expected}");
}

#[test]
fn without_hits_every_ratio_is_possible() {
    let mut ratio = Ratio::new();
    ratio.add(even(0.0, 0.0));
    let range = ratio.range(Noise { factor: 1.0, batches: 1e9 }, 0.01);
    assert_eq!((range.low, range.high), (f64::NEG_INFINITY, f64::INFINITY));
}

#[test]
fn what_hits_both_is_no_noise_and_what_comes_in_waves_is_much() {
    let factor = |hits: &dyn Fn(usize) -> (f64, f64)| {
        let rows: Vec<Row> = (0..96).map(hits).map(|(new, stable)| even(new, stable)).collect();
        Noise::around(0.0, &rows).factor / (1.0 + 300.0 / 960.0)
    };
    // A burst of both: no more scatter than chance.
    assert!(factor(&|at| if at % 7 == 0 { (50.0, 50.0) } else { (5.0, 5.0) }) < 1.01);
    // One version off by 10 of 20, up and down by turns: 100 / 5 as single blocks, nothing in pairs.
    let turns = factor(&|at| if at % 2 == 0 { (20.0, 0.0) } else { (0.0, 20.0) });
    assert!((turns / 20.0 - 1.0).abs() < 0.05, "{turns}");
    // The same in waves of eight blocks each way: batches of eight are off by 80, whose variance by chance is 40.
    let waves = factor(&|at| if at / 8 % 2 == 0 { (20.0, 0.0) } else { (0.0, 20.0) });
    assert!(waves > 100.0, "{waves}");
}

#[test]
fn a_histogram_tells_quantiles_and_what_slower_means() {
    let mut histogram = Histogram::default();
    let bucket = |below, count| Bucket { below, count };
    histogram.add(&[bucket(0.1, 800.0), bucket(0.2, 150.0), bucket(0.4, 40.0), bucket(f64::INFINITY, 10.0)]);
    assert!((histogram.above(0.2) - 0.05).abs() < 1e-12);
    // 900 of 1,000: two thirds into the bucket that ends at 0.2.
    assert!((histogram.quantile(0.9).unwrap() - (0.1 + 0.1 * 2.0 / 3.0)).abs() < 1e-9);
    assert!(histogram.within(0.9).unwrap().is_coarse());
    assert_eq!(histogram.boundary(0.95, |_| true), Some(0.2));
    // Four times as many above 0.2 as 5 % is the 20 % above 0.1: all twice as slow.
    assert!((histogram.slower(0.2, 4.0) - 2.0).abs() < 1e-9);
    assert!((histogram.slower(0.2, 1.0) - 1.0).abs() < 1e-9);
    // A fifth of them is the 1 % above 0.4: twice as fast.
    assert!((histogram.slower(0.2, 0.2) - 0.5).abs() < 1e-9);
}

#[test]
fn ten_times_the_failures_are_the_release() {
    let said = judged(60, &[], |at| {
        let new = [("n1", 50.0, 1.0), ("n2", 50.0, f64::from(i32::from(at % 2 == 0)))];
        let stable = [("s1", 450.0, 0.5), ("s2", 450.0, 0.5)];
        [block(at, &new), block(at, &stable), block(at, &[])]
    });
    assert_eq!((said.errors.verdict, said.causes), (Verdict::Worse, vec![Cause::Release]));
    let effect = said.errors.effect.unwrap();
    assert!(effect.change.low > 0.0 && (effect.change.guess - 0.0139).abs() < 0.001, "{effect:?}");
    assert!(said.errors.since < Some(said.at));
    assert_eq!(said.latency.verdict, Verdict::NoTraffic);
}

#[test]
fn a_starved_version_says_what_is_missing() {
    let said = judged(60, &[], |at| {
        [block(at, &[("n", 2.0, 0.0)]), block(at, &[("s1", 100.0, 0.1), ("s2", 100.0, 0.1)]), block(at, &[])]
    });
    let Verdict::NotEnough { requests: Some(requests), time: Some(time) } = said.errors.verdict else {
        panic!("{:?}", said.errors);
    };
    // At 0.2 requests a second.
    assert!((1_000..100_000).contains(&requests), "{requests}");
    assert!((time.as_secs_f64() * 0.2 / num_of(requests) - 1.0).abs() < 0.05, "{time:?}");
    assert!(said.causes.is_empty());
}

fn num_of(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

#[test]
fn what_hurts_everywhere_is_not_the_release() {
    let said = judged(90, &[], |at| {
        let share = if at > 60 { 0.1 } else { 0.01 };
        let of = |pod: &'static str, requests: f64| [(pod, requests, requests * share)];
        [block(at, &of("n", 100.0)), block(at, &of("s", 900.0)), block(at, &of("c", 300.0))]
    });
    assert!(!said.errors.verdict.is_alarm());
    let [Cause::Everywhere { since, before, after, neighbours }] = said.causes.as_slice() else {
        panic!("{:?}", said.causes);
    };
    assert_eq!((*since, neighbours.as_slice()), (Moment::from_secs(600), [Name::from("cart")].as_slice()));
    assert!((before - 0.01).abs() < 1e-9 && (after - 0.1).abs() < 1e-9);
}

#[test]
fn bad_pods_are_told_by_what_they_share() {
    let traits = [on("n1", "a"), on("n2", "b"), on("s1", "a"), on("s2", "b"), on("s3", "a"), on("s4", "b")];
    let said = judged(60, &traits, |at| {
        let stable = [("s1", 100.0, 0.1), ("s2", 100.0, 5.0), ("s3", 100.0, 0.1), ("s4", 100.0, 5.0)];
        [block(at, &[("n1", 100.0, 0.1), ("n2", 100.0, 5.0)]), block(at, &stable), block(at, &[])]
    });
    let [Cause::Common { kind, value, pods, there, .. }] = said.causes.as_slice() else { panic!("{:?}", said.causes) };
    assert_eq!((kind.as_str(), value.as_str(), *pods), ("zone", "b", 3));
    assert!((there - 0.05).abs() < 1e-9);
}

#[test]
fn one_pod_makes_the_errors() {
    let said = judged(30, &[], |at| {
        let new = [("n1", 50.0, 0.1), ("n2", 50.0, 2.3), ("n3", 50.0, 0.1)];
        [block(at, &new), block(at, &[("s1", 450.0, 0.5), ("s2", 450.0, 0.5)]), block(at, &[])]
    });
    let [outlier] = said.outliers.as_slice() else { panic!("{:?}", said.outliers) };
    assert_eq!((outlier.pod.as_str(), outlier.version.as_str()), ("n2", "new"));
    assert!((outlier.of_failures - 0.92).abs() < 1e-9 && (outlier.of_requests - 1.0 / 3.0).abs() < 1e-9);
}

#[test]
fn cold_pods_and_another_zone_are_named_and_left_out() {
    let started = Some(Moment::from_secs(0));
    let traits = [PodTraits { started, ..on("n", "a") }, on("s", "b")];
    let said = judged(12, &traits, |at| {
        let failed = if at <= 6 { 50.0 } else { 0.0 };
        let stable = [("s", 900.0, 0.0)];
        [block(at, &[("n", 100.0, failed)]), block(at, &stable), block(at, &[])]
    });
    assert_eq!(said.errors.effect.unwrap().new.to_bits(), 0.0_f64.to_bits());
    let within = Duration::from_mins(1);
    let place = Unequal::Place { kind: "zone".into(), value: "a".into(), new: 1.0, stable: 0.0 };
    assert_eq!(said.unequal, [Unequal::WarmUp { pods: 1, within }, place]);
}

#[test]
fn coarse_buckets_are_said_unless_they_are_enough() {
    let slow = |at, above: f64| {
        let bucket = |below, count| Bucket { below, count };
        let buckets = vec![bucket(0.1, 100.0 - above), bucket(0.25, above * 0.8), bucket(f64::INFINITY, above * 0.2)];
        Arc::new(Block { buckets, ..Block::clone(&block(at, &[("p", 100.0, 0.0)])) })
    };
    let of = |above: f64| judged(60, &[], |at| [slow(at, above), slow(at, 6.0), block(at, &[])]).latency.verdict;
    assert_eq!(of(6.0), Verdict::TooCoarse { from: 0.1, to: Some(0.25) });
    assert_eq!(of(30.0), Verdict::Worse);
}

#[test]
fn blocks_without_requests_count_for_the_rate() {
    let mut ratio = Ratio::new();
    for at in 0..40 {
        let new = if at >= 10 && at % 2 == 0 { 1.0 } else { 0.0 };
        ratio.add(Row { new, stable: 100.0, seconds: 10.0, ..Row::default() });
    }
    // One every twenty seconds; the last block is empty, and what was before the first request does not count.
    let rate = ratio.rate(100);
    assert!((rate - 15.0 / 300.0).abs() < 1e-9, "{rate}");
}
