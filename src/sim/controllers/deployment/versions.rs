//! Versions of a Deployment: which `ReplicaSet` is the new one, its creation, its revision, and the annotations it carries.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{MANAGER, reference},
    Sync, size,
};
use crate::{
    sim::{
        Resource,
        objects::{
            json::{annotation, int, object_or_null, pairs, set, text, unset},
            luck::hash,
        },
    },
    systems::deployment::arithmetic::{self, Strategy},
};

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Annotations that are not copied to a `ReplicaSet`.
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAX,
    "deprecated.deployment.rollback.to",
];

/// The label that tells the pods of versions apart.
const HASH: &str = "pod-template-hash";

/// A revision history is no longer than this (characters).
const HISTORY_LENGTH: usize = 2_000;

impl Sync<'_> {
    /// The new version, with its annotations brought up to date; created when it is missing and may be. Its revision is
    /// copied to the Deployment.
    pub(super) fn new_version(&mut self, create: bool) -> Option<usize> {
        let new = self.sets.iter().position(|set| same_template(set, &self.object));
        let old = self.old(new);
        let numbers = old.iter().filter_map(|at| revision(self.set(*at)));
        let next = arithmetic::next_revision(numbers);
        let Some(new) = new else {
            return if create { self.create_version(next) } else { None };
        };
        let mut after = self.set(new).clone();
        self.annotate(&mut after, next);
        match self.object.pointer("/spec/minReadySeconds").cloned() {
            Some(seconds) => set(&mut after, &["spec", "minReadySeconds"], seconds),
            None => drop(unset(&mut after, &["spec", "minReadySeconds"])),
        }
        if &after != self.set(new) {
            self.put_set(new, after);
            return Some(new);
        }
        let number = annotation(self.set(new), REVISION).unwrap_or_default().to_owned();
        let mut told = annotation(&self.object, REVISION) != Some(&number);
        set(&mut self.object, &["metadata", "annotations", REVISION], number);
        if self.deadline().is_some() && self.condition("Progressing").is_none() {
            let message = format!("Found new replica set {:?}", text(self.set(new), "/metadata/name"));
            self.set_condition("Progressing", "True", "FoundNewReplicaSet", &message);
            told = true;
        }
        if told {
            self.put_status();
        }
        Some(new)
    }

    fn create_version(&mut self, number: i64) -> Option<usize> {
        let now = self.world.now();
        let (mut fresh, size) = self.fresh_version();
        set(&mut fresh, &["spec", "replicas"], size);
        self.annotate(&mut fresh, number);
        self.annotate_sizes(&mut fresh);
        let name = text(&fresh, "/metadata/name").to_owned();
        match self.world.objects.create(Resource::ReplicaSets, fresh, MANAGER, now) {
            Ok(made) => {
                self.sets.push(Arc::new(made));
                if size > 0 {
                    let message = format!("Scaled up replica set {name} from 0 to {size}");
                    self.tell("Normal", "ScalingReplicaSet", &message);
                }
                set(&mut self.object, &["metadata", "annotations", REVISION], number.to_string());
                if self.deadline().is_some() {
                    let message = format!("Created new replica set {name:?}");
                    self.set_condition("Progressing", "True", "NewReplicaSetCreated", &message);
                }
                self.put_status();
                Some(self.sets.len() - 1)
            }
            Err(refusal) => {
                let message = format!("Failed to create new replica set {name:?}: {}", refusal.message);
                if self.deadline().is_some() {
                    self.set_condition("Progressing", "False", "ReplicaSetCreateError", &message);
                    self.put_status();
                }
                self.tell("Warning", "ReplicaSetCreateError", &message);
                None
            }
        }
    }

    /// A version for the template as it is, and how many pods it begins with.
    fn fresh_version(&self) -> (Value, i32) {
        let mut template = self.object.pointer("/spec/template").cloned().unwrap_or_default();
        let hash = hash(&template.to_string());
        set(&mut template, &["metadata", "labels", HASH], hash.clone());
        let mut selector = self.object.pointer("/spec/selector").cloned().unwrap_or_default();
        set(&mut selector, &["matchLabels", HASH], hash.clone());
        let fresh = json!({
            "metadata": {
                "name": format!("{}-{hash}", self.name()),
                "namespace": text(&self.object, "/metadata/namespace"),
                "labels": template.pointer("/metadata/labels"),
                "ownerReferences": [reference(&self.object)],
            },
            "spec": {"selector": selector, "template": template},
        });
        let mut fresh = fresh;
        let seconds = int(&self.object, "/spec/minReadySeconds");
        if seconds != 0 {
            set(&mut fresh, &["spec", "minReadySeconds"], seconds);
        }
        let size = match self.strategy() {
            Strategy::Rolling { .. } => self.bounds().new_size(self.total(), 0),
            Strategy::Recreate => self.replicas(),
        };
        (fresh, size)
    }

    /// The Deployment's annotations, the revision, and the numbers that it had before.
    fn annotate(&self, to: &mut Value, next: i64) {
        for (key, value) in pairs(&self.object, "/metadata/annotations").filter(|(key, _)| !OWN.contains(key)) {
            set(to, &["metadata", "annotations", key], value);
        }
        let had = annotation(to, REVISION).map(str::to_owned);
        // What is no number is left alone.
        let Ok(number) = had.as_deref().unwrap_or("0").parse::<i64>() else { return };
        if number >= next {
            return;
        }
        set(to, &["metadata", "annotations", REVISION], next.to_string());
        if let Some(number) = had {
            let history = annotation(to, HISTORY).unwrap_or_default();
            let longer = longer_history(history, &number);
            set(to, &["metadata", "annotations", HISTORY], longer);
        }
    }

    /// The sizes that a version is scaled for.
    pub(super) fn annotate_sizes(&self, to: &mut Value) {
        let bounds = self.bounds();
        set(to, &["metadata", "annotations", DESIRED], bounds.replicas.to_string());
        set(to, &["metadata", "annotations", MAX], bounds.most().to_string());
    }

    /// Deletes old versions without pods beyond the limit, the lowest revisions first.
    pub(super) fn prune(&mut self, new: Option<usize>) {
        let limit = int(&self.object, "/spec/revisionHistoryLimit");
        if limit == i64::from(i32::MAX) {
            return;
        }
        let mut old = self.old(new);
        let excess = i64::try_from(old.len()).unwrap_or(i64::MAX) - limit;
        // The list is by creation, and sorting keeps that order among equals.
        old.sort_by_key(|at| revision(self.set(*at)).unwrap_or(0));
        let now = self.world.now();
        let excess = usize::try_from(excess).unwrap_or(0);
        for at in old.into_iter().take(excess) {
            let version = self.set(at).clone();
            let busy = int(&version, "/status/replicas") != 0 || size(&version) != 0;
            if busy || int(&version, "/metadata/generation") > int(&version, "/status/observedGeneration") {
                continue;
            }
            let (namespace, name) = (text(&version, "/metadata/namespace"), text(&version, "/metadata/name"));
            // It was read at the start of this sync.
            drop(self.world.objects.delete((Resource::ReplicaSets, namespace, name), None, now));
        }
    }
}

/// The revision number of a version; 0 without one, None when it is no number.
pub(super) fn revision(version: &Value) -> Option<i64> {
    annotation(version, REVISION).map_or(Some(0), |number| number.parse().ok())
}

/// A history with one number more; the oldest go when it becomes too long.
fn longer_history(history: &str, number: &str) -> String {
    if history.is_empty() {
        return number.to_owned();
    }
    let mut all: Vec<&str> = history.split(',').chain([number]).collect();
    while all.len() > 1 && all.iter().map(|one| one.len() + 1).sum::<usize>() > HISTORY_LENGTH + 1 {
        all.remove(0);
    }
    all.join(",")
}

/// Whether a version has the template of the Deployment, the label that tells versions apart left out.
fn same_template(version: &Value, deployment: &Value) -> bool {
    let same = |pointer, but| members(version, pointer, but).eq(members(deployment, pointer, but));
    same("/spec/template", "metadata")
        && same("/spec/template/metadata", "labels")
        && same("/spec/template/metadata/labels", HASH)
}

/// The members of the object at a JSON pointer, `but` for one.
fn members<'v>(object: &'v Value, pointer: &str, but: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    object_or_null(object, pointer).as_object().into_iter().flatten().filter(move |(name, _)| *name != but)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_forgets_its_oldest_numbers() {
        assert_eq!(longer_history("", "3"), "3");
        assert_eq!(longer_history("1,2", "5"), "1,2,5");
        let long: Vec<String> = (1..600).map(|n| n.to_string()).collect();
        let longer = longer_history(&long.join(","), "900");
        assert!(longer.len() <= HISTORY_LENGTH && longer.ends_with(",900") && !longer.starts_with("1,"));
    }
}
