//! Rollouts: rolling, paused, hot-fixed, undone, recreated, late, forgotten.

use std::collections::BTreeMap;

use serde_json::json;

use super::helpers::{
    after, deployment, edit, events, gated, image, open, pause, pods, reason, running, scale, sizes, status, web,
};
use crate::sim::{
    Resource,
    objects::json::{annotation, text},
};

fn is<const N: usize>(sizes: [(i64, i32); N]) -> BTreeMap<i64, i32> {
    BTreeMap::from(sizes)
}

#[test]
fn a_roll_ends_complete_and_says_so() {
    let mut world = running(web("1", &json!({})));
    assert_eq!((sizes(&world), reason(&world, "Progressing")), (is([(1, 4)]), "NewReplicaSetAvailable".to_owned()));
    image(&mut world, "2");
    assert_eq!(sizes(&world), is([(1, 3), (2, 2)]));
    assert_eq!(reason(&world, "Progressing"), "ReplicaSetUpdated");
    after(&mut world, 120);
    assert_eq!(sizes(&world), is([(1, 0), (2, 4)]));
    assert_eq!(annotation(deployment(&world), "deployment.kubernetes.io/revision"), Some("2"));
    for name in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
        assert_eq!(status(&world, name), 4, "{name}");
    }
    assert_eq!(status(&world, "terminatingReplicas"), 0);
    let sets: Vec<_> = world.objects.list(Resource::ReplicaSets, Some("shop")).collect();
    let new = sets.iter().find(|set| set["spec"]["replicas"] == 4).unwrap();
    assert_eq!(annotation(new, "team"), Some("front"));
    let name = text(new, "/metadata/name");
    let up = events(&world, "ScalingReplicaSet");
    assert_eq!(up[1], format!("Scaled up replica set {name} from 0 to 1"));
    let said = &deployment(&world)["status"]["conditions"];
    let message = format!("ReplicaSet {name:?} has successfully progressed.");
    assert!(said.as_array().unwrap().iter().any(|one| one["message"] == message), "{said}");
}

#[test]
fn gates_hold_a_roll_at_known_sizes() {
    let mut world = running(gated("1", &json!({"replicas": 10})));
    assert_eq!(
        (status(&world, "readyReplicas"), reason(&world, "Available").as_str()),
        (0, "MinimumReplicasUnavailable")
    );
    open(&mut world, "1", 10);
    image(&mut world, "2");
    after(&mut world, 30);
    assert_eq!(sizes(&world), is([(1, 8), (2, 5)]));
    open(&mut world, "2", 2);
    after(&mut world, 30);
    assert_eq!(sizes(&world), is([(1, 6), (2, 7)]));
    open(&mut world, "2", 5);
    after(&mut world, 30);
    assert_eq!(sizes(&world), is([(1, 1), (2, 10)]));
    open(&mut world, "2", 3);
    after(&mut world, 30);
    assert_eq!((sizes(&world), status(&world, "availableReplicas")), (is([(1, 0), (2, 10)]), 10));
}

#[test]
fn a_bad_image_is_late_at_its_deadline() {
    let mut world = running(web("1", &json!({"progressDeadlineSeconds": 60})));
    image(&mut world, "2-bad");
    after(&mut world, 50);
    assert_eq!((sizes(&world), reason(&world, "Progressing")), (is([(1, 3), (2, 2)]), "ReplicaSetUpdated".to_owned()));
    after(&mut world, 30);
    assert_eq!(reason(&world, "Progressing"), "ProgressDeadlineExceeded");
    assert_eq!(status(&world, "availableReplicas"), 3);
    // Pausing does not overwrite it.
    pause(&mut world, true);
    assert_eq!(reason(&world, "Progressing"), "ProgressDeadlineExceeded");
}

#[test]
fn a_pause_in_the_middle_freezes_both_versions() {
    let mut world = running(gated("1", &json!({"replicas": 10})));
    open(&mut world, "1", 10);
    image(&mut world, "2");
    pause(&mut world, true);
    after(&mut world, 1_000);
    assert_eq!((sizes(&world), reason(&world, "Progressing")), (is([(1, 8), (2, 5)]), "DeploymentPaused".to_owned()));
    open(&mut world, "2", 5);
    assert_eq!(sizes(&world), is([(1, 8), (2, 5)]));
    pause(&mut world, false);
    after(&mut world, 5);
    assert_eq!(sizes(&world), is([(1, 3), (2, 10)]));
}

#[test]
fn a_hot_fix_while_paused_makes_one_version_when_resumed() {
    let mut world = running(gated("1", &json!({"replicas": 10})));
    open(&mut world, "1", 10);
    image(&mut world, "2");
    pause(&mut world, true);
    after(&mut world, 10);
    image(&mut world, "3");
    image(&mut world, "4");
    after(&mut world, 10);
    assert_eq!((sizes(&world), status(&world, "updatedReplicas")), (is([(1, 8), (2, 5)]), 0));
    assert_eq!(annotation(deployment(&world), "deployment.kubernetes.io/revision"), Some("2"));
    pause(&mut world, false);
    after(&mut world, 10);
    // Of version 2 nothing was ready: it goes at once, and makes room for version 3.
    assert_eq!(sizes(&world), is([(1, 8), (2, 0), (3, 5)]));
    assert_eq!(annotation(deployment(&world), "deployment.kubernetes.io/revision"), Some("3"));
}

#[test]
fn going_back_renumbers_the_old_version_even_while_paused() {
    let mut world = running(web("1", &json!({})));
    image(&mut world, "2");
    after(&mut world, 120);
    pause(&mut world, true);
    image(&mut world, "1");
    assert_eq!(sizes(&world), is([(2, 4), (3, 0)]));
    let back =
        world.objects.list(Resource::ReplicaSets, Some("shop")).find(|set| set["spec"]["replicas"] == 0).unwrap();
    assert_eq!(annotation(back, "deployment.kubernetes.io/revision-history"), Some("1"));
    pause(&mut world, false);
    after(&mut world, 120);
    assert_eq!(sizes(&world), is([(2, 0), (3, 4)]));
}

#[test]
fn an_undo_of_a_stuck_roll_ends_where_it_began() {
    let mut world = running(web("1", &json!({})));
    image(&mut world, "2-crash");
    after(&mut world, 60);
    assert_eq!(status(&world, "availableReplicas"), 3);
    image(&mut world, "1");
    after(&mut world, 60);
    assert_eq!(
        (sizes(&world), reason(&world, "Progressing")),
        (is([(2, 0), (3, 4)]), "NewReplicaSetAvailable".to_owned())
    );
    assert_eq!(pods(&world).len(), 4);
}

#[test]
fn recreate_starts_nothing_before_all_has_ended() {
    let mut world = running(web("1-drain", &json!({"strategy": {"type": "Recreate"}})));
    image(&mut world, "2");
    assert_eq!((sizes(&world), status(&world, "terminatingReplicas")), (is([(1, 0)]), 4));
    after(&mut world, 5);
    assert_eq!((sizes(&world), status(&world, "availableReplicas")), (is([(1, 0)]), 0));
    after(&mut world, 60);
    assert_eq!((sizes(&world), status(&world, "availableReplicas")), (is([(1, 0), (2, 4)]), 4));
}

#[test]
fn history_beyond_its_limit_is_forgotten_lowest_revision_first() {
    let mut world = running(web("1", &json!({"revisionHistoryLimit": 2})));
    for tag in ["2", "3", "4", "5"] {
        image(&mut world, tag);
        after(&mut world, 60);
    }
    assert_eq!(sizes(&world), is([(3, 0), (4, 0), (5, 4)]));
    assert_eq!(pods(&world).len(), 4);
}

#[test]
fn a_scale_in_the_middle_is_shared_in_proportion() {
    let mut world = running(gated("1", &json!({"replicas": 10})));
    open(&mut world, "1", 10);
    image(&mut world, "2");
    after(&mut world, 10);
    assert_eq!(sizes(&world), is([(1, 8), (2, 5)]));
    pause(&mut world, true);
    scale(&mut world, 20);
    assert_eq!(sizes(&world), is([(1, 15), (2, 10)]));
    let desired = world.objects.list(Resource::ReplicaSets, Some("shop"));
    let mut desired = desired.map(|set| annotation(set, "deployment.kubernetes.io/desired-replicas"));
    assert!(desired.all(|is| is == Some("20")));
}

#[test]
fn deleting_a_deployment_takes_everything_with_it() {
    let mut world = running(web("1", &json!({})));
    let now = world.now();
    world.objects.delete((Resource::Deployments, "shop", "web"), None, now).unwrap();
    after(&mut world, 60);
    assert_eq!((pods(&world).len(), world.objects.list(Resource::ReplicaSets, None).count()), (0, 0));
}

#[test]
fn min_ready_seconds_make_a_pod_available_later() {
    let mut world = running(web("1", &json!({"minReadySeconds": 30})));
    edit(&mut world, |object| object["spec"]["template"]["spec"]["containers"][0]["image"] = json!("reg/web:2"));
    after(&mut world, 20);
    assert_eq!((status(&world, "readyReplicas"), status(&world, "availableReplicas")), (5, 3));
    after(&mut world, 120);
    assert_eq!((sizes(&world), status(&world, "availableReplicas")), (is([(1, 0), (2, 4)]), 4));
}
