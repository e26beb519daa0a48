//! The difference between two pod templates as a person reads it: YAML, lines that changed with a few around them, and the
//! words in them that did. Nothing is fetched or drawn here.
#![deny(missing_docs)]

mod align;
mod yaml;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use self::yaml::Row;
use crate::domain::{DiffLine, DiffSide, Text};

/// Equal lines that are kept around each change, as `diff -u` keeps.
const AROUND: usize = 3;

/// The lines that differ between two templates, with a few equal ones around; empty when they are equal. The label
/// `pod-template-hash` is the controller's and is left out.
///
/// Elements of lists that have names (containers, variables, volumes…) are compared by name. Where their order means
/// something and changed, a line of its own says so. A gap's pieces are keys that lead to the change after it.
pub fn templates(old: &Value, new: &Value) -> Vec<DiffLine> {
    let (mut old, mut new) = (align::tidy(old), align::tidy(new));
    align::align(&mut old, &mut new);
    let (old, new) = (yaml::rows(&old), yaml::rows(&new));
    let ops = capture_diff_slices(Algorithm::Patience, &old, &new);
    let mut lines = Vec::new();
    for hunk in group_diff_ops(ops, AROUND) {
        let starts_late = hunk.first().is_some_and(|op| op.old_range().start > 0 || op.new_range().start > 0);
        if starts_late {
            lines.push(gap(&hunk, &old, &new));
        }
        for op in &hunk {
            lines.extend(of(op, &old, &new));
        }
    }
    lines
}

/// What was left out before a hunk, and the keys that lead to its first change, as far as no line of the hunk shows them.
fn gap(hunk: &[DiffOp], old: &[Row], new: &[Row]) -> DiffLine {
    let first = |op: &DiffOp| {
        let row = old.get(op.old_range()).unwrap_or_default().first();
        row.or_else(|| new.get(op.new_range()).unwrap_or_default().first())
    };
    let parents = |op: Option<&DiffOp>| -> Vec<&String> {
        let row = op.and_then(first);
        row.and_then(|row| row.path.split_last()).map(|(_, parents)| parents.iter().collect()).unwrap_or_default()
    };
    let changed = hunk.iter().find(|op| !matches!(op, DiffOp::Equal { .. }));
    let (start, change) = (parents(hunk.first()), parents(changed));
    let common = start.into_iter().zip(change).take_while(|(a, b)| a == b);
    DiffLine { side: DiffSide::Gap, pieces: common.map(|(key, _)| (false, Text::clean(key))).collect() }
}

fn of(op: &DiffOp, old: &[Row], new: &[Row]) -> Vec<DiffLine> {
    let (olds, news) = (old.get(op.old_range()).unwrap_or_default(), new.get(op.new_range()).unwrap_or_default());
    if matches!(op, DiffOp::Equal { .. }) {
        return olds.iter().map(|row| whole(DiffSide::Both, row)).collect();
    }
    let gone = olds.iter().enumerate().map(|(index, row)| marked(DiffSide::Old, row, partner(olds, index, news)));
    let come = news.iter().enumerate().map(|(index, row)| marked(DiffSide::New, row, partner(news, index, olds)));
    gone.chain(come).collect()
}

/// The row of the other side that the row at `index` was or became: the one at the same place of the template. Lines of
/// one text share a place; they go in pairs.
fn partner<'r>(ours: &[Row], index: usize, theirs: &'r [Row]) -> Option<&'r Row> {
    let row = ours.get(index)?;
    let nth = ours.get(..index).unwrap_or_default().iter().filter(|other| other.path == row.path).count();
    theirs.iter().filter(|other| other.path == row.path).nth(nth)
}

fn whole(side: DiffSide, row: &Row) -> DiffLine {
    DiffLine { side, pieces: vec![(false, Text::clean(&row.text))] }
}

/// A row with the words marked that its partner has not.
fn marked(side: DiffSide, row: &Row, partner: Option<&Row>) -> DiffLine {
    let Some(partner) = partner else { return whole(side, row) };
    let (ours, theirs) = (words(&row.text), words(&partner.text));
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &ours, &theirs) {
        let changed = !matches!(op, DiffOp::Equal { .. });
        let text = ours.get(op.old_range()).unwrap_or_default().concat();
        match pieces.last_mut() {
            Some((last, so_far)) if *last == changed => so_far.push_str(&text),
            Some(_) | None if text.is_empty() => {}
            Some(_) | None => pieces.push((changed, text)),
        }
    }
    DiffLine { side, pieces: pieces.into_iter().map(|(changed, text)| (changed, Text::clean(&text))).collect() }
}

/// A line cut into words and what stands between them. A tag, a number with its unit or a host name is one word.
fn words(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests;
