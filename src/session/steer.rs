//! The way from a steering key to a card: whether the verb may be used, and what it needs to know. Nothing is planned or
//! sent here, and no key of this file confirms anything.

use super::{
    CardState, Done, Overlay, Prompt, Screen, Session, Typed, Why, args,
    deck::alive,
    overlay::{Aside, aside},
    refuse,
};
use crate::{
    domain::{Args, Asks, Fleet, Intent, Ref, Verb},
    input::{Chord, KeyEvent, Steer},
};

/// What every steering key says without the right to write.
const LOCKED: &str = "locked: read-only";

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

/// The verb of a key.
pub const fn verb(key: Steer) -> Verb {
    match key {
        Steer::Pause => Verb::Pause,
        Steer::Resume => Verb::Resume,
        Steer::Undo => Verb::Undo,
        Steer::Restart => Verb::Restart,
        Steer::Scale => Verb::Scale,
        Steer::SetImage => Verb::SetImage,
        Steer::Shift => Verb::Shift,
    }
}

impl Session {
    pub(super) fn on_steer(&mut self, key: Steer, fleet: &Fleet) -> Done {
        if self.options.read_only {
            return Err(refuse(LOCKED));
        }
        let (Screen::Deck(at) | Screen::Pods(at, _) | Screen::Timeline(at) | Screen::Chart(at)) = self.screen().clone()
        else {
            return Err(refuse("only on the deck of a rollout"));
        };
        let verb = verb(key);
        self.offered(&at, verb, fleet)?;
        let intent = Intent { target: at, verb, args: Args::None };
        match verb.asks() {
            Asks::Nothing => self.plan(intent),
            Asks::Replicas | Asks::Images | Asks::Shares => self.ask(intent, fleet),
        }
    }

    /// Whether a verb may be used on a rollout now, or why not.
    pub(super) fn offered(&self, at: &Ref, verb: Verb, fleet: &Fleet) -> Result<(), Why> {
        if self.options.read_only {
            return Err(refuse(LOCKED));
        }
        let rollout = alive(at, fleet)?;
        let offer = rollout.offers.iter().find(|offer| offer.verb == verb);
        let unknown = || refuse(&format!("a {} has no {}", rollout.system, verb.word()));
        offer.map_or_else(|| Err(unknown()), |offer| offer.able.clone())
    }

    /// Opens the card of an intent; whether the verb is offered was asked before.
    pub(super) fn plan(&mut self, intent: Intent) -> Done {
        if self.options.read_only {
            return Err(refuse(LOCKED));
        }
        self.overlay = Some(Overlay::Card(Box::new(CardState::new(intent))));
        Ok(None)
    }

    /// Asks what a verb needs to know; the line holds what is so now.
    fn ask(&mut self, intent: Intent, fleet: &Fleet) -> Done {
        let rollout = alive(&intent.target, fleet)?;
        let prompt = match intent.verb.asks() {
            Asks::Replicas => Prompt::selected(&rollout.desired.to_string()),
            Asks::Images => {
                let newest = rollout.newest().filter(|version| !version.images.is_empty());
                let newest = newest.ok_or_else(|| refuse("the images are not known yet"))?;
                Prompt::long(&args::line_of(&newest.images))
            }
            Asks::Shares => Prompt::selected(&args::shares_of(rollout)),
            Asks::Nothing => Prompt::default(),
        };
        self.overlay = Some(Overlay::Ask(Field { intent, prompt, wrong: None }));
        Ok(None)
    }

    pub(super) fn type_in_ask(&mut self, event: KeyEvent, mut field: Field, fleet: &Fleet) -> Typed {
        match Chord::of(&event).and_then(|chord| aside(chord, field.prompt.text())) {
            Some(Aside::Cancel | Aside::Leave) => return Typed::Closed,
            Some(Aside::Accept) => match self.asked(&field, fleet) {
                Ok(()) => return Typed::Taken,
                Err(why) => field.wrong = Some(why),
            },
            Some(Aside::Up | Aside::Down) => {}
            None => {
                field.prompt.type_key(event);
                field.wrong = None;
            }
        }
        self.overlay = Some(Overlay::Ask(field));
        Typed::Taken
    }

    /// Opens the card for what was typed, or says what is wrong with it.
    fn asked(&mut self, field: &Field, fleet: &Fleet) -> Result<(), String> {
        let Intent { target, verb, .. } = field.intent.clone();
        self.offered(&target, verb, fleet).map_err(|why| why.to_string())?;
        let rollout = alive(&target, fleet).map_err(|why| why.to_string())?;
        let images = rollout.newest().map(|version| version.images.as_slice()).unwrap_or_default();
        let args = match verb.asks() {
            Asks::Replicas => args::replicas(field.prompt.text(), rollout.desired)?,
            Asks::Images => args::images(field.prompt.text(), images)?,
            Asks::Shares => args::shares(field.prompt.text(), rollout)?,
            Asks::Nothing => Args::None,
        };
        self.plan(Intent { target, verb, args }).map(drop).map_err(|why| why.to_string())
    }
}
