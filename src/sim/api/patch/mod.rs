//! The patch types: from an object and a patch to the object as it should be. Storing it is done elsewhere, by the same
//! door as a replacement.

mod json;
mod strategic;

use serde_json::Value;

use super::status::Status;
use crate::sim::Resource;

/// How a patch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, with merge keys.
    Strategic,
}

impl Kind {
    /// By the media type of the body. (An apply is no patch of what is there: see `write::apply`.)
    pub(super) fn of(media: &str, resource: Resource) -> Result<Self, Status> {
        match media {
            "application/json-patch+json" => Ok(Self::Json),
            "application/merge-patch+json" => Ok(Self::Merge),
            "application/strategic-merge-patch+json" if !resource.is_custom() => Ok(Self::Strategic),
            _ if resource.is_custom() => Err(Status::no_such_patch_of_custom()),
            _ => Err(Status::no_such_patch()),
        }
    }
}

/// The object after the patch.
pub(super) fn apply(kind: Kind, object: &Value, patch: &[u8]) -> Result<Value, Status> {
    let patch: Value =
        serde_json::from_slice(patch).map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
    match kind {
        Kind::Json => json::apply(object, &patch),
        Kind::Merge if patch.is_object() => {
            let mut object = object.clone();
            json_patch::merge(&mut object, &patch);
            Ok(object)
        }
        Kind::Strategic if patch.is_object() => strategic::apply(object, &patch),
        Kind::Merge | Kind::Strategic => Err(Status::bad_request(
            "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}",
        )),
    }
}
