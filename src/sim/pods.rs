//! Scheduler and kubelets: what becomes of a pod after it was created. It gets a node, its image is pulled, its containers
//! start, become ready, crash and start again, and end; each by the tag of its image (`behaviour`). There are no processes:
//! only the status, the conditions and the events that a real kubelet would write, in virtual time.

mod behaviour;
mod container;
mod image;
mod node;
mod render;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub(super) use node::schedule;

use self::run::Run;
use super::{
    Resource, World,
    controllers::{is_going, is_over},
    objects::json::{moment, text},
    world::{Named, Note, Timer},
};
use crate::domain::Sub;

/// The field manager and the source of events.
const KUBELET: &str = "kubelet";

/// What the kubelets know, all nodes together.
#[derive(Clone, Debug, Default)]
pub(super) struct Kubelet {
    runs: BTreeMap<Named, Run>,
    /// Images that nodes hold already.
    images: BTreeSet<(String, String)>,
    addresses: u32,
}

impl Kubelet {
    /// The next address of a pod.
    fn address(&mut self) -> String {
        self.addresses += 1;
        let n = self.addresses;
        format!("10.244.{}.{}", (n / 250) % 250, n % 250 + 2)
    }
}

/// A pod changed: its kubelet begins to run it, begins to end it, or writes its status again.
pub(super) fn notice(world: &mut World, named: &Named) {
    let (namespace, name) = named;
    let pod = world.objects.get(Resource::Pods, namespace, name).cloned();
    let Some(pod) = pod.filter(|pod| !is_over(pod)) else {
        world.kubelet.runs.remove(named);
        return;
    };
    if text(&pod, "/spec/nodeName").is_empty() {
        return;
    }
    let same = |run: &Run| run.uid == text(&pod, "/metadata/uid");
    let known = world.kubelet.runs.remove(named).filter(same);
    let mut run = known.unwrap_or_else(|| Run::begin(world, &pod));
    if is_going(&pod) {
        let until = moment(text(&pod, "/metadata/deletionTimestamp")).unwrap_or(world.now());
        run.end(world, &pod, until);
    }
    keep(world, named, run, &pod);
}

/// Time has come for a step in the life of a pod.
pub(super) fn step(world: &mut World, named: &Named) {
    let Some(pod) = world.objects.get(Resource::Pods, &named.0, &named.1).cloned() else { return };
    let Some(mut run) = world.kubelet.runs.remove(named) else { return };
    run.step(world, &pod);
    if run.is_gone(world.now()) {
        write(world, &run, &pod);
        let now = world.now();
        world.objects.forget(Resource::Pods, &named.0, &named.1, now);
        return;
    }
    keep(world, named, run, &pod);
}

/// Lets a pod become ready that waits for it. False when there is no such pod.
pub(super) fn open_gate(world: &mut World, (namespace, name): (&str, &str)) -> bool {
    let named = (namespace.to_owned(), name.to_owned());
    let now = world.now();
    let Some(run) = world.kubelet.runs.get_mut(&named) else { return false };
    run.open(now);
    world.at(now, Timer::Pod(named));
    true
}

fn keep(world: &mut World, named: &Named, run: Run, pod: &Value) {
    write(world, &run, pod);
    if let Some(next) = run.next() {
        world.at(next, Timer::Pod(named.clone()));
    }
    world.kubelet.runs.insert(named.clone(), run);
}

fn write(world: &mut World, run: &Run, pod: &Value) {
    let now = world.now();
    let after = render::status(run, pod, now);
    // It was read a moment ago, and nothing happens in between.
    drop(world.objects.replace((Resource::Pods, Sub::Status), after, KUBELET, now));
}

/// Tells an event about a pod; `part` names a container, or is empty.
fn tell(world: &mut World, pod: &Value, part: &str, (kind, reason): (&str, &str), message: &str) {
    world.tell(pod, Note { component: KUBELET, kind, reason, message, part });
}
