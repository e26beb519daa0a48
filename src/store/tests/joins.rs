//! Whose series are whose: by pods, by workloads and by Services; and what clients see, whether pods are there or not.

use std::sync::Arc;

use super::{
    World, family,
    series::{MINUTE, point, sampled, say},
    web,
};
use crate::{
    domain::{
        About, Kind, Measure, Measured, Meta, Name, Naming, Object, Pack, Packs, Past, Pod, Ref, ReplicaSet, Sampled,
        Samples, Service, Span, Version,
        sample::{self, NOW, set},
    },
    store::Fact,
};

/// Numbers of this pack come from now on.
fn packs(world: &mut World, naming: Naming) {
    let pack = |name: &str| Some(Pack { name: name.into(), naming, ..Pack::default() });
    let packs = Packs { versions: pack("one"), clients: pack("door"), able: Vec::new() };
    world.say(Fact::Packs { cluster: "lab".into(), packs: Box::new(packs) });
}

fn service(name: &str, selector: &[(&str, &str)]) -> Object {
    let meta = sample::meta(Kind::SERVICE, name);
    Object::Service(Arc::new(Service {
        meta,
        selector: sample::labels(selector),
        ports: Box::default(),
        is_sticky: false,
    }))
}

/// The rates of the versions, newest first: `apart` where nothing can be told, `none` where there is no number.
fn told(world: &mut World) -> String {
    let rollout = world.rollout("web");
    let rate = |measured: &Measured| measured.rate.map_or_else(|| "none".to_owned(), |rate| rate.to_string());
    let one = |version: &Version| version.metrics.as_deref().map_or_else(|| "apart".to_owned(), rate);
    rollout.versions.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What clients see now: requests per second and the share of failures, rounded to a hundredth.
fn seen(world: &mut World) -> Option<(f64, f64)> {
    let rollout = world.rollout("web");
    let measured = rollout.door.measured.as_deref()?;
    Some((measured.rate?, (measured.errors? * 100.0).round() / 100.0))
}

fn answer(world: &mut World, of: Vec<Sampled>, clients: Vec<Sampled>) {
    let about = About::Now(world.now);
    say(world, Samples { cluster: "lab".into(), window: MINUTE, about, of, clients, failed: Vec::new() });
}

fn rate(world: &World, name: &str, rate: f64) -> Sampled {
    sampled(name, vec![point(world.now, rate)])
}

/// As a router names it, which has the namespace in the name.
fn of_router(world: &World, name: &str, rate: f64, errors: f64) -> Sampled {
    let point = Measured { errors: Some(errors), ..point(world.now, rate) };
    Sampled { namespace: "".into(), ..sampled(name, vec![point]) }
}

/// The set of that number, under another name and with its pod's labels.
fn labelled(number: i64, name: &str, labels: &[(&str, &str)]) -> Object {
    let set = set(number, &format!("web:{number}"), 1);
    let meta = Meta { at: Ref { name: name.into(), ..set.meta.at }, labels: sample::labels(labels), ..set.meta };
    Object::from(ReplicaSet { meta, ..set })
}

fn pod(name: &str, of: &Object, labels: &[(&str, &str)]) -> Object {
    let pod = sample::ready(name);
    let owner = pod.meta.owner.clone().map(|owner| crate::domain::Owner { uid: of.meta().uid.clone(), ..owner });
    Object::from(Pod { meta: Meta { owner, labels: sample::labels(labels), ..pod.meta }, ..pod })
}

/// Deployment `web` with two versions whose pods' labels differ.
fn pair(names: [&str; 2], labels: [&[(&str, &str)]; 2]) -> Vec<Object> {
    let sets = [labelled(1, names[0], labels[0]), labelled(2, names[1], labels[1])];
    let pods = [pod("a", &sets[0], labels[0]), pod("b", &sets[1], labels[1])];
    std::iter::once(Object::from(sample::deployment("web:2", 2))).chain(sets).chain(pods).collect()
}

const PLAIN: [&[(&str, &str)]; 2] = [&[("app", "web")], &[("app", "web")]];
const VERSIONED: [&[(&str, &str)]; 2] = [&[("app", "web"), ("v", "1")], &[("app", "web"), ("v", "2")]];

#[test]
fn pods_of_long_names_find_their_version() {
    let long = format!("{}-x", "b".repeat(62));
    let short = format!("{}-x", "a".repeat(40));
    let mut world = World::of(pair([&short, &long], PLAIN));
    let of = vec![rate(&world, &short, 1.0), rate(&world, &"b".repeat(58), 2.0)];
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "2 1");
}

#[test]
fn versions_whose_pods_begin_alike_are_not_told_apart_by_pods() {
    let names = [format!("{}-1", "c".repeat(62)), format!("{}-2", "c".repeat(62))];
    let mut world = World::of(pair([&names[0], &names[1]], PLAIN));
    let of = vec![rate(&world, &"c".repeat(58), 9.0)];
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "apart apart");
    let of = names.iter().map(|name| rate(&world, name, 3.0)).collect();
    world.wait(15);
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "3 3", "labels that hold the whole name tell them apart");
}

#[test]
fn a_workload_is_a_version_only_while_it_has_no_other() {
    let mut world = World::of(family(&["a"]));
    packs(&mut world, Naming::Workload);
    let of = vec![rate(&world, "web", 5.0)];
    answer(&mut world, of.clone(), Vec::new());
    assert_eq!(told(&mut world), "5");
    world.put(set(2, "web:2", 0));
    world.wait(15);
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "apart apart", "the numbers of both are one");
}

#[test]
fn a_router_tells_versions_by_services_of_their_own() {
    let mut objects = pair(["web-1", "web-2"], VERSIONED);
    objects.extend([service("web", &[("app", "web")]), service("web-v1", &[("app", "web"), ("v", "1")])]);
    let mut world = World::of(objects);
    packs(&mut world, Naming::Backend);
    let router = |world: &World| {
        let seen = |name: &str, rate| of_router(world, name, rate, 0.0);
        vec![seen("shop-web-v1-80@kubernetescrd", 7.0), seen("shop-web-80@kubernetescrd", 50.0)]
    };
    let of = router(&world);
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "apart 7", "web selects both");
    world.put(service("web-v2", &[("v", "2")]));
    world.wait(15);
    let of = router(&world);
    answer(&mut world, of, Vec::new());
    assert_eq!(told(&mut world), "none 7", "it can be told, and has no series");
}

#[test]
fn a_service_that_selects_a_stranger_tells_nothing() {
    let mut objects = pair(["web-1", "web-2"], VERSIONED);
    objects.push(service("v1", &[("v", "1")]));
    let mut world = World::of(objects);
    assert_eq!(world.rollout("web").versions[1].services, [Name::from("v1")]);
    let stranger = labelled(3, "other", &[]);
    world.put(pod("z", &stranger, &[("v", "1")]));
    assert!(world.rollout("web").versions[1].services.is_empty());
}

#[test]
fn clients_are_seen_while_no_pod_is_there() {
    let mut objects = pair(["web-1", "web-2"], PLAIN);
    objects.retain(|object| object.at().kind != Kind::POD);
    objects.push(service("web", &[("app", "web")]));
    objects.push(service("other", &[("app", "other")]));
    let mut world = World::of(objects);
    packs(&mut world, Naming::ReplicaSet);
    let clients = vec![of_router(&world, "shop-web-80", 80.0, 1.0), of_router(&world, "shop-other-80", 9.0, 0.0)];
    answer(&mut world, Vec::new(), clients);
    assert_eq!(seen(&mut world), Some((80.0, 1.0)));
    let line = world.fleet().gauges.door(&web("web")).cloned().unwrap();
    assert_eq!(line.columns(Measure::Errors, (NOW, Span::Minutes5), 1, MINUTE), [Some(1.0)]);
}

#[test]
fn several_services_in_front_are_one_door() {
    let mut objects = pair(["web-1", "web-2"], VERSIONED);
    objects.extend([service("v1", &[("v", "1")]), service("v2", &[("v", "2")])]);
    let mut world = World::of(objects);
    let clients = vec![
        of_router(&world, "shop-v1-80", 90.0, 0.0),
        of_router(&world, "shop-v2-http-80@kubernetesgateway", 10.0, 0.5),
    ];
    answer(&mut world, Vec::new(), clients);
    assert_eq!(seen(&mut world), Some((100.0, 0.05)));
}

#[test]
fn the_history_of_the_door_is_its_rollouts() {
    let mut objects = family(&["a"]);
    objects.push(service("web", &[("app", "web")]));
    let mut world = World::of(objects);
    let (sets, services) = (vec!["web-1".into()], vec!["web".into()]);
    let past = Past { namespace: "shop".into(), sets, services, span: Span::Minutes5, window: MINUTE, until: None };
    let (from, to) = (sample::ago(240), sample::ago(30));
    let points = [(210, 1.0), (90, 3.0)].map(|(ago, rate)| point(sample::ago(ago), rate)).to_vec();
    let about = About::Past { past, from, to };
    let clients = vec![sampled("web", points)];
    say(
        &mut world,
        Samples { cluster: "lab".into(), window: MINUTE, about, of: Vec::new(), clients, failed: Vec::new() },
    );
    let door = world.fleet().gauges.door(&web("web")).cloned();
    let line = door.map(|line| line.columns(Measure::Rate, (NOW, Span::Minutes5), 5, MINUTE / 2));
    assert_eq!(line, Some(vec![None, Some(1.0), Some(1.0), Some(3.0), Some(3.0)]), "{:?}", world.rollout("web").door);
}

#[test]
fn another_pack_begins_another_line() {
    let mut world = World::of(family(&["a"]));
    packs(&mut world, Naming::ReplicaSet);
    let of = vec![rate(&world, "web-1", 1.0)];
    answer(&mut world, of, Vec::new());
    let line = |world: &mut World| world.fleet().gauges.line(&sample::at(Kind::REPLICA_SET, "web-1")).is_some();
    assert!(line(&mut world));
    packs(&mut world, Naming::ReplicaSet);
    assert!(line(&mut world), "the same one");
    packs(&mut world, Naming::Backend);
    assert!(!line(&mut world));
    assert_eq!(told(&mut world), "apart");
}
