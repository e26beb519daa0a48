//! [`Look`] over the index: answers lookups and notes each of them, found or not.

use super::{endings::Endings, feeds::Feeds, index::Index, readers::Footprint};
use crate::domain::{Event, Kind, LogTail, Look, Name, Object, Pod, Ref, Seen, Selector, Uid, Watching};

use std::collections::HashMap;

/// Log tails by cluster, pod and container.
pub(super) type Tails = HashMap<(Name, Uid, Name), LogTail>;

/// A view of one cluster's part of the store that leaves a footprint. Clusters restored from one backup share uids.
pub(super) struct Lens<'a> {
    pub(super) cluster: Name,
    pub(super) index: &'a Index,
    pub(super) feeds: &'a Feeds,
    pub(super) tails: &'a Tails,
    pub(super) endings: &'a Endings,
    pub(super) footprint: Footprint,
}

impl<'a> Look<'a> for Lens<'a> {
    fn get(&mut self, at: &Ref) -> Option<&'a Object> {
        self.footprint.seen.insert(Seen::One(at.clone()));
        self.index.get(at)
    }

    fn all(&mut self, cluster: &Name, kind: &Kind, namespace: &Name) -> Vec<&'a Object> {
        self.footprint.seen.insert(Seen::All(cluster.clone(), kind.clone(), namespace.clone()));
        self.index.all(cluster, kind, namespace).collect()
    }

    fn owned(&mut self, by: &Uid) -> Vec<&'a Object> {
        self.footprint.seen.insert(Seen::Owned(by.clone()));
        self.index.owned(by).filter(|object| object.at().cluster == self.cluster).collect()
    }

    fn selected(&mut self, cluster: &Name, namespace: &Name, by: &Selector) -> Vec<&'a Pod> {
        self.footprint.watching.push(Watching {
            cluster: cluster.clone(),
            namespace: namespace.clone(),
            by: by.clone(),
        });
        let pods = self.index.all(cluster, &Kind::POD, namespace);
        let pods = pods.filter_map(|o| if let Object::Pod(pod) = o { Some(&**pod) } else { None });
        pods.filter(|pod| by.matches(&pod.meta.labels)).collect()
    }

    fn tail(&mut self, pod: &Uid, container: &Name) -> Option<&'a LogTail> {
        self.footprint.seen.insert(Seen::Tail(pod.clone()));
        self.tails.get(&(self.cluster.clone(), pod.clone(), container.clone()))
    }

    fn readable(&mut self, cluster: &Name, kind: &Kind, namespace: &Name) -> bool {
        self.feeds.readable(cluster, kind, namespace)
    }
}

impl<'a> Lens<'a> {
    /// The events about an object. Not in the footprint: an event touches whoever sees the object it is about.
    pub(super) fn events(&self, about: &Ref) -> impl Iterator<Item = &'a Event> + use<'a> {
        let index = self.index;
        let events: Vec<&'a Object> = index.about(about).collect();
        events.into_iter().filter_map(|o| if let Object::Event(event) = o { Some(&**event) } else { None })
    }
}
