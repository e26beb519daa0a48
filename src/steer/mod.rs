//! From a draft to a card, and from an answer to a proof: guards, what changed and who did it, the stages. Pure: nothing
//! here asks a server, reads a clock or draws.
#![deny(missing_docs)]

mod changed;
mod guards;
mod proof;
mod rbac;
mod resolve;
mod who;

#[cfg(test)]
mod fixture;

use serde_json::Value;

pub use self::{
    changed::changed,
    proof::{Step, Watch},
    rbac::{forward_rights, forward_role, metrics_role, rights, role},
    resolve::{Resolved, resolve},
};
use crate::{
    domain::{Card, Draft, DryRun, Fleet, Intent, Ref, Rollout, Text, Why},
    systems::{self, Ask, VerbRow},
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
    (row(ask.rollout, ask.intent)?.draft)(ask)
}

/// The objects that must be read whole before an intent can be drafted.
///
/// # Errors
/// The system does not know the verb.
pub fn needs(rollout: &Rollout, intent: &Intent) -> Result<Vec<Ref>, Why> {
    Ok((row(rollout, intent)?.needs)(rollout, intent))
}

fn row(rollout: &Rollout, intent: &Intent) -> Result<&'static VerbRow, Why> {
    let unknown = || format!("{} is not something that a {} can do", intent.verb.word(), rollout.system);
    systems::verb(&rollout.system, intent.verb).ok_or_else(|| Why(Text::from(unknown())))
}

/// The card: the draft with all guards, heaviest first, and the dry run's answer.
pub fn card(basis: &Basis<'_>, draft: Draft, dry_run: DryRun) -> Card {
    let generation = basis.ask.whole.first().and_then(|whole| whole.pointer("/metadata/generation"));
    let driver = systems::driver(&basis.ask.rollout.system);
    Card {
        flight: driver.and_then(|driver| driver.flight(basis.ask, &draft.writes)),
        id: basis.id,
        intent: basis.ask.intent.clone(),
        title: draft.title,
        changes: draft.changes,
        guards: guards::all(basis.fleet, basis.ask, &draft.writes, draft.guards),
        writes: draft.writes,
        kubectl: draft.kubectl,
        dry_run,
        destructive: draft.destructive,
        needs_reason: basis.needs_reason,
        made: basis.ask.now,
        generation: generation.and_then(Value::as_i64).unwrap_or(0),
    }
}
