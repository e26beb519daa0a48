//! The type of Flagger's kinds (`Canary`, `MetricTemplate` of `v1beta1`): spec and status are kept as they were written, whole.
//! The real definitions prune what they do not know; nothing here writes any of it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `Canary` or `MetricTemplate`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default)]
    metadata: ObjectMeta,
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Map<String, Value>>,
}
