//! The systems that drive rollouts, one file each, and the table that lists them.
//!
//! A driver recognises its rollouts (claims), reads one, and says which verbs it is able to. Nothing here talks to a
//! server: systems look at the store through [`Look`] and answer with plain data. Pods, endpoints and findings are added
//! by code common to all of them.
#![deny(missing_docs)]

mod analysis;
pub mod deployment;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod load;
mod owners;
pub mod parts;
mod routes;
mod subject;

pub use analysis::{KINDS as ANALYSED, analysis};
pub use owners::forces;
pub use routes::{bends, told};

use serde_json::Value;

use crate::domain::{
    Countdown, Draft, Flight, Intent, Kind, Look, Moment, Name, Offer, Phase, Ref, Role, Rollout, RolloutStatus, Split,
    Text, Uid, Verb, WayBack, Why, Write,
};

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
    /// What can be done to it, one verb a row. A verb without a row is not known to the system.
    fn verbs(&self) -> &'static [VerbRow];

    /// What these writes are expected to do, where the controller's arithmetic is known.
    fn flight(&self, _ask: &Ask<'_>, _writes: &[Write]) -> Option<Flight> {
        None
    }

    /// What undo would do to a rollout as it is, where that is known and there is something to go back to.
    fn way_back(&self, _rollout: &Rollout, _look: &mut dyn Look<'_>, _now: Moment) -> Option<WayBack> {
        None
    }
}

/// One verb of one system.
pub struct VerbRow {
    /// The verb.
    pub verb: Verb,
    /// The rights that its requests need: RBAC's verb, group, and resource with its subresource (`deployments/scale`).
    pub rights: &'static [(&'static str, &'static str, &'static str)],
    /// The objects that must be read whole before it can be planned; slim kinds hold no templates. The first one is the
    /// object that is written.
    pub needs: fn(&Rollout, &Intent) -> Vec<Ref>,
    /// The exact requests, or why it cannot be done.
    pub draft: fn(&Ask<'_>) -> Result<Draft, Why>,
    /// Whether what was wanted is so, once the controller has observed it.
    pub done: fn(&Rollout, &Intent) -> bool,
}

/// What a verb is planned from.
pub struct Ask<'a> {
    /// The rollout as the screen shows it.
    pub rollout: &'a Rollout,
    /// What is wanted.
    pub intent: &'a Intent,
    /// The objects of [`VerbRow::needs`], whole and fresh, in that order.
    pub whole: &'a [Value],
    /// Whether a kubeconfig has a context of the cluster's name, for commands that name it.
    pub has_context: bool,
    /// Cluster time.
    pub now: Moment,
}

/// The driver of a system, by its name.
pub fn driver(system: &str) -> Option<&'static dyn Driver> {
    DRIVERS.iter().find(|driver| driver.system() == system).copied()
}

/// The row of a verb, by the name of a system.
pub fn verb(system: &str, verb: Verb) -> Option<&'static VerbRow> {
    driver(system)?.verbs().iter().find(|row| row.verb == verb)
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
    /// `metadata.generation` of the root.
    pub generation: i64,
    /// The generation that the controller has seen.
    pub observed: i64,
    /// Pods wanted in all.
    pub desired: i32,
    /// The versions, newest first.
    pub versions: Vec<Side>,
    /// What will happen by itself.
    pub countdowns: Vec<Countdown>,
    /// The verbs and whether they are able.
    pub offers: Vec<Offer>,
    /// When time alone changes this reading.
    pub again: Option<Moment>,
}

/// One version as its driver sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The ReplicaSet that owns its pods, or the workload when versions are workloads.
    pub body: Ref,
    /// What it is to the rollout.
    pub role: Role,
    /// Its share, as a router is told; all None where no router is, and then endpoints say what is routed.
    pub split: Split,
    /// The Services through which a router reaches it.
    pub services: Vec<Name>,
}

/// All drivers, in no particular order: claims are resolved by rank.
pub static DRIVERS: &[&dyn Driver] =
    &[&deployment::Deployments, &routes::HTTP_ROUTE, &routes::GRPC_ROUTE, &routes::TRAEFIK_SERVICE];
