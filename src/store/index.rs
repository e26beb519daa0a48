//! The objects themselves, with the indexes that lookups need: by reference, by collection, by owner, by what an event is about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Kind, Name, Object, Ref, Source, Uid};

/// A collection: one kind in one namespace of one cluster.
type Collection = (Name, Kind, Name);

/// All objects known.
#[derive(Default)]
pub(super) struct Index {
    objects: HashMap<Ref, Object>,
    collections: BTreeMap<Collection, BTreeSet<Name>>,
    owned: HashMap<Uid, BTreeSet<Ref>>,
    about: HashMap<Ref, BTreeSet<Ref>>,
    pods: usize,
}

impl Index {
    pub(super) fn get(&self, at: &Ref) -> Option<&Object> {
        self.objects.get(at)
    }

    /// How many pods there are.
    pub(super) fn pods(&self) -> usize {
        self.pods
    }

    /// Stores an object and hands back what it replaces.
    pub(super) fn put(&mut self, object: Object) -> Option<Object> {
        let at = object.at().clone();
        let old = self.objects.remove(&at);
        if let Some(old) = &old {
            self.unlink(old);
        }
        self.link(&object);
        self.objects.insert(at, object);
        old
    }

    /// Forgets an object; None if it is not there, or is another incarnation than `uid`.
    pub(super) fn remove(&mut self, at: &Ref, uid: Option<&Uid>) -> Option<Object> {
        let held = self.objects.get(at)?;
        if uid.is_some_and(|uid| *uid != held.meta().uid) {
            return None;
        }
        let old = self.objects.remove(at)?;
        self.unlink(&old);
        Some(old)
    }

    fn link(&mut self, object: &Object) {
        let meta = object.meta();
        self.collections.entry(collection(&meta.at)).or_default().insert(meta.at.name.clone());
        if let Some(owner) = &meta.owner {
            self.owned.entry(owner.uid.clone()).or_default().insert(meta.at.clone());
        }
        if let Object::Event(event) = object {
            self.about.entry(event.about.clone()).or_default().insert(meta.at.clone());
        }
        self.pods += usize::from(matches!(object, Object::Pod(_)));
    }

    fn unlink(&mut self, object: &Object) {
        let meta = object.meta();
        let key = collection(&meta.at);
        if let Some(names) = self.collections.get_mut(&key) {
            names.remove(&meta.at.name);
            if names.is_empty() {
                self.collections.remove(&key);
            }
        }
        if let Some(owner) = &meta.owner {
            drop_from(&mut self.owned, &owner.uid, &meta.at);
        }
        if let Object::Event(event) = object {
            drop_from(&mut self.about, &event.about, &meta.at);
        }
        self.pods -= usize::from(matches!(object, Object::Pod(_)));
    }

    /// The objects of a collection, by name.
    pub(super) fn all<'a>(
        &'a self,
        cluster: &Name,
        kind: &Kind,
        namespace: &Name,
    ) -> impl Iterator<Item = &'a Object> + use<'a> {
        let key = (cluster.clone(), kind.clone(), namespace.clone());
        let names = self.collections.get(&key).into_iter().flatten();
        names.filter_map(move |name| {
            let (cluster, kind, namespace) = key.clone();
            self.objects.get(&Ref { cluster, namespace, kind, name: name.clone() })
        })
    }

    /// What an owner owns, by reference.
    pub(super) fn owned(&self, by: &Uid) -> impl Iterator<Item = &Object> {
        self.owned.get(by).into_iter().flatten().filter_map(|at| self.objects.get(at))
    }

    /// The events about an object.
    pub(super) fn about(&self, at: &Ref) -> impl Iterator<Item = &Object> {
        self.about.get(at).into_iter().flatten().filter_map(|at| self.objects.get(at))
    }

    /// Every reference that a source is responsible for.
    pub(super) fn of_source(&self, source: &Source) -> Vec<Ref> {
        let ours = |(cluster, kind, namespace): &Collection| {
            *cluster == source.cluster
                && *kind == source.kind
                && source.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
        };
        let collections = self.collections.iter().filter(|(key, _)| ours(key));
        collections
            .flat_map(|((cluster, kind, namespace), names)| {
                names.iter().map(|name| Ref {
                    cluster: cluster.clone(),
                    namespace: namespace.clone(),
                    kind: kind.clone(),
                    name: name.clone(),
                })
            })
            .collect()
    }

    /// How many objects a source is responsible for.
    pub(super) fn count(&self, source: &Source) -> usize {
        let ours = |(cluster, kind, namespace): &Collection| {
            *cluster == source.cluster
                && *kind == source.kind
                && source.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
        };
        self.collections.iter().filter(|(key, _)| ours(key)).map(|(_, names)| names.len()).sum()
    }
}

fn collection(at: &Ref) -> Collection {
    (at.cluster.clone(), at.kind.clone(), at.namespace.clone())
}

fn drop_from<K: std::hash::Hash + Eq>(sets: &mut HashMap<K, BTreeSet<Ref>>, key: &K, at: &Ref) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(at);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}
