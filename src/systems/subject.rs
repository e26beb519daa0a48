//! The object that a verb is planned for, whole and fresh, and what all verbs of all systems say in the same words.

use serde_json::{Map, Value, json};

use crate::{
    domain::{Change, Guard, Intent, Name, Op, Ref, Rollout, Sub, Text, Uid, Weight, Why, Write},
    systems::Ask,
};

/// The object of an [`Ask`].
pub(in crate::systems) struct Subject<'a> {
    /// All of it.
    pub(in crate::systems) whole: &'a Value,
    /// Which one.
    pub(in crate::systems) at: &'a Ref,
    uid: &'a str,
    /// The rollout as the screen shows it.
    pub(in crate::systems) rollout: &'a Rollout,
    has_context: bool,
}

impl<'a> Subject<'a> {
    /// Looks at it: it must be the one on the screen, and stay.
    pub(in crate::systems) fn of(ask: &Ask<'a>) -> Result<Self, Why> {
        let at = &ask.intent.target;
        let whole = ask.whole.first().ok_or_else(|| why(format!("{at} was not read")))?;
        let uid = whole.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        if ask.rollout.uid != *uid {
            return Err(why(format!("{at} was deleted and created again: look at the new one first")));
        }
        if whole.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string) {
            return Err(why(format!("{at} is being deleted")));
        }
        Ok(Self { whole, at, uid, rollout: ask.rollout, has_context: ask.has_context })
    }

    /// Its annotations, if there are any.
    pub(in crate::systems) fn annotations(&self) -> Option<&'a Map<String, Value>> {
        self.whole.pointer("/metadata/annotations").and_then(Value::as_object)
    }

    /// The test that nobody changed the spec since.
    pub(in crate::systems) fn generation(&self) -> (Text, Value) {
        let held = self.whole.pointer("/metadata/generation").cloned().unwrap_or_default();
        (Text::fixed("/metadata/generation"), held)
    }

    /// A write of the object itself.
    pub(in crate::systems) fn write(&self, tests: Vec<(Text, Value)>, ops: Vec<Op>) -> Write {
        self.through(Sub::Main, tests, ops)
    }

    /// A write through one of its doors.
    pub(in crate::systems) fn through(&self, sub: Sub, tests: Vec<(Text, Value)>, ops: Vec<Op>) -> Write {
        Write { target: self.at.clone(), uid: Uid::from(self.uid), sub, tests, ops }
    }

    /// A kubectl command about it. A cluster without a context (that of this pod, the demo's) is not named: no kubeconfig
    /// would know it.
    pub(in crate::systems) fn kubectl(&self, command: &str) -> Text {
        let Ref { cluster, namespace, .. } = self.at;
        let context = if self.has_context { format!(" --context {}", quote(cluster)) } else { String::new() };
        Text::clean(&format!("kubectl {command} -n {}{context}", quote(namespace)))
    }
}

/// The same needs for every verb that looks at nothing but its object.
pub(in crate::systems) fn itself(rollout: &Rollout, _: &Intent) -> Vec<Ref> {
    vec![rollout.at.clone()]
}

/// Puts an annotation: into the map at a pointer, or with a new map where there is none. The test that there is still none
/// comes along.
pub(in crate::systems) fn annotate(whole: &Value, map: &str, key: &str, value: &str) -> (Option<(Text, Value)>, Op) {
    if whole.pointer(map).is_some_and(Value::is_object) {
        return (None, Op::Put(Text::clean(&format!("{map}/{}", token(key))), json!(value)));
    }
    let mut new = Map::new();
    new.insert(key.to_owned(), json!(value));
    (Some((Text::clean(map), Value::Null)), Op::Put(Text::clean(map), Value::Object(new)))
}

/// A key as a segment of a JSON pointer (RFC 6901).
pub(in crate::systems) fn token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A word of a shell's command line.
pub(in crate::systems) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A refusal.
pub(in crate::systems) fn why(says: impl Into<String>) -> Why {
    Why(Text::from(says.into()))
}

/// A guard.
pub(in crate::systems) fn guard(rule: &'static str, weight: Weight, says: impl Into<String>) -> Guard {
    Guard { rule: Name::fixed(rule), weight, says: Text::from(says.into()) }
}

/// A line of before → after.
pub(in crate::systems) fn change(what: &str, before: impl AsRef<str>, after: impl AsRef<str>) -> Change {
    Change { what: what.into(), before: before.as_ref().into(), after: after.as_ref().into() }
}
