//! The cells of everything that is no workload.

use serde_json::{Value, json};

use super::{age, count, items, pairs, text, text_or_none};
use crate::domain::Moment;

fn name(object: &Value) -> Value {
    json!(text(object, "/metadata/name"))
}

fn created(object: &Value, now: Moment) -> Value {
    json!(age::since(object, "/metadata/creationTimestamp", now))
}

pub(super) fn namespace(object: &Value, now: Moment) -> Vec<Value> {
    vec![name(object), json!(text(object, "/status/phase")), created(object, now)]
}

pub(super) fn config_map(object: &Value, now: Moment) -> Vec<Value> {
    let members = |pointer| object.pointer(pointer).and_then(Value::as_object).map_or(0, serde_json::Map::len);
    vec![name(object), json!(members("/data") + members("/binaryData")), created(object, now)]
}

/// As the columns of its definition say: a list is shown as JSON, what is not there as nothing.
pub(super) fn http_route(object: &Value, now: Moment) -> Vec<Value> {
    let hostnames = object.pointer("/spec/hostnames").map_or(Value::Null, |names| json!(names.to_string()));
    vec![name(object), hostnames, created(object, now)]
}

/// As the columns of Flagger's definition say (v1.44); what is not there is shown as nothing.
pub(super) fn canary(object: &Value) -> Vec<Value> {
    let columns = [
        "/status/phase",
        "/status/canaryWeight",
        "/spec/suspend",
        "/status/failedChecks",
        "/spec/analysis/interval",
        "/spec/analysis/mirror",
        "/spec/analysis/stepWeight",
        "/spec/analysis/stepWeights",
        "/spec/analysis/maxWeight",
        "/status/lastTransitionTime",
    ];
    std::iter::once(name(object)).chain(columns.map(|place| shown(object, place))).collect()
}

pub(super) fn metric_template(object: &Value) -> Vec<Value> {
    vec![name(object), shown(object, "/spec/provider/type")]
}

/// The value of a column of a definition: flags as they are, all else as text.
fn shown(object: &Value, place: &str) -> Value {
    match object.pointer(place) {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Bool(flag)) => json!(flag),
        Some(Value::String(text)) => json!(text),
        Some(other @ (Value::Number(_) | Value::Array(_) | Value::Object(_))) => json!(other.to_string()),
    }
}

pub(super) fn node(object: &Value, now: Moment) -> Vec<Value> {
    let ready = items(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == "Ready");
    let mut status = match ready.map(|ready| text(ready, "/status")) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object.pointer("/spec/unschedulable").and_then(Value::as_bool).unwrap_or_default() {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        let found = items(object, "/status/addresses").iter().find(|address| text(address, "/type") == kind);
        json!(found.map_or("<none>", |address| text(address, "/address")))
    };
    let info = |field: &str| text(object, &format!("/status/nodeInfo/{field}"));
    let known = |text: &str| json!(if text.is_empty() { "<unknown>" } else { text });
    vec![
        name(object),
        json!(status),
        json!("<none>"),
        created(object, now),
        json!(info("kubeletVersion")),
        address("InternalIP"),
        address("ExternalIP"),
        known(info("osImage")),
        known(info("kernelVersion")),
        known(info("containerRuntimeVersion")),
    ]
}

pub(super) fn service(object: &Value, now: Moment) -> Vec<Value> {
    let port = |port: &Value| {
        let (number, protocol) = (count(port, "/port"), text(port, "/protocol"));
        let protocol = if protocol.is_empty() { "TCP" } else { protocol };
        match count(port, "/nodePort") {
            0 => format!("{number}/{protocol}"),
            node => format!("{number}:{node}/{protocol}"),
        }
    };
    let ports: Vec<String> = items(object, "/spec/ports").iter().map(port).collect();
    let ports = if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") };
    vec![
        name(object),
        json!(text(object, "/spec/type")),
        json!(text_or_none(object, "/spec/clusterIP")),
        json!("<none>"),
        json!(ports),
        created(object, now),
        json!(pairs(object.pointer("/spec/selector"))),
    ]
}

pub(super) fn quota(object: &Value, now: Moment) -> Vec<Value> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in object.pointer("/status/hard").and_then(Value::as_object).into_iter().flatten() {
        let used = object.pointer("/status/used").and_then(|used| used.get(resource)).and_then(Value::as_str);
        let shown = format!("{resource}: {}/{}", used.unwrap_or("0"), hard.as_str().unwrap_or_default());
        if resource.starts_with("limits") { limits.push(shown) } else { requests.push(shown) }
    }
    requests.sort();
    limits.sort();
    vec![name(object), json!(requests.join(", ")), json!(limits.join(", ")), created(object, now)]
}

pub(super) fn budget(object: &Value, now: Moment) -> Vec<Value> {
    let amount = |field: &str| match object.pointer(field) {
        None | Some(Value::Null) => json!("N/A"),
        Some(Value::String(percent)) => json!(percent),
        Some(pods) => json!(pods.to_string()),
    };
    let allowed = object.pointer("/status/disruptionsAllowed").and_then(Value::as_i64).unwrap_or(0);
    let (least, most) = (amount("/spec/minAvailable"), amount("/spec/maxUnavailable"));
    vec![name(object), least, most, json!(allowed), created(object, now)]
}

pub(super) fn event(object: &Value, now: Moment) -> Vec<Value> {
    let seen = |pointer: &str| {
        let pointer = if text(object, pointer).is_empty() { "/eventTime" } else { pointer };
        json!(age::since(object, pointer, now))
    };
    let about = format!(
        "{}/{}",
        text(object, "/involvedObject/kind").to_ascii_lowercase(),
        text(object, "/involvedObject/name")
    );
    let (component, host) = (text(object, "/source/component"), text(object, "/source/host"));
    let component = if component.is_empty() { text(object, "/reportingComponent") } else { component };
    let source = if host.is_empty() { component.to_owned() } else { format!("{component}, {host}") };
    vec![
        seen("/lastTimestamp"),
        json!(text(object, "/type")),
        json!(text(object, "/reason")),
        json!(about),
        json!(text(object, "/involvedObject/fieldPath")),
        json!(source),
        json!(text(object, "/message").trim()),
        seen("/firstTimestamp"),
        json!(count(object, "/count").max(1)),
        name(object),
    ]
}

/// The longest list that is shown in a cell of a slice.
const SHOWN: usize = 3;

pub(super) fn slice(object: &Value, now: Moment) -> Vec<Value> {
    let ports = items(object, "/ports").iter().map(|port| match port.get("port") {
        Some(number) => number.to_string(),
        None => text(port, "/name").to_owned(),
    });
    let addresses = items(object, "/endpoints").iter().flat_map(|endpoint| items(endpoint, "/addresses"));
    let addresses = addresses.filter_map(Value::as_str).map(str::to_owned);
    vec![
        name(object),
        json!(text(object, "/addressType")),
        json!(few(ports.collect(), "<unset>")),
        json!(few(addresses.collect(), "<unset>")),
        created(object, now),
    ]
}

fn few(all: Vec<String>, nothing: &str) -> String {
    let more = all.len().saturating_sub(SHOWN);
    let shown = all.into_iter().take(SHOWN).collect::<Vec<_>>().join(",");
    match (shown.is_empty(), more) {
        (true, _) => nothing.to_owned(),
        (false, 0) => shown,
        (false, more) => format!("{shown} + {more} more..."),
    }
}
