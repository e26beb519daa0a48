//! What differs between an object as a card was made from it and as it is now, and who did it.

use serde_json::Value;

use super::who::{self, Hand};
use crate::{
    domain::{Moment, Text},
    systems::parts::{Part, parts},
};

/// Parts that are named; more are counted.
const NAMED: usize = 3;

/// What differs between an object as a card was made from it and as it is now, in one sentence that names who wrote it last
/// (`image of app: web:1 → web:2, by kubectl-set 3 s ago`); None when nothing that anybody steers differs.
pub fn changed(before: &Value, now: &Value, at: Moment) -> Option<Text> {
    let uid = |whole: &Value| whole.pointer("/metadata/uid").cloned();
    if uid(before) != uid(now) {
        return Some(Text::fixed("it was deleted and created again"));
    }
    let deleting = |whole: &Value| whole.pointer("/metadata/deletionTimestamp").is_some_and(Value::is_string);
    if deleting(now) && !deleting(before) {
        return Some(Text::fixed("it is being deleted"));
    }
    let parts = parts(before, now);
    let hands = who::hands(now);
    let lines: Vec<String> = grouped(&parts, &hands, at);
    (!lines.is_empty()).then(|| Text::clean(&lines.join("; ")))
}

/// The parts, each writer named once, after the last of a row of parts that are his.
fn grouped(parts: &[Part], hands: &[Hand<'_>], at: Moment) -> Vec<String> {
    let mut lines: Vec<(String, String)> = Vec::new();
    for part in parts.iter().take(NAMED) {
        let says = format!("{}: {} → {}", part.what, part.before, part.after);
        let by = by(part, hands, at);
        match lines.last_mut() {
            Some((said, writer)) if *writer == by => *said = format!("{said}, {says}"),
            Some(_) | None => lines.push((says, by)),
        }
    }
    let mut lines: Vec<String> = lines.into_iter().map(|(says, by)| format!("{says}{by}")).collect();
    if parts.len() > NAMED {
        lines.push(format!("and {} more", parts.len() - NAMED));
    }
    lines
}

/// Who wrote it. A field that was taken away has no owner any more: the last one to write the spec may have done it.
fn by(part: &Part, hands: &[Hand<'_>], at: Moment) -> String {
    match (who::wrote(hands, &part.fields), who::newest(hands)) {
        (Some(hand), _) => format!(", by {}", hand.told(at)),
        (None, Some(hand)) => format!(" (the spec was last written by {})", hand.told(at)),
        (None, None) => String::new(),
    }
}
