//! The systems that drive rollouts, one file each, and the table that lists them.
//!
//! A driver recognises its rollouts (claims), reads one, and says which verbs it is able to. Nothing here talks to a
//! server: systems look at the store through [`Look`] and answer with plain data. Pods, endpoints and findings are added
//! by code common to all of them.
#![deny(missing_docs)]

pub mod deployment;

use crate::domain::{Countdown, Kind, Look, Moment, Name, Offer, Phase, Ref, Role, RolloutStatus, Text, Uid};

/// A controller that drives versions.
pub trait Driver: Sync {
    /// Its name, as the board shows it.
    fn system(&self) -> &'static str;
    /// The kinds it reads, besides pods.
    fn kinds(&self) -> &'static [Kind];
    /// Whether an object of this kind may be the root of one of its rollouts.
    fn roots(&self) -> &'static [Kind];
    /// The rollouts it drives in a namespace. Cheap: looks at no pods.
    fn claim(&self, cluster: &Name, namespace: &Name, look: &mut dyn Look<'_>) -> Vec<Claim>;
    /// One of them, read closely; None when it is gone.
    fn read(&self, claim: &Claim, look: &mut dyn Look<'_>, now: Moment) -> Option<Reading>;
}

/// One rollout recognised. Of several claims to one workload the best rank wins; a member is shown as its child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The object that names the rollout.
    pub root: Ref,
    /// Who wins: lower goes first (a plain Deployment is last of all).
    pub rank: u8,
    /// Workloads that are parts of it and would otherwise be rollouts of their own.
    pub members: Vec<Ref>,
    /// Workloads that drop off the board.
    pub hides: Vec<Ref>,
}

/// What only the driver knows of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The root's uid.
    pub uid: Uid,
    /// Its state by the system's own rules. A finding that sticks turns Progressing into Stuck later.
    pub phase: Phase,
    /// The state in one sentence.
    pub says: Text,
    /// Since when.
    pub since: Option<Moment>,
    /// What the system's own command would answer.
    pub status: RolloutStatus,
    /// Pods wanted in all.
    pub desired: i32,
    /// The versions, newest first, by the object that owns their pods.
    pub versions: Vec<(Ref, Role)>,
    /// What will happen by itself.
    pub countdowns: Vec<Countdown>,
    /// The verbs and whether they are able.
    pub offers: Vec<Offer>,
    /// When time alone changes this reading.
    pub again: Option<Moment>,
}

/// All drivers, in no particular order: claims are resolved by rank.
pub static DRIVERS: &[&dyn Driver] = &[&deployment::Deployments];
