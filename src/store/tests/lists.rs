//! Lists: the first one as it comes, later ones only when they are whole.

use super::*;
use crate::domain::{Health, Name, Phase, Uid};

fn names(world: &mut World) -> Vec<Name> {
    world.fleet().rollouts.keys().map(|at| at.name.clone()).collect()
}

#[test]
fn the_first_list_shows_rows_while_it_loads_and_says_that_it_loads() {
    let mut world = World::connecting();
    let deployments = source(&Kind::DEPLOYMENT);
    world.say(Fact::Begin(deployments.clone()));
    world.say(Fact::Page(deployments.clone(), vec![sample::deployment("web:1", 3).into()]));
    assert_eq!(names(&mut world), ["web"]);
    assert!(world.store.fleet().is_loading());
    let found = |world: &mut World| {
        let found = world.fleet().sources.iter().find(|s| s.source == source(&Kind::DEPLOYMENT)).cloned().unwrap();
        (found.health, found.objects)
    };
    assert_eq!(found(&mut world), (Health::Loading, 1));
    world.say(Fact::End(deployments));
    assert_eq!(found(&mut world), (Health::Live, 1));
    assert!(world.fleet().is_loading(), "the other kinds still are");
}

#[test]
fn a_later_list_shows_only_when_it_is_whole() {
    let mut world = World::of([family(&["a"]), vec![renamed(&sample::deployment("web:1", 3).into(), "api")]].concat());
    let deployments = source(&Kind::DEPLOYMENT);
    let before = world.fleet().clone();
    world.say(Fact::Begin(deployments.clone()));
    world.say(Fact::Page(deployments.clone(), vec![sample::deployment("web:1", 7).into()]));
    assert_eq!(*world.fleet(), before);
    world.say(Fact::End(deployments));
    assert_eq!(names(&mut world), ["web"]);
    assert_eq!(world.rollout("web").desired, 7);
}

#[test]
fn a_list_that_broke_off_leaves_nothing_behind() {
    let mut world = World::of(family(&["a"]));
    let pods = source(&Kind::POD);
    world.say(Fact::Begin(pods.clone()));
    world.say(Fact::Page(pods.clone(), vec![sample::ready("ghost").into()]));
    world.say(Fact::Link(pods.clone(), Link::Retrying { why: "reset".into() }));
    world.list(&pods, [sample::ready("b").into()]);
    let rollout = world.rollout("web");
    let list: Vec<&str> = rollout.versions[0].pods.list.iter().map(|pod| pod.meta.at.name.as_str()).collect();
    assert_eq!(list, ["b"]);
}

#[test]
fn a_first_list_that_broke_off_and_begins_again_forgets_what_is_gone_since() {
    let mut world = World::connecting();
    let deployments = source(&Kind::DEPLOYMENT);
    let api = renamed(&sample::deployment("web:1", 3).into(), "api");
    world.say(Fact::Begin(deployments.clone()));
    world.say(Fact::Page(deployments.clone(), vec![api]));
    world.list(&deployments, [sample::deployment("web:1", 3).into()]);
    assert_eq!(names(&mut world), ["web"]);
}

#[test]
fn a_page_out_of_any_list_is_ignored() {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Page(source(&Kind::POD), vec![sample::ready("b").into()]));
    world.say(Fact::End(source(&Kind::POD)));
    assert_eq!(world.fleet().pods, 1);
}

#[test]
fn the_end_of_another_incarnation_is_not_the_end_of_this_one() {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Gone(source(&Kind::DEPLOYMENT), web("web"), Uid::from("of yesterday")));
    assert_eq!(names(&mut world), ["web"]);
    world.gone(sample::deployment("web:1", 1));
    assert!(names(&mut world).is_empty());
}

#[test]
fn an_object_that_changes_touches_only_its_rollout() {
    let api: Vec<Object> = family(&["a", "b"]).iter().map(|object| renamed(object, "api")).collect();
    let mut world = World::of([family(&["a", "b"]), api].concat());
    let before = world.fleet().clone();
    let mut pod = sample::ready("a");
    pod.node = Some("node-9".into());
    let changes: Vec<Object> = vec![
        pod.into(),
        sample::set(1, "web:1", 1).into(),
        sample::deployment("web:1", 1).into(),
        event(sample::event(&sample::ready("a").meta, "BackOff", "again")),
    ];
    let mut last = Arc::clone(&before.rollouts[&web("web")]);
    for change in changes {
        let what = change.at().clone();
        world.put(change);
        assert!(Arc::ptr_eq(&world.rollout("api"), &before.rollouts[&web("api")]), "{what} touched the other");
        let now = world.rollout("web");
        assert!(!Arc::ptr_eq(&now, &last), "{what} did not touch its own");
        last = now;
    }
    world.put(sample::deployment("web:1", 1));
    assert!(Arc::ptr_eq(&world.rollout("web"), &last), "what is the same is no news");
}

#[test]
fn a_source_that_is_dropped_takes_its_objects_along_and_nothing_is_told() {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Dropped(source(&Kind::POD)));
    assert_eq!(world.fleet().pods, 0);
    assert!(!world.rollout("web").versions[0].pods.known);
    assert!(world.told().is_empty());
    assert!(world.fleet().sources.iter().all(|s| s.source.kind != Kind::POD));
}

#[test]
fn the_last_words_of_a_dropped_source_are_ignored() {
    let mut world = World::of(family(&["a"]));
    let events = source(&Kind::EVENT);
    world.say(Fact::Dropped(events.clone()));
    let before = world.fleet().clone();
    let late = event(sample::event(&sample::ready("a").meta, "BackOff", "again"));
    world.say(Fact::Begin(events.clone()));
    world.say(Fact::Page(events.clone(), vec![late.clone()]));
    world.say(Fact::Put(events.clone(), late));
    world.say(Fact::Spoke(events.clone()));
    world.say(Fact::Link(events, Link::Live));
    assert_eq!(*world.fleet(), before);
}

#[test]
fn owners_in_a_circle_are_survived() {
    let mut world = World::of(family(&["a"]));
    let mut set = sample::set(2, "web:2", 1);
    let owner = set.meta.owner.as_mut().unwrap();
    (owner.kind, owner.name, owner.uid) = (Kind::REPLICA_SET, "web-2".into(), "web-2".into());
    world.put(set);
    assert_eq!(world.rollout("web").phase, Phase::Healthy);
}

#[test]
fn a_namesake_whose_predecessors_end_went_by_unseen_is_a_new_object() {
    let mut world = World::of(family(&["a"]));
    let mut pod = sample::ready("a");
    pod.meta.uid = "a, the second".into();
    world.put(pod);
    assert_eq!(world.told(), ["a: gone", "a: created"]);
    assert_eq!(world.fleet().pods, 1);
}
