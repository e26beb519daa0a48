//! Everything the screen may draw: the rollouts, how fresh they are, and what it costs to know them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Desk, Entry, Gauges, Judged, Kind, Moment, Name, Phase, Ref, Rollout, Text, WayBack, Why};

/// A source that has said nothing for longer is stale.
pub const LIVE_WITHIN: Duration = Duration::from_secs(15);
/// A view older than this is not steered by.
const STEER_WITHIN: Duration = Duration::from_secs(30);

/// One watched collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The context.
    pub cluster: Name,
    /// The kind.
    pub kind: Kind,
    /// The namespace; None for all of them.
    pub namespace: Option<Name>,
}

/// How a source's connection is, as its reader reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// Asking for the first time, or again after the loop changed what it wants.
    Connecting,
    /// The list is complete and the watch is open.
    Live,
    /// It broke and will be tried again.
    Retrying {
        /// Why, in one sentence.
        why: Text,
    },
    /// The server refuses; asked again only when access may have changed.
    Denied {
        /// The server's sentence.
        why: Text,
    },
}

/// How fresh a source is at a moment: what `Link` and silence amount to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Health {
    /// Its first list is arriving.
    Loading,
    /// It spoke within [`LIVE_WITHIN`].
    Live,
    /// It is silent or broken, and shows what it last said.
    Stale {
        /// When it last spoke.
        since: Moment,
        /// Why, if anything said so.
        why: Option<Text>,
    },
    /// It never spoke.
    Down {
        /// Why.
        why: Text,
    },
    /// It may not be read.
    Denied {
        /// The server's sentence.
        why: Text,
    },
}

/// A source and its health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHealth {
    /// Which.
    pub source: Source,
    /// How it is.
    pub health: Health,
    /// Objects it holds.
    pub objects: usize,
}

impl SourceHealth {
    /// Whether the board lacks something because this may not be read. Routers that may not be read are not missed: the cluster
    /// need not even have them.
    pub fn is_missed(&self) -> bool {
        matches!(self.health, Health::Denied { .. }) && !self.source.kind.is_custom()
    }
}

/// A cluster's health and what reading it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterHealth {
    /// The context.
    pub name: Name,
    /// The server's version (`v1.36.1`), once known.
    pub version: Option<Text>,
    /// Requests sent in the last minute.
    pub requests_per_minute: u32,
    /// Bytes received since the start.
    pub bytes: u64,
}

/// All that views may see of the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fleet {
    /// Rollouts by identity.
    pub rollouts: BTreeMap<Ref, Arc<Rollout>>,
    /// Sources, by cluster, kind and namespace.
    pub sources: Vec<SourceHealth>,
    /// Clusters by name.
    pub clusters: Vec<ClusterHealth>,
    /// The timeline of the rollout that is looked at, oldest first.
    pub timeline: Vec<Entry>,
    /// The way back of the rollout that is looked at, if there is one.
    pub way_back: Option<WayBack>,
    /// Pods known in all.
    pub pods: usize,
    /// What the operator has on the desk.
    pub desk: Desk,
    /// What is measured, and how well it can be.
    pub gauges: Gauges,
    /// What is said of the versions of the rollout that is looked at, if they can be compared.
    pub judged: Option<Judged>,
}

impl Fleet {
    /// How many rollouts are in a phase.
    pub fn count(&self, phase: Phase) -> usize {
        self.rollouts.values().filter(|r| r.phase == phase).count()
    }

    /// How many need a human now.
    pub fn needing(&self) -> usize {
        self.rollouts.values().filter(|r| r.phase.needs_human()).count()
    }

    /// Whether a first list is still arriving.
    pub fn is_loading(&self) -> bool {
        self.sources.iter().any(|s| s.health == Health::Loading)
    }

    /// The oldest moment that any silent source last spoke; None while all that may speak do. What only gives advice stops
    /// nobody.
    pub fn stale_since(&self) -> Option<Moment> {
        let stale = |s: &SourceHealth| if let Health::Stale { since, .. } = s.health { Some(since) } else { None };
        self.sources.iter().filter(|s| !s.source.kind.is_advice()).filter_map(stale).min()
    }

    /// Whether the picture is fresh enough to act upon, or why not.
    pub fn may_steer(&self, now: Moment) -> Result<(), Why> {
        match self.stale_since() {
            Some(since) if now.since(since) > STEER_WITHIN => Err(Why(Text::fixed("too old to steer by"))),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether every source has either loaded or said why it cannot: the picture is whole.
    pub fn is_settled(&self) -> bool {
        !self.sources.is_empty()
            && self
                .sources
                .iter()
                .filter(|s| !s.source.kind.is_advice() || s.health == Health::Loading)
                .all(|s| matches!(s.health, Health::Live | Health::Denied { .. } | Health::Stale { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{NOW, ago};

    #[test]
    fn what_gives_advice_forbids_nothing() {
        let source = |kind| Source { cluster: "lab".into(), kind, namespace: None };
        let health = |kind, health| SourceHealth { source: source(kind), health, objects: 0 };
        let old = Health::Stale { since: ago(600), why: None };
        let down = Health::Down { why: "500".into() };
        let sources = vec![
            health(Kind::POD, Health::Live),
            health(Kind::CLUSTER_ANALYSIS_TEMPLATE, old),
            health(Kind::CANARY, down),
        ];
        let fleet = Fleet { sources, ..Fleet::default() };
        assert_eq!((fleet.may_steer(NOW), fleet.is_settled()), (Ok(()), true));
    }

    #[test]
    fn an_old_picture_is_not_steered_by() {
        let source = Source { cluster: "lab".into(), kind: Kind::POD, namespace: None };
        let stale = |secs| {
            let health = Health::Stale { since: ago(secs), why: None };
            Fleet { sources: vec![SourceHealth { source: source.clone(), health, objects: 0 }], ..Fleet::default() }
        };
        assert_eq!(stale(29).may_steer(NOW), Ok(()));
        assert_eq!(stale(31).may_steer(NOW), Err(Why("too old to steer by".into())));
        assert_eq!(Fleet::default().may_steer(NOW), Ok(()));
    }
}
