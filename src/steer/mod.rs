//! From a draft to a card, and from an answer to a proof: guards, what changed and who did it, the stages. Pure: nothing
//! here asks a server, reads a clock or draws.
#![deny(missing_docs)]

use serde_json::Value;

use crate::{
    domain::{Access, Card, Deed, Draft, DryRun, Fleet, Intent, Moment, Ref, Right, Rollout, Text, Why, Write},
    systems::Ask,
};

/// What a card is made of besides the draft.
pub struct Basis<'a> {
    /// The id for the card.
    pub id: u64,
    /// The picture of the world.
    pub fleet: &'a Fleet,
    /// What the draft was made from.
    pub ask: &'a Ask<'a>,
    /// Whether the operator must give a reason.
    pub needs_reason: bool,
}

/// The draft of an intent: asks the row of the rollout's system.
///
/// # Errors
/// The system does not know the verb, or refuses it.
pub fn draft(ask: &Ask<'_>) -> Result<Draft, Why> {
    let _ = ask;
    Err(Why(Text::fixed("not yet")))
}

/// The objects that must be read whole before an intent can be drafted.
///
/// # Errors
/// The system does not know the verb.
pub fn needs(rollout: &Rollout, intent: &Intent) -> Result<Vec<Ref>, Why> {
    let _ = (rollout, intent);
    Err(Why(Text::fixed("not yet")))
}

/// The card: the draft with all guards, heaviest first, and the dry run's answer.
pub fn card(basis: &Basis<'_>, draft: Draft, dry_run: DryRun) -> Card {
    Card {
        id: basis.id,
        intent: basis.ask.intent.clone(),
        title: draft.title,
        changes: draft.changes,
        writes: draft.writes,
        kubectl: draft.kubectl,
        guards: draft.guards,
        dry_run,
        destructive: draft.destructive,
        needs_reason: basis.needs_reason,
        made: basis.ask.now,
        generation: 0,
    }
}

/// What differs between an object as a card was made from it and as it is now, in one sentence that names who wrote it last
/// (`image of app: web:1 → web:2, by kubectl-set 3 s ago`); None when nothing that anybody steers differs.
pub fn changed(before: &Value, now: &Value, at: Moment) -> Option<Text> {
    let _ = (before, now, at);
    None
}

/// What a fresh reading says about a write whose answer was lost, or that was in flight when its program died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It is there: when it arrived and the generation, as far as they can be told.
    Applied(Option<i64>),
    /// It is not there, and what it tested still holds: it did not arrive (yet).
    Absent,
    /// The object has moved on, so that this cannot be told any more: what is there now.
    Lost(Text),
}

/// Judges a write by the object as it is now (None: there is no such object any more).
pub fn resolve(write: &Write, now: Option<&Value>) -> Resolved {
    let _ = (write, now);
    Resolved::Absent
}

/// What a proof wants to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read this object whole and hand it to [`Watch::read`].
    Read(Ref),
    /// The deed has changed: tell the screen and the journal.
    Tell,
}

/// The proof of one deed, from the server's answer to *held*, driven by what the watches show and by re-reading.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The deed with its proof so far.
    pub deed: Deed,
}

impl Watch {
    /// The server accepted the last write of a deed and answered with this object.
    pub fn accepted(deed: Deed, answer: &Value, now: Moment) -> Self {
        let _ = (answer, now);
        Self { deed }
    }

    /// The answer was lost: `why`.
    pub fn lost(deed: Deed, why: &str, now: Moment) -> Self {
        let _ = (why, now);
        Self { deed }
    }

    /// Goes on with what the watches show now; call it with every new picture and at least once a second.
    pub fn look(&mut self, rollout: Option<&Rollout>, now: Moment) -> Vec<Step> {
        let _ = (rollout, now);
        Vec::new()
    }

    /// Goes on with an object that was asked for by [`Step::Read`]; None if there is none any more, Err if it cannot be read.
    pub fn read(&mut self, whole: Result<Option<&Value>, Text>, now: Moment) -> Vec<Step> {
        let _ = (whole, now);
        Vec::new()
    }
}

/// The rights that steering a rollout of these systems needs, in a namespace: one batch of questions.
pub fn rights(namespace: &str) -> Vec<Right> {
    let _ = namespace;
    Vec::new()
}

/// The least Role (`namespaced`) or ClusterRole as YAML, each rule with a comment that says which verbs need it.
pub fn role(namespaced: bool, read_only: bool) -> String {
    let _ = (namespaced, read_only, None::<Access>);
    String::new()
}
