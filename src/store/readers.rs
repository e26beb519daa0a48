//! Who looked at what: the footprints that say which claims and rollouts a fact touches.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{Labels, Name, Ref, Seen, Uid, Watching};

/// Something that is computed from lookups.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Reader {
    /// The claims of a namespace (cluster, namespace).
    Claims(Name, Name),
    /// A rollout, by its root.
    Rollout(Ref),
}

impl Reader {
    /// The cluster in which it looks.
    fn cluster(&self) -> &Name {
        match self {
            Self::Claims(cluster, _) => cluster,
            Self::Rollout(root) => &root.cluster,
        }
    }
}

/// All lookups of one computation.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    pub(super) seen: BTreeSet<Seen>,
    pub(super) watching: Vec<Watching>,
}

/// Footprints by reader, and readers by lookup.
#[derive(Default)]
pub(super) struct Readers {
    footprints: HashMap<Reader, Footprint>,
    by_lookup: HashMap<Seen, BTreeSet<Reader>>,
    selecting: BTreeSet<Reader>,
}

impl Readers {
    /// Replaces what a reader has looked at.
    pub(super) fn note(&mut self, reader: &Reader, footprint: Footprint) {
        self.forget(reader);
        for seen in &footprint.seen {
            self.by_lookup.entry(seen.clone()).or_default().insert(reader.clone());
        }
        if !footprint.watching.is_empty() {
            self.selecting.insert(reader.clone());
        }
        self.footprints.insert(reader.clone(), footprint);
    }

    /// Forgets a reader.
    pub(super) fn forget(&mut self, reader: &Reader) {
        let Some(old) = self.footprints.remove(reader) else { return };
        for seen in &old.seen {
            if let Some(readers) = self.by_lookup.get_mut(seen) {
                readers.remove(reader);
                if readers.is_empty() {
                    self.by_lookup.remove(seen);
                }
            }
        }
        self.selecting.remove(reader);
    }

    /// Who made this lookup.
    pub(super) fn of<'a>(&'a self, seen: &Seen) -> impl Iterator<Item = &'a Reader> + use<'a> {
        self.by_lookup.get(seen).into_iter().flatten()
    }

    /// Who looked up in that cluster what an owner owns.
    pub(super) fn of_owned(&self, cluster: &Name, by: &Uid) -> impl Iterator<Item = &Reader> {
        self.of(&Seen::Owned(by.clone())).filter(move |reader| reader.cluster() == cluster)
    }

    /// Whose pod selectors select an object with these labels.
    pub(super) fn selecting<'a>(&'a self, at: &'a Ref, labels: &'a Labels) -> impl Iterator<Item = &'a Reader> {
        let touches = move |reader: &&Reader| {
            self.footprints.get(*reader).is_some_and(|f| f.watching.iter().any(|w| w.touches(at, labels)))
        };
        self.selecting.iter().filter(touches)
    }
}
