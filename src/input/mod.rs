//! From keys to meaning: chords, actions, and the keymap files that join them.
//!
//! Nothing here knows what an action does; nothing here reads the terminal or a file.

pub mod actions;
pub mod chord;
pub mod keymap;
mod keymap_file;

pub use actions::{Action, Board, Chart, Deck, Demo, Global, History, Logs, Move, Scope, Steer};
pub use chord::{BadChord, Chord, Key};
pub use crossterm::event::KeyEvent;
pub use keymap::{Keymap, Resolved};
pub use keymap_file::BadKeymap;
