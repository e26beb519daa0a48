//! The board: rows that are filtered and sorted, and a cursor that stays on its rollout.

use std::sync::Arc;

use super::{
    Done, Filter, Marker, Overlay, Prompt, Screen, Session, Sort,
    motion::step,
    refuse,
    sort::{self, Order},
};
use crate::{
    domain::{Fleet, Ref, Rollout},
    input::{Board, Move},
};

/// The board.
#[derive(Clone, Debug, Default)]
pub struct BoardState {
    /// The selected rollout; None until the first picture is whole: until then the first row is selected, whoever it is.
    pub cursor: Option<Ref>,
    /// The row it was last seen in, for when it is gone.
    pub last_row: usize,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub reversed: bool,
    /// The filter as typed.
    pub filter: String,
    /// Only what needs a human.
    pub needs_you: bool,
}

impl Session {
    /// The board's rows: filtered and sorted.
    pub fn rows<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Arc<Rollout>> {
        let filter = Filter::parse(&self.board.filter);
        let mut marker = Marker::new(&filter);
        let wanted = |rollout: &Rollout| !self.board.needs_you || rollout.phase.needs_human();
        let mut rows: Vec<_> = fleet.rollouts.values().filter(|r| wanted(r) && filter.holds(r, &mut marker)).collect();
        sort::arrange(&mut rows, Order { by: self.board.sort, reversed: self.board.reversed });
        rows
    }

    /// The row of the cursor. When its rollout is not among the rows, the row it was last seen in, or the last one; None
    /// only when there are no rows.
    pub fn cursor_row(&self, rows: &[&Arc<Rollout>]) -> Option<usize> {
        let last = rows.len().checked_sub(1)?;
        let seen = self.board.cursor.as_ref().and_then(|at| rows.iter().position(|row| row.at == *at));
        Some(seen.unwrap_or_else(|| self.board.last_row.min(last)))
    }

    /// The selected rollout of the board.
    pub fn selected<'f>(&self, fleet: &'f Fleet) -> Option<&'f Arc<Rollout>> {
        let rows = self.rows(fleet);
        rows.get(self.cursor_row(&rows)?).copied()
    }

    /// What marks the characters of names that the board's filter found.
    pub fn marker(&self) -> Marker {
        Marker::new(&Filter::parse(&self.board.filter))
    }

    /// Notes the cursor's row; picks the row's new rollout when the old one is gone. While a filter is typed nothing is
    /// picked, so that a cancelled filter leaves the cursor where it was.
    pub(super) fn settle_board(&mut self, fleet: &Fleet) {
        let rows = self.rows(fleet);
        let Some(row) = self.cursor_row(&rows) else { return };
        let seen = rows.get(row).is_some_and(|r| Some(&r.at) == self.board.cursor.as_ref());
        let filtering = matches!(self.overlay, Some(Overlay::Filter(..)));
        let arriving = self.board.cursor.is_none() && fleet.is_loading();
        if seen || !(filtering || arriving) {
            self.put_cursor(&rows, row);
        }
    }

    pub(super) fn put_cursor(&mut self, rows: &[&Arc<Rollout>], row: usize) {
        if let Some(rollout) = rows.get(row) {
            self.board.cursor = Some(rollout.at.clone());
            self.board.last_row = row;
        }
    }

    /// Up or down while the filter is typed; nothing to say when there is nothing to move along.
    pub(super) fn shift_cursor(&mut self, motion: Move, fleet: &Fleet) {
        let rows = self.rows(fleet);
        if let Some(to) = self.cursor_row(&rows).and_then(|row| step(motion, row, rows.len(), 1)) {
            self.put_cursor(&rows, to);
        }
    }

    pub(super) fn move_on_board(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let rows = self.rows(fleet);
        let row = self.cursor_row(&rows).ok_or_else(|| refuse("there are no rows"))?;
        let to =
            step(motion, row, rows.len(), self.page()).ok_or_else(|| refuse("the board has nothing to its sides"))?;
        self.put_cursor(&rows, to);
        Ok(None)
    }

    pub(super) fn on_board(&mut self, action: Board, fleet: &Fleet) -> Done {
        if *self.screen() != Screen::Board {
            return Err(refuse("only on the board"));
        }
        self.overlay = None;
        match action {
            Board::Open => self.open(fleet)?,
            Board::Filter => {
                let before = self.board.filter.clone();
                self.overlay = Some(Overlay::Filter(Prompt::new(&before), before));
            }
            Board::SortNext => {
                self.board.sort = self.board.sort.next();
                self.board.reversed = false;
                self.notice = Some(format!("sorted by {}", self.board.sort.word()));
            }
            Board::SortReverse => self.board.reversed = !self.board.reversed,
            Board::NeedsYou => self.board.needs_you = !self.board.needs_you,
        }
        Ok(None)
    }

    fn open(&mut self, fleet: &Fleet) -> Result<(), super::Why> {
        let selected = self.selected(fleet).ok_or_else(|| refuse("nothing is selected"))?;
        self.screens.push(Screen::Deck(selected.at.clone()));
        self.deck = self.deck.afresh();
        Ok(())
    }
}
