//! Pods, reduced to what a dot, a row or a rule reads (`v1.Pod`), and the state a dot shows.

use serde::{Deserialize, Serialize};

use super::{Condition, Meta, Moment, Name, Text, Truth};

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodPhase {
    /// Accepted, not all containers started.
    #[default]
    Pending,
    /// At least one container runs or restarts.
    Running,
    /// All containers ended well and will not restart.
    Succeeded,
    /// All containers ended, one of them badly.
    Failed,
    /// The node does not answer.
    Unknown,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Who it is.
    pub meta: Meta,
    /// `spec.nodeName`; None until scheduled.
    pub node: Option<Name>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// `status.reason` (`Evicted`, `NodeLost`…); empty mostly.
    pub reason: Name,
    /// `status.message`.
    pub message: Text,
    /// `status.conditions`, without those that are `True` and read by nobody (only `Ready` is kept when true).
    pub conditions: Box<[Condition]>,
    /// Init containers, sidecars, then containers, in the order of the spec.
    pub containers: Box<[Container]>,
    /// Names of `spec.readinessGates` whose condition is not `True`.
    pub gates_missing: Box<[Name]>,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Runs to its end before the others start.
    Init,
    /// An init container with `restartPolicy: Always`: starts first, runs beside the others.
    Sidecar,
    /// An ordinary container.
    Main,
}

/// One container with its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: Name,
    /// Its image as the spec writes it.
    pub image: Text,
    /// The image that runs, as the kubelet resolved it (`imageID`): a tag may have been moved. Empty until it does.
    #[serde(default)]
    pub digest: Text,
    /// What it is for.
    pub role: Role,
    /// Whether its readiness probe passes.
    pub ready: bool,
    /// How often it was started again.
    pub restarts: i32,
    /// What it is doing.
    pub state: ContainerState,
    /// How its previous run ended.
    pub last: Option<Ended>,
}

/// `state` of a container status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContainerState {
    /// The kubelet has not said anything yet.
    #[default]
    Unreported,
    /// Not started.
    Waiting {
        /// `ContainerCreating`, `CrashLoopBackOff`, `ImagePullBackOff`…
        reason: Name,
        /// The kubelet's sentence.
        message: Text,
    },
    /// Started.
    Running {
        /// When.
        since: Option<Moment>,
    },
    /// Ended.
    Ended(Ended),
}

/// How a run of a container ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// `Error`, `OOMKilled`, `Completed`…
    pub reason: Name,
    /// The termination message, mostly empty.
    pub message: Text,
    /// Its exit code.
    pub exit: i32,
    /// The signal that ended it, 0 for none.
    pub signal: i32,
    /// When.
    pub at: Option<Moment>,
}

/// What a dot shows. Ordered from what needs a look first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PodState {
    /// Cannot start or keeps ending: image pull, crash loop, config error, failed.
    Failing,
    /// Started, and its readiness does not hold.
    NotReady,
    /// On its way: pending, creating, initialising, or started and never ready yet.
    Starting,
    /// Ready.
    Ready,
    /// Being deleted; it may still answer requests.
    Terminating,
    /// Ran to its end.
    Done,
}

impl Pod {
    /// The condition of that name, if it is kept (see [`Pod::conditions`]).
    pub fn condition(&self, name: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.name == name)
    }

    /// Whether the pod's `Ready` condition is true: the rule of endpoints and ReplicaSets, not the phase.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|c| c.truth == Truth::Yes)
    }

    /// Restarts, as `kubectl get pods` adds them: those of the init containers (and sidecars) while the pod initialises,
    /// then those of its other containers; sidecars always count.
    pub fn restarts(&self) -> i32 {
        let is_done = |c: &Container| matches!(&c.state, ContainerState::Ended(end) if end.exit == 0);
        let initialises = self.containers.iter().any(|c| c.role == Role::Init && !is_done(c));
        self.containers.iter().filter(|c| initialises || c.role != Role::Init).map(|c| c.restarts).sum()
    }

    /// What its dot shows.
    pub fn state(&self) -> PodState {
        if self.meta.deleting.is_some() {
            return PodState::Terminating;
        }
        match self.phase {
            PodPhase::Succeeded => return PodState::Done,
            PodPhase::Failed => return PodState::Failing,
            PodPhase::Pending | PodPhase::Running | PodPhase::Unknown => {}
        }
        if self.containers.iter().any(Container::is_failing) {
            PodState::Failing
        } else if self.is_ready() {
            PodState::Ready
        } else if self.phase == PodPhase::Unknown || self.has_been_up() {
            PodState::NotReady
        } else {
            PodState::Starting
        }
    }

    /// Whether all its main containers run and something besides their start keeps it from being ready: it lost
    /// readiness it once had (the condition changed after the last start), or restarted.
    fn has_been_up(&self) -> bool {
        let mains = || self.containers.iter().filter(|c| c.role == Role::Main);
        let started =
            mains().filter_map(|c| if let ContainerState::Running { since } = &c.state { *since } else { None }).max();
        let all_run = mains().count() > 0 && mains().all(|c| matches!(c.state, ContainerState::Running { .. }));
        let unready_since = self.condition("Ready").and_then(|c| c.since);
        all_run && (self.restarts() > 0 || matches!((started, unready_since), (Some(up), Some(down)) if down > up))
    }
}

impl Container {
    /// Whether it waits for a reason that time alone will not mend, or ended badly.
    pub fn is_failing(&self) -> bool {
        match &self.state {
            ContainerState::Unreported | ContainerState::Running { .. } => false,
            ContainerState::Waiting { reason, .. } => {
                !matches!(reason.as_str(), "" | "ContainerCreating" | "PodInitializing")
            }
            ContainerState::Ended(ended) => ended.exit != 0 || self.role == Role::Main,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn restarts_of_init_containers_count_until_they_are_done() {
        let mut pod = sample::crashing("a", 1, "Error", 3);
        pod.containers[0].role = Role::Init;
        assert_eq!(pod.restarts(), 3);
        pod.containers[0].state = ContainerState::Running { since: None };
        assert_eq!(pod.restarts(), 3, "it tries once more");
        pod.containers[0].state = ContainerState::Ended(Ended { reason: "Completed".into(), ..Ended::default() });
        assert_eq!(pod.restarts(), 0, "as kubectl get pods");
    }
}
