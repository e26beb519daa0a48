//! Init containers that fail or take long, and sidecars that keep ending.

use std::time::Duration;

use super::{
    Case, Noticed, crash,
    lens::sick,
    said::Said,
    words::{describe, pods_do},
};
use crate::domain::{Container, ContainerRole, ContainerState, Severity};

/// An init container that runs longer is worth a word.
const LONG: Duration = Duration::from_mins(1);

/// An init container keeps failing, or holds the others back for long.
pub(super) fn init(case: &Case<'_>) -> Noticed {
    let mut noticed = crash::repeated(case, ContainerRole::Init, "init crash");
    for side in case.living() {
        let started = |container: &Container| match &container.state {
            ContainerState::Running { since } if container.role == ContainerRole::Init => *since,
            ContainerState::Running { .. }
            | ContainerState::Unreported
            | ContainerState::Waiting { .. }
            | ContainerState::Ended(_) => None,
        };
        let running = sick(side, |sick| started(sick.container).is_some());
        let (long, short): (Vec<_>, Vec<_>) = running
            .into_iter()
            .filter_map(|sick| Some((sick, started(sick.container)?)))
            .partition(|(_, since)| case.now.since(*since) >= LONG);
        noticed.wake(short.iter().map(|(_, since)| since.plus(LONG)));
        let Some((first, since)) = long.iter().min_by_key(|(_, since)| *since) else { continue };
        let wait = pods_do(side, long.len(), "waits", "wait");
        let said = Said {
            severity: Severity::Warning,
            sticks: false,
            label: "init waits",
            message: format!("{wait} for {}, which still runs", first.named()),
            advice: format!("see what it waits for in its log; {}", describe(&first.pod.meta.at)),
            about: first.pod.meta.at.clone(),
            since: Some(*since),
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// A sidecar keeps ending.
pub(super) fn sidecar(case: &Case<'_>) -> Noticed {
    crash::repeated(case, ContainerRole::Sidecar, "sidecar crash")
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        ContainerRole, ContainerState, Pod,
        sample::{self, ago, later},
    };

    fn with(role: ContainerRole, mut pod: Pod) -> Pod {
        let mut first = pod.containers[0].clone();
        (first.name, first.role) = ("setup".into(), role);
        let mut app = first.clone();
        (app.name, app.role, app.restarts, app.last) = ("app".into(), ContainerRole::Main, 0, None);
        app.state = ContainerState::Waiting { reason: "PodInitializing".into(), message: "".into() };
        pod.containers = Box::new([first, app]);
        pod
    }

    #[test]
    fn the_init_container_is_named() {
        let story = Story::of(vec![with(ContainerRole::Init, sample::crashing("a", 1, "Error", 3))]);
        let finding = story.one("init-failing");
        assert_eq!(finding.message, "the pod of web:2 crashes: init container setup exits 1, 3 restarts");
        assert_eq!((finding.sticks, finding.label.as_str()), (true, "init crash"));
        assert_eq!(story.rules(), ["init-failing"]);
    }

    #[test]
    fn a_sidecar_is_told_from_the_app() {
        let story = Story::of(vec![with(ContainerRole::Sidecar, sample::crashing("a", 2, "Error", 3))]);
        assert!(story.one("sidecar-failing").message.contains("sidecar setup exits 2"));
    }

    #[test]
    fn a_long_init_container_is_a_warning() {
        let story = |secs| Story::of(vec![with(ContainerRole::Init, sample::starting("a", secs))]);
        assert_eq!(story(20).noticed().again, Some(later(40)));
        assert!(story(20).all("init-failing").is_empty());
        let finding = story(180).one("init-failing");
        assert_eq!(finding.message, "the pod of web:2 waits for init container setup, which still runs");
        assert_eq!((finding.sticks, finding.since), (false, Some(ago(180))));
    }
}
