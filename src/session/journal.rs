//! The screen of the journal: a cursor along what was done.

use super::{Done, Session, Why, refuse};
use crate::{domain::Fleet, input::Move};

/// The screen of the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalState {
    /// Deeds back from the newest one: the selected one.
    pub back: usize,
}

impl Session {
    pub(super) fn open_journal(&mut self) -> Result<(), Why> {
        Err(refuse("not yet"))
    }

    pub(super) fn move_in_journal(&mut self, _motion: Move, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }
}
