//! `managedFields`: who wrote which field last, per manager, operation and door. Simplified, but true: the owner of a field
//! is who last changed its value; a removed field has none. Shared ownership, which only server-side apply makes, is kept
//! where an apply wrote what was there already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    json::{default, set, stamp, text},
    resource::Resource,
};
use crate::domain::{Moment, Sub};

/// The way to a field, as `FieldsV1` spells its parts: `f:spec`, `k:{"name":"app"}`.
type Path = Vec<String>;

/// Lists whose items are told apart by members: under which name, by which members.
const KEYED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
    ("podIPs", &["ip"]),
    ("imagePullSecrets", &["name"]),
];

/// Members that are owned as a whole.
const ATOMIC: &[&str] = &["selector", "nodeSelector", "containerStatuses", "initContainerStatuses", "endpoints"];

/// Members of metadata that nobody owns.
const UNOWNED: &[&str] = &[
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// One who writes: manager, operation (`Update` or `Apply`), door.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) manager: &'a str,
    pub(super) operation: &'static str,
    pub(super) sub: Sub,
}

/// Rewrites the `managedFields` of `after` for what one owner changed since `before` (Null for a new object).
pub(super) fn record(resource: Resource, before: &Value, after: &mut Value, owner: Owner<'_>, now: Moment) {
    let news = News::between(before, after);
    let entries = before.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut kept: Vec<Value> = Vec::new();
    let mut is_listed = false;
    for mut entry in entries {
        let fields = entry.get("fieldsV1").cloned().unwrap_or_default();
        let mut rest = fields.clone();
        news.gone.iter().for_each(|path| take(&mut rest, path));
        if is(&entry, owner) {
            is_listed = true;
            news.changed.iter().for_each(|path| put(&mut rest, path));
            if rest != fields || !news.changed.is_empty() {
                entry = self::entry(resource, owner, &rest, now);
            }
        } else {
            news.changed.iter().for_each(|path| take(&mut rest, path));
            set(&mut entry, &["fieldsV1"], rest.clone());
        }
        if rest.as_object().is_some_and(|rest| !rest.is_empty()) {
            kept.push(entry);
        }
    }
    if !is_listed && !news.changed.is_empty() {
        let mut fields = Value::Object(Map::new());
        news.changed.iter().for_each(|path| put(&mut fields, path));
        kept.push(entry(resource, owner, &fields, now));
    }
    set(after, &["metadata", "managedFields"], kept);
}

fn is(entry: &Value, owner: Owner<'_>) -> bool {
    text(entry, "/manager") == owner.manager
        && text(entry, "/operation") == owner.operation
        && text(entry, "/subresource") == owner.sub.segment()
}

fn entry(resource: Resource, owner: Owner<'_>, fields: &Value, now: Moment) -> Value {
    let mut entry = json!({
        "apiVersion": resource.api_version(),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        "manager": owner.manager,
        "operation": owner.operation,
    });
    // Kubernetes 1.36 writes no time for what went through /scale (seen).
    if owner.sub == Sub::Scale {
        set(&mut entry, &["subresource"], "scale");
        return entry;
    }
    if owner.sub == Sub::Status {
        set(&mut entry, &["subresource"], "status");
    }
    set(&mut entry, &["time"], stamp(now));
    entry
}

/// What differs between two states of an object: the fields that have a new value, and those that are not there any more.
/// Parts that are the same are not looked into: most writes change little.
#[derive(Default)]
struct News {
    changed: Vec<Path>,
    gone: Vec<Path>,
}

impl News {
    fn between(before: &Value, after: &Value) -> Self {
        let mut news = Self::default();
        for name in names(before, after) {
            if matches!(name, "apiVersion" | "kind") {
                continue;
            }
            let mut path = vec![format!("f:{name}")];
            let (old, new) = (before.get(name), after.get(name));
            if name == "metadata" {
                let null = &Value::Null;
                let (old, new) = (old.unwrap_or(null), new.unwrap_or(null));
                for name in names(old, new).into_iter().filter(|name| !UNOWNED.contains(name)) {
                    path.push(format!("f:{name}"));
                    news.compare(&mut path, name, (old.get(name), new.get(name)));
                    path.pop();
                }
            } else {
                news.compare(&mut path, name, (old, new));
            }
        }
        news
    }

    fn compare(&mut self, path: &mut Path, name: &str, (old, new): (Option<&Value>, Option<&Value>)) {
        if old == new {
            return;
        }
        match (Shape::of_any(name, old), Shape::of_any(name, new)) {
            (Shape::Map, Shape::Map) => {
                let (Some(old), Some(new)) = (old, new) else { return };
                for name in names(old, new) {
                    path.push(format!("f:{name}"));
                    self.compare(path, name, (old.get(name), new.get(name)));
                    path.pop();
                }
            }
            (Shape::Items(old), Shape::Items(new)) => {
                let all: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in all {
                    path.push(format!("k:{key}"));
                    match (old.get(key), new.get(key)) {
                        (Some(old), Some(new)) => self.compare(path, "", (Some(old), Some(new))),
                        (old, new) => {
                            if let Some(item) = old {
                                leaves(path, "", item, &mut self.gone);
                            }
                            if let Some(item) = new {
                                leaves(path, "", item, &mut self.changed);
                            }
                            let list = if new.is_some() { &mut self.changed } else { &mut self.gone };
                            list.push(path.iter().cloned().chain([".".to_owned()]).collect());
                        }
                    }
                    path.pop();
                }
            }
            _ => {
                let (mut before, from) = (Vec::new(), self.changed.len());
                if let Some(value) = old {
                    leaves(path, name, value, &mut before);
                }
                if let Some(value) = new {
                    leaves(path, name, value, &mut self.changed);
                }
                let new = self.changed.get(from..).unwrap_or_default();
                before.retain(|path| !new.contains(path));
                self.gone.append(&mut before);
            }
        }
    }
}

/// How the fields of a value are owned.
enum Shape<'v> {
    /// There is no value.
    Nothing,
    /// As a whole.
    Leaf,
    /// Member by member.
    Map,
    /// Item by item, told apart by their keys.
    Items(BTreeMap<String, &'v Value>),
}

impl<'v> Shape<'v> {
    fn of_any(name: &str, value: Option<&'v Value>) -> Self {
        value.map_or(Self::Nothing, |value| Self::of(name, value))
    }

    fn of(name: &str, value: &'v Value) -> Self {
        if ATOMIC.contains(&name) {
            return Self::Leaf;
        }
        match value {
            Value::Object(members) if !members.is_empty() => Self::Map,
            Value::Array(items) if !items.is_empty() => match keys(name, items) {
                Some(keys) => Self::Items(items.iter().map(|item| (key(keys, item).to_string(), item)).collect()),
                None => Self::Leaf,
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Self::Leaf
            }
        }
    }
}

/// The members that two objects have together.
fn names<'v>(a: &'v Value, b: &'v Value) -> BTreeSet<&'v str> {
    [a, b].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys().map(String::as_str)).collect()
}

/// All fields of a value.
fn leaves(path: &mut Path, name: &str, value: &Value, found: &mut Vec<Path>) {
    match Shape::of(name, value) {
        Shape::Map => {
            for (name, value) in value.as_object().into_iter().flatten() {
                path.push(format!("f:{name}"));
                leaves(path, name, value, found);
                path.pop();
            }
        }
        Shape::Items(items) => {
            for (key, item) in items {
                path.push(format!("k:{key}"));
                // The item itself, besides its members.
                found.push(path.iter().cloned().chain([".".to_owned()]).collect());
                leaves(path, "", item, found);
                path.pop();
            }
        }
        Shape::Leaf | Shape::Nothing => found.push(path.clone()),
    }
}

/// By which members the items of a list are told apart; None when the list is owned as a whole. Ports of containers and of
/// Services share a name and differ in their key.
fn keys(name: &str, items: &[Value]) -> Option<&'static [&'static str]> {
    if name == "ports" {
        let of_pod = items.iter().all(|port| port.get("containerPort").is_some());
        return Some(if of_pod { &["containerPort", "protocol"] } else { &["port", "protocol"] });
    }
    KEYED.iter().find(|(list, _)| *list == name).map(|(_, keys)| *keys)
}

fn key(keys: &[&str], item: &Value) -> Value {
    let part = |name: &&str| Some(((*name).to_owned(), item.get(*name)?.clone()));
    Value::Object(keys.iter().filter_map(part).collect())
}

/// Adds a field to a tree of fields.
fn put(tree: &mut Value, path: &Path) {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    default(tree, &parts, Value::Object(Map::new()));
}

/// Takes a field out of a tree of fields, and what is empty without it.
fn take(tree: &mut Value, path: &[String]) {
    let (Some((first, rest)), Some(members)) = (path.split_first(), tree.as_object_mut()) else { return };
    let Some(child) = members.get_mut(first) else { return };
    let was_leaf = child.as_object().is_none_or(Map::is_empty);
    if !rest.is_empty() {
        take(child, rest);
    }
    let is_empty = child.as_object().is_none_or(Map::is_empty);
    if is_empty && (rest.is_empty() || !was_leaf) {
        members.remove(first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECTL: Owner<'_> = Owner { manager: "kubectl", operation: "Update", sub: Sub::Main };
    const DECK: Owner<'_> = Owner { manager: "rolldeck", operation: "Update", sub: Sub::Main };

    fn managers(object: &Value) -> Vec<(&str, Value)> {
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        entries.iter().map(|entry| (text(entry, "/manager"), entry["fieldsV1"].clone())).collect()
    }

    #[test]
    fn who_changes_a_field_owns_it_and_a_removed_field_has_no_owner() {
        let mut first = json!({"metadata": {"name": "web"}, "spec": {"replicas": 1, "paused": true}});
        record(Resource::Deployments, &Value::Null, &mut first, KUBECTL, Moment(0));
        let mut second = first.clone();
        second["spec"] = json!({"replicas": 2});
        record(Resource::Deployments, &first, &mut second, DECK, Moment(5_000));
        assert_eq!(managers(&second), [("rolldeck", json!({"f:spec": {"f:replicas": {}}}))]);
        assert_eq!(second["metadata"]["managedFields"][0]["time"], "1970-01-01T00:00:05Z");
    }

    #[test]
    fn items_of_keyed_lists_are_told_apart() {
        let image = |image: &str| {
            json!({"spec": {"containers": [
                {"name": "app", "image": image},
                {"name": "side", "image": "s", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
            ]}})
        };
        let mut first = image("a:1");
        record(Resource::Pods, &Value::Null, &mut first, KUBECTL, Moment(0));
        let mut second = image("a:2");
        record(Resource::Pods, &first, &mut second, DECK, Moment(0));
        let app = json!({"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:image": {}}}}});
        assert_eq!(managers(&second)[1], ("rolldeck", app));
        let port = "k:{\"containerPort\":80,\"protocol\":\"TCP\"}";
        let side = &managers(&second)[0].1["f:spec"]["f:containers"]["k:{\"name\":\"side\"}"];
        assert_eq!(side["f:ports"][port], json!({".": {}, "f:containerPort": {}, "f:protocol": {}}));
    }
}
