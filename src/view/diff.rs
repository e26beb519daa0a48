//! The difference between two templates, word by word.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Scene;
use crate::domain::{DiffAsk, Ref};

pub(super) fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>, (_at, _ask): (&Ref, &DiffAsk)) {}
