//! Which series are whose: from what a query pack calls a version or a Service to the version and the rollout.

use std::collections::HashMap;

use crate::domain::{Name, Naming, Rollout, Version, is_backend, pod_prefix};

/// Whatever is known by namespace and name of series.
pub(super) type Named<T> = HashMap<(Name, Name), T>;

/// What the series tell of a version.
pub(super) enum Told<'s, T> {
    /// Nothing can be told: its numbers and those of another version are one, or it is not known yet which are its own.
    Apart,
    /// There are none.
    Silent,
    /// These.
    By(Vec<&'s T>),
}

impl<'s, T> Told<'s, T> {
    fn by(found: Vec<&'s T>) -> Self {
        if found.is_empty() { Self::Silent } else { Self::By(found) }
    }
}

/// The series of a version.
pub(super) fn version<'s, T>(naming: Naming, series: &'s Named<T>, rollout: &Rollout, of: &Version) -> Told<'s, T> {
    let named = |name: &str| series.get(&(of.at.namespace.clone(), Name::from(name)));
    match naming {
        Naming::ReplicaSet if of.is_workload() => {
            let of_set = |set: &Name| named(set).or_else(|| named(pod_prefix(set)));
            Told::by(of.sets.iter().filter_map(of_set).collect())
        }
        Naming::ReplicaSet => {
            let prefix = pod_prefix(&of.at.name);
            let twin = |other: &Version| other.uid != of.uid && pod_prefix(&other.at.name) == prefix;
            // The whole name is known where labels have it; else pods of versions with one beginning are one.
            match named(&of.at.name) {
                Some(whole) if prefix.len() < of.at.name.len() => Told::By(vec![whole]),
                _ if rollout.versions.iter().any(twin) => Told::Apart,
                _ => Told::by(named(prefix).into_iter().collect()),
            }
        }
        Naming::Workload if of.is_workload() => Told::by(named(&of.at.name).into_iter().collect()),
        Naming::Workload if rollout.versions.len() == 1 => Told::by(named(&rollout.at.name).into_iter().collect()),
        Naming::Workload => Told::Apart,
        Naming::Backend if of.services.is_empty() => Told::Apart,
        Naming::Backend => Told::by(services(series, &of.at.namespace, &of.services)),
    }
}

/// The series of these Services.
pub(super) fn services<'s, T>(series: &'s Named<T>, namespace: &Name, services: &[Name]) -> Vec<&'s T> {
    let is_ours = |(of, word): &(Name, Name)| {
        (of.is_empty() || of == namespace)
            && services
                .iter()
                .any(|service| (!of.is_empty() || word != service) && is_backend(word, namespace, service))
    };
    let mut found: Vec<(&(Name, Name), &T)> = series.iter().filter(|(key, _)| is_ours(key)).collect();
    found.sort_unstable_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, found)| found).collect()
}
