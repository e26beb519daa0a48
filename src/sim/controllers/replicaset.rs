//! The `ReplicaSet` controller: as many pods as wanted, the right ones deleted first, refusals said as a condition, counts
//! in the status. Orphans are not adopted.

mod victims;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{MANAGER, condition, is_going, is_over, is_ready, owner, reference};
use crate::{
    domain::{Moment, Sub, num},
    sim::{
        Resource, World,
        objects::{
            json::{self, count, int, moment, object_or_null, stamp, text},
            labels::selects,
        },
        world::{Job, Named, Note, Timer},
    },
};

/// The most pods that one sync creates or deletes (`BurstReplicas`).
const BURST: usize = 500;

/// A pod that could not be created is tried again after 5 ms, then twice as long each time, up to 1,000 s (the default rate
/// limiter of client-go's work queues).
const RETRY_MS: i64 = 5;
const RETRY_MOST_MS: i64 = 1_000_000;

/// One sync of a `ReplicaSet`.
pub(in crate::sim) fn sync(world: &mut World, named: &Named) {
    let (namespace, name) = named;
    let Some(set) = world.objects.get(Resource::ReplicaSets, namespace, name).cloned() else {
        world.attempts.remove(named);
        return;
    };
    let uid = text(&set, "/metadata/uid");
    let ours = |pod: &&Arc<Value>| owner(pod).is_some_and(|(_, _, owner)| owner == uid) && !is_over(pod);
    let pods = world.objects.held(Resource::Pods, Some(namespace)).filter(ours).cloned();
    let (going, active): (Vec<Arc<Value>>, Vec<Arc<Value>>) = pods.partition(|pod| is_going(pod));
    let failure = manage(world, &set, &active);
    write_status(world, &set, (&active, going.len()), failure.as_deref());
    if failure.is_none() {
        world.attempts.remove(named);
        return;
    }
    let tries = world.attempts.entry(named.clone()).or_insert(0);
    let wait = RETRY_MS.saturating_mul(1_i64 << (*tries).min(40)).min(RETRY_MOST_MS);
    *tries += 1;
    let again = Moment(world.now().0 + wait);
    world.at(again, Timer::Again(Job::ReplicaSet(named.clone())));
}

/// Creates or deletes pods; why it could not, if so.
fn manage(world: &mut World, set: &Value, active: &[Arc<Value>]) -> Option<String> {
    let wanted = num::count_usize(count(set, "/spec/replicas"));
    if active.len() < wanted {
        return create(world, set, (wanted - active.len()).min(BURST));
    }
    let victims = victims::choose(world, set, active, (active.len() - wanted).min(BURST));
    let (namespace, now) = (text(set, "/metadata/namespace"), world.now());
    for name in victims {
        if world.objects.delete((Resource::Pods, namespace, &name), None, now).is_ok() {
            tell(world, set, "Normal", "SuccessfulDelete", &format!("Deleted pod: {name}"));
        }
    }
    None
}

/// Creates pods in batches of 1, 2, 4…, so that a refusal is met once and not for each of them.
fn create(world: &mut World, set: &Value, mut missing: usize) -> Option<String> {
    let (now, mut batch) = (world.now(), 1);
    while missing > 0 {
        let mut failure = None;
        for _ in 0..batch.min(missing) {
            match world.objects.create(Resource::Pods, pod(set), MANAGER, now) {
                Ok(pod) => {
                    let message = format!("Created pod: {}", text(&pod, "/metadata/name"));
                    tell(world, set, "Normal", "SuccessfulCreate", &message);
                }
                Err(refusal) => {
                    tell(world, set, "Warning", "FailedCreate", &format!("Error creating: {}", refusal.message));
                    failure.get_or_insert(refusal.message);
                }
            }
        }
        if failure.is_some() {
            return failure;
        }
        missing -= batch.min(missing);
        batch *= 2;
    }
    None
}

/// A pod of the template.
fn pod(set: &Value) -> Value {
    let mut pod = json!({
        "metadata": {
            "generateName": format!("{}-", text(set, "/metadata/name")),
            "namespace": text(set, "/metadata/namespace"),
            "ownerReferences": [reference(set)],
        },
        "spec": object_or_null(set, "/spec/template/spec"),
    });
    for name in ["labels", "annotations"] {
        if let Some(value) = set.pointer(&format!("/spec/template/metadata/{name}")) {
            json::set(&mut pod, &["metadata", name], value.clone());
        }
    }
    pod
}

fn tell(world: &mut World, set: &Value, kind: &str, reason: &str, message: &str) {
    world.tell(set, Note { component: "replicaset-controller", kind, reason, message, part: "" });
}

fn write_status(world: &mut World, set: &Value, (active, going): (&[Arc<Value>], usize), failure: Option<&str>) {
    let now = world.now();
    let wait_ms = int(set, "/spec/minReadySeconds") * 1_000;
    let ready: Vec<Moment> = active.iter().filter(|pod| is_ready(pod)).map(|pod| ready_since(pod, now)).collect();
    let later = ready.iter().map(|since| Moment(since.0 + wait_ms)).filter(|at| *at > now);
    let next = later.clone().min();
    let available = ready.len() - later.count();
    let labels = json!({"matchLabels": object_or_null(set, "/spec/template/metadata/labels")});
    let labeled = active.iter().filter(|pod| selects(&labels, object_or_null(pod, "/metadata/labels"))).count();
    let mut status = Map::new();
    let counts = [("fullyLabeledReplicas", labeled), ("readyReplicas", ready.len()), ("availableReplicas", available)];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        status.insert(name.to_owned(), count.into());
    }
    status.insert("replicas".to_owned(), active.len().into());
    status.insert("terminatingReplicas".to_owned(), going.into());
    status.insert("observedGeneration".to_owned(), int(set, "/metadata/generation").into());
    if let Some(message) = failure {
        let fresh = json!({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message,
            "lastTransitionTime": stamp(now)});
        let is = condition(set, "ReplicaFailure").cloned().unwrap_or(fresh);
        status.insert("conditions".to_owned(), json!([is]));
    }
    let mut after = set.clone();
    json::set(&mut after, &["status"], Value::Object(status));
    // Its owner may have been deleted with it in this very sync; then there is nothing to tell.
    drop(world.objects.replace((Resource::ReplicaSets, Sub::Status), after, MANAGER, now));
    if let Some(at) = next {
        let named = (text(set, "/metadata/namespace").to_owned(), text(set, "/metadata/name").to_owned());
        world.at(at, Timer::Again(Job::ReplicaSet(named)));
    }
}

/// Since when a pod is ready.
fn ready_since(pod: &Value, now: Moment) -> Moment {
    condition(pod, "Ready").and_then(|ready| moment(text(ready, "/lastTransitionTime"))).unwrap_or(now)
}
