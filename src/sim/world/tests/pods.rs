//! What pods do, by the tag of their image.

use serde_json::{Value, json};

use super::helpers::{after, create, deployment, edit, events, gated, pods, running, seeded, status, web};
use crate::sim::{Resource, World, controllers::condition, objects::json::text};

/// The state of the first container of the first pod, as kubectl would name it, and its restarts.
fn first(world: &World) -> (String, i64) {
    let pod = pods(world)[0];
    let status = &pod["status"]["containerStatuses"][0];
    let state = status["state"].as_object().unwrap().iter().next().unwrap();
    let reason = text(state.1, "/reason");
    let state = if reason.is_empty() { state.0.clone() } else { reason.to_owned() };
    (state, status["restartCount"].as_i64().unwrap())
}

fn condition_of<'v>(pod: &'v Value, kind: &str) -> &'v str {
    condition(pod, kind).map_or("", |is| text(is, "/status"))
}

fn one(tag: &str) -> World {
    let mut world = running(web(tag, &json!({"replicas": 1})));
    // A moment within a back-off, not on its edge.
    after(&mut world, 1);
    world
}

#[test]
fn images_that_cannot_be_pulled_are_tried_again_less_and_less_often() {
    let mut world = one("2-bad");
    assert_eq!(first(&world), ("ImagePullBackOff".to_owned(), 0));
    let pod = pods(&world)[0];
    let why = "Back-off pulling image \"reg/web:2-bad\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack \
               image \"reg/web:2-bad\": failed to resolve reference \"reg/web:2-bad\": reg/web:2-bad: not found";
    assert_eq!(text(pod, "/status/containerStatuses/0/state/waiting/message"), why);
    after(&mut world, 1_200);
    let pulls = world.objects.list(Resource::Events, Some("shop")).find(|event| event["reason"] == "Pulling").unwrap();
    // 0, 10, 30, 70, 150, 310, 610, 910, 1,210 s.
    assert_eq!(pulls["count"], 9);
}

#[test]
fn containers_that_crash_are_started_again_with_a_back_off() {
    let mut world = one("2-crash");
    assert_eq!(first(&world).0, "CrashLoopBackOff");
    assert!(events(&world, "BackOff")[0].starts_with("Back-off restarting failed container app in pod web-"));
    let last = &pods(&world)[0]["status"]["containerStatuses"][0]["lastState"]["terminated"];
    assert_eq!((&last["exitCode"], &last["reason"]), (&json!(1), &json!("Error")));
    assert_eq!(text(pods(&world)[0], "/status/phase"), "Running");
    after(&mut world, 3_600);
    // At once, then after 10, 20, 40, 80, 160 s, then every 300 s and a little.
    let restarts = first(&world).1;
    assert!((15..=17).contains(&restarts), "{restarts}");
    assert_eq!(status(&world, "availableReplicas"), 0);
}

#[test]
fn each_tag_shows_its_own_trouble() {
    for (tag, state) in [
        ("badname", "InvalidImageName"),
        ("config", "CreateContainerConfigError"),
        ("mount", "ContainerCreating"),
        ("oom", "CrashLoopBackOff"),
        ("unready", "running"),
    ] {
        let world = one(tag);
        assert_eq!((first(&world).0.as_str(), status(&world, "readyReplicas")), (state, 0), "{tag}");
    }
    let world = one("oom");
    assert_eq!(pods(&world)[0]["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 137);
    assert!(events(&one("mount"), "FailedMount")[0].starts_with("MountVolume.SetUp failed for volume \"settings\""));
    assert_eq!(
        events(&one("unready"), "Unhealthy"),
        ["Readiness probe failed: HTTP probe failed with statuscode: 503"]
    );
}

#[test]
fn a_liveness_probe_kills_and_a_flapping_pod_comes_and_goes() {
    let mut world = one("liveness");
    after(&mut world, 120);
    assert!(first(&world).1 >= 2);
    assert!(events(&world, "Killing").contains(&"Container app failed liveness probe, will be restarted".to_owned()));
    let mut world = one("flap");
    let mut seen = [false, false];
    for _ in 0..30 {
        after(&mut world, 1);
        seen[usize::from(status(&world, "readyReplicas") == 1)] = true;
    }
    assert_eq!(seen, [true, true]);
}

#[test]
fn an_init_container_that_crashes_keeps_its_pod_pending() {
    let init = |tag: &str| {
        let mut object = web(tag, &json!({"replicas": 1}));
        object["spec"]["template"]["spec"]["initContainers"] = json!([{"name": "migrate", "image": "reg/migrate:1"}]);
        running(object)
    };
    let bad = init("2-init");
    let pod = pods(&bad)[0];
    assert_eq!((text(pod, "/status/phase"), first(&bad).0.as_str()), ("Pending", "PodInitializing"));
    assert!(pod["status"]["initContainerStatuses"][0]["restartCount"].as_i64().unwrap() > 1);
    let fine = init("2");
    assert_eq!(status(&fine, "availableReplicas"), 1);
    assert_eq!(pods(&fine)[0]["status"]["initContainerStatuses"][0]["state"]["terminated"]["reason"], "Completed");
}

#[test]
fn slow_pods_take_15_to_25_seconds() {
    let mut world = seeded(3);
    create(&mut world, Resource::Deployments, web("slow", &json!({})));
    after(&mut world, 14);
    assert_eq!((status(&world, "replicas"), status(&world, "readyReplicas")), (4, 0));
    after(&mut world, 15);
    assert_eq!(status(&world, "readyReplicas"), 4);
}

#[test]
fn the_grace_period_cuts_an_end_that_takes_too_long() {
    let mut slow = web("1-drain", &json!({"replicas": 1}));
    slow["spec"]["template"]["spec"]["containers"][0]["lifecycle"] = json!({"preStop": {"sleep": {"seconds": 60}}});
    let mut world = running(slow);
    let (name, now) = (text(pods(&world)[0], "/metadata/name").to_owned(), world.now());
    world.objects.delete((Resource::Pods, "shop", &name), None, now).unwrap();
    after(&mut world, 29);
    let old = world.objects.get(Resource::Pods, "shop", &name).unwrap();
    assert_eq!(condition_of(old, "Ready"), "True");
    assert_eq!((pods(&world).len(), status(&world, "terminatingReplicas")), (2, 1));
    after(&mut world, 1);
    assert!(world.objects.get(Resource::Pods, "shop", &name).is_none());
}

#[test]
fn a_readiness_gate_is_opened_by_its_condition() {
    let mut object = web("1", &json!({"replicas": 1}));
    object["spec"]["template"]["spec"]["readinessGates"] = json!([{"conditionType": "lab/gate"}]);
    let mut world = running(object);
    let mut pod = pods(&world)[0].clone();
    assert_eq!((condition_of(&pod, "ContainersReady"), condition_of(&pod, "Ready")), ("True", "False"));
    let conditions: &mut Vec<Value> = pod["status"]["conditions"].as_array_mut().unwrap();
    conditions.push(json!({"type": "lab/gate", "status": "True"}));
    world.objects.replace((Resource::Pods, crate::domain::Sub::Status), pod, "kubectl", world.now()).unwrap();
    after(&mut world, 1);
    assert_eq!(condition_of(pods(&world)[0], "Ready"), "True");
    assert_eq!(status(&world, "availableReplicas"), 1);
}

#[test]
fn unready_pods_are_given_up_before_ready_ones() {
    let mut world = running(gated("1", &json!({"replicas": 4})));
    super::helpers::open(&mut world, "1", 2);
    let ready = |world: &World| {
        let ready = pods(world).into_iter().filter(|pod| condition_of(pod, "Ready") == "True");
        ready.map(|pod| text(pod, "/metadata/name").to_owned()).collect::<Vec<_>>()
    };
    let before = ready(&world);
    edit(&mut world, |object| object["spec"]["replicas"] = json!(2));
    after(&mut world, 30);
    assert_eq!((pods(&world).len(), ready(&world)), (2, before));
    assert_eq!(status(&world, "availableReplicas"), 2);
    assert_eq!(deployment(&world)["status"]["replicas"], 2);
}
