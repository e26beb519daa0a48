//! Server-side apply: what somebody wants of an object is laid over what it is, what they wanted before and do not want any
//! more is taken away, and whoever owns what would change is in conflict with them (`structured-merge-diff`).

use serde_json::{Map, Value};

use super::{
    Owner, by_operation, entry,
    fields::{News, Shape, element, has, join, merges_when_empty, take, tree},
    fields_of, is,
};
use crate::{
    domain::{Moment, Sub},
    sim::{
        Refusal, Resource,
        objects::{
            json::{list, set, text},
            refusal::Conflict,
        },
    },
};

/// An object as an apply would have it.
pub(in crate::sim::objects) struct Applied {
    /// Without defaults yet.
    pub(in crate::sim::objects) object: Value,
    /// Its `managedFields`.
    pub(in crate::sim::objects) managed: Vec<Value>,
}

/// The `managedFields` of an object that an apply makes.
pub(in crate::sim::objects) fn first(resource: Resource, config: &Value, owner: Owner<'_>, now: Moment) -> Vec<Value> {
    vec![entry(resource, owner, &tree(config), now)]
}

/// Applies a configuration (without nulls) to an object.
///
/// # Errors
/// Others own what would change, and it is not forced.
pub(in crate::sim::objects) fn apply(
    (resource, live): (Resource, &Value),
    config: &Value,
    (owner, force): (Owner<'_>, bool),
    now: Moment,
) -> Result<Applied, Refusal> {
    let mut object = merged("", Some(live), config);
    let changed = News::between(live, &object).changed;
    let entries = list(live, "/metadata/managedFields");
    let (mine, mut others): (Vec<Value>, Vec<Value>) = entries.iter().cloned().partition(|entry| is(entry, owner));
    let conflicts: Vec<Conflict> = others
        .iter()
        .flat_map(|entry| {
            let theirs = changed.iter().filter(|path| has(fields_of(entry), path));
            theirs.map(|path| Conflict { with: named(entry), field: written(path) }).collect::<Vec<_>>()
        })
        .collect();
    if !conflicts.is_empty() && !force {
        return Err(Refusal::conflicts(conflicts));
    }
    for entry in &mut others {
        let mut rest = fields_of(entry).clone();
        for path in &changed {
            take(&mut rest, path);
        }
        set(entry, &["fieldsV1"], rest);
    }
    others.retain(|entry| fields_of(entry).as_object().is_some_and(|fields| !fields.is_empty()));
    let wanted = tree(config);
    let mut kept = wanted.clone();
    for entry in &others {
        join(&mut kept, fields_of(entry));
    }
    let before = mine.first().map(fields_of);
    if let Some(before) = before {
        pruned(&mut object, "", (before, Some(&kept)));
    }
    let same = before == Some(&wanted) && object == *live;
    let own = match mine.into_iter().next() {
        Some(entry) if same => Some(entry),
        _ => wanted.as_object().is_some_and(|w| !w.is_empty()).then(|| entry(resource, owner, &wanted, now)),
    };
    let mut managed: Vec<Value> = others.into_iter().chain(own).collect();
    managed.sort_by(by_operation);
    Ok(Applied { object, managed })
}

/// The second laid over the first.
fn merged(name: &str, live: Option<&Value>, config: &Value) -> Value {
    match (Shape::of_any(name, live), Shape::of(name, config)) {
        (_, Shape::Map) => {
            let mut object = live.and_then(Value::as_object).cloned().unwrap_or_default();
            for (name, value) in config.as_object().into_iter().flatten() {
                let value = merged(name, object.get(name), value);
                object.insert(name.clone(), value);
            }
            Value::Object(object)
        }
        (Shape::Items(_), Shape::Items(_)) => Value::Array(items(name, live, config)),
        // An empty map or list asks for nothing.
        (Shape::Map | Shape::Items(_), Shape::Leaf) if merges_when_empty(name, config) => {
            live.cloned().unwrap_or_default()
        }
        _ => config.clone(),
    }
}

/// The items of two lists in the order of the second; what only the first has stays where it was.
fn items(name: &str, live: Option<&Value>, config: &Value) -> Vec<Value> {
    let keyed = |value: &Value| -> Vec<(String, Value)> {
        list(value, "").iter().map(|item| (element(name, item), item.clone())).collect()
    };
    let (old, new) = (live.map(keyed).unwrap_or_default(), keyed(config));
    let asked = |key: &str| new.iter().any(|(wanted, _)| wanted == key);
    let mut left = old.iter().peekable();
    let mut all = Vec::new();
    for (key, item) in &new {
        while let Some((_, kept)) = left.next_if(|(key, _)| !asked(key)) {
            all.push(kept.clone());
        }
        left.next_if(|(next, _)| next == key);
        let was = old.iter().find(|(old, _)| old == key).map(|(_, was)| was);
        all.push(merged("", was, item));
    }
    all.extend(left.filter(|(key, _)| !asked(key)).map(|(_, kept)| kept.clone()));
    all
}

/// Takes away what was wanted before (`last`), unless somebody wants it still (`kept`), and what is empty without it.
fn pruned(value: &mut Value, name: &str, (last, kept): (&Value, Option<&Value>)) {
    for (part, below) in last.as_object().into_iter().flatten().filter(|(part, _)| *part != ".") {
        let still = kept.and_then(|kept| kept.get(part));
        let is_whole = below.as_object().is_none_or(Map::is_empty) || below.get(".").is_some();
        let goes = is_whole && still.is_none();
        if let (Some(member), Some(members)) = (part.strip_prefix("f:"), value.as_object_mut()) {
            if let Some(at) = members.get_mut(member)
                && !goes
            {
                pruned(at, member, (below, still));
            }
            let was_left_empty = |at: &Value| {
                below.as_object().is_some_and(|b| !b.is_empty())
                    && (at.as_object().is_some_and(Map::is_empty) || at.as_array().is_some_and(Vec::is_empty))
            };
            if goes || members.get(member).is_some_and(was_left_empty) {
                members.remove(member);
            }
        } else if let Some(items) = value.as_array_mut() {
            if goes {
                items.retain(|item| element(name, item) != *part);
            } else if let Some(item) = items.iter_mut().find(|item| element(name, item) == *part) {
                pruned(item, "", (below, still));
            }
        }
    }
}

/// Who is in conflict, as the real server names them.
fn named(entry: &Value) -> String {
    let sub = text(entry, "/subresource");
    let through = if sub.is_empty() { String::new() } else { format!(" with subresource {sub:?}") };
    let is_update = text(entry, "/operation") == "Update";
    let using = if is_update { format!(" using {}", text(entry, "/apiVersion")) } else { String::new() };
    format!("{:?}{through}{using}", text(entry, "/manager"))
}

/// `.spec.template.spec.containers[name="app"].image`.
fn written(path: &[String]) -> String {
    let part = |part: &String| match part.split_at_checked(2) {
        Some(("f:", name)) => format!(".{name}"),
        Some(("v:", value)) => format!("[={value}]"),
        Some(("k:", keys)) => {
            let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", keys.join(","))
        }
        _ => String::new(),
    };
    path.iter().map(part).collect()
}

/// The configuration of an apply through a door: what the door does not write is not asked for.
pub(in crate::sim::objects) fn through(sub: Sub, mut config: Value) -> Value {
    if let Some(members) = config.as_object_mut() {
        members.remove(if sub == Sub::Status { "spec" } else { "status" });
    }
    config
}
