//! Below the board: why the selected rollout is in its state, without opening its deck. Only where rows are left for it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, deck, findings, glyphs, layout, state, text, theme::Role};
use crate::domain::{Rollout, num};

/// It is not worth showing with fewer rows, and never needs more.
const ROWS: std::ops::RangeInclusive<u16> = 5..=14;
/// From this height on a third of the board is kept free for it, however many rollouts there are.
const TALL: u16 = 36;

/// Rows below the list: what short lists leave, and on tall screens a share of long ones.
pub(super) fn height(area: Rect, rollouts: usize) -> u16 {
    let free = area.height.saturating_sub(num::cells(rollouts).saturating_add(2));
    let kept = if area.height >= TALL { 12 } else { 0 };
    let rows = free.max(kept).min(*ROWS.end());
    if ROWS.contains(&rows) { rows } else { 0 }
}

/// Right below the last rollout with an empty row between, so that the eye need not travel.
pub(super) fn after(list: Rect, below: Rect, rollouts: usize) -> Rect {
    let used = num::cells(rollouts).saturating_add(2).min(list.height);
    Rect { y: below.y - (list.height - used), ..below }
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, rollout: &Rollout) {
    if area.is_empty() {
        return;
    }
    let (head, rest) = layout::take(area, 1);
    let rule = Line::from(scene.span(Role::Border, glyphs::EMPTY.repeat(usize::from(head.width))));
    text::put(buffer, head, &rule);
    let mut title = deck::path(scene, &rollout.at);
    title.spans.push(Span::raw(" "));
    text::put(buffer, layout::inset(head, 2), &title);
    let (shape, tone) = state::glyph(rollout);
    let says = Line::from(vec![scene.span(tone, format!(" {shape} ")), scene.span(Role::Text, rollout.says.as_str())]);
    let (row, rest) = layout::take(rest, 1);
    text::put(buffer, row, &says);
    let (row, found) = layout::take(rest, 1);
    text::put(buffer, row, &state::timing(scene, rollout));
    findings::draw(buffer, found, scene, rollout);
}
