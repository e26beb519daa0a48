//! Whether a write arrived, judged by the object as it is now. It sends nothing again: a write is sent once.

use serde_json::Value;

use crate::domain::{Op, Sub, Text, Write};

/// What a fresh reading says about a write whose answer was lost, or that was in flight when its program died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It is there: the generation of the object now, which is at least the one that the write made.
    Applied(Option<i64>),
    /// It is not there, and what it tested still holds: it did not arrive (yet).
    Absent,
    /// The object has moved on, so that this cannot be told any more: what is there now.
    Lost(Text),
}

/// Judges a write by the object as it is now (None: there is no such object any more). A write through `/scale` is judged
/// by the object itself too, whose `spec.replicas` is 0 where the Scale has none.
pub fn resolve(write: &Write, now: Option<&Value>) -> Resolved {
    let at = &write.target;
    let lost = |says: String| Resolved::Lost(Text::from(says));
    let Some(now) = now else {
        return lost(format!("{at} is gone: whether it was changed before cannot be told"));
    };
    if now.pointer("/metadata/uid").and_then(Value::as_str) != Some(&write.uid) {
        return lost(format!("{at} was deleted and created again: whether it was changed before cannot be told"));
    }
    let is_done = write.ops.iter().all(|op| is_there(write.sub, op, now));
    let is_untouched = write.tests.iter().all(|(path, value)| holds(write.sub, path, value, now));
    match (is_done, is_untouched) {
        (true, false) => Resolved::Applied(generation(now)),
        (false, true) => Resolved::Absent,
        (true, true) => {
            lost(format!("{at} is as wanted, and was so before: whether it was written again cannot be told"))
        }
        (false, false) => lost(format!("{at} was changed by somebody since, and is not as wanted")),
    }
}

/// `metadata.generation`.
pub(super) fn generation(whole: &Value) -> Option<i64> {
    whole.pointer("/metadata/generation").and_then(Value::as_i64)
}

/// Whether a change is there. Of a map of annotations that was made, others may have added to it since.
pub(super) fn is_there(sub: Sub, op: &Op, now: &Value) -> bool {
    match op {
        Op::Remove(path) => now.pointer(path).is_none_or(Value::is_null),
        Op::Put(path, Value::Object(notes)) if path.ends_with("/annotations") => {
            notes.iter().all(|(key, value)| now.pointer(path).and_then(|map| map.get(key)) == Some(value))
        }
        Op::Put(path, value) => holds(sub, path, value, now),
    }
}

fn holds(sub: Sub, path: &str, value: &Value, now: &Value) -> bool {
    let is_scale = sub == Sub::Scale;
    let zero = |value: &Value| value.is_null() || is_scale && value.as_i64() == Some(0);
    match now.pointer(path) {
        Some(held) => held == value || zero(held) && zero(value),
        None => zero(value),
    }
}
