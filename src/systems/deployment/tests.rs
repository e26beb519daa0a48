//! Situations of a Deployment, each a short story.

use super::*;
use crate::domain::{
    Offer, Phase, ReplicaSet, Role, Standing, Strategy, Truth, Verb,
    sample::{self, NOW, World, ago, condition, later},
};

fn tell(world: &World) -> Reading {
    let mut look = world;
    let claims = Deployments.claim(&"lab".into(), &"shop".into(), &mut look);
    assert_eq!(claims.len(), 1);
    Deployments.read(&claims[0], &mut look, NOW).unwrap()
}

fn roles(reading: &Reading) -> Vec<(&str, Role)> {
    reading.versions.iter().map(|side| (side.body.name.as_str(), side.role)).collect()
}

fn sized(mut set: ReplicaSet, have: i32, available: i32) -> ReplicaSet {
    (set.have, set.ready, set.available) = (have, available, available);
    set
}

/// `web` on its way from web:1 to web:2: 3 of 4 updated, 2 of them available, 2 old ones left.
fn rolling() -> (Deployment, ReplicaSet, ReplicaSet) {
    let mut web = sample::deployment("web:2", 4);
    (web.meta.generation, web.observed) = (2, 2);
    web.meta.annotations = sample::revision(2);
    (web.have, web.updated, web.ready, web.available) = (5, 3, 4, 4);
    web.conditions = vec![
        condition("Available", Truth::Yes, "MinimumReplicasAvailable", ago(1_800)),
        condition("Progressing", Truth::Yes, "ReplicaSetUpdated", ago(30)),
    ];
    (web, sized(sample::set(1, "web:1", 2), 2, 2), sized(sample::set(2, "web:2", 3), 3, 2))
}

#[test]
fn a_finished_rollout_is_healthy_since_its_end() {
    let world = World::default()
        .and(sample::deployment("web:2", 3))
        .and(sample::set(1, "web:1", 0))
        .and(sample::set(2, "web:2", 3));
    let reading = tell(&world);
    assert_eq!((reading.phase, reading.says.as_str()), (Phase::Healthy, "all 3 pods available"));
    assert_eq!((reading.since, reading.status.standing), (Some(ago(1_800)), Standing::Done));
    assert_eq!(roles(&reading), [("web-2", Role::Stable), ("web-1", Role::Past)]);
    assert_eq!(reading.countdowns, []);
}

#[test]
fn a_rollout_under_way_counts_down_from_its_last_progress() {
    let (web, old, new) = rolling();
    let created = new.meta.created;
    let world = World::default().and(web).and(old).and(new).and(sample::set(0, "web:0", 0));
    let reading = tell(&world);
    assert_eq!(reading.phase, Phase::Progressing);
    assert_eq!(reading.says, "3 of 4 updated, 2 of them available, 2 old still there");
    assert_eq!(reading.since, Some(created));
    assert_eq!(roles(&reading), [("web-2", Role::New), ("web-1", Role::Stable), ("web-0", Role::Past)]);
    assert_eq!(reading.countdowns[0].at, later(570));
}

#[test]
fn the_oldest_of_equal_templates_is_the_new_one() {
    let (web, old, new) = rolling();
    let twin = sized(sample::set(3, "web:2", 0), 0, 0);
    let reading = tell(&World::default().and(web).and(old).and(new).and(twin));
    assert_eq!(roles(&reading)[0], ("web-2", Role::New));
}

#[test]
fn versions_read_in_another_encoding_meet_by_revision_and_images() {
    let (web, old, mut new) = rolling();
    let mut template = sample::template("web:2");
    template.fingerprint |= 1;
    new.template = Arc::new(template);
    let reading = tell(&World::default().and(web.clone()).and(old.clone()).and(new.clone()));
    assert_eq!(roles(&reading), [("web-2", Role::New), ("web-1", Role::Stable)]);

    // An image edited while paused raises no revision: equal numbers alone would lie.
    let mut edited = Deployment { template: sample::template("web:9"), updated: 0, paused: true, ..web };
    edited.meta.generation = 3;
    let reading = tell(&World::default().and(edited).and(old).and(new));
    assert_eq!(roles(&reading), [("web-2", Role::Stable), ("web-1", Role::Old)]);
}

#[test]
fn foreign_replica_sets_are_no_versions() {
    let mut stranger = sample::set(2, "web:1", 1);
    stranger.meta.labels = sample::labels(&[("app", "other")]);
    let mut orphan = sample::set(3, "web:1", 1);
    orphan.meta.owner = None;
    let world =
        World::default().and(sample::deployment("web:1", 3)).and(sample::set(1, "web:1", 3)).and(stranger).and(orphan);
    assert_eq!(roles(&tell(&world)), [("web-1", Role::Stable)]);
}

#[test]
fn paused_says_what_it_is_paused_in() {
    let (web, old, new) = rolling();
    let pause = |web: Deployment| Deployment {
        paused: true,
        conditions: vec![condition("Progressing", Truth::Unknown, "DeploymentPaused", ago(60))],
        ..web
    };
    let mid_way = tell(&World::default().and(pause(web.clone())).and(old.clone()).and(new));
    assert_eq!((mid_way.phase, mid_way.since), (Phase::Paused, Some(ago(60))));
    assert_eq!(mid_way.says, "paused mid-way: 3 of 4 updated, 2 of them available, 2 old still there");
    assert_eq!(mid_way.countdowns, [], "no deadline runs while paused");

    let edited = Deployment { template: sample::template("r.example/web:1.9"), updated: 0, ..pause(web) };
    let waits = tell(&World::default().and(edited).and(old));
    assert_eq!(waits.says, "paused with an unrolled change: image web:1.9 waits for resume");
    assert_eq!(roles(&waits), [("web-1", Role::Stable)]);
    assert_eq!(waits.status.standing, Standing::Waiting, "kubectl would wait for ever");

    let idle = Deployment { paused: true, ..sample::deployment("web:1", 3) };
    let idle = tell(&World::default().and(idle).and(sample::set(1, "web:1", 3)));
    assert_eq!(idle.says, "paused with nothing to roll out: 3 of 3 available");
    let unborn = Deployment { paused: true, have: 0, updated: 0, available: 0, ..sample::deployment("web:1", 3) };
    assert_eq!(tell(&World::default().and(unborn)).says, "paused before its first rollout: nothing runs until resume");
}

#[test]
fn an_exceeded_deadline_is_stuck() {
    let (mut web, old, new) = rolling();
    web.conditions = vec![condition("Progressing", Truth::No, "ProgressDeadlineExceeded", ago(5))];
    let reading = tell(&World::default().and(web).and(old).and(new));
    assert_eq!((reading.phase, reading.since, reading.status.standing), (Phase::Stuck, Some(ago(5)), Standing::Failed));
    assert!(reading.says.starts_with("no progress for 600 s: 3 of 4 updated"));
    assert_eq!(reading.countdowns, []);
}

#[test]
fn a_finished_rollout_that_loses_a_pod_is_degraded_and_not_new_again() {
    let web = Deployment { available: 2, ready: 2, ..sample::deployment("web:1", 3) };
    let mut pod = sample::unready("web-1-c", ago(45));
    let world = |pod| World::default().and(web.clone()).and(sized(sample::set(1, "web:1", 3), 3, 2)).and(pod);
    let reading = tell(&world(pod.clone()).and(sample::ready("web-1-a")));
    assert_eq!((reading.phase, reading.since), (Phase::Degraded, Some(ago(45))));
    assert_eq!(reading.says, "2 of 3 available, 1 not ready");
    assert_eq!(roles(&reading), [("web-1", Role::Stable)]);

    pod.meta.owner = None;
    let reading = tell(&world(pod));
    assert_eq!(reading.phase, Phase::Progressing, "its pods have not arrived, and enough are available");
}

#[test]
fn without_a_deadline_a_lost_pod_makes_no_new_version_either() {
    let enough = condition("Available", Truth::Yes, "MinimumReplicasAvailable", ago(900));
    let web = Deployment { available: 3, deadline_s: None, conditions: vec![enough], ..sample::deployment("web:1", 4) };
    let lost = sample::unready("web-1-c", ago(45));
    let reading = tell(&World::default().and(web).and(sized(sample::set(1, "web:1", 4), 4, 3)).and(lost));
    assert_eq!((reading.phase, roles(&reading)), (Phase::Degraded, vec![("web-1", Role::Stable)]));
}

#[test]
fn a_replaced_pod_is_on_its_way_until_patience_ends() {
    let web = Deployment { available: 2, ..sample::deployment("web:1", 3) };
    let world = |age| {
        let set = sized(sample::set(1, "web:1", 3), 3, 2);
        World::default().and(web.clone()).and(set).and(sample::starting("web-1-c", age))
    };
    let reading = tell(&world(9));
    assert_eq!((reading.phase, reading.says.as_str()), (Phase::Progressing, "2 of 3 available, 1 starting"));
    assert_eq!(reading.again, Some(later(590)));
    assert_eq!(tell(&world(600)).phase, Phase::Degraded);
}

#[test]
fn scaling_is_progress_and_scaled_to_zero_is_healthy() {
    let up = Deployment { replicas: 6, ..sample::deployment("web:1", 3) };
    let reading = tell(&World::default().and(up).and(sample::set(1, "web:1", 3)));
    assert_eq!((reading.phase, reading.says.as_str()), (Phase::Progressing, "scaling to 6: 3 pods exist, 3 available"));
    let down = Deployment { terminating: Some(2), ..sample::deployment("web:1", 0) };
    let reading = tell(&World::default().and(down).and(sample::set(1, "web:1", 0)));
    assert_eq!((reading.phase, reading.says.as_str()), (Phase::Healthy, "scaled to 0, 2 draining"));
    assert_eq!(roles(&reading), [("web-1", Role::Stable)]);
}

#[test]
fn recreate_waits_for_the_old_pods() {
    let (web, old, _) = rolling();
    let counts = Deployment { have: 1, updated: 0, available: 1, terminating: Some(1), ..web };
    let web = Deployment { strategy: Strategy::Recreate, ..counts };
    let reading = tell(&World::default().and(web).and(old));
    assert_eq!(reading.says, "recreating: 2 old pods must end before new ones start");
    assert_eq!(roles(&reading), [("web-1", Role::Stable)]);
}

#[test]
fn what_nobody_observed_is_unknown_or_on_its_way() {
    let fresh = Deployment { observed: 0, conditions: Vec::new(), ..sample::deployment("web:1", 1) };
    assert_eq!(tell(&World::default().and(fresh)).phase, Phase::Unknown);
    let mut edited = sample::deployment("web:1", 1);
    edited.meta.generation = 2;
    assert_eq!(tell(&World::default().and(edited)).phase, Phase::Progressing);
}

#[test]
fn kubectls_done_is_healthy_unless_a_human_paused_it() {
    for (have, updated, available) in [(3, 3, 3), (2, 2, 3), (5, 5, 5), (3, 3, 2), (4, 3, 3), (2, 2, 2)] {
        let web = Deployment { have, updated, available, ..sample::deployment("web:1", 3) };
        let reading = tell(&World::default().and(web).and(sized(sample::set(1, "web:1", 3), updated, available)));
        assert_eq!(reading.status.standing == Standing::Done, reading.phase == Phase::Healthy, "{reading:?}");
    }
}

#[test]
fn min_ready_counts_down_to_the_last_pod() {
    let (mut web, old, mut new) = rolling();
    web.min_ready_s = 40;
    new.ready = 3;
    let mut pod = sample::ready("web-2-a");
    pod.meta.owner.as_mut().unwrap().uid = "web-2".into();
    pod.conditions = Box::new([condition("Ready", Truth::Yes, "", ago(15))]);
    let reading = tell(&World::default().and(web).and(old).and(new).and(pod));
    assert_eq!(reading.countdowns[1].what, "min ready");
    assert_eq!(reading.countdowns[1].at, later(25));
}

#[test]
fn unreadable_replica_sets_leave_the_counts() {
    let world =
        World::default().and(sample::deployment("web:1", 3)).and(sample::set(1, "web:1", 3)).denied(Kind::REPLICA_SET);
    let reading = tell(&world);
    assert_eq!((reading.phase, reading.versions.len()), (Phase::Healthy, 0));
    assert!(able(&reading, Verb::Undo).unwrap_err().contains("cannot be read"));
}

fn able(reading: &Reading, verb: Verb) -> Result<(), String> {
    let offer: &Offer = reading.offers.iter().find(|offer| offer.verb == verb).unwrap();
    offer.able.clone().map_err(|why| why.to_string())
}

#[test]
fn verbs_are_refused_as_kubectl_refuses_them() {
    let (web, old, new) = rolling();
    let running = tell(&World::default().and(web.clone()).and(old.clone()).and(new.clone()));
    assert_eq!(able(&running, Verb::Pause), Ok(()));
    assert_eq!(able(&running, Verb::Resume), Err("not paused".into()));
    assert_eq!(able(&running, Verb::Undo), Ok(()));

    let paused = Deployment { paused: true, ..web.clone() };
    let paused = tell(&World::default().and(paused).and(old).and(new.clone()));
    assert_eq!(able(&paused, Verb::Pause), Err("already paused".into()));
    assert_eq!(able(&paused, Verb::Undo), Ok(()), "as undo and resume");
    assert_eq!(able(&paused, Verb::Restart), Err("cannot restart a paused Deployment: resume it first".into()));
    assert_eq!(able(&paused, Verb::Scale), Ok(()));

    let alone = tell(&World::default().and(web.clone()).and(new.clone()));
    assert_eq!(able(&alone, Verb::Undo), Err("no rollout history: there is no earlier revision".into()));

    let third = tell(&World::default().and(web.clone()).and(new.clone()).and(sample::set(3, "web:3", 0)));
    assert_eq!(able(&third, Verb::Undo), Ok(()), "kubectl would find that revision 2 matches already");
    let twin = tell(&World::default().and(web).and(new).and(sample::set(3, "web:2", 0)));
    assert_eq!(able(&twin, Verb::Undo), Err("every revision of the history has the current template".into()));
}
