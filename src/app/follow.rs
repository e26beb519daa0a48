//! Following a cluster: which collections are watched for what is looked at, and facts taken into the store.
//!
//! The board needs workloads, routers and pods of the chosen namespaces, and where there are routers the Services and endpoints
//! behind them; a rollout that is looked at closely adds events, Services and endpoints of its namespace, what its pods use,
//! where they can run if their requests are compared, and the log ends that rules want. Nothing else is read.

pub(crate) mod kinds;
mod tails;

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::clock::Clock;
use crate::{
    cluster::{Cluster, Narrow, Watching},
    domain::{Fleet, Health, Kind, Link, Moment, Name, Ref, Source, SourceHealth, Uid, Want},
    store::{Fact, Store},
    systems::DRIVERS,
};

/// Facts that may wait to be taken; when it is full, readers conflate.
const CHANNEL: usize = 4_096;
/// Facts taken before anything else gets a turn.
const BATCH: usize = 256;
/// Log ends fetched at a time; what is beyond waits for a place.
const TAILS: usize = 10;

/// What is read: which namespaces (None: all of them) and which part of each collection.
pub(crate) struct Scope {
    pub(crate) namespaces: Vec<Option<Name>>,
    /// Which of the objects that name rollouts.
    pub(crate) roots: Narrow,
    /// Which ReplicaSets and pods.
    pub(crate) pods: Narrow,
    /// The one rollout that is read, if it is one.
    pub(crate) only: Option<Ref>,
}

/// A cluster being followed.
pub(crate) struct Follower {
    cluster: Arc<Cluster>,
    store: Store,
    clock: Clock,
    sender: mpsc::Sender<Fact>,
    facts: mpsc::Receiver<Fact>,
    batch: Vec<Fact>,
    /// Dropping it stops the probe.
    _probe: Watching,
    /// Readers of what the board needs. Dropping one stops it.
    base: Vec<(Source, Watching)>,
    /// The one rollout that is read, if it is one, and its uid once it is known.
    only: Option<(Ref, Option<Uid>)>,
    /// What is read once the first rows are there: workloads are few, their pods are many, and a server works on all
    /// lists at once.
    later: Vec<(Source, Narrow)>,
    close: Option<Close>,
    /// When there was the last answer about zones and pools of nodes.
    places_at: Option<Duration>,
    asked: HashSet<Want>,
    /// Whether the first rows are there, or will not come.
    has_rows: bool,
}

/// What is read besides, because a rollout is looked at.
struct Close {
    on: Ref,
    readers: Vec<(Source, Watching)>,
    /// Dropping it stops to ask what pods use.
    usage: Watching,
    /// Reads where they can run, once requests are compared: nothing else asks for it. Dropping it stops that.
    nodes: Option<Watching>,
}

impl Follower {
    /// Starts reading.
    pub(crate) fn start(cluster: Arc<Cluster>, scope: &Scope, clock: Clock) -> Self {
        let (sender, facts) = mpsc::channel(CHANNEL);
        let mut store = Store::new(DRIVERS);
        let mut later = Vec::new();
        let mut base = Vec::new();
        let told = clock.clone();
        let probe = cluster.probe(sender.clone(), Arc::new(move || told.now()));
        // One rollout is read narrowly: what is in front of it is not.
        let is_read = |kind: &&Kind| scope.only.is_none() || !kinds::is_router(kind);
        for kind in kinds::board().into_iter().filter(is_read) {
            let narrow = if kinds::is_root(kind) {
                &scope.roots
            } else if *kind == Kind::HPA || kind.is_custom() {
                &Narrow::default()
            } else {
                &scope.pods
            };
            for namespace in &scope.namespaces {
                let source = Source { cluster: cluster.name.clone(), kind: kind.clone(), namespace: namespace.clone() };
                store.apply(Fact::Link(source.clone(), Link::Connecting), clock.now());
                if kinds::comes_first(kind) {
                    let reader = cluster.watch(source.clone(), narrow, sender.clone());
                    base.push((source, reader));
                } else {
                    later.push((source, narrow.clone()));
                }
            }
        }
        Self {
            cluster,
            store,
            clock,
            sender,
            facts,
            batch: Vec::with_capacity(BATCH),
            _probe: probe,
            base,
            later,
            only: scope.only.clone().map(|at| (at, None)),
            close: None,
            places_at: None,
            asked: HashSet::new(),
            has_rows: false,
        }
    }

    /// Waits for facts and takes what is there, up to a batch. Answers how many.
    pub(crate) async fn take(&mut self) -> usize {
        let taken = self.facts.recv_many(&mut self.batch, BATCH).await;
        let now = self.clock.now();
        let mut is_answered = false;
        for fact in self.batch.drain(..) {
            is_answered |= is_answer(&fact);
            if matches!(fact, Fact::Places { .. }) {
                self.places_at = Some(self.clock.elapsed());
            }
            self.store.apply(fact, now);
        }
        if is_answered {
            self.has_rows = true;
            for (source, narrow) in std::mem::take(&mut self.later) {
                self.read(source, &narrow);
            }
        }
        taken
    }

    fn read(&mut self, source: Source, narrow: &Narrow) {
        let reader = self.cluster.watch(source.clone(), narrow, self.sender.clone());
        self.base.push((source, reader));
    }

    /// A rollout that was made anew may select other pods than the one that was asked for: its readers are widened.
    fn widen_if_made_anew(&mut self) {
        let Some((at, uid)) = &self.only else { return };
        let Some(rollout) = self.store.fleet().rollouts.get(at) else { return };
        match uid {
            Some(uid) if *uid != rollout.uid => {
                self.only = None;
                let (kept, narrow) =
                    std::mem::take(&mut self.base).into_iter().partition(|(source, _)| kinds::is_root(&source.kind));
                self.base = kept;
                let narrow: Vec<(Source, Watching)> = narrow;
                for (source, reader) in narrow {
                    drop(reader);
                    self.read(source, &Narrow::default());
                }
            }
            Some(_) => {}
            None => self.only = Some((at.clone(), Some(rollout.uid.clone()))),
        }
    }

    /// Takes what is there already, so that a reader that was dropped has said its last.
    fn take_waiting(&mut self) {
        for _ in 0..CHANNEL {
            let Ok(fact) = self.facts.try_recv() else { break };
            self.store.apply(fact, self.clock.now());
        }
    }

    /// Takes in what the program itself has to say.
    pub(crate) fn tell(&mut self, fact: Fact) {
        self.store.apply(fact, self.clock.now());
    }

    /// Whether the first rows are there, and what names the analyses of rollouts with them; or will not come.
    pub(crate) fn knows_analyses(&self) -> bool {
        let is_coming = |s: &SourceHealth| kinds::is_analysed(&s.source.kind) && s.health == Health::Loading;
        self.has_rows && !self.store.fleet().sources.iter().any(is_coming)
    }

    /// For those who read more on the follower's behalf.
    pub(crate) fn sender(&self) -> mpsc::Sender<Fact> {
        self.sender.clone()
    }

    /// Brings the picture up to date.
    pub(crate) fn derive(&mut self) -> &Fleet {
        self.store.derive(self.clock.now());
        self.widen_if_made_anew();
        if self.read_behind() {
            self.store.derive(self.clock.now());
        }
        self.read_nodes();
        self.store.fleet()
    }

    /// Zones and pools explain which requests fail, so they are read where requests are compared.
    fn read_nodes(&mut self) {
        let Some(close) = self.close.as_mut().filter(|close| close.nodes.is_none()) else { return };
        if self.store.fleet().judged.is_some() {
            let age = self.places_at.map(|at| self.clock.elapsed().saturating_sub(at));
            close.nodes = Some(self.cluster.follow_nodes(age, self.sender.clone()));
        }
    }

    /// Where there are routers and analyses, what is behind them is read for the board from then on; whether anything was begun.
    /// A cluster without them pays nothing for that.
    fn read_behind(&mut self) -> bool {
        let sources = self.store.fleet().sources.iter().filter(|s| s.source.kind.is_custom() && s.objects > 0);
        let behind = sources.flat_map(|s| {
            let source = |kind: &Kind| {
                let namespace = s.source.namespace.clone().filter(|_| kind.is_namespaced());
                Source { kind: kind.clone(), namespace, ..s.source.clone() }
            };
            kinds::behind(&s.source.kind).into_iter().map(source)
        });
        let behind: Vec<Source> = behind.collect();
        let mut has_begun = false;
        for source in behind {
            if !self.base.iter().any(|(read, _)| covers(read, &source)) {
                self.take_over(source);
                has_begun = true;
            }
        }
        has_begun
    }

    /// Reads a source for the board, instead of what a close look reads of it.
    fn take_over(&mut self, source: Source) {
        let read = self.close.as_mut().and_then(|close| {
            let place = close.readers.iter().position(|(read, _)| covers(&source, read))?;
            Some(close.readers.swap_remove(place))
        });
        match read {
            Some((read, reader)) if read == source => self.base.push((read, reader)),
            other => {
                self.drop_readers(other);
                self.store.apply(Fact::Link(source.clone(), Link::Connecting), self.clock.now());
                self.read(source, &Narrow::default());
            }
        }
    }

    /// Stops to read sources and forgets what they held.
    fn drop_readers(&mut self, readers: impl IntoIterator<Item = (Source, Watching)>) {
        let sources: Vec<Source> = readers.into_iter().map(|(source, _)| source).collect();
        self.take_waiting();
        for source in sources {
            self.store.apply(Fact::Dropped(source), self.clock.now());
        }
    }

    /// The picture as it was last derived.
    pub(crate) fn fleet(&self) -> &Fleet {
        self.store.fleet()
    }

    /// The cluster's now.
    pub(crate) fn now(&self) -> Moment {
        self.store.cluster_time(&self.cluster.name, self.clock.now())
    }

    /// Looks at a rollout closely, or at none.
    pub(crate) fn look_at(&mut self, on: Option<&Ref>) {
        if self.close.as_ref().map(|close| &close.on) == on {
            return;
        }
        let same_place = match (&self.close, on) {
            (Some(close), Some(on)) => close.on.namespace == on.namespace,
            _ => false,
        };
        self.store.focus(on);
        if let (true, Some(close), Some(on)) = (same_place, &mut self.close, on) {
            close.on = on.clone();
            return;
        }
        if let Some(Close { on, readers, usage, nodes }) = self.close.take() {
            drop((usage, nodes));
            self.drop_readers(readers);
            self.tell(Fact::Usage { cluster: on.cluster, namespace: on.namespace, used: None });
        }
        self.close = on.map(|on| self.open(on));
    }

    fn open(&mut self, on: &Ref) -> Close {
        let source = |kind: Kind| Source { cluster: on.cluster.clone(), kind, namespace: Some(on.namespace.clone()) };
        let is_read = |source: &Source| self.base.iter().any(|(read, _)| covers(read, source));
        let sources: Vec<Source> = kinds::CLOSE.iter().cloned().map(source).filter(|source| !is_read(source)).collect();
        for source in &sources {
            self.store.apply(Fact::Link(source.clone(), Link::Connecting), self.clock.now());
        }
        let read = |source: &Source| self.cluster.watch(source.clone(), &Narrow::default(), self.sender.clone());
        let readers = sources.into_iter().map(|source| (source.clone(), read(&source))).collect();
        let usage = self.cluster.follow_usage(&on.namespace, self.sender.clone());
        Close { on: on.clone(), readers, usage, nodes: None }
    }

    /// Fetches what the rules want to know of the rollout that is looked at.
    pub(crate) fn fetch_wants(&mut self) {
        let wants = self.wants();
        self.asked.retain(|want| wants.contains(want));
        for want in wants {
            if self.asked.len() < TAILS && self.asked.insert(want.clone()) {
                tokio::spawn(tails::fetch(Arc::clone(&self.cluster), want, self.sender.clone()));
            }
        }
    }

    fn wants(&self) -> Vec<Want> {
        let rollout = self.close.as_ref().and_then(|close| self.store.fleet().rollouts.get(&close.on));
        rollout.map(|rollout| rollout.wants.clone()).unwrap_or_default()
    }

    /// Whether nothing more is on its way: every source is loaded or has said why not, and nothing is wanted.
    pub(crate) fn is_settled(&self) -> bool {
        let fleet = self.store.fleet();
        let knows = |close: &Close| fleet.gauges.usage_of(&close.on.cluster, &close.on.namespace).is_some();
        let knows_places = fleet.judged.is_none() || self.places_at.is_some();
        fleet.is_settled() && self.wants().is_empty() && self.close.as_ref().is_none_or(knows) && knows_places
    }

    /// Whether it is certain that there is no such rollout. A router is one only by what is behind it.
    pub(crate) fn lacks(&self, at: &Ref) -> bool {
        let fleet = self.store.fleet();
        let mut of_kind = fleet.sources.iter().filter(|s| s.source.kind == at.kind);
        of_kind.all(|s| matches!(s.health, Health::Live | Health::Stale { .. }))
            && (!at.kind.is_custom() || fleet.is_settled())
    }

    /// Why there is no such rollout, once that is certain. A router that is there and makes none is told from one that is not.
    pub(crate) async fn why_absent(&self, at: &Ref) -> String {
        let place = format!("{at} in namespace {} of {}", at.namespace, at.cluster);
        if !at.kind.is_custom() {
            return format!("there is no {place}");
        }
        if !self.store.fleet().sources.iter().any(|s| s.source.kind == at.kind) {
            return format!("there is no {} here: the cluster does not have that kind", at.kind);
        }
        if self.cluster.get_json(at).await.is_err() {
            return format!("there is no {place}");
        }
        let unread = self.unread().join("; ");
        let why = if unread.is_empty() { "it divides no traffic between workloads" } else { &unread };
        format!("{place} is no rollout: {why}")
    }

    /// Why a kind of the scope cannot be read at all, if so, and whether the server refuses it.
    pub(crate) fn trouble_with(&self, kind: &Kind) -> Option<(String, bool)> {
        let mut of_kind = self.store.fleet().sources.iter().filter(|s| s.source.kind == *kind);
        of_kind.find_map(|s| match &s.health {
            Health::Denied { why } => Some((why.to_string(), true)),
            Health::Down { why } => Some((format!("{}: {why}", self.cluster.server()), false)),
            Health::Loading | Health::Live | Health::Stale { .. } => None,
        })
    }

    /// What could not be read, in sentences.
    pub(crate) fn unread(&self) -> Vec<String> {
        let why = |s: &SourceHealth| match &s.health {
            Health::Denied { why } | Health::Down { why } => Some(format!("{}: {why}", s.source.kind)),
            Health::Loading => Some(format!("{}: no whole answer in time", s.source.kind)),
            Health::Live | Health::Stale { .. } => None,
        };
        self.store.fleet().sources.iter().filter_map(why).collect()
    }
}

/// Whether all that one source brings is brought by another.
fn covers(source: &Source, other: &Source) -> bool {
    source.cluster == other.cluster
        && source.kind == other.kind
        && (source.namespace.is_none() || source.namespace == other.namespace)
}

/// Whether rows are on their way, or will not come: what else is read need not wait any more.
fn is_answer(fact: &Fact) -> bool {
    let is_news =
        matches!(fact, Fact::Page(..) | Fact::End(_) | Fact::Link(_, Link::Retrying { .. } | Link::Denied { .. }));
    is_news && fact.source().is_some_and(|source| kinds::comes_first(&source.kind))
}
