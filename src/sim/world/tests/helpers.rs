//! A small world to tell stories in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    domain::{Moment, Sub},
    sim::{
        Resource, World,
        objects::json::{annotation, count, list, text},
        scale_of,
    },
};

pub(super) const START: Moment = Moment(1_700_000_000_000);

/// A world with three nodes and the namespace `shop`.
pub(super) fn world() -> World {
    seeded(7)
}

pub(super) fn seeded(seed: u64) -> World {
    let mut world = World::new(seed, START);
    world.add_nodes(3);
    create(&mut world, Resource::Namespaces, json!({"metadata": {"name": "shop"}}));
    world
}

pub(super) fn create(world: &mut World, resource: Resource, object: Value) {
    world.objects.create(resource, object, "kubectl", world.now()).unwrap();
    world.settle();
}

/// A Deployment `web` of a tag, with its strategy and other fields merged into the spec.
pub(super) fn web(tag: &str, spec: &Value) -> Value {
    let mut object = json!({"metadata": {"name": "web", "namespace": "shop", "annotations": {"team": "front"}}, "spec": {
        "replicas": 4,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
            {"name": "app", "image": format!("reg/web:{tag}"), "readinessProbe": {"httpGet": {"port": 80}}}]}},
    }});
    for (name, value) in spec.as_object().into_iter().flatten() {
        object["spec"][name] = value.clone();
    }
    object
}

/// The same, whose pods wait for their gates.
pub(super) fn gated(tag: &str, spec: &Value) -> Value {
    let mut object = web(tag, spec);
    object["spec"]["template"]["metadata"]["annotations"] = json!({"rolldeck.sim/gate": "true"});
    object
}

/// A world in which a Deployment runs since a minute.
pub(super) fn running(object: Value) -> World {
    let mut world = world();
    create(&mut world, Resource::Deployments, object);
    after(&mut world, 60);
    world
}

pub(super) fn after(world: &mut World, seconds: i64) {
    let to = Moment(world.now().0 + seconds * 1_000);
    world.run_to(to);
    assert_eq!(world.trouble(), None);
}

pub(super) fn deployment(world: &World) -> &Value {
    world.objects.get(Resource::Deployments, "shop", "web").unwrap()
}

/// Edits the Deployment, as `kubectl edit` does.
pub(super) fn edit(world: &mut World, change: impl FnOnce(&mut Value)) {
    let mut object = deployment(world).clone();
    change(&mut object);
    world.objects.replace((Resource::Deployments, Sub::Main), object, "kubectl", world.now()).unwrap();
    world.settle();
}

pub(super) fn image(world: &mut World, tag: &str) {
    edit(world, |object| {
        object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(format!("reg/web:{tag}"));
    });
}

pub(super) fn pause(world: &mut World, paused: bool) {
    edit(world, |object| object["spec"]["paused"] = json!(paused));
}

pub(super) fn scale(world: &mut World, replicas: i32) {
    let mut scale = scale_of(deployment(world));
    scale["spec"]["replicas"] = json!(replicas);
    world.objects.replace((Resource::Deployments, Sub::Scale), scale, "kubectl", world.now()).unwrap();
    world.settle();
}

/// The pods that the versions are to have, by revision.
pub(super) fn sizes(world: &World) -> BTreeMap<i64, i32> {
    let sets = world.objects.list(Resource::ReplicaSets, Some("shop"));
    let of = |set: &Value| {
        let revision = annotation(set, "deployment.kubernetes.io/revision").unwrap().parse().unwrap();
        (revision, count(set, "/spec/replicas"))
    };
    sets.map(of).collect()
}

/// Reason of a condition; empty without it.
pub(super) fn reason(world: &World, kind: &str) -> String {
    let all = list(deployment(world), "/status/conditions");
    all.iter().find(|one| one["type"] == kind).map(|one| text(one, "/reason").to_owned()).unwrap_or_default()
}

pub(super) fn status(world: &World, name: &str) -> i32 {
    count(deployment(world), &format!("/status/{name}"))
}

/// The messages of events with a reason, by name of the object.
pub(super) fn events(world: &World, reason: &str) -> Vec<String> {
    let all = world.objects.list(Resource::Events, Some("shop")).filter(|event| event["reason"] == reason);
    let mut all: Vec<(i64, String)> = all
        .map(|event| (text(event, "/metadata/resourceVersion").parse().unwrap(), text(event, "/message").to_owned()))
        .collect();
    all.sort();
    all.into_iter().map(|(_, message)| message).collect()
}

pub(super) fn pods(world: &World) -> Vec<&Value> {
    world.objects.list(Resource::Pods, Some("shop")).collect()
}

/// Opens the gates of so many pods that wait, of the version with a tag.
pub(super) fn open(world: &mut World, tag: &str, how_many: usize) {
    let waits = |pod: &&&Value| {
        let status = &pod["status"]["containerStatuses"][0];
        text(status, "/image").ends_with(&format!(":{tag}"))
            && status["ready"] == false
            && status["state"].get("running").is_some()
    };
    let names: Vec<String> =
        pods(world).iter().filter(waits).take(how_many).map(|pod| text(pod, "/metadata/name").to_owned()).collect();
    for name in names {
        assert!(world.open_gate("shop", &name));
    }
    after(world, 5);
}
