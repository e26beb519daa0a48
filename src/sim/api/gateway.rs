//! The type of an `HTTPRoute` (Gateway API `v1`), as far as anything here reads it: what it names is kept, and so is what is
//! below its filters, matches and timeouts; other fields are pruned, as the schema of the real definition prunes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::typed::Custom;

/// `HTTPRoute`.
pub(super) type HttpRoute = Custom<Spec, Status>;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_refs: Option<Vec<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostnames: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<Rule>>,
}

/// A parent or a backend: only a parent has a section, only a backend a weight and filters.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Vec<Value>>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filters: Option<Vec<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend_refs: Option<Vec<Reference>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeouts: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_persistence: Option<Value>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Status {
    parents: Vec<Value>,
}
