//! The command palette: what is typed, the actions that match, their keys, and why one cannot be done now.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, board, glyphs, help, layout, text, theme::Role};
use crate::{
    domain::num,
    session::{Prompt, Suggestion},
};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (prompt, selected): (&Prompt, usize)) {
    let suggestions = scene.session.suggestions(scene.fleet);
    let height = num::cells(suggestions.len().max(1)).saturating_add(4).min(area.height.min(24));
    let frame = layout::centred(area, area.width.min(96), height);
    let inner = help::window(buffer, frame, scene, "do what?");
    let (line, rest) = layout::take(inner, 1);
    let typed = [vec![scene.span(Role::Key, ": ")], board::typed(scene, prompt)].concat();
    text::put(buffer, line, &Line::from(typed));
    let (_, rest) = layout::take(rest, 1);
    if suggestions.is_empty() {
        return text::put(buffer, rest, &Line::from(scene.span(Role::Dim, "No action has such a name.")));
    }
    let selected = selected.min(suggestions.len() - 1);
    let widest = suggestions.iter().map(|s| text::width(s.action.name())).max().unwrap_or(0);
    let seen = text::window(suggestions.len(), selected, rest.height);
    for (row, index) in rest.rows().zip(seen) {
        let Some(suggestion) = suggestions.get(index) else { continue };
        let (keys, room) = keys(scene, suggestion, row.width);
        text::put(
            buffer,
            Rect { width: row.width.saturating_sub(room), ..row },
            &self::line(scene, suggestion, widest),
        );
        text::put_right(buffer, row, &keys);
        if index == selected {
            buffer.set_style(row, scene.style(Role::Selected));
            text::put(buffer, row, &Line::from(scene.span(Role::Accent, glyphs::CURSOR)));
        }
    }
}

fn keys<'a>(scene: &Scene<'_>, suggestion: &Suggestion, width: u16) -> (Line<'a>, u16) {
    let keys = scene.keys.keys_of(suggestion.action).into_iter().take(2).collect::<Vec<_>>().join("  ");
    if keys.is_empty() || width < 40 {
        return (Line::default(), 0);
    }
    let room = text::width(&keys) + 2;
    (Line::from(scene.span(Role::Key, format!(" {keys} "))), room)
}

/// The name with its matched characters, then what it does, or why it cannot be done.
fn line<'a>(scene: &Scene<'_>, suggestion: &Suggestion, widest: u16) -> Line<'a> {
    let name = suggestion.action.name();
    let able = suggestion.able.is_ok();
    let mut spans = vec![Span::raw("  ")];
    for (index, letter) in name.chars().enumerate() {
        let role = if suggestion.matched.contains(&index) {
            Role::Matched
        } else if able {
            Role::Text
        } else {
            Role::Dim
        };
        spans.push(scene.span(role, letter.to_string()));
    }
    spans.push(Span::raw(" ".repeat(usize::from(widest.saturating_sub(text::width(name)) + 2))));
    match &suggestion.able {
        Ok(()) => spans.push(scene.span(Role::Dim, suggestion.action.doc())),
        Err(why) => spans.push(scene.span(Role::Warning, format!("not now: {why}"))),
    }
    Line::from(spans)
}
