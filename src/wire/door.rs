//! The door through which foreign words come in: what is said a thousand times is kept once.
//!
//! Ten thousand pods name a few nodes, images, containers, reasons and label sets. The pools are bounded, so that weeks
//! of churning names do not add up.

use std::{borrow::Borrow, collections::HashSet, hash::Hash, mem};

use crate::domain::{Condition, Kind, Labels, Name, Text, Truth, Uid};

use super::meta::Pair;

/// Words longer than this are hardly ever said twice, bytes.
const SHORT: usize = 128;
/// How many words of a sort a pool remembers at least.
const WORDS: usize = 4_096;
/// How many label sets the pool remembers at least.
const SETS: usize = 4_096;

/// Turns the words of one cluster's server into domain words. Keep one for each stream of objects.
#[derive(Debug)]
pub struct Door {
    cluster: Name,
    names: Pool<Name>,
    texts: Pool<Text>,
    uids: Pool<Uid>,
    sets: Pool<Labels>,
}

impl Door {
    /// A door to that cluster (the name of its kubeconfig context).
    pub fn new(cluster: Name) -> Self {
        let (names, texts, uids) = (Pool::new(WORDS), Pool::new(WORDS), Pool::new(WORDS));
        Self { cluster, names, texts, uids, sets: Pool::new(SETS) }
    }

    /// The cluster behind it.
    pub(super) fn cluster(&self) -> Name {
        self.cluster.clone()
    }

    /// A name that others will say too.
    pub(super) fn name(&mut self, bytes: &[u8]) -> Name {
        word(&mut self.names, bytes)
    }

    /// A uid that others will say too.
    pub(super) fn uid(&mut self, bytes: &[u8]) -> Uid {
        word(&mut self.uids, bytes)
    }

    /// Free text; short ones are often said again (images, the messages of probes).
    pub(super) fn text(&mut self, bytes: &[u8]) -> Text {
        word(&mut self.texts, bytes)
    }

    /// A kind, out of `apps/v1` and `Deployment`.
    pub(super) fn kind(&mut self, api_version: &[u8], kind: &[u8]) -> Kind {
        let group = api_version.iter().position(|byte| *byte == b'/').and_then(|slash| api_version.get(..slash));
        Kind { group: self.name(group.unwrap_or_default()), kind: self.name(kind) }
    }

    /// A set of labels, shared with all objects that carry exactly these.
    pub(super) fn labels(&mut self, pairs: &[Pair]) -> Labels {
        let set: Labels = pairs.iter().map(|pair| (self.name(&pair.key), self.name(&pair.value))).collect();
        self.sets.shared(&set.clone(), || set)
    }

    /// A condition without its times.
    pub(super) fn condition(&mut self, name: &[u8], status: &[u8], reason: &[u8], message: &[u8]) -> Condition {
        let truth = match status {
            b"True" => Truth::Yes,
            b"False" => Truth::No,
            _ => Truth::Unknown,
        };
        let (reason, message) = (self.name(reason), self.text(message));
        Condition { name: self.name(name), truth, reason, message, since: None, updated: None }
    }
}

/// A word that nobody else says: the name or the uid of an object itself. It goes past the pools.
pub(super) fn own<W: for<'a> From<&'a str>>(bytes: &[u8]) -> W {
    W::from(&String::from_utf8_lossy(bytes))
}

fn word<W>(pool: &mut Pool<W>, bytes: &[u8]) -> W
where
    W: Borrow<str> + Eq + Hash + Clone + Default + for<'a> From<&'a str>,
{
    if bytes.is_empty() {
        return W::default();
    }
    let word = String::from_utf8_lossy(bytes);
    if word.len() > SHORT { W::from(&word) } else { pool.shared(&*word, || W::from(&word)) }
}

/// Remembers the last things said, at least `room` and at most twice as many of them: when the young half is full, the
/// old half is forgotten. What is still said moves over.
#[derive(Debug)]
struct Pool<T> {
    room: usize,
    young: HashSet<T>,
    old: HashSet<T>,
}

impl<T: Eq + Hash + Clone> Pool<T> {
    fn new(room: usize) -> Self {
        Self { room, young: HashSet::new(), old: HashSet::new() }
    }

    fn shared<Q: Eq + Hash + ?Sized>(&mut self, key: &Q, make: impl FnOnce() -> T) -> T
    where
        T: Borrow<Q>,
    {
        if let Some(known) = self.young.get(key) {
            return known.clone();
        }
        if self.young.len() >= self.room {
            self.old = mem::take(&mut self.young);
        }
        let value = self.old.take(key).unwrap_or_else(make);
        self.young.insert(value.clone());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_share_their_memory() {
        let mut door = Door::new("lab".into());
        let (one, two) = (door.name(b"node-1"), door.name(b"node-1"));
        assert!(std::ptr::eq(one.as_str(), two.as_str()));
        let pairs = [Pair { key: "app".into(), value: "web".into() }];
        let (one, two) = (door.labels(&pairs), door.labels(&pairs));
        assert!(std::ptr::eq(one.get("app").unwrap().as_str(), two.get("app").unwrap().as_str()));
        assert!(std::ptr::eq(one.iter().next().unwrap(), two.iter().next().unwrap()));
    }

    #[test]
    fn a_pool_forgets_what_is_no_longer_said() {
        let mut pool: Pool<Name> = Pool::new(4);
        let kept = word(&mut pool, b"kept");
        for n in 0..100 {
            word(&mut pool, format!("n{n}").as_bytes());
            assert!(std::ptr::eq(word(&mut pool, b"kept").as_str(), kept.as_str()));
        }
        assert!(pool.young.len() + pool.old.len() <= 8);
    }

    #[test]
    fn a_kind_is_its_group_without_the_version() {
        let mut door = Door::new("lab".into());
        assert_eq!(door.kind(b"apps/v1", b"ReplicaSet"), Kind::REPLICA_SET);
        assert_eq!(door.kind(b"v1", b"Pod"), Kind::POD);
        assert_eq!(door.kind(b"", b"Pod"), Kind::POD);
    }
}
