//! Deployments driven by kube-controller-manager.

use super::{Claim, Driver, Reading};
use crate::domain::{Kind, Look, Moment, Name};

/// The driver.
pub struct Deployments;

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
    fn claim(&self, _cluster: &Name, _namespace: &Name, _look: &mut dyn Look<'_>) -> Vec<Claim> {
        Vec::new()
    }
    fn read(&self, _claim: &Claim, _look: &mut dyn Look<'_>, _now: Moment) -> Option<Reading> {
        None
    }
}
