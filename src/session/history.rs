//! The revisions of a rollout: a cursor, a mark, and the way to differences and back to a revision.

use super::{Done, Session, Why, refuse};
use crate::{
    domain::{Fleet, Ref, Uid},
    input::{History, Move},
};

/// The screen of revisions.
#[derive(Clone, Debug, Default)]
pub struct HistoryState {
    /// The selected revision, by its ReplicaSet.
    pub cursor: Option<Uid>,
    /// The row it was last seen in.
    pub row: usize,
    /// The revision that others are compared with.
    pub marked: Option<Uid>,
    /// Lines scrolled in a difference.
    pub diff_top: usize,
}

impl Session {
    pub(super) fn on_history(&mut self, _action: History, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    pub(super) fn open_history(&mut self, _at: Ref, _fleet: &Fleet) -> Result<(), Why> {
        Err(refuse("not yet"))
    }

    pub(super) fn open_diff(&mut self, _at: &Ref, _fleet: &Fleet) -> Result<(), Why> {
        Err(refuse("not yet"))
    }

    pub(super) fn move_in_history(&mut self, _motion: Move, _at: &Ref, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    pub(super) fn move_in_diff(&mut self, _motion: Move, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    pub(super) fn settle_history(&mut self, _fleet: &Fleet) {}
}
