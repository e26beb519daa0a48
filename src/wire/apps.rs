//! Deployments and ReplicaSets of `apps/v1`.

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{self, Amount, Kind, Object, Strategy};

use super::{
    Door, Encoding,
    kinds::Slim,
    meta::{IntOrString, LabelSelector, ObjectMeta, Time, message, moment},
    template::Template,
};

message! {
    /// `apps/v1` Deployment.
    pub(super) struct Deployment {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        spec: Option<DeploymentSpec>,
        #[prost(message, optional, tag = "3")]
        status: Option<DeploymentStatus>,
    }
}

message! {
    pub(super) struct DeploymentSpec {
        #[prost(int32, optional, tag = "1")]
        replicas: Option<i32>,
        #[prost(message, optional, tag = "2")]
        selector: Option<LabelSelector>,
        #[prost(message, optional, tag = "3")]
        template: Option<Template>,
        #[prost(message, optional, tag = "4")]
        strategy: Option<DeploymentStrategy>,
        #[prost(int32, tag = "5")]
        min_ready_seconds: i32,
        #[prost(int32, optional, tag = "6")]
        revision_history_limit: Option<i32>,
        #[prost(bool, tag = "7")]
        paused: bool,
        #[prost(int32, optional, tag = "9")]
        progress_deadline_seconds: Option<i32>,
    }
}

message! {
    pub(super) struct DeploymentStrategy {
        #[prost(bytes = "bytes", tag = "1")]
        r#type: Bytes,
        #[prost(message, optional, tag = "2")]
        rolling_update: Option<RollingUpdate>,
    }
}

message! {
    pub(super) struct RollingUpdate {
        #[prost(message, optional, tag = "1")]
        max_unavailable: Option<IntOrString>,
        #[prost(message, optional, tag = "2")]
        max_surge: Option<IntOrString>,
    }
}

message! {
    pub(super) struct DeploymentStatus {
        #[prost(int64, tag = "1")]
        observed_generation: i64,
        #[prost(int32, tag = "2")]
        replicas: i32,
        #[prost(int32, tag = "3")]
        updated_replicas: i32,
        #[prost(int32, tag = "4")]
        available_replicas: i32,
        #[prost(message, repeated, tag = "6")]
        conditions: Vec<DeploymentCondition>,
        #[prost(int32, tag = "7")]
        ready_replicas: i32,
        #[prost(int32, optional, tag = "9")]
        terminating_replicas: Option<i32>,
    }
}

message! {
    pub(super) struct DeploymentCondition {
        #[prost(bytes = "bytes", tag = "1")]
        r#type: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        status: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        message: Bytes,
        #[prost(message, optional, tag = "6")]
        last_update_time: Option<Time>,
        #[prost(message, optional, tag = "7")]
        last_transition_time: Option<Time>,
    }
}

message! {
    /// `apps/v1` ReplicaSet.
    pub(super) struct ReplicaSet {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        spec: Option<ReplicaSetSpec>,
        #[prost(message, optional, tag = "3")]
        status: Option<ReplicaSetStatus>,
    }
}

message! {
    pub(super) struct ReplicaSetSpec {
        #[prost(int32, optional, tag = "1")]
        replicas: Option<i32>,
        #[prost(message, optional, tag = "3")]
        template: Option<Template>,
    }
}

message! {
    pub(super) struct ReplicaSetStatus {
        #[prost(int32, tag = "1")]
        replicas: i32,
        #[prost(int64, tag = "3")]
        observed_generation: i64,
        #[prost(int32, tag = "4")]
        ready_replicas: i32,
        #[prost(int32, tag = "5")]
        available_replicas: i32,
        #[prost(message, repeated, tag = "6")]
        conditions: Vec<PlainCondition>,
        #[prost(int32, optional, tag = "7")]
        terminating_replicas: Option<i32>,
    }
}

message! {
    /// The condition of ReplicaSets and autoscalers.
    pub(super) struct PlainCondition {
        #[prost(bytes = "bytes", tag = "1")]
        r#type: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        status: Bytes,
        #[prost(message, optional, tag = "3")]
        last_transition_time: Option<Time>,
        #[prost(bytes = "bytes", tag = "4")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        message: Bytes,
    }
}

impl Slim for Deployment {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, encoding: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce_annotated(Kind::DEPLOYMENT, door);
        let (spec, status) = (self.spec.unwrap_or_default(), self.status.unwrap_or_default());
        Object::Deployment(Arc::new(domain::Deployment {
            meta,
            replicas: spec.replicas.unwrap_or(1),
            paused: spec.paused,
            strategy: spec.strategy.unwrap_or_default().reduce(),
            min_ready_s: spec.min_ready_seconds,
            deadline_s: spec.progress_deadline_seconds.filter(|seconds| *seconds != i32::MAX),
            history_limit: spec.revision_history_limit,
            selector: spec.selector.unwrap_or_default().reduce(door),
            template: spec.template.unwrap_or_default().reduce(encoding, door),
            observed: status.observed_generation,
            have: status.replicas,
            updated: status.updated_replicas,
            ready: status.ready_replicas,
            available: status.available_replicas,
            terminating: status.terminating_replicas,
            conditions: status.conditions.iter().map(|condition| condition.reduce(door)).collect(),
        }))
    }
}

impl DeploymentStrategy {
    fn reduce(&self) -> Strategy {
        if *self.r#type == *b"Recreate" {
            return Strategy::Recreate;
        }
        let amount = |value: Option<&IntOrString>| value.and_then(IntOrString::amount).unwrap_or(Amount::DEFAULT);
        let rolling = self.rolling_update.as_ref();
        Strategy::Rolling {
            surge: amount(rolling.and_then(|r| r.max_surge.as_ref())),
            unavailable: amount(rolling.and_then(|r| r.max_unavailable.as_ref())),
        }
    }
}

impl DeploymentCondition {
    fn reduce(&self, door: &mut Door) -> domain::Condition {
        domain::Condition {
            since: moment(self.last_transition_time),
            updated: moment(self.last_update_time),
            ..door.condition(&self.r#type, &self.status, &self.reason, &self.message)
        }
    }
}

impl PlainCondition {
    /// The condition; these do not say when they were last written.
    pub(super) fn reduce(&self, door: &mut Door) -> domain::Condition {
        domain::Condition {
            since: moment(self.last_transition_time),
            ..door.condition(&self.r#type, &self.status, &self.reason, &self.message)
        }
    }
}

impl Slim for ReplicaSet {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, encoding: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce_annotated(Kind::REPLICA_SET, door);
        let (spec, status) = (self.spec.unwrap_or_default(), self.status.unwrap_or_default());
        Object::Set(Arc::new(domain::ReplicaSet {
            meta,
            replicas: spec.replicas.unwrap_or(1),
            template: Arc::new(spec.template.unwrap_or_default().reduce(encoding, door)),
            observed: status.observed_generation,
            have: status.replicas,
            ready: status.ready_replicas,
            available: status.available_replicas,
            terminating: status.terminating_replicas,
            conditions: status.conditions.iter().map(|condition| condition.reduce(door)).collect(),
        }))
    }
}
