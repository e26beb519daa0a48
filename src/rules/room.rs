//! No room to move: maxUnavailable resolves to 0, so no old pod goes before a new one is available, and no new one can
//! start.

use super::{Case, Noticed, Side, lens::staying, said::Said, schedule::held};
use crate::domain::{Pod, PodState, Role, Severity, Strategy, Truth, num};

/// Explains the standstill beside the rule that names its cause, so it never sticks itself. Where new pods fail by
/// themselves, the missing room is a shelter: the old ones keep serving.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    let Some(deployment) = case.deployment else { return noticed };
    let Strategy::Rolling { surge, unavailable } = deployment.strategy else { return noticed };
    let others = case.living().any(|side| side.version.role != Role::New && side.version.pods.have > 0);
    let Some(new) = case.living().find(|side| side.version.role == Role::New) else { return noticed };
    if deployment.max_unavailable() > 0 || !others || blocked(new) < deployment.max_surge() {
        return noticed;
    }
    let replicas = deployment.replicas;
    let rule =
        format!("maxUnavailable {unavailable} of {replicas} is 0 and maxSurge {surge} is {}", deployment.max_surge());
    let outside = refused(new) || staying(new).any(|pod| held(pod, "Unschedulable").is_some());
    let (severity, message, advice) = if outside {
        let message = format!("{rule}: no old pod goes before a new one is available, and none finds room");
        (Severity::Warning, message, "allow one unavailable pod (maxUnavailable: 1), or make room")
    } else {
        let message = format!("{rule}: old pods stay and serve until new ones are available");
        (Severity::Info, message, "mend or undo the new version; nothing is lost until then")
    };
    let said = Said {
        severity,
        sticks: false,
        label: "no room",
        message,
        advice: advice.to_owned(),
        about: case.rollout.at.clone(),
        since: None,
        detail: Vec::new(),
    };
    noticed.add(said.of_all());
    noticed
}

/// New pods that are wanted and either missing, unschedulable or failing.
fn blocked(new: &Side<'_>) -> i32 {
    let stuck = |pod: &&Pod| pod.state() == PodState::Failing || held(pod, "Unschedulable").is_some();
    let missing = if refused(new) { (new.version.pods.desired - new.version.pods.have).max(0) } else { 0 };
    num::count_i32(staying(new).filter(stuck).count()) + missing
}

fn refused(new: &Side<'_>) -> bool {
    new.set.is_some_and(|set| set.conditions.iter().any(|c| c.name == "ReplicaFailure" && c.truth == Truth::Yes))
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Amount, Pod, Role, Severity, Strategy, Truth,
        sample::{self, ago, condition},
    };

    fn tight(new: Vec<Pod>) -> Story {
        let old = ["x", "y", "z"].map(sample::ready).into();
        let mut story = Story::of(new).with(Role::Stable, "web:1", old);
        story.deployment.replicas = 3;
        story.deployment.strategy = Strategy::Rolling { surge: Amount::Pods(1), unavailable: Amount::Percent(25) };
        story
    }

    #[test]
    fn a_failing_surge_pod_leaves_the_old_ones_serving() {
        let finding = tight(vec![sample::waiting("a", "ErrImagePull", "not found")]).one("no-room");
        assert_eq!(
            finding.message,
            "maxUnavailable 25% of 3 is 0 and maxSurge 1 is 1: old pods stay and serve until new ones are available"
        );
        assert_eq!((finding.severity, finding.sticks), (Severity::Info, false));
    }

    #[test]
    fn a_refused_surge_pod_is_a_lack_of_room() {
        let mut story = tight(vec![]);
        story.sets[0].conditions = vec![condition("ReplicaFailure", Truth::Yes, "FailedCreate", ago(9))];
        story.rollout.versions[0].pods.desired = 1;
        assert_eq!(story.one("no-room").severity, Severity::Warning);
    }

    #[test]
    fn a_surge_pod_that_starts_needs_no_room() {
        assert!(tight(vec![sample::starting("a", 5)]).all("no-room").is_empty());
        let mut loose = tight(vec![sample::waiting("a", "ErrImagePull", "not found")]);
        loose.deployment.strategy = Strategy::Rolling { surge: Amount::Pods(1), unavailable: Amount::Pods(1) };
        assert!(loose.all("no-room").is_empty());
    }
}
