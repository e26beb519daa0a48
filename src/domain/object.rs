//! Anything a source can say something about, and what was fetched besides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Custom, Deployment, Event, Hpa, Meta, Name, Node, Pod, Ref, ReplicaSet, Service, Slice, Text, Uid};

/// An object of a kind this program reads. Closed for built-in kinds; custom resources are one variant for all of
/// them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Object {
    /// A Deployment.
    Deployment(Arc<Deployment>),
    /// A ReplicaSet.
    Set(Arc<ReplicaSet>),
    /// A pod.
    Pod(Arc<Pod>),
    /// A Service.
    Service(Arc<Service>),
    /// An EndpointSlice.
    Slice(Arc<Slice>),
    /// An HPA.
    Hpa(Arc<Hpa>),
    /// An Event.
    Event(Arc<Event>),
    /// A node.
    Node(Arc<Node>),
    /// A custom resource.
    Custom(Arc<Custom>),
}

impl Object {
    /// Its metadata.
    pub fn meta(&self) -> &Meta {
        match self {
            Self::Deployment(o) => &o.meta,
            Self::Set(o) => &o.meta,
            Self::Pod(o) => &o.meta,
            Self::Service(o) => &o.meta,
            Self::Slice(o) => &o.meta,
            Self::Hpa(o) => &o.meta,
            Self::Event(o) => &o.meta,
            Self::Node(o) => &o.meta,
            Self::Custom(o) => &o.meta,
        }
    }

    /// Which object it is.
    pub fn at(&self) -> &Ref {
        &self.meta().at
    }
}

/// The last lines of the previous run of a container, fetched because a rule wanted them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogTail {
    /// The pod.
    pub pod: Ref,
    /// Its incarnation.
    pub uid: Uid,
    /// The container.
    pub container: Name,
    /// How often it had restarted when this was fetched: a newer crash wants a newer tail.
    pub restarts: i32,
    /// The lines, oldest first; or why there are none.
    pub lines: Result<Vec<Text>, Text>,
}
