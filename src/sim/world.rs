//! The simulated world in virtual time: what is stored, the controllers that react to it, and what happens by itself later.
//!
//! Controllers run one at a time, in a fixed order, until nobody has anything to do: one of the sequences that real
//! controllers, which run side by side, can show. Nothing happens between two moments.

mod events;
mod route;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::{
    Change, Happened, Key, Objects, Refusal, Resource,
    controllers::{collector, deployment, disruption, gateway, hpa, quota, replicaset, slices},
    objects::{json::stamp, luck::Luck},
    pods::{self, Kubelet},
};
use crate::domain::Moment;

pub(super) use events::Note;
pub(super) use route::HPA_PERIOD_MS;

/// A namespace and a name.
pub(super) type Named = (String, String);

/// Work for a controller. The order of the variants is the order in which they run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// Garbage collection after an owner (its uid) is gone.
    Collect(String),
    /// Everything in a namespace that is gone.
    Empty(String),
    /// A node for a pod.
    Schedule(Named),
    /// A pod that changed, for its kubelet.
    Kubelet(Named),
    /// A `ReplicaSet`.
    ReplicaSet(Named),
    /// A Deployment.
    Deployment(Named),
    /// The endpoints of a Service.
    Slices(Named),
    /// The quotas of a namespace.
    Quotas(String),
    /// A disruption budget.
    Budget(Named),
    /// The router, for a route.
    Gateway(Named),
}

/// What happens by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The next step in the life of a pod.
    Pod(Named),
    /// A controller looks again.
    Again(Job),
    /// A round of an HPA.
    Hpa(Named),
    /// An event may have become too old.
    Forget(Named),
}

/// One line of the write log: when, which resource version, what happened to which object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Virtual time.
    pub at: Moment,
    /// The resource version that it made.
    pub version: u64,
    /// What.
    pub happened: Happened,
    /// Which object.
    pub key: Key,
}

/// How many jobs may follow from one moment before the world says that it does not come to rest.
const BOUND: usize = 200_000;

/// Lines of the write log that are kept.
const LOGGED: usize = 100_000;

/// The world. It moves only when it is told to.
pub struct World {
    /// What the API server stores. Whoever writes into it calls [`World::settle`] then.
    pub objects: Objects,
    /// The load of Deployments, by namespace and name: their pods' mean use of cpu in percent of what they request, as
    /// traffic makes it. What has none cannot be scaled by load.
    pub load: BTreeMap<(String, String), f64>,
    pub(super) luck: Luck,
    pub(super) kubelet: Kubelet,
    /// Attempts of `ReplicaSets` that could not create their pods.
    pub(super) attempts: BTreeMap<Named, u32>,
    /// What HPAs recommended lately.
    pub(super) advice: BTreeMap<Named, Vec<(Moment, i32)>>,
    now: Moment,
    jobs: BTreeSet<Job>,
    timers: BTreeSet<(Moment, Timer)>,
    seen: u64,
    log: VecDeque<Write>,
    trouble: Option<String>,
}

impl World {
    /// An empty world at a moment. The seed decides everything that looks like luck.
    pub fn new(seed: u64, now: Moment) -> Self {
        Self {
            objects: Objects::new(seed),
            load: BTreeMap::new(),
            luck: Luck::new(!seed),
            kubelet: Kubelet::default(),
            attempts: BTreeMap::new(),
            advice: BTreeMap::new(),
            now,
            jobs: BTreeSet::new(),
            timers: BTreeSet::new(),
            seen: 0,
            log: VecDeque::new(),
            trouble: None,
        }
    }

    /// Virtual time.
    pub const fn now(&self) -> Moment {
        self.now
    }

    /// When something happens next by itself.
    pub fn next(&self) -> Option<Moment> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Adds ready nodes `node-1` to `node-COUNT`: four cores, 16 GiB and 110 pods each.
    pub fn add_nodes(&mut self, count: usize) {
        for index in 1..=count {
            let name = format!("node-{index}");
            // A name that is taken is a node that is there already.
            drop(self.objects.create(Resource::Nodes, node(&name, index, self.now), "kubelet", self.now));
        }
    }

    /// Lets time pass up to a moment: everything that is due happens in order, with the controllers quiet in between.
    pub fn run_to(&mut self, to: Moment) {
        self.settle();
        while let Some((at, _)) = self.timers.first().filter(|(at, _)| *at <= to) {
            self.now = self.now.max(*at);
            let Some((_, timer)) = self.timers.pop_first() else { break };
            self.fire(timer);
            self.settle();
        }
        self.now = self.now.max(to);
    }

    /// Lets the controllers react to what was written, until they are quiet. See [`World::trouble`] for when they are not.
    pub fn settle(&mut self) {
        for _ in 0..BOUND {
            self.hear();
            let Some(job) = self.jobs.pop_first() else { return };
            self.work(job);
        }
        let waiting = self.jobs.first().map(|job| format!("{job:?}")).unwrap_or_default();
        self.trouble = Some(format!("controllers did not come to rest after {BOUND} jobs; next would be {waiting}"));
        self.jobs.clear();
    }

    /// Whether controllers ever kept each other busy without end: a mistake in the simulator, said instead of hanging.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// What was written, oldest first (of a long day the newest 100,000 lines): the same for the same seed and script.
    pub fn write_log(&self) -> impl ExactSizeIterator<Item = &Write> {
        self.log.iter()
    }

    /// Lets a pod become ready that waits for it (its template has the annotation `rolldeck.sim/gate: "true"`). Whoever
    /// calls it lets time pass then. False when there is no such pod.
    pub fn open_gate(&mut self, namespace: &str, pod: &str) -> bool {
        pods::open_gate(self, (namespace, pod))
    }

    /// Has something happen later.
    pub(super) fn at(&mut self, when: Moment, timer: Timer) {
        self.timers.insert((when.max(self.now), timer));
    }

    /// Has a controller look at something.
    pub(super) fn enqueue(&mut self, job: Job) {
        self.jobs.insert(job);
    }

    fn enqueue_all(&mut self, jobs: Vec<Job>) {
        self.jobs.extend(jobs);
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Pod(named) => pods::step(self, &named),
            Timer::Again(job) => self.enqueue(job),
            Timer::Hpa(named) => hpa::round(self, &named),
            Timer::Forget(event) => self.forget_event(&event),
        }
    }

    fn work(&mut self, job: Job) {
        match job {
            Job::Collect(uid) => collector::collect(self, &uid),
            Job::Empty(namespace) => collector::empty(self, &namespace),
            Job::Schedule(named) => pods::schedule(self, &named),
            Job::Kubelet(named) => pods::notice(self, &named),
            Job::ReplicaSet(named) => replicaset::sync(self, &named),
            Job::Deployment(named) => deployment::sync(self, &named),
            Job::Slices(named) => slices::sync(self, &named),
            Job::Quotas(namespace) => quota::sync(self, &namespace),
            Job::Budget(named) => disruption::sync(self, &named),
            Job::Gateway(named) => gateway::sync(self, &named),
        }
    }

    /// Takes in what was written since the last time, and gives it to those whom it concerns.
    fn hear(&mut self) {
        if self.seen == self.objects.version() {
            return;
        }
        let news: Result<Vec<Change>, Refusal> =
            self.objects.since(self.seen).map(|changes| changes.cloned().collect());
        self.seen = self.objects.version();
        let Ok(news) = news else {
            // More was written at once than is remembered: everybody looks at everything, as after a lost watch.
            self.look_at_everything();
            return;
        };
        for change in news {
            let Change { version, at, happened, key, .. } = &change;
            if self.log.len() == LOGGED {
                self.log.pop_front();
            }
            self.log.push_back(Write { at: *at, version: *version, happened: *happened, key: key.clone() });
            self.route(&change);
        }
    }
}

fn node(name: &str, index: usize, now: Moment) -> Value {
    let stamp = stamp(now);
    let room = json!({"cpu": "4", "memory": "16Gi", "pods": "110"});
    let zone = ["zone-a", "zone-b", "zone-c"].get(index % 3).copied().unwrap_or("zone-a");
    let pool = if index.is_multiple_of(2) { "general" } else { "spot" };
    json!({
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "topology.kubernetes.io/zone": zone,
            "cloud.google.com/gke-nodepool": pool}},
        "spec": {},
        "status": {
            "capacity": room,
            "allocatable": room,
            "addresses": [{"type": "InternalIP", "address": format!("10.0.0.{index}")}],
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady",
                "message": "kubelet is posting ready status", "lastHeartbeatTime": stamp, "lastTransitionTime": stamp}],
            "nodeInfo": {"kubeletVersion": "v1.36.1", "operatingSystem": "linux", "architecture": "amd64"},
        },
    })
}
