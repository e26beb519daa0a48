//! Facts in, the picture of the world out. The store belongs to one task; nothing here waits, reads a clock or talks to anyone.
//!
//! [`Store::apply`] takes a fact and notes what it touches; [`Store::derive`] reads again only the rollouts whose recorded
//! footprint was touched, and answers with the [`Fleet`]. What the picture is does not depend on the order of arrival.

mod compose;
mod derive;
pub mod fact;
mod feeds;
mod index;
mod lens;
mod readers;
#[cfg(test)]
mod tests;
mod timeline;
mod transitions;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use fact::Fact;

use crate::{
    domain::{Entry, Fleet, LogTail, Moment, Name, Object, Ref, Seen, Source, Uid},
    systems::{Claim, Driver},
};
use feeds::{Feeds, Taken};
use index::Index;
use lens::Tails;
use readers::{Reader, Readers};
use timeline::Timelines;

/// Owners that lines wait for at most; in a well-ordered world there are none.
const EARLY: usize = 1_000;

/// Everything known, and what is computed from it.
pub struct Store {
    drivers: &'static [&'static dyn Driver],
    index: Index,
    feeds: Feeds,
    tails: Tails,
    early: HashMap<Uid, Vec<Entry>>,
    timelines: Timelines,
    readers: Readers,
    dirty: BTreeSet<Reader>,
    claims: BTreeMap<(Name, Name), Vec<Claim>>,
    by_root: HashMap<Ref, (Claim, &'static dyn Driver)>,
    focus: Option<Ref>,
    fleet: Fleet,
}

impl Store {
    /// An empty store read by these drivers.
    pub fn new(drivers: &'static [&'static dyn Driver]) -> Self {
        Self {
            drivers,
            index: Index::default(),
            feeds: Feeds::default(),
            tails: Tails::new(),
            early: HashMap::new(),
            timelines: Timelines::default(),
            readers: Readers::default(),
            dirty: BTreeSet::new(),
            claims: BTreeMap::new(),
            by_root: HashMap::new(),
            focus: None,
            fleet: Fleet::default(),
        }
    }

    /// Takes a fact in. `local` is this machine's time; what the store keeps is cluster time.
    pub fn apply(&mut self, fact: Fact, local: Moment) {
        match fact {
            Fact::Begin(source) => {
                self.feeds.spoke(&source, local);
                self.feeds.begin(source);
            }
            Fact::Page(source, objects) => self.page(&source, objects, local),
            Fact::End(source) => self.end(&source, local),
            Fact::Put(source, object) => {
                self.feeds.spoke(&source, local);
                self.put(&source, object, local);
            }
            Fact::Gone(source, at, uid) => {
                self.feeds.spoke(&source, local);
                self.remove(&at, Some(&uid), local);
            }
            Fact::Spoke(source) => self.feeds.spoke(&source, local),
            Fact::Dropped(source) => self.drop_source(&source, local),
            Fact::Link(source, link) => self.feeds.link(source, link, local),
            Fact::Tail(tail) => self.keep_tail(tail),
            Fact::Server { .. } | Fact::Meter { .. } | Fact::Skew { .. } => self.feeds.server(&fact, local),
        }
    }

    /// Says which rollout is looked at: its timeline is part of the picture.
    pub fn focus(&mut self, on: Option<&Ref>) {
        self.focus = on.cloned();
    }

    /// The picture as it was last derived.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// Local time as that cluster counts it.
    pub fn cluster_time(&self, cluster: &Name, local: Moment) -> Moment {
        self.feeds.cluster_time(cluster, local)
    }

    fn page(&mut self, source: &Source, objects: Vec<Object>, local: Moment) {
        self.feeds.spoke(source, local);
        if let Taken::Now(objects) = self.feeds.page(source, objects) {
            for object in objects {
                self.put(source, object, local);
            }
        }
    }

    fn end(&mut self, source: &Source, local: Moment) {
        self.feeds.spoke(source, local);
        let is_first = self.feeds.is_first(source);
        let Some((staged, fresh)) = self.feeds.end(source) else { return };
        for object in staged {
            self.put(source, object, local);
        }
        for gone in self.index.of_source(source).into_iter().filter(|at| !fresh.contains(at)) {
            self.remove(&gone, None, local);
        }
        if is_first {
            self.touch_readable(source);
        }
    }

    fn put(&mut self, source: &Source, object: Object, local: Moment) {
        let now = self.feeds.cluster_time(&source.cluster, local);
        let at = object.at().clone();
        let old = self.index.put(object);
        if old.as_ref() == self.index.get(&at) {
            return;
        }
        let mut readers = old.as_ref().map(|old| self.readers_of(old)).unwrap_or_default();
        readers.extend(self.index.get(&at).map(|new| self.readers_of(new)).unwrap_or_default());
        if old.is_some() || !self.feeds.is_first(source) {
            let lines = transitions::between(old.as_ref(), self.index.get(&at), now);
            let owner = self.index.get(&at).and_then(|o| o.meta().owner.as_ref()).map(|o| o.uid.clone());
            self.tell(&readers, owner.as_ref(), lines);
        }
        if let Some(lines) = self.index.get(&at).and_then(|o| self.early.remove(&o.meta().uid)) {
            self.tell(&readers, None, lines);
        }
        self.dirty.extend(readers);
    }

    fn remove(&mut self, at: &Ref, uid: Option<&Uid>, local: Moment) {
        let Some(old) = self.index.remove(at, uid) else { return };
        let now = self.feeds.cluster_time(&at.cluster, local);
        if matches!(old, Object::Pod(_)) {
            self.tails.retain(|(pod, _), _| *pod != old.meta().uid);
        }
        let readers = self.readers_of(&old);
        self.early.remove(&old.meta().uid);
        self.tell(&readers, None, transitions::between(Some(&old), None, now));
        self.dirty.extend(readers);
    }

    fn drop_source(&mut self, source: &Source, local: Moment) {
        for at in self.index.of_source(source) {
            self.remove(&at, None, local);
        }
        self.feeds.drop_source(source);
    }

    fn keep_tail(&mut self, tail: LogTail) {
        self.dirty.extend(self.readers.of(&Seen::Tail(tail.uid.clone())).cloned());
        self.tails.insert((tail.uid.clone(), tail.container.clone()), tail);
    }

    /// That a collection is whole now is news to those who found it unreadable or empty.
    fn touch_readable(&mut self, source: &Source) {
        let ours = |root: &&Ref| {
            root.cluster == source.cluster && source.namespace.as_ref().is_none_or(|wanted| *wanted == root.namespace)
        };
        self.dirty.extend(self.by_root.keys().filter(ours).map(|root| Reader::Rollout(root.clone())));
    }

    /// Adds lines to the timelines of the rollouts among these readers. Lines about something whose owner has not arrived
    /// yet (each kind has a watch of its own) wait for it.
    fn tell(&mut self, readers: &BTreeSet<Reader>, owner: Option<&Uid>, lines: Vec<Entry>) {
        let mut told = false;
        for reader in readers {
            if let Reader::Rollout(root) = reader {
                for line in &lines {
                    self.timelines.push(root, line.clone());
                }
                told = true;
            }
        }
        if let Some(owner) = owner.filter(|_| !told && self.early.len() < EARLY) {
            self.early.entry(owner.clone()).or_default().extend(lines);
        }
    }

    /// Everyone whose answer may depend on an object.
    fn readers_of(&self, object: &Object) -> BTreeSet<Reader> {
        let meta = object.meta();
        let at = &meta.at;
        let mut touched: BTreeSet<Reader> = self.readers.of(&Seen::One(at.clone())).cloned().collect();
        if let Object::Event(event) = object {
            touched.extend(self.readers.of(&Seen::One(event.about.clone())).cloned());
            touched.extend(self.index.get(&event.about).into_iter().flat_map(|about| self.family_of(about)));
            return touched;
        }
        touched.extend(self.family_of(object));
        if matches!(object, Object::Pod(_)) {
            touched.extend(self.readers.selecting(at, &meta.labels).cloned());
        } else {
            let all = Seen::All(at.cluster.clone(), at.kind.clone(), at.namespace.clone());
            touched.extend(self.readers.of(&all).cloned());
        }
        if self.drivers.iter().any(|driver| driver.roots().contains(&at.kind)) {
            touched.insert(Reader::Rollout(at.clone()));
            touched.insert(Reader::Claims(at.cluster.clone(), at.namespace.clone()));
        }
        touched
    }

    /// The readers of an object's owners, up the chain: a ReplicaSet that just appeared was seen by nobody yet, but its
    /// Deployment was.
    fn family_of(&self, object: &Object) -> BTreeSet<Reader> {
        let mut touched = BTreeSet::new();
        let mut next = Some(object);
        while let Some(owner) = next.and_then(|object| object.meta().owner.as_ref()) {
            touched.extend(self.readers.of(&Seen::Owned(owner.uid.clone())).cloned());
            let up = object.meta().at.sibling(owner.kind.clone(), owner.name.clone());
            next = self.index.get(&up).filter(|o| o.meta().uid == owner.uid);
        }
        touched
    }
}
