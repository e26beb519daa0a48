//! Drawing, one region a file: pure functions from the picture of the world to cells.
//!
//! Views see the [`Fleet`], the [`Session`], the theme, the keymap and a moment; they can name neither store nor cluster.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{Fleet, Moment},
    input::Keymap,
    session::Session,
};

pub mod theme;

/// All that a frame is made of.
pub struct Scene<'a> {
    /// The world.
    pub fleet: &'a Fleet,
    /// What the operator is doing.
    pub session: &'a Session,
    /// Colours and modifiers by role.
    pub theme: &'a theme::Theme,
    /// For the keys in hints and help.
    pub keys: &'a Keymap,
    /// The cluster's now.
    pub now: Moment,
}

/// Draws the whole screen.
pub fn draw(_buffer: &mut Buffer, _area: Rect, _scene: &Scene<'_>) {}
