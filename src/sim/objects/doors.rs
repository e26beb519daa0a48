//! What each door of an object writes, and what it leaves as it is: the strategies of kube-apiserver 1.36.

use serde_json::Value;

use super::{
    json::{default, set, unset},
    resource::{Generation, Resource},
};

/// What the main door writes: everything but the status.
pub(super) fn main(before: &Value, mut object: Value) -> Value {
    unset(&mut object, &["status"]);
    if let Some(status) = before.get("status") {
        set(&mut object, &["status"], status.clone());
    }
    object
}

/// What `/status` writes: the status and annotations; labels too, but not of Deployments (the strategies of 1.36 differ).
pub(super) fn status(resource: Resource, before: &Value, mut object: Value) -> Value {
    let mut after = before.clone();
    let metadata: &[&str] =
        if resource == Resource::Deployments { &["annotations"] } else { &["annotations", "labels"] };
    for (place, name) in metadata.iter().map(|name| (vec!["metadata", name], name)) {
        match object.pointer(&format!("/metadata/{name}")) {
            Some(value) => set(&mut after, &place, value.clone()),
            None => drop(unset(&mut after, &place)),
        }
    }
    match unset(&mut object, &["status"]) {
        Some(status) => set(&mut after, &["status"], status),
        None => drop(unset(&mut after, &["status"])),
    }
    let class = before.pointer("/status/qosClass");
    if let Some(class) = class {
        default(&mut after, &["status", "qosClass"], class.clone());
    }
    after
}

/// What only the server writes stays.
pub(super) fn keep_metadata(before: &Value, after: &mut Value) {
    let kept = [
        "uid",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "resourceVersion",
    ];
    for name in kept {
        match before.pointer(&format!("/metadata/{name}")) {
            Some(value) => set(after, &["metadata", name], value.clone()),
            None => drop(unset(after, &["metadata", name])),
        }
    }
    for name in ["apiVersion", "kind"] {
        if let Some(value) = before.get(name) {
            set(after, &[name], value.clone());
        }
    }
    for name in ["annotations", "labels"] {
        // An empty map is left out, as Go does.
        if after
            .pointer(&format!("/metadata/{name}"))
            .is_some_and(|map| map.as_object().is_none_or(serde_json::Map::is_empty))
        {
            unset(after, &["metadata", name]);
        }
    }
}

/// Whether a write through another door than `/status` raises the generation. (Annotations do not count there: the
/// Deployment controller writes its revision so.)
pub(super) fn rises(resource: Resource, before: &Value, after: &Value) -> bool {
    let differs = |pointer: &str| before.pointer(pointer) != after.pointer(pointer);
    match resource.generation() {
        Generation::None => false,
        Generation::Spec => differs("/spec"),
        Generation::SpecAndAnnotations => differs("/spec") || differs("/metadata/annotations"),
        Generation::Content => differs("/endpoints") || differs("/ports") || differs("/metadata/labels"),
    }
}
