//! A small store: a heap of objects that can be looked at.

use std::sync::Arc;

use crate::domain::{Deployment, Hpa, Kind, LogTail, Look, Name, Object, Pod, Ref, ReplicaSet, Selector, Uid};

/// Objects, and kinds that may not be read.
#[derive(Default)]
pub(crate) struct World {
    objects: Vec<Object>,
    denied: Vec<Kind>,
}

impl World {
    /// With an object more.
    pub(crate) fn and(mut self, object: impl Into<Object>) -> Self {
        self.objects.push(object.into());
        self
    }

    /// With a kind that may not be read.
    pub(crate) fn denied(mut self, kind: Kind) -> Self {
        self.denied.push(kind);
        self
    }

    fn seen(&self, is: impl Fn(&Object) -> bool) -> Vec<&Object> {
        let mut found: Vec<_> = self.objects.iter().filter(|o| !self.denied.contains(&o.at().kind) && is(o)).collect();
        found.sort_by(|a, b| a.at().cmp(b.at()));
        found
    }
}

impl<'a> Look<'a> for &'a World {
    fn get(&mut self, at: &Ref) -> Option<&'a Object> {
        self.seen(|o| o.at() == at).first().copied()
    }
    fn all(&mut self, cluster: &Name, kind: &Kind, namespace: &Name) -> Vec<&'a Object> {
        self.seen(|o| o.at().cluster == *cluster && o.at().kind == *kind && o.at().namespace == *namespace)
    }
    fn owned(&mut self, by: &Uid) -> Vec<&'a Object> {
        self.seen(|o| o.meta().owner.as_ref().is_some_and(|owner| owner.uid == *by))
    }
    fn selected(&mut self, cluster: &Name, namespace: &Name, by: &Selector) -> Vec<&'a Pod> {
        let pods = self.all(cluster, &Kind::POD, namespace).into_iter();
        pods.filter_map(|o| if let Object::Pod(pod) = o { Some(&**pod) } else { None })
            .filter(|pod| by.matches(&pod.meta.labels))
            .collect()
    }
    fn tail(&mut self, _pod: &Uid, _container: &Name) -> Option<&'a LogTail> {
        None
    }
    fn readable(&mut self, _cluster: &Name, kind: &Kind, _namespace: &Name) -> bool {
        !self.denied.contains(kind)
    }
}

impl From<Deployment> for Object {
    fn from(object: Deployment) -> Self {
        Self::Deployment(Arc::new(object))
    }
}

impl From<ReplicaSet> for Object {
    fn from(object: ReplicaSet) -> Self {
        Self::Set(Arc::new(object))
    }
}

impl From<Pod> for Object {
    fn from(object: Pod) -> Self {
        Self::Pod(Arc::new(object))
    }
}

impl From<Hpa> for Object {
    fn from(object: Hpa) -> Self {
        Self::Hpa(Arc::new(object))
    }
}
