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
        (false, false) => {
            lost(format!("{at} has moved on since, and is not as wanted: whether it was so in between cannot be told"))
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Args, Verb},
        steer::fixture::write,
        systems::fixture::{deployment, with},
    };
    use serde_json::json;

    fn at(generation: i64, whole: Value) -> Value {
        with(whole, "/metadata/generation", json!(generation))
    }

    fn images(image: &str) -> Args {
        Args::Images { images: vec![("app".into(), image.into())], cause: None }
    }

    #[test]
    fn there_not_there_or_nobody_knows() {
        let before = deployment("web:3");
        let write = write(Verb::SetImage, images("web:4"), &before);
        let cause = "/metadata/annotations/kubernetes.io~1change-cause";
        let after = at(8, with(deployment("web:4"), cause, json!("set image app=web:4")));
        assert_eq!(resolve(&write, Some(&before)), Resolved::Absent);
        assert_eq!(resolve(&write, Some(&after)), Resolved::Applied(Some(8)));
        assert!(matches!(resolve(&write, Some(&at(8, deployment("web:9")))), Resolved::Lost(_)));
        assert!(matches!(resolve(&write, None), Resolved::Lost(why) if why.contains("is gone")));
        let other = with(after, "/metadata/uid", json!("other"));
        assert!(matches!(resolve(&write, Some(&other)), Resolved::Lost(why) if why.contains("created again")));
    }

    #[test]
    fn a_scale_is_judged_by_the_object_whose_zero_is_a_number() {
        let zero = with(deployment("web:3"), "/spec/replicas", json!(0));
        let up = write(Verb::Scale, Args::Replicas(3), &zero);
        assert_eq!(resolve(&up, Some(&zero)), Resolved::Absent);
        assert_eq!(resolve(&up, Some(&at(8, deployment("web:3")))), Resolved::Applied(Some(8)));
        let down = write(Verb::Scale, Args::Replicas(0), &deployment("web:3"));
        assert_eq!(resolve(&down, Some(&zero)), Resolved::Applied(Some(7)));
        assert_eq!(resolve(&down, Some(&deployment("web:3"))), Resolved::Absent);
        let five = with(deployment("web:3"), "/spec/replicas", json!(5));
        assert!(matches!(resolve(&down, Some(&five)), Resolved::Lost(_)));
    }

    #[test]
    fn taking_away_is_there_when_nothing_is() {
        let paused = with(deployment("web:3"), "/spec/paused", json!(true));
        let resume = write(Verb::Resume, Args::None, &paused);
        assert_eq!(resolve(&resume, Some(&paused)), Resolved::Absent);
        assert_eq!(resolve(&resume, Some(&at(8, deployment("web:3")))), Resolved::Applied(Some(8)));
    }

    #[test]
    fn a_new_map_may_have_grown() {
        let restart = write(Verb::Restart, Args::None, &deployment("web:3"));
        let map = json!({"kubectl.kubernetes.io/restartedAt": "1970-01-12T13:46:40Z", "other": "x"});
        let after = at(8, with(deployment("web:3"), "/spec/template/metadata/annotations", map));
        assert_eq!(resolve(&restart, Some(&after)), Resolved::Applied(Some(8)));
    }
}
