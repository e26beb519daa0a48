//! Containers that keep ending, with the last lines they wrote. Ends with a better name (out of memory, a probe) belong to
//! other rules.

use super::{
    Case, Noticed,
    lens::{Sick, ending, looping_since, sick},
    oom, probe,
    said::Said,
    words::{count, pods_do},
};
use crate::domain::{ContainerRole, Severity, num};

/// A main container keeps ending.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    repeated(case, ContainerRole::Main, "crash loop")
}

/// Containers of a kind that keep ending, with the last words of the worst.
pub(super) fn repeated(case: &Case<'_>, role: ContainerRole, label: &'static str) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let loops = |sick: Sick<'_>| {
            let named = oom::is_oom(sick) || probe::evidence(case, sick).is_some();
            sick.container.role == role && sick.loops(case.now) && !named
        };
        let found = sick(side, loops);
        let Some(worst) = found.first().copied() else { continue };
        noticed.wake(found.iter().filter_map(|sick| sick.settles(case.now)));
        let (detail, want) = worst.last_words(case);
        noticed.wants.extend(want);
        let how = match worst.end() {
            Some(end) if end.exit == 0 && role != ContainerRole::Init => "exits 0, but has to go on running".to_owned(),
            Some(end) => ending(end),
            None => "keeps ending".to_owned(),
        };
        let restarts = count(num::count_usize(worst.container.restarts), "restart");
        let crash = pods_do(side, found.len(), "crashes", "crash");
        let said = Said {
            severity: Severity::Critical,
            sticks: true,
            label,
            message: format!("{crash}: {} {how}, {restarts}", worst.named()),
            advice: advice(worst),
            about: worst.pod.meta.at.clone(),
            since: looping_since(side, &found),
            detail,
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

fn advice(sick: Sick<'_>) -> String {
    let at = &sick.pod.meta.at;
    let container = &sick.container.name;
    format!(
        "read why it ended, undo if it is new; kubectl -n {} logs {} -c {container} --previous",
        at.namespace, at.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        ContainerState, Kind, LogTail, Pod, PodState, Role, Text, Want,
        sample::{self, ago, later},
    };

    #[test]
    fn the_worst_pod_tells_why_and_its_log_is_wanted() {
        let mut story = Story::of(vec![
            sample::crashing("a", 1, "Error", 3),
            sample::crashing("b", 1, "Error", 7),
            sample::ready("c"),
        ]);
        let at = |pod: &str| sample::at(Kind::POD, pod);
        story.tails = vec![LogTail {
            pod: at("b"),
            uid: "b".into(),
            container: "app".into(),
            restarts: 6,
            lines: Ok((1..=7).map(|n| Text::from(format!("line {n}"))).collect()),
        }];
        let finding = story.one("crash-loop");
        assert_eq!(finding.message, "2 of 3 pods of web:2 crash: container app exits 1, 7 restarts");
        assert_eq!(finding.detail, ["line 3", "line 4", "line 5", "line 6", "line 7"]);
        assert!(finding.advice.ends_with("kubectl -n shop logs b -c app --previous"));
        let want = Want::PreviousLog { pod: at("b"), uid: "b".into(), container: "app".into(), restarts: 7 };
        assert_eq!(story.noticed().wants, [want]);
    }

    #[test]
    fn who_served_before_crashes_since_its_last_end_at_most() {
        let crash = || vec![sample::crashing("a", 1, "Error", 3)];
        let new = Story::of(crash()).one("crash-loop").since;
        assert_eq!(new, Some(crash()[0].meta.created));
        let served = Story::of(vec![sample::ready("b")]).with(Role::Stable, "web:1", crash()).one("crash-loop").since;
        assert_eq!(served, crash()[0].containers[0].last.as_ref().unwrap().at);
        assert!(served > new);
    }

    /// Between two crashes the container runs for a moment.
    fn between(run_s: i64) -> Pod {
        let mut pod = sample::crashing("a", 139, "Error", 4);
        pod.containers[0].state = ContainerState::Running { since: Some(ago(run_s)) };
        pod
    }

    #[test]
    fn a_moment_of_running_does_not_end_the_loop() {
        let story = Story::of(vec![between(2)]);
        assert_eq!(
            story.one("crash-loop").message,
            "the pod of web:2 crashes: container app is killed by SIGSEGV (139), 4 restarts"
        );
        assert_eq!(story.noticed().again, Some(later(58)));
        assert!(Story::of(vec![between(61)]).all("crash-loop").is_empty());
    }

    #[test]
    fn a_first_crash_is_not_a_loop_and_a_clean_exit_is() {
        let mut once = sample::crashing("a", 1, "Error", 1);
        once.containers[0].state = ContainerState::Running { since: Some(ago(2)) };
        assert_eq!(once.state(), PodState::NotReady);
        assert!(Story::of(vec![once]).all("crash-loop").is_empty());
        let finding = Story::of(vec![sample::crashing("a", 0, "Completed", 3)]).one("crash-loop");
        assert!(finding.message.contains("exits 0, but has to go on running"), "{}", finding.message);
    }
}
