//! Reading: one object, a list, a page of one. A page, and a list at an exact version, show the collection as it was then.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    accept::{Include, View},
    call::{Call, Query},
    catalog::Row,
    route::At,
    select::Filter,
    status::Status,
    table,
};
use crate::{
    domain::Moment,
    sim::{Happened, Key, Objects},
};

/// Shown at a moment, because ages are in tables.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) row: &'static Row,
    pub(super) view: View,
    pub(super) now: Moment,
}

/// The stored object, or 404.
pub(super) fn get<'a>(objects: &'a Objects, at: &At) -> Result<&'a Value, Status> {
    objects.get(at.row.resource, &at.namespace, &at.name).ok_or_else(|| Status::no_object(at.row, &at.name))
}

/// One object in a representation.
pub(super) fn one(shown: Shown, object: &Value) -> Value {
    match shown.view {
        View::Whole => shown.row.typed(object),
        View::Metadata => metadata_of(object),
        View::Table(include) => {
            let version = json!({"resourceVersion": object.pointer("/metadata/resourceVersion")});
            table::table((shown.row, include), &[object], &version, shown.now)
        }
    }
}

/// `PartialObjectMetadata`.
pub(super) fn metadata_of(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata").cloned().unwrap_or_else(|| json!({})),
    })
}

/// What a list's query asks for.
struct Page {
    /// None for all that is left.
    limit: Option<usize>,
    /// The version to show, if it is not the newest.
    at: Option<u64>,
    /// Only what comes after this namespace and name.
    after: Option<(String, String)>,
}

/// A list.
pub(super) fn list(objects: &Objects, call: &Call, filter: &Filter, shown: Shown) -> Result<Value, Status> {
    let page = Page::read(&call.query, objects.version())?;
    let version = page.at.unwrap_or_else(|| objects.version());
    let then;
    let all: Vec<&Value> = if page.at.is_some_and(|at| at < objects.version()) {
        then = as_it_was(objects, filter, version)?;
        then.values().collect()
    } else {
        objects.list(filter.resource, filter.namespace.as_deref()).collect()
    };
    let after = |object: &Value| page.after.as_ref().is_none_or(|after| place(object) > *after);
    let mut items: Vec<&Value> = all.into_iter().filter(|object| filter.sees(object) && after(object)).collect();
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if let Some(limit) = page.limit.filter(|limit| *limit < items.len()) {
        let left = items.len() - limit;
        items.truncate(limit);
        if let (Some(metadata), Some(last)) = (metadata.as_object_mut(), items.last()) {
            let (namespace, name) = place(last);
            metadata.insert("continue".to_owned(), format!("v1:{version}:{namespace}/{name}").into());
            // As the real server: with a selector the rest is not counted.
            if call.query.get("labelSelector").is_none() && call.query.get("fieldSelector").is_none() {
                metadata.insert("remainingItemCount".to_owned(), left.into());
            }
        }
    }
    Ok(render(shown, &items, &metadata))
}

fn render(shown: Shown, items: &[&Value], metadata: &Value) -> Value {
    match shown.view {
        View::Whole => {
            // Items of a typed list have no type of their own.
            let bare = |object: &&Value| {
                let mut object = (*object).clone();
                if let Some(members) = object.as_object_mut() {
                    members.remove("kind");
                    members.remove("apiVersion");
                }
                object
            };
            let items: Vec<Value> = items.iter().map(bare).collect();
            let kind = format!("{}List", shown.row.kind);
            json!({"kind": kind, "apiVersion": shown.row.api_version(), "metadata": metadata, "items": items})
        }
        View::Metadata => {
            let items: Vec<Value> = items.iter().map(|object| metadata_of(object)).collect();
            json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
                "items": items,
            })
        }
        View::Table(include) => table::table((shown.row, include), items, metadata, shown.now),
    }
}

/// Where an object stands in its list.
fn place(object: &Value) -> (String, String) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/metadata/namespace"), text("/metadata/name"))
}

/// The collection at an older version: the newest, with all later changes undone.
fn as_it_was(objects: &Objects, filter: &Filter, version: u64) -> Result<BTreeMap<(String, String), Value>, Status> {
    let gone = "The provided continue parameter is too old to display a consistent list result. You must start a new list \
                without the continue parameter, or restart the list with a limit";
    let later = objects.since(version).map_err(|_| Status::expired(gone))?;
    let now = objects.list(filter.resource, filter.namespace.as_deref());
    let mut all: BTreeMap<(String, String), Value> = now.map(|object| (place(object), object.clone())).collect();
    let mut undone: Vec<&Key> = Vec::new();
    for change in later.filter(|change| change.key.0 == filter.resource) {
        // The first change after the version knows how it was.
        if undone.contains(&&change.key) {
            continue;
        }
        undone.push(&change.key);
        let at = (change.key.1.clone(), change.key.2.clone());
        match (change.happened, &change.before) {
            (Happened::Added, _) => drop(all.remove(&at)),
            (_, Some(before)) => drop(all.insert(at, Value::clone(before))),
            (Happened::Deleted, None) => drop(all.insert(at, Value::clone(&change.object))),
            (Happened::Modified, None) => {}
        }
    }
    Ok(all)
}

impl Page {
    fn read(query: &Query, current: u64) -> Result<Self, Status> {
        let limit = query.number("limit").map_err(Status::bad_request)?;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0);
        let asked = version(query)?;
        let exact = match (query.get("resourceVersionMatch"), asked) {
            (None, _) | (Some("NotOlderThan"), Some(_)) => false,
            (Some(_), None) => {
                let why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided";
                return Err(options("resourceVersionMatch", why));
            }
            (Some("Exact"), _) => true,
            (Some(_), _) => {
                let why = "Unsupported value: supported values: \"Exact\", \"NotOlderThan\", \"\"";
                return Err(options("resourceVersionMatch", why));
            }
        };
        if let Some(asked) = asked.filter(|asked| *asked > current) {
            return Err(Status::too_new(asked, current));
        }
        let Some(token) = query.get("continue") else {
            return Ok(Self { limit, at: asked.filter(|_| exact), after: None });
        };
        let (version, place) = token
            .strip_prefix("v1:")
            .and_then(|token| token.split_once(':'))
            .and_then(|(version, place)| Some((version.parse().ok()?, place.split_once('/')?)))
            .ok_or_else(|| Status::bad_request("invalid continue token: continue key is not valid"))?;
        Ok(Self { limit, at: Some(version), after: Some((place.0.to_owned(), place.1.to_owned())) })
    }
}

/// A `ListOptions` that makes no sense.
pub(super) fn options(field: &str, why: &str) -> Status {
    Status::invalid_options("ListOptions.meta.k8s.io", "", field, why)
}

/// The resource version of a query.
pub(super) fn version(query: &Query) -> Result<Option<u64>, Status> {
    let Some(text) = query.get("resourceVersion") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let why = format!("Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax");
        Status::bad_request(format!("invalid resource version: resourceVersion: {why}"))
    })
}

/// Whether rows come with columns. Only the first event of a watch has them.
pub(super) fn without_columns(mut table: Value) -> Value {
    if let Some(table) = table.as_object_mut() {
        table.insert("columnDefinitions".to_owned(), Value::Null);
    }
    table
}

/// The representation of a bookmark: an object that is nothing but a version.
pub(super) fn bookmark(shown: Shown, version: u64, initial_events_end: bool) -> Value {
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if let (Some(metadata), true) = (metadata.as_object_mut(), initial_events_end) {
        metadata.insert("annotations".to_owned(), json!({"k8s.io/initial-events-end": "true"}));
    }
    let object = json!({"metadata": metadata});
    match shown.view {
        View::Table(Include::Nothing) => one(Shown { view: View::Table(Include::Metadata), ..shown }, &object),
        View::Whole | View::Metadata | View::Table(_) => one(shown, &object),
    }
}
