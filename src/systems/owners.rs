//! Owners and scalers: never a row of the board, always a voice on the card. Each says which part of a rollout's object it
//! writes too, and how soon it reverts what somebody else wrote.
//!
//! They are told by labels, annotations and HPAs. What an owner is set to (whether Argo CD heals, how often Flux
//! reconciles) is written elsewhere, and not read here: sentences say what is possible.

mod apply;
mod gitops;
mod hpa;

use crate::domain::{Force, Look, Ref};

/// Somebody else who writes to rollouts' objects.
trait Owner: Sync {
    /// What it writes of an object. Every lookup goes through `look`, found or not.
    fn forces(&self, root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force>;
}

/// All of them, the fastest first.
static OWNERS: &[&dyn Owner] = &[&hpa::Scalers, &gitops::ArgoCd, &gitops::Flux, &gitops::Helm, &apply::Apply];

/// Everybody else who writes to a rollout's root object, as far as labels, annotations and HPAs tell.
pub fn forces(root: &Ref, look: &mut dyn Look<'_>) -> Vec<Force> {
    OWNERS.iter().flat_map(|owner| owner.forces(root, look)).collect()
}

#[cfg(test)]
mod tests;
