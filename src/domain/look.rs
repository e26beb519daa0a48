//! The trait through which systems and rules see the store, and the footprint it leaves.

use serde::{Deserialize, Serialize};

use super::{Hpa, Kind, Labels, LogTail, Name, Object, Pod, Ref, Selector, Uid};

/// All that a system may look at. The store implements it and notes every lookup, found or not: that footprint says
/// which rollouts a later fact touches.
pub trait Look<'a> {
    /// One object.
    fn get(&mut self, at: &Ref) -> Option<&'a Object>;
    /// All objects of a kind in a namespace of a cluster; never pods.
    fn all(&mut self, cluster: &Name, kind: &Kind, namespace: &Name) -> Vec<&'a Object>;
    /// The objects whose controlling owner has this uid, by name.
    fn owned(&mut self, by: &Uid) -> Vec<&'a Object>;
    /// The pods a selector selects, by name.
    fn selected(&mut self, cluster: &Name, namespace: &Name, by: &Selector) -> Vec<&'a Pod>;
    /// The previous run's last lines of a container, if they were fetched.
    fn tail(&mut self, pod: &Uid, container: &Name) -> Option<&'a LogTail>;
    /// Whether a kind may be read there: what is denied must not read as "there is none".
    fn readable(&mut self, cluster: &Name, kind: &Kind, namespace: &Name) -> bool;

    /// The HPAs that target a workload.
    fn scalers(&mut self, target: &Ref) -> Vec<&'a Hpa> {
        let hpas = self.all(&target.cluster, &Kind::HPA, &target.namespace);
        let ours = |hpa: &&Hpa| hpa.target_kind == target.kind && hpa.target == target.name;
        hpas.into_iter()
            .filter_map(|o| if let Object::Hpa(hpa) = o { Some(&**hpa) } else { None })
            .filter(ours)
            .collect()
    }
}

/// One lookup, as the footprint keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Seen {
    /// One object was asked for.
    One(Ref),
    /// All of a kind in a namespace (cluster, kind, namespace).
    All(Name, Kind, Name),
    /// What an owner owns.
    Owned(Uid),
    /// Log lines of a pod.
    Tail(Uid),
}

/// Labels of a pod that a selector lookup depends on: cluster, namespace and the selector itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// The cluster.
    pub cluster: Name,
    /// The namespace.
    pub namespace: Name,
    /// The selector.
    pub by: Selector,
}

impl Watching {
    /// Whether a pod with these labels would change the answer.
    pub fn touches(&self, at: &Ref, labels: &Labels) -> bool {
        self.cluster == at.cluster && self.namespace == at.namespace && self.by.matches(labels)
    }
}
