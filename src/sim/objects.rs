//! What the simulated API server stores: canonical JSON, one resource version for all, and the changes since. It knows what
//! the storage of a real one knows (uids, generations, optimistic locks, graceful deletion of pods) and nothing of HTTP.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::domain::{Moment, Sub};

/// A served resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Core `namespaces`.
    Namespaces,
    /// Core `nodes`.
    Nodes,
    /// Core `pods`.
    Pods,
    /// Core `services`.
    Services,
    /// Core `configmaps`.
    ConfigMaps,
    /// Core `resourcequotas`.
    Quotas,
    /// Core `events`.
    Events,
    /// `apps/v1` `deployments`.
    Deployments,
    /// `apps/v1` `replicasets`.
    ReplicaSets,
    /// `discovery.k8s.io/v1` `endpointslices`.
    Slices,
    /// `autoscaling/v2` `horizontalpodautoscalers`.
    Hpas,
}

/// Which object: resource, namespace (empty for what has none), name.
pub type Key = (Resource, String, String);

/// Why a request was refused: HTTP code, reason word and message of the `Status` body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 404, 409, 410, 422…
    pub code: u16,
    /// `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, `Expired`, `Forbidden`…
    pub reason: &'static str,
    /// One sentence, as the real server writes it.
    pub message: String,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// `ADDED`.
    Added,
    /// `MODIFIED`.
    Modified,
    /// `DELETED`.
    Deleted,
}

/// One change, as watches tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The resource version that it made.
    pub version: u64,
    /// When, virtual time.
    pub at: Moment,
    /// What.
    pub happened: Happened,
    /// Which object.
    pub key: Key,
    /// The object after it; before it, with the new resource version, when it was deleted.
    pub object: Value,
    /// The object before it, so that a watch with a selector can tell who left it.
    pub before: Option<Value>,
}

/// Who writes, for `managedFields`: the field manager.
pub type Manager = str;

/// The storage.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    by_key: BTreeMap<Key, Value>,
    changes: VecDeque<Change>,
    version: u64,
}

impl Objects {
    /// The newest resource version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// One object.
    pub fn get(&self, resource: Resource, namespace: &str, name: &str) -> Option<&Value> {
        self.by_key.get(&(resource, namespace.to_owned(), name.to_owned()))
    }

    /// All of a resource in a namespace (None: in all), by namespace and name.
    pub fn list(&self, resource: Resource, namespace: Option<&str>) -> impl Iterator<Item = &Value> {
        let ours = move |(key, _): &(&Key, &Value)| key.0 == resource && namespace.is_none_or(|ns| key.1 == ns);
        self.by_key.iter().filter(ours).map(|(_, object)| object)
    }

    /// Stores a new object: fills in uid, creation time, generation 1, resource version, and the defaults that the real
    /// server fills in for the kind. `generateName` is honoured.
    pub fn create(&mut self, resource: Resource, object: Value, by: &Manager, now: Moment) -> Result<Value, Refusal> {
        let _ = (resource, object, by, now);
        Err(Refusal { code: 501, reason: "NotImplemented", message: String::new() })
    }

    /// Replaces an object through one of its doors: the main one keeps its status, `/status` keeps all but its status,
    /// `/scale` takes a Scale and answers with one. A resource version that is given must be the current one. The
    /// generation rises when the spec changes; nothing changes, nothing is told. `managedFields` are kept per manager.
    pub fn replace(
        &mut self,
        (resource, sub): (Resource, Sub),
        object: Value,
        by: &Manager,
        now: Moment,
    ) -> Result<Value, Refusal> {
        let _ = (resource, sub, object, by, now);
        Err(Refusal { code: 501, reason: "NotImplemented", message: String::new() })
    }

    /// Deletes an object: pods get a deletion time and stay until [`Objects::forget`], everything else goes at once (what
    /// it owns is the garbage collector's concern).
    pub fn delete(
        &mut self,
        (resource, namespace, name): (Resource, &str, &str),
        grace_s: Option<i64>,
        now: Moment,
    ) -> Result<Value, Refusal> {
        let _ = (resource, namespace, name, grace_s, now);
        Err(Refusal { code: 501, reason: "NotImplemented", message: String::new() })
    }

    /// Takes an object out for good.
    pub fn forget(&mut self, resource: Resource, namespace: &str, name: &str, now: Moment) {
        let _ = (resource, namespace, name, now);
    }

    /// What changed after a resource version, oldest first; 410 `Expired` when that is not known any more.
    pub fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Refusal> {
        Ok(self.changes.iter().filter(move |change| change.version > version))
    }
}
