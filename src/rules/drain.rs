//! Pods that are ending, within their grace or beyond it.

use std::time::Duration;

use super::{
    Case, Noticed,
    said::Said,
    words::{count, describe, span},
};
use crate::domain::{Moment, Pod, Severity};

/// The kubelet may be that late without anything being wrong.
const SLACK: Duration = Duration::from_secs(10);

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
            let over = span(case.now.since(*at));
            Said {
                severity: Severity::Warning,
                sticks: false,
                label: "overdue pods",
                message: format!("{} of {image} should have ended {over} ago", count(late.len(), "pod")),
                advice: format!("see its finalizers and whether its node answers; {}", describe(&pod.meta.at)),
                about: pod.meta.at.clone(),
                since: Some(*at),
                detail: Vec::new(),
            }
        } else if let Some((pod, at)) = on_time.iter().max_by_key(|(_, at)| *at) {
            let left = span(at.since(case.now));
            Said {
                severity: Severity::Info,
                sticks: false,
                label: "draining",
                message: format!("{} of {image} draining, gone within {left}", count(on_time.len(), "pod")),
                advice: "nothing to do but wait: they finish what they serve".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Moment, Pod, Role, Severity,
        sample::{self, NOW, ago, later},
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
        assert_eq!(finding.message, "2 pods of web:1 draining, gone within 25 s");
        assert_eq!(finding.severity, Severity::Info);
        assert_eq!(story.noticed().again, Some(Moment(NOW.0 + 15_001)));
    }

    #[test]
    fn a_pod_over_its_grace_is_a_warning() {
        let old = vec![ending("x", ago(45)), ending("y", later(25))];
        let finding = Story::of(vec![sample::ready("a")]).with(Role::Old, "web:1", old).one("draining");
        assert_eq!(finding.message, "1 pod of web:1 should have ended 45 s ago");
        assert_eq!(finding.severity, Severity::Warning);
    }
}
