//! The difference between two pod templates, as lines with the words that changed.

use serde::{Deserialize, Serialize};

use super::{Ref, Text};

/// What is compared: revisions by their ReplicaSets, or the Deployment's own template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffAsk {
    /// The older side.
    pub old: Ref,
    /// The newer side.
    pub new: Ref,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// What was asked.
    pub of: DiffAsk,
    /// The lines, with a few equal ones around each change; empty when the templates are equal. Or why they could not be
    /// read.
    pub lines: Result<Vec<DiffLine>, Text>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// Which side has it.
    pub side: DiffSide,
    /// Its pieces, and whether each is one of the words that changed.
    pub pieces: Vec<(bool, Text)>,
}

/// Which side has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiffSide {
    /// Both.
    Both,
    /// Only the older.
    Old,
    /// Only the newer.
    New,
    /// Lines that are equal and left out.
    Gap,
}
