//! The sources: which are listing, what a re-list has brought so far, when each last spoke, and what that amounts to.

use std::collections::{BTreeMap, HashSet};

use super::Fact;
use crate::domain::{
    ClusterHealth, Health, Kind, LIVE_WITHIN, Link, Moment, Name, Object, Ref, Source, SourceHealth, Text,
};

/// One source.
#[derive(Debug, Default)]
struct Feed {
    link: Option<Link>,
    /// Whether a whole list has ever been seen.
    complete: bool,
    /// When the first list was whole.
    since: Option<Moment>,
    spoke: Option<Moment>,
    listing: Option<Listing>,
}

/// A list that is arriving.
#[derive(Debug, Default)]
struct Listing {
    /// Objects of a re-list, held back until it is whole.
    staged: Vec<Object>,
    /// All that it has brought.
    fresh: HashSet<Ref>,
}

/// What a cluster said of itself.
#[derive(Debug, Default)]
struct Server {
    version: Option<Text>,
    skew_ms: i64,
    bytes: u64,
    /// Requests at moments of the last minute, oldest first.
    requests: Vec<(Moment, u64)>,
}

/// What a page of a list means for the index.
pub(super) enum Taken {
    /// These go in at once.
    Now(Vec<Object>),
    /// They wait for the end of the list.
    Staged,
}

/// All sources and servers.
#[derive(Default)]
pub(super) struct Feeds {
    feeds: BTreeMap<Source, Feed>,
    servers: BTreeMap<Name, Server>,
}

impl Feeds {
    /// Local time as that cluster counts it.
    pub(super) fn cluster_time(&self, cluster: &Name, local: Moment) -> Moment {
        local.shifted(self.servers.get(cluster).map_or(0, |s| s.skew_ms))
    }

    /// Notes that a source spoke.
    pub(super) fn spoke(&mut self, source: &Source, local: Moment) {
        let now = self.cluster_time(&source.cluster, local);
        self.feeds.entry(source.clone()).or_default().spoke = Some(now);
    }

    /// Whether a source is read.
    pub(super) fn knows(&self, source: &Source) -> bool {
        self.feeds.contains_key(source)
    }

    /// Notes how a connection is; whether that changes what may be read. An open watch has just spoken.
    pub(super) fn link(&mut self, source: &Source, link: Link, local: Moment) -> bool {
        if link == Link::Live {
            self.spoke(source, local);
        }
        let feed = self.feeds.entry(source.clone()).or_default();
        let before = feed.is_readable();
        feed.link = Some(link);
        feed.is_readable() != before
    }

    /// A list begins: whatever an earlier one had brought but not finished is forgotten.
    pub(super) fn begin(&mut self, source: Source) {
        self.feeds.entry(source).or_default().listing = Some(Listing::default());
    }

    /// A page arrives.
    pub(super) fn page(&mut self, source: &Source, objects: Vec<Object>) -> Taken {
        let Some(feed) = self.feeds.get_mut(source) else { return Taken::Staged };
        let Some(listing) = &mut feed.listing else { return Taken::Staged };
        listing.fresh.extend(objects.iter().map(|o| o.at().clone()));
        if feed.complete {
            listing.staged.extend(objects);
            return Taken::Staged;
        }
        Taken::Now(objects)
    }

    /// The list is whole: what was held back, and all that it has brought.
    pub(super) fn end(&mut self, source: &Source) -> Option<(Vec<Object>, HashSet<Ref>)> {
        let feed = self.feeds.get_mut(source)?;
        let listing = feed.listing.take()?;
        feed.complete = true;
        feed.since = feed.since.or(feed.spoke);
        Some((listing.staged, listing.fresh))
    }

    /// Since when an object is watched, or would be if it were there; None before the first list is whole.
    pub(super) fn watched_since(&self, at: &Ref) -> Option<Moment> {
        let ours = self.feeds.iter().filter(|(source, _)| covers(source, &at.cluster, &at.kind, &at.namespace));
        ours.filter_map(|(_, feed)| feed.since).min()
    }

    /// Whether a first list is arriving: what appears is not news.
    pub(super) fn is_first(&self, source: &Source) -> bool {
        self.feeds.get(source).is_none_or(|feed| !feed.complete)
    }

    pub(super) fn drop_source(&mut self, source: &Source) {
        self.feeds.remove(source);
    }

    /// Facts about a server.
    pub(super) fn server(&mut self, fact: &Fact, local: Moment) {
        if let Fact::Server { cluster, version } = fact {
            self.servers.entry(cluster.clone()).or_default().version = Some(version.clone());
        } else if let Fact::Meter { cluster, requests, bytes } = fact {
            let server = self.servers.entry(cluster.clone()).or_default();
            server.bytes = *bytes;
            server.requests.push((local, *requests));
            server.keep_a_minute(local);
        } else if let Fact::Skew { cluster, ahead_ms } = fact {
            let server = self.servers.entry(cluster.clone()).or_default();
            let moved = ahead_ms - server.skew_ms;
            server.skew_ms = *ahead_ms;
            let ours = self.feeds.iter_mut().filter(|(source, _)| source.cluster == *cluster);
            for (_, feed) in ours {
                feed.spoke = feed.spoke.map(|at| at.shifted(moved));
                feed.since = feed.since.map(|at| at.shifted(moved));
            }
        }
    }

    /// Whether a collection may be read: what is denied or was never reached must not read as "there is none".
    pub(super) fn readable(&self, cluster: &Name, kind: &Kind, namespace: &Name) -> bool {
        self.feeds.iter().any(|(source, feed)| covers(source, cluster, kind, namespace) && feed.is_readable())
    }

    /// The health of each source now.
    pub(super) fn health(&self, local: Moment, count: impl Fn(&Source) -> usize) -> Vec<SourceHealth> {
        let health = |(source, feed): (&Source, &Feed)| SourceHealth {
            source: source.clone(),
            health: feed.health(self.cluster_time(&source.cluster, local)),
            objects: count(source),
        };
        self.feeds.iter().map(health).collect()
    }

    /// What each cluster said of itself.
    pub(super) fn clusters(&self, local: Moment) -> Vec<ClusterHealth> {
        let health = |(name, server): (&Name, &Server)| ClusterHealth {
            name: name.clone(),
            version: server.version.clone(),
            requests_per_minute: server.requests_since(local),
            bytes: server.bytes,
        };
        self.servers.iter().map(health).collect()
    }
}

impl Server {
    /// Drops readings older than a minute, but keeps one to count from.
    fn keep_a_minute(&mut self, local: Moment) {
        let old = self.requests.iter().filter(|(at, _)| local.since(*at).as_secs() >= 60).count();
        self.requests.drain(..old.saturating_sub(1));
    }

    /// Requests of the last minute.
    fn requests_since(&self, local: Moment) -> u32 {
        let Some((_, last)) = self.requests.last() else { return 0 };
        let before = self.requests.iter().rev().find(|(at, _)| local.since(*at).as_secs() >= 60);
        u32::try_from(last.saturating_sub(before.map_or(0, |(_, n)| *n))).unwrap_or(u32::MAX)
    }
}

/// Whether a source brings the objects of that kind in that namespace.
fn covers(source: &Source, cluster: &Name, kind: &Kind, namespace: &Name) -> bool {
    source.cluster == *cluster
        && source.kind == *kind
        && source.namespace.as_ref().is_none_or(|wanted| wanted == namespace)
}

impl Feed {
    /// What arrives for the first time may be read while it arrives; what was listed once may be read, however old.
    fn is_readable(&self) -> bool {
        self.complete || matches!(&self.link, Some(Link::Connecting | Link::Live))
    }

    fn health(&self, now: Moment) -> Health {
        let why = match &self.link {
            Some(Link::Denied { why }) if !self.complete => return Health::Denied { why: why.clone() },
            // Refused after it was listed: what it showed is still on screen, and grows old.
            Some(Link::Denied { why } | Link::Retrying { why }) => Some(why.clone()),
            Some(Link::Connecting | Link::Live) | None => None,
        };
        match (self.complete, self.spoke, why) {
            (false, _, Some(why)) => Health::Down { why },
            (true, Some(since), Some(why)) => Health::Stale { since, why: Some(why) },
            (true, Some(since), None) if now.since(since) > LIVE_WITHIN => Health::Stale { since, why: None },
            (true, Some(_), None) => Health::Live,
            (true, None, _) | (false, _, None) => Health::Loading,
        }
    }
}
