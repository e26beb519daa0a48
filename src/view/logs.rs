//! Log lines of a pod, or of all pods of a version.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;

pub(super) fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>) {}
