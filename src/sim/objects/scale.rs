//! `autoscaling/v1` `Scale`: the view of a Deployment or ReplicaSet that `/scale` gives and takes.

use serde_json::{Value, json};

use super::{
    Refusal,
    json::{int, set, text},
    labels, refusal,
};

/// The Scale of a Deployment or ReplicaSet. Zero replicas are left out of the spec, as the real server does.
pub fn scale_of(object: &Value) -> Value {
    let replicas = int(object, "/spec/replicas");
    let mut scale = json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {},
        "spec": {},
        "status": {
            "replicas": int(object, "/status/replicas"),
            "selector": labels::written(object.pointer("/spec/selector").unwrap_or(&Value::Null)),
        },
    });
    for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        set(&mut scale, &["metadata", name], text(object, &format!("/metadata/{name}")));
    }
    if replicas != 0 {
        set(&mut scale, &["spec", "replicas"], replicas);
    }
    scale
}

/// The object with the replicas of a Scale.
pub(super) fn scaled(before: &Value, scale: &Value) -> Result<Value, Refusal> {
    let replicas = int(scale, "/spec/replicas");
    if replicas < 0 {
        let wrong = format!("spec.replicas: Invalid value: {replicas}: must be greater than or equal to 0");
        return Err(Refusal::invalid("Scale.autoscaling", refusal::name(scale), &[wrong]));
    }
    let mut after = before.clone();
    set(&mut after, &["spec", "replicas"], replicas);
    Ok(after)
}
