//! Stories of pods that are not ready.

use super::super::story::Story;
use crate::domain::{
    ContainerState, Event, Role, Severity, Truth,
    sample::{self, ago, condition, later},
};

#[test]
fn never_ready_is_told_after_half_a_minute_with_the_probes_words() {
    let story = |secs| {
        let pod = sample::starting("a", secs);
        let event =
            sample::event(&pod.meta, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
        Story::of(vec![pod, sample::ready("b")]).said(event)
    };
    assert!(story(20).all("not-ready").is_empty());
    assert_eq!(story(20).noticed().again, Some(later(10)));
    let finding = story(45).one("not-ready");
    assert_eq!(
        finding.message,
        "1 of 2 pods of web:2 was never ready, though its containers run: Readiness probe failed: HTTP probe failed with statuscode: 503"
    );
    assert_eq!((finding.sticks, finding.severity, finding.label.as_str()), (false, Severity::Warning, "not ready"));
}

#[test]
fn lost_readiness_is_told_at_once_and_is_critical_when_nobody_serves() {
    let mut story = Story::of(vec![sample::unready("a", ago(5))]);
    let finding = story.one("not-ready");
    assert_eq!((finding.message.as_str(), finding.severity), ("the pod of web:2 lost readiness", Severity::Warning));
    story.rollout.versions[0].role = Role::Stable;
    assert_eq!(story.one("not-ready").severity, Severity::Critical);
}

#[test]
fn between_two_crashes_nothing_new_is_told() {
    let mut pod = sample::crashing("a", 1, "Error", 3);
    pod.containers[0].state = ContainerState::Running { since: Some(ago(5)) };
    assert!(Story::of(vec![pod.clone()]).all("not-ready").is_empty());
    pod.containers[0].state = ContainerState::Running { since: Some(ago(90)) };
    assert_eq!(Story::of(vec![pod]).all("not-ready").len(), 1);
}

#[test]
fn a_pod_that_comes_and_goes_flaps() {
    let mut pod = sample::ready("a");
    pod.conditions = Box::new([condition("Ready", Truth::Yes, "", ago(8))]);
    let event = Event { count: 5, ..sample::event(&pod.meta, "Unhealthy", "Readiness probe failed: x") };
    let story = Story::of(vec![pod]).said(event);
    assert_eq!(story.one("not-ready").label, "flapping");
    assert_eq!(story.noticed().again, Some(later(50)));
}

#[test]
fn a_gate_is_named() {
    let mut pod = sample::unready("a", ago(60));
    pod.containers[0].ready = true;
    pod.gates_missing = Box::new(["example.com/lb".into()]);
    pod.conditions = Box::new([condition("Ready", Truth::No, "ReadinessGatesNotReady", ago(60))]);
    let story = Story::of(vec![pod]);
    assert_eq!(story.one("readiness-gate").message, "the pod of web:2 waits for readiness gate example.com/lb");
    assert_eq!(story.rules(), ["readiness-gate"]);
}

#[test]
fn min_ready_seconds_are_counted_down() {
    let mut pod = sample::ready("a");
    pod.conditions = Box::new([condition("Ready", Truth::Yes, "", ago(15))]);
    let mut story = Story::of(vec![pod, sample::ready("b")]);
    assert!(story.all("min-ready").is_empty());
    story.deployment.min_ready_s = 40;
    let finding = story.one("min-ready");
    assert_eq!(
        (finding.message.as_str(), finding.severity),
        ("1 pod ready, available after 40 s (minReadySeconds)", Severity::Info)
    );
    assert_eq!(story.noticed().again, Some(later(25)));
}
