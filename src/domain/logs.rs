//! Lines that containers write, of one pod or of all pods of a version.

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Ref, Text};

/// Whose lines are wanted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogAsk {
    /// The pod.
    pub pod: Ref,
    /// The container.
    pub container: Name,
    /// Its run before the last restart, instead of the current one.
    pub previous: bool,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Whose.
    pub of: LogAsk,
    /// When the container runtime took it; None if the server did not say.
    pub at: Option<Moment>,
    /// The line without its end.
    pub says: Text,
}

/// How the stream of one container is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogState {
    /// Asked for.
    Opening,
    /// Lines come as they are written.
    Following,
    /// The container ended, or its previous run was read whole.
    Ended,
    /// It broke, or cannot be had: why.
    Broken(Text),
}
