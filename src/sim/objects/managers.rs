//! `managedFields`: who wrote which field last, per manager, operation and door. Simplified, but true: the owner of a field
//! is who last changed its value; a removed field has none. Shared ownership is what server-side apply makes.

mod apply;
mod fields;

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use self::fields::{News, add, take};
use super::{
    json::{list, set, stamp, text, unset},
    resource::Resource,
};
use crate::domain::{Moment, Sub};

pub(super) use apply::{Applied, apply, first, through};

/// One who writes: manager, operation (`Update` or `Apply`), door.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) manager: &'a str,
    pub(super) operation: &'static str,
    pub(super) sub: Sub,
}

/// Who owns what before a write: what the writer says, if it says anything, as `kubectl apply --server-side` does with what
/// was applied on the client's side before. One empty entry makes them forgotten.
pub(super) fn said(before: &Value, written: &Value) -> Vec<Value> {
    let said = list(written, "/metadata/managedFields");
    let said = if said.is_empty() { list(before, "/metadata/managedFields") } else { said };
    said.iter().filter(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty())).cloned().collect()
}

/// Rewrites the `managedFields` of `after` for what one owner changed since `before` (Null for a new object), when these were
/// the entries.
pub(super) fn record(
    resource: Resource,
    (before, entries): (&Value, Vec<Value>),
    after: &mut Value,
    owner: Owner<'_>,
    now: Moment,
) {
    let news = News::between(before, after);
    let mut kept: Vec<Value> = Vec::new();
    let mut is_listed = false;
    for mut entry in entries {
        let fields = fields_of(&entry).clone();
        let mut rest = fields.clone();
        news.gone.iter().for_each(|path| take(&mut rest, path));
        if is(&entry, owner) {
            is_listed = true;
            news.changed.iter().for_each(|path| add(&mut rest, path));
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
        news.changed.iter().for_each(|path| add(&mut fields, path));
        kept.push(entry(resource, owner, &fields, now));
    }
    put(after, kept);
}

/// Sets the `managedFields` of an object; none is left out.
pub(super) fn put(object: &mut Value, managed: Vec<Value>) {
    if managed.is_empty() {
        unset(object, &["metadata", "managedFields"]);
    } else {
        set(object, &["metadata", "managedFields"], managed);
    }
}

fn is(entry: &Value, owner: Owner<'_>) -> bool {
    text(entry, "/manager") == owner.manager
        && text(entry, "/operation") == owner.operation
        && text(entry, "/subresource") == owner.sub.segment()
}

/// The tree of fields of an entry.
fn fields_of(entry: &Value) -> &Value {
    entry.get("fieldsV1").unwrap_or(&Value::Null)
}

/// The order in which entries are listed: those who applied first, the oldest first.
fn by_operation(a: &Value, b: &Value) -> Ordering {
    let of = |entry: &'_ Value| ["/operation", "/time", "/manager"].map(|at| text(entry, at).to_owned());
    of(a).cmp(&of(b))
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
        record(Resource::Deployments, (&Value::Null, Vec::new()), &mut first, KUBECTL, Moment(0));
        let mut second = first.clone();
        second["spec"] = json!({"replicas": 2});
        record(Resource::Deployments, (&first, said(&first, &Value::Null)), &mut second, DECK, Moment(5_000));
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
        record(Resource::Pods, (&Value::Null, Vec::new()), &mut first, KUBECTL, Moment(0));
        let mut second = image("a:2");
        record(Resource::Pods, (&first, said(&first, &Value::Null)), &mut second, DECK, Moment(0));
        let app = json!({"f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {"f:image": {}}}}});
        assert_eq!(managers(&second)[1], ("rolldeck", app));
        let port = "k:{\"containerPort\":80,\"protocol\":\"TCP\"}";
        let side = &managers(&second)[0].1["f:spec"]["f:containers"]["k:{\"name\":\"side\"}"];
        assert_eq!(side["f:ports"][port], json!({".": {}, "f:containerPort": {}, "f:protocol": {}}));
    }
}
