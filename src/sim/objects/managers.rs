//! `managedFields`: who wrote which field last, per manager, operation and door. Simplified, but true: the owner of a field
//! is who last changed its value; a removed field has none. Shared ownership, which only server-side apply makes, is kept
//! where an apply wrote what was there already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    json::{set, stamp, text},
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
    let (old, new) = (leaves(before), leaves(after));
    let changed: BTreeSet<&Path> = new.iter().filter(|(at, is)| old.get(*at) != Some(is)).map(|(at, _)| at).collect();
    let entries = before.pointer("/metadata/managedFields").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut kept: Vec<Value> = Vec::new();
    let mut mine: BTreeSet<Path> = changed.iter().map(|at| (*at).clone()).collect();
    let mut touched = !mine.is_empty();
    let mut at = None;
    for mut entry in entries {
        let had = decode(entry.get("fieldsV1").unwrap_or(&Value::Null));
        let stay: BTreeSet<Path> = had.iter().filter(|path| new.contains_key(*path)).cloned().collect();
        if is(&entry, owner) {
            touched |= stay.len() != had.len();
            mine.extend(stay);
            at = Some((kept.len(), entry));
            continue;
        }
        let stay: BTreeSet<Path> = stay.into_iter().filter(|path| !changed.contains(path)).collect();
        if !stay.is_empty() {
            set(&mut entry, &["fieldsV1"], encode(&stay));
            kept.push(entry);
        }
    }
    if !mine.is_empty() {
        let (place, old) = at.unwrap_or_else(|| (kept.len(), Value::Null));
        let time = if touched { stamp(now) } else { text(&old, "/time").to_owned() };
        kept.insert(place.min(kept.len()), entry(resource, owner, &mine, time));
    }
    set(after, &["metadata", "managedFields"], kept);
}

fn is(entry: &Value, owner: Owner<'_>) -> bool {
    text(entry, "/manager") == owner.manager
        && text(entry, "/operation") == owner.operation
        && text(entry, "/subresource") == owner.sub.segment()
}

fn entry(resource: Resource, owner: Owner<'_>, fields: &BTreeSet<Path>, time: String) -> Value {
    let mut entry = json!({
        "apiVersion": resource.api_version(),
        "fieldsType": "FieldsV1",
        "fieldsV1": encode(fields),
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
    set(&mut entry, &["time"], time);
    entry
}

/// All owned fields of an object, and what they are.
fn leaves(object: &Value) -> BTreeMap<Path, &Value> {
    let mut found = BTreeMap::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        if matches!(name.as_str(), "apiVersion" | "kind") {
            continue;
        }
        let skip: &[&str] = if name == "metadata" { UNOWNED } else { &[] };
        let mut path = vec![format!("f:{name}")];
        if skip.is_empty() {
            walk(&mut path, name, value, &mut found);
        } else {
            for (name, value) in value.as_object().into_iter().flatten().filter(|(n, _)| !skip.contains(&n.as_str())) {
                path.push(format!("f:{name}"));
                walk(&mut path, name, value, &mut found);
                path.pop();
            }
        }
    }
    found
}

fn walk<'v>(path: &mut Path, name: &str, value: &'v Value, found: &mut BTreeMap<Path, &'v Value>) {
    match value {
        Value::Object(members) if !members.is_empty() && !ATOMIC.contains(&name) => {
            for (name, value) in members {
                path.push(format!("f:{name}"));
                walk(path, name, value, found);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() && keys(name, items).is_some() && !ATOMIC.contains(&name) => {
            let keys = keys(name, items).unwrap_or_default();
            for item in items {
                path.push(format!("k:{}", key(keys, item)));
                // The item itself, besides its members.
                path.push(".".to_owned());
                found.insert(path.clone(), &Value::Null);
                path.pop();
                walk(path, "", item, found);
                path.pop();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            found.insert(path.clone(), value);
        }
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

fn encode(fields: &BTreeSet<Path>) -> Value {
    let mut tree = Value::Object(Map::new());
    for path in fields {
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        set(&mut tree, &parts, Value::Object(Map::new()));
    }
    tree
}

fn decode(tree: &Value) -> BTreeSet<Path> {
    let mut found = BTreeSet::new();
    let mut open: Vec<(Path, &Value)> = vec![(Vec::new(), tree)];
    while let Some((path, node)) = open.pop() {
        let members = node.as_object().filter(|members| !members.is_empty());
        let Some(members) = members else {
            found.insert(path);
            continue;
        };
        for (name, node) in members {
            open.push((path.iter().cloned().chain([name.clone()]).collect(), node));
        }
    }
    found.remove(&Vec::new());
    found
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
