//! Requests as short lines: the method, the object, what is tested and what is changed. Long values stand apart, in full.

use ratatui::text::Line;

use super::{Scene, glyphs, text, theme::Role};
use crate::domain::{Op, Sub, Text, Write, num};

/// A value that takes more columns is written out at the end.
const COMPACT: u16 = 60;

/// Below a label that is wider, further rows begin at the left.
const HANGING: u16 = 14;

/// `PATCH deployment/web (scale)` with its tests and changes, each cut to `width`.
pub(super) fn brief<'a>(scene: &Scene<'_>, writes: &[Write], width: u16) -> Vec<Line<'a>> {
    writes.iter().flat_map(|write| head(scene, write, width)).collect()
}

/// The same, then the long values in full: all that is sent can be read.
pub(super) fn whole<'a>(scene: &Scene<'_>, writes: &[Write], width: u16) -> Vec<Line<'a>> {
    let mut lines = brief(scene, writes, width);
    for (path, value) in writes.iter().flat_map(|write| &write.ops).filter_map(long) {
        lines.push(Line::from(scene.span(Role::Dim, format!("{path} in full:"))));
        let rows = value.lines().flat_map(|line| broken(line, width.saturating_sub(2)));
        lines.extend(rows.map(|row| Line::from(scene.span(Role::Dim, format!("  {row}")))));
    }
    lines
}

/// What an operation puts, on several lines, if it is too long for one.
fn long(op: &Op) -> Option<(&Text, String)> {
    match op {
        Op::Put(path, value) => (text::width(&value.to_string()) > COMPACT).then(|| (path, format!("{value:#}"))),
        Op::Remove(_) => None,
    }
}

/// `PATCH deployment/web (scale)`.
pub(super) fn path(write: &Write) -> String {
    let door = match write.sub {
        Sub::Main => String::new(),
        Sub::Scale | Sub::Status => format!(" ({})", write.sub.segment()),
    };
    format!("PATCH {}{door}", write.target)
}

fn head<'a>(scene: &Scene<'_>, write: &Write, width: u16) -> Vec<Line<'a>> {
    let line = |word: &str, role, path: &str, value: &str| {
        let room = width.saturating_sub(9);
        let path = text::cut_middle(path, room).into_owned();
        let left = room.saturating_sub(text::width(&path));
        Line::from(vec![
            scene.span(role, format!("  {word:6} ")),
            scene.span(Role::Text, path),
            scene.span(Role::Dim, text::cut(value, left).into_owned()),
        ])
    };
    let mut lines = vec![Line::from(scene.span(Role::Text, path(write)))];
    lines.push(line("test", Role::Dim, "/metadata/uid", &format!(" = {}", write.uid)));
    for (path, value) in &write.tests {
        let says = if value.is_null() { " = nothing".to_owned() } else { format!(" = {value}") };
        lines.push(line("test", Role::Dim, path, &says));
    }
    lines.extend(write.ops.iter().map(|op| match op {
        Op::Remove(path) => line("remove", Role::Warning, path, ""),
        Op::Put(path, value) => {
            let says = match long(op) {
                Some((_, whole)) => format!(" = {} {} lines", glyphs::MORE, whole.lines().count()),
                None => format!(" = {value}"),
            };
            line("put", Role::Accent, path, &says)
        }
    }));
    lines
}

/// A line with its indent kept, broken after `room` columns.
fn broken(line: &str, room: u16) -> Vec<String> {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let room = room.saturating_sub(num::cells(indent)).max(8);
    let pad = " ".repeat(indent);
    text::wrap(line, room, usize::MAX).into_iter().map(|row| format!("{pad}{row}")).collect()
}

/// A label in front of a text, broken at spaces. Below a short label the text keeps its column; a long one would leave it
/// too narrow a one.
pub(super) fn labelled<'a>(scene: &Scene<'_>, (role, label): (Role, &str), says: &str, width: u16) -> Vec<Line<'a>> {
    let (says, wide) = (says.trim(), text::width(label));
    let mut rows = text::wrap(says, width.saturating_sub(wide), usize::MAX).into_iter();
    let first = rows.next().unwrap_or_default();
    let (indent, rest) = if wide > HANGING {
        let rest = says.strip_prefix(first.as_str()).unwrap_or_default();
        ("  ".to_owned(), text::wrap(rest, width.saturating_sub(2), usize::MAX))
    } else {
        (" ".repeat(usize::from(wide)), rows.collect())
    };
    let row = |head: &str, said| Line::from(vec![scene.span(role, head.to_owned()), scene.span(Role::Text, said)]);
    std::iter::once((label, first))
        .chain(rest.into_iter().map(|said| (&*indent, said)))
        .map(|(h, s)| row(h, s))
        .collect()
}
