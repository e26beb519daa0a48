//! The way from a steering key to a confirmed card: what a verb needs to know is asked first, then the plan is shown, and
//! only enter on a card that was drawn confirms it. Nothing is planned or sent here.

use super::{Done, Overlay, Prompt, Session, Why, deck::alive, refuse};
use crate::{
    domain::{Fleet, Intent, Ref, Verb},
    input::Steer,
};

/// What a verb needs to know, being typed.
#[derive(Clone, Debug)]
pub struct Field {
    /// The verb and its object; its arguments are what is typed.
    pub intent: Intent,
    /// The line.
    pub prompt: Prompt,
    /// What was wrong with it when enter was pressed.
    pub wrong: Option<String>,
}

/// A card that is open.
#[derive(Clone, Debug)]
pub struct CardState {
    /// What it is for.
    pub intent: Intent,
    /// The reason.
    pub reason: Prompt,
    /// Another file for the journal, when the usual one cannot be written.
    pub file: Prompt,
    /// Whether *confirm* is chosen, or *cancel*.
    pub confirms: bool,
    /// The card that was drawn last: enter means that one and no other.
    pub drawn: Option<u64>,
    /// Lines scrolled.
    pub top: usize,
}

impl Session {
    pub(super) fn on_steer(&mut self, _action: Steer, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    /// Whether a verb may be used on a rollout now, or why not.
    pub(super) fn offered(&self, at: &Ref, verb: Verb, fleet: &Fleet) -> Result<(), Why> {
        if self.options.read_only {
            return Err(refuse("locked: read-only"));
        }
        let rollout = alive(at, fleet)?;
        rollout.offers.iter().find(|offer| offer.verb == verb).map_or(Ok(()), |offer| offer.able.clone())
    }

    pub(super) fn plan(&mut self, intent: Intent) -> Done {
        let (reason, file) = (Prompt::default(), Prompt::default());
        self.overlay = Some(Overlay::Card(CardState { intent, reason, file, confirms: false, drawn: None, top: 0 }));
        Ok(None)
    }
}
