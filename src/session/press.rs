//! From a key to what it does: typed into a line of text, or looked up in the keymap, with sequences held until complete.

use super::{Effect, Overlay, Session, Typed};
use crate::{
    domain::Fleet,
    input::{Action, Chord, Global, KeyEvent, Keymap, Resolved, Scope},
};

impl Session {
    /// A key was pressed.
    ///
    /// ctrl-c always quits. The key for redraw changes nothing, whatever is open or half typed.
    pub fn press(&mut self, key: KeyEvent, keymap: &Keymap, fleet: &Fleet) -> Option<Effect> {
        let chord = Chord::of(&key)?;
        if chord == Chord::CTRL_C {
            return Some(Effect::Quit);
        }
        let writing = self.prompt().is_some();
        let redraw = Resolved::Action(Action::Global(Global::Redraw));
        if !(writing && chord.is_text()) && keymap.resolve(&self.scopes(), &[chord]) == redraw {
            return Some(Effect::Redraw);
        }
        self.notice = None;
        if writing {
            return match self.type_key(key, fleet) {
                Typed::Run(action) => self.update(action, fleet),
                Typed::Does(effect) => Some(effect),
                Typed::Taken | Typed::Closed => None,
            };
        }
        if !self.pending.is_empty() && chord == Chord::ESC {
            self.pending.clear();
            return None;
        }
        self.pending.push(chord);
        match keymap.resolve(&self.scopes(), &self.pending) {
            Resolved::Pending => None,
            Resolved::Action(action) => {
                self.pending.clear();
                self.update(action, fleet)
            }
            Resolved::Nothing => {
                let keys = Chord::text_of(&std::mem::take(&mut self.pending));
                self.notice = Some(format!("{keys} does nothing here"));
                None
            }
        }
    }

    /// Where keys are looked up now, first to last.
    pub fn scopes(&self) -> Vec<Scope> {
        match self.overlay {
            Some(Overlay::Help(_)) => vec![Scope::Move, Scope::Global],
            Some(
                Overlay::Palette(..)
                | Overlay::Filter(..)
                | Overlay::Ask(_)
                | Overlay::Card(_)
                | Overlay::Find(_)
                | Overlay::Query(_)
                | Overlay::Export(_),
            )
            | None => self.screen_scopes(),
        }
    }
}
