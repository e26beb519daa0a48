//! What is common to all systems: pods by version, the share of ready endpoints, what analyses it, findings.

use std::{collections::BTreeSet, sync::Arc};

use super::{fronts, lens::Lens};
use crate::{
    domain::{
        Event, Kind, LogTail, Look, Moment, Name, Object, Pod, Pods, Ref, ReplicaSet, Rollout, Service, Share, Split,
        Text, Uid, Version, Want,
    },
    rules::{self, Case, Side},
    systems::{self, Claim, Reading},
};

/// The rollout that a driver's reading amounts to, with everything that is not the driver's business.
pub(super) fn rollout(
    system: &'static str,
    claim: &Claim,
    reading: Reading,
    lens: &mut Lens<'_>,
    now: Moment,
) -> Rollout {
    let at = claim.root.clone();
    let mut versions: Vec<Version> = reading.versions.iter().filter_map(|side| version(side, lens)).collect();
    if versions.iter().all(|version| version.split == Split::default()) {
        share_endpoints(&at, &mut versions, lens);
    }
    let root = lens.get(&at).map(Object::meta);
    let mut rollout = Rollout {
        uid: reading.uid,
        labels: root.map(|meta| meta.labels.clone()).unwrap_or_default(),
        created: root.map_or(now, |meta| meta.created),
        at,
        system: Name::fixed(system),
        parent: None,
        phase: reading.phase,
        says: reading.says,
        cause: None,
        since: reading.since,
        status: reading.status,
        generation: reading.generation,
        observed: reading.observed,
        desired: reading.desired,
        forces: Vec::new(),
        analysis: crate::domain::Analysis::default(),
        course: crate::domain::Course { countdowns: reading.countdowns },
        door: crate::domain::Doorstep::default(),
        versions,
        findings: Vec::new(),
        wants: Vec::new(),
        offers: reading.offers,
        again: reading.again,
    };
    fronts::note(&mut rollout, lens);
    rollout.forces = systems::forces(&rollout.at, lens);
    rollout.analysis = systems::analysis(&rollout, lens);
    let (bends, written) = systems::bends(&rollout, lens);
    let ready = rollout.living().flat_map(|version| &version.pods.list);
    let ready = ready.filter_map(|pod| pod.condition("Ready")?.since).max();
    (rollout.door.bends, rollout.door.shifted) = (bends, written.or(ready));
    let noticed = notice(&rollout, lens, now);
    rules::settle(&mut rollout, noticed);
    rollout.wants.retain(|want| !is_answered(want, lens));
    rollout
}

/// Whether what a rule wants to know is here already, or why it cannot be.
fn is_answered(Want::PreviousLog { uid, container, restarts, .. }: &Want, lens: &mut Lens<'_>) -> bool {
    lens.tail(uid, container).is_some_and(|tail| tail.restarts >= *restarts)
}

/// One version: its ReplicaSet or its workload, with the pods of it.
fn version(side: &systems::Side, lens: &mut Lens<'_>) -> Option<Version> {
    let body = &side.body;
    let (meta, template, counts, sets) = match lens.get(body)? {
        Object::Set(set) => {
            let counts = (set.replicas, set.have, set.ready, set.available);
            (&set.meta, &*set.template, counts, vec![&set.meta])
        }
        Object::Deployment(whole) => {
            let counts = (whole.replicas, whole.have, whole.ready, whole.available);
            let owned = lens.owned(&whole.meta.uid).into_iter();
            let sets = owned.filter_map(|o| if let Object::Set(set) = o { Some(&set.meta) } else { None });
            (&whole.meta, &whole.template, counts, sets.collect())
        }
        Object::Pod(_)
        | Object::Service(_)
        | Object::Slice(_)
        | Object::Hpa(_)
        | Object::Event(_)
        | Object::Node(_)
        | Object::Custom(_) => return None,
    };
    let (desired, have, ready, available) = counts;
    let known = lens.readable(&body.cluster, &Kind::POD, &body.namespace);
    let pods = sets.iter().flat_map(|set| lens.owned(&set.uid));
    let mut list: Vec<Arc<Pod>> =
        pods.filter_map(|o| if let Object::Pod(pod) = o { Some(Arc::clone(pod)) } else { None }).collect();
    list.sort_by(|a, b| (a.meta.created, &a.meta.at.name).cmp(&(b.meta.created, &b.meta.at.name)));
    let ended = sets.iter().flat_map(|set| lens.endings.of(&body.cluster, &set.uid)).collect();
    Some(Version {
        at: body.clone(),
        uid: meta.uid.clone(),
        role: side.role,
        revision: meta.revision(),
        images: template.images.clone(),
        cause: meta.annotations.get("kubernetes.io/change-cause").map(|cause| Text::clean(cause)),
        created: meta.created,
        sets: sets.into_iter().map(|set| set.at.name.clone()).collect(),
        services: side.services.clone(),
        pods: Pods { desired, have, ready, available, list, known, ended },
        split: side.split,
        metrics: None,
        peak: None,
    })
}

/// Without a router, a version's share of the traffic is its share of the ready endpoints of the Services that select it.
/// Unknown while endpoints are not read, and for a version that no Service selects.
fn share_endpoints(at: &Ref, versions: &mut [Version], lens: &mut Lens<'_>) {
    let services = lens.all(&at.cluster, &Kind::SERVICE, &at.namespace);
    let services: Vec<&Service> = services
        .into_iter()
        .filter_map(|o| if let Object::Service(service) = o { Some(&**service) } else { None })
        .collect();
    let selecting = |version: &Version| -> BTreeSet<Name> {
        let Some(pod) = version.pods.list.first() else { return BTreeSet::new() };
        let selects = |s: &&&Service| !s.selector.is_empty() && pod.meta.labels.contains(&s.selector);
        services.iter().filter(selects).map(|service| service.meta.at.name.clone()).collect()
    };
    let by_version: Vec<BTreeSet<Name>> = versions.iter().map(selecting).collect();
    let names: BTreeSet<&Name> = by_version.iter().flatten().collect();
    if names.is_empty() {
        return;
    }
    let slices = lens.all(&at.cluster, &Kind::SLICE, &at.namespace);
    let slices = slices.into_iter().filter_map(|o| if let Object::Slice(slice) = o { Some(slice) } else { None });
    let endpoints = slices.filter(|slice| names.contains(&slice.service)).flat_map(|slice| slice.endpoints.iter());
    let ready: BTreeSet<&Uid> = endpoints.filter(|endpoint| endpoint.ready).map(|endpoint| &endpoint.pod).collect();
    let answering = |version: &Version| version.pods.list.iter().filter(|pod| ready.contains(&pod.meta.uid)).count();
    let counts: Vec<usize> = versions.iter().map(answering).collect();
    let whole = counts.iter().sum();
    for ((version, services), part) in versions.iter_mut().zip(&by_version).zip(counts) {
        version.split.routed = Share::of(part, whole).filter(|_| !services.is_empty());
    }
}

/// Gathers the case of a rollout and asks every rule.
fn notice(rollout: &Rollout, lens: &mut Lens<'_>, now: Moment) -> rules::Noticed {
    let deployment = match lens.get(&rollout.at) {
        Some(Object::Deployment(deployment)) => Some(&**deployment),
        _ => None,
    };
    let mut versions = Vec::with_capacity(rollout.versions.len());
    for version in &rollout.versions {
        let set: Option<&ReplicaSet> = match lens.get(&version.at) {
            Some(Object::Set(set)) => Some(set),
            _ => None,
        };
        versions.push(Side { version, set });
    }
    let scalers = lens.scalers(&rollout.at);
    let tails = tails(rollout, lens);
    let events = telling(rollout, lens);
    rules::check(&Case { rollout, deployment, versions, events, scalers, tails, now })
}

/// Log tails of containers that have restarted.
fn tails<'a>(rollout: &Rollout, lens: &mut Lens<'a>) -> Vec<&'a LogTail> {
    let mut tails = Vec::new();
    for pod in rollout.versions.iter().flat_map(|version| &version.pods.list) {
        for container in pod.containers.iter().filter(|container| container.restarts > 0) {
            tails.extend(lens.tail(&pod.meta.uid, &container.name));
        }
    }
    tails
}

/// The events that rules read about the rollout, its living versions and their pods, newest first.
fn telling<'a>(rollout: &Rollout, lens: &Lens<'a>) -> Vec<&'a Event> {
    let living = || rollout.versions.iter().filter(|version| version.is_alive());
    let pods = living().flat_map(|version| version.pods.list.iter().map(|pod| &pod.meta.at));
    let about = std::iter::once(&rollout.at).chain(living().map(|version| &version.at)).chain(pods);
    let mut events: Vec<&Event> = about.flat_map(|at| lens.events(at)).filter(|event| rules::reads(event)).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.last));
    events
}
