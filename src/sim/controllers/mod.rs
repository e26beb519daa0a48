//! The controllers of the control plane that a rollout depends on, and that of a router. Each looks at what is stored, writes, and tells events;
//! each run is one sync of the real one. None of them knows HTTP, traffic or the screen.

pub(super) mod collector;
pub(super) mod deployment;
pub(super) mod disruption;
pub(super) mod gateway;
pub(super) mod hpa;
pub(super) mod quota;
pub(super) mod replicaset;
pub(super) mod slices;

use serde_json::{Value, json};

use super::objects::json::{flag, list, text};

/// The field manager of all of them.
pub(super) const MANAGER: &str = "kube-controller-manager";

/// The controller that owns an object: kind, name, uid.
pub(super) fn owner(object: &Value) -> Option<(&str, &str, &str)> {
    let owner = list(object, "/metadata/ownerReferences").iter().find(|owner| flag(owner, "/controller"))?;
    Some((text(owner, "/kind"), text(owner, "/name"), text(owner, "/uid")))
}

/// The reference by which an object owns another as its controller.
pub(super) fn reference(object: &Value) -> Value {
    let part = |pointer| text(object, pointer);
    json!({
        "apiVersion": part("/apiVersion"), "kind": part("/kind"), "name": part("/metadata/name"),
        "uid": part("/metadata/uid"), "controller": true, "blockOwnerDeletion": true,
    })
}

/// A condition of a status.
pub(super) fn condition<'v>(object: &'v Value, kind: &str) -> Option<&'v Value> {
    list(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind)
}

/// Whether a pod is ready.
pub(super) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|ready| text(ready, "/status") == "True")
}

/// Whether a pod is over.
pub(super) fn is_over(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether a pod is being deleted.
pub(super) fn is_going(object: &Value) -> bool {
    object.pointer("/metadata/deletionTimestamp").is_some()
}
