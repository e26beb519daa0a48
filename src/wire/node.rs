//! Nodes of `v1`, of which only the metadata is asked for (`meta.k8s.io/v1` `PartialObjectMetadata`): the rest of a node is ten
//! times as long, and changes with every heartbeat.

use std::sync::Arc;

use crate::domain::{self, Kind, Object};

use super::{
    Door, Encoding,
    kinds::Slim,
    meta::{ObjectMeta, message},
};

message! {
    /// `v1.Node`, or a `PartialObjectMetadata`: the tag is the same.
    pub(super) struct Node {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
    }
}

impl Slim for Node {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        Object::Node(Arc::new(domain::Node { meta: self.metadata.unwrap_or_default().reduce(Kind::NODE, door) }))
    }
}
