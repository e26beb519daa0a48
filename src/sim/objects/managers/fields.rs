//! Fields as `FieldsV1` names them: how an object is taken apart, which lists have keys, and trees of fields. Who owns them
//! is not known here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::sim::objects::json::default;

/// The way to a field, as `FieldsV1` spells its parts: `f:spec`, `k:{"name":"app"}`, `v:"foregroundDeletion"`; an item itself
/// ends in `.`.
pub(super) type Path = Vec<String>;

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
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
];

/// Lists that are sets of plain values.
const SETS: &[&str] = &["finalizers"];

/// Members that are owned as a whole.
const ATOMIC: &[&str] = &[
    "selector",
    "nodeSelector",
    "containerStatuses",
    "initContainerStatuses",
    "endpoints",
    "fieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "resourceFieldRef",
];

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

/// What differs between two states of an object: the fields that have a new value, and those that are not there any more.
/// Parts that are the same are not looked into: most writes change little.
#[derive(Default)]
pub(super) struct News {
    pub(super) changed: Vec<Path>,
    pub(super) gone: Vec<Path>,
}

impl News {
    pub(super) fn between(before: &Value, after: &Value) -> Self {
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
                    path.push(key.clone());
                    match (old.get(key), new.get(key)) {
                        (Some(old), Some(new)) => self.compare(path, "", (Some(old), Some(new))),
                        (old, new) => {
                            if let Some(item) = old {
                                item_leaves(path, item, &mut self.gone);
                            }
                            if let Some(item) = new {
                                item_leaves(path, item, &mut self.changed);
                            }
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
pub(super) enum Shape<'v> {
    /// There is no value.
    Nothing,
    /// As a whole.
    Leaf,
    /// Member by member.
    Map,
    /// Item by item, told apart by the part of a path that names them.
    Items(BTreeMap<String, &'v Value>),
}

impl<'v> Shape<'v> {
    pub(super) fn of_any(name: &str, value: Option<&'v Value>) -> Self {
        value.map_or(Self::Nothing, |value| Self::of(name, value))
    }

    pub(super) fn of(name: &str, value: &'v Value) -> Self {
        if ATOMIC.contains(&name) {
            return Self::Leaf;
        }
        match value {
            Value::Object(members) if !members.is_empty() => Self::Map,
            Value::Array(items) if !items.is_empty() && merges(name) => {
                Self::Items(items.iter().map(|item| (element(name, item), item)).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Self::Leaf
            }
        }
    }
}

/// Whether maps or lists of a name merge, rather than to replace each other.
pub(super) fn merges_when_empty(name: &str, value: &Value) -> bool {
    !ATOMIC.contains(&name) && (value.is_object() || (value.is_array() && merges(name)))
}

/// Whether the items of a list are owned one by one.
fn merges(list: &str) -> bool {
    list == "ports" || SETS.contains(&list) || KEYED.iter().any(|(name, _)| *name == list)
}

/// The part of a path that names an item of a list. Ports of containers and of Services share a name and differ in their
/// key; a protocol that is not said is TCP.
pub(super) fn element(list: &str, item: &Value) -> String {
    let keys = match list {
        "ports" if item.get("containerPort").is_some() => &["containerPort", "protocol"],
        "ports" => &["port", "protocol"],
        _ => match KEYED.iter().find(|(name, _)| *name == list) {
            Some((_, keys)) => *keys,
            None => return format!("v:{item}"),
        },
    };
    let part = |name: &&str| {
        let said = item.get(*name).cloned();
        let value = said.or_else(|| (*name == "protocol").then(|| "TCP".into()))?;
        Some(((*name).to_owned(), value))
    };
    format!("k:{}", Value::Object(keys.iter().filter_map(part).collect()))
}

/// The members that two objects have together.
pub(super) fn names<'v>(a: &'v Value, b: &'v Value) -> BTreeSet<&'v str> {
    [a, b].into_iter().filter_map(Value::as_object).flat_map(|map| map.keys().map(String::as_str)).collect()
}

/// All fields of an object, as a tree.
pub(super) fn tree(object: &Value) -> Value {
    let mut tree = Value::Object(Map::new());
    for path in News::between(&Value::Null, object).changed {
        add(&mut tree, &path);
    }
    tree
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
                path.push(key);
                item_leaves(path, item, found);
                path.pop();
            }
        }
        Shape::Leaf | Shape::Nothing => found.push(path.clone()),
    }
}

/// An item, and all fields of it.
fn item_leaves(path: &mut Path, item: &Value, found: &mut Vec<Path>) {
    if item.is_object() {
        // The item itself, besides its members.
        found.push(path.iter().cloned().chain([".".to_owned()]).collect());
    }
    leaves(path, "", item, found);
}

/// Adds a field to a tree of fields.
pub(super) fn add(tree: &mut Value, path: &Path) {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    default(tree, &parts, Value::Object(Map::new()));
}

/// Whether a field is in a tree of fields.
pub(super) fn has(tree: &Value, path: &[String]) -> bool {
    let at = path.iter().try_fold(tree, |at, part| at.get(part));
    at.and_then(Value::as_object).is_some_and(Map::is_empty)
}

/// Takes a field out of a tree of fields, and what is empty without it.
pub(super) fn take(tree: &mut Value, path: &[String]) {
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

/// Adds one tree of fields to another.
pub(super) fn join(tree: &mut Value, other: &Value) {
    for (part, below) in other.as_object().into_iter().flatten() {
        default(tree, &[part], Value::Object(Map::new()));
        if let Some(at) = tree.get_mut(part) {
            join(at, below);
        }
    }
}
