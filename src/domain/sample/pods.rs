//! Sample pods. All belong to ReplicaSet `web-1` until a story says otherwise.

use super::{ago, condition, meta, owner};
use crate::domain::{Container, ContainerRole, ContainerState, Ended, Kind, Meta, Moment, Pod, PodPhase, Text, Truth};

/// A pod that has served for five minutes.
pub(crate) fn ready(name: &str) -> Pod {
    Pod {
        meta: Meta { owner: Some(owner("web-1")), created: ago(310), ..meta(Kind::POD, name) },
        node: Some("node-1".into()),
        phase: PodPhase::Running,
        reason: "".into(),
        message: Text::default(),
        conditions: Box::new([condition("Ready", Truth::Yes, "", ago(300))]),
        containers: Box::new([container(ContainerState::Running { since: Some(ago(305)) })]),
        gates_missing: Box::new([]),
    }
}

/// A pod whose container has run for that many seconds and was never ready.
pub(crate) fn starting(name: &str, secs: i64) -> Pod {
    let mut pod = unready(name, ago(secs));
    pod.meta.created = ago(secs + 1);
    pod.containers[0].state = ContainerState::Running { since: Some(ago(secs)) };
    pod
}

/// A pod that served and lost its readiness at a moment.
pub(crate) fn unready(name: &str, since: Moment) -> Pod {
    let mut pod = ready(name);
    pod.conditions = Box::new([condition("Ready", Truth::No, "ContainersNotReady", since)]);
    pod.containers[0].ready = false;
    pod
}

/// A pod whose container has waited for two minutes.
pub(crate) fn waiting(name: &str, reason: &str, message: &str) -> Pod {
    let mut pod = unready(name, ago(120));
    pod.meta.created = ago(121);
    pod.phase = PodPhase::Pending;
    pod.containers[0].state = ContainerState::Waiting { reason: reason.into(), message: message.into() };
    pod
}

/// A pod that backs off after its container ended twenty seconds ago.
pub(crate) fn crashing(name: &str, exit: i32, reason: &str, restarts: i32) -> Pod {
    let mut pod = waiting(name, "CrashLoopBackOff", "back-off 40s restarting failed container=app");
    pod.phase = PodPhase::Running;
    pod.containers[0].restarts = restarts;
    pod.containers[0].last =
        Some(Ended { reason: reason.into(), message: Text::default(), exit, signal: 0, at: Some(ago(20)) });
    pod
}

fn container(state: ContainerState) -> Container {
    Container {
        name: "app".into(),
        image: "registry.example/web:1".into(),
        digest: "".into(),
        role: ContainerRole::Main,
        ready: true,
        restarts: 0,
        state,
        last: None,
    }
}
