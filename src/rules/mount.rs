//! Volumes that cannot be attached or mounted, while containers wait to be created. Only events tell.

use super::{
    Case, Noticed, config,
    lens::sick,
    said::Said,
    words::{after, between, brief, describe, pods_do},
};
use crate::domain::{ContainerState, Event, Pod, Role, Severity, Strategy};

/// The reasons of the kubelet and of the attach/detach controller.
const REASONS: &[&str] = &["FailedMount", "FailedAttachVolume", "FailedMapVolume"];

/// Names the volume and what it misses.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let creating = sick(side, |sick| {
            matches!(sick.container.state, ContainerState::Unreported)
                || sick.waits_for(&["", "ContainerCreating", "PodInitializing"])
        });
        let found: Vec<_> = creating.iter().filter_map(|sick| Some((sick.pod, failure(case, sick.pod)?))).collect();
        let Some((pod, event)) = found.first() else { continue };
        let lack = Lack::of(case, event);
        let said = Said {
            severity: if lack.sticks { Severity::Critical } else { Severity::Warning },
            sticks: lack.sticks,
            label: lack.label,
            message: format!("{} for {}", pods_do(side, found.len(), "waits", "wait"), lack.says),
            advice: format!("{}; {}", lack.advice, describe(&pod.meta.at)),
            about: pod.meta.at.clone(),
            since: found.iter().map(|(_, event)| event.first).min(),
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// The newest word on a pod's volumes.
fn failure<'c>(case: &'c Case<'_>, pod: &Pod) -> Option<&'c Event> {
    case.events_of(pod).find(|event| REASONS.contains(&event.reason.as_str()))
}

/// What a volume lacks.
struct Lack {
    label: &'static str,
    says: String,
    advice: &'static str,
    sticks: bool,
}

impl Lack {
    fn of(case: &Case<'_>, event: &Event) -> Self {
        let message = event.message.as_str();
        let volume = between(message, "for volume \"", "\"").or_else(|| between(message, "unmounted volumes=[", "]"));
        let volume = volume.map_or("a volume".to_owned(), |name| format!("volume {name}"));
        if let Some(what) = config::missing(message) {
            let says = format!("{volume}: {what} is missing");
            return Self { label: "volume missing", says, advice: "create it, or undo", sticks: true };
        }
        if message.contains("Multi-Attach") {
            // A rolling update keeps the old pod until the new one is ready, which needs the old one's volume: for ever.
            let others = case.living().any(|side| side.version.role != Role::New && side.version.pods.have > 0);
            let rolling = case.deployment.is_some_and(|d| matches!(d.strategy, Strategy::Rolling { .. }));
            let says = format!("{volume}, which another node holds (Multi-Attach)");
            let advice = "a volume for one node needs strategy Recreate; delete the old pod to go on now";
            return Self { label: "volume in use", says, advice, sticks: others && rolling };
        }
        let why = after(message, "\" : ").or_else(|| after(message, ": ")).unwrap_or(message);
        let says = format!("{volume}: {}", brief(why, 120));
        Self { label: "volume fails", says, advice: "see the volume and its driver", sticks: false }
    }
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{Finding, Role, Strategy, sample};

    const MULTI: &str = "Multi-Attach error for volume \"pvc-7\" Volume is already exclusively attached to one node and can't be attached to another";

    fn told(reason: &str, message: &str, strategy: Option<Strategy>) -> Finding {
        let pod = sample::waiting("a", "ContainerCreating", "");
        let event = sample::event(&pod.meta, reason, message);
        let mut story = Story::of(vec![pod]).said(event).with(Role::Stable, "web:1", vec![sample::ready("b")]);
        story.deployment.strategy = strategy.unwrap_or(story.deployment.strategy);
        story.one("mount")
    }

    #[test]
    fn a_missing_configmap_is_named() {
        let message = "MountVolume.SetUp failed for volume \"settings\" : configmap \"web-settings\" not found";
        let finding = told("FailedMount", message, None);
        assert_eq!(finding.message, "the pod of web:2 waits for volume settings: ConfigMap web-settings is missing");
        assert!(finding.sticks);
    }

    #[test]
    fn multi_attach_locks_a_rolling_update_only() {
        let finding = told("FailedAttachVolume", MULTI, None);
        assert_eq!(
            (finding.label.as_str(), finding.sticks, finding.message.contains("volume pvc-7")),
            ("volume in use", true, true)
        );
        assert!(!told("FailedAttachVolume", MULTI, Some(Strategy::Recreate)).sticks);
    }

    #[test]
    fn a_timeout_may_pass() {
        let message = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition";
        let finding = told("FailedMount", message, None);
        assert!(finding.message.contains("volume data") && !finding.sticks, "{}", finding.message);
    }

    #[test]
    fn a_pod_that_runs_has_its_volumes() {
        let pod = sample::ready("a");
        let event = sample::event(&pod.meta, "FailedMount", "x");
        assert!(Story::of(vec![pod]).said(event).all("mount").is_empty());
    }
}
