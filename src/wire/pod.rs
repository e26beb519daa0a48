//! Pods of `v1`.

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{self, ContainerRole, Kind, Name, Object, PodPhase};

use super::{
    Door, Encoding,
    kinds::Slim,
    meta::{ObjectMeta, Time, message, moment},
};

message! {
    /// `v1.Pod`.
    pub(super) struct Pod {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        spec: Option<PodSpec>,
        #[prost(message, optional, tag = "3")]
        status: Option<PodStatus>,
    }
}

message! {
    pub(super) struct PodSpec {
        #[prost(message, repeated, tag = "2")]
        containers: Vec<Container>,
        #[prost(bytes = "bytes", tag = "10")]
        node_name: Bytes,
        #[prost(message, repeated, tag = "20")]
        init_containers: Vec<Container>,
        #[prost(message, repeated, tag = "28")]
        readiness_gates: Vec<ReadinessGate>,
    }
}

message! {
    /// `v1.Container`.
    pub(super) struct Container {
        #[prost(bytes = "bytes", tag = "1")]
        name: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        image: Bytes,
        #[prost(bytes = "bytes", tag = "24")]
        restart_policy: Bytes,
    }
}

message! {
    /// `v1.PodReadinessGate`.
    pub(super) struct ReadinessGate {
        #[prost(bytes = "bytes", tag = "1")]
        condition_type: Bytes,
    }
}

message! {
    pub(super) struct PodStatus {
        #[prost(bytes = "bytes", tag = "1")]
        phase: Bytes,
        #[prost(message, repeated, tag = "2")]
        conditions: Vec<PodCondition>,
        #[prost(bytes = "bytes", tag = "3")]
        message: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        reason: Bytes,
        #[prost(message, repeated, tag = "8")]
        container_statuses: Vec<ContainerStatus>,
        #[prost(message, repeated, tag = "10")]
        init_container_statuses: Vec<ContainerStatus>,
    }
}

message! {
    pub(super) struct PodCondition {
        #[prost(bytes = "bytes", tag = "1")]
        r#type: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        status: Bytes,
        #[prost(message, optional, tag = "4")]
        last_transition_time: Option<Time>,
        #[prost(bytes = "bytes", tag = "5")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "6")]
        message: Bytes,
    }
}

message! {
    pub(super) struct ContainerStatus {
        #[prost(bytes = "bytes", tag = "1")]
        name: Bytes,
        #[prost(message, optional, tag = "2")]
        state: Option<ContainerState>,
        #[prost(message, optional, tag = "3")]
        last_state: Option<ContainerState>,
        #[prost(bool, tag = "4")]
        ready: bool,
        #[prost(int32, tag = "5")]
        restart_count: i32,
        #[prost(bytes = "bytes", tag = "7")]
        #[serde(rename = "imageID")]
        image_id: Bytes,
    }
}

message! {
    pub(super) struct ContainerState {
        #[prost(message, optional, tag = "1")]
        waiting: Option<Waiting>,
        #[prost(message, optional, tag = "2")]
        running: Option<Running>,
        #[prost(message, optional, tag = "3")]
        terminated: Option<Terminated>,
    }
}

message! {
    pub(super) struct Waiting {
        #[prost(bytes = "bytes", tag = "1")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        message: Bytes,
    }
}

message! {
    pub(super) struct Running {
        #[prost(message, optional, tag = "1")]
        started_at: Option<Time>,
    }
}

message! {
    pub(super) struct Terminated {
        #[prost(int32, tag = "1")]
        exit_code: i32,
        #[prost(int32, tag = "2")]
        signal: i32,
        #[prost(bytes = "bytes", tag = "3")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        message: Bytes,
        #[prost(message, optional, tag = "6")]
        finished_at: Option<Time>,
    }
}

impl Slim for Pod {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce(Kind::POD, door);
        let (spec, status) = (self.spec.unwrap_or_default(), self.status.unwrap_or_default());
        Object::Pod(Arc::new(domain::Pod {
            meta,
            node: (!spec.node_name.is_empty()).then(|| door.name(&spec.node_name)),
            phase: phase(&status.phase),
            reason: door.name(&status.reason),
            message: door.text(&status.message),
            conditions: status.conditions.iter().filter(|c| c.is_read()).map(|c| c.reduce(door)).collect(),
            containers: containers(&spec, &status, door),
            gates_missing: gates_missing(&spec, &status, door),
        }))
    }
}

fn phase(word: &[u8]) -> PodPhase {
    match word {
        b"" | b"Pending" => PodPhase::Pending,
        b"Running" => PodPhase::Running,
        b"Succeeded" => PodPhase::Succeeded,
        b"Failed" => PodPhase::Failed,
        _ => PodPhase::Unknown,
    }
}

/// Init containers, sidecars, then the ordinary ones, each with its status.
fn containers(spec: &PodSpec, status: &PodStatus, door: &mut Door) -> Box<[domain::Container]> {
    let (sidecars, inits): (Vec<_>, Vec<_>) =
        spec.init_containers.iter().partition(|container| *container.restart_policy == *b"Always");
    let sorts = [
        (ContainerRole::Init, inits, &status.init_container_statuses),
        (ContainerRole::Sidecar, sidecars, &status.init_container_statuses),
        (ContainerRole::Main, spec.containers.iter().collect(), &status.container_statuses),
    ];
    let mut all = Vec::with_capacity(spec.init_containers.len() + spec.containers.len());
    for (role, containers, statuses) in sorts {
        for container in containers {
            let status = statuses.iter().find(|status| status.name == container.name);
            all.push(container.reduce(role, status, door));
        }
    }
    all.into_boxed_slice()
}

fn gates_missing(spec: &PodSpec, status: &PodStatus, door: &mut Door) -> Box<[Name]> {
    let holds = |gate: &&ReadinessGate| {
        status.conditions.iter().any(|condition| condition.r#type == gate.condition_type && condition.is_true())
    };
    spec.readiness_gates.iter().filter(|gate| !holds(gate)).map(|gate| door.name(&gate.condition_type)).collect()
}

impl PodCondition {
    fn is_true(&self) -> bool {
        *self.status == *b"True"
    }

    /// Whether somebody reads it: `Ready` always, `DisruptionTarget` while it holds, all others while they do not.
    fn is_read(&self) -> bool {
        match &*self.r#type {
            b"Ready" => true,
            b"DisruptionTarget" => self.is_true(),
            _ => !self.is_true(),
        }
    }

    fn reduce(&self, door: &mut Door) -> domain::Condition {
        domain::Condition {
            since: moment(self.last_transition_time),
            ..door.condition(&self.r#type, &self.status, &self.reason, &self.message)
        }
    }
}

impl Container {
    fn reduce(&self, role: ContainerRole, status: Option<&ContainerStatus>, door: &mut Door) -> domain::Container {
        let last = status.and_then(|status| status.last_state.as_ref()?.terminated.as_ref());
        domain::Container {
            name: door.name(&self.name),
            image: door.text(&self.image),
            digest: status.map(|status| door.text(&status.image_id)).unwrap_or_default(),
            role,
            ready: status.is_some_and(|status| status.ready),
            restarts: status.map_or(0, |status| status.restart_count),
            state: status.map_or(domain::ContainerState::Unreported, |status| status.reduce(door)),
            last: last.map(|ended| ended.reduce(door)),
        }
    }
}

impl ContainerStatus {
    /// Its state. A status that says nothing means waiting, as `v1.ContainerState` defines it.
    fn reduce(&self, door: &mut Door) -> domain::ContainerState {
        match self.state.as_ref() {
            Some(ContainerState { terminated: Some(ended), .. }) => domain::ContainerState::Ended(ended.reduce(door)),
            Some(ContainerState { running: Some(running), .. }) => {
                domain::ContainerState::Running { since: moment(running.started_at) }
            }
            Some(ContainerState { waiting: Some(waiting), .. }) => domain::ContainerState::Waiting {
                reason: door.name(&waiting.reason),
                message: door.text(&waiting.message),
            },
            Some(ContainerState { .. }) | None => {
                domain::ContainerState::Waiting { reason: door.name(b""), message: door.text(b"") }
            }
        }
    }
}

impl Terminated {
    fn reduce(&self, door: &mut Door) -> domain::Ended {
        domain::Ended {
            reason: door.name(&self.reason),
            message: door.text(&self.message),
            exit: self.exit_code,
            signal: self.signal,
            at: moment(self.finished_at),
        }
    }
}
