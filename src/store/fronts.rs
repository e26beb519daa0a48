//! The Services in front of a rollout, and those that tell its versions apart: what routers measure is measured per Service.

use std::collections::BTreeSet;

use super::lens::Lens;
use crate::domain::{Kind, Labels, Look, Name, Object, Rollout, Selector, Service, Uid, Version};

/// Notes them. Nothing is known while Services are not read.
pub(super) fn note(rollout: &mut Rollout, lens: &mut Lens<'_>) {
    let at = rollout.at.clone();
    let services = lens.all(&at.cluster, &Kind::SERVICE, &at.namespace);
    let services =
        services.into_iter().filter_map(|o| if let Object::Service(service) = o { Some(&**service) } else { None });
    let services: Vec<&Service> = services.filter(|service| !service.selector.is_empty()).collect();
    if services.is_empty() {
        return;
    }
    let labels: Vec<Option<Labels>> = rollout.versions.iter().map(|version| labels(version, lens)).collect();
    let living: BTreeSet<Uid> = rollout.living().map(|version| version.uid.clone()).collect();
    let sides = || rollout.versions.iter().zip(&labels);
    let selected = |service: &Service| -> Vec<&Version> {
        let selects =
            |labels: &Option<Labels>| labels.as_ref().is_some_and(|labels| labels.contains(&service.selector));
        sides().filter(|(_, labels)| selects(labels)).map(|(version, _)| version).collect()
    };
    let mut fronts = Vec::new();
    let mut own: Vec<(Uid, Name)> = Vec::new();
    for service in services {
        let of = selected(service);
        if of.iter().any(|version| living.contains(&version.uid)) {
            fronts.push(service.meta.at.name.clone());
        }
        if let [only] = of.as_slice()
            && selects_no_other(service, only, lens)
        {
            own.push((only.uid.clone(), service.meta.at.name.clone()));
        }
    }
    rollout.door.services = fronts;
    // Where a router is, its driver has said which.
    for version in rollout.versions.iter_mut().filter(|version| version.services.is_empty()) {
        version.services = own.iter().filter(|(uid, _)| *uid == version.uid).map(|(_, name)| name.clone()).collect();
    }
}

/// The labels that a version's pods have. A ReplicaSet carries those of its template, so that it can be told with no pod there;
/// past versions count too: what a Service measured then was theirs.
fn labels(version: &Version, lens: &mut Lens<'_>) -> Option<Labels> {
    let of_set = match lens.get(&version.at) {
        Some(Object::Set(set)) => Some(set.meta.labels.clone()),
        Some(Object::Deployment(whole)) => Some(whole.template.labels.clone()),
        _ => None,
    };
    of_set.or_else(|| version.pods.list.first().map(|pod| pod.meta.labels.clone()))
}

/// Whether all pods that the Service selects are this version's.
fn selects_no_other(service: &Service, version: &Version, lens: &mut Lens<'_>) -> bool {
    let by = Selector::labels(service.selector.clone());
    let pods = lens.selected(&service.meta.at.cluster, &service.meta.at.namespace, &by);
    version.pods.known && pods.iter().all(|pod| version.pods.list.iter().any(|own| own.meta.uid == pod.meta.uid))
}
