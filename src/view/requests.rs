//! Requests as short lines: the method, the object, what is tested and what is changed. Long values stand apart, in full.

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, text, theme::Role};
use crate::domain::{Op, Sub, Text, Write, num};

/// A value that takes more columns is written out at the end.
const COMPACT: u16 = 60;

/// A value that is too long for its line: where it goes, and its lines.
type Long = (Text, Vec<String>);

/// `PATCH deployment/web (scale)` with its tests and changes, each cut to `width`; then the long values in full.
pub(super) fn lines<'a>(scene: &Scene<'_>, writes: &[Write], width: u16) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut longs = Vec::new();
    for write in writes {
        lines.push(Line::from(scene.span(Role::Text, path(write))));
        let (changes, mut long) = ops(scene, write, width);
        lines.extend(changes);
        longs.append(&mut long);
    }
    for (path, long) in longs {
        lines.push(Line::from(scene.span(Role::Dim, format!("{path} in full:"))));
        // A value is JSON: where it breaks a line it may be broken anywhere.
        let rows = long.iter().flat_map(|line| broken(line, width.saturating_sub(2)));
        lines.extend(rows.map(|row| Line::from(scene.span(Role::Dim, format!("  {row}")))));
    }
    lines
}

/// `PATCH deployment/web (scale)`.
pub(super) fn path(write: &Write) -> String {
    let door = match write.sub {
        Sub::Main => String::new(),
        Sub::Scale | Sub::Status => format!(" ({})", write.sub.segment()),
    };
    format!("PATCH {}{door}", write.target)
}

fn ops<'a>(scene: &Scene<'_>, write: &Write, width: u16) -> (Vec<Line<'a>>, Vec<Long>) {
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
    let mut longs = Vec::new();
    let mut lines = vec![line("test", Role::Dim, "/metadata/uid", &format!(" = {}", write.uid))];
    for (path, value) in &write.tests {
        let says = if value.is_null() { " = nothing".to_owned() } else { format!(" = {value}") };
        lines.push(line("test", Role::Dim, path, &says));
    }
    for op in &write.ops {
        lines.push(match op {
            Op::Remove(path) => line("remove", Role::Warning, path, ""),
            Op::Put(path, value) => {
                let compact = value.to_string();
                if text::width(&compact) <= COMPACT {
                    line("put", Role::Accent, path, &format!(" = {compact}"))
                } else {
                    let long: Vec<String> = format!("{value:#}").lines().map(str::to_owned).collect();
                    let says = format!(" = {} {} lines, below", glyphs::MORE, long.len());
                    longs.push((path.clone(), long));
                    line("put", Role::Accent, path, &says)
                }
            }
        });
    }
    (lines, longs)
}

/// A line with its indent kept, broken after `room` columns.
fn broken(line: &str, room: u16) -> Vec<String> {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let room = room.saturating_sub(num::cells(indent)).max(8);
    let pad = " ".repeat(indent);
    text::wrap(line, room, usize::MAX).into_iter().map(|row| format!("{pad}{row}")).collect()
}

/// A label in front of a text, broken at spaces; the further rows stand under the text.
pub(super) fn labelled<'a>(scene: &Scene<'_>, (role, label): (Role, &str), says: &str, width: u16) -> Vec<Line<'a>> {
    let indent = usize::from(text::width(label));
    let rows = text::wrap(says, width.saturating_sub(num::cells(indent)).max(8), usize::MAX);
    let row = |(index, row): (usize, String)| {
        let head = if index == 0 { label.to_owned() } else { " ".repeat(indent) };
        Line::from(vec![scene.span(role, head), scene.span(Role::Text, row)])
    };
    let mut lines: Vec<Line<'a>> = rows.into_iter().enumerate().map(row).collect();
    if lines.is_empty() {
        lines.push(Line::from(Span::styled(label.to_owned(), scene.style(role))));
    }
    lines
}
