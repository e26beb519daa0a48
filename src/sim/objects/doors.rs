//! What each door of an object writes, and what it leaves as it is: the strategies of kube-apiserver 1.36.

use serde_json::{Map, Value};

use super::{
    json::{at, default, set, unset},
    resource::{Generation, Resource},
};

/// What the main door writes: everything but the status.
pub(super) fn main(before: &Value, mut object: Value) -> Value {
    match before.get("status") {
        Some(status) if object.get("status") == Some(status) => {}
        Some(status) => set(&mut object, &["status"], status.clone()),
        None => drop(unset(&mut object, &["status"])),
    }
    object
}

/// What `/status` writes: the status and annotations; labels too, but not of Deployments (the strategies of 1.36 differ).
pub(super) fn status(resource: Resource, before: &Value, object: Value) -> Value {
    let mut after = object;
    let metadata: &[&str] =
        if resource == Resource::Deployments { &["annotations"] } else { &["annotations", "labels"] };
    restore(&mut after, before, &["metadata", "status"]);
    default(&mut after, &["metadata"], Map::new());
    if let (Some(after), Some(before)) = (after.get_mut("metadata"), before.get("metadata")) {
        restore(after, before, metadata);
    }
    let class = before.pointer("/status/qosClass");
    if let Some(class) = class {
        default(&mut after, &["status", "qosClass"], class.clone());
    }
    after
}

/// Makes the members of an object what they were, `but` for some. Comparing costs less than copying, and most are the same.
fn restore(object: &mut Value, before: &Value, but: &[&str]) {
    let (Some(now), Some(was)) = (object.as_object_mut(), before.as_object()) else { return };
    now.retain(|name, _| but.contains(&name.as_str()) || was.contains_key(name));
    for (name, value) in was.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
        if now.get(name) != Some(value) {
            now.insert(name.clone(), value.clone());
        }
    }
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
        let pointer = format!("/metadata/{name}");
        match at(before, &pointer) {
            Some(value) if at(after, &pointer) == Some(value) => {}
            Some(value) => set(after, &["metadata", name], value.clone()),
            None => drop(unset(after, &["metadata", name])),
        }
    }
    for name in ["apiVersion", "kind"] {
        if let Some(value) = before.get(name).filter(|value| after.get(name) != Some(value)) {
            set(after, &[name], value.clone());
        }
    }
    for name in ["annotations", "labels"] {
        // An empty map is left out, as Go does.
        if after.pointer(&format!("/metadata/{name}")).is_some_and(|map| map.as_object().is_none_or(Map::is_empty)) {
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
