//! Which pods a `ReplicaSet` gives up first: the order of `ActivePodsWithRanks` in Kubernetes 1.36.

use std::{cmp::Ordering, sync::Arc};

use serde_json::Value;

use super::super::{is_going, is_over, is_ready, owner};
use crate::{
    domain::{Moment, num},
    sim::{
        Resource, World,
        objects::json::{annotation, int, list, moment, text},
    },
};

/// The names of `how_many` pods to delete.
pub(super) fn choose(world: &World, set: &Value, active: &[Arc<Value>], how_many: usize) -> Vec<String> {
    if how_many == 0 {
        return Vec::new();
    }
    let related = related(world, set);
    let rank = |pod: &Value| related.iter().filter(|node| **node == text(pod, "/spec/nodeName")).count();
    let mut order: Vec<(&Value, usize)> = active.iter().map(|pod| (pod.as_ref(), rank(pod))).collect();
    let now = world.now();
    order.sort_by(|a, b| before(*a, *b, now));
    order.iter().take(how_many).map(|(pod, _)| text(pod, "/metadata/name").to_owned()).collect()
}

/// The nodes of all active pods of the `ReplicaSets` with the same owner: a pod with company on its node goes first.
fn related<'w>(world: &'w World, set: &Value) -> Vec<&'w str> {
    let namespace = text(set, "/metadata/namespace");
    let above = owner(set).map(|(_, _, uid)| uid);
    let sets = world.objects.list(Resource::ReplicaSets, Some(namespace));
    let same = |other: &&Value| above.is_some() && owner(other).map(|(_, _, uid)| uid) == above;
    let mut uids: Vec<&str> = sets.filter(same).map(|other| text(other, "/metadata/uid")).collect();
    uids.push(text(set, "/metadata/uid"));
    let pods = world.objects.list(Resource::Pods, Some(namespace));
    let ours =
        |pod: &&Value| owner(pod).is_some_and(|(_, _, uid)| uids.contains(&uid)) && !is_over(pod) && !is_going(pod);
    pods.filter(ours).map(|pod| text(pod, "/spec/nodeName")).collect()
}

fn before((a, rank_a): (&Value, usize), (b, rank_b): (&Value, usize), now: Moment) -> Ordering {
    let assigned = |pod: &Value| !text(pod, "/spec/nodeName").is_empty();
    let phase = |pod: &Value| match text(pod, "/status/phase") {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let cost = |pod: &Value| {
        annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|cost| cost.parse::<i32>().ok())
            .unwrap_or(0)
    };
    let restarts = |pod: &Value| {
        list(pod, "/status/containerStatuses").iter().map(|one| int(one, "/restartCount")).max().unwrap_or(0)
    };
    let ready_at = |pod: &Value| {
        let ready = super::super::condition(pod, "Ready")?;
        moment(text(ready, "/lastTransitionTime")).filter(|_| is_ready(pod))
    };
    let made_at = |pod: &Value| moment(text(pod, "/metadata/creationTimestamp"));
    let uid = |pod: &Value| text(pod, "/metadata/uid").to_owned();
    assigned(a)
        .cmp(&assigned(b))
        .then(phase(a).cmp(&phase(b)))
        .then(is_ready(a).cmp(&is_ready(b)))
        .then(cost(a).cmp(&cost(b)))
        .then(rank_b.cmp(&rank_a))
        .then_with(|| {
            younger(ready_at(a), ready_at(b), now).then_with(|| tie(ready_at(a), ready_at(b), (&uid(a), &uid(b))))
        })
        .then(restarts(b).cmp(&restarts(a)))
        .then_with(|| {
            younger(made_at(a), made_at(b), now).then_with(|| tie(made_at(a), made_at(b), (&uid(a), &uid(b))))
        })
        .then(uid(a).cmp(&uid(b)))
}

/// Of two times the younger first, in steps of doubled age (logarithmic scale-down).
fn younger(a: Option<Moment>, b: Option<Moment>, now: Moment) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return Ordering::Equal };
    // In nanoseconds, as the real one counts; 0 has no logarithm and ranks below all.
    let rank = |at: Moment| num::clamp_u64(now.0 - at.0).saturating_mul(1_000_000).checked_ilog2();
    rank(a).cmp(&rank(b))
}

/// Times that differ but are of one step are told apart by uid; equal times by what comes after them.
fn tie(a: Option<Moment>, b: Option<Moment>, (uid_a, uid_b): (&str, &str)) -> Ordering {
    if a == b || a.is_none() || b.is_none() { Ordering::Equal } else { uid_a.cmp(uid_b) }
}
