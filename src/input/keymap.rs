//! Keymap files: which chords mean which action, in which scope.

use super::Action;

/// A keymap.
pub struct Keymap;

/// What a sequence of chords means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This.
    Action(Action),
    /// More keys may follow.
    Pending,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// The keys of an action as text (`g g`, `ctrl-d`, `?`), shortest first.
    pub fn keys_of(&self, _action: Action) -> Vec<String> {
        Vec::new()
    }
}
