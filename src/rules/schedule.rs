//! Pods that no node takes, and pods that a gate holds back from scheduling.

use super::{
    Case, Noticed, Side,
    lens::staying,
    said::Said,
    words::{brief, describe, pods_do},
};
use crate::domain::{Condition, Pod, Severity, Truth};

/// No node takes them. Does not stick while other pods are ending or a cluster autoscaler said it brings a node.
pub(super) fn unschedulable(case: &Case<'_>) -> Noticed {
    each(case, "Unschedulable", |side, found| {
        let (pod, condition) = found.first()?;
        let grows = case.events.iter().any(|e| e.reason == "TriggeredScaleUp" && e.about == pod.meta.at);
        let message =
            format!("{}: {}", pods_do(side, found.len(), "finds no node", "find no node"), short(&condition.message));
        let advice = format!("lower the requests, free or add nodes, or undo; {}", describe(&pod.meta.at));
        Some((Severity::Critical, !case.frees() && !grows, "unschedulable", message, advice))
    })
}

/// A gate holds them back; whoever set it takes it away.
pub(super) fn gated(case: &Case<'_>) -> Noticed {
    each(case, "SchedulingGated", |side, found| {
        let (pod, _) = found.first()?;
        let message = format!("{} held back by a scheduling gate", pods_do(side, found.len(), "is", "are"));
        let advice = format!("see which controller should remove the gate; {}", describe(&pod.meta.at));
        Some((Severity::Warning, false, "scheduling gate", message, advice))
    })
}

type Words = (Severity, bool, &'static str, String, String);

fn each(case: &Case<'_>, reason: &str, words: impl Fn(&Side<'_>, &[(&Pod, &Condition)]) -> Option<Words>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let found: Vec<_> = staying(side).filter_map(|pod| Some((pod, held(pod, reason)?))).collect();
        let Some((severity, sticks, label, message, advice)) = words(side, &found) else { continue };
        let Some((pod, _)) = found.first() else { continue };
        let said = Said {
            severity,
            sticks,
            label,
            message,
            advice,
            about: pod.meta.at.clone(),
            since: found.iter().filter_map(|(_, condition)| condition.since).min(),
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// The condition, if it says that the pod is not scheduled for this reason.
pub(super) fn held<'a>(pod: &'a Pod, reason: &str) -> Option<&'a Condition> {
    pod.condition("PodScheduled").filter(|c| c.truth == Truth::No && c.reason == reason)
}

/// The scheduler's first sentence: what follows is about preemption.
fn short(message: &str) -> String {
    brief(message.split_once(". ").map_or(message, |(first, _)| first), 140)
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Condition, Pod, PodPhase, Role, Severity, Truth,
        sample::{self, ago, condition},
    };

    const CPU: &str = "0/20 nodes are available: 20 Insufficient cpu. no new claims to deallocate, preemption: 0/20 nodes are available: 20 Preemption is not helpful for scheduling.";

    fn pending(reason: &str, message: &str) -> Pod {
        let mut pod = sample::ready("a");
        let held = condition("PodScheduled", Truth::No, reason, ago(20));
        pod.conditions = Box::new([Condition { message: message.into(), ..held }]);
        (pod.phase, pod.node, pod.containers) = (PodPhase::Pending, None, Box::new([]));
        pod
    }

    #[test]
    fn the_schedulers_reason_is_shortened() {
        let finding = Story::of(vec![pending("Unschedulable", CPU), sample::ready("b")]).one("unschedulable");
        assert_eq!(
            finding.message,
            "1 of 2 pods of web:2 finds no node: 0/20 nodes are available: 20 Insufficient cpu"
        );
        assert_eq!((finding.sticks, finding.since), (true, Some(ago(20))));
    }

    #[test]
    fn room_that_is_being_made_is_awaited() {
        let mut leaving = sample::ready("z");
        leaving.meta.deleting = Some(ago(-9));
        let story = Story::of(vec![pending("Unschedulable", CPU)]).with(Role::Stable, "web:1", vec![leaving]);
        assert!(!story.one("unschedulable").sticks);
        let pod = pending("Unschedulable", CPU);
        let grows = sample::event(&pod.meta, "TriggeredScaleUp", "pod triggered scale-up");
        assert!(!Story::of(vec![pod]).said(grows).one("unschedulable").sticks);
    }

    #[test]
    fn a_gate_is_no_lack_of_room() {
        let story =
            Story::of(vec![pending("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates")]);
        let finding = story.one("scheduling-gated");
        assert_eq!((finding.severity, finding.sticks), (Severity::Warning, false));
        assert_eq!(finding.message, "the pod of web:2 is held back by a scheduling gate");
    }
}
