//! Horizontal pod autoscalers of `autoscaling/v2`.

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{self, Kind, Object};

use super::{
    Door, Encoding,
    apps::PlainCondition,
    kinds::Slim,
    meta::{ObjectMeta, Time, message, moment},
};

message! {
    /// `autoscaling/v2` HorizontalPodAutoscaler.
    pub(super) struct HorizontalPodAutoscaler {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        spec: Option<HpaSpec>,
        #[prost(message, optional, tag = "3")]
        status: Option<HpaStatus>,
    }
}

message! {
    pub(super) struct HpaSpec {
        #[prost(message, optional, tag = "1")]
        scale_target_ref: Option<Target>,
        #[prost(int32, optional, tag = "2")]
        min_replicas: Option<i32>,
        #[prost(int32, tag = "3")]
        max_replicas: i32,
    }
}

message! {
    /// `CrossVersionObjectReference`.
    pub(super) struct Target {
        #[prost(bytes = "bytes", tag = "1")]
        kind: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        name: Bytes,
        #[prost(bytes = "bytes", tag = "3")]
        api_version: Bytes,
    }
}

message! {
    pub(super) struct HpaStatus {
        #[prost(message, optional, tag = "2")]
        last_scale_time: Option<Time>,
        #[prost(int32, tag = "3")]
        current_replicas: i32,
        #[prost(int32, tag = "4")]
        desired_replicas: i32,
        #[prost(message, repeated, tag = "6")]
        conditions: Vec<PlainCondition>,
    }
}

impl Slim for HorizontalPodAutoscaler {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce(Kind::HPA, door);
        let (spec, status) = (self.spec.unwrap_or_default(), self.status.unwrap_or_default());
        let target = spec.scale_target_ref.unwrap_or_default();
        Object::Hpa(Arc::new(domain::Hpa {
            meta,
            target_kind: door.kind(&target.api_version, &target.kind),
            target: door.name(&target.name),
            min: spec.min_replicas.unwrap_or(1),
            max: spec.max_replicas,
            current: status.current_replicas,
            desired: status.desired_replicas,
            scaled: moment(status.last_scale_time),
            conditions: status.conditions.iter().map(|condition| condition.reduce(door)).collect(),
        }))
    }
}
