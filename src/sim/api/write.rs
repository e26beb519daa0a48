//! Writing: create, replace, patch, delete. Bodies are decoded and checked here; what they do is the storage's concern, and
//! a dry run is the same on a copy of it.

use serde_json::{Value, json};

use super::{
    apply,
    call::Call,
    catalog::Row,
    list::get,
    patch, protobuf,
    route::{At, Part},
    status::{Status, deleted},
    typed,
};
use crate::{
    domain::{Moment, Sub},
    sim::{Objects, Resource, scale_of},
};

/// What a write made: the object, whether it is one of the row, and what to warn of.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) code: u16,
    pub(super) object: Value,
    pub(super) warnings: Vec<String>,
}

/// Which door a part of an object is.
pub(super) const fn door(part: &Part) -> Option<Sub> {
    match part {
        Part::Main => Some(Sub::Main),
        Part::Scale => Some(Sub::Scale),
        Part::Status => Some(Sub::Status),
        Part::Log | Part::Eviction | Part::Proxy(_) => None,
    }
}

/// Whether it is a dry run.
pub(super) fn is_dry(call: &Call, kind: &str) -> Result<bool, Status> {
    match call.query.get("dryRun") {
        None => {
            // Only a deletion's options are a body.
            if call.method != http::Method::DELETE || call.body.is_empty() {
                return Ok(false);
            }
            let options = parsed(call, "DeleteOptions")?;
            Ok(rehearses(&options))
        }
        Some("All") => Ok(true),
        Some(other) => {
            let why = format!("Unsupported value: [{other:?}]: supported values: \"All\"");
            Err(Status::invalid_options(&format!("{kind}.meta.k8s.io"), "", "dryRun", &why))
        }
    }
}

/// Whether the options of a deletion ask for a dry run.
pub(super) fn rehearses(options: &Value) -> bool {
    options.get("dryRun").and_then(Value::as_array).is_some_and(|all| all.contains(&json!("All")))
}

/// POST to a collection.
pub(super) fn create(
    objects: &mut Objects,
    call: &Call,
    (row, namespace): (&'static Row, Option<&str>),
    now: Moment,
) -> Result<Written, Status> {
    let mut object = decoded(call, row)?;
    if let Some(namespace) = namespace {
        settled(&mut object, "namespace", namespace)?;
        if objects.get(Resource::Namespaces, "", namespace).is_none() {
            let namespaces = Row::of(Resource::Namespaces).ok_or_else(Status::no_resource)?;
            return Err(Status::no_object(namespaces, namespace));
        }
    }
    let (object, warnings) = held(call, row, &object)?;
    let name = name_of(&object).to_owned();
    let object = objects
        .create(row.resource, object, call.manager(), now)
        .map_err(|refusal| Status::refused(refusal, row, &name))?;
    Ok(Written { code: 201, object, warnings })
}

/// PUT to an object.
pub(super) fn replace(
    objects: &mut Objects,
    call: &Call,
    (at, sub): (&At, Sub),
    now: Moment,
) -> Result<Written, Status> {
    get(objects, at)?;
    let object: Value = match sub {
        Sub::Scale => parsed(call, "Scale")?,
        Sub::Main | Sub::Status => decoded(call, at.row)?,
    };
    store(objects, call, (at, sub), (object, now))
}

/// PATCH of an object.
pub(super) fn patch(objects: &mut Objects, call: &Call, (at, sub): (&At, Sub), now: Moment) -> Result<Written, Status> {
    if apply::is_asked(call)? {
        return apply::apply(objects, call, (at, sub), now);
    }
    let kind = patch::Kind::of(call.media(), at.row.resource)?;
    let stored = get(objects, at)?;
    let before = match sub {
        Sub::Scale => scale_of(stored),
        Sub::Main | Sub::Status => at.row.typed(stored),
    };
    let after = patch::apply(kind, &before, &call.body)?;
    if after.get("kind") != before.get("kind") || after.get("apiVersion") != before.get("apiVersion") {
        return Err(Status::bad_request("the API version or kind of the object cannot be patched"));
    }
    store(objects, call, (at, sub), (after, now))
}

fn store(
    objects: &mut Objects,
    call: &Call,
    (at, sub): (&At, Sub),
    (mut object, now): (Value, Moment),
) -> Result<Written, Status> {
    settled(&mut object, "name", &at.name)?;
    if !at.namespace.is_empty() {
        settled(&mut object, "namespace", &at.namespace)?;
    }
    let (object, warnings) = match sub {
        Sub::Scale => (scale_checked(object)?, Vec::new()),
        Sub::Main | Sub::Status => held(call, at.row, &object)?,
    };
    let object = objects
        .replace((at.row.resource, sub), object, call.manager(), now)
        .map_err(|refusal| Status::refused(refusal, at.row, &at.name))?;
    Ok(Written { code: 200, object, warnings })
}

/// The options of a deletion, which are its body.
pub(super) fn deletion(call: &Call) -> Result<Value, Status> {
    if call.body.is_empty() { Ok(json!({})) } else { parsed(call, "DeleteOptions") }
}

/// DELETE of an object.
pub(super) fn delete(
    objects: &mut Objects,
    call: &Call,
    (at, options): (&At, &Value),
    now: Moment,
) -> Result<Written, Status> {
    let stored = get(objects, at)?;
    let uid = stored.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (path, stored) in [
        ("/preconditions/uid", stored.pointer("/metadata/uid")),
        ("/preconditions/resourceVersion", stored.pointer("/metadata/resourceVersion")),
    ] {
        let (given, stored) =
            (options.pointer(path).and_then(Value::as_str), stored.and_then(Value::as_str).unwrap_or_default());
        if let Some(given) = given.filter(|given| *given != stored) {
            let (what, happened) = if path.ends_with("uid") {
                ("UID", "deleted and then recreated")
            } else {
                ("ResourceVersion", "modified")
            };
            let why = format!(
                "the {what} in the precondition ({given}) does not match the {what} in record ({stored}). The object \
                 might have been {happened}"
            );
            return Err(Status::conflict(at.row, &at.name, &why));
        }
    }
    let policy =
        options.get("propagationPolicy").and_then(Value::as_str).or_else(|| call.query.get("propagationPolicy"));
    match policy {
        None | Some("Background") => {}
        Some("Orphan") => orphan(objects, call, &uid, now),
        Some(other) => {
            let why =
                format!("Unsupported value: {other:?}: the simulated cluster knows \"Background\" and \"Orphan\"");
            return Err(Status::invalid_options("DeleteOptions.meta.k8s.io", "", "propagationPolicy", &why));
        }
    }
    let grace = options.get("gracePeriodSeconds").and_then(Value::as_i64);
    let grace = grace.or(call.query.number("gracePeriodSeconds").map_err(Status::bad_request)?);
    let object = objects
        .delete((at.row.resource, &at.namespace, &at.name), grace, now)
        .map_err(|refusal| Status::refused(refusal, at.row, &at.name))?;
    let stays = objects.get(at.row.resource, &at.namespace, &at.name).is_some();
    // Pods answer with themselves, even when they go at once.
    let whole = stays || at.row.resource == Resource::Pods;
    let object = if whole { object } else { deleted(at.row, &at.name, &uid) };
    Ok(Written { code: 200, object, warnings: Vec::new() })
}

/// Lets go of all that an object owns.
fn orphan(objects: &mut Objects, call: &Call, owner: &str, now: Moment) {
    let is_owner = |reference: &Value| reference.get("uid").and_then(Value::as_str) == Some(owner);
    for row in &super::catalog::ROWS {
        let dependents = objects.list(row.resource, None).filter(|object| {
            let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            owners.is_some_and(|owners| owners.iter().any(is_owner))
        });
        for mut object in dependents.cloned().collect::<Vec<_>>() {
            if let Some(owners) = object.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut) {
                owners.retain(|owner| !is_owner(owner));
            }
            // Nothing of it changed but its owners: there is nothing to refuse.
            let _stored = objects.replace((row.resource, Sub::Main), object, call.manager(), now);
        }
    }
}

fn scale_checked(scale: Value) -> Result<Value, Status> {
    match scale.pointer("/spec/replicas") {
        None | Some(Value::Null) => Ok(scale),
        Some(Value::Number(wanted)) if wanted.as_i64().is_some() => Ok(scale),
        Some(_) => Err(Status::bad_request(
            "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal value into Go struct field \
             ScaleSpec.spec.replicas of type int32",
        )),
    }
}

/// A body as JSON.
pub(super) fn parsed(call: &Call, kind: &str) -> Result<Value, Status> {
    if call.media() == protobuf::MEDIA {
        return protobuf::read(&call.body, kind).map_err(|why| Status::no_such_body(&why));
    }
    if call.media() != "application/json" {
        return Err(Status::no_such_body(&format!("{} is not read", call.media())));
    }
    serde_json::from_slice(&call.body).map_err(|error| {
        Status::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: \
             {error}"
        ))
    })
}

/// A body that is an object of a row.
fn decoded(call: &Call, row: &Row) -> Result<Value, Status> {
    let object = parsed(call, row.kind)?;
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, version) = (text("kind"), text("apiVersion"));
    // Both may be left out: the path says them.
    if (!kind.is_empty() && kind != row.kind) || (!version.is_empty() && version != row.api_version()) {
        return Err(Status::bad_request(format!(
            "{kind} in version {:?} cannot be handled as a {}",
            version.rsplit('/').next().unwrap_or_default(),
            row.kind
        )));
    }
    if !object.is_object() {
        return Err(Status::bad_request(format!("the object provided is unrecognized (must be of type {})", row.kind)));
    }
    Ok(row.typed(&object))
}

/// The object as its type has it; what the type does not know is refused, warned of or dropped, as `fieldValidation` says.
fn held(call: &Call, row: &Row, object: &Value) -> Result<(Value, Vec<String>), Status> {
    let refused = |why: &str| {
        let why = format!("{} in version {:?} cannot be handled as a {}: {why}", row.kind, row.version, row.kind);
        let patched = call.method == http::Method::PATCH;
        if patched {
            Status::invalid(row, name_of(object), "patch", &format!("Invalid value: {why}"))
        } else {
            Status::bad_request(why)
        }
    };
    let (object, unknown) = typed::checked(row, object).map_err(|why| refused(&why))?;
    let unknown: Vec<String> = unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
    match call.query.get("fieldValidation") {
        Some("Strict") if !unknown.is_empty() => {
            Err(refused(&format!("strict decoding error: {}", unknown.join(", "))))
        }
        Some("Ignore") => Ok((object, Vec::new())),
        _ => Ok((object, unknown)),
    }
}

fn name_of(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

/// Name and namespace are those of the path; a body may leave them out, but not say others.
pub(super) fn settled(object: &mut Value, key: &str, value: &str) -> Result<(), Status> {
    let given =
        object.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Value::as_str).unwrap_or_default();
    if !given.is_empty() && given != value {
        let message = if key == "namespace" {
            "the namespace of the provided object does not match the namespace sent on the request".to_owned()
        } else {
            format!("the {key} of the object ({given}) does not match the {key} on the URL ({value})")
        };
        return Err(Status::bad_request(message));
    }
    if let Some(object) = object.as_object_mut() {
        let metadata = object.entry("metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert(key.to_owned(), value.into());
        }
    }
    Ok(())
}
