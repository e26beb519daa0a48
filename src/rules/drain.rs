//! Pods that are ending, within their grace or beyond it.

use std::time::Duration;

use super::{
    Case, Noticed,
    said::Said,
    words::{count, describe, span},
};
use crate::domain::{Moment, Pod, Severity, Strategy, num};

/// The kubelet may be that late without anything being wrong.
const SLACK: Duration = Duration::from_secs(10);

/// How exactly the time left is said.
const STEP: Duration = Duration::from_secs(10);

/// Worth knowing while they are within their grace: a pod's deletion time already includes it. A warning beyond.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in &case.versions {
        let ending: Vec<(&Pod, Moment)> =
            side.pods().iter().filter_map(|pod| Some((&**pod, pod.meta.deleting?))).collect();
        let (late, on_time): (Vec<_>, Vec<_>) = ending.into_iter().partition(|(_, at)| case.now > at.plus(SLACK));
        noticed.wake(on_time.iter().map(|(_, at)| at.plus(SLACK).plus(Duration::from_millis(1))));
        let image = side.version.image();
        let said = if let Some((pod, at)) = late.iter().min_by_key(|(_, at)| *at) {
            Said {
                severity: Severity::Warning,
                sticks: false,
                label: "overdue pods",
                message: format!("{} of {image} should have ended by now", count(late.len(), "pod")),
                advice: format!("see its finalizers and whether its node answers; {}", describe(&pod.meta.at)),
                about: pod.meta.at.clone(),
                since: Some(*at),
                detail: Vec::new(),
            }
        } else if let Some((pod, at)) = on_time.iter().max_by_key(|(_, at)| *at) {
            let (left, next) = within(*at, case.now);
            noticed.wake(next);
            Said {
                severity: Severity::Info,
                sticks: false,
                label: "draining",
                message: format!("{} of {image} draining, gone within {left}", count(on_time.len(), "pod")),
                advice: advice(case).to_owned(),
                about: pod.meta.at.clone(),
                since: None,
                detail: Vec::new(),
            }
        } else {
            continue;
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// With Recreate, the new pods wait for them too.
fn advice(case: &Case<'_>) -> &'static str {
    if case.deployment.is_some_and(|deployment| deployment.strategy == Strategy::Recreate) {
        "they finish what they serve; Recreate starts new pods when the last of them has ended"
    } else {
        "nothing to do but wait: they finish what they serve"
    }
}

/// The seconds left, rounded up to a step, and when that is no longer true: a number in a sentence must not go stale.
fn within(at: Moment, now: Moment) -> (String, Option<Moment>) {
    let left = at.since(now).as_secs();
    let said = left.div_ceil(STEP.as_secs()).max(1) * STEP.as_secs();
    let next = at.shifted(-num::millis(Duration::from_secs(said.saturating_sub(STEP.as_secs()))));
    (span(Duration::from_secs(said)), Some(next).filter(|next| *next > now))
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Moment, Pod, Role, Severity,
        sample::{self, ago, later},
    };

    fn ending(name: &str, at: Moment) -> Pod {
        let mut pod = sample::ready(name);
        pod.meta.deleting = Some(at);
        pod
    }

    #[test]
    fn draining_counts_down_to_the_last() {
        let old = vec![ending("x", later(5)), ending("y", later(25))];
        let story = Story::of(vec![sample::ready("a")]).with(Role::Old, "web:1", old);
        let finding = story.one("draining");
        assert_eq!(finding.message, "2 pods of web:1 draining, gone within 30 s");
        assert_eq!(finding.severity, Severity::Info);
        assert_eq!(story.noticed().again, Some(later(5)), "then it is within 20 s");
    }

    #[test]
    fn a_pod_over_its_grace_is_a_warning() {
        let old = vec![ending("x", ago(45)), ending("y", later(25))];
        let finding = Story::of(vec![sample::ready("a")]).with(Role::Old, "web:1", old).one("draining");
        assert_eq!(finding.message, "1 pod of web:1 should have ended by now");
        assert_eq!((finding.severity, finding.since), (Severity::Warning, Some(ago(45))));
    }
}
