//! Containers that used more memory than their limit, even if they run again.

use super::{
    Case, Noticed,
    lens::{RECENT, Sick, looping_since, sick},
    said::Said,
    words::{count, pods_of},
};
use crate::domain::{Severity, num};

/// Whether the last end was for memory. The exit code alone does not tell: 137 is any SIGKILL.
pub(super) fn is_oom(sick: Sick<'_>) -> bool {
    sick.end().is_some_and(|end| end.reason == "OOMKilled")
}

/// Sticks while the container keeps ending; a single end is a warning for ten minutes, then worth knowing.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let mut found = sick(side, is_oom);
        found.sort_by_key(|sick| (!sick.loops(case.now), std::cmp::Reverse(sick.container.restarts)));
        let Some(worst) = found.first().copied() else { continue };
        let loops = worst.loops(case.now);
        let recent = found.iter().any(|sick| sick.ended_recently(case.now));
        let ends = || found.iter().filter_map(|sick| sick.end()?.at);
        noticed.wake(ends().map(|at| at.plus(RECENT)).filter(|at| *at > case.now));
        noticed.wake(found.iter().filter_map(|sick| sick.settles(case.now)));
        let (detail, want) = worst.last_words(case);
        noticed.wants.extend(want.filter(|_| recent));
        let restarts = count(num::count_usize(worst.container.restarts), "restart");
        let who = pods_of(side, found.len());
        let said = Said {
            severity: match (loops, recent) {
                (true, _) => Severity::Critical,
                (false, true) => Severity::Warning,
                (false, false) => Severity::Info,
            },
            sticks: loops,
            label: "out of memory",
            message: format!("{who} ran out of memory in {} (OOMKilled): {restarts}", worst.named()),
            advice: format!(
                "raise the memory limit of {}, or undo if the new version needs more; kubectl -n {} describe pod {}",
                worst.container.name, worst.pod.meta.at.namespace, worst.pod.meta.at.name
            ),
            about: worst.pod.meta.at.clone(),
            since: looping_since(side, &found).filter(|_| loops).or_else(|| ends().min()),
            detail,
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        ContainerState, Pod, Severity,
        sample::{self, ago},
    };

    fn running_again(since_end: i64) -> Pod {
        let mut pod = sample::crashing("a", 137, "OOMKilled", 1);
        pod.containers[0].state = ContainerState::Running { since: Some(ago(since_end)) };
        pod.containers[0].last.as_mut().unwrap().at = Some(ago(since_end));
        pod
    }

    #[test]
    fn a_loop_sticks_and_is_no_plain_crash_loop() {
        let story = Story::of(vec![sample::crashing("a", 137, "OOMKilled", 5), sample::ready("b")]);
        let finding = story.one("oom-killed");
        assert_eq!(finding.message, "1 of 2 pods of web:2 ran out of memory in container app (OOMKilled): 5 restarts");
        assert!(finding.sticks);
        assert!(story.all("crash-loop").is_empty());
    }

    #[test]
    fn one_end_fades() {
        let severity = |since_end| Story::of(vec![running_again(since_end)]).one("oom-killed").severity;
        assert_eq!([severity(100), severity(700)], [Severity::Warning, Severity::Info]);
    }

    #[test]
    fn another_sigkill_is_not_memory() {
        assert!(Story::of(vec![sample::crashing("a", 137, "Error", 5)]).all("oom-killed").is_empty());
    }
}
