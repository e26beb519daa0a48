//! The EndpointSlice controller: one IPv4 slice for each Service with a selector, with the pods it serves and whether they
//! are ready, serving, terminating. More than a slice holds (100 endpoints) and topology hints are not modelled.

use serde_json::{Value, json};

use super::{MANAGER, is_going, is_over, is_ready, reference};
use crate::{
    domain::Sub,
    sim::{
        Resource, World,
        objects::{
            json::{flag, int, list, object_or_null, set, stamp, text},
            labels::serves,
        },
        world::Named,
    },
};

/// Brings the slice of a Service up to date.
pub(in crate::sim) fn sync(world: &mut World, (namespace, name): &Named) {
    let Some(service) = world.objects.get(Resource::Services, namespace, name) else { return };
    let selector = object_or_null(service, "/spec/selector");
    if selector.is_null() {
        return;
    }
    let always = flag(service, "/spec/publishNotReadyAddresses");
    let pods: Vec<&Value> = world
        .objects
        .list(Resource::Pods, Some(namespace))
        .filter(|pod| serves(selector, object_or_null(pod, "/metadata/labels")))
        .filter(|pod| !is_over(pod) && !text(pod, "/status/podIP").is_empty())
        .collect();
    let endpoints: Vec<Value> = pods.iter().map(|pod| endpoint(world, pod, always)).collect();
    let ports: Vec<Value> =
        list(service, "/spec/ports").iter().map(|port| slice_port(port, pods.first().copied())).collect();
    let service = service.clone();
    write(world, &service, endpoints, ports);
}

fn write(world: &mut World, service: &Value, endpoints: Vec<Value>, ports: Vec<Value>) {
    let (namespace, name, now) = (text(service, "/metadata/namespace"), text(service, "/metadata/name"), world.now());
    let ours = |slice: &&Value| {
        let of = slice.pointer("/metadata/labels/kubernetes.io~1service-name");
        of.and_then(Value::as_str) == Some(name)
    };
    let mark = "endpoints.kubernetes.io/last-change-trigger-time";
    let (endpoints, ports) = (Value::Array(endpoints), Value::Array(ports));
    let known = world.objects.list(Resource::Slices, Some(namespace)).find(ours);
    if known.is_some_and(|is| is.get("endpoints") == Some(&endpoints) && is.get("ports") == Some(&ports)) {
        return;
    }
    if let Some(mut slice) = known.cloned() {
        set(&mut slice, &["endpoints"], endpoints);
        set(&mut slice, &["ports"], ports);
        set(&mut slice, &["metadata", "annotations", mark], stamp(now));
        // It was listed a moment ago, and nothing happens in between.
        drop(world.objects.replace((Resource::Slices, Sub::Main), slice, MANAGER, now));
        return;
    }
    let slice = json!({
        "metadata": {
            "generateName": format!("{name}-"), "namespace": namespace,
            "labels": {
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": name,
            },
            "annotations": {mark: stamp(now)},
            "ownerReferences": [reference(service)],
        },
        "addressType": "IPv4", "endpoints": endpoints, "ports": ports,
    });
    // The name is generated and the namespace is the Service's: nothing is there to refuse.
    drop(world.objects.create(Resource::Slices, slice, MANAGER, now));
}

/// A pod as an endpoint: it serves while it is ready, also while it ends; it is ready only while it does not end.
fn endpoint(world: &World, pod: &Value, always: bool) -> Value {
    let (serving, terminating) = (is_ready(pod), is_going(pod));
    let node = text(pod, "/spec/nodeName");
    let mut endpoint = json!({
        "addresses": [text(pod, "/status/podIP")],
        "conditions": {"ready": always || (serving && !terminating), "serving": serving, "terminating": terminating},
        "nodeName": node,
        "targetRef": {
            "kind": "Pod", "namespace": text(pod, "/metadata/namespace"), "name": text(pod, "/metadata/name"),
            "uid": text(pod, "/metadata/uid"),
        },
    });
    let zone = world
        .objects
        .get(Resource::Nodes, "", node)
        .and_then(|node| node.pointer("/metadata/labels/topology.kubernetes.io~1zone"));
    if let Some(zone) = zone {
        set(&mut endpoint, &["zone"], zone.clone());
    }
    endpoint
}

/// A port of a Service as the slice tells it: the port of the pods. A named one is looked up in the first pod.
fn slice_port(port: &Value, pod: Option<&Value>) -> Value {
    let target = port.get("targetPort").cloned().unwrap_or_default();
    let number = target.as_i64().or_else(|| {
        let ports = list(pod?, "/spec/containers").iter().flat_map(|container| list(container, "/ports"));
        let named = ports.into_iter().find(|port| port.get("name") == Some(&target))?;
        Some(int(named, "/containerPort"))
    });
    let number = number.unwrap_or_else(|| int(port, "/port"));
    json!({"name": text(port, "/name"), "port": number, "protocol": text(port, "/protocol")})
}
