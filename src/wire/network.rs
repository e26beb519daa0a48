//! Services of `v1` and EndpointSlices of `discovery.k8s.io/v1`.

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{self, Kind, Object};

use super::{
    Door, Encoding,
    kinds::Slim,
    meta::{ObjectMeta, Pair, message},
};

message! {
    /// `v1.Service`.
    pub(super) struct Service {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        spec: Option<ServiceSpec>,
    }
}

message! {
    pub(super) struct ServiceSpec {
        #[prost(message, repeated, tag = "1")]
        ports: Vec<ServicePort>,
        #[prost(message, repeated, tag = "2")]
        selector: Vec<Pair>,
        #[prost(bytes = "bytes", tag = "7")]
        session_affinity: Bytes,
    }
}

message! {
    /// `v1.ServicePort`.
    pub(super) struct ServicePort {
        #[prost(bytes = "bytes", tag = "1")]
        name: Bytes,
        #[prost(int32, tag = "3")]
        port: i32,
    }
}

message! {
    /// `discovery.k8s.io/v1` EndpointSlice.
    pub(super) struct EndpointSlice {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, repeated, tag = "2")]
        endpoints: Vec<Endpoint>,
    }
}

message! {
    pub(super) struct Endpoint {
        #[prost(message, optional, tag = "2")]
        conditions: Option<EndpointConditions>,
        #[prost(message, optional, tag = "4")]
        target_ref: Option<ObjectReference>,
        #[prost(bytes = "bytes", tag = "7")]
        zone: Bytes,
    }
}

message! {
    pub(super) struct EndpointConditions {
        #[prost(bool, optional, tag = "1")]
        ready: Option<bool>,
        #[prost(bool, optional, tag = "2")]
        serving: Option<bool>,
        #[prost(bool, optional, tag = "3")]
        terminating: Option<bool>,
    }
}

message! {
    /// `v1.ObjectReference`.
    pub(super) struct ObjectReference {
        #[prost(bytes = "bytes", tag = "1")]
        kind: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        namespace: Bytes,
        #[prost(bytes = "bytes", tag = "3")]
        name: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        uid: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        api_version: Bytes,
        #[prost(bytes = "bytes", tag = "7")]
        field_path: Bytes,
    }
}

impl Slim for Service {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce(Kind::SERVICE, door);
        let spec = self.spec.unwrap_or_default();
        let selector = door.labels(&spec.selector);
        let port = |port: &ServicePort| domain::Port { name: door.name(&port.name), number: port.port };
        let ports = spec.ports.iter().map(port).collect();
        let is_sticky = *spec.session_affinity == *b"ClientIP";
        Object::Service(Arc::new(domain::Service { meta, selector, ports, is_sticky }))
    }
}

impl Slim for EndpointSlice {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce(Kind::SLICE, door);
        let service = meta.labels.get("kubernetes.io/service-name").cloned().unwrap_or_default();
        let endpoints = self.endpoints.iter().filter_map(|endpoint| endpoint.reduce(door)).collect();
        Object::Slice(Arc::new(domain::Slice { meta, service, endpoints }))
    }
}

impl Endpoint {
    /// The pod it stands for. What is absent reads as `EndpointConditions` defines it: ready, serving like ready, not
    /// terminating.
    fn reduce(&self, door: &mut Door) -> Option<domain::Endpoint> {
        let target = self.target_ref.as_ref().filter(|target| *target.kind == *b"Pod")?;
        let conditions = self.conditions.clone().unwrap_or_default();
        let ready = conditions.ready.unwrap_or(true);
        Some(domain::Endpoint {
            pod: door.uid(&target.uid),
            ready,
            serving: conditions.serving.unwrap_or(ready),
            terminating: conditions.terminating.unwrap_or(false),
            zone: (!self.zone.is_empty()).then(|| door.name(&self.zone)),
        })
    }
}
