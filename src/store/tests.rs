//! Stories: facts in, fleet out, with the real drivers.

mod analysis;
mod budget;
mod clusters;
mod desk;
mod evidence;
mod health;
mod joins;
mod lists;
mod order;
mod series;
mod timeline;

use std::{sync::Arc, time::Duration};

use super::{Fact, Store};
use crate::{
    domain::{
        Event, Fleet, Kind, Link, Moment, Object, Ref, Rollout, Source,
        sample::{self, NOW},
    },
    systems::DRIVERS,
};

/// All that a deck reads.
const KINDS: [Kind; 7] =
    [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::POD, Kind::HPA, Kind::EVENT, Kind::SERVICE, Kind::SLICE];

/// A kind in all namespaces of cluster `lab`.
fn source(kind: &Kind) -> Source {
    Source { cluster: "lab".into(), kind: kind.clone(), namespace: None }
}

/// The source that brings an object.
fn source_of(object: &Object) -> Source {
    Source { cluster: object.at().cluster.clone(), ..source(&object.at().kind) }
}

/// A store, and the time on this machine.
struct World {
    store: Store,
    now: Moment,
}

impl World {
    /// All sources of `lab` are about to be read.
    fn connecting() -> Self {
        let mut world = Self { store: Store::new(DRIVERS), now: NOW };
        world.connect("lab");
        world
    }

    fn connect(&mut self, cluster: &str) {
        for kind in &KINDS {
            let source = Source { cluster: cluster.into(), ..source(kind) };
            self.say(Fact::Link(source, Link::Connecting));
        }
    }

    /// All lists are whole and hold these objects.
    fn of(objects: impl IntoIterator<Item = Object>) -> Self {
        let mut world = Self::connecting();
        let objects: Vec<Object> = objects.into_iter().collect();
        for kind in &KINDS {
            let ours = objects.iter().filter(|o| o.at().kind == *kind).cloned();
            world.list(&source(kind), ours);
        }
        world.fleet();
        world
    }

    fn say(&mut self, fact: Fact) {
        self.store.apply(fact, self.now);
    }

    /// A whole list, then an open watch.
    fn list(&mut self, source: &Source, objects: impl IntoIterator<Item = Object>) {
        self.say(Fact::Begin(source.clone()));
        self.say(Fact::Page(source.clone(), objects.into_iter().collect()));
        self.say(Fact::End(source.clone()));
        self.say(Fact::Link(source.clone(), Link::Live));
    }

    fn put(&mut self, object: impl Into<Object>) {
        let object = object.into();
        self.say(Fact::Put(source_of(&object), object));
    }

    fn gone(&mut self, object: impl Into<Object>) {
        let object = object.into();
        let (at, uid) = (object.at().clone(), object.meta().uid.clone());
        self.say(Fact::Gone(source_of(&object), at, uid));
    }

    fn deny(&mut self, kind: &Kind) {
        self.say(Fact::Link(source(kind), Link::Denied { why: "forbidden".into() }));
    }

    fn wait(&mut self, secs: u64) {
        self.now = self.now.plus(Duration::from_secs(secs));
    }

    fn fleet(&mut self) -> &Fleet {
        self.store.derive(self.now)
    }

    fn rollout(&mut self, name: &str) -> Arc<Rollout> {
        Arc::clone(&self.fleet().rollouts[&web(name)])
    }

    /// What the timeline of `web` says, oldest first, as `name: sentence`.
    fn told(&mut self) -> Vec<String> {
        self.store.focus(Some(&web("web")));
        let line = |entry: &crate::domain::Entry| format!("{}: {}", entry.about.name, entry.says);
        self.fleet().timeline.iter().map(line).collect()
    }
}

fn web(name: &str) -> Ref {
    sample::at(Kind::DEPLOYMENT, name)
}

/// Deployment `web` with version `web-1` and these pods, all well.
fn family(pods: &[&str]) -> Vec<Object> {
    let count = i32::try_from(pods.len()).unwrap();
    let mut all: Vec<Object> = vec![sample::deployment("web:1", count).into(), sample::set(1, "web:1", count).into()];
    all.extend(pods.iter().map(|name| Object::from(sample::ready(name))));
    all
}

/// The same object in a family called otherwise: `api` for `web`. Pods, whose names tell nothing, get it in front.
fn renamed(object: &Object, to: &str) -> Object {
    let mut text = serde_json::to_string(object).unwrap().replace("\"web", &format!("\"{to}"));
    if matches!(object, Object::Pod(_)) {
        let own = &object.at().name;
        text = text.replace(&format!("\"{own}\""), &format!("\"{to}-{own}\""));
    }
    serde_json::from_str(&text).unwrap()
}

fn event(event: Event) -> Object {
    Object::Event(Arc::new(event))
}
