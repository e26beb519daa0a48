//! Numbers per version: whose they are, how fresh, and that nothing is read again for them.

use std::{sync::Arc, time::Duration};

use super::{World, family, web};
use crate::{
    domain::{
        About, Fleet, Gauge, Health, Kind, Link, Measure, Measured, Moment, Past, Ref, Sampled, Samples, Span,
        sample::{self, NOW, at, set},
    },
    store::Fact,
};

pub(super) const MINUTE: Duration = Duration::from_mins(1);

pub(super) fn point(at: Moment, rate: f64) -> Measured {
    Measured { at, rate: Some(rate), p95: Some(0.048), ..Measured::default() }
}

/// An answer with this rate for each of these versions, by a clock that much ahead of the cluster's.
fn answer(world: &World, rates: &[(&str, f64)], ahead_ms: i64) -> Samples {
    let at = world.now.shifted(ahead_ms);
    let of = rates.iter().map(|(set, rate)| sampled(set, vec![point(at, *rate)])).collect();
    Samples {
        cluster: "lab".into(),
        window: MINUTE,
        about: About::Now(at),
        of,
        clients: Vec::new(),
        failed: Vec::new(),
    }
}

pub(super) fn sampled(set: &str, points: Vec<Measured>) -> Sampled {
    Sampled { namespace: "shop".into(), set: set.into(), points }
}

pub(super) fn say(world: &mut World, samples: Samples) {
    world.say(Fact::Samples(Box::new(samples)));
}

fn link(world: &mut World, link: Link) {
    let (cluster, place) = ("lab".into(), "http://prometheus:9090".into());
    world.say(Fact::Gauge { cluster, place, every: Duration::from_secs(15), link });
}

fn version(number: i64) -> Ref {
    at(Kind::REPLICA_SET, &format!("web-{number}"))
}

/// The requests per second of a version in words: `12`, `none` for no number, `unknown` before any answer.
fn rate(world: &mut World, number: usize) -> String {
    let rollout = world.rollout("web");
    let version = rollout.versions.iter().find(|v| v.at.name == format!("web-{number}").as_str()).unwrap();
    let number = |measured: &Measured| measured.rate.map_or_else(|| "none".to_owned(), |rate| rate.to_string());
    version.metrics.as_deref().map_or_else(|| "unknown".to_owned(), number)
}

fn gauge(fleet: &Fleet) -> &Gauge {
    &fleet.gauges.sources[0]
}

fn line(world: &mut World, end: Moment) -> Vec<Option<f64>> {
    let fleet = world.fleet();
    let line = fleet.gauges.line(&version(1));
    line.map(|l| l.columns(Measure::Rate, (end, Span::Minutes5), 5, Duration::from_secs(30))).unwrap_or_default()
}

#[test]
fn numbers_find_their_version_whichever_comes_first() {
    let mut early = World::of(family(&["a"]));
    let samples = answer(&early, &[("web-1", 12.0), ("other-1", 3.0)], 0);
    say(&mut early, samples.clone());
    assert_eq!(rate(&mut early, 1), "12");
    let mut late = World::of([]);
    say(&mut late, samples);
    for object in family(&["a"]) {
        late.put(object);
    }
    assert_eq!(rate(&mut late, 1), "12");
}

#[test]
fn before_the_first_answer_nothing_is_known_and_without_a_series_there_is_no_number() {
    let mut world = World::of(family(&["a"]));
    assert_eq!(rate(&mut world, 1), "unknown");
    let samples = answer(&world, &[], 0);
    say(&mut world, samples);
    assert_eq!(rate(&mut world, 1), "none");
}

#[test]
fn an_answer_reads_no_rollout_again() {
    let mut world = World::of(family(&["a"]));
    world.fleet();
    let before: *const _ = Arc::as_ptr(&world.store.fleet().rollouts[&web("web")]);
    let samples = answer(&world, &[("web-1", 12.0)], 0);
    say(&mut world, samples);
    assert!(world.store.dirty.is_empty());
    assert_eq!(Arc::as_ptr(&world.fleet().rollouts[&web("web")]), before, "changed in its place");
}

#[test]
fn a_source_is_live_until_it_misses_two_turns_whatever_went_wrong() {
    let mut world = World::of(family(&["a"]));
    assert!(world.fleet().gauges.sources.is_empty(), "none is configured");
    link(&mut world, Link::Connecting);
    assert_eq!(gauge(world.fleet()).health, Health::Loading);
    link(&mut world, Link::Retrying { why: "refused".into() });
    assert_eq!(gauge(world.fleet()).health, Health::Down { why: "refused".into() });
    let samples = answer(&world, &[("web-1", 1.0)], 0);
    say(&mut world, samples);
    world.wait(40);
    assert_eq!(gauge(world.fleet()).health, Health::Live);
    world.wait(1);
    let stale = Health::Stale { since: NOW, why: Some("refused".into()) };
    assert_eq!(gauge(world.fleet()).health, stale);
    assert_eq!(rate(&mut world, 1), "1", "what was last known");
}

#[test]
fn a_line_grows_with_answers_and_has_gaps_where_there_were_none() {
    let mut world = World::of(family(&["a"]));
    for (wait, rate) in [(0, 1.0), (60, 2.0), (180, 4.0)] {
        world.wait(wait);
        let samples = answer(&world, &[("web-1", rate)], 0);
        say(&mut world, samples);
    }
    let end = world.now;
    assert_eq!(
        line(&mut world, end),
        [Some(1.0), Some(2.0), Some(2.0), None, Some(4.0)],
        "each stands for half a minute more"
    );
    let fleet = world.fleet();
    assert!(fleet.gauges.line(&version(2)).is_none(), "nobody has that version");
}

#[test]
fn history_goes_before_what_was_seen_since() {
    let mut world = World::of(family(&["a"]));
    let samples = answer(&world, &[("web-1", 9.0)], 0);
    say(&mut world, samples);
    world.wait(30);
    let (from, to) = (sample::ago(240), sample::ago(30));
    let (sets, services) = (vec!["web-1".into()], Vec::new());
    let past = Past { namespace: "shop".into(), sets, services, span: Span::Minutes5, window: MINUTE, until: None };
    let points = [(210, 1.0), (150, 2.0), (90, 3.0)].map(|(ago, rate)| point(sample::ago(ago), rate));
    let of = vec![sampled("web-1", points.to_vec()), sampled("web-9", points.to_vec())];
    let about = About::Past { past: past.clone(), from, to };
    let samples = Samples { cluster: "lab".into(), window: MINUTE, about, of, clients: Vec::new(), failed: Vec::new() };
    say(&mut world, samples);
    assert_eq!(line(&mut world, NOW.plus(MINUTE)), [Some(1.0), Some(2.0), Some(3.0), Some(9.0), Some(9.0)]);
    assert_eq!(gauge(world.fleet()).past, Some(past));
    assert!(world.fleet().gauges.line(&version(9)).is_none());
}

#[test]
fn moments_of_another_clock_are_taken_as_ours() {
    let mut world = World::of(family(&["a"]));
    let samples = answer(&world, &[("web-1", 1.0)], 90_000);
    say(&mut world, samples);
    let measured = world.rollout("web").versions[0].metrics.clone().unwrap();
    assert_eq!(measured.at, NOW);
    world.wait(15);
    let samples = answer(&world, &[("web-1", 1.0)], 88_500);
    say(&mut world, samples);
    let measured = world.rollout("web").versions[0].metrics.clone().unwrap();
    assert_eq!(measured.at, world.now.shifted(-1_500), "an answer that was on its way for long moves no clock");
}

#[test]
fn another_window_begins_another_line() {
    let mut world = World::of(family(&["a"]));
    let samples = answer(&world, &[("web-1", 1.0)], 0);
    say(&mut world, samples);
    assert!(world.fleet().gauges.line(&version(1)).is_some());
    let mut samples = answer(&world, &[], 0);
    samples.window = MINUTE * 5;
    say(&mut world, samples);
    assert!(world.fleet().gauges.line(&version(1)).is_none());
}

#[test]
fn a_version_without_traffic_any_more_keeps_its_line_for_three_hours() {
    let mut world = World::of([family(&["a"]), vec![set(2, "web:2", 0).into()]].concat());
    let samples = answer(&world, &[("web-1", 1.0)], 0);
    say(&mut world, samples);
    for (wait, has_line) in [(7_200, true), (3_700, false)] {
        world.wait(wait);
        let samples = answer(&world, &[], 0);
        say(&mut world, samples);
        assert_eq!(world.fleet().gauges.line(&version(1)).is_some(), has_line, "after {wait} s more");
    }
}

#[test]
fn facts_of_metrics_survive_a_recording() {
    let world = World::connecting();
    let fact = Fact::Samples(Box::new(answer(&world, &[("web-1", 0.1)], 0)));
    let text = serde_json::to_string(&fact).unwrap();
    assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact);
}
