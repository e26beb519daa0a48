//! Small helpers over JSON objects and Kubernetes timestamps. Missing and mistyped members read as empty or 0, as Go's
//! zero values do; nothing here reports errors.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::domain::Moment;

/// What is at a JSON pointer, as [`Value::pointer`] finds it. That one allocates for each part of the way, and the simulator
/// looks at some million members before its screen opens.
pub(crate) fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    if pointer.contains('~') {
        return value.pointer(pointer);
    }
    pointer.split('/').skip(1).try_fold(value, |at, part| match at {
        Value::Object(members) => members.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// The text at a JSON pointer; empty when it is not there.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    at(value, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer; 0 when it is not there.
pub(crate) fn int(value: &Value, pointer: &str) -> i64 {
    at(value, pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// A count of pods at a JSON pointer; 0 when it is not there or too large.
pub(crate) fn count(value: &Value, pointer: &str) -> i32 {
    i32::try_from(int(value, pointer)).unwrap_or_default()
}

/// The boolean at a JSON pointer; false when it is not there.
pub(crate) fn flag(value: &Value, pointer: &str) -> bool {
    at(value, pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The list at a JSON pointer; empty when it is not there.
pub(crate) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    at(value, pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What is at a JSON pointer; null when nothing is.
pub(crate) fn object_or_null<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    at(value, pointer).unwrap_or(&Value::Null)
}

/// The members of the object at a JSON pointer that are text: labels, annotations, selectors.
pub(crate) fn pairs<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
    let object = at(value, pointer).and_then(Value::as_object);
    object.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// One annotation.
pub(crate) fn annotation<'v>(object: &'v Value, key: &str) -> Option<&'v str> {
    object.get("metadata")?.get("annotations")?.get(key)?.as_str()
}

/// Sets a member, making the objects on the way to it.
pub(crate) fn set(value: &mut Value, path: &[&str], to: impl Into<Value>) {
    *member(value, path) = to.into();
}

/// Sets a member unless it is there already.
pub(crate) fn default(value: &mut Value, path: &[&str], to: impl Into<Value>) {
    let at = member(value, path);
    if at.is_null() {
        *at = to.into();
    }
}

fn member<'v>(value: &'v mut Value, path: &[&str]) -> &'v mut Value {
    path.iter().fold(value, |at, part| {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        &mut at[*part]
    })
}

/// Takes a member away; what it was.
pub(crate) fn unset(value: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, way) = path.split_last()?;
    let mut at = value;
    for part in way {
        at = at.get_mut(*part)?;
    }
    at.as_object_mut()?.remove(*last)
}

/// A time as `metav1.Time` writes it: whole seconds, UTC.
pub(crate) fn stamp(at: Moment) -> String {
    let whole = Timestamp::from_second(at.0.div_euclid(1_000)).unwrap_or_default();
    format!("{whole:.0}")
}

/// A time as `metav1.MicroTime` writes it.
pub(crate) fn micro_stamp(at: Moment) -> String {
    let exact = Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{exact:.6}")
}

/// The moment that a timestamp names.
pub(crate) fn moment(stamp: &str) -> Option<Moment> {
    Some(Moment(stamp.parse::<Timestamp>().ok()?.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn setting_makes_the_way_and_unsetting_takes_only_the_end() {
        let mut value = json!({"a": {"b": 1}});
        set(&mut value, &["a", "c", "d"], 2);
        default(&mut value, &["a", "b"], 9);
        assert_eq!(unset(&mut value, &["a", "c", "d"]), Some(json!(2)));
        assert_eq!(value, json!({"a": {"b": 1, "c": {}}}));
    }

    #[test]
    fn a_pointer_finds_what_serde_json_finds() {
        let value = json!({"a": [{"b": 1}, 2], "x/y": {"c": "d"}, "": 3});
        for pointer in ["", "/a/0/b", "/a/1", "/a/2", "/a/x", "/a/1/b", "/x~1y/c", "/", "/none"] {
            assert_eq!(at(&value, pointer), value.pointer(pointer), "{pointer:?}");
        }
    }

    #[test]
    fn times_are_written_as_go_writes_them() {
        assert_eq!(stamp(Moment(1_700_000_000_999)), "2023-11-14T22:13:20Z");
        assert_eq!(micro_stamp(Moment(1_700_000_000_999)), "2023-11-14T22:13:20.999000Z");
        assert_eq!(moment("2023-11-14T22:13:20Z"), Some(Moment(1_700_000_000_000)));
    }
}
