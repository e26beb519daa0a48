//! What is known of pods that may explain why some of them are worse than others of the same version: where they run, and what
//! of. Who is worse is found elsewhere.
//!
//! Zones come with the endpoints of Services and, in newer clusters, with the labels of pods; pools, and zones where neither says
//! them, with the labels of nodes, as far as those may be read. What a ReplicaSet gives all its pods (checksums of
//! configuration in its template, ConfigMaps that it names) cannot set them apart; of a workload with several ReplicaSets
//! their template hash stands for all of that.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Store;
use crate::domain::{ContainerRole, Kind, Name, Object, Place, Pod, PodTraits, Ref, Text, Uid, ZONE, pod_prefix};

/// Of a digest so much tells it from others.
const DIGEST: usize = 12;

impl Store {
    /// The traits of the pods of these ReplicaSets in a namespace.
    pub(super) fn traits(&self, at: &Ref, sets: &BTreeSet<Name>) -> Vec<PodTraits> {
        let (zones, places) = (self.zones(at), self.places.get(&at.cluster));
        let prefixes: BTreeSet<&str> = sets.iter().map(|set| pod_prefix(set)).collect();
        let is_theirs = |pod: &&Arc<Pod>| {
            let owner = pod.meta.owner.as_ref();
            owner.is_some_and(|owner| sets.contains(&owner.name) || prefixes.contains(pod_prefix(&owner.name)))
        };
        let pods = self.index.all(&at.cluster, &Kind::POD, &at.namespace);
        let pods = pods.filter_map(|o| if let Object::Pod(pod) = o { Some(pod) } else { None });
        let place = |pod: &Pod| places.zip(pod.node.as_ref()).and_then(|(places, node)| places.get(node));
        pods.filter(is_theirs).map(|pod| of(pod, zones.get(&pod.meta.uid).copied(), place(pod))).collect()
    }

    /// The zone of each pod that is an endpoint of a Service.
    fn zones(&self, at: &Ref) -> BTreeMap<&Uid, &Name> {
        let slices = self.index.all(&at.cluster, &Kind::SLICE, &at.namespace);
        let slices = slices.filter_map(|o| if let Object::Slice(slice) = o { Some(slice) } else { None });
        let endpoints = slices.flat_map(|slice| &slice.endpoints);
        endpoints.filter_map(|endpoint| Some((&endpoint.pod, endpoint.zone.as_ref()?))).collect()
    }
}

fn of(pod: &Pod, zone: Option<&Name>, place: Option<&Place>) -> PodTraits {
    let zone = zone.or_else(|| pod.meta.labels.get(ZONE)).or_else(|| place?.zone.as_ref());
    let text = |name: &Name| Text::from(name.as_str());
    let known = [
        ("node", pod.node.as_ref().map(text)),
        ("zone", zone.map(text)),
        ("pool", place.and_then(|place| place.pool.as_ref()).map(text)),
        ("machine type", place.and_then(|place| place.machine.as_ref()).map(text)),
        ("image", digest(pod)),
        ("template", pod.meta.labels.get("pod-template-hash").map(text)),
    ];
    PodTraits {
        pod: pod.meta.at.name.clone(),
        started: Some(pod.meta.created),
        traits: known.into_iter().filter_map(|(kind, value)| Some((Name::fixed(kind), value?))).collect(),
    }
}

/// The beginning of the digest of its first ordinary container: two pods of one tag may run two images.
fn digest(pod: &Pod) -> Option<Text> {
    let first = pod.containers.iter().find(|container| container.role == ContainerRole::Main)?;
    let (_, digest) = first.digest.rsplit_once("sha256:")?;
    Some(Text::from(digest.get(..DIGEST).unwrap_or(digest)))
}
