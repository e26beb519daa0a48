//! How fresh sources are, and what reading costs.

use super::*;
use crate::domain::{Health, Text};

fn pods(world: &mut World) -> Health {
    let source = source(&Kind::POD);
    world.fleet().sources.iter().find(|s| s.source == source).unwrap().health.clone()
}

fn stale(since: Moment, why: Option<&str>) -> Health {
    Health::Stale { since, why: why.map(Text::from) }
}

#[test]
fn silence_makes_a_source_stale_and_a_word_heals_it() {
    let mut world = World::of(family(&["a"]));
    world.wait(15);
    assert_eq!(pods(&mut world), Health::Live);
    world.wait(1);
    assert_eq!(pods(&mut world), stale(NOW, None));
    assert_eq!(world.fleet().stale_since(), Some(NOW));
    world.say(Fact::Spoke(source(&Kind::POD)));
    assert_eq!(pods(&mut world), Health::Live);
}

#[test]
fn a_broken_link_is_stale_at_once_and_down_if_nothing_was_ever_listed() {
    let retrying = Fact::Link(source(&Kind::POD), Link::Retrying { why: "refused".into() });
    let mut world = World::of(family(&["a"]));
    world.wait(3);
    world.say(retrying.clone());
    assert_eq!(pods(&mut world), stale(NOW, Some("refused")));
    world.say(Fact::Link(source(&Kind::POD), Link::Live));
    assert_eq!(pods(&mut world), Health::Live);
    let mut fresh = World::connecting();
    fresh.say(retrying);
    assert_eq!(pods(&mut fresh), Health::Down { why: "refused".into() });
    assert!(!fresh.fleet().is_settled());
}

#[test]
fn a_refused_source_says_so_and_the_picture_is_whole_without_it() {
    let mut world = World::connecting();
    for kind in KINDS.iter().filter(|kind| **kind != Kind::POD) {
        world.list(&source(kind), []);
    }
    assert!(!world.fleet().is_settled());
    world.deny(&Kind::POD);
    assert_eq!(pods(&mut world), Health::Denied { why: "forbidden".into() });
    assert!(world.fleet().is_settled());
    let mut held = World::of(family(&["a"]));
    held.deny(&Kind::POD);
    assert_eq!(pods(&mut held), stale(NOW, Some("forbidden")), "what it showed is still on screen");
}

#[test]
fn moments_follow_the_servers_clock() {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Skew { cluster: "lab".into(), ahead_ms: 60_000 });
    let ahead = sample::later(60);
    assert_eq!(world.store.cluster_time(&"lab".into(), NOW), ahead);
    assert_eq!(world.store.cluster_time(&"elsewhere".into(), NOW), NOW);
    assert_eq!(pods(&mut world), Health::Live, "a clock that is set is no silence");
    world.wait(20);
    assert_eq!(pods(&mut world), stale(ahead, None));
    world.put(sample::set(1, "web:1", 5));
    world.told();
    assert_eq!(world.fleet().timeline[0].at, sample::later(80));
}

#[test]
fn events_from_before_a_late_skew_are_still_told_apart_from_those_after() {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Skew { cluster: "lab".into(), ahead_ms: -60_000 });
    let mut scaled = sample::event(&sample::deployment("web:1", 1).meta, "ScalingReplicaSet", "up");
    scaled.last = NOW.shifted(-30_000);
    world.put(event(scaled));
    assert!(world.told().is_empty(), "the server's clock was behind: it happened after the list");
}

fn requests(world: &mut World, at: u64, sent: u64) -> u32 {
    world.now = sample::later(at);
    world.say(Fact::Meter { cluster: "lab".into(), requests: sent, bytes: 7 * sent });
    let cluster = &world.fleet().clusters[0];
    assert_eq!(cluster.bytes, 7 * sent);
    cluster.requests_per_minute
}

#[test]
fn requests_are_counted_over_the_last_minute() {
    let mut world = World::connecting();
    let seen = [(0, 10), (30, 14), (60, 20), (90, 21), (120, 30)].map(|(at, sent)| requests(&mut world, at, sent));
    assert_eq!(seen, [10, 14, 10, 7, 10]);
    world.wait(300);
    assert_eq!(world.fleet().clusters[0].requests_per_minute, 0);
}

#[test]
fn a_meter_that_starts_over_does_not_panic() {
    let mut world = World::connecting();
    requests(&mut world, 0, 1_000);
    assert_eq!(requests(&mut world, 70, 3), 0);
}

#[test]
fn a_server_says_its_version() {
    let mut world = World::connecting();
    world.say(Fact::Server { cluster: "lab".into(), version: "v1.36.1".into() });
    assert_eq!(world.fleet().clusters[0].version, Some("v1.36.1".into()));
}
