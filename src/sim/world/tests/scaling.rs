//! Quotas, HPAs, endpoints.

use serde_json::{Value, json};

use super::helpers::{
    after, create, deployment, events, image, pods, reason, running, scale, sizes, status, web, world,
};
use crate::sim::{Resource, World, objects::json::text};

fn hpa(world: &mut World, spec: &Value) {
    let mut object = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    for (name, value) in spec.as_object().unwrap() {
        object["spec"][name] = value.clone();
    }
    create(world, Resource::Hpas, object);
}

#[test]
fn a_quota_refuses_and_the_deployment_says_why() {
    let mut world = running(web("1", &json!({})));
    let quota = json!({"metadata": {"name": "pods", "namespace": "shop"}, "spec": {"hard": {"pods": "4"}}});
    create(&mut world, Resource::Quotas, quota);
    scale(&mut world, 6);
    after(&mut world, 10);
    assert_eq!((pods(&world).len(), reason(&world, "ReplicaFailure").as_str()), (4, "FailedCreate"));
    let failures = events(&world, "FailedCreate");
    let part = "is forbidden: exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4";
    assert!(failures[0].starts_with("Error creating: pods \"web-") && failures[0].ends_with(part), "{}", failures[0]);
    assert!(failures.iter().any(|one| one.starts_with("(combined from similar events)")) && failures.len() <= 11);
    let stored = world.objects.get(Resource::Quotas, "shop", "pods").unwrap();
    assert_eq!(stored["status"], json!({"hard": {"pods": "4"}, "used": {"pods": "4"}}));
    // Room again: the ReplicaSet tries again by itself, ever less often.
    let now = world.now();
    world.objects.delete((Resource::Quotas, "shop", "pods"), None, now).unwrap();
    after(&mut world, 60);
    assert_eq!((pods(&world).len(), reason(&world, "ReplicaFailure").as_str()), (6, ""));
}

#[test]
fn an_hpa_corrects_what_is_out_of_bounds_within_15_seconds() {
    let mut world = running(web("1", &json!({})));
    hpa(&mut world, &json!({"minReplicas": 3, "maxReplicas": 5}));
    scale(&mut world, 9);
    assert_eq!(deployment(&world)["spec"]["replicas"], 9);
    after(&mut world, 15);
    assert_eq!(deployment(&world)["spec"]["replicas"], 5);
    assert_eq!(
        events(&world, "SuccessfulRescale"),
        ["New size: 5; reason: Current number of replicas above Spec.MaxReplicas"]
    );
    let owners = deployment(&world)["metadata"]["managedFields"].as_array().unwrap();
    let by = owners.iter().find(|entry| entry["fieldsV1"].pointer("/f:spec/f:replicas").is_some()).unwrap();
    assert_eq!((text(by, "/manager"), text(by, "/subresource")), ("kube-controller-manager", "scale"));
}

#[test]
fn an_hpa_follows_the_load_up_at_once_and_down_after_five_minutes() {
    let mut world = running(web("1", &json!({})));
    hpa(&mut world, &json!({"minReplicas": 2, "maxReplicas": 10}));
    world.load.insert(("shop".to_owned(), "web".to_owned()), 120.0);
    after(&mut world, 16);
    assert_eq!(deployment(&world)["spec"]["replicas"], 6);
    world.load.insert(("shop".to_owned(), "web".to_owned()), 40.0);
    after(&mut world, 200);
    assert_eq!(deployment(&world)["spec"]["replicas"], 6);
    after(&mut world, 200);
    assert_eq!(deployment(&world)["spec"]["replicas"], 3);
}

#[test]
fn endpoints_drain_before_they_go() {
    let mut world = world();
    let service = json!({"metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    create(&mut world, Resource::Services, service);
    create(&mut world, Resource::Deployments, web("1-drain", &json!({})));
    after(&mut world, 30);
    let states = |world: &World| {
        let slice = world.objects.list(Resource::Slices, Some("shop")).next().unwrap().clone();
        let of = |endpoint: &Value| {
            let part = |name: &str| endpoint["conditions"][name].as_bool().unwrap();
            (part("ready"), part("serving"), part("terminating"))
        };
        slice["endpoints"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(states(&world), [(true, true, false); 4]);
    scale(&mut world, 3);
    let drains = |world: &World| states(world).contains(&(false, true, true));
    assert!(drains(&world));
    after(&mut world, 20);
    assert_eq!(states(&world), [(true, true, false); 3]);
}

#[test]
fn pods_without_room_wait_for_it() {
    let mut asks = web("1", &json!({"replicas": 4}));
    asks["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "3"}});
    let mut world = running(asks);
    assert_eq!(status(&world, "availableReplicas"), 3);
    let why = events(&world, "FailedScheduling");
    assert!(why[0].starts_with("0/3 nodes are available: 3 Insufficient cpu."), "{why:?}");
    // A roll gives up the pod that waits, and then nothing can move: three must stay, and new ones find no room.
    image(&mut world, "2");
    after(&mut world, 120);
    assert_eq!(sizes(&world).into_values().collect::<Vec<_>>(), [3, 2]);
    world.add_nodes(4);
    after(&mut world, 60);
    assert_eq!((status(&world, "availableReplicas"), sizes(&world)[&1]), (4, 0));
}
