//! The scheduler: the node with the fewest pods among those that are ready and have room. Affinities, taints and
//! preemption are not modelled.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::{
    domain::Sub,
    sim::{
        Resource, World,
        controllers::{condition, is_over, is_ready},
        objects::{
            amount,
            json::{flag, list, set, stamp, text},
        },
        world::{Named, Note},
    },
};

const SCHEDULER: &str = "default-scheduler";

/// Gives a pod a node, or says why there is none.
pub(in crate::sim) fn schedule(world: &mut World, (namespace, name): &Named) {
    let Some(pod) = world.objects.get(Resource::Pods, namespace, name).cloned() else { return };
    if !text(&pod, "/spec/nodeName").is_empty() || is_over(&pod) {
        return;
    }
    match choose(world, &pod) {
        Ok(node) => bind(world, pod, &node),
        Err(why) => refuse(world, pod, &why),
    }
}

/// The least loaded node with room; else the sentence of the scheduler.
fn choose(world: &mut World, pod: &Value) -> Result<String, String> {
    let nodes: Vec<Arc<Value>> = world.objects.held(Resource::Nodes, None).cloned().collect();
    if nodes.is_empty() {
        return Err("no nodes available to schedule pods".to_owned());
    }
    let mut lacks: BTreeMap<&str, usize> = BTreeMap::new();
    let mut fit: Vec<(usize, &str)> = Vec::new();
    for node in &nodes {
        match lack(world, node, pod) {
            Some(what) => *lacks.entry(what).or_insert(0) += 1,
            None => fit.push((pods_on(world, node).count(), text(node, "/metadata/name"))),
        }
    }
    let least = fit.iter().map(|(pods, _)| *pods).min();
    let best: Vec<&str> = fit.iter().filter(|(pods, _)| Some(*pods) == least).map(|(_, name)| *name).collect();
    let draw = world.luck.bits();
    let at = usize::try_from(draw % u64::try_from(best.len().max(1)).unwrap_or(1)).unwrap_or(0);
    best.get(at).map(|name| (*name).to_owned()).ok_or_else(|| {
        let each: Vec<String> = lacks.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let why = format!("0/{} nodes are available: {}.", nodes.len(), each.join(", "));
        format!(
            "{why} preemption: 0/{0} nodes are available: {0} Preemption is not helpful for scheduling.",
            nodes.len()
        )
    })
}

/// What a node lacks for a pod.
fn lack(world: &World, node: &Value, pod: &Value) -> Option<&'static str> {
    if flag(node, "/spec/unschedulable") {
        return Some("node(s) were unschedulable");
    }
    if !is_ready(node) {
        return Some("node(s) had untolerated taint(s)");
    }
    let room = |name: &str| amount(text(node, &format!("/status/allocatable/{name}")));
    let count = i64::try_from(pods_on(world, node).count()).unwrap_or(i64::MAX);
    if count.saturating_add(1) > room("pods") / 1_000 {
        return Some("Too many pods");
    }
    let short = |name: &str| {
        let used: i64 = pods_on(world, node).map(|other| asks(other, name)).sum();
        asks(pod, name) > 0 && used + asks(pod, name) > room(name)
    };
    if short("cpu") {
        Some("Insufficient cpu")
    } else if short("memory") {
        Some("Insufficient memory")
    } else {
        None
    }
}

fn asks(pod: &Value, resource: &str) -> i64 {
    let of = |container: &Value| amount(text(container, &format!("/resources/requests/{resource}")));
    list(pod, "/spec/containers").iter().map(of).sum()
}

fn pods_on<'w>(world: &'w World, node: &'w Value) -> impl Iterator<Item = &'w Value> {
    let name = text(node, "/metadata/name");
    world.objects.list(Resource::Pods, None).filter(move |pod| text(pod, "/spec/nodeName") == name && !is_over(pod))
}

fn bind(world: &mut World, mut pod: Value, node: &str) {
    let now = world.now();
    set(&mut pod, &["spec", "nodeName"], node);
    // The binding and the condition are one write here, as they are one request of the real scheduler.
    let (namespace, name) = (text(&pod, "/metadata/namespace").to_owned(), text(&pod, "/metadata/name").to_owned());
    let message = format!("Successfully assigned {namespace}/{name} to {node}");
    if world.objects.bind(&pod, node, scheduled(&pod, ("True", "", ""), &stamp(now)), now) {
        world.tell(
            &pod,
            Note { component: SCHEDULER, kind: "Normal", reason: "Scheduled", message: &message, part: "" },
        );
    }
}

fn refuse(world: &mut World, mut pod: Value, why: &str) {
    let now = world.now();
    if condition(&pod, "PodScheduled").is_some_and(|is| text(is, "/message") == why) {
        return;
    }
    let conditions = scheduled(&pod, ("False", "Unschedulable", why), &stamp(now));
    set(&mut pod, &["status", "conditions"], conditions);
    world
        .tell(&pod, Note { component: SCHEDULER, kind: "Warning", reason: "FailedScheduling", message: why, part: "" });
    // It was read a moment ago, and nothing happens in between.
    drop(world.objects.replace((Resource::Pods, Sub::Status), pod, SCHEDULER, now));
}

/// The conditions with what the scheduler has to say.
fn scheduled(pod: &Value, (status, reason, message): (&str, &str, &str), now: &str) -> Vec<Value> {
    let mut all = list(pod, "/status/conditions").to_vec();
    all.retain(|one| text(one, "/type") != "PodScheduled");
    let mut fresh = json!({"type": "PodScheduled", "status": status, "lastProbeTime": null, "lastTransitionTime": now});
    if !reason.is_empty() {
        set(&mut fresh, &["reason"], reason);
        set(&mut fresh, &["message"], message);
    }
    all.push(fresh);
    all
}
