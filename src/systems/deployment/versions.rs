//! Which ReplicaSets are versions of a Deployment, and what each is to the rollout.
//!
//! The rules are the controller's (`deployment_util.go` of Kubernetes 1.36): a version is controlled by the Deployment and
//! matches its selector; the one that runs the current template is the oldest whose template equals it.

use std::cmp::Reverse;

use crate::{
    domain::{Deployment, Kind, Look, Object, ReplicaSet, Role, Split, Truth},
    systems::Side,
};

/// The versions of a Deployment.
pub(super) struct Versions<'a> {
    /// The one that runs the current template.
    pub(super) new: Option<&'a ReplicaSet>,
    /// All others, by creation.
    pub(super) others: Vec<&'a ReplicaSet>,
    /// Whether this is the whole truth: ReplicaSets may be read, and they have arrived.
    pub(super) known: bool,
    /// Whether the new version has taken over.
    pub(super) finished: bool,
}

impl<'a> Versions<'a> {
    /// Looks them up.
    pub(super) fn of(deployment: &Deployment, look: &mut dyn Look<'a>) -> Self {
        let at = &deployment.meta.at;
        let readable = look.readable(&at.cluster, &Kind::REPLICA_SET, &at.namespace);
        let mut others: Vec<_> = look.owned(&deployment.meta.uid).into_iter().filter_map(as_set).collect();
        others.retain(|set| deployment.selector.matches(&set.meta.labels));
        others.sort_by_key(|set| (set.meta.created, &set.meta.at.name));
        let known = readable && !(others.is_empty() && deployment.have > 0);
        let new = find_new(deployment, &others);
        others.retain(|set| new.is_none_or(|new| new.meta.uid != set.meta.uid));
        let finished = is_finished(deployment, new.is_some() || !known);
        Self { new, others, known, finished }
    }

    /// Whether the current template has no version yet because nobody rolled it out.
    pub(super) fn template_waits(&self, deployment: &Deployment) -> bool {
        self.known && self.new.is_none() && (deployment.updated == 0 || !deployment.is_observed())
    }

    /// The version that serves while another one takes over, or that serves alone.
    pub(super) fn stable(&self) -> Option<&'a ReplicaSet> {
        if let (Some(new), true) = (self.new, self.finished) {
            return Some(new);
        }
        let serving = |set: &&ReplicaSet| (set.available, set.have, set.replicas, set.meta.revision());
        let alive = self.others.iter().copied().filter(|set| is_alive(set)).max_by_key(serving);
        let latest = || self.others.iter().copied().max_by_key(|set| set.meta.revision());
        alive.or_else(|| if self.new.is_none() { latest() } else { None })
    }

    /// Each with its role: the one being rolled out, the one that serves, older ones with pods, then history.
    pub(super) fn roles(&self) -> Vec<Side> {
        let stable = self.stable().map(|set| &set.meta.uid);
        let role = |set: &ReplicaSet| {
            if stable == Some(&set.meta.uid) {
                Role::Stable
            } else if self.new.is_some_and(|new| new.meta.uid == set.meta.uid) {
                Role::New
            } else if is_alive(set) {
                Role::Old
            } else {
                Role::Past
            }
        };
        let mut all: Vec<_> = self.new.iter().chain(&self.others).map(|set| (role(set), *set)).collect();
        all.sort_by_key(|(role, set)| (*role, Reverse(set.meta.revision()), Reverse(set.meta.created)));
        let side = |(role, set): (Role, &ReplicaSet)| Side {
            body: set.meta.at.clone(),
            role,
            split: Split::default(),
            services: Vec::new(),
        };
        all.into_iter().map(side).collect()
    }
}

fn as_set(object: &Object) -> Option<&ReplicaSet> {
    if let Object::Set(set) = object { Some(set) } else { None }
}

/// Whether it has pods, wants some, or waits for the last ones to end.
fn is_alive(set: &ReplicaSet) -> bool {
    set.replicas > 0 || set.have > 0 || set.terminating.unwrap_or(0) > 0
}

/// The rollout has reached its end once, and no pod of another version counts since. Later losses do not make it new
/// again: the controller, too, leaves `NewReplicaSetAvailable` alone then. Without a progress deadline there is no such
/// condition; then enough available pods must do.
fn is_finished(deployment: &Deployment, has_new: bool) -> bool {
    let reached = match deployment.progressing() {
        Some(progressing) => progressing.reason == "NewReplicaSetAvailable",
        None => deployment.condition("Available").is_some_and(|c| c.truth == Truth::Yes),
    };
    let alone = deployment.is_observed() && deployment.have == deployment.updated;
    has_new && alone && (reached || deployment.is_complete())
}

/// `sets` come by creation and name, and the controller takes the first whose template is equal.
fn find_new<'a>(deployment: &Deployment, sets: &[&'a ReplicaSet]) -> Option<&'a ReplicaSet> {
    let template = &deployment.template;
    let same = |set: &&&ReplicaSet| set.template.fingerprint == template.fingerprint;
    if let Some(set) = sets.iter().find(same) {
        return Some(set);
    }
    // Fingerprints of two encodings never meet; and where the controller counts updated pods, one version must be the
    // new one even if its bytes differ (an empty map equals an absent one to the controller).
    let counted = deployment.is_observed() && deployment.updated > 0;
    let comparable = |set: &ReplicaSet| (set.template.fingerprint ^ template.fingerprint) & 1 == 0;
    let numbered = |set: &&&ReplicaSet| {
        let looks_same = set.template.images == template.images && set.template.restarted == template.restarted;
        let number = deployment.meta.revision();
        looks_same && number.is_some() && set.meta.revision() == number && (counted || !comparable(set))
    };
    sets.iter().find(numbered).copied()
}
