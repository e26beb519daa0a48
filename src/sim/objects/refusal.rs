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
}

impl Refusal {
    /// 404.
    pub fn not_found(resource: Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Self { code: 404, reason: "NotFound", message }
    }

    /// 409 for a name that is taken.
    pub fn exists(resource: Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Self { code: 409, reason: "AlreadyExists", message }
    }

    /// 409 for a resource version or uid that is not the current one.
    pub fn conflict(resource: Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
        Self { code: 409, reason: "Conflict", message }
    }

    /// 403, as admission says it.
    pub fn forbidden(resource: Resource, name: &str, why: &str) -> Self {
        Self {
            code: 403,
            reason: "Forbidden",
            message: format!("{} {name:?} is forbidden: {why}", resource.qualified()),
        }
    }

    /// 422 for what is wrong with the fields of an object.
    pub(super) fn invalid(kind: &str, name: &str, wrong: &[String]) -> Self {
        let list = match wrong {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        Self { code: 422, reason: "Invalid", message: format!("{kind} {name:?} is invalid: {list}") }
    }

    /// 410 for changes that are not known any more.
    pub(super) fn expired(version: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {version} ({oldest})");
        Self { code: 410, reason: "Expired", message }
    }
}

/// What the real server says to a stale resource version.
pub(super) const STALE: &str =
    "the object has been modified; please apply your changes to the latest version and try again";

/// The name of an object, for sentences.
pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}
