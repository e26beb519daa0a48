//! The plan card, and the line that asks what a verb needs to know.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;
use crate::session::{CardState, Field};

pub(super) fn ask(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>, _field: &Field) {}

pub(super) fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>, _card: &CardState) {}
