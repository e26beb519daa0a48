//! Tables: the columns and cells that kubectl prints, as the real server makes them (`pkg/printers/internalversion`, and
//! compared with kube-apiserver 1.36.1). Sorting and widths are kubectl's.

mod age;
mod cells;
mod pods;
mod workloads;

use serde_json::{Value, json};

use super::{accept::Include, catalog::Row, list::metadata_of};
use crate::{domain::Moment, sim::Resource};

/// A column: name, type, and whether it shows only when it is asked for (`-o wide`).
type Column = (&'static str, &'static str, bool);

const NAME: Column = ("Name", "string", false);
const AGE: Column = ("Age", "string", false);

const fn plain(name: &'static str) -> Column {
    (name, "string", false)
}

const fn wide(name: &'static str) -> Column {
    (name, "string", true)
}

const fn integer(name: &'static str) -> Column {
    (name, "integer", false)
}

const NODE: [Column; 10] = [
    NAME,
    plain("Status"),
    plain("Roles"),
    AGE,
    plain("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

const POD: [Column; 9] = [
    NAME,
    plain("Ready"),
    plain("Status"),
    plain("Restarts"),
    AGE,
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

const SERVICE: [Column; 7] =
    [NAME, plain("Type"), plain("Cluster-IP"), plain("External-IP"), plain("Port(s)"), AGE, wide("Selector")];

const EVENT: [Column; 10] = [
    plain("Last Seen"),
    plain("Type"),
    plain("Reason"),
    plain("Object"),
    wide("Subobject"),
    wide("Source"),
    plain("Message"),
    wide("First Seen"),
    wide("Count"),
    wide("Name"),
];

const DEPLOYMENT: [Column; 8] = [
    NAME,
    plain("Ready"),
    plain("Up-to-date"),
    plain("Available"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

const REPLICA_SET: [Column; 8] = [
    NAME,
    integer("Desired"),
    integer("Current"),
    integer("Ready"),
    AGE,
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

const BUDGET: [Column; 5] =
    [NAME, plain("Min Available"), plain("Max Unavailable"), integer("Allowed Disruptions"), AGE];

const HPA: [Column; 7] =
    [NAME, plain("Reference"), plain("Targets"), plain("MinPods"), plain("MaxPods"), plain("Replicas"), AGE];

const CANARY: [Column; 11] = [
    NAME,
    plain("Status"),
    plain("Weight"),
    ("Suspended", "boolean", true),
    wide("FailedChecks"),
    wide("Interval"),
    ("Mirror", "boolean", true),
    wide("StepWeight"),
    wide("StepWeights"),
    wide("MaxWeight"),
    plain("LastTransitionTime"),
];

const fn columns(resource: Resource) -> &'static [Column] {
    match resource {
        Resource::Namespaces => const { &[NAME, plain("Status"), AGE] },
        Resource::Nodes => &NODE,
        Resource::Pods => &POD,
        Resource::Services => &SERVICE,
        Resource::ConfigMaps => const { &[NAME, plain("Data"), AGE] },
        Resource::Quotas => const { &[NAME, plain("Request"), plain("Limit"), AGE] },
        Resource::Budgets => &BUDGET,
        Resource::Events => &EVENT,
        Resource::Deployments => &DEPLOYMENT,
        Resource::ReplicaSets => &REPLICA_SET,
        Resource::Slices => const { &[NAME, plain("AddressType"), plain("Ports"), plain("Endpoints"), AGE] },
        Resource::Hpas => &HPA,
        Resource::HttpRoutes => const { &[NAME, plain("Hostnames"), AGE] },
        Resource::Canaries => &CANARY,
        Resource::MetricTemplates => const { &[NAME, plain("Provider")] },
    }
}

fn row_cells(resource: Resource, object: &Value, now: Moment) -> Vec<Value> {
    match resource {
        Resource::Namespaces => cells::namespace(object, now),
        Resource::Nodes => cells::node(object, now),
        Resource::Pods => pods::pod(object, now),
        Resource::Services => cells::service(object, now),
        Resource::ConfigMaps => cells::config_map(object, now),
        Resource::Quotas => cells::quota(object, now),
        Resource::Budgets => cells::budget(object, now),
        Resource::Events => cells::event(object, now),
        Resource::Deployments => workloads::deployment(object, now),
        Resource::ReplicaSets => workloads::replica_set(object, now),
        Resource::Slices => cells::slice(object, now),
        Resource::Hpas => workloads::autoscaler(object, now),
        Resource::HttpRoutes => cells::http_route(object, now),
        Resource::Canaries => cells::canary(object),
        Resource::MetricTemplates => cells::metric_template(object),
    }
}

/// A table of objects of one resource.
pub(super) fn table((row, include): (&Row, Include), objects: &[&Value], metadata: &Value, now: Moment) -> Value {
    let definition = |(name, kind, wide): &Column| {
        let format = if *name == "Name" { "name" } else { "" };
        let priority = i32::from(*wide);
        json!({"name": name, "type": kind, "format": format, "description": "", "priority": priority})
    };
    let definitions: Vec<Value> = columns(row.resource).iter().map(definition).collect();
    let line = |object: &&Value| {
        let mut line = json!({"cells": row_cells(row.resource, object, now)});
        let shown = match include {
            Include::Nothing => None,
            Include::Metadata => Some(metadata_of(object)),
            Include::Object => Some(row.typed(object)),
        };
        if let (Some(line), Some(shown)) = (line.as_object_mut(), shown) {
            line.insert("object".to_owned(), shown);
        }
        line
    };
    let rows: Vec<Value> = objects.iter().map(line).collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions,
        "rows": rows,
    })
}

/// A text in an object; empty if it is not there.
fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A text, or what kubectl shows for nothing.
fn text_or_none<'a>(object: &'a Value, pointer: &str) -> &'a str {
    Some(text(object, pointer)).filter(|text| !text.is_empty()).unwrap_or("<none>")
}

/// A count in an object; 0 if it is not there.
fn count(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// A list in an object; empty if it is not there.
fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// `a=b,c=d`, sorted; `<none>` for nothing.
fn pairs(labels: Option<&Value>) -> String {
    let Some(labels) = labels.and_then(Value::as_object).filter(|labels| !labels.is_empty()) else {
        return "<none>".to_owned();
    };
    let mut pairs: Vec<String> =
        labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.sort();
    pairs.join(",")
}
