//! Why a body could not be read. Each error is one sentence for a log or a footer.

use std::{error::Error, fmt};

use crate::domain::{Kind, Text};

use super::MAX_ITEM;

/// A body that is not what it should be. The stream it came from is of no more use: list again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bad {
    /// A kind that is not read.
    Unread(Kind),
    /// The body does not begin as protobuf of a Kubernetes server does.
    NotProtobuf,
    /// The body ended before what it announced was there.
    Cut,
    /// The bytes follow no rule of the encoding.
    Malformed(Text),
    /// One item or frame is longer than [`MAX_ITEM`].
    TooLarge,
    /// The body holds another kind than was asked for.
    Unexpected {
        /// The kind that was asked for.
        wanted: Text,
        /// The kind that came.
        got: Text,
    },
    /// A watch event of a type that Kubernetes does not have.
    EventType(Text),
}

impl Bad {
    /// A malformed body, in the words of whoever noticed.
    pub(super) fn malformed(why: &dyn fmt::Display) -> Self {
        Self::Malformed(Text::from(why.to_string()))
    }
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(kind) => write!(f, "objects of kind {kind} are not read"),
            Self::NotProtobuf => f.write_str("the answer does not begin as Kubernetes protobuf does"),
            Self::Cut => f.write_str("the answer was cut off before its end"),
            Self::Malformed(why) => write!(f, "the answer cannot be decoded: {why}"),
            Self::TooLarge => write!(f, "one object of the answer is larger than {} MiB", MAX_ITEM >> 20),
            Self::Unexpected { wanted, got } => write!(f, "asked for {wanted}, the server answered {got}"),
            Self::EventType(word) => write!(f, "the watch sent an event of the unknown type {word}"),
        }
    }
}

impl Error for Bad {}
