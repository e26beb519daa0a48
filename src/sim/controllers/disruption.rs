//! The status of `PodDisruptionBudgets`: how many pods may go now (`pkg/controller/disruption` of Kubernetes 1.36). That an
//! eviction asks for it is the API's concern. Pods count as managed: what a controller of another kind wants is not looked up.

use serde_json::{Value, json};

use super::{MANAGER, condition, is_going, is_ready, owner};
use crate::{
    domain::{Amount, Moment, Sub, num},
    sim::{
        Resource, World,
        objects::{
            json::{count, int, moment, object_or_null, set, stamp, text, unset},
            labels::selects,
        },
        world::{Job, Named, Timer},
    },
};

/// How long a pod that was let go counts as gone although it is still there (`DeletionTimeout`).
const LET_GO_MS: i64 = 120_000;

/// Whether a budget guards pods with these labels: with policy/v1 an empty selector guards all, a missing one none.
pub(in crate::sim) fn guards(budget: &Value, labels: &Value) -> bool {
    let selector = object_or_null(budget, "/spec/selector");
    selector.as_object().is_some_and(serde_json::Map::is_empty) || selects(selector, labels)
}

/// Brings the status of a budget up to date.
pub(in crate::sim) fn sync(world: &mut World, (namespace, name): &Named) {
    let Some(budget) = world.objects.get(Resource::Budgets, namespace, name) else { return };
    let pods: Vec<&Value> = world
        .objects
        .list(Resource::Pods, Some(namespace))
        .filter(|pod| guards(budget, object_or_null(pod, "/metadata/labels")))
        .collect();
    let now = world.now();
    let let_go = still_let_go(budget, &pods, now);
    let is_healthy = |pod: &&&Value| {
        is_ready(pod) && !is_going(pod) && !let_go.iter().any(|(name, _)| *name == text(pod, "/metadata/name"))
    };
    let healthy = num::count_i32(pods.iter().filter(is_healthy).count());
    let (expected, desired) = needed(world, budget, &pods);
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let again = let_go.iter().map(|(_, since)| Moment(since.0 + LET_GO_MS)).min();
    let mut after = budget.clone();
    set(&mut after, &["status", "currentHealthy"], healthy);
    set(&mut after, &["status", "desiredHealthy"], desired);
    set(&mut after, &["status", "expectedPods"], expected);
    set(&mut after, &["status", "observedGeneration"], int(budget, "/metadata/generation"));
    let named: serde_json::Map<_, _> =
        let_go.iter().map(|(name, since)| (name.clone(), json!(stamp(*since)))).collect();
    write_let_go(&mut after, named);
    allow(&mut after, allowed, now);
    if after != *budget {
        // It was read a moment ago, and nothing happens in between.
        drop(world.objects.replace((Resource::Budgets, Sub::Status), after, MANAGER, now));
    }
    if let Some(again) = again {
        world.at(again, Timer::Again(Job::Budget((namespace.clone(), name.clone()))));
    }
}

/// Writes how many pods may go, and the condition that goes with it.
pub(in crate::sim) fn allow(budget: &mut Value, allowed: i32, now: Moment) {
    set(budget, &["status", "disruptionsAllowed"], allowed);
    let (status, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let was = condition(budget, "DisruptionAllowed").cloned().unwrap_or_default();
    let since = if text(&was, "/status") == status { text(&was, "/lastTransitionTime").to_owned() } else { stamp(now) };
    let condition = json!({
        "type": "DisruptionAllowed", "status": status, "reason": reason, "message": "", "lastTransitionTime": since,
        "observedGeneration": int(budget, "/status/observedGeneration"),
    });
    set(budget, &["status", "conditions"], json!([condition]));
}

/// Notes that a pod is let go.
pub(in crate::sim) fn let_go(budget: &mut Value, pod: &str, now: Moment) {
    set(budget, &["status", "disruptedPods", pod], stamp(now));
}

fn write_let_go(budget: &mut Value, named: serde_json::Map<String, Value>) {
    if named.is_empty() {
        unset(budget, &["status", "disruptedPods"]);
    } else {
        set(budget, &["status", "disruptedPods"], Value::Object(named));
    }
}

/// The pods that were let go and have not begun to go.
fn still_let_go(budget: &Value, pods: &[&Value], now: Moment) -> Vec<(String, Moment)> {
    let all = budget.pointer("/status/disruptedPods").and_then(Value::as_object).into_iter().flatten();
    let waits = |(name, since): (&String, &Value)| {
        let since = moment(since.as_str()?).filter(|since| since.0 + LET_GO_MS > now.0)?;
        let stays = pods.iter().any(|pod| text(pod, "/metadata/name") == name.as_str() && !is_going(pod));
        stays.then(|| (name.clone(), since))
    };
    all.filter_map(waits).collect()
}

/// How many pods there should be, and how many of them must be healthy.
fn needed(world: &World, budget: &Value, pods: &[&Value]) -> (i32, i32) {
    let amount = |field: &str| {
        let value = object_or_null(budget, field);
        let pods = value.as_i64().and_then(|pods| i32::try_from(pods).ok()).map(Amount::Pods);
        pods.or_else(|| value.as_str().and_then(Amount::parse))
    };
    let there = num::count_i32(pods.len());
    if let Some(most) = amount("/spec/maxUnavailable") {
        let expected = scaled(world, pods);
        return (expected, (expected - most.ceil_of(expected)).max(0));
    }
    match amount("/spec/minAvailable") {
        Some(Amount::Pods(least)) => (there, least),
        Some(percent @ Amount::Percent(_)) => {
            let expected = scaled(world, pods);
            (expected, percent.ceil_of(expected))
        }
        None => (0, 0),
    }
}

/// The replicas of the workloads that own the pods: of Deployments, else of `ReplicaSets`.
fn scaled(world: &World, pods: &[&Value]) -> i32 {
    let mut owners = Vec::new();
    for pod in pods {
        let namespace = text(pod, "/metadata/namespace");
        let Some(("ReplicaSet", set, _)) = owner(pod) else { continue };
        let Some(set) = world.objects.get(Resource::ReplicaSets, namespace, set) else { continue };
        let above = match owner(set) {
            Some(("Deployment", name, _)) => world.objects.get(Resource::Deployments, namespace, name),
            _ => Some(set),
        };
        let above = above.map(|above| (text(above, "/metadata/uid"), count(above, "/spec/replicas")));
        owners.extend(above.filter(|above| !owners.contains(above)).into_iter().collect::<Vec<_>>());
    }
    owners.iter().map(|(_, replicas)| replicas).sum()
}
