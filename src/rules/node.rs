//! Pods that suffer from their nodes: nodes that do not answer, and evictions.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Case, Noticed,
    lens::staying,
    said::Said,
    words::{brief, count, describe, pods_do},
};
use crate::domain::{Condition, ContainerRole, Moment, Name, Pod, PodPhase, Role, Severity, Truth};

/// An eviction that is older is history.
const RECENT: Duration = Duration::from_hours(1);

/// Whether a pod's node does not answer. The node controller marks the pods of such a node unready without touching reason
/// or containers, so unready with ready containers and no reason of the kubelet's is its mark.
pub(super) fn node_is_gone(pod: &Pod) -> bool {
    let mains = || pod.containers.iter().filter(|c| c.role != ContainerRole::Init);
    let all_ready = mains().count() > 0 && mains().all(|c| c.ready) && pod.gates_missing.is_empty();
    let marked = |ready: &Condition| {
        ready.truth != Truth::Yes && (ready.reason == "NodeNotReady" || ready.reason.is_empty() && all_ready)
    };
    pod.reason == "NodeLost" || pod.phase == PodPhase::Unknown || pod.condition("Ready").is_some_and(marked)
}

/// Nodes that do not answer. Does not stick: after five minutes, by default, the pods are replaced elsewhere.
pub(super) fn not_ready(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let found: Vec<_> = side.pods().iter().filter(|pod| node_is_gone(pod)).collect();
        let Some(first) = found.first() else { continue };
        let nodes: BTreeSet<&Name> = found.iter().filter_map(|pod| pod.node.as_ref()).collect();
        let alone = side.version.pods.ready == 0 && side.version.role == Role::Stable;
        let sit = pods_do(side, found.len(), "sits", "sit");
        let said = Said {
            severity: if alone { Severity::Critical } else { Severity::Warning },
            sticks: false,
            label: "node not ready",
            message: format!("{sit} on {}", unanswering(&nodes)),
            advice: nodes.first().map_or(describe(&first.meta.at), |node| format!("kubectl describe node {node}")),
            about: first.meta.at.clone(),
            since: found.iter().filter_map(|pod| pod.condition("Ready")?.since).min(),
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// Pods that were evicted, or are about to be.
pub(super) fn evicted(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let found: Vec<_> = side.pods().iter().filter_map(|pod| Some((&**pod, eviction(pod)?))).collect();
        let Some((pod, (why, since))) = found.iter().max_by_key(|(_, (_, since))| *since) else { continue };
        let recent = since.is_none_or(|since| case.now.since(since) < RECENT);
        let nodes: BTreeSet<&Name> = found.iter().filter_map(|(pod, _)| pod.node.as_ref()).collect();
        let said = Said {
            severity: if recent { Severity::Warning } else { Severity::Info },
            sticks: false,
            label: "evicted",
            message: format!(
                "{} of {} evicted from {}: {why}",
                count(found.len(), "pod"),
                side.version.image(),
                names(&nodes)
            ),
            advice: format!("see the node's pressure and the pods' requests; {}", describe(&pod.meta.at)),
            about: pod.meta.at.clone(),
            since: *since,
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// What for, and since when.
fn eviction(pod: &Pod) -> Option<(String, Option<Moment>)> {
    let target = pod.condition("DisruptionTarget").filter(|c| c.truth == Truth::Yes);
    let since = target.and_then(|c| c.since).or(Some(pod.meta.created));
    if pod.reason == "Evicted" {
        let first = pod.message.split_once(". ").map_or(pod.message.as_str(), |(first, _)| first);
        return Some((brief(first, 100), since));
    }
    let why = match target?.reason.as_str() {
        "EvictionByEvictionAPI" => "its node is being drained",
        "PreemptionByScheduler" => "a pod of higher priority takes its place",
        "DeletionByTaintManager" => "its node has a taint it does not tolerate",
        "DeletionByPodGC" => "its node is gone",
        "TerminationByKubelet" => "its node is under pressure or shuts down",
        other => return Some((other.to_owned(), since)),
    };
    Some((why.to_owned(), since))
}

fn unanswering(nodes: &BTreeSet<&Name>) -> String {
    let which = if nodes.len() == 1 { "a node that does" } else { "nodes that do" };
    format!("{which} not answer: {}", names(nodes))
}

/// Up to three names.
fn names(nodes: &BTreeSet<&Name>) -> String {
    let shown: Vec<&str> = nodes.iter().take(3).map(|name| name.as_str()).collect();
    match nodes.len() {
        0 => "an unknown node".to_owned(),
        1..=3 => shown.join(", "),
        n => format!("{} and {} more", shown.join(", "), n - 3),
    }
}

/// Pods that a rule on readiness should leave to this one.
pub(super) fn on_living_nodes<'a>(side: &super::Side<'a>) -> impl Iterator<Item = &'a Pod> + use<'a> {
    staying(side).filter(|pod| !node_is_gone(pod))
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Pod, PodPhase, Role, Severity, Truth,
        sample::{self, ago, condition},
    };

    fn on(node: &str, name: &str) -> Pod {
        let mut pod = sample::ready(name);
        pod.node = Some(node.into());
        // As the node controller leaves it: only the status changed.
        pod.conditions = Box::new([condition("Ready", Truth::No, "", ago(40))]);
        pod
    }

    #[test]
    fn the_nodes_are_named_and_readiness_is_not_blamed() {
        let story = Story::of(vec![on("node-7", "a"), on("node-9", "b"), sample::ready("c")]);
        let finding = story.one("node-not-ready");
        assert_eq!(finding.message, "2 of 3 pods of web:2 sit on nodes that do not answer: node-7, node-9");
        assert_eq!((finding.since, finding.advice.as_str()), (Some(ago(40)), "kubectl describe node node-7"));
        assert_eq!(story.rules(), ["node-not-ready"]);
    }

    #[test]
    fn an_eviction_says_what_for_and_fades() {
        let evicted = |since| {
            let mut pod = sample::ready("a");
            (pod.phase, pod.reason) = (PodPhase::Failed, "Evicted".into());
            pod.message = "The node was low on resource: memory. Container app was using 2Gi".into();
            pod.conditions = Box::new([condition("DisruptionTarget", Truth::Yes, "TerminationByKubelet", since)]);
            Story::of(vec![pod, sample::ready("b")]).one("evicted")
        };
        let finding = evicted(ago(60));
        assert_eq!(finding.message, "1 pod of web:2 evicted from node-1: The node was low on resource: memory");
        assert_eq!([finding.severity, evicted(ago(7_200)).severity], [Severity::Warning, Severity::Info]);
    }

    #[test]
    fn a_drain_is_an_eviction_in_the_making() {
        let mut pod = sample::ready("a");
        pod.meta.deleting = Some(ago(-20));
        pod.conditions = Box::new([condition("DisruptionTarget", Truth::Yes, "EvictionByEvictionAPI", ago(9))]);
        let mut story = Story::of(vec![pod]);
        story.rollout.versions[0].role = Role::Stable;
        assert!(story.one("evicted").message.ends_with("its node is being drained"));
    }
}
