//! Strategic merge patches: maps merge, lists merge by the key that the Go type declares, and directives say otherwise
//! (`k8s.io/apimachinery` strategicpatch). The keys are those of the served kinds.

use serde_json::{Map, Value};

use super::super::status::Status;

/// How the lists of one name merge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// By this member of their items.
    Keyed(&'static str),
    /// As sets of plain values.
    Set,
    /// The patch replaces them.
    Atomic,
}

/// The merge strategy of a list by its name and the name of the list or map that it is in.
fn lists(name: &str, inside: &str) -> Lists {
    match (name, inside) {
        (
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "env"
            | "volumes"
            | "imagePullSecrets"
            | "resourceClaims",
            _,
        ) => Lists::Keyed("name"),
        ("volumeMounts", _) => Lists::Keyed("mountPath"),
        ("volumeDevices", _) => Lists::Keyed("devicePath"),
        ("ports", "containers" | "initContainers" | "ephemeralContainers") => Lists::Keyed("containerPort"),
        ("ports", "spec") => Lists::Keyed("port"),
        ("ownerReferences", _) => Lists::Keyed("uid"),
        ("conditions" | "addresses", "status") => Lists::Keyed("type"),
        ("hostAliases", _) => Lists::Keyed("ip"),
        ("taints", _) => Lists::Keyed("key"),
        ("topologySpreadConstraints", _) => Lists::Keyed("topologyKey"),
        ("finalizers" | "podCIDRs", _) => Lists::Set,
        _ => Lists::Atomic,
    }
}

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

/// The object after the patch.
pub(super) fn apply(object: &Value, patch: &Value) -> Result<Value, Status> {
    let (Some(object), Some(patch)) = (object.as_object(), patch.as_object()) else { return Ok(patch.clone()) };
    Ok(Value::Object(map(object, patch, "")?))
}

fn map(object: &Map<String, Value>, patch: &Map<String, Value>, inside: &str) -> Result<Map<String, Value>, Status> {
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => return map(&Map::new(), &without(patch), inside),
        Some("delete") => return Ok(Map::new()),
        Some("merge") | None => {}
        Some(other) => return Err(Status::internal(format!("Unknown patch type found: {other}"))),
    }
    let mut merged = object.clone();
    if let Some(retain) = patch.get(RETAIN).and_then(Value::as_array) {
        merged.retain(|key, _| retain.iter().any(|kept| kept == key));
    }
    for (key, gone) in patch.iter().filter_map(|(key, gone)| Some((key.strip_prefix(DELETE_FROM)?, gone))) {
        if let (Some(list), Some(gone)) = (merged.get_mut(key).and_then(Value::as_array_mut), gone.as_array()) {
            list.retain(|item| !gone.contains(item));
        }
    }
    for (key, value) in patch.iter().filter(|(key, _)| !key.starts_with('$')) {
        let order = patch.get(&format!("{ORDER}{key}")).and_then(Value::as_array);
        match member(merged.get(key), value, (key, inside), order)? {
            Some(value) => drop(merged.insert(key.clone(), value)),
            None => drop(merged.remove(key)),
        }
    }
    // An order without items: nothing but the order changes.
    for (key, order) in patch.iter().filter_map(|(key, order)| Some((key.strip_prefix(ORDER)?, order.as_array()?))) {
        if patch.contains_key(key) {
            continue;
        }
        if let Some(list) = merged.get_mut(key).and_then(Value::as_array_mut) {
            let all = std::mem::take(list);
            *list = ordered(&all, all.clone(), Some(order), lists(key, inside));
        }
    }
    Ok(merged)
}

/// One member after its patch; None when it goes.
fn member(
    old: Option<&Value>,
    patch: &Value,
    (key, inside): (&str, &str),
    order: Option<&Vec<Value>>,
) -> Result<Option<Value>, Status> {
    match (old, patch) {
        (_, Value::Null) => Ok(None),
        (Some(Value::Object(old)), Value::Object(patch)) => Ok(Some(Value::Object(map(old, patch, key)?))),
        (_, Value::Object(patch)) => {
            let whole = map(&Map::new(), patch, key)?;
            let deleted = patch.get(DIRECTIVE).is_some_and(|directive| directive == "delete");
            Ok((!deleted).then_some(Value::Object(whole)))
        }
        (old, Value::Array(patch)) => {
            let empty = Vec::new();
            let old = old.and_then(Value::as_array).unwrap_or(&empty);
            Ok(Some(Value::Array(list(old, patch, (key, inside), order)?)))
        }
        (_, plain) => Ok(Some(plain.clone())),
    }
}

fn list(
    old: &[Value],
    patch: &[Value],
    (name, inside): (&str, &str),
    order: Option<&Vec<Value>>,
) -> Result<Vec<Value>, Status> {
    let how = lists(name, inside);
    match how {
        Lists::Atomic => Ok(patch.to_vec()),
        Lists::Set => {
            let mut merged = old.to_vec();
            merged.extend(patch.iter().filter(|item| !old.contains(item)).cloned());
            Ok(ordered(old, merged, order, how))
        }
        Lists::Keyed(key) => {
            if patch.iter().any(|item| item.get(DIRECTIVE).is_some_and(|directive| directive == "replace")) {
                return Ok(patch.iter().filter(|item| item.get(DIRECTIVE).is_none()).cloned().collect());
            }
            let mut merged = old.to_vec();
            for item in patch {
                one(&mut merged, item, key, name)?;
            }
            Ok(ordered(old, merged, order, how))
        }
    }
}

/// Merges one item into its list.
fn one(list: &mut Vec<Value>, item: &Value, key: &str, name: &str) -> Result<(), Status> {
    let Some(patch) = item.as_object() else { return Err(Status::bare()) };
    let id = patch.get(key).ok_or_else(|| {
        let members: Vec<String> = patch.iter().map(|(key, value)| format!("{key}:{}", go(value))).collect();
        Status::internal(format!("map: map[{}] does not contain declared merge key: {key}", members.join(" ")))
    })?;
    let at = list.iter().position(|old| old.get(key) == Some(id));
    if patch.get(DIRECTIVE).is_some_and(|directive| directive == "delete") {
        list.retain(|old| old.get(key) != Some(id));
        return Ok(());
    }
    match at.and_then(|at| list.get_mut(at)) {
        Some(old) => {
            let before = old.as_object().cloned().unwrap_or_default();
            *old = Value::Object(map(&before, patch, name)?);
        }
        None => list.push(Value::Object(map(&Map::new(), patch, name)?)),
    }
    Ok(())
}

/// The items in the order that the patch asks for. Those that it does not name keep their place before what followed them
/// (`mergeSortedSlice`).
fn ordered(old: &[Value], merged: Vec<Value>, order: Option<&Vec<Value>>, how: Lists) -> Vec<Value> {
    let Some(order) = order else { return merged };
    let same = |a: &Value, b: &Value| match how {
        Lists::Keyed(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        Lists::Set | Lists::Atomic => a == b,
    };
    let named = |item: &Value| order.iter().position(|wanted| same(wanted, item));
    let was = |item: &Value| old.iter().position(|before| same(before, item));
    let (mut listed, others): (Vec<Value>, Vec<Value>) = merged.into_iter().partition(|item| named(item).is_some());
    listed.sort_by_key(&named);
    let (mut listed, mut others) = (listed.into_iter().peekable(), others.into_iter().peekable());
    let mut all = Vec::new();
    while let (Some(wanted), Some(other)) = (listed.peek(), others.peek()) {
        let first = matches!((was(other), was(wanted)), (Some(other), Some(wanted)) if other < wanted);
        all.extend(if first { others.next() } else { listed.next() });
    }
    all.into_iter().chain(listed).chain(others).collect()
}

fn without(patch: &Map<String, Value>) -> Map<String, Value> {
    patch.iter().filter(|(key, _)| *key != DIRECTIVE).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A plain value as Go prints it in an error.
fn go(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(containers: &Value) -> Value {
        json!({"spec": {"template": {"spec": {"containers": containers}}}})
    }

    fn after(object: &Value, patch: &Value) -> Value {
        apply(object, patch).unwrap()
    }

    #[test]
    fn set_image_touches_one_container() {
        let before =
            template(&json!([{"name": "app", "image": "a:1", "args": ["x"]}, {"name": "log", "image": "l:1"}]));
        let patch = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "app"}, {"name": "log"}],
            "containers": [{"name": "app", "image": "a:2"}],
        }}}});
        let expected = json!([{"name": "app", "image": "a:2", "args": ["x"]}, {"name": "log", "image": "l:1"}]);
        assert_eq!(after(&before, &patch), template(&expected));
    }

    #[test]
    fn items_are_deleted_added_and_put_in_order() {
        let before = template(&json!([
            {"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]},
            {"name": "side"},
            {"name": "b"},
        ]));
        let patch = json!({"spec": {"template": {"spec": {
            "$setElementOrder/containers": [{"name": "c"}, {"name": "a"}, {"name": "b"}],
            "containers": [{"name": "a", "env": [{"name": "X", "$patch": "delete"}]}, {"name": "c"}],
        }}}});
        let expected = json!([
            {"name": "c"},
            {"name": "a", "env": [{"name": "Y", "value": "2"}]},
            {"name": "side"},
            {"name": "b"},
        ]);
        assert_eq!(after(&before, &patch), template(&expected));
    }

    #[test]
    fn maps_are_replaced_deleted_and_trimmed() {
        let before = json!({"spec": {
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
            "selector": {"a": "1"},
        }});
        let recreate = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}});
        assert_eq!(after(&before, &recreate)["spec"]["strategy"], json!({"type": "Recreate"}));
        let replace = json!({"spec": {"selector": {"$patch": "replace", "b": "2"}}});
        assert_eq!(after(&before, &replace)["spec"]["selector"], json!({"b": "2"}));
        assert_eq!(after(&before, &json!({"spec": {"selector": null}})).pointer("/spec/selector"), None);
    }

    #[test]
    fn plain_lists_are_replaced_and_sets_grow_and_shrink() {
        let before = json!({"metadata": {"finalizers": ["a", "b"]}, "args": ["x", "y"]});
        let patch =
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["c"]}, "args": ["z"]});
        assert_eq!(after(&before, &patch), json!({"metadata": {"finalizers": ["b", "c"]}, "args": ["z"]}));
    }

    #[test]
    fn an_item_without_its_key_breaks_the_server_as_it_breaks_the_real_one() {
        let status = apply(&template(&json!([])), &template(&json!([{"image": "x"}]))).unwrap_err();
        assert_eq!(
            (status.code, status.message.as_str()),
            (500, "map: map[image:x] does not contain declared merge key: name")
        );
    }
}
