//! Why a rollout is stuck or hurts, in plain words: one rule a row, each with its own test and advice.
//!
//! Rules look at a [`Case`]: one rollout with its versions, pods, events and scalers, gathered by the store. They are pure,
//! know no system by name, and never decide what the rollout's state is: a finding may say that it `sticks`.
#![deny(missing_docs)]

use std::sync::Arc;

use crate::domain::{Deployment, Event, Finding, Hpa, LogTail, Moment, Pod, ReplicaSet, Rollout, Version, Want};

/// All that rules may look at.
pub struct Case<'a> {
    /// The rollout as read so far: phase, versions with their pods; its findings are still empty.
    pub rollout: &'a Rollout,
    /// Its Deployment, when that is what it is.
    pub deployment: Option<&'a Deployment>,
    /// Versions with their ReplicaSets, in the order of the rollout.
    pub versions: Vec<Side<'a>>,
    /// Warning events about the rollout, its ReplicaSets and its pods, newest first. Empty unless events are watched there.
    pub events: Vec<&'a Event>,
    /// HPAs that target it.
    pub scalers: Vec<&'a Hpa>,
    /// Log ends that were fetched.
    pub tails: Vec<&'a LogTail>,
    /// The cluster's now.
    pub now: Moment,
}

/// One version of a case.
pub struct Side<'a> {
    /// The version.
    pub version: &'a Version,
    /// Its ReplicaSet.
    pub set: Option<&'a ReplicaSet>,
}

impl<'a> Side<'a> {
    /// Its pods.
    pub fn pods(&self) -> &'a [Arc<Pod>] {
        &self.version.pods.list
    }
}

/// What a rule answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noticed {
    /// Findings, at most one per version and cause.
    pub findings: Vec<Finding>,
    /// What it would like to know.
    pub wants: Vec<Want>,
    /// When time alone changes this answer.
    pub again: Option<Moment>,
}

/// A row of the table.
pub struct Rule {
    /// Its name; a contract of `status --output json`.
    pub name: &'static str,
    /// What it notices, for the documentation.
    pub about: &'static str,
    /// The rule.
    pub check: fn(&Case<'_>) -> Noticed,
}

/// stub
pub fn check(_case: &Case<'_>) -> Noticed {
    Noticed::default()
}
/// stub
pub fn settle(_rollout: &mut Rollout, _noticed: Noticed) {}
