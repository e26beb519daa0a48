//! How long pods took to end, by the owner that they had: what the watch showed, kept after they are gone.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::domain::{Moment, Name, Pod, Uid};

/// Pods of one owner that are remembered.
const KEPT: usize = 32;

/// What was seen, by cluster and owner.
#[derive(Default)]
pub(super) struct Endings {
    seen: HashMap<(Name, Uid), VecDeque<Duration>>,
}

impl Endings {
    /// A pod is gone that had been deleted before.
    pub(super) fn note(&mut self, pod: &Pod, now: Moment) {
        let meta = &pod.meta;
        let (Some(end), Some(grace), Some(owner)) = (meta.deleting, meta.grace_s, &meta.owner) else { return };
        let of_owner = self.seen.entry((meta.at.cluster.clone(), owner.uid.clone())).or_default();
        if of_owner.len() == KEPT {
            of_owner.pop_front();
        }
        of_owner.push_back(now.since(end.shifted(-1_000 * grace)));
    }

    /// An owner is gone.
    pub(super) fn forget(&mut self, cluster: &Name, owner: &Uid) {
        self.seen.remove(&(cluster.clone(), owner.clone()));
    }

    /// How long the last pods of an owner took.
    pub(super) fn of(&self, cluster: &Name, owner: &Uid) -> Vec<Duration> {
        self.seen.get(&(cluster.clone(), owner.clone())).into_iter().flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{self, NOW, ago, later};

    #[test]
    fn the_time_from_deletion_counts_and_only_the_last_pods_do() {
        let mut endings = Endings::default();
        let mut pod = sample::ready("a");
        endings.note(&pod, NOW);
        let (cluster, owner) = (pod.meta.at.cluster.clone(), pod.meta.owner.clone().unwrap().uid);
        assert!(endings.of(&cluster, &owner).is_empty(), "nobody asked it to end");
        (pod.meta.deleting, pod.meta.grace_s) = (Some(later(28)), Some(30));
        endings.note(&pod, NOW);
        assert_eq!(endings.of(&cluster, &owner), [Duration::from_secs(2)]);
        pod.meta.deleting = Some(ago(-20));
        for _ in 0..KEPT {
            endings.note(&pod, NOW);
        }
        assert_eq!(endings.of(&cluster, &owner), [Duration::from_secs(10); KEPT]);
        endings.forget(&cluster, &owner);
        assert!(endings.of(&cluster, &owner).is_empty());
    }
}
