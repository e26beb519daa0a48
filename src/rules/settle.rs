//! How findings change what a rollout is said to be.

use super::{DEADLINE, Noticed};
use crate::domain::{Phase, Rollout, Severity};

/// Hands the findings to the rollout and lets them name its state and cause.
///
/// The rule: a finding that sticks turns *progressing* and *unknown* into *stuck*, and *healthy* (kubectl's "successfully
/// rolled out" says nothing of what happened since) into *degraded*. *Paused*, *waiting*, *degraded* and *stuck* stay what
/// they are: a human or the controller said so, and findings only add why. The cause is the label of the first finding
/// that sticks, but for an exceeded deadline, which the first finding that hurts the newest version explains; a degraded
/// rollout without one takes the first that is more than worth knowing. A rollout that got stuck here is so since the
/// finding says.
pub fn settle(rollout: &mut Rollout, noticed: Noticed) {
    let sticking = noticed.findings.iter().find(|finding| finding.sticks);
    let hurting = noticed.findings.iter().find(|finding| finding.severity != Severity::Info);
    let newest = rollout.newest().map(|version| &version.uid);
    let mut hurts = noticed.findings.iter().filter(|finding| finding.severity != Severity::Info);
    let of_newest =
        hurts.find(|finding| newest.is_some() && finding.version.as_ref() == newest && finding.rule != DEADLINE);
    let named = sticking.map(|finding| if finding.rule == DEADLINE { of_newest.unwrap_or(finding) } else { finding });
    let before = rollout.phase;
    rollout.phase = match (before, sticking) {
        (Phase::Progressing | Phase::Unknown, Some(_)) => Phase::Stuck,
        (Phase::Healthy, Some(_)) => Phase::Degraded,
        (phase, _) => phase,
    };
    let cause = match rollout.phase {
        Phase::Stuck | Phase::Paused | Phase::Waiting => named,
        Phase::Degraded => named.or(hurting),
        Phase::Progressing | Phase::Healthy | Phase::Unknown => None,
    };
    if let Some(cause) = cause {
        rollout.cause = Some(cause.label.clone());
        if rollout.phase != before {
            rollout.since = cause.since.or(rollout.since);
        }
    }
    rollout.again = rollout.again.into_iter().chain(noticed.again).min();
    rollout.findings = noticed.findings;
    rollout.wants = noticed.wants;
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Phase, Role, Rollout, Truth,
        sample::{self, ago, condition},
    };

    fn bad(phase: Phase) -> Rollout {
        let message = "Back-off pulling image \"web:2\": ErrImagePull: not found";
        let mut story = Story::of(vec![sample::waiting("a", "ImagePullBackOff", message)]);
        story.rollout.phase = phase;
        story.rollout.since = Some(ago(900));
        story.settled()
    }

    #[test]
    fn a_sticking_finding_names_the_state() {
        let after = [Phase::Progressing, Phase::Unknown, Phase::Healthy, Phase::Paused, Phase::Stuck, Phase::Degraded];
        let after = after.map(|phase| (phase, bad(phase).phase));
        let expected = [
            (Phase::Progressing, Phase::Stuck),
            (Phase::Unknown, Phase::Stuck),
            (Phase::Healthy, Phase::Degraded),
            (Phase::Paused, Phase::Paused),
            (Phase::Stuck, Phase::Stuck),
            (Phase::Degraded, Phase::Degraded),
        ];
        assert_eq!(after, expected);
        assert_eq!(bad(Phase::Paused).cause.unwrap(), "image pull");
        assert_eq!(bad(Phase::Paused).since, Some(ago(900)));
        assert_eq!(bad(Phase::Progressing).since, Some(ago(121)));
    }

    #[test]
    fn what_hurts_an_old_version_does_not_stick() {
        let story = Story::of(vec![sample::ready("a")]);
        let rollout = story.with(Role::Stable, "web:1", vec![sample::crashing("b", 1, "Error", 9)]).settled();
        assert_eq!((rollout.phase, rollout.cause), (Phase::Progressing, None));
        assert_eq!(rollout.findings[0].rule, "crash-loop");
    }

    #[test]
    fn an_exceeded_deadline_is_explained_by_what_hurts_the_new_version() {
        let mut story = Story::of(vec![sample::unready("a", ago(90))]);
        story.deployment.conditions = vec![condition("Progressing", Truth::No, "ProgressDeadlineExceeded", ago(4))];
        story.rollout.phase = Phase::Stuck;
        let rollout = story.settled();
        assert_eq!(rollout.findings.iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(), ["not-ready", "deadline"]);
        assert_eq!(rollout.cause.unwrap(), "lost readiness");
    }

    #[test]
    fn degraded_without_a_sticking_cause_takes_what_hurts() {
        let mut story = Story::of(vec![sample::unready("a", ago(90)), sample::ready("b")]);
        story.rollout.phase = Phase::Degraded;
        assert_eq!(story.settled().cause.unwrap(), "lost readiness");
    }
}
