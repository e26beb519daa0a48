//! Objects are held to the types of Kubernetes before they are stored: what does not decode is refused, what the type does
//! not know is dropped, as the real server does. Whether values make sense is the storage's concern.

use k8s_openapi::{
    api::{
        apps::v1 as apps, autoscaling::v2 as autoscaling, core::v1 as core, discovery::v1 as discovery,
        policy::v1 as policy,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{catalog::Row, gateway};
use crate::sim::Resource;

/// A custom resource, by the types of its spec and its status.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Custom<Spec, Status> {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Spec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
}

/// A custom resource on which nothing acts: spec and status are kept as they were written, whole. The real definitions (of
/// Flagger's `Canary` and `MetricTemplate`) prune what they do not know.
type Kept = Custom<Map<String, Value>, Map<String, Value>>;

/// An object as its type has it, and the fields that its type does not know. The error is the decoder's sentence.
pub(super) fn checked(row: &Row, object: &Value) -> Result<(Value, Vec<String>), String> {
    let known = match row.resource {
        Resource::Namespaces => through::<core::Namespace>(object),
        Resource::Nodes => through::<core::Node>(object),
        Resource::Pods => through::<core::Pod>(object),
        Resource::Services => through::<core::Service>(object),
        Resource::ConfigMaps => through::<core::ConfigMap>(object),
        Resource::Quotas => through::<core::ResourceQuota>(object),
        Resource::Events => through::<core::Event>(object),
        Resource::Deployments => through::<apps::Deployment>(object),
        Resource::ReplicaSets => through::<apps::ReplicaSet>(object),
        Resource::Slices => through::<discovery::EndpointSlice>(object),
        Resource::Hpas => through::<autoscaling::HorizontalPodAutoscaler>(object),
        Resource::Budgets => through::<policy::PodDisruptionBudget>(object),
        Resource::HttpRoutes => through::<gateway::HttpRoute>(object),
        Resource::Canaries | Resource::MetricTemplates => through::<Kept>(object),
    };
    let known = known.map_err(|error| error.to_string())?;
    let mut dropped = Vec::new();
    missing(object, &known, "", &mut dropped);
    Ok((known, dropped))
}

fn through<T: DeserializeOwned + Serialize>(object: &Value) -> serde_json::Result<Value> {
    serde_json::to_value(T::deserialize(object)?)
}

/// The paths of what is in the first and not in the second; null is nothing.
fn missing(given: &Value, known: &Value, path: &str, dropped: &mut Vec<String>) {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            for (key, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match known.get(key) {
                    Some(known) => missing(value, known, &path, dropped),
                    None => dropped.push(path),
                }
            }
        }
        (Value::Array(given), Value::Array(known)) => {
            for (at, (given, known)) in given.iter().zip(known).enumerate() {
                missing(given, known, &format!("{path}[{at}]"), dropped);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_held_and_unknown_fields_are_named() {
        let row = Row::of(Resource::Deployments).unwrap();
        let deployment = |replicas: Value| {
            json!({
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "creationTimestamp": null},
                "spec": {
                    "replicas": replicas, "frobs": 1, "selector": {"matchLabels": {"app": "web"}},
                    "template": {"spec": {"containers": [{"name": "app", "images": "x"}]}},
                },
            })
        };
        let (known, dropped) = checked(row, &deployment(json!(3))).unwrap();
        assert_eq!(known["spec"]["replicas"], 3);
        assert_eq!(dropped, ["spec.frobs", "spec.template.spec.containers[0].images"]);
        assert!(checked(row, &deployment(json!("x"))).unwrap_err().contains("invalid type: string"));
    }
}
