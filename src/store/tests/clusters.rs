//! Two clusters with equal names in them, restored from one backup: equal uids as well.

use super::*;
use crate::domain::LogTail;

fn moved(object: &Object) -> Object {
    let text = serde_json::to_string(object).unwrap().replace("\"cluster\":\"lab\"", "\"cluster\":\"twin\"");
    serde_json::from_str(&text).unwrap()
}

fn twins() -> World {
    let mut world = World::of([family(&["a", "b"]), vec![sample::crashing("c", 1, "Error", 3).into()]].concat());
    world.connect("twin");
    for object in family(&["a"]) {
        let object = moved(&object);
        world.list(&source_of(&object), [object.clone()]);
    }
    world
}

fn in_twin(world: &mut World) -> Arc<Rollout> {
    let at = Ref { cluster: "twin".into(), ..web("web") };
    Arc::clone(&world.fleet().rollouts[&at])
}

#[test]
fn each_cluster_has_its_own_pods() {
    let mut world = twins();
    assert_eq!(world.rollout("web").versions[0].pods.list.len(), 3);
    let pods = in_twin(&mut world).versions[0].pods.list.clone();
    assert_eq!(pods.len(), 1);
    assert_eq!(pods[0].meta.at.cluster, "twin");
    assert_eq!(world.fleet().pods, 4);
}

#[test]
fn what_happens_in_one_is_not_seen_in_the_other() {
    let mut world = twins();
    let before = in_twin(&mut world);
    world.gone(sample::ready("a"));
    world.put(event(sample::event(&sample::ready("a").meta, "BackOff", "again")));
    world.list(&source(&Kind::REPLICA_SET), []);
    world.fleet();
    assert_eq!(*in_twin(&mut world), *before);
    assert!(world.rollout("web").versions.is_empty());
}

#[test]
fn log_ends_and_lines_stay_where_they_belong() {
    let mut world = twins();
    let crash = moved(&sample::crashing("c", 1, "Error", 3).into());
    world.put(crash);
    let pod = sample::at(Kind::POD, "c");
    let lines = Ok(vec!["panic".into()]);
    world.say(Fact::Tail(LogTail { pod, uid: "c".into(), container: "app".into(), restarts: 3, lines }));
    assert!(world.rollout("web").wants.is_empty());
    assert_eq!(in_twin(&mut world).wants.len(), 1);
    let mut set = sample::set(2, "web:2", 1);
    set.meta.uid = "web-2".into();
    let mut pod = sample::ready("d");
    pod.meta.owner.as_mut().unwrap().uid = "web-2".into();
    pod.meta.owner.as_mut().unwrap().name = "web-2".into();
    world.put(pod);
    world.put(moved(&set.clone().into()));
    assert!(!world.told().iter().any(|line| line.starts_with("d: ")));
    world.put(set);
    assert_eq!(world.told(), ["web-2: revision 2 appears: web:2", "d: created"]);
}
