//! The versions of the rollout that is looked at, compared: blocks come as facts, and what `judge` makes of them is part of
//! the picture. Nothing is compared while nobody looks, and nothing acts on it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use super::{
    Store,
    joins::{self, Named, Told},
    sensing::Beside,
};
use crate::{
    domain::{
        Block, Counted, CountedOf, Crowd, Judged, Moment, Name, Naming, Place, PodTraits, Ref, Role, Rollout, Uid,
        Version,
    },
    judge::{Judge, Step},
};

/// Neighbours that are compared with: more would tell no more.
const NEIGHBOURS: usize = 12;

/// How requests are spread over pods is told from so many newest blocks.
const RECENT: usize = 6;

/// The pods that answer so much of a version's requests are those that answer nearly all.
const NEARLY_ALL: f64 = 0.9;

/// The comparison that is going on.
pub(super) struct Bench {
    of: Ref,
    stable: Uid,
    judge: Judge,
    /// The ReplicaSets that were counted last, and its own: the traits of their pods are evidence.
    sets: BTreeSet<Name>,
    /// The newest blocks of each version, oldest first.
    recent: BTreeMap<Uid, VecDeque<Arc<Block>>>,
}

impl Store {
    /// Compares with what was counted since.
    pub(super) fn keep_counts(&mut self, counted: Counted, local: Moment) {
        let now = self.feeds.cluster_time(&counted.cluster, local);
        let shift = -self.meters.counted(&counted.cluster, (counted.namespace.clone(), counted.sets.clone()));
        let Some(rollout) = self.focus.as_ref().and_then(|root| self.fleet.rollouts.get(root)).map(Arc::clone) else {
            return;
        };
        let at = &rollout.at;
        let Some(stable) = rollout.versions.iter().find(|version| version.role == Role::Stable) else { return };
        if (&at.cluster, &at.namespace) != (&counted.cluster, &counted.namespace) {
            return;
        }
        let held = self.bench.take().filter(|bench| !counted.is_first && bench.of == *at && bench.stable == stable.uid);
        let criteria = self.aims.get(&at.cluster).map(|aims| aims.criteria).unwrap_or_default();
        let fresh = || Bench {
            of: at.clone(),
            stable: stable.uid.clone(),
            judge: Judge::new(stable.uid.clone(), criteria),
            sets: BTreeSet::new(),
            recent: BTreeMap::new(),
        };
        let mut bench = held.unwrap_or_else(fresh);
        let series = by_name(counted, shift);
        let owners = self.owners(at);
        let own = rollout.versions.iter().flat_map(|version| version.sets.iter().cloned());
        bench.sets = series.keys().map(|(_, set)| set.clone()).chain(own).collect();
        let traits = self.traits(at, &bench.sets);
        let moments: BTreeSet<Moment> = series.values().flat_map(BTreeMap::keys).copied().collect();
        for moment in moments {
            bench.add(&rollout, (stable, moment), (&series, &owners), &traits);
        }
        self.bench = Some(bench);
        self.conclude(now);
    }

    /// Takes in where pods can run: it may explain what was counted before.
    pub(super) fn keep_places(&mut self, cluster: Name, places: BTreeMap<Name, Place>, local: Moment) {
        let now = self.feeds.cluster_time(&cluster, local);
        self.places.insert(cluster, places);
        self.conclude(now);
    }

    /// What the comparison has come to, with what is known of pods by now.
    fn conclude(&mut self, now: Moment) {
        let Some(bench) = &self.bench else { return };
        let at = &bench.of;
        let said = bench.judge.judgements(&self.traits(at, &bench.sets));
        self.fleet.judged = (!said.is_empty()).then(|| Judged { of: at.clone(), said, crowds: bench.crowds() });
        let beside = Beside { judged: self.fleet.judged.as_ref(), aims: self.aims.get(&at.cluster), now };
        if let Some(rollout) = self.fleet.rollouts.get_mut(at) {
            self.meters.read(Arc::make_mut(rollout), &beside);
        }
    }

    /// The rollout of each ReplicaSet of a namespace, by name: neighbours are called by it.
    fn owners(&self, at: &Ref) -> BTreeMap<Name, Name> {
        let near = |of: &&Arc<Rollout>| (&of.at.cluster, &of.at.namespace) == (&at.cluster, &at.namespace);
        let versions = self.fleet.rollouts.values().filter(near).flat_map(|of| of.versions.iter().map(|v| (v, &of.at)));
        let leaves = versions.filter(|(version, _)| !version.is_workload());
        leaves.flat_map(|(version, of)| version.sets.iter().map(|set| (set.clone(), of.name.clone()))).collect()
    }

    /// Another rollout is looked at.
    pub(super) fn forget_counts(&mut self) {
        (self.bench, self.fleet.judged) = (None, None);
    }
}

/// The blocks of each ReplicaSet, by their end.
type Blocks = BTreeMap<Moment, Arc<Block>>;

impl Bench {
    fn add(
        &mut self,
        rollout: &Rollout,
        (stable, at): (&Version, Moment),
        (series, owners): (&Named<Blocks>, &BTreeMap<Name, Name>),
        traits: &[PodTraits],
    ) {
        let block = |version: &Version| block(rollout, version, (series, at));
        let others = rollout.versions.iter().filter(|version| version.uid != stable.uid && version.is_alive());
        let others: Vec<(Uid, Arc<Block>)> = others.map(|version| (version.uid.clone(), block(version))).collect();
        let own = block(stable);
        for (version, block) in others.iter().map(|(uid, block)| (uid, block)).chain([(&stable.uid, &own)]) {
            let recent = self.recent.entry(version.clone()).or_default();
            recent.push_back(Arc::clone(block));
            recent.drain(..recent.len().saturating_sub(RECENT));
        }
        let ours: BTreeSet<&Name> = rollout.versions.iter().flat_map(|version| &version.sets).collect();
        let mut foreign: BTreeMap<&Name, Vec<&Arc<Block>>> = BTreeMap::new();
        for ((_, set), blocks) in series.iter().filter(|((_, set), _)| !ours.contains(set)) {
            foreign.entry(owners.get(set).unwrap_or(set)).or_default().extend(blocks.get(&at));
        }
        let neighbours = foreign.into_iter().filter_map(|(name, all)| Some((name.clone(), Block::joined(&all)?)));
        let neighbours: Vec<(Name, Arc<Block>)> = neighbours.take(NEIGHBOURS).collect();
        self.judge.add(&Step { stable: &own, others: &others, neighbours: &neighbours, traits });
    }

    /// How the requests of each version were spread over its pods lately.
    fn crowds(&self) -> Vec<Crowd> {
        self.recent.iter().filter_map(|(version, blocks)| crowd(version, blocks)).collect()
    }
}

fn crowd(version: &Uid, blocks: &VecDeque<Arc<Block>>) -> Option<Crowd> {
    let mut by_pod: BTreeMap<&Name, f64> = BTreeMap::new();
    for tally in blocks.iter().flat_map(|block| &block.pods) {
        *by_pod.entry(&tally.pod).or_default() += tally.requests;
    }
    let requests: f64 = by_pod.values().sum();
    let mut counts: Vec<f64> = by_pod.into_values().collect();
    counts.sort_by(|a, b| b.total_cmp(a));
    let (mut busy, mut part) = (0, 0.0);
    for count in counts {
        if part >= NEARLY_ALL {
            break;
        }
        (busy, part) = (busy + 1, part + count / requests);
    }
    (requests > 0.0).then(|| Crowd { version: version.clone(), busy, part, requests })
}

/// What was counted of a version in the block that ends then; nothing is a count too.
fn block(rollout: &Rollout, version: &Version, (series, at): (&Named<Blocks>, Moment)) -> Arc<Block> {
    let told = match joins::version(Naming::ReplicaSet, series, rollout, version) {
        Told::By(all) => all,
        Told::Apart | Told::Silent => Vec::new(),
    };
    let blocks: Vec<&Arc<Block>> = told.into_iter().filter_map(|blocks| blocks.get(&at)).collect();
    Block::joined(&blocks).unwrap_or_else(|| Arc::new(Block { at, ..Block::default() }))
}

/// The blocks by version, in the cluster's time.
fn by_name(counted: Counted, shift_ms: i64) -> Named<Blocks> {
    let ours = |mut block: Arc<Block>| {
        if shift_ms != 0 {
            Arc::make_mut(&mut block).at = block.at.shifted(shift_ms);
        }
        (block.at, block)
    };
    let named = |of: CountedOf| ((of.namespace, of.set), of.blocks.into_iter().map(ours).collect());
    counted.of.into_iter().map(named).collect()
}
