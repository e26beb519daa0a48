//! What the timeline tells.

use super::*;
use crate::domain::{Deployment, EventKind, Meta, Owner, Pod, Truth};

/// A pod of version `web-2`.
fn second(pod: Pod) -> Pod {
    let owner = Owner { kind: Kind::REPLICA_SET, name: "web-2".into(), uid: "web-2".into() };
    Pod { meta: Meta { owner: Some(owner), ..pod.meta.clone() }, ..pod }
}

/// Deployment `web` on its way to an image.
fn updating(image: &str) -> Deployment {
    let mut deployment = sample::deployment(image, 1);
    deployment.updated = 0;
    deployment.conditions[1].reason = "ReplicaSetUpdated".into();
    deployment
}

fn ending(mut pod: Pod) -> Pod {
    pod.meta.deleting = Some(sample::later(30));
    pod
}

#[test]
fn an_update_is_told_from_its_change_to_its_end() {
    let mut world = World::of(family(&["a"]));
    let steps: Vec<Object> = vec![
        updating("web:2").into(),
        sample::set(2, "web:2", 1).into(),
        second(sample::starting("b", 2)).into(),
        second(sample::ready("b")).into(),
        sample::set(1, "web:1", 0).into(),
        ending(sample::ready("a")).into(),
    ];
    for step in steps {
        world.put(step);
        world.fleet();
        world.wait(1);
    }
    world.gone(sample::ready("a"));
    world.put(sample::deployment("web:2", 1));
    assert_eq!(
        world.told(),
        [
            "web: image app web:1 → web:2",
            "web: progressing",
            "web-2: revision 2 appears: web:2",
            "b: created",
            "b: ready",
            "web-1: scaled 1 → 0",
            "a: terminating",
            "a: gone",
            "web: rollout finished",
            "web: healthy",
        ]
    );
}

#[test]
fn what_people_change_is_told() {
    let mut world = World::of(family(&["a"]));
    let mut deployment = sample::deployment("web:1", 4);
    deployment.paused = true;
    world.put(deployment.clone());
    deployment.paused = false;
    world.put(deployment.clone());
    deployment.template.restarted = Some("03:12".into());
    world.put(deployment.clone());
    deployment.template.fingerprint += 2;
    world.put(deployment);
    assert_eq!(
        world.told()[..5],
        ["web: scaled 1 → 4", "web: paused", "web: resumed", "web: restart asked for", "web: pod template changed"]
    );
}

#[test]
fn troubles_are_told_with_their_reason() {
    let mut world = World::of(family(&["a"]));
    world.put(sample::crashing("a", 137, "OOMKilled", 1));
    let mut deployment = sample::deployment("web:1", 1);
    deployment.conditions[1].reason = "ProgressDeadlineExceeded".into();
    let mut refused = sample::condition("ReplicaFailure", Truth::Yes, "FailedCreate", NOW);
    refused.message = "exceeded quota: small".into();
    deployment.conditions.push(refused);
    world.put(deployment);
    let told = world.told();
    let expected = [
        "a: container app restarted: OOMKilled (exit 137)",
        "a: container app waits: CrashLoopBackOff",
        "web: exceeded its progress deadline",
        "web: pods refused: exceeded quota: small",
    ];
    assert_eq!(told[..4], expected);
    assert!(told[4].starts_with("web: stuck: "), "{told:?}");
    assert_eq!(told.len(), 5);
}

#[test]
fn pods_that_come_before_their_version_are_told_when_it_comes() {
    let mut world = World::of(family(&["a"]));
    world.put(second(sample::starting("b", 1)));
    world.wait(1);
    assert!(world.told().is_empty());
    world.put(sample::set(2, "web:2", 1));
    assert_eq!(world.told(), ["b: created", "web-2: revision 2 appears: web:2"]);
}

#[test]
fn a_whole_family_that_comes_youngest_first_is_told() {
    let mut world = World::of([]);
    for object in family(&["a"]).into_iter().rev() {
        world.put(object);
        world.wait(1);
    }
    assert_eq!(world.told(), ["a: created", "web-1: revision 1 appears: web:1", "web: created with 1 replicas"]);
    assert_eq!(world.fleet().timeline[0].at, NOW);
}

#[test]
fn pods_of_others_are_not_waited_for() {
    let mut world = World::of(family(&["a"]));
    for n in 0..10 {
        let mut pod = sample::ready(&format!("job-{n}"));
        let owner = pod.meta.owner.as_mut().unwrap();
        (owner.kind, owner.uid) = (Kind::fixed("batch", "Job"), format!("job-{n}").into());
        world.put(pod);
    }
    let mut alone = sample::set(7, "tool:1", 1);
    alone.meta.owner = None;
    world.put(alone);
    let mut pod = second(sample::ready("of web-7"));
    pod.meta.owner.as_mut().unwrap().uid = "web-7".into();
    pod.meta.owner.as_mut().unwrap().name = "web-7".into();
    world.put(pod);
    assert!(world.store.early.is_empty());
    assert!(world.told().is_empty());
}

#[test]
fn what_the_first_lists_hold_is_no_news_in_whatever_order_they_come() {
    let objects = [family(&[]), vec![sample::waiting("a", "ImagePullBackOff", "not found").into()]].concat();
    let mut world = World::connecting();
    for kind in &KINDS {
        let ours: Vec<Object> = objects.iter().filter(|o| o.at().kind == *kind).cloned().collect();
        world.list(&source(kind), ours);
        world.fleet();
    }
    assert_eq!(world.rollout("web").cause, Some("image pull".into()));
    assert!(world.told().is_empty());
}

#[test]
fn events_are_merged_without_the_routine() {
    let mut world = World::of(family(&["a"]));
    let pod = sample::ready("a").meta;
    let mut normal = sample::event(&pod, "Scheduled", "assigned a to node-1");
    normal.kind = EventKind::Normal;
    normal.meta = sample::meta(Kind::EVENT, "routine");
    let mut probe = sample::event(&pod, "Unhealthy", "probe failed");
    probe.container = Some("app".into());
    let mut gone = sample::event(&sample::meta(Kind::POD, "web-1-x2k4p"), "Killing", "stopping");
    gone.meta = sample::meta(Kind::EVENT, "gone");
    let mut other = sample::event(&sample::meta(Kind::POD, "web-admin-1-x2k4p"), "Killing", "stopping");
    other.meta = sample::meta(Kind::EVENT, "other");
    for told in [normal, probe, gone, other] {
        world.put(event(told));
    }
    world.put(sample::unready("a", NOW));
    assert_eq!(
        world.told()[..3],
        ["a: Unhealthy [app]: probe failed", "web-1-x2k4p: Killing: stopping", "a: not ready any more"]
    );
    assert_eq!(world.fleet().timeline[0].times, 3);
}

#[test]
fn scalings_are_told_by_events_only_from_before_the_watch() {
    let mut world = World::of(family(&["a"]));
    let scaled = |name: &str, last| {
        let mut scaled = sample::event(&sample::deployment("web:1", 1).meta, "ScalingReplicaSet", name);
        (scaled.meta, scaled.last) = (sample::meta(Kind::EVENT, name), last);
        event(scaled)
    };
    world.put(scaled("before", sample::ago(1)));
    world.put(scaled("after", sample::later(1)));
    assert_eq!(world.told(), ["web: ScalingReplicaSet: before"]);
}

#[test]
fn each_namespace_is_watched_since_its_own_list() {
    let mut world = World { store: Store::new(DRIVERS), now: NOW };
    let [elsewhere, shop] =
        ["a", "shop"].map(|namespace| Source { namespace: Some(namespace.into()), ..source(&Kind::DEPLOYMENT) });
    let events = source(&Kind::EVENT);
    for source in [&elsewhere, &shop, &events] {
        world.say(Fact::Link(source.clone(), Link::Connecting));
    }
    world.list(&elsewhere, []);
    world.wait(60);
    world.list(&shop, [sample::deployment("web:1", 1).into()]);
    let mut scaled = sample::event(&sample::deployment("web:1", 1).meta, "ScalingReplicaSet", "between");
    scaled.last = sample::later(30);
    world.list(&events, [event(scaled)]);
    assert_eq!(world.told(), ["web: ScalingReplicaSet: between"]);
}

#[test]
fn absurd_counts_are_added_up_to_a_limit() {
    let mut world = World::of(family(&["a"]));
    for name in ["one", "two", "three"] {
        let mut many = sample::event(&sample::ready("a").meta, "BackOff", "again");
        (many.meta, many.count) = (sample::meta(Kind::EVENT, name), i32::MAX);
        world.put(event(many));
    }
    assert_eq!(world.told().len(), 1);
    assert_eq!(world.fleet().timeline[0].times, u32::MAX);
}

#[test]
fn a_rollout_that_is_gone_keeps_its_timeline_only_while_it_is_looked_at() {
    let mut world = World::of(family(&["a"]));
    world.told();
    world.gone(sample::deployment("web:1", 1));
    assert_eq!(world.told(), ["web: deleted"]);
    world.store.focus(None);
    world.fleet();
    assert!(world.told().is_empty());
}
