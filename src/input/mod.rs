//! From keys to meaning: chords, actions, and the keymap files that join them.
//!
//! Nothing here knows what an action does; nothing here reads the terminal.

pub mod actions;
pub mod chord;
pub mod keymap;

pub use actions::{Action, Scope};
pub use chord::Chord;
pub use keymap::{Keymap, Resolved};
