//! Services and EndpointSlices: who is asked to answer, and who is ready to.

use serde::{Deserialize, Serialize};

use super::{Labels, Meta, Name, Uid};

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Who it is.
    pub meta: Meta,
    /// `spec.selector`; empty selects nothing (its endpoints are somebody else's work).
    pub selector: Labels,
    /// `spec.ports`.
    #[serde(default)]
    pub ports: Box<[Port]>,
    /// `spec.sessionAffinity` is `ClientIP`: a client stays with its pod.
    #[serde(default)]
    pub is_sticky: bool,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Its name; may be empty where there is only one.
    pub name: Name,
    /// The number at which the Service is asked.
    pub number: i32,
}

/// A `discovery.k8s.io/v1` EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Who it is.
    pub meta: Meta,
    /// Label `kubernetes.io/service-name`.
    pub service: Name,
    /// Its endpoints that are pods.
    pub endpoints: Box<[Endpoint]>,
}

/// One address of a slice that stands for a pod. A dual-stack Service lists a pod twice: count by uid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The pod's uid.
    pub pod: Uid,
    /// `conditions.ready`, true when absent (the API's rule); never true while terminating, but for `publishNotReadyAddresses`.
    pub ready: bool,
    /// `conditions.serving`.
    pub serving: bool,
    /// `conditions.terminating`.
    pub terminating: bool,
    /// The zone of its node, as far as that has one: so zones are known without reading nodes.
    #[serde(default)]
    pub zone: Option<Name>,
}
