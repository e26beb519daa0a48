//! Why the storage refuses: code, reason and sentence of the `Status` body, word for word as kube-apiserver 1.36 writes them.

use serde_json::Value;

use super::{Resource, json::text};

/// Why a request was refused: HTTP code, reason word and message of the `Status` body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 404, 409, 410, 422…
    pub code: u16,
    /// `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired`, `Forbidden`…
    pub reason: &'static str,
    /// One sentence, as the real server writes it.
    pub message: String,
    /// What is wrong with the fields of an object, one by one: `spec.replicas: Invalid value: …`.
    pub wrong: Vec<String>,
    /// Whose fields an apply would have changed.
    pub conflicts: Vec<Conflict>,
}

/// A field that somebody else owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Who, as the real server names them: `"kubectl-edit" using apps/v1`.
    pub with: String,
    /// `.spec.replicas`.
    pub field: String,
}

impl Refusal {
    const fn new(code: u16, reason: &'static str, message: String) -> Self {
        Self { code, reason, message, wrong: Vec::new(), conflicts: Vec::new() }
    }

    /// 409 for an apply that would change what others own.
    pub(super) fn conflicts(mut conflicts: Vec<Conflict>) -> Self {
        conflicts.sort();
        let message = match conflicts.as_slice() {
            [one] => format!("Apply failed with 1 conflict: conflict with {}: {}", one.with, one.field),
            several => {
                let mut said = format!("Apply failed with {} conflicts: ", several.len());
                let groups = several.chunk_by(|a, b| a.with == b.with).map(|group| {
                    let with = group.first().map_or("", |conflict| conflict.with.as_str());
                    let fields: Vec<String> = group.iter().map(|conflict| format!("\n- {}", conflict.field)).collect();
                    format!("conflicts with {with}:{}", fields.concat())
                });
                said += &groups.collect::<Vec<_>>().join("\n");
                said
            }
        };
        Self { conflicts, ..Self::new(409, "Conflict", message) }
    }

    /// 404.
    pub fn not_found(resource: Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Self::new(404, "NotFound", message)
    }

    /// 409 for a name that is taken.
    pub fn exists(resource: Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Self::new(409, "AlreadyExists", message)
    }

    /// 409 for a resource version or uid that is not the current one.
    pub fn conflict(resource: Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
        Self::new(409, "Conflict", message)
    }

    /// 403, as admission says it.
    pub fn forbidden(resource: Resource, name: &str, why: &str) -> Self {
        Self::new(403, "Forbidden", format!("{} {name:?} is forbidden: {why}", resource.qualified()))
    }

    /// 422 for what is wrong with the fields of an object.
    pub(super) fn invalid(kind: &str, name: &str, wrong: &[String]) -> Self {
        let list = match wrong {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let message = format!("{kind} {name:?} is invalid: {list}");
        Self { wrong: wrong.to_vec(), ..Self::new(422, "Invalid", message) }
    }

    /// 422 for a custom resource that is replaced without saying which version of it.
    pub(super) fn unversioned(resource: Resource, name: &str) -> Self {
        let wrong = "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update".to_owned();
        Self::invalid(&resource.qualified_kind(), name, &[wrong])
    }

    /// 410 for changes that are not known any more.
    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {version} ({oldest})");
        Self::new(410, "Expired", message)
    }
}

/// What the real server says to a stale resource version.
pub(super) const STALE: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// The name of an object, for sentences.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}
