//! Brings two templates into forms that compare well: what means nothing is dropped, and named elements of lists stand
//! in the same order on both sides. Nothing is compared here.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Maps that mean the same empty or absent; an empty `emptyDir` or `securityContext` may mean something.
const MAPS: [&str; 6] = ["labels", "annotations", "nodeSelector", "limits", "requests", "matchLabels"];

/// A template without nulls, empty lists, and the label that the controller adds.
pub(super) fn tidy(template: &Value) -> Value {
    let mut tidy = without_void(template);
    if let Some(labels) = tidy.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    without_void(&tidy)
}

fn without_void(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_void = |key: &str, value: &Value| match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty() && MAPS.contains(&key),
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            };
            let kept = members.iter().filter(|(key, value)| !is_void(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_void(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_void).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Puts the named elements of the new side's lists into the order of the old side's. Where the order means something and
/// was another one, both sides get a comment that tells it.
pub(super) fn align(old: &mut Value, new: &mut Value) {
    let (Value::Object(old), Value::Object(new)) = (old, new) else { return };
    let mut orders = Vec::new();
    for (field, new) in new.iter_mut() {
        let Some(old) = old.get_mut(field) else { continue };
        if let (Value::Array(old), Value::Array(new)) = (&mut *old, &mut *new) {
            orders.extend(align_list(field, old, new).map(|order| (field.clone(), order)));
        } else {
            align(old, new);
        }
    }
    for (field, (before, after)) in orders {
        comment(old, &field, before);
        comment(new, &field, after);
    }
}

fn comment(members: &mut Map<String, Value>, field: &str, order: String) {
    members.insert(format!("{COMMENT}{field}"), Value::String(order));
}

/// How the key of a comment begins; no key of the API does.
pub(super) const COMMENT: &str = "# order of ";

/// Answers the two orders, as far as they differ, if they mean something.
fn align_list(field: &str, old: &mut [Value], new: &mut Vec<Value>) -> Option<(String, String)> {
    let (before, after) = (keys(field, old)?, keys(field, new)?);
    let shared = |ours: &[String], theirs: &[String]| -> Vec<String> {
        let theirs: BTreeSet<&String> = theirs.iter().collect();
        ours.iter().filter(|key| theirs.contains(key)).cloned().collect()
    };
    let (old_order, new_order) = (shared(&before, &after), shared(&after, &before));
    let order = (old_order != new_order && order_matters(field, old, new)).then(|| differing(&old_order, &new_order));
    // What both have comes in the old order; what is new stays in the place where it is.
    let mut olds = old_order.iter();
    let wanted = after.iter().map(|key| if before.contains(key) { olds.next().unwrap_or(key) } else { key });
    let places: Vec<Option<usize>> = wanted.map(|key| after.iter().position(|other| other == key)).collect();
    *new = places.into_iter().flatten().filter_map(|place| new.get(place).cloned()).collect();
    for (old, key) in old.iter_mut().zip(&before) {
        let same = new.iter_mut().find(|item| key_of(field, item).as_ref() == Some(key));
        if let Some(new) = same {
            align(old, new);
        }
    }
    order
}

/// What tells the elements of a list apart; None when they have no names, or share one.
fn keys(field: &str, items: &[Value]) -> Option<Vec<String>> {
    let keys: Vec<String> = items.iter().map(|item| key_of(field, item)).collect::<Option<_>>()?;
    let distinct: BTreeSet<&String> = keys.iter().collect();
    (distinct.len() == keys.len()).then_some(keys)
}

/// The name of an element by the field it is in: the merge keys of `core/v1`, and the topology key's whole map key.
pub(super) fn key_of(field: &str, item: &Value) -> Option<String> {
    let members: &[&str] = match field {
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" => &["containerPort", "protocol"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey", "whenUnsatisfiable"],
        "items" => &["key"],
        _ => &["name"],
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let first = members.first().and_then(|member| item.get(member)).map(text)?;
    let others = members.iter().skip(1).filter_map(|member| item.get(member)).map(text);
    Some(std::iter::once(first).chain(others).collect::<Vec<_>>().join("/"))
}

/// Containers start in their order, and the first one is whose logs and shell `kubectl` takes; variables are made of
/// those before them.
fn order_matters(field: &str, old: &[Value], new: &[Value]) -> bool {
    let refers = |item: &Value| item.get("value").and_then(Value::as_str).is_some_and(|value| value.contains("$("));
    match field {
        "containers" | "initContainers" => true,
        "env" => old.iter().chain(new).any(refers),
        _ => false,
    }
}

/// Two orders of the same names, without what they have in common at both ends.
fn differing(old: &[String], new: &[String]) -> (String, String) {
    let pairs = || old.iter().zip(new);
    let start = pairs().take_while(|(a, b)| a == b).count();
    let end = pairs().rev().take_while(|(a, b)| a == b).count();
    let middle = |all: &[String]| all.get(start..all.len() - end).unwrap_or_default().join(", ");
    (middle(old), middle(new))
}
