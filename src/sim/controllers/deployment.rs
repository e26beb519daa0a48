//! The Deployment controller of Kubernetes 1.36: one call is one sync of the real one (`pkg/controller/deployment`), with the
//! same reads, writes, conditions and events. Adoption of orphans, hash collisions and the deprecated rollback field are not
//! modelled.

mod change;
mod status;
mod versions;

use std::sync::Arc;

use serde_json::Value;

use super::{MANAGER, is_over, owner};
use crate::{
    domain::{Amount, Sub},
    sim::{
        Resource, World,
        objects::{
            json::{count, flag, text},
            labels::selects,
        },
        world::{Named, Note},
    },
    systems::deployment::arithmetic::{self, Bounds, Recreate, Sizes, Strategy},
};

/// One sync: the Deployment and its `ReplicaSets`, oldest first, as they are after each write.
struct Sync<'w> {
    world: &'w mut World,
    object: Value,
    sets: Vec<Arc<Value>>,
}

/// One sync of a Deployment.
pub(in crate::sim) fn sync(world: &mut World, (namespace, name): &Named) {
    let Some(object) = world.objects.get(Resource::Deployments, namespace, name).cloned() else { return };
    let selector = object.pointer("/spec/selector").cloned().unwrap_or_default();
    let uid = text(&object, "/metadata/uid").to_owned();
    let ours = |set: &&Arc<Value>| {
        let labels = set.pointer("/metadata/labels").unwrap_or(&Value::Null);
        owner(set).is_some_and(|(_, _, owner)| owner == uid) && selects(&selector, labels)
    };
    let mut sets: Vec<Arc<Value>> =
        world.objects.held(Resource::ReplicaSets, Some(namespace)).filter(ours).cloned().collect();
    let age = |set: &Arc<Value>| {
        (text(set, "/metadata/creationTimestamp").to_owned(), text(set, "/metadata/name").to_owned())
    };
    sets.sort_by_key(age);
    let mut sync = Sync { world, object, sets };
    sync.check_paused();
    if flag(&sync.object, "/spec/paused") || sync.is_scaling_event() {
        sync.rescale();
        return;
    }
    match sync.strategy() {
        Strategy::Rolling { .. } => sync.roll(),
        Strategy::Recreate => sync.recreate(),
    }
}

impl Sync<'_> {
    fn name(&self) -> &str {
        text(&self.object, "/metadata/name")
    }

    fn replicas(&self) -> i32 {
        count(&self.object, "/spec/replicas")
    }

    fn strategy(&self) -> Strategy {
        if text(&self.object, "/spec/strategy/type") == "Recreate" {
            return Strategy::Recreate;
        }
        let amount = |field: &str| {
            let value = self.object.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
            let pods = value.and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).map(Amount::Pods);
            pods.or_else(|| value.and_then(Value::as_str).and_then(Amount::parse)).unwrap_or(Amount::Pods(0))
        };
        Strategy::Rolling { surge: amount("maxSurge"), unavailable: amount("maxUnavailable") }
    }

    fn bounds(&self) -> Bounds {
        self.strategy().bounds(self.replicas())
    }

    /// Pods that all versions are to have.
    fn total(&self) -> i32 {
        self.sets.iter().map(|set| size(set)).sum()
    }

    fn set(&self, at: usize) -> &Value {
        self.sets.get(at).map_or(&Value::Null, AsRef::as_ref)
    }

    /// The old versions, oldest first, as positions.
    fn old(&self, new: Option<usize>) -> Vec<usize> {
        (0..self.sets.len()).filter(|at| Some(*at) != new).collect()
    }

    fn sizes(&self, at: usize) -> Sizes {
        Sizes { replicas: size(self.set(at)), available: count(self.set(at), "/status/availableReplicas") }
    }

    /// A rolling update: up if it can, else down if it can.
    fn roll(&mut self) {
        let Some(new) = self.new_version(true) else { return };
        let old = self.old(Some(new));
        let (bounds, is) = (self.bounds(), self.sizes(new));
        let grown = bounds.new_size(self.total(), is.replicas);
        if grown != is.replicas {
            self.scale(new, grown, false);
            return self.write_progress(Some(new));
        }
        let active: Vec<usize> = old.iter().copied().filter(|at| size(self.set(*at)) > 0).collect();
        let sizes: Vec<Sizes> = active.iter().map(|at| self.sizes(*at)).collect();
        let shrunk = bounds.shrink(is, &sizes);
        let mut scaled = false;
        for step in [&shrunk.cleaned, &shrunk.scaled] {
            for (at, to) in active.iter().zip(step) {
                scaled |= self.scale(*at, *to, false);
            }
        }
        if !scaled && self.is_complete() {
            self.prune(Some(new));
        }
        self.write_progress(Some(new));
    }

    /// Recreate: all old pods end before the first new one starts.
    fn recreate(&mut self) {
        let mut new = self.new_version(false);
        let old = self.old(new);
        let sizes: Vec<i32> = old.iter().map(|at| size(self.set(*at))).collect();
        match arithmetic::recreate(&sizes, self.old_pods_run(new)) {
            Recreate::ScaleDown => {
                for at in old {
                    self.scale(at, 0, false);
                }
            }
            Recreate::Wait => {}
            Recreate::ScaleUp => {
                if new.is_none() {
                    new = self.new_version(true);
                }
                if let Some(new) = new {
                    self.scale(new, self.replicas(), false);
                }
                if self.is_complete() {
                    self.prune(new);
                }
            }
        }
        self.write_progress(new);
    }

    /// Whether pods that are not the new version's are there, ending ones included.
    fn old_pods_run(&self, new: Option<usize>) -> bool {
        let old = self.old(new);
        let uids: Vec<&str> = old.iter().map(|at| text(self.set(*at), "/metadata/uid")).collect();
        let namespace = text(&self.object, "/metadata/namespace");
        old.iter().any(|at| count(self.set(*at), "/status/replicas") > 0)
            || self
                .world
                .objects
                .list(Resource::Pods, Some(namespace))
                .any(|pod| !is_over(pod) && owner(pod).is_some_and(|(_, _, uid)| uids.contains(&uid)))
    }

    /// Writes the status as this sync has it.
    fn put_status(&mut self) {
        let now = self.world.now();
        let after = self.object.clone();
        // It was read at the start of this sync, and nothing else writes in between.
        if let Ok(object) = self.world.objects.replace((Resource::Deployments, Sub::Status), after, MANAGER, now) {
            self.object = object;
        }
    }

    fn put_set(&mut self, at: usize, after: Value) {
        let now = self.world.now();
        if let Ok(set) = self.world.objects.replace((Resource::ReplicaSets, Sub::Main), after, MANAGER, now)
            && let Some(place) = self.sets.get_mut(at)
        {
            *place = Arc::new(set);
        }
    }

    fn tell(&mut self, kind: &str, reason: &str, message: &str) {
        let Self { world, object, .. } = self;
        world.tell(object, Note { component: "deployment-controller", kind, reason, message, part: "" });
    }
}

/// Pods that a version is to have.
fn size(set: &Value) -> i32 {
    count(set, "/spec/replicas")
}
