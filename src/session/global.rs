//! What means the same everywhere: help, palette, going back, leaving.

use super::{Done, Effect, Overlay, Prompt, Screen, Session, refuse};
use crate::{domain::Fleet, input::Global};

impl Session {
    pub(super) fn global(&mut self, action: Global, fleet: &Fleet) -> Done {
        match action {
            Global::Help => {
                let open = matches!(self.overlay, Some(Overlay::Help(_)));
                self.overlay = (!open).then_some(Overlay::Help(0));
            }
            Global::Palette => self.overlay = Some(Overlay::Palette(Prompt::default(), 0)),
            Global::Back => self.back()?,
            Global::Leave => return Ok(self.leave()),
            Global::Redraw => return Ok(Some(Effect::Redraw)),
            Global::Journal => self.open_journal()?,
            Global::Sources => self.open_sources()?,
            Global::Export => self.ask_export(fleet),
            Global::Quit => return Ok(Some(Effect::Quit)),
        }
        Ok(None)
    }

    /// Undoes the last thing that was opened or narrowed.
    fn back(&mut self) -> Result<(), super::Why> {
        if self.close() {
            return Ok(());
        }
        if !self.board.filter.is_empty() {
            self.board.filter.clear();
        } else if self.board.needs_you {
            self.board.needs_you = false;
        } else {
            return Err(refuse("there is nothing to go back to; ctrl-c leaves"));
        }
        Ok(())
    }

    fn leave(&mut self) -> Option<Effect> {
        if self.close() { None } else { Some(Effect::Quit) }
    }

    /// Closes the overlay, or the last screen but one; false when only the first screen is open.
    fn close(&mut self) -> bool {
        if self.overlay.take().is_some() {
            return true;
        }
        let more = self.screens.len() > 1;
        if more {
            self.screens.pop();
        }
        more
    }

    fn open_sources(&mut self) -> Result<(), super::Why> {
        if *self.screen() == Screen::Sources {
            return Err(refuse("the sources are shown already"));
        }
        self.overlay = None;
        self.sources_top = 0;
        self.screens.push(Screen::Sources);
        Ok(())
    }
}
