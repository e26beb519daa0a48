//! A fact: one thing a source said at a moment. Facts are all that ever changes the store, and they are serialisable, so
//! that a recording replayed is the same program.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::domain::{
    Access, Aims, Counted, Curves, Deed, Diff, Link, LogAsk, LogLine, LogState, LogTail, Name, Object, Packs, Place,
    Plan, Ref, Samples, Search, Source, Text, Uid, UsageOf,
};

/// One thing a source said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// A source is about to list: the first time pages show as they come (marked as loading); a re-list is staged and
    /// swapped in at `End`, so that half a list never looks like a whole one.
    Begin(Source),
    /// A part of a list.
    Page(Source, Vec<Object>),
    /// The list is complete: what it did not hold is gone.
    End(Source),
    /// An object appeared or changed.
    Put(Source, Object),
    /// An object went away.
    Gone(Source, Ref, Uid),
    /// A source spoke without news: a bookmark, or a probe of its server was answered.
    Spoke(Source),
    /// A source is no longer read; what it held is forgotten.
    Dropped(Source),
    /// How a source's connection is.
    Link(Source, Link),
    /// The end of a log that a rule wanted.
    Tail(LogTail),
    /// The plan that is open now, or that none is.
    Plan(Option<Plan>),
    /// An action, as far as it is: a later fact about the same one replaces it.
    Deed(Arc<Deed>),
    /// What the journal of earlier programs holds, oldest first, or why it cannot be read.
    Journal(Result<Vec<Arc<Deed>>, Text>),
    /// Which containers' lines are wanted from now on; the lines of others are forgotten.
    Logs(Vec<LogAsk>),
    /// How the stream of a container is.
    LogState(LogAsk, LogState),
    /// Lines of a container, in the order in which they were written.
    Lines(Vec<LogLine>),
    /// A difference that was asked for.
    Diff(Diff),
    /// What we may do in a cluster.
    Rights {
        /// The context.
        cluster: Name,
        /// The answers.
        access: Vec<Access>,
    },
    /// Which query packs the next answers of a source of metrics come from.
    Packs {
        /// The context.
        cluster: Name,
        /// The packs.
        packs: Box<Packs>,
    },
    /// What the rollouts of a cluster are held to from now on.
    Aims {
        /// The context.
        cluster: Name,
        /// As the configuration has it.
        aims: Box<Aims>,
    },
    /// What a source of metrics answered.
    Samples(Box<Samples>),
    /// What a source of metrics answered about a long window: requests and failures only, nothing if it could not.
    Burnt(Box<Samples>),
    /// What a source of metrics counted, block by block.
    Counted(Box<Counted>),
    /// What came of looking for a source of metrics.
    Search {
        /// The context.
        cluster: Name,
        /// What was asked and found.
        search: Box<Search>,
    },
    /// What a source of metrics answered to a query that is not ours.
    Curves(Box<Curves>),
    /// How the connection to a source of metrics is.
    Gauge {
        /// The context whose versions it measures.
        cluster: Name,
        /// Its address, as sentences name it; empty while none is known.
        place: Text,
        /// How often it has something new.
        every: Duration,
        /// How it is.
        link: Link,
    },
    /// What the pods of a namespace use; None when nobody asks any more.
    Usage {
        /// The context.
        cluster: Name,
        /// The namespace.
        namespace: Name,
        /// By pod, or why that is not known.
        used: Option<UsageOf>,
    },
    /// The zones and pools of all nodes.
    Places {
        /// The context.
        cluster: Name,
        /// By node; None if they may not be read, or could not be: what was known stays so.
        places: Option<BTreeMap<Name, Place>>,
    },
    /// What a server said of itself.
    Server {
        /// The context.
        cluster: Name,
        /// Its version.
        version: Text,
    },
    /// What reading a cluster costs so far.
    Meter {
        /// The context.
        cluster: Name,
        /// Requests sent since the start.
        requests: u64,
        /// Bytes received since the start.
        bytes: u64,
    },
    /// How far a server's clock is ahead of ours, milliseconds, out of its `Date` header; good to about a second.
    Skew {
        /// The context.
        cluster: Name,
        /// Server minus local.
        ahead_ms: i64,
    },
}

impl Fact {
    /// The source that it is about, if it is about one.
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::Begin(source)
            | Self::Page(source, _)
            | Self::End(source)
            | Self::Put(source, _)
            | Self::Gone(source, ..)
            | Self::Spoke(source)
            | Self::Dropped(source)
            | Self::Link(source, _) => Some(source),
            Self::Tail(_)
            | Self::Plan(_)
            | Self::Deed(_)
            | Self::Journal(_)
            | Self::Logs(_)
            | Self::LogState(..)
            | Self::Lines(_)
            | Self::Diff(_)
            | Self::Rights { .. }
            | Self::Aims { .. }
            | Self::Burnt(_)
            | Self::Packs { .. }
            | Self::Samples(_)
            | Self::Counted(_)
            | Self::Search { .. }
            | Self::Curves(_)
            | Self::Usage { .. }
            | Self::Places { .. }
            | Self::Gauge { .. }
            | Self::Server { .. }
            | Self::Meter { .. }
            | Self::Skew { .. } => None,
        }
    }
}
