//! What pods use of their nodes, as `metrics.k8s.io` says: a moment's processor time and memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Name, Text};

/// What some containers use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time: billionths of a core.
    pub cpu_nano: u64,
    /// Memory that cannot be reclaimed (the working set), bytes.
    pub memory: u64,
}

impl Usage {
    /// Processor time, cores.
    pub fn cores(self) -> f64 {
        super::num::big_f64(self.cpu_nano) / 1e9
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            cpu_nano: sum.cpu_nano.saturating_add(one.cpu_nano),
            memory: sum.memory.saturating_add(one.memory),
        })
    }
}

/// What the pods of a namespace use, by pod, those that are measured; or why that is not known.
pub type UsageOf = Result<BTreeMap<Name, Usage>, Unmeasured>;

/// Why it is not known what pods use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unmeasured {
    /// The cluster has no metrics server. Many have none: that is no trouble.
    Absent,
    /// It may not be read, or it does not answer: a sentence.
    Trouble(Text),
}

/// What the running pods of a version use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Those that are measured, together.
    pub sum: Usage,
    /// How many are measured: the metrics server knows a pod once it has asked its node twice.
    pub pods: usize,
    /// How many run.
    pub running: usize,
}
