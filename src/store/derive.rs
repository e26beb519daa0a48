//! From facts to the fleet: claims are resolved per namespace, then only what a fact touched is read again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Store, compose, lens::Lens, readers::Footprint, readers::Reader, sensing::Beside};
use crate::{
    domain::{
        Entry, Event, Fleet, Health, Kind, Moment, Name, Object, Phase, Ref, Rollout, SourceHealth, Teller, Text, Tone,
        WayBack,
    },
    systems::{Claim, Driver},
};

impl Store {
    /// Brings the picture up to date. `local` is this machine's time; the picture is in cluster time.
    pub fn derive(&mut self, local: Moment) -> &Fleet {
        let dirty = std::mem::take(&mut self.dirty);
        let (claims, rollouts): (Vec<Reader>, Vec<Reader>) =
            dirty.into_iter().partition(|reader| matches!(reader, Reader::Claims(..)));
        let mut roots: BTreeSet<Ref> = rollouts.into_iter().filter_map(root_of).collect();
        for reader in &claims {
            if let Reader::Claims(cluster, namespace) = reader {
                roots.extend(self.claim(cluster, namespace));
            }
        }
        roots.extend(self.due(local));
        for root in roots {
            self.read(&root, local);
        }
        self.fleet.sources = self.feeds.health(local, |source| self.index.count(source));
        self.fleet.clusters = self.feeds.clusters(local);
        self.fleet.gauges.sources = self.meters.health(|cluster| self.feeds.cluster_time(cluster, local));
        self.fleet.pods = self.index.pods();
        self.fleet.way_back = self.focus.clone().and_then(|root| self.way_back(&root, local));
        self.fleet.timeline = self.focus.as_ref().map_or_else(Vec::new, |root| self.told(root));
        &self.fleet
    }

    /// Rollouts whose own deadline has passed.
    fn due(&self, local: Moment) -> Vec<Ref> {
        let is_due = |rollout: &&Arc<Rollout>| {
            rollout.again.is_some_and(|at| at <= self.feeds.cluster_time(&rollout.at.cluster, local))
        };
        self.fleet.rollouts.values().filter(is_due).map(|rollout| rollout.at.clone()).collect()
    }

    /// Claims a namespace afresh; the roots that are new, gone or claimed otherwise than before.
    fn claim(&mut self, cluster: &Name, namespace: &Name) -> Vec<Ref> {
        let mut lens = self.lens(cluster);
        let mut claimed: BTreeMap<Ref, (Claim, &'static dyn Driver)> = BTreeMap::new();
        for driver in self.drivers {
            for claim in driver.claim(cluster, namespace, &mut lens) {
                let better = claimed.get(&claim.root).is_none_or(|(held, _)| claim.rank < held.rank);
                if better {
                    claimed.insert(claim.root.clone(), (claim, *driver));
                }
            }
        }
        let footprint = std::mem::take(&mut lens.footprint);
        self.readers.note(&Reader::Claims(cluster.clone(), namespace.clone()), footprint);
        let hidden: BTreeSet<Ref> = claimed.values().flat_map(|(claim, _)| claim.hides.iter().cloned()).collect();
        claimed.retain(|root, _| !hidden.contains(root));
        self.replace_claims(cluster, namespace, claimed)
    }

    fn replace_claims(
        &mut self,
        cluster: &Name,
        namespace: &Name,
        claimed: BTreeMap<Ref, (Claim, &'static dyn Driver)>,
    ) -> Vec<Ref> {
        let place = (cluster.clone(), namespace.clone());
        let before = self.claims.remove(&place).unwrap_or_default();
        let mut changed: Vec<Ref> =
            before.iter().map(|claim| claim.root.clone()).filter(|root| !claimed.contains_key(root)).collect();
        for root in &changed {
            self.by_root.remove(root);
        }
        let mut now = Vec::with_capacity(claimed.len());
        for (root, (claim, driver)) in claimed {
            if self.by_root.get(&root).is_none_or(|(held, _)| *held != claim) {
                changed.push(root.clone());
            }
            now.push(claim.clone());
            self.by_root.insert(root, (claim, driver));
        }
        let (was, is) = (families(&before), families(&now));
        changed.extend(was.keys().chain(is.keys()).filter(|child| was.get(*child) != is.get(*child)).cloned());
        self.parents.retain(|child, _| !was.contains_key(child));
        self.parents.extend(is);
        if !now.is_empty() {
            self.claims.insert(place, now);
        }
        changed
    }

    /// Reads one rollout closely, or takes it off the fleet when nobody claims it any more.
    fn read(&mut self, root: &Ref, local: Moment) {
        let now = self.feeds.cluster_time(&root.cluster, local);
        let mut lens = self.lens(&root.cluster);
        let rollout = self.by_root.get(root).and_then(|(claim, driver)| {
            let reading = driver.read(claim, &mut lens, now)?;
            let mut rollout = compose::rollout(driver.system(), claim, reading, &mut lens, now);
            rollout.parent = self.parents.get(root).cloned();
            self.rights.settle(*driver, &mut rollout);
            Some(rollout)
        });
        let footprint = std::mem::take(&mut lens.footprint);
        let rollout = rollout.map(|mut rollout| {
            let aims = self.aims.get(&root.cluster);
            self.meters.read(&mut rollout, &Beside { judged: self.fleet.judged.as_ref(), aims, now });
            rollout
        });
        let reader = Reader::Rollout(root.clone());
        if let Some(rollout) = rollout {
            self.readers.note(&reader, footprint);
            let old = self.fleet.rollouts.insert(root.clone(), Arc::new(rollout));
            self.tell_of_state(root, old.as_deref(), now);
        } else {
            self.readers.forget(&reader);
            self.fleet.rollouts.remove(root);
            if self.focus.as_ref() != Some(root) {
                self.timelines.forget(root);
            }
        }
    }

    /// A rollout that got into another state says so in its timeline. What was read while lists were still arriving was no
    /// state: becoming whole is not news.
    fn tell_of_state(&mut self, root: &Ref, old: Option<&Rollout>, now: Moment) {
        let (Some(old), Some(new)) = (old, self.fleet.rollouts.get(root)) else { return };
        if (old.phase, &old.cause) == (new.phase, &new.cause) || new.phase == Phase::Paused || !self.was_whole(root) {
            return;
        }
        let says = match &new.cause {
            Some(cause) => format!("{}: {cause}", new.phase.word()),
            None => new.phase.word().to_string(),
        };
        let tone = if new.phase.needs_human() {
            Tone::Bad
        } else if new.phase == Phase::Healthy {
            Tone::Good
        } else {
            Tone::Plain
        };
        let about = root.clone();
        let entry = Entry { at: now, teller: Teller::Watch, tone, about, says: Text::clean(&says), times: 1 };
        self.timelines.push(root, entry);
    }

    /// The way back of a rollout; the same as before as long as the rollout is the same.
    fn way_back(&mut self, root: &Ref, local: Moment) -> Option<WayBack> {
        let rollout = self.fleet.rollouts.get(root)?;
        if let Some((_, way)) = self.back.as_ref().filter(|(held, _)| Arc::ptr_eq(held, rollout)) {
            return way.clone();
        }
        let rollout = Arc::clone(rollout);
        let (_, driver) = self.by_root.get(root)?;
        let now = self.feeds.cluster_time(&root.cluster, local);
        let way = driver.way_back(&rollout, &mut self.lens(&root.cluster), now);
        self.back = Some((rollout, way.clone()));
        way
    }

    /// Whether all sources around a rollout had been listed when the picture was last derived.
    fn was_whole(&self, root: &Ref) -> bool {
        let near = |s: &&SourceHealth| {
            s.source.cluster == root.cluster && s.source.namespace.as_ref().is_none_or(|own| *own == root.namespace)
        };
        let arrives = |s: &SourceHealth| matches!(s.health, Health::Loading | Health::Down { .. });
        !self.fleet.sources.iter().filter(near).any(arrives)
    }

    /// The timeline of a rollout with the events about its family.
    fn told(&self, root: &Ref) -> Vec<Entry> {
        let mut family = vec![root.clone()];
        if let Some(rollout) = self.fleet.rollouts.get(root) {
            for version in &rollout.versions {
                family.push(version.at.clone());
                family.extend(version.pods.list.iter().map(|pod| pod.meta.at.clone()));
            }
        }
        let scalers = self.index.all(&root.cluster, &Kind::HPA, &root.namespace);
        family.extend(scalers.filter(|hpa| targets(hpa, root)).map(|hpa| hpa.at().clone()));
        let gone = self.index.all(&root.cluster, &Kind::EVENT, &root.namespace);
        let gone = gone.filter_map(|o| if let Object::Event(event) = o { Some(&**event) } else { None });
        let ours: BTreeSet<Ref> = family.into_iter().collect();
        let versions = self.fleet.rollouts.get(root).map_or(&[][..], |rollout| &rollout.versions);
        let prefixes: Vec<String> = versions.iter().map(|version| format!("{}-", version.at.name)).collect();
        let of_family = |event: &&Event| ours.contains(&event.about) || self.was_ours(event, &prefixes);
        self.timelines.merged(root, gone.filter(of_family), self.feeds.watched_since(root))
    }

    /// Pods of the family that are gone still have events: their names begin with a ReplicaSet's name of this rollout.
    fn was_ours(&self, event: &Event, prefixes: &[String]) -> bool {
        event.about.kind == Kind::POD
            && self.index.get(&event.about).is_none()
            && prefixes.iter().any(|prefix| event.about.name.starts_with(prefix))
    }

    fn lens(&self, cluster: &Name) -> Lens<'_> {
        let Self { index, feeds, tails, endings, .. } = self;
        Lens { cluster: cluster.clone(), index, feeds, tails, endings, footprint: Footprint::default() }
    }
}

/// The parent of each workload that is a part of another rollout; of several parents the first by name.
fn families(claims: &[Claim]) -> BTreeMap<Ref, Ref> {
    let mut parents = BTreeMap::new();
    for claim in claims.iter().rev() {
        parents.extend(claim.members.iter().map(|member| (member.clone(), claim.root.clone())));
    }
    parents
}

fn targets(hpa: &Object, root: &Ref) -> bool {
    matches!(hpa, Object::Hpa(hpa) if hpa.target_kind == root.kind && hpa.target == root.name)
}

fn root_of(reader: Reader) -> Option<Ref> {
    match reader {
        Reader::Rollout(root) => Some(root),
        Reader::Claims(..) => None,
    }
}
