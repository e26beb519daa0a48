//! A rollout as an operator sees it: its state, its versions side by side, and what can be done about it.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Analysis, Bend, Budget, Finding, Force, Kind, Labels, Measured, Moment, Name, Offer, Pod, PodState, Ref, Split,
    Text, Uid, Want,
};

/// One thing being released, whichever controller drives it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// The object that names it (for a pair: the one that ties them together).
    pub at: Ref,
    /// That object's uid.
    pub uid: Uid,
    /// Its labels, for filters.
    pub labels: Labels,
    /// The system's name (`deployment`).
    pub system: Name,
    /// The rollout this one is a part of.
    pub parent: Option<Ref>,
    /// Its state.
    pub phase: Phase,
    /// The state in one sentence, without the name of the rollout.
    pub says: Text,
    /// The reason in at most three words, if there is one.
    pub cause: Option<Text>,
    /// Since when it is in this state, as far as a source says.
    pub since: Option<Moment>,
    /// What the ecosystem's own command would answer.
    pub status: RolloutStatus,
    /// When its object was created.
    pub created: Moment,
    /// `metadata.generation` of its object: raised by each change of the spec.
    pub generation: i64,
    /// The generation that the controller has seen last.
    pub observed: i64,
    /// Pods wanted in all.
    pub desired: i32,
    /// Others who write to it.
    pub forces: Vec<Force>,
    /// What its own analysis names.
    #[serde(default)]
    pub analysis: Analysis,
    /// Steps, gates and countdowns.
    pub course: Course,
    /// What its clients see.
    pub door: Doorstep,
    /// Newest first: the one being rolled out, the one that served before, older ones with pods, then history.
    pub versions: Vec<Version>,
    /// What rules noticed, worst first.
    pub findings: Vec<Finding>,
    /// What rules would like to know.
    pub wants: Vec<Want>,
    /// The verbs and whether they are able now.
    pub offers: Vec<Offer>,
    /// When time alone changes this picture, with no fact arriving.
    pub again: Option<Moment>,
}

impl Rollout {
    /// The version of that uid.
    pub fn version(&self, uid: &Uid) -> Option<&Version> {
        self.versions.iter().find(|v| v.uid == *uid)
    }

    /// The version being rolled out.
    pub fn newest(&self) -> Option<&Version> {
        self.versions.iter().find(|v| matches!(v.role, Role::New | Role::Stable))
    }

    /// Versions that have pods, want pods, or are the newest: those that deserve a pane.
    pub fn living(&self) -> impl Iterator<Item = &Version> {
        let newest = self.newest().map(|v| &v.uid);
        self.versions.iter().filter(move |v| v.is_alive() || newest == Some(&v.uid))
    }
}

/// What clients see of a rollout as a whole, whichever version answers them or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Doorstep {
    /// The Services in front of its pods; empty while Services are not read.
    pub services: Vec<Name>,
    /// What they see, in the newest answer; None when nothing measures it.
    pub measured: Option<Arc<Measured>>,
    /// What makes requests go otherwise than shares say.
    #[serde(default)]
    pub bends: Vec<Bend>,
    /// When shares were last changed, as far as the objects say.
    #[serde(default)]
    pub shifted: Option<Moment>,
    /// What is left of its error budget; None without an objective, and while nothing is known.
    #[serde(default)]
    pub budget: Option<Budget>,
}

/// The state of a rollout; the order is *needs a human now*, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Will not get anywhere by itself, for a named reason.
    Stuck,
    /// Gave up, or serves with fewer pods than wanted though no update runs.
    Degraded,
    /// A controller waits for a human.
    Waiting,
    /// A human paused it.
    Paused,
    /// On its way.
    Progressing,
    /// Done and serving.
    Healthy,
    /// Nothing reliable is known.
    Unknown,
}

impl Phase {
    /// All, most urgent first.
    pub const ALL: [Self; 7] =
        [Self::Stuck, Self::Degraded, Self::Waiting, Self::Paused, Self::Progressing, Self::Healthy, Self::Unknown];

    /// The word, as filters and JSON write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Degraded => "degraded",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Progressing => "progressing",
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it counts as *needs you* in the header.
    pub const fn needs_human(self) -> bool {
        matches!(self, Self::Stuck | Self::Degraded | Self::Waiting)
    }
}

/// What the ecosystem's own command says: `kubectl rollout status` for a Deployment, word for word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutStatus {
    /// Done, failed, or neither yet.
    pub standing: Standing,
    /// The message, word for word.
    pub says: Text,
}

/// How a wait for the rollout would end now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It would go on waiting.
    Waiting,
    /// It would exit 0.
    Done,
    /// It would exit with an error.
    Failed,
}

/// Steps, gates, countdowns of any system, already in words and moments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// What happens by itself, and when.
    pub countdowns: Vec<Countdown>,
}

/// Something that will happen by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// What (`progress deadline`).
    pub what: Text,
    /// When.
    pub at: Moment,
}

/// One side of a rollout: a ReplicaSet or a workload with its pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The ReplicaSet, or the workload when versions are workloads.
    pub at: Ref,
    /// Its uid: the version's identity.
    pub uid: Uid,
    /// What it is to the rollout.
    pub role: Role,
    /// Its revision number.
    pub revision: Option<i64>,
    /// Container name and image.
    pub images: Vec<(Name, Text)>,
    /// `kubernetes.io/change-cause`.
    pub cause: Option<Text>,
    /// When it was created.
    pub created: Moment,
    /// The ReplicaSets that its pods are named after: itself, or those of its workload.
    pub sets: Vec<Name>,
    /// Its pods.
    pub pods: Pods,
    /// Its share of the traffic.
    pub split: Split,
    /// Services that select its pods and those of no other version, whatever happens: by these a router tells it apart, and
    /// weights are shifted.
    #[serde(default)]
    pub services: Vec<Name>,
    /// Its newest numbers; None when nothing measures it, when what measures cannot tell it apart, or before the first answer.
    pub metrics: Option<Arc<Measured>>,
    /// The most requests a second that each of its pods has carried while their number stood still, as far as it was watched;
    /// None before it was for a whole window of rates.
    #[serde(default)]
    pub peak: Option<f64>,
}

impl Version {
    /// The short form of the first image: its last path element without a digest's length (`web:1.9.0`).
    pub fn image(&self) -> &str {
        self.images.first().map_or("?", |(_, image)| short(image))
    }

    /// The short forms of all its images: `web:1.9.0, envoy:1.31`.
    pub fn short_images(&self) -> String {
        self.images.iter().map(|(_, image)| short(image)).collect::<Vec<_>>().join(", ")
    }

    /// The tag of the first image (`1.9.0`), the image's name when it has none.
    pub fn tag(&self) -> &str {
        let image = self.image();
        image.split_once(':').map_or(image, |(_, tag)| tag)
    }

    /// What sentences call it: a workload by its name, a ReplicaSet by its image.
    pub fn called(&self) -> &str {
        if self.is_workload() { &self.at.name } else { self.image() }
    }

    /// The requests a second that each of its available pods carries; None without pods or numbers.
    pub fn load(&self) -> Option<f64> {
        let rate = self.metrics.as_ref()?.rate?;
        (self.pods.available > 0).then(|| rate / f64::from(self.pods.available))
    }

    /// Whether it is a workload of its own, and not a ReplicaSet of one.
    pub fn is_workload(&self) -> bool {
        self.at.kind != Kind::REPLICA_SET
    }

    /// Whether it has pods or wants some.
    pub fn is_alive(&self) -> bool {
        self.pods.desired > 0 || self.pods.have > 0 || !self.pods.list.is_empty()
    }
}

/// An image's last path element without a digest.
fn short(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split_once("@sha256:").map_or(name, |(name, _)| name)
}

/// What a version is to its rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Being rolled out.
    New,
    /// The one that serves: the newest of a finished rollout, or the one that `New` replaces.
    Stable,
    /// An older one that still has pods.
    Old,
    /// Kept for undo; no pods.
    Past,
}

impl Role {
    /// The word for a pane's title.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Stable => "current",
            Self::Old => "old",
            Self::Past => "past",
        }
    }
}

/// The pods of a version. Counts are the controller's, the list is the watch's: each may lag behind the other by a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pods {
    /// Wanted.
    pub desired: i32,
    /// Existing and not terminating.
    pub have: i32,
    /// Ready.
    pub ready: i32,
    /// Ready for `minReadySeconds`.
    pub available: i32,
    /// The pods themselves by creation, oldest first; empty when pods may not be read (see `known`).
    pub list: Vec<Arc<Pod>>,
    /// Whether `list` can be trusted: pods of the namespace are readable.
    pub known: bool,
    /// How long pods of it took to end, from deletion until they were gone, as far as it was watched; the last few.
    #[serde(default)]
    pub ended: Vec<Duration>,
}

impl Pods {
    /// Restarts of all of them.
    pub fn restarts(&self) -> i32 {
        self.list.iter().map(|p| p.restarts()).sum()
    }

    /// How many are being deleted.
    pub fn terminating(&self) -> usize {
        self.count(PodState::Terminating)
    }

    /// How many are in a state.
    pub fn count(&self, state: PodState) -> usize {
        self.list.iter().filter(|p| p.state() == state).count()
    }

    /// The latest end of a container that restarted, with its container's name.
    pub fn last_restart(&self) -> Option<(&Arc<Pod>, &super::Container, &super::Ended)> {
        let ends = |pod| {
            let of = move |c: &'_ super::Container| c.restarts > 0;
            let pod: &Arc<Pod> = pod;
            pod.containers.iter().filter(move |c| of(c)).filter_map(move |c| c.last.as_ref().map(|end| (pod, c, end)))
        };
        self.list.iter().flat_map(ends).max_by_key(|(_, _, end)| end.at)
    }
}
