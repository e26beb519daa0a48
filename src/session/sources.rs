//! The screen of sources: it only scrolls.

use super::{Done, Session, motion::scroll, refuse};
use crate::{domain::Fleet, input::Move};

impl Session {
    pub(super) fn move_in_sources(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let lines = fleet.sources.len() + fleet.clusters.len();
        let to = scroll(motion, self.sources_top, lines, self.page());
        self.sources_top = to.ok_or_else(|| refuse("this list only scrolls up and down"))?;
        Ok(None)
    }
}
