//! Small pieces of sentences, and of sentences that components wrote.

use std::time::Duration;

use super::Side;
use crate::domain::Ref;

/// `45 s`, `12 min`, `3 h`, `2 days`.
pub(super) fn span(span: Duration) -> String {
    match span.as_secs() {
        secs @ 0..120 => format!("{secs} s"),
        secs @ 120..7_200 => format!("{} min", secs / 60),
        secs @ 7_200..172_800 => format!("{} h", secs / 3_600),
        secs => format!("{} days", secs / 86_400),
    }
}

/// `3 of 5 pods of web:1.9`, `the pod of web:1.9`.
pub(super) fn pods_of(side: &Side<'_>, some: usize) -> String {
    let image = side.version.image();
    let all = side.pods().iter().filter(|pod| pod.meta.deleting.is_none()).count();
    match (some, all) {
        (1, 1) => format!("the pod of {image}"),
        (2, 2) => format!("both pods of {image}"),
        _ if some == all => format!("all {all} pods of {image}"),
        _ => format!("{some} of {all} pods of {image}"),
    }
}

/// `1 of 5 pods of web:1.9 waits`, `2 of 5 pods of web:1.9 wait`.
pub(super) fn pods_do(side: &Side<'_>, some: usize, one: &str, many: &str) -> String {
    format!("{} {}", pods_of(side, some), if some == 1 { one } else { many })
}

/// `1 pod`, `2 pods`.
pub(super) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// The command that tells more about an object.
pub(super) fn describe(at: &Ref) -> String {
    format!("kubectl -n {} describe {} {}", at.namespace, at.kind.kind.to_lowercase(), at.name)
}

/// What stands between two marks.
pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// What stands after a mark, to the end.
pub(super) fn after<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.split_once(before).map(|(_, rest)| rest)
}

/// The first words of a sentence that goes on for long: at most `limit` characters, cut at a space.
pub(super) fn brief(text: &str, limit: usize) -> String {
    let text = text.trim().trim_end_matches('.');
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let words = [45, 119, 120, 7_199, 7_200, 200_000].map(|secs| span(Duration::from_secs(secs)));
        assert_eq!(words, ["45 s", "119 s", "2 min", "119 min", "2 h", "2 days"]);
    }

    #[test]
    fn long_sentences_end_at_a_word() {
        assert_eq!(brief("one two three", 9), "one two…");
        assert_eq!(brief("short.", 8), "short");
    }
}
