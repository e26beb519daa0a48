//! As much of `OpenAPI` v3 as kubectl asks before it writes: that the server checks fields itself (`fieldValidation`) and
//! rehearses (`dryRun`). Schemas are not told, so `kubectl explain` has nothing to show.

use serde_json::{Map, Value, json};

use super::{catalog::served, status::Status};
use crate::sim::Objects;

/// `/openapi/v3`: where each group's document is.
pub(super) fn index(objects: &Objects) -> Value {
    let paths: Map<String, Value> = served(objects)
        .map(|row| {
            let path = root(row.group, row.version);
            let url = format!("/openapi/v3/{path}");
            (path, json!({"serverRelativeURL": url}))
        })
        .collect();
    json!({"paths": paths})
}

/// `/openapi/v3/PATH`: the document of one group and version.
pub(super) fn document(objects: &Objects, path: &str) -> Result<Value, Status> {
    let rows = served(objects).filter(|row| root(row.group, row.version) == path);
    let paths: Map<String, Value> = rows
        .map(|row| {
            let namespace = if row.namespaced() { "/namespaces/{namespace}" } else { "" };
            let parameter = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "string"}});
            let parameters = ["dryRun", "fieldManager", "fieldValidation"].map(parameter);
            let operation = json!({
                "parameters": parameters,
                "responses": {"200": {"description": "OK"}},
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": {"group": row.group, "version": row.version, "kind": row.kind},
            });
            (format!("/{path}{namespace}/{}/{{name}}", row.plural), json!({"patch": operation}))
        })
        .collect();
    if paths.is_empty() {
        return Err(Status::no_resource());
    }
    let info = json!({"title": "Kubernetes", "version": "v1.36.1"});
    Ok(json!({"openapi": "3.0.0", "info": info, "paths": paths}))
}

fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}
