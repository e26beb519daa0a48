//! What holds whatever is done: the bounds of a rolling update, the end of every rollout, and that the same seed and script
//! make the same world.

use proptest::prelude::*;
use serde_json::json;

use super::helpers::{after, create, deployment, image, pause, pods, reason, scale, seeded, status, web};
use crate::{
    domain::{Amount, Moment},
    sim::{Resource, World, Write, controllers::is_going},
    systems::deployment::arithmetic::Strategy as Roll,
};

/// What somebody does, and how long nothing happens then.
#[derive(Clone, Debug)]
enum Act {
    Image(u8),
    Scale(i32),
    Pause(bool),
}

fn act() -> impl Strategy<Value = (Act, i64)> {
    let act = prop_oneof![
        (0..4_u8).prop_map(Act::Image),
        (0..9_i32).prop_map(Act::Scale),
        any::<bool>().prop_map(Act::Pause),
    ];
    (act, 0..25_i64)
}

fn play(world: &mut World, act: &Act) {
    match act {
        Act::Image(tag) => image(world, &format!("{tag}")),
        Act::Scale(replicas) => scale(world, *replicas),
        Act::Pause(paused) => pause(world, *paused),
    }
}

fn bounded(surge: Amount, unavailable: Amount) -> serde_json::Value {
    let written = |amount: Amount| match amount {
        Amount::Pods(pods) => json!(pods),
        Amount::Percent(percent) => json!(format!("{percent}%")),
    };
    json!({"strategy": {"rollingUpdate": {"maxSurge": written(surge), "maxUnavailable": written(unavailable)}}})
}

fn amount() -> impl Strategy<Value = Amount> {
    prop_oneof![(0..4_i32).prop_map(Amount::Pods), (0..=100_i32).prop_map(Amount::Percent)]
}

fn log(seed: u64, script: &[(Act, i64)]) -> Vec<Write> {
    let mut world = seeded(seed);
    create(&mut world, Resource::Deployments, web("0", &json!({})));
    for (act, wait) in script {
        play(&mut world, act);
        after(&mut world, *wait);
    }
    world.write_log().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_roll_keeps_its_bounds_and_ends_complete(
        surge in amount(), unavailable in amount(), replicas in 1..9_i32, seed in 0..1_000_u64, rolls in 1..4_usize,
    ) {
        prop_assume!(surge != Amount::Pods(0) && surge != Amount::Percent(0)
            || unavailable != Amount::Pods(0) && unavailable != Amount::Percent(0));
        let bounds = Roll::Rolling { surge, unavailable }.bounds(replicas);
        let mut world = seeded(seed);
        let mut object = web("0", &bounded(surge, unavailable));
        object["spec"]["replicas"] = json!(replicas);
        create(&mut world, Resource::Deployments, object);
        after(&mut world, 60);
        for roll in 1..=rolls {
            image(&mut world, &format!("{roll}"));
            for _ in 0..40 {
                let next = world.next().unwrap_or(world.now()).min(Moment(world.now().0 + 1_000));
                world.run_to(next.max(Moment(world.now().0 + 1)));
                let alive = i32::try_from(pods(&world).iter().filter(|pod| !is_going(pod)).count()).unwrap();
                prop_assert!(alive <= bounds.most(), "{alive} pods, {bounds:?}");
                let available = status(&world, "availableReplicas");
                prop_assert!(available >= bounds.least(), "{available} available, {bounds:?}");
            }
        }
        after(&mut world, 600);
        prop_assert_eq!(status(&world, "updatedReplicas"), replicas);
        prop_assert_eq!(status(&world, "availableReplicas"), replicas);
        prop_assert_eq!(reason(&world, "Progressing"), "NewReplicaSetAvailable");
    }

    #[test]
    fn whatever_is_done_ends_complete_once_it_is_resumed(script in prop::collection::vec(act(), 1..9), seed in 0..1_000_u64) {
        let mut world = seeded(seed);
        create(&mut world, Resource::Deployments, web("0", &json!({})));
        for (act, wait) in &script {
            play(&mut world, act);
            after(&mut world, *wait);
        }
        pause(&mut world, false);
        after(&mut world, 600);
        let wanted = i32::try_from(deployment(&world)["spec"]["replicas"].as_i64().unwrap()).unwrap();
        for name in ["replicas", "updatedReplicas", "availableReplicas"] {
            prop_assert_eq!(status(&world, name), wanted, "{}", name);
        }
        prop_assert_eq!(i32::try_from(pods(&world).len()).unwrap(), wanted);
    }

    #[test]
    fn the_same_seed_and_script_write_the_same(script in prop::collection::vec(act(), 1..6), seed in 0..1_000_u64) {
        prop_assert_eq!(log(seed, &script), log(seed, &script));
    }
}

#[test]
fn another_seed_writes_something_else() {
    let script = [(Act::Image(1), 20), (Act::Scale(6), 20)];
    assert_ne!(log(1, &script), log(2, &script));
}
