//! What a rule noticed, and what a rule would like to know.

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Ref, Text, Uid};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The rollout cannot go on, or users are hurt.
    Critical,
    /// It may get there, or hurts a little.
    Warning,
    /// Worth knowing.
    Info,
}

/// Something a rule noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name (`image-pull`); a contract of `status --output json`.
    pub rule: Name,
    /// How bad.
    pub severity: Severity,
    /// What is the matter, in one sentence with names and numbers.
    pub message: Text,
    /// What to do or where to look next.
    pub advice: Text,
    /// The object it is seen on (the worst one of many).
    pub about: Ref,
    /// Which version: the uid of its ReplicaSet; None for the rollout as a whole.
    pub version: Option<Uid>,
    /// Since when, if the source says.
    pub since: Option<Moment>,
    /// Whether this alone keeps the rollout from getting anywhere: its state is then *stuck*, with `label` as the reason.
    pub sticks: bool,
    /// The cause in at most three words (`image pull`), for a column of the board.
    pub label: Text,
    /// Further lines, such as the end of a log.
    pub detail: Vec<Text>,
}

/// What a rule would like to know and the watches do not carry. The loop fetches it if the operator looks at the rollout.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Want {
    /// The last lines that the previous run of a container wrote.
    PreviousLog {
        /// The pod.
        pod: Ref,
        /// Its incarnation.
        uid: Uid,
        /// The container.
        container: Name,
        /// Its restarts: after the next crash the lines are fetched again.
        restarts: i32,
    },
}
