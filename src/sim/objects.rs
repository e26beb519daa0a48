//! What the simulated API server stores: canonical JSON, one resource version for all, and the changes since. It knows what
//! the storage of a real one knows (uids, generations, optimistic locks, quota admission, graceful deletion of pods) and
//! nothing of HTTP.

mod defaults;
mod doors;
pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod luck;
mod managers;
mod quota;
mod refusal;
mod resource;
mod scale;
mod validate;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use quota::admits;
pub(crate) use quota::{amount, usage};
pub use refusal::{Conflict, Refusal};
pub use resource::Resource;
pub use scale::scale_of;

use self::{
    json::{int, set, stamp, text, unset},
    luck::Luck,
    managers::{Applied, Owner},
    resource::Generation,
};
use crate::domain::{Moment, Sub};

/// Which object: resource, namespace (empty for what has none), name.
pub type Key = (Resource, String, String);

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
    pub object: Arc<Value>,
    /// The object before it, so that a watch with a selector can tell who left it.
    pub before: Option<Arc<Value>>,
}

/// Who writes, for `managedFields`: the field manager.
pub type Manager = str;

/// How many changes are remembered for watches.
const REMEMBERED: usize = 4_096;

/// The storage.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    by_key: BTreeMap<Key, Arc<Value>>,
    changes: VecDeque<Change>,
    version: u64,
    luck: Luck,
    /// The custom resources that are defined.
    defined: BTreeSet<Resource>,
}

impl Objects {
    /// An empty storage. The seed decides uids, addresses and generated names.
    pub fn new(seed: u64) -> Self {
        Self { luck: Luck::new(seed), ..Self::default() }
    }

    /// A copy to rehearse a write on (`dryRun=All`): the same objects, cheap, without the changes.
    #[must_use]
    pub fn rehearsal(&self) -> Self {
        let Self { by_key, version, luck, defined, .. } = self;
        let (by_key, luck, defined) = (by_key.clone(), luck.clone(), defined.clone());
        Self { by_key, changes: VecDeque::new(), version: *version, luck, defined }
    }

    /// Makes a custom resource known, as who applies its definition does. Until then it is not served.
    pub fn define(&mut self, custom: Resource) {
        self.defined.insert(custom);
    }

    /// Whether a resource is served.
    pub fn serves(&self, resource: Resource) -> bool {
        !resource.is_custom() || self.defined.contains(&resource)
    }

    /// The newest resource version.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// One object.
    pub fn get(&self, resource: Resource, namespace: &str, name: &str) -> Option<&Value> {
        self.by_key.get(&(resource, namespace.to_owned(), name.to_owned())).map(AsRef::as_ref)
    }

    /// All of a resource in a namespace (None: in all), by namespace and name.
    pub fn list(&self, resource: Resource, namespace: Option<&str>) -> impl Iterator<Item = &Value> {
        self.held(resource, namespace).map(AsRef::as_ref)
    }

    /// The same as they are held: to keep one costs nothing.
    pub(crate) fn held(&self, resource: Resource, namespace: Option<&str>) -> impl Iterator<Item = &Arc<Value>> {
        let from = (resource, namespace.unwrap_or_default().to_owned(), String::new());
        let ours = move |(key, _): &(&Key, &Arc<Value>)| key.0 == resource && namespace.is_none_or(|ns| key.1 == ns);
        self.by_key.range(from..).take_while(ours).map(|(_, object)| object)
    }

    /// The objects of a namespace whose names begin alike.
    pub(crate) fn beginning(&self, resource: Resource, namespace: &str, with: &str) -> impl Iterator<Item = &Value> {
        let from = (resource, namespace.to_owned(), with.to_owned());
        let alike =
            move |(key, _): &(&Key, &Arc<Value>)| key.0 == resource && key.1 == namespace && key.2.starts_with(with);
        self.by_key.range(from..).take_while(alike).map(|(_, object)| object.as_ref())
    }

    /// Stores a new object: fills in uid, creation time, generation 1, resource version, and the defaults that the real
    /// server fills in for the kind. `generateName` is honoured. 404 without its namespace, 403 over a quota, 409 when the
    /// name is taken, 422 when it is invalid.
    pub fn create(&mut self, resource: Resource, object: Value, by: &Manager, now: Moment) -> Result<Value, Refusal> {
        let owner = Owner { manager: by, operation: "Update", sub: Sub::Main };
        self.add(resource, object, now, |object| {
            managers::record(resource, (&Value::Null, Vec::new()), object, owner, now);
        })
    }

    fn add(
        &mut self,
        resource: Resource,
        mut object: Value,
        now: Moment,
        own: impl FnOnce(&mut Value),
    ) -> Result<Value, Refusal> {
        self.name(&mut object);
        let key = key(resource, &object);
        if resource.namespaced() && self.get(Resource::Namespaces, "", &key.1).is_none() {
            return Err(Refusal::not_found(Resource::Namespaces, &key.1));
        }
        set(&mut object, &["apiVersion"], resource.api_version());
        set(&mut object, &["kind"], resource.kind());
        // A status is not the creator's to say. (A node's is: its kubelet registers it.)
        if resource.has_status() && resource != Resource::Nodes {
            set(&mut object, &["status"], Value::Object(serde_json::Map::new()));
        }
        if resource.is_custom() {
            unset(&mut object, &["status"]);
        }
        defaults::fill(resource, &mut object, &mut self.luck);
        validate::check(resource, &object, None)?;
        if self.by_key.contains_key(&key) {
            return Err(Refusal::exists(resource, &key.2));
        }
        if resource == Resource::Pods {
            admits(self, &object)?;
        }
        if resource.generation() != Generation::None {
            set(&mut object, &["metadata", "generation"], 1);
        }
        set(&mut object, &["metadata", "uid"], self.luck.uuid());
        set(&mut object, &["metadata", "creationTimestamp"], stamp(now));
        unset(&mut object, &["metadata", "managedFields"]);
        own(&mut object);
        Ok(self.store(key, object, now))
    }

    /// Replaces an object through one of its doors: the main one keeps its status, `/status` keeps all but its status
    /// (and, as the real strategies do, annotations), `/scale` takes a Scale and answers with one. A resource version that
    /// is given must be the current one. The generation rises when the spec changes; nothing changes, nothing is told.
    /// `managedFields` are kept per manager.
    pub fn replace(
        &mut self,
        (resource, sub): (Resource, Sub),
        object: Value,
        by: &Manager,
        now: Moment,
    ) -> Result<Value, Refusal> {
        self.update(resource, object, Owner { manager: by, operation: "Update", sub }, now)
    }

    /// Server-side apply through a door: creates what is not there; the object, or the Scale, and whether it is new. The
    /// configuration has a name and no nulls, and for `/scale` it is one of the object. 409 with all conflicts, unless it is
    /// forced.
    pub fn apply(
        &mut self,
        (resource, sub): (Resource, Sub),
        config: Value,
        (by, force): (&Manager, bool),
        now: Moment,
    ) -> Result<(Value, bool), Refusal> {
        let owner = Owner { manager: by, operation: "Apply", sub };
        let config = managers::through(sub, config);
        let Some(before) = self.by_key.get(&key(resource, &config)).cloned() else {
            let managed = managers::first(resource, &config, owner, now);
            let made = self.add(resource, config, now, |object| managers::put(object, managed))?;
            return Ok((made, true));
        };
        let Applied { object, managed } = managers::apply((resource, &before), &config, (owner, force), now)?;
        let object = if sub == Sub::Scale { scale_of(&object) } else { object };
        Ok((self.write(resource, object, (sub, now), |after| managers::put(after, managed))?, false))
    }

    fn update(&mut self, resource: Resource, object: Value, owner: Owner<'_>, now: Moment) -> Result<Value, Refusal> {
        let before = self.by_key.get(&key(resource, &object)).cloned().unwrap_or_default();
        let said = if owner.sub == Sub::Main { &object } else { &Value::Null };
        let entries = managers::said(&before, said);
        let own = |after: &mut Value| managers::record(resource, (&before, entries), after, owner, now);
        self.write(resource, object, (owner.sub, now), own)
    }

    /// Stores what a write through a door makes of an object. Who owns what then is said at the end.
    fn write(
        &mut self,
        resource: Resource,
        object: Value,
        (sub, now): (Sub, Moment),
        own: impl FnOnce(&mut Value),
    ) -> Result<Value, Refusal> {
        let key = key(resource, &object);
        let Some(before) = self.by_key.get(&key).cloned() else {
            return Err(Refusal::not_found(resource, &key.2));
        };
        let given = text(&object, "/metadata/resourceVersion");
        if !given.is_empty() && given != text(&before, "/metadata/resourceVersion") {
            return Err(Refusal::conflict(resource, &key.2, refusal::STALE));
        }
        if given.is_empty() && resource.is_custom() {
            return Err(Refusal::unversioned(resource, &key.2));
        }
        let uid = text(&object, "/metadata/uid");
        if !uid.is_empty() && uid != text(&before, "/metadata/uid") {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                text(&before, "/metadata/uid")
            );
            return Err(Refusal::conflict(resource, &key.2, &why));
        }
        let mut after = match sub {
            Sub::Main => doors::main(&before, object),
            Sub::Status => doors::status(resource, &before, object),
            Sub::Scale => scale::scaled(&before, &object)?,
        };
        if sub == Sub::Main {
            defaults::fill(resource, &mut after, &mut self.luck);
        }
        if sub != Sub::Status {
            validate::check(resource, &after, Some(&before))?;
        }
        doors::keep_metadata(&before, &mut after);
        own(&mut after);
        if after != *before {
            if sub != Sub::Status && doors::rises(resource, &before, &after) {
                set(&mut after, &["metadata", "generation"], int(&before, "/metadata/generation") + 1);
            }
            after = self.store(key, after, now);
        }
        Ok(if sub == Sub::Scale { scale_of(&after) } else { after })
    }

    /// Gives a pod its node, with the conditions that say so: the scheduler's `/binding`. False when it is gone.
    pub(crate) fn bind(&mut self, pod: &Value, node: &str, conditions: Vec<Value>, now: Moment) -> bool {
        let key = key(Resource::Pods, pod);
        let Some(before) = self.by_key.get(&key).cloned() else { return false };
        let mut after = Value::clone(&before);
        set(&mut after, &["spec", "nodeName"], node);
        set(&mut after, &["status", "conditions"], conditions);
        self.store(key, after, now);
        true
    }

    /// Deletes an object: pods that have a node get a deletion time and stay until [`Objects::forget`], everything else
    /// goes at once (what it owns is the garbage collector's concern). A second request can only shorten the wait.
    pub fn delete(
        &mut self,
        (resource, namespace, name): (Resource, &str, &str),
        grace_s: Option<i64>,
        now: Moment,
    ) -> Result<Value, Refusal> {
        let key = (resource, namespace.to_owned(), name.to_owned());
        let Some(before) = self.by_key.get(&key).cloned() else {
            return Err(Refusal::not_found(resource, name));
        };
        let own = before.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64).unwrap_or(30);
        let grace = grace_s.unwrap_or(own).max(0);
        let ended = matches!(text(&before, "/status/phase"), "Succeeded" | "Failed");
        let waits = resource == Resource::Pods && !ended && !text(&before, "/spec/nodeName").is_empty();
        if !waits || grace == 0 {
            self.forget(resource, namespace, name, now);
            return Ok(Arc::unwrap_or_clone(before));
        }
        let ends = Moment(now.0 + grace * 1_000);
        let until = json::moment(text(&before, "/metadata/deletionTimestamp"));
        if until.is_some_and(|until| until <= ends) {
            return Ok(Arc::unwrap_or_clone(before));
        }
        let mut after = Value::clone(&before);
        set(&mut after, &["metadata", "deletionTimestamp"], stamp(ends));
        set(&mut after, &["metadata", "deletionGracePeriodSeconds"], grace);
        if until.is_none() {
            set(&mut after, &["metadata", "generation"], int(&before, "/metadata/generation") + 1);
        }
        Ok(self.store(key, after, now))
    }

    /// Takes an object out for good.
    pub fn forget(&mut self, resource: Resource, namespace: &str, name: &str, now: Moment) {
        let key = (resource, namespace.to_owned(), name.to_owned());
        let Some(before) = self.by_key.remove(&key) else { return };
        let mut last = Value::clone(&before);
        self.version += 1;
        set(&mut last, &["metadata", "resourceVersion"], self.version.to_string());
        let (object, happened) = (Arc::new(last), Happened::Deleted);
        self.remember(Change { version: self.version, at: now, happened, key, object, before: Some(before) });
    }

    /// What changed after a resource version, oldest first; 410 `Expired` when that is not known any more.
    pub fn since(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Refusal> {
        let oldest = self.changes.front().map_or(self.version + 1, |change| change.version);
        if version + 1 < oldest {
            return Err(Refusal::expired(version, oldest - 1));
        }
        let known = usize::try_from(version + 1 - oldest).unwrap_or(usize::MAX);
        Ok(self.changes.iter().skip(known))
    }

    /// Gives an object without a name one, if it says what the name begins with.
    fn name(&mut self, object: &mut Value) {
        let base = text(object, "/metadata/generateName").to_owned();
        if text(object, "/metadata/name").is_empty() && !base.is_empty() {
            // The whole name may have 63 letters, five of them the suffix.
            let base: String = base.chars().take(58).collect();
            let name = format!("{base}{}", self.luck.suffix(5));
            set(object, &["metadata", "name"], name);
        }
    }

    fn store(&mut self, key: Key, mut object: Value, now: Moment) -> Value {
        self.version += 1;
        set(&mut object, &["metadata", "resourceVersion"], self.version.to_string());
        let stored = Arc::new(object.clone());
        let before = self.by_key.insert(key.clone(), Arc::clone(&stored));
        let happened = if before.is_some() { Happened::Modified } else { Happened::Added };
        self.remember(Change { version: self.version, at: now, happened, key, object: stored, before });
        object
    }

    fn remember(&mut self, change: Change) {
        if self.changes.len() == REMEMBERED {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
    }
}

/// The key of an object of a resource.
pub(crate) fn key(resource: Resource, object: &Value) -> Key {
    let namespace = if resource.namespaced() { text(object, "/metadata/namespace") } else { "" };
    (resource, namespace.to_owned(), text(object, "/metadata/name").to_owned())
}
