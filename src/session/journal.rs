//! The screen of the journal: a cursor along what was done, newest first. It stays on its deed while others are done.

use super::{Done, Screen, Session, Why, motion::step, refuse};
use crate::{
    domain::{Deed, Fleet, Text},
    input::Move,
};

/// The screen of the journal.
#[derive(Clone, Debug, Default)]
pub struct JournalState {
    /// The selected deed; None for the newest, whichever that is.
    pub deed: Option<Text>,
    /// Deeds back from the newest one, when last looked at.
    pub row: usize,
}

impl Session {
    pub(super) fn open_journal(&mut self) -> Result<(), Why> {
        if *self.screen() == Screen::Journal {
            return Err(refuse("the journal is shown already"));
        }
        self.overlay = None;
        self.journal = JournalState::default();
        self.screens.push(Screen::Journal);
        Ok(())
    }

    /// The selected row of the journal, 0 being the newest; where it was last seen once its deed is let go of.
    pub fn journal_row(&self, fleet: &Fleet) -> usize {
        let deeds = &fleet.desk.deeds;
        let Some(id) = &self.journal.deed else { return 0 };
        let is_it = |deed: &std::sync::Arc<Deed>| deed.id == *id;
        deeds.iter().rev().position(is_it).unwrap_or_else(|| self.journal.row.min(deeds.len().saturating_sub(1)))
    }

    pub(super) fn settle_journal(&mut self, fleet: &Fleet) {
        self.journal.row = self.journal_row(fleet);
    }

    pub(super) fn move_in_journal(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let deeds = &fleet.desk.deeds;
        let row = step(motion, self.journal_row(fleet), deeds.len(), self.page());
        let row = row.ok_or_else(|| refuse("the journal only scrolls up and down"))?;
        let deed = deeds.iter().rev().nth(row).filter(|_| row > 0);
        self.journal = JournalState { deed: deed.map(|deed| deed.id.clone()), row };
        Ok(None)
    }
}
