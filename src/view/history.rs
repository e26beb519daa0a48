//! The revisions of a rollout.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;
use crate::domain::Ref;

pub(super) fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>, _at: &Ref) {}
