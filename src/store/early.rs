//! Lines about objects whose owner has not arrived yet: each kind has a watch of its own, so a pod may be seen before its
//! ReplicaSet. They wait here, a bounded number of them: an owner that never comes must not cost memory for ever.

use std::collections::{HashMap, VecDeque};

use crate::domain::{Entry, Name, Uid};

/// Lines that wait at most. In a well-ordered world there are none.
const KEPT: usize = 1_000;

/// An owner that is waited for: its cluster and its uid. Clusters restored from one backup share uids.
pub(super) type Awaited = (Name, Uid);

/// The lines, by whom they wait for.
#[derive(Default)]
pub(super) struct Early {
    lines: HashMap<Awaited, VecDeque<Entry>>,
    /// One for each line, oldest first.
    order: VecDeque<Awaited>,
}

impl Early {
    /// Keeps lines until their owner comes; the oldest give way.
    pub(super) fn keep(&mut self, awaited: &Awaited, lines: Vec<Entry>) {
        for line in lines {
            if self.order.len() == KEPT {
                self.drop_oldest();
            }
            self.order.push_back(awaited.clone());
            self.lines.entry(awaited.clone()).or_default().push_back(line);
        }
    }

    /// The lines that waited for an owner, oldest first.
    pub(super) fn take(&mut self, awaited: &Awaited) -> Vec<Entry> {
        let Some(lines) = self.lines.remove(awaited) else { return Vec::new() };
        self.order.retain(|other| other != awaited);
        lines.into()
    }

    /// Whether nothing waits.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty() && self.lines.is_empty()
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else { return };
        if let Some(lines) = self.lines.get_mut(&oldest) {
            lines.pop_front();
            if lines.is_empty() {
                self.lines.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Kind, Moment, Teller, Tone,
        sample::{NOW, at},
    };

    fn line(at_ms: i64) -> Entry {
        let (teller, tone, about) = (Teller::Watch, Tone::Plain, at(Kind::POD, "a"));
        Entry { at: Moment(at_ms), teller, tone, about, says: "created".into(), times: 1 }
    }

    fn owner(name: &str) -> Awaited {
        ("lab".into(), name.into())
    }

    #[test]
    fn lines_come_out_once_and_in_order() {
        let mut early = Early::default();
        early.keep(&owner("a"), vec![line(1), line(2)]);
        early.keep(&owner("b"), vec![line(3)]);
        assert_eq!(early.take(&owner("a")), [line(1), line(2)]);
        assert!(early.take(&owner("a")).is_empty());
        assert_eq!((early.order.len(), early.lines.len()), (1, 1));
    }

    #[test]
    fn owners_that_never_come_do_not_cost_memory_for_ever() {
        let mut early = Early::default();
        for n in 0..3_000 {
            early.keep(&owner(&format!("job-{}", n / 2)), vec![line(n)]);
        }
        assert_eq!((early.order.len(), early.lines.len()), (KEPT, KEPT / 2));
        assert_eq!(early.take(&owner("job-1499")), [line(2_998), line(2_999)]);
        assert!(early.take(&owner("job-0")).is_empty());
        early.keep(&owner("job-0"), vec![line(NOW.0)]);
        assert_eq!(early.take(&owner("job-0")).len(), 1);
    }
}
