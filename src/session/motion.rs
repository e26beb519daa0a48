//! Moving: what up, down, left and right are on each screen.

use super::{Done, Overlay, Screen, Session, refuse};
use crate::{
    domain::{Fleet, num},
    input::{Action, Move, Scope},
};

/// Lines of a screen that are no rows: header, titles and hints.
const FURNITURE: u16 = 4;

/// Where a motion leads in a list: the place from, how many there are, and half a screen of them. None when it is not a
/// motion along the list.
pub(super) fn step(motion: Move, from: usize, len: usize, page: usize) -> Option<usize> {
    let last = len.saturating_sub(1);
    let to = match motion {
        Move::Up => from.saturating_sub(1),
        Move::Down => from.saturating_add(1),
        Move::Top => 0,
        Move::Bottom => last,
        Move::PageUp => from.saturating_sub(page),
        Move::PageDown => from.saturating_add(page),
        Move::Left | Move::Right => return None,
    };
    Some(to.min(last))
}

/// Where a motion leads the first line shown of a text. The drawing shows at least half a screen of it, so that is as far
/// as it needs to scroll. None when it is not a motion along the text.
pub(super) fn scroll(motion: Move, from: usize, lines: usize, page: usize) -> Option<usize> {
    step(motion, from, lines.saturating_sub(page) + 1, page)
}

/// The neighbour to the left or right, as far as there is one; None when the motion is not sideways.
pub(super) fn beside(motion: Move, from: usize, len: usize) -> Option<usize> {
    match motion {
        Move::Left => Some(from.saturating_sub(1)),
        Move::Right => Some((from + 1).min(len.saturating_sub(1))),
        Move::Up | Move::Down | Move::Top | Move::Bottom | Move::PageUp | Move::PageDown => None,
    }
}

impl Session {
    /// Half of the rows that fit, at least one.
    pub fn page(&self) -> usize {
        usize::from(self.size.1.saturating_sub(FURNITURE) / 2).max(1)
    }

    pub(super) fn motion(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let page = self.page();
        if let Some(Overlay::Help(scrolled)) = &mut self.overlay {
            // Until a frame has told: a line per action, a heading and a gap per scope.
            let here = self.screens.last().map_or(Scope::ALL, Screen::scopes);
            let lines = Action::ALL.iter().filter(|a| here.contains(&a.scope())).count() + 2 * here.len();
            let to = match self.beyond {
                Some(beyond) => step(motion, usize::from(*scrolled).min(beyond), beyond + 1, page),
                None => scroll(motion, usize::from(*scrolled), lines, page),
            };
            *scrolled = num::cells(to.ok_or_else(|| refuse("help only scrolls up and down"))?);
            return Ok(None);
        }
        match self.screen().clone() {
            Screen::Board => self.move_on_board(motion, fleet),
            Screen::Deck(at) => self.move_on_deck(motion, &at, fleet),
            Screen::Pods(at, version) => self.move_in_pods(motion, &at, &version, fleet),
            Screen::Timeline(_) => self.scroll_timeline(motion, fleet),
            Screen::Chart(_) => self.move_in_charts(motion, fleet),
            Screen::Logs(..) => self.move_in_logs(motion, fleet),
            Screen::History(at) => self.move_in_history(motion, &at, fleet),
            Screen::Diff(..) => self.move_in_diff(motion, fleet),
            Screen::Journal => self.move_in_journal(motion, fleet),
            Screen::Sources => self.move_in_sources(motion, fleet),
        }
    }
}
