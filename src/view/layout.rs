//! How the screen is divided. Knows sizes, not contents.

use ratatui::layout::{Constraint, Layout, Rect};

pub(super) use crate::session::LEAST;

use crate::domain::num;

/// The regions that every screen has.
pub(super) struct Parts {
    /// Who, where, how fresh.
    pub(super) header: Rect,
    /// What is wrong with the view itself.
    pub(super) banner: Rect,
    /// The screen.
    pub(super) body: Rect,
    /// The keys.
    pub(super) hints: Rect,
    /// Where overlays may lie: all but the header and the hints.
    pub(super) over: Rect,
}

/// Header and hints take a row each; banners at most two, and none of a screen that has hardly any rows.
pub(super) fn split(area: Rect, banners: usize) -> Parts {
    let banners = num::cells(banners).min(if area.height >= 20 { 2 } else { 1 });
    let rows = [Constraint::Length(1), Constraint::Length(banners), Constraint::Min(0), Constraint::Length(1)];
    let [header, banner, body, hints] = Layout::vertical(rows).areas(area);
    Parts { header, banner, body, hints, over: banner.union(body) }
}

/// A rectangle of at most that size in the middle of `area`, its upper edge at a third of the free rows.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 3);
    Rect { x, y, width, height }
}

/// The first `rows` rows of `area`, and the rest.
pub(super) fn take(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

/// `area` without that many columns at its left and right.
pub(super) fn inset(area: Rect, columns: u16) -> Rect {
    let width = area.width.saturating_sub(columns.saturating_mul(2));
    Rect { x: area.x + columns.min(area.width), width, ..area }
}
