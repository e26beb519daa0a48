//! Server-side apply: a configuration is read, checked and handed to the storage, which knows who owns what.

use serde_json::{Value, json};

use super::{
    call::Call,
    list::get,
    route::At,
    status::Status,
    typed,
    write::{Written, settled},
};
use crate::{
    domain::{Moment, Sub},
    sim::Objects,
};

/// Its media type.
const MEDIA: &str = "application/apply-patch+yaml";

/// Whether a PATCH is an apply. `force` belongs to applies only.
pub(super) fn is_asked(call: &Call) -> Result<bool, Status> {
    let is_apply = call.media() == MEDIA;
    if !is_apply && call.query.get("force").is_some() {
        let why = "Forbidden: may not be specified for non-apply patch";
        return Err(Status::invalid_options("PatchOptions.meta.k8s.io", "", "force", why));
    }
    Ok(is_apply)
}

/// PATCH that applies.
pub(super) fn apply(objects: &mut Objects, call: &Call, (at, sub): (&At, Sub), now: Moment) -> Result<Written, Status> {
    let Some(manager) = call.query.get("fieldManager") else {
        let why = "Required value: is required for apply patch";
        return Err(Status::invalid_options("PatchOptions.meta.k8s.io", "", "fieldManager", why));
    };
    let mut config = read(call)?;
    checked(&config, at, sub)?;
    let is_named = config.pointer("/metadata/name").is_some();
    settled(&mut config, "name", &at.name)?;
    if !at.namespace.is_empty() {
        settled(&mut config, "namespace", &at.namespace)?;
    }
    match get(objects, at) {
        Err(missing) if sub != Sub::Main => return Err(missing),
        Err(_) if !is_named => {
            let why =
                format!("the name of the object ({} based on URL) was undeterminable: name must be provided", at.name);
            return Err(Status::bad_request(why));
        }
        Ok(_) | Err(_) => {}
    }
    let config = if sub == Sub::Scale { of_scale(&config) } else { config };
    let (object, is_new) = objects
        .apply((at.row.resource, sub), config, (manager, call.query.on("force")), now)
        .map_err(|refusal| Status::refused(refusal, at.row, &at.name))?;
    Ok(Written { code: if is_new { 201 } else { 200 }, object, warnings: Vec::new() })
}

/// The body as JSON, without nulls: they ask for nothing.
fn read(call: &Call) -> Result<Value, Status> {
    let yaml = || {
        let read = serde_saphyr::from_str(&String::from_utf8_lossy(&call.body));
        read.map_err(|error| Status::bad_request(format!("error decoding YAML: {}", first_line(&error.to_string()))))
    };
    // kubectl writes JSON, which is YAML.
    let config: Value = serde_json::from_slice(&call.body).or_else(|_| yaml())?;
    if !config.is_object() {
        let why = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal into Go value of type \
                   map[string]interface {}";
        return Err(Status::bad_request(format!("error decoding YAML: {why}")));
    }
    Ok(without_nulls(config))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

/// Refuses what is of another kind, says who owns what, or has fields that its type does not know. The real server calls the latter its own
/// mistake, too.
fn checked(config: &Value, at: &At, sub: Sub) -> Result<(), Status> {
    let text = |key: &str| config.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let group_version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    let wanted = match sub {
        Sub::Scale => ("autoscaling/v1".to_owned(), "Scale"),
        Sub::Main | Sub::Status => (at.row.api_version(), at.row.kind),
    };
    if (version, kind) != (wanted.0.as_str(), wanted.1) {
        return Err(Status::bad_request(format!("invalid object type: {group_version}, Kind={kind}")));
    }
    if config.pointer("/metadata/managedFields").is_some() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let said = |key: &str| config.pointer(&format!("/metadata/{key}")).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (said("namespace"), said("name"));
    let what = || format!("failed to create typed patch object ({namespace}/{name}; {group_version}, Kind={kind})");
    if sub == Sub::Scale {
        let replicas = config.pointer("/spec/replicas");
        let is_fine = replicas.is_none_or(Value::is_i64);
        return if is_fine {
            Ok(())
        } else {
            Err(Status::internal(format!("{}: .spec.replicas: expected numeric", what())))
        };
    }
    let (_, unknown) = typed::checked(at.row, config).map_err(|why| Status::internal(format!("{}: {why}", what())))?;
    match unknown.first() {
        None => Ok(()),
        Some(field) => Err(Status::internal(format!("{}: .{field}: field not declared in schema", what()))),
    }
}

/// What an apply through `/scale` asks of the object that it scales.
fn of_scale(config: &Value) -> Value {
    let metadata = config.get("metadata").cloned().unwrap_or_default();
    let replicas = config.pointer("/spec/replicas").cloned();
    let spec = replicas.map_or_else(|| json!({}), |replicas| json!({"replicas": replicas}));
    json!({"metadata": metadata, "spec": spec})
}
