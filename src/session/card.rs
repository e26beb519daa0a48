//! The open card: typing its reason, choosing, and the one place where a confirmation is given.
//!
//! Enter confirms only the very card that the last frame showed, and each card once. What is sent, and whether, is the
//! loop's concern.

use super::{Effect, Overlay, Prompt, Session, Typed};
use crate::{
    domain::{Card, Fleet, Intent, Plan, PlanState, Text, Why},
    input::{
        Chord, Key, KeyEvent,
        chord::Named::{Down, Enter, Esc, Left, PageDown, PageUp, Right, Tab, Up},
    },
};

/// The smallest screen that is drawn: columns, rows.
pub const LEAST: (u16, u16) = (40, 8);

/// Where the journal may go when its own place cannot be written: another disk on most machines.
const OTHER_JOURNAL: &str = "/tmp/rolldeck-journal.jsonl";

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
    /// Whether this card took the place of one that was shown before, or enter came before it was drawn: then confirming
    /// must be chosen, as the finger was faster than the eye.
    pub is_another: bool,
    /// What the last frame showed: enter means that and nothing else.
    pub drawn: Option<Drawn>,
    /// Lines scrolled.
    pub top: usize,
    /// The card that the choice was made for.
    offered: Option<u64>,
    /// Its card, once that was confirmed.
    confirmed: Option<u64>,
    /// The trouble with the journal that another file was named for.
    tried: Option<Why>,
}

/// What can be answered by enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// The plan of that id, to be confirmed.
    Plan(u64),
    /// The same plan, confirmed, and why the journal cannot be written.
    Trouble(u64, Why),
}

impl Drawn {
    fn of(plan: &Plan) -> Option<Self> {
        match &plan.state {
            PlanState::Ready(card) => Some(Self::Plan(card.id)),
            PlanState::Unwritable(card, why) => Some(Self::Trouble(card.id, why.clone())),
            PlanState::Making | PlanState::Refused(_) | PlanState::Journaling(_) => None,
        }
    }
}

/// What a key is for on a card.
enum Stroke {
    Cancel,
    Accept,
    /// The other choice.
    Other,
    Choose(bool),
    /// So many lines down, or up.
    Scroll(isize),
    Type,
}

/// Left and right edit the line while it holds a text.
fn stroke(chord: Chord, is_blank: bool, page: isize) -> Stroke {
    let Chord { key, ctrl, alt, .. } = chord;
    match (key, ctrl, alt) {
        (Key::Named(Esc), ..) => Stroke::Cancel,
        (Key::Named(Enter), ..) | (Key::Char('m'), true, false) => Stroke::Accept,
        (Key::Named(Tab), ..) => Stroke::Other,
        (Key::Named(Left), ..) if is_blank => Stroke::Choose(true),
        (Key::Named(Right), ..) if is_blank => Stroke::Choose(false),
        (Key::Named(Up), ..) | (Key::Char('p'), true, false) => Stroke::Scroll(-1),
        (Key::Named(Down), ..) | (Key::Char('n'), true, false) => Stroke::Scroll(1),
        (Key::Named(PageUp), ..) => Stroke::Scroll(-page),
        (Key::Named(PageDown), ..) => Stroke::Scroll(page),
        (Key::Named(_) | Key::Char(_) | Key::F(_), ..) => Stroke::Type,
    }
}

impl CardState {
    /// A card that nobody has seen yet.
    pub(super) fn new(intent: Intent) -> Self {
        Self {
            intent,
            reason: Prompt::default(),
            file: Prompt::new(OTHER_JOURNAL),
            confirms: false,
            is_another: false,
            drawn: None,
            top: 0,
            offered: None,
            confirmed: None,
            tried: None,
        }
    }

    /// The plan that it shows.
    pub fn plan<'f>(&self, fleet: &'f Fleet) -> Option<&'f Plan> {
        fleet.desk.plan.as_ref().filter(|plan| plan.intent == self.intent)
    }

    /// Whether its card was confirmed.
    pub const fn is_confirmed(&self) -> bool {
        self.confirmed.is_some()
    }

    /// The line that is typed into; none once there is nothing more to say.
    pub(super) fn line(&mut self, fleet: &Fleet) -> Option<&mut Prompt> {
        match self.plan(fleet).map(|plan| &plan.state) {
            Some(PlanState::Unwritable(..)) => Some(&mut self.file),
            Some(PlanState::Ready(_) | PlanState::Making) | None if !self.is_confirmed() => Some(&mut self.reason),
            Some(PlanState::Ready(_) | PlanState::Making | PlanState::Journaling(_) | PlanState::Refused(_)) | None => {
                None
            }
        }
    }

    /// Follows the plan: a fresh card is chosen about afresh. False when it is over: confirmed, and the plan is gone.
    fn settle(&mut self, fleet: &Fleet) -> bool {
        let Some(plan) = self.plan(fleet) else { return !self.is_confirmed() };
        let card = plan.card();
        let id = card.map(|card| card.id);
        if id != self.offered {
            // Under a finger on its way to enter, another card must not be one that enter confirms.
            self.is_another |= self.offered.is_some();
            self.confirms = !self.is_another && card.is_some_and(|card| !card.destructive && card.stopped().is_none());
            (self.offered, self.top) = (id, 0);
        }
        if self.confirmed != id {
            self.confirmed = None;
        }
        if self.confirmed.is_none() || matches!(plan.state, PlanState::Journaling(_)) {
            self.tried = None;
        }
        true
    }

    /// A pasted text goes where a typed one would; it never answers.
    pub(super) fn paste(&mut self, text: &str) {
        match &self.drawn {
            Some(Drawn::Trouble(..)) => self.file.paste(text),
            Some(Drawn::Plan(_)) | None if !self.is_confirmed() => self.reason.paste(text),
            Some(Drawn::Plan(_)) | None => {}
        }
    }

    fn scroll(&mut self, by: isize, most: usize) {
        self.top = self.top.min(most).saturating_add_signed(by).min(most);
    }

    /// What enter does: an effect, None to close, or why not. `given` are the cards that were ever confirmed.
    fn answer(&mut self, fleet: &Fleet, given: &mut Vec<u64>) -> Result<Option<Effect>, String> {
        let Some(plan) = self.plan(fleet) else { return Err(self.hasty("the plan is still being made")) };
        let (card, trouble) = match &plan.state {
            PlanState::Making => return Err(self.hasty("the plan is still being made")),
            PlanState::Refused(why) => return Err(format!("refused: {why}")),
            PlanState::Journaling(_) => return Err("confirmed: it is being written into the journal".to_owned()),
            PlanState::Ready(card) => (card, None),
            PlanState::Unwritable(card, why) => (card, Some(why)),
        };
        match (&self.drawn, Drawn::of(plan)) {
            (None, _) => return Err(self.hasty("it was not on the screen yet")),
            (Some(drawn), now) if Some(drawn) != now.as_ref() => {
                return Err("it changed in the meantime: read it again".to_owned());
            }
            (Some(_), _) => {}
        }
        if !self.confirms {
            return Ok(None);
        }
        if let Some(why) = card.stopped() {
            return Err(format!("refused: {why}"));
        }
        match trouble {
            None => self.confirm(card, given),
            Some(why) => self.confirm_into(card, why),
        }
        .map(Some)
    }

    /// Enter before there was anything to read: the next one, perhaps of the same held key, must not confirm either.
    fn hasty(&mut self, says: &str) -> String {
        (self.is_another, self.confirms) = (true, false);
        format!("{says}: read it, then choose confirm")
    }

    /// Once for each card, whatever is opened and closed meanwhile.
    fn confirm(&mut self, card: &Card, given: &mut Vec<u64>) -> Result<Effect, String> {
        if given.contains(&card.id) {
            return Err("confirmed already: it is on its way".to_owned());
        }
        let reason = self.reason_text();
        if card.needs_reason && reason.is_empty() {
            return Err("a reason is needed here: type why".to_owned());
        }
        given.push(card.id);
        self.confirmed = Some(card.id);
        Ok(Effect::Confirm { card: card.id, reason })
    }

    fn confirm_into(&mut self, card: &Card, why: &Why) -> Result<Effect, String> {
        if self.confirmed != Some(card.id) {
            return Err("nobody confirmed this plan here: esc closes it".to_owned());
        }
        if self.tried.as_ref() == Some(why) {
            return Err("that file is being tried; name another one if it stays so".to_owned());
        }
        let file = Text::clean(self.file.text().trim());
        if file.is_empty() {
            return Err("name a file that can be written".to_owned());
        }
        if file.starts_with('~') {
            return Err("write the whole path: ~ is only known to shells".to_owned());
        }
        self.tried = Some(why.clone());
        Ok(Effect::ConfirmInto { card: card.id, reason: self.reason_text(), file })
    }

    fn reason_text(&self) -> Text {
        Text::clean(self.reason.text().trim())
    }
}

impl Session {
    /// The last frame showed this picture of the world. The loop calls it when a frame was handed to the terminal: enter
    /// confirms nothing that was not drawn.
    pub fn was_drawn(&mut self, fleet: &Fleet) {
        let is_drawn = self.size.0 >= LEAST.0 && self.size.1 >= LEAST.1;
        if let Some(Overlay::Card(card)) = &mut self.overlay {
            card.drawn = card.plan(fleet).filter(|_| is_drawn).and_then(Drawn::of);
        }
    }

    pub(super) fn settle_card(&mut self, fleet: &Fleet) {
        if let Some(Overlay::Card(card)) = &mut self.overlay
            && !card.settle(fleet)
        {
            self.overlay = None;
        }
    }

    pub(super) fn type_in_card(&mut self, event: KeyEvent, mut card: Box<CardState>, fleet: &Fleet) -> Typed {
        if !card.settle(fleet) {
            return Typed::Closed;
        }
        let Some(chord) = Chord::of(&event) else {
            self.overlay = Some(Overlay::Card(card));
            return Typed::Taken;
        };
        let is_blank = card.line(fleet).is_none_or(|line| line.text().is_empty());
        let page = isize::try_from(self.page()).unwrap_or(1);
        match stroke(chord, is_blank, page) {
            Stroke::Cancel => return self.close_card(&card),
            Stroke::Accept => match card.answer(fleet, &mut self.given) {
                Ok(None) => return self.close_card(&card),
                Ok(Some(effect)) => {
                    self.overlay = Some(Overlay::Card(card));
                    return Typed::Does(effect);
                }
                Err(why) => self.notice = Some(why),
            },
            Stroke::Other => card.confirms = !card.confirms,
            Stroke::Choose(confirms) => card.confirms = confirms,
            Stroke::Scroll(by) => card.scroll(by, self.beyond.unwrap_or(usize::MAX)),
            Stroke::Type => {
                if let Some(line) = card.line(fleet) {
                    line.type_key(event);
                }
            }
        }
        self.overlay = Some(Overlay::Card(card));
        Typed::Taken
    }

    /// What was confirmed is not taken back by closing its card.
    fn close_card(&mut self, card: &CardState) -> Typed {
        let is_sent = card.is_confirmed() && card.tried.is_none() && !matches!(card.drawn, Some(Drawn::Trouble(..)));
        let said = if is_sent {
            "confirmed before: closing takes nothing back"
        } else if card.is_confirmed() {
            "cancelled"
        } else {
            "cancelled: nothing was sent"
        };
        self.notice = Some(said.to_owned());
        Typed::Closed
    }
}
