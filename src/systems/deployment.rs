//! Deployments driven by kube-controller-manager.
//!
//! The driver claims every Deployment at the last rank, so that any other system may take it as a part of its own. What
//! it says of one follows the controller of Kubernetes 1.36 and `kubectl rollout status`; why a rollout is stuck is the
//! rules' concern, and nothing is written here.

pub mod arithmetic;
mod flight;
mod offers;
mod state;
mod status;
mod verbs;
mod versions;

#[cfg(test)]
mod tests;

pub use status::status;

use std::sync::Arc;

use self::{state::State, versions::Versions};
use super::{Ask, Claim, Driver, Reading, VerbRow};
use crate::domain::{Deployment, Flight, Kind, Look, Moment, Name, Object, Ref, Rollout, WayBack, Write};

/// The driver.
pub struct Deployments;

/// A plain Deployment gives way to every other claim.
const LAST: u8 = u8::MAX;

impl Driver for Deployments {
    fn system(&self) -> &'static str {
        "deployment"
    }

    fn kinds(&self) -> &'static [Kind] {
        const { &[Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::HPA] }
    }

    fn roots(&self) -> &'static [Kind] {
        const { &[Kind::DEPLOYMENT] }
    }

    fn claim(&self, cluster: &Name, namespace: &Name, look: &mut dyn Look<'_>) -> Vec<Claim> {
        let deployments = look.all(cluster, &Kind::DEPLOYMENT, namespace).into_iter();
        let claim = |o: &Object| Claim { root: o.at().clone(), rank: LAST, members: Vec::new(), hides: Vec::new() };
        deployments.map(claim).collect()
    }

    fn read(&self, claim: &Claim, look: &mut dyn Look<'_>, now: Moment) -> Option<Reading> {
        read(&claim.root, look, now)
    }

    fn verbs(&self) -> &'static [VerbRow] {
        verbs::VERBS
    }

    fn flight(&self, ask: &Ask<'_>, writes: &[Write]) -> Option<Flight> {
        flight::flight(ask, writes)
    }

    fn way_back(&self, rollout: &Rollout, look: &mut dyn Look<'_>, now: Moment) -> Option<WayBack> {
        let deployment = find(look.get(&rollout.at)?)?;
        flight::way_back(rollout, deployment, &Versions::of(deployment, look), now)
    }
}

fn read(at: &Ref, look: &mut dyn Look<'_>, now: Moment) -> Option<Reading> {
    let deployment = find(look.get(at)?)?;
    let versions = Versions::of(deployment, look);
    let state = State::of(deployment, &versions, look, now);
    Some(Reading {
        uid: deployment.meta.uid.clone(),
        phase: state.phase,
        says: state.says,
        since: state.since,
        status: status(deployment),
        generation: deployment.meta.generation,
        observed: deployment.observed,
        desired: deployment.replicas,
        versions: versions.roles(),
        countdowns: state.countdowns,
        offers: offers::offers(deployment, &versions),
        again: state.again,
    })
}

fn find(object: &Object) -> Option<&Arc<Deployment>> {
    if let Object::Deployment(deployment) = object { Some(deployment) } else { None }
}
