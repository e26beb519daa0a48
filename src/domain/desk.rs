//! What the operator has on the desk: the plan being made, what was done, log lines and differences asked for. The loop
//! fills it by facts; screens draw it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Deed, Diff, LogAsk, LogLine, LogState, Plan, Text};

/// The desk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desk {
    /// The plan that is open.
    pub plan: Option<Plan>,
    /// What was done, oldest first: what the journal holds of earlier programs, and what this one did.
    pub deeds: Vec<Arc<Deed>>,
    /// Why the journal cannot be read, if so.
    pub journal_trouble: Option<Text>,
    /// The lines of the containers that are looked at.
    pub logs: LogBook,
    /// The difference that was asked for last.
    pub diff: Option<Diff>,
}

impl Desk {
    /// The deed of that id.
    pub fn deed(&self, id: &str) -> Option<&Arc<Deed>> {
        self.deeds.iter().find(|deed| deed.id == *id)
    }
}

/// Log lines of several containers, merged by time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogBook {
    /// The streams, and how each is.
    pub streams: BTreeMap<LogAsk, LogState>,
    /// The lines, oldest first.
    pub lines: VecDeque<LogLine>,
    /// How many older lines were let go of.
    pub dropped: usize,
}
