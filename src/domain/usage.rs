//! What pods use of their nodes, as `metrics.k8s.io` says: a moment's processor time and memory.

use serde::{Deserialize, Serialize};

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
