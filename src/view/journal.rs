//! What was done, by whom, and what became of it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;

pub(super) fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>) {}
