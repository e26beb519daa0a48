//! What may be read, what was fetched, and what time alone changes.

use super::*;
use crate::domain::{
    Endpoint, Labels, LogTail, Name, Phase, Place, PodTraits, Pods, Service, Slice, Split, Text, Want, ZONE,
};

fn pods(world: &mut World) -> Pods {
    world.rollout("web").versions[0].pods.clone()
}

#[test]
fn pods_that_may_not_be_read_are_unknown_and_counts_are_the_controllers() {
    let mut world = World::connecting();
    world.list(&source(&Kind::DEPLOYMENT), [sample::deployment("web:1", 3).into()]);
    world.list(&source(&Kind::REPLICA_SET), [sample::set(1, "web:1", 3).into()]);
    assert!(pods(&mut world).known, "they are about to come");
    world.deny(&Kind::POD);
    let denied = pods(&mut world);
    assert_eq!((denied.known, denied.ready, denied.list.len()), (false, 3, 0));
    world.say(Fact::Link(source(&Kind::POD), Link::Connecting));
    world.list(&source(&Kind::POD), [sample::ready("a").into()]);
    let allowed = pods(&mut world);
    assert_eq!((allowed.known, allowed.list.len()), (true, 1));
}

#[test]
fn pods_that_may_be_read_no_longer_are_shown_as_they_were_last_known() {
    let mut world = World::of(family(&["a"]));
    world.deny(&Kind::POD);
    assert!(pods(&mut world).known);
    assert!(world.fleet().stale_since().is_some(), "and the screen says so");
}

#[test]
fn what_was_never_reached_is_unknown_too() {
    let mut world = World::connecting();
    world.list(&source(&Kind::DEPLOYMENT), [sample::deployment("web:1", 3).into()]);
    world.list(&source(&Kind::REPLICA_SET), [sample::set(1, "web:1", 3).into()]);
    world.say(Fact::Link(source(&Kind::POD), Link::Retrying { why: "refused".into() }));
    assert!(!pods(&mut world).known);
    world.list(&source(&Kind::POD), []);
    assert!(pods(&mut world).known);
}

fn tail(restarts: i32, line: &str) -> Fact {
    let pod = sample::at(Kind::POD, "a");
    Fact::Tail(LogTail { pod, uid: "a".into(), container: "app".into(), restarts, lines: Ok(vec![line.into()]) })
}

fn detail(world: &mut World) -> Vec<Text> {
    world.rollout("web").findings[0].detail.clone()
}

#[test]
fn log_ends_are_wanted_until_they_come_and_again_after_the_next_crash() {
    let crash = |restarts| sample::crashing("a", 1, "Error", restarts);
    let want = |restarts| {
        let (pod, uid) = (sample::at(Kind::POD, "a"), "a".into());
        vec![Want::PreviousLog { pod, uid, container: "app".into(), restarts }]
    };
    let mut world = World::of([family(&[]), vec![crash(3).into()]].concat());
    assert_eq!(world.rollout("web").wants, want(3));
    world.say(tail(3, "panic"));
    assert_eq!((detail(&mut world), world.rollout("web").wants.clone()), (vec!["panic".into()], vec![]));
    world.put(crash(4));
    assert_eq!(world.rollout("web").wants, want(4));
    world.say(tail(4, "panic again"));
    world.say(tail(3, "panic, told late"));
    assert_eq!((detail(&mut world), world.rollout("web").wants.clone()), (vec!["panic again".into()], vec![]));
}

#[test]
fn log_ends_go_with_their_pod() {
    let crash = sample::crashing("a", 1, "Error", 3);
    let mut world = World::of([family(&[]), vec![crash.clone().into()]].concat());
    world.say(tail(3, "panic"));
    world.gone(crash);
    world.say(tail(3, "panic, told late"));
    assert!(world.store.tails.is_empty());
}

fn slice(ready: &[(&str, bool)]) -> Object {
    let endpoint = |(pod, ready): &(&str, bool)| Endpoint {
        pod: (*pod).into(),
        ready: *ready,
        serving: *ready,
        terminating: false,
        zone: None,
    };
    let (meta, endpoints) = (sample::meta(Kind::SLICE, "web-x"), ready.iter().map(endpoint).collect());
    Object::Slice(Arc::new(Slice { meta, service: "web".into(), endpoints }))
}

fn service(name: &str, selector: &[(&str, &str)]) -> Object {
    let selector = sample::labels(selector);
    Object::Service(Arc::new(Service {
        meta: sample::meta(Kind::SERVICE, name),
        selector,
        ports: Box::default(),
        is_sticky: false,
    }))
}

#[test]
fn without_a_router_traffic_goes_by_ready_endpoints() {
    let mut second = sample::ready("c");
    second.meta.owner.as_mut().unwrap().uid = "web-2".into();
    let mut world = World::of([family(&["a", "b"]), vec![sample::set(2, "web:2", 1).into(), second.into()]].concat());
    let routed = |world: &mut World| -> Vec<Option<String>> {
        let share = |split: Split| split.routed.map(|share| format!("{:.2}", share.0));
        let mut versions = world.rollout("web").versions.clone();
        versions.sort_by_key(|version| version.revision);
        versions.iter().map(|version| share(version.split)).collect()
    };
    assert_eq!(routed(&mut world), [None, None]);
    world.put(slice(&[("a", true), ("b", true), ("b", true), ("c", true)]));
    world.put(service("other", &[("app", "other")]));
    world.put(service("everything", &[]));
    assert_eq!(routed(&mut world), [None, None], "no Service selects them");
    world.put(service("web", &[("app", "web")]));
    assert_eq!(routed(&mut world), [Some("0.67".into()), Some("0.33".into())]);
    world.put(slice(&[("a", true), ("b", false), ("c", false)]));
    assert_eq!(routed(&mut world), [Some("1.00".into()), Some("0.00".into())]);
    world.gone(slice(&[]));
    assert_eq!(routed(&mut world), [None, None], "nobody answers: no share of nothing");
}

#[test]
fn time_alone_changes_the_picture_when_it_is_due() {
    let mut deployment = sample::deployment("web:1", 2);
    deployment.available = 1;
    let mut set = sample::set(1, "web:1", 2);
    (set.ready, set.available) = (1, 1);
    let objects: [Object; 4] =
        [deployment.into(), set.into(), sample::ready("a").into(), sample::starting("b", 9).into()];
    let mut world = World::of(objects);
    let before = world.rollout("web");
    // A rule has its eye on the pod that starts: thirty seconds are long for its first readiness.
    let due = Some(sample::later(21));
    assert_eq!((before.phase, before.again), (Phase::Progressing, due));
    world.wait(20);
    assert!(Arc::ptr_eq(&world.rollout("web"), &before));
    world.wait(1);
    assert_eq!(world.rollout("web").findings[0].rule, "not-ready");
    world.wait(568);
    assert_eq!(world.rollout("web").phase, Phase::Progressing);
    world.wait(1);
    assert_eq!(world.rollout("web").phase, Phase::Degraded);
}

#[test]
fn pools_come_from_nodes_and_zones_where_nothing_nearer_says_them() {
    let on = |name: &str, node: &str, zone: Option<&str>| {
        let mut pod = sample::ready(name);
        pod.node = Some(node.into());
        pod.meta.labels = zone.map_or_else(Labels::default, |zone| sample::labels(&[(ZONE, zone)]));
        pod
    };
    let pods = [on("a", "n1", Some("eu-1a")), on("b", "n2", None), on("c", "n3", None)];
    let set = pods[0].meta.owner.clone().unwrap().name;
    let mut world = World::of([family(&[]), pods.map(Object::from).to_vec()].concat());
    let (at, sets) = (sample::deployment("web:1", 3).meta.at, [set].into());
    let told = |world: &World| -> Vec<String> {
        let place = |kind: &Name| matches!(kind.as_str(), "zone" | "pool");
        let said =
            |of: PodTraits| of.traits.into_iter().filter(|(kind, _)| place(kind)).map(|(_, value)| value.to_string());
        world.store.traits(&at, &sets).into_iter().map(|of| said(of).collect::<Vec<_>>().join(" in ")).collect()
    };
    assert_eq!(told(&world), ["eu-1a", "", ""]);
    let place = |zone: &str| Place { zone: Some(zone.into()), pool: Some("spot".into()), machine: None };
    let places = Some([("n1".into(), place("old")), ("n2".into(), place("eu-1b"))].into());
    world.say(Fact::Places { cluster: at.cluster.clone(), places });
    assert_eq!(told(&world), ["eu-1a in spot", "eu-1b in spot", ""]);
    world.say(Fact::Places { cluster: at.cluster.clone(), places: None });
    assert_eq!(told(&world)[1], "eu-1b in spot", "what was known stays");
}
