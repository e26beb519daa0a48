//! Nobody serves because strategy Recreate ended all old pods. Rollouts that never served, and pods that fail by themselves,
//! are not its concern.

use std::time::Duration;

use super::{Case, Noticed, lens::staying, said::Said, words::span};
use crate::domain::{Severity, Strategy, Truth};

/// Timestamps have whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// A warning for as long as it lasts, with how long that is so far.
pub(super) fn check(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    let Some(deployment) = case.deployment.filter(|d| d.strategy == Strategy::Recreate && d.replicas > 0) else {
        return noticed;
    };
    let serves = case.versions.iter().any(|side| !side.version.pods.known || side.version.pods.ready > 0);
    let lost = deployment.condition("Available").filter(|condition| condition.truth == Truth::No);
    let Some(since) = lost.and_then(|condition| condition.since).filter(|_| !serves) else { return noticed };
    // Older pods would have lost their readiness by themselves.
    let served_before = since > deployment.meta.created.plus(SECOND);
    if !served_before || case.versions.iter().flat_map(staying).any(|pod| since > pod.meta.created.plus(SECOND)) {
        return noticed;
    }
    let lasts = case.now.since(since);
    // The sentence counts seconds.
    noticed.wake([since.plus(Duration::from_secs(lasts.as_secs() + 1))]);
    let said = Said {
        severity: Severity::Warning,
        sticks: false,
        label: "downtime",
        message: format!("no ready pods: {} so far; Recreate ends all old pods before new ones start", span(lasts)),
        advice: "nobody is served until the first new pod is ready; strategy RollingUpdate would keep some".to_owned(),
        about: case.rollout.at.clone(),
        since: Some(since),
        detail: Vec::new(),
    };
    noticed.add(said.of_all());
    noticed
}

#[cfg(test)]
mod tests {
    use super::super::story::Story;
    use crate::domain::{
        Pod, Role, Severity, Strategy, Truth,
        sample::{self, ago, later},
    };

    /// A Recreate that has been without a ready pod for 13 s, with these new pods.
    fn recreated(pods: Vec<Pod>) -> Story {
        let mut story = Story::of(pods);
        story.deployment.strategy = Strategy::Recreate;
        story.deployment.replicas = 2;
        story.deployment.meta.created = ago(9_000);
        let reason = "MinimumReplicasUnavailable";
        story.deployment.conditions = vec![sample::condition("Available", Truth::No, reason, ago(13))];
        story
    }

    fn made(name: &str, seconds_ago: i64) -> Pod {
        let mut pod = sample::unready(name, ago(seconds_ago));
        pod.meta.created = ago(seconds_ago);
        pod
    }

    #[test]
    fn it_counts_the_seconds_without_a_ready_pod() {
        let mut old = sample::ready("x");
        old.meta.deleting = Some(later(20));
        old.conditions = Box::default();
        for story in [recreated(vec![made("a", 10)]), recreated(Vec::new()).with(Role::Old, "web:1", vec![old])] {
            let finding = story.one("downtime");
            assert!(finding.message.starts_with("no ready pods: 13 s so far; Recreate ends"), "{}", finding.message);
            assert_eq!((finding.severity, finding.since), (Severity::Warning, Some(ago(13))));
            assert_eq!(story.noticed().again, Some(later(1)));
        }
    }

    #[test]
    fn a_ready_pod_an_older_pod_or_another_strategy_is_none_of_its_concern() {
        let quiet = |story: Story| assert_eq!(story.all("downtime"), []);
        quiet(recreated(vec![made("a", 10), sample::ready("b")]));
        quiet(recreated(vec![made("a", 600)]));
        let mut rolling = recreated(vec![made("a", 10)]);
        rolling.deployment.strategy = sample::deployment("web:1", 2).strategy;
        quiet(rolling);
        let mut first = recreated(vec![made("a", 10)]);
        first.deployment.meta.created = ago(13);
        quiet(first);
    }
}
