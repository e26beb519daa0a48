//! Facts in, the picture of the world out. The store belongs to one task; nothing here waits, reads a clock or talks to anyone.
//!
//! [`Store::apply`] takes a fact and notes what it touches; [`Store::derive`] reads again only the rollouts whose recorded
//! footprint was touched, and answers with the [`Fleet`]. What the picture is does not depend on the order of arrival.

mod book;
mod budget;
mod compose;
mod derive;
mod desk;
mod early;
mod endings;
pub mod fact;
mod feeds;
mod fronts;
mod index;
mod joins;
mod judging;
mod lens;
mod peaks;
mod readers;
mod sensing;
mod series;
#[cfg(test)]
mod tests;
mod timeline;
mod traits;
mod transitions;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

pub use fact::Fact;

use crate::{
    domain::{
        Aims, Entry, Fleet, Kind, Link, LogTail, Moment, Name, Object, Place, Ref, Rollout, Seen, Source, Uid, WayBack,
    },
    systems::{Claim, Driver},
};
use desk::Rights;
use early::{Awaited, Early};
use endings::Endings;
use feeds::{Feeds, Taken};
use index::Index;
use judging::Bench;
use lens::Tails;
use readers::{Reader, Readers};
use series::Meters;
use timeline::Timelines;

/// Owners of owners that are looked at. The API does not forbid objects that own each other in a circle.
const GENERATIONS: usize = 4;

/// Everything known, and what is computed from it.
pub struct Store {
    drivers: &'static [&'static dyn Driver],
    index: Index,
    feeds: Feeds,
    tails: Tails,
    endings: Endings,
    rights: Rights,
    meters: Meters,
    /// Zones and pools of the nodes of each cluster.
    places: BTreeMap<Name, BTreeMap<Name, Place>>,
    /// What the rollouts of each cluster are held to.
    aims: BTreeMap<Name, Aims>,
    early: Early,
    timelines: Timelines,
    readers: Readers,
    dirty: BTreeSet<Reader>,
    claims: BTreeMap<(Name, Name), Vec<Claim>>,
    by_root: HashMap<Ref, (Claim, &'static dyn Driver)>,
    /// The rollouts that workloads are parts of.
    parents: BTreeMap<Ref, Ref>,
    focus: Option<Ref>,
    /// The versions of the focus, being compared.
    bench: Option<Bench>,
    /// The way back that was computed last, and of which rollout as it was.
    back: Option<(Arc<Rollout>, Option<WayBack>)>,
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
            endings: Endings::default(),
            rights: Rights::default(),
            meters: Meters::default(),
            places: BTreeMap::new(),
            aims: BTreeMap::new(),
            early: Early::default(),
            timelines: Timelines::default(),
            readers: Readers::default(),
            dirty: BTreeSet::new(),
            claims: BTreeMap::new(),
            by_root: HashMap::new(),
            parents: BTreeMap::new(),
            focus: None,
            bench: None,
            back: None,
            fleet: Fleet::default(),
        }
    }

    /// Takes a fact in. `local` is this machine's time; what the store keeps is cluster time.
    ///
    /// A source is known from `Link::Connecting` until it is `Dropped`. What the reader of a dropped source still said is
    /// ignored: it would otherwise stand for ever as a source that loads.
    pub fn apply(&mut self, fact: Fact, local: Moment) {
        let opens = matches!(fact, Fact::Link(_, Link::Connecting));
        if !opens && fact.source().is_some_and(|source| !self.feeds.knows(source)) {
            return;
        }
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
                self.note_end(&at, &uid, local);
                self.remove(&at, Some(&uid), local);
            }
            Fact::Spoke(source) => self.feeds.spoke(&source, local),
            Fact::Dropped(source) => self.drop_source(&source),
            Fact::Link(source, link) => {
                if self.feeds.link(&source, link, local) {
                    self.touch_readable(&source);
                }
            }
            Fact::Tail(tail) => self.keep_tail(tail),
            Fact::Plan(plan) => self.fleet.desk.plan = plan,
            Fact::Deed(deed) => self.keep_deed(deed),
            Fact::Journal(deeds) => self.keep_journal(deeds),
            Fact::Logs(asks) => self.want_logs(&asks),
            Fact::LogState(ask, state) => self.log_state(&ask, state),
            Fact::Lines(lines) => self.keep_lines(lines),
            Fact::Diff(diff) => self.fleet.desk.diff = Some(diff),
            Fact::Rights { cluster, access } => self.keep_rights(&cluster, access),
            Fact::Samples(samples) => self.keep_samples(*samples, local),
            Fact::Burnt(samples) => self.keep_burnt(*samples, local),
            Fact::Counted(counted) => self.keep_counts(*counted, local),
            Fact::Aims { cluster, aims } => self.keep_aims(cluster, *aims),
            Fact::Packs { cluster, packs } => self.keep_packs(&cluster, *packs, local),
            Fact::Search { cluster, search } => self.meters.searched(cluster, *search),
            Fact::Curves(curves) => self.keep_curves(*curves),
            Fact::Gauge { cluster, place, every, link } => self.keep_link(cluster, (place, every), link),
            Fact::Usage { cluster, namespace, used } => self.fleet.gauges.keep_usage((cluster, namespace), used),
            Fact::Places { cluster, places } => {
                if let Some(places) = places {
                    self.keep_places(cluster, places, local);
                }
            }
            Fact::Server { .. } | Fact::Meter { .. } | Fact::Skew { .. } => self.feeds.server(&fact, local),
        }
    }

    /// Says which rollout is looked at: its timeline is part of the picture.
    pub fn focus(&mut self, on: Option<&Ref>) {
        let before = std::mem::replace(&mut self.focus, on.cloned());
        if before.as_ref() != on {
            self.forget_counts();
        }
        if let Some(gone) = before.filter(|before| Some(before) != on && !self.fleet.rollouts.contains_key(before)) {
            self.timelines.forget(&gone);
        }
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
        let is_other = |held: &Object| held.meta().uid != object.meta().uid;
        if self.index.get(&at).is_some_and(is_other) {
            // The end of its namesake went by unseen.
            self.remove(&at, None, local);
        }
        let awaited = (at.cluster.clone(), object.meta().uid.clone());
        let old = self.index.put(object);
        if old.as_ref() == self.index.get(&at) {
            return;
        }
        let mut readers = old.as_ref().map(|old| self.readers_of(old)).unwrap_or_default();
        readers.extend(self.index.get(&at).map(|new| self.readers_of(new)).unwrap_or_default());
        if old.is_some() || !self.feeds.is_first(source) {
            let lines = transitions::between(old.as_ref(), self.index.get(&at), now);
            self.tell(&readers, &at, lines);
        }
        let waited = self.early.take(&awaited);
        self.tell(&readers, &at, waited);
        self.dirty.extend(readers);
    }

    /// A pod that ends while it is watched shows how long that takes.
    fn note_end(&mut self, at: &Ref, uid: &Uid, local: Moment) {
        let now = self.feeds.cluster_time(&at.cluster, local);
        if let Some(Object::Pod(pod)) = self.index.get(at).filter(|held| held.meta().uid == *uid) {
            self.endings.note(pod, now);
        }
    }

    fn remove(&mut self, at: &Ref, uid: Option<&Uid>, local: Moment) {
        let Some(old) = self.forget(at, uid) else { return };
        let now = self.feeds.cluster_time(&at.cluster, local);
        let readers = self.readers_of(&old);
        self.tell(&readers, at, transitions::between(Some(&old), None, now));
    }

    /// Takes an object out; what that changes is read again. Says nothing in timelines.
    fn forget(&mut self, at: &Ref, uid: Option<&Uid>) -> Option<Object> {
        let old = self.index.remove(at, uid)?;
        if matches!(old, Object::Pod(_)) {
            self.tails.retain(|_, tail| tail.uid != old.meta().uid || tail.pod.cluster != at.cluster);
        }
        self.early.take(&(at.cluster.clone(), old.meta().uid.clone()));
        self.endings.forget(&at.cluster, &old.meta().uid);
        let readers = self.readers_of(&old);
        self.dirty.extend(readers);
        Some(old)
    }

    /// That a source is read no longer is no news about its objects.
    fn drop_source(&mut self, source: &Source) {
        for at in self.index.of_source(source) {
            self.forget(&at, None);
        }
        self.feeds.drop_source(source);
        self.touch_readable(source);
    }

    /// Keeps the newest tail of a container, as long as its pod is there.
    fn keep_tail(&mut self, tail: LogTail) {
        let key = (tail.pod.cluster.clone(), tail.uid.clone(), tail.container.clone());
        let is_there = self.index.get(&tail.pod).is_some_and(|pod| pod.meta().uid == tail.uid);
        if is_there && self.tails.get(&key).is_none_or(|held| held.restarts <= tail.restarts) {
            self.dirty.extend(self.readers.of(&Seen::Tail(tail.uid.clone())).cloned());
            self.tails.insert(key, tail);
        }
    }

    /// That a collection may be read now, or no longer, is news to those who looked into it.
    fn touch_readable(&mut self, source: &Source) {
        let ours = |root: &&Ref| {
            root.cluster == source.cluster && source.namespace.as_ref().is_none_or(|wanted| *wanted == root.namespace)
        };
        self.dirty.extend(self.by_root.keys().filter(ours).map(|root| Reader::Rollout(root.clone())));
    }

    /// Adds lines about an object to the timelines of the rollouts among these readers. Lines about something whose owner
    /// has not arrived yet wait for it.
    fn tell(&mut self, readers: &BTreeSet<Reader>, about: &Ref, lines: Vec<Entry>) {
        if lines.is_empty() {
            return;
        }
        let mut told = false;
        for reader in readers {
            if let Reader::Rollout(root) = reader {
                for line in &lines {
                    self.timelines.push(root, line.clone());
                }
                told = true;
            }
        }
        if let Some(awaited) = self.awaited(about).filter(|_| !told) {
            self.early.keep(&awaited, lines);
        }
    }

    /// The nearest owner of an object that is not here, if it is of a kind that is read and so may still come.
    fn awaited(&self, about: &Ref) -> Option<Awaited> {
        let mut object = self.index.get(about)?;
        for _ in 0..GENERATIONS {
            let owner = object.meta().owner.as_ref()?;
            match self.owner_of(object) {
                Some(up) => object = up,
                None => return self.reads(&owner.kind).then(|| (about.cluster.clone(), owner.uid.clone())),
            }
        }
        None
    }

    fn reads(&self, kind: &Kind) -> bool {
        self.drivers.iter().any(|driver| driver.kinds().contains(kind))
    }

    fn is_root(&self, kind: &Kind) -> bool {
        self.drivers.iter().any(|driver| driver.roots().contains(kind))
    }

    /// The object that owns another, if it is here.
    fn owner_of(&self, object: &Object) -> Option<&Object> {
        let owner = object.meta().owner.as_ref()?;
        let up = object.at().sibling(owner.kind.clone(), owner.name.clone());
        self.index.get(&up).filter(|o| o.meta().uid == owner.uid)
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
        if self.is_root(&at.kind) {
            touched.insert(Reader::Rollout(at.clone()));
            touched.insert(Reader::Claims(at.cluster.clone(), at.namespace.clone()));
        }
        touched
    }

    /// The readers of an object's owners, up the chain: a ReplicaSet that just appeared was seen by nobody yet, but its
    /// Deployment was, or will be in a moment.
    fn family_of(&self, object: &Object) -> BTreeSet<Reader> {
        let mut touched = BTreeSet::new();
        let mut next = Some(object);
        for _ in 0..GENERATIONS {
            let Some(object) = next else { break };
            let Some(owner) = &object.meta().owner else { break };
            touched.extend(self.readers.of_owned(&object.at().cluster, &owner.uid).cloned());
            next = self.owner_of(object);
            touched.extend(next.filter(|up| self.is_root(&up.at().kind)).map(|up| Reader::Rollout(up.at().clone())));
        }
        touched
    }
}
