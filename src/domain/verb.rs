//! What an operator may want to do to a rollout, what it takes to be asked for, and whether it can be done. How is the
//! business of systems.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Text;

/// What an operator may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Stop an update where it is.
    Pause,
    /// Let it go on.
    Resume,
    /// Go back to an earlier revision.
    Undo,
    /// Replace all pods, same version.
    Restart,
    /// Change the number of pods.
    Scale,
    /// Change an image.
    SetImage,
    /// Change who gets which share of the traffic.
    Shift,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Pause, Self::Resume, Self::Undo, Self::Restart, Self::Scale, Self::SetImage, Self::Shift];

    /// What it has to know before it can be planned.
    pub const fn asks(self) -> Asks {
        match self {
            Self::Pause | Self::Resume | Self::Undo | Self::Restart => Asks::Nothing,
            Self::Scale => Asks::Replicas,
            Self::SetImage => Asks::Images,
            Self::Shift => Asks::Shares,
        }
    }

    /// The word, as the command line and JSON write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Undo => "undo",
            Self::Restart => "restart",
            Self::Scale => "scale",
            Self::SetImage => "set-image",
            Self::Shift => "shift",
        }
    }
}

/// What a verb has to know, beyond what may be left to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// A number of pods.
    Replicas,
    /// Images by container.
    Images,
    /// Shares of the traffic by version.
    Shares,
}

/// A verb, and why not if it is not able now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The verb.
    pub verb: Verb,
    /// Able, or why not.
    pub able: Result<(), Why>,
}

/// Why something cannot be done, as a sentence for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why(pub Text);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
