//! One pod on its node: init containers one after the other, then the containers side by side, then the end.

use serde_json::Value;

use super::{
    behaviour::init_crashes,
    container::{Container, Role, Scene},
};
use crate::{
    domain::Moment,
    sim::{
        Resource, World,
        objects::json::{annotation, list, text},
    },
};

/// Pods with this annotation become ready only when the script says so.
const GATE: &str = "rolldeck.sim/gate";

/// A pod that a kubelet runs.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) uid: String,
    pub(super) inits: Vec<Container>,
    pub(super) containers: Vec<Container>,
    pub(super) started: Moment,
    pub(super) address: String,
    pub(super) host: String,
    gated: bool,
    /// When it will have ended, and whether that cuts it off.
    ends: Option<(Moment, bool)>,
}

impl Run {
    fn new(pod: &Value) -> Self {
        let inits = list(pod, "/spec/initContainers");
        let waiting = if inits.is_empty() { "ContainerCreating" } else { "PodInitializing" };
        let cracked = init_crashes(pod);
        let role = |at| if cracked && at == 0 { Role::BrokenInit } else { Role::Init };
        let init = |(at, spec): (usize, &Value)| Container::new(spec, role(at), "PodInitializing");
        Self {
            uid: text(pod, "/metadata/uid").to_owned(),
            inits: inits.iter().enumerate().map(init).collect(),
            containers: list(pod, "/spec/containers")
                .iter()
                .map(|spec| Container::new(spec, Role::Main, waiting))
                .collect(),
            started: Moment(0),
            address: String::new(),
            host: String::new(),
            gated: annotation(pod, GATE) == Some("true"),
            ends: None,
        }
    }

    /// The kubelet has seen the pod.
    pub(super) fn begin(world: &mut World, pod: &Value) -> Self {
        let mut run = Self::new(pod);
        run.started = world.now();
        let node = world.objects.get(Resource::Nodes, "", text(pod, "/spec/nodeName"));
        let addresses = node.map_or(&[][..], |node| list(node, "/status/addresses"));
        let internal = addresses.iter().find(|one| text(one, "/type") == "InternalIP");
        run.host = internal.map(|one| text(one, "/address").to_owned()).unwrap_or_default();
        if !run.lacks_volume() {
            run.address = world.kubelet.address();
        }
        run.advance(world.now());
        run
    }

    /// Whether its volumes cannot be mounted; then no container of it ever starts.
    pub(super) fn lacks_volume(&self) -> bool {
        self.containers.iter().any(Container::lacks_volume)
    }

    /// Whether all init containers did their work.
    pub(super) fn is_initialized(&self) -> bool {
        self.inits.iter().all(Container::is_done)
    }

    /// When the next step is due.
    pub(super) fn next(&self) -> Option<Moment> {
        let steps = self.inits.iter().chain(&self.containers).filter_map(Container::next);
        steps.chain(self.ends.map(|(at, _)| at)).min()
    }

    /// Whether it has ended for good.
    pub(super) fn is_gone(&self, now: Moment) -> bool {
        self.ends.is_some_and(|(at, _)| at <= now)
    }

    /// The script lets it become ready.
    pub(super) fn open(&mut self, now: Moment) {
        self.gated = false;
        self.containers.iter_mut().for_each(|container| container.open(now));
    }

    /// Does what is due.
    pub(super) fn step(&mut self, world: &mut World, pod: &Value) {
        let now = world.now();
        if let Some((_, cut)) = self.ends.filter(|(at, _)| *at <= now) {
            let all = self.inits.iter_mut().chain(&mut self.containers);
            all.for_each(|container| container.finish(now, cut));
            return;
        }
        let initialized = self.is_initialized();
        let mut scene = Scene { world, pod, gated: self.gated };
        let all = self.inits.iter_mut().chain(&mut self.containers);
        all.for_each(|container| container.step(&mut scene));
        let waits = self.inits.iter().all(|init| init.next().is_none());
        if self.ends.is_none() && !initialized && waits && !self.lacks_volume() {
            self.advance(now);
        }
    }

    /// It is told to end, until a moment at the latest. Told again, only the moment can come earlier.
    pub(super) fn end(&mut self, world: &mut World, pod: &Value, until: Moment) {
        let now = world.now();
        if let Some((at, _)) = self.ends {
            if until < at {
                self.ends = Some((until.max(now), true));
            }
            return;
        }
        let mut scene = Scene { world, pod, gated: self.gated };
        let all = self.inits.iter_mut().chain(&mut self.containers);
        let longest = all.map(|container| container.stop(&mut scene)).max().unwrap_or(0);
        let at = Moment(now.0 + longest.max(200));
        self.ends = Some(if at > until { (until.max(now), true) } else { (at, false) });
    }

    /// The next init container begins, or after the last one all others.
    fn advance(&mut self, now: Moment) {
        if self.lacks_volume() {
            let lacking = self.containers.iter_mut().filter(|container| container.lacks_volume());
            lacking.for_each(|container| container.begin(now));
        } else if let Some(init) = self.inits.iter_mut().find(|init| !init.is_done()) {
            init.begin(now);
        } else {
            self.containers.iter_mut().for_each(|container| container.begin(now));
        }
    }
}
