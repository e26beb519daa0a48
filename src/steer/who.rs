//! Who wrote an object, out of its `managedFields`. They say who wrote a field last, and nothing of a field that was taken
//! away: then only somebody who wrote since can be named. And some writers leave no name: who only takes fields away, and
//! (API server 1.36) everybody who writes through `/scale` once the number of pods was 0.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::Moment;

/// The field manager of our own writes (`?fieldManager=`).
pub(super) const OURS: &str = "rolldeck";

/// One entry of `managedFields`: a manager, and what it wrote last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hand<'a> {
    /// The manager (`kubectl-edit`).
    pub(super) manager: &'a str,
    /// The subresource that it wrote through; empty for the object itself.
    pub(super) sub: &'a str,
    /// When it last wrote.
    pub(super) at: Option<Moment>,
    fields: Option<&'a Value>,
}

/// Everybody who wrote something but the status, the newest first.
pub(super) fn hands(whole: &Value) -> Vec<Hand<'_>> {
    let entries = whole.pointer("/metadata/managedFields").and_then(Value::as_array).into_iter().flatten();
    let mut found: Vec<Hand<'_>> = entries.map(Hand::of).filter(|hand| hand.sub != "status").collect();
    found.sort_by_key(|hand| std::cmp::Reverse(hand.at));
    found
}

/// An entry as it stood once: whoever is in an older list with the same time has not written since.
pub(super) type Mark = (String, String, Option<Moment>);

/// The marks of all entries.
pub(super) fn marks(whole: &Value) -> Vec<Mark> {
    hands(whole).iter().map(Hand::mark).collect()
}

/// Those who wrote since marks were taken.
pub(super) fn since<'a>(whole: &'a Value, marks: &[Mark]) -> Vec<Hand<'a>> {
    hands(whole).into_iter().filter(|hand| !marks.contains(&hand.mark())).collect()
}

/// Who wrote a field last, in the words of `managedFields`; the newest of several.
pub(super) fn wrote<'a>(hands: &[Hand<'a>], fields: &[String]) -> Option<Hand<'a>> {
    hands.iter().copied().find(|hand| hand.owns(fields))
}

/// Who wrote the spec last.
pub(super) fn newest<'a>(hands: &[Hand<'a>]) -> Option<Hand<'a>> {
    hands.iter().copied().find(|hand| hand.owns(&["f:spec".to_owned()]))
}

impl<'a> Hand<'a> {
    fn of(entry: &'a Value) -> Self {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let at = text("time").parse::<Timestamp>().ok().map(|time| Moment(time.as_millisecond()));
        Self { manager: text("manager"), sub: text("subresource"), at, fields: entry.get("fieldsV1") }
    }

    fn mark(&self) -> Mark {
        (self.manager.to_owned(), self.sub.to_owned(), self.at)
    }

    /// Whether the field is its own.
    pub(super) fn owns(&self, fields: &[String]) -> bool {
        let Some(mut held) = self.fields else { return false };
        for field in fields {
            let is_item = field.starts_with("k:") || field.starts_with("i:");
            match held.get(field) {
                Some(below) => held = below,
                // Who owns a list and none of its items owns it as a whole (`x-kubernetes-list-type: atomic`).
                None => return is_item && held.as_object().is_some_and(serde_json::Map::is_empty),
            }
        }
        true
    }

    /// The manager as a card names it.
    pub(super) fn name(&self) -> String {
        match (self.manager, self.sub) {
            ("kube-controller-manager", "scale") => "an HPA (kube-controller-manager, scale)".to_owned(),
            (manager, "") => manager.to_owned(),
            (manager, sub) => format!("{manager} ({sub})"),
        }
    }

    /// `kubectl-edit 3 s ago`.
    pub(super) fn told(&self, now: Moment) -> String {
        match self.at {
            Some(at) => format!("{} {}", self.name(), ago(at, now)),
            None => self.name(),
        }
    }
}

/// `3 s ago`, `4 min ago`, `2 h ago`, `3 d ago`.
fn ago(at: Moment, now: Moment) -> String {
    let secs = now.since(at).as_secs();
    match secs {
        0..=119 => format!("{secs} s ago"),
        120..=7_199 => format!("{} min ago", secs / 60),
        7_200..=172_799 => format!("{} h ago", secs / 3_600),
        _ => format!("{} d ago", secs / 86_400),
    }
}
