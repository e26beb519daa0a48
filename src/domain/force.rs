//! Others who write to the same objects: they may revert what the operator does. And what the API server lets us do.

use serde::{Deserialize, Serialize};

use super::{Name, Text};

/// Somebody else who writes a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Force {
    /// Who, as guards name the rule: `hpa`, `argo-cd`, `flux`, `helm`, `kubectl-apply`.
    pub by: Name,
    /// Which part of the object it writes: a JSON pointer; `/spec` for all of it.
    pub field: Text,
    /// One sentence: who, what it does, when.
    pub says: Text,
    /// How soon it reverts what somebody else wrote, seconds; None: at its next own change, or never.
    pub reverts_within_s: Option<u32>,
    /// The least and the most that it lets a number be (an HPA's bounds).
    #[serde(default)]
    pub bounds: Option<(i32, i32)>,
}

/// A right, in the words of RBAC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Right {
    /// `get`, `list`, `watch`, `patch`…
    pub verb: Name,
    /// The API group; empty for the core group.
    pub group: Name,
    /// The plural, with the subresource behind a slash: `pods/log`.
    pub resource: Name,
    /// The namespace; None for all of them.
    pub namespace: Option<Name>,
}

/// The server's answer about a right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The right.
    pub right: Right,
    /// Whether we have it; None if the server did not say.
    pub allowed: Option<bool>,
    /// Why, if the server says; what went wrong, if it did not say.
    pub reason: Text,
}
