//! Kubernetes Events (`v1.Event`): what components say about objects. They expire after an hour and may be dropped.

use serde::{Deserialize, Serialize};

use super::{Meta, Moment, Name, Ref, Text, Uid};

/// `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// `Normal`.
    Normal,
    /// `Warning`.
    Warning,
}

/// An Event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Who it is.
    pub meta: Meta,
    /// What it is about.
    pub about: Ref,
    /// Which incarnation of that; empty when the reporter did not say.
    pub about_uid: Uid,
    /// Which container, out of `fieldPath` `spec.containers{app}`.
    pub container: Option<Name>,
    /// Normal or Warning.
    pub kind: EventKind,
    /// `FailedMount`, `BackOff`…
    pub reason: Name,
    /// The sentence.
    pub message: Text,
    /// How often; at least 1.
    pub count: i32,
    /// When it was first seen.
    pub first: Moment,
    /// When it was last seen.
    pub last: Moment,
    /// Who says so (`kubelet`, `deployment-controller`).
    pub by: Name,
}
