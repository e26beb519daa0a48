//! Containers that the kubelet ends because their liveness or startup probe fails.

use super::{
    Case, Noticed,
    lens::{RECENT, Sick, sick},
    said::Said,
    words::{brief, count, pods_of},
};
use crate::domain::{Event, Severity, num};

/// What shows that a probe ended a container: the kubelet's `Killing` (a normal event), or a failing probe that was
/// reported before the container ended. Returns the probe and its last message.
pub(super) fn evidence<'c>(case: &'c Case<'_>, sick: Sick<'_>) -> Option<(&'static str, Option<&'c Event>)> {
    let end = sick.end()?;
    let ours = |event: &&Event| event.container.as_ref().is_none_or(|name| *name == sick.container.name);
    let probes =
        [("liveness", "Liveness probe", "failed liveness probe"), ("startup", "Startup probe", "failed startup probe")];
    probes.into_iter().find_map(|(word, starts, kills)| {
        let events = || case.events_of(sick.pod).filter(ours);
        let then = |e: &Event| end.at.is_none_or(|at| at >= e.first && at.since(e.last) < RECENT);
        let killed = events().any(|e| e.reason == "Killing" && e.message.contains(kills) && then(e));
        let failing = events().find(|e| e.reason == "Unhealthy" && e.message.starts_with(starts));
        let before = failing.is_some_and(|e| end.exit != 0 && then(e));
        (killed || before).then_some((word, failing))
    })
}

/// Sticks while the container keeps ending.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let killed =
            |sick: Sick<'_>| (sick.loops(case.now) || sick.ended_recently(case.now)) && evidence(case, sick).is_some();
        let found = sick(side, killed);
        let Some(worst) = found.first().copied() else { continue };
        let Some((probe, event)) = evidence(case, worst) else { continue };
        noticed.wake(found.iter().filter_map(|sick| sick.settles(case.now)));
        let sticks = found.iter().any(|sick| sick.loops(case.now));
        let (detail, want) = worst.last_words(case);
        noticed.wants.extend(want);
        let restarts = count(num::count_usize(worst.container.restarts), "restart");
        let why = event.map_or(String::new(), |event| format!(": {}", brief(&event.message, 100)));
        let who = pods_of(side, found.len());
        let said = Said {
            severity: if sticks { Severity::Critical } else { Severity::Warning },
            sticks,
            label: "probe kills",
            message: format!("the {probe} probe ends {} of {who}, {restarts}{why}", worst.named()),
            advice: format!(
                "see whether the probe is too strict for the new version or the container hangs; kubectl -n {} describe pod {}",
                worst.pod.meta.at.namespace, worst.pod.meta.at.name
            ),
            about: worst.pod.meta.at.clone(),
            since: event.map(|event| event.first),
            detail,
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{Event, Pod, sample};

    fn event(pod: &Pod, reason: &str, message: &str) -> Event {
        Event { container: Some("app".into()), ..sample::event(&pod.meta, reason, message) }
    }

    #[test]
    fn a_failing_liveness_probe_is_the_cause_not_the_signal() {
        let pod = sample::crashing("a", 137, "Error", 3);
        let unhealthy = event(&pod, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500");
        let story = Story::of(vec![pod]).said(unhealthy);
        let finding = story.one("probe-kill");
        assert_eq!(
            finding.message,
            "the liveness probe ends container app of the pod of web:2, 3 restarts: Liveness probe failed: HTTP probe failed with statuscode: 500"
        );
        assert!(finding.sticks);
        assert_eq!(story.rules(), ["probe-kill"]);
    }

    #[test]
    fn the_kubelets_own_word_is_enough() {
        let pod = sample::crashing("a", 137, "Error", 3);
        let killing = event(&pod, "Killing", "Container app failed startup probe, will be restarted");
        assert!(Story::of(vec![pod]).said(killing).one("probe-kill").message.starts_with("the startup probe ends"));
    }

    #[test]
    fn a_probe_that_failed_in_another_container_or_for_readiness_explains_nothing() {
        let pod = sample::crashing("a", 1, "Error", 3);
        let other = Event { container: Some("proxy".into()), ..event(&pod, "Unhealthy", "Liveness probe failed: x") };
        let readiness = event(&pod, "Unhealthy", "Readiness probe failed: x");
        assert_eq!(Story::of(vec![pod]).said(other).said(readiness).rules(), ["crash-loop"]);
    }
}
