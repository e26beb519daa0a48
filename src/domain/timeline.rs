//! What happened, told in one list: transitions the watch showed, Kubernetes events, and what the operator did.

use serde::{Deserialize, Serialize};

use super::{Moment, Ref, Text};

/// Who tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Teller {
    /// An object changed under the watch.
    Watch,
    /// A component wrote an Event.
    Event,
    /// The operator did it here.
    You,
}

/// How it feels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tone {
    /// Business as usual.
    Plain,
    /// Something got better or was finished.
    Good,
    /// Something is wrong.
    Bad,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it happened last.
    pub at: Moment,
    /// Who tells it.
    pub teller: Teller,
    /// How it feels.
    pub tone: Tone,
    /// Which object.
    pub about: Ref,
    /// The sentence, without the object's name.
    pub says: Text,
    /// How often it happened: equal lines next to each other collapse into one.
    pub times: u32,
}

impl Entry {
    /// Whether `later` says the same about the same kind of object, so that both can share a line: the same sentence
    /// from the same teller; pods of one family are told apart by nobody who reads twenty equal lines.
    pub fn same_as(&self, later: &Self) -> bool {
        self.teller == later.teller && self.says == later.says && self.about.kind == later.about.kind
    }
}
