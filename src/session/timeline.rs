//! The timeline: which of its lines are shown, and how far it is scrolled back.

use super::{Done, Session, motion::step, refuse};
use crate::{
    domain::{Entry, Fleet, Teller, Tone},
    input::Move,
};

/// Which lines of the timeline are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tellers {
    /// All.
    #[default]
    All,
    /// What is wrong.
    Warnings,
    /// Kubernetes events.
    Events,
    /// What the watch showed, and what the operator did.
    Changes,
}

impl Tellers {
    /// The word for the timeline's title.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Warnings => "warnings",
            Self::Events => "events",
            Self::Changes => "changes",
        }
    }

    pub(super) const fn next(self) -> Self {
        match self {
            Self::All => Self::Warnings,
            Self::Warnings => Self::Events,
            Self::Events => Self::Changes,
            Self::Changes => Self::All,
        }
    }

    fn shows(self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::Warnings => entry.tone == Tone::Bad,
            Self::Events => entry.teller == Teller::Event,
            Self::Changes => matches!(entry.teller, Teller::Watch | Teller::You),
        }
    }
}

impl Session {
    /// The timeline's lines that the filter lets through, newest last.
    pub fn lines<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Entry> {
        fleet.timeline.iter().filter(|entry| self.deck.tellers.shows(entry)).collect()
    }

    /// The line that is read, out of [`Session::lines`]: the newest, or the one that was scrolled back to.
    pub fn reading(&self, lines: &[&Entry]) -> Option<usize> {
        let last = lines.len().checked_sub(1)?;
        Some(last.saturating_sub(self.deck.scrolled))
    }

    /// The lines shown in a window of `room` rows: the newest, or the one that was scrolled back to, is the last of them;
    /// the oldest lines fill the window.
    pub fn window(&self, lines: usize, room: usize) -> std::ops::Range<usize> {
        let end = lines.saturating_sub(self.deck.scrolled).max(room.min(lines));
        end.saturating_sub(room)..end
    }

    /// Who has scrolled back goes on reading the same line while newer ones arrive.
    pub(super) fn settle_timeline(&mut self, fleet: &Fleet) {
        let lines = self.lines(fleet).len();
        if self.deck.scrolled > 0 {
            self.deck.scrolled += lines.saturating_sub(self.deck.lines);
            self.deck.scrolled = self.deck.scrolled.min(self.furthest(lines));
        }
        self.deck.lines = lines;
    }

    /// How far back scrolling shows anything more: then the oldest line is the first in sight.
    fn furthest(&self, lines: usize) -> usize {
        lines.saturating_sub(self.deck.rows.max(1))
    }

    /// Up is back in time.
    pub(super) fn scroll_timeline(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let lines = self.lines(fleet);
        let from = self.reading(&lines).unwrap_or(0);
        let to = step(motion, from, lines.len(), self.page());
        let to = to.ok_or_else(|| refuse("the timeline only scrolls up and down"))?;
        self.deck.scrolled = lines.len().saturating_sub(to + 1).min(self.furthest(lines.len()));
        Ok(None)
    }
}
