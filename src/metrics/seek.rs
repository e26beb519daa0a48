//! Looking for a Prometheus where none is configured: those that the analyses of rollouts name, then the Services that look like
//! one are asked through the API server, best first, until one answers: by its proxy, and where that is not permitted or does not
//! get there, by a port-forward. Then it is polled; when it is gone for good, or when another one is named than those that were
//! tried, the search begins anew. Nothing is asked while nobody looks.
//!
//! The rule: one that is named, looks like one too (or is named where nothing else is looked at) and scrapes something in the
//! namespaces of the scope is taken; else the first candidate of the catalog's order that does; else one that only an object
//! names. Where none does, it is the first of those that scrape anything at all, then the first that answers.

mod aims;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Response, StatusCode};
use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use super::{
    Clock, Scope, Settings, Upstream, Way, Wish,
    catalog::{self, USUAL},
    door::{self, Door, Proxied},
    poll::Poller,
};
use crate::{
    domain::{Candidate, Fate, Link, Name, Named, Search, Service, Text},
    store::Fact,
};
use aims::{Aim, Because};

/// A candidate that takes longer is no good.
const WITHIN: Duration = Duration::from_secs(5);
/// How many are asked in one search.
const ASKED: usize = 6;
/// How many are named that were not asked.
const NAMED: usize = 20;
/// More addresses that objects name, one after the other, are not tried in a session.
const TRIED: usize = 64;
/// The wait after the first search without a result; it doubles, up to the longest.
const AGAIN: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_mins(15);
/// Which namespaces there are targets in: a series per namespace.
const TARGETS: &str = r#"label_replace(count by (namespace) (up), "set", "targets", "", "")"#;

/// What a search asks of a cluster.
#[derive(Clone)]
pub struct Reach {
    /// True once a search may begin: what the screen needs first goes first.
    pub may_begin: watch::Receiver<bool>,
    /// The Services of all namespaces; of these where that is not permitted.
    pub services: Arc<dyn Fn(Vec<Name>) -> BoxFuture<'static, Listed> + Send + Sync>,
    /// The way to one of them.
    pub door: Arc<dyn Fn(&Way) -> Proxied + Send + Sync>,
    /// Whether port-forwards may be tried in a namespace.
    pub forwards: Arc<dyn Fn(Name) -> BoxFuture<'static, Forwards> + Send + Sync>,
}

/// Whether port-forwards may be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forwards {
    /// They may, as far as the server says.
    Permitted,
    /// This is read-only: there is no client for them.
    ReadOnly,
    /// These rights are missing: `create on pods/portforward`.
    Lacks(Text),
}

/// The Services that could be read.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// The Services.
    pub services: Vec<Arc<Service>>,
    /// The namespaces that could be read; None: all.
    pub within: Option<Vec<Name>>,
    /// Why there are none, if that is something else than a missing right.
    pub trouble: Option<Text>,
}

/// The facts have nowhere to go, or nobody will look any more: the program ends.
struct Gone;

/// The task.
pub(super) struct Seeker {
    pub(super) settings: Settings,
    pub(super) scope: Scope,
    pub(super) reach: Reach,
    pub(super) facts: mpsc::Sender<Fact>,
    pub(super) clock: Clock,
    pub(super) wishes: watch::Receiver<Wish>,
}

/// How much a candidate is worth, the more the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// It answers, and scrapes nothing.
    Empty,
    /// It scrapes other namespaces.
    Elsewhere,
    /// It scrapes what is looked at.
    Here,
    /// It is the one that decides on rollouts.
    Named,
}

/// What came of a search.
struct Found {
    search: Search,
    /// The way to the one that is to be polled, and whether it is named.
    best: Option<(Way, bool)>,
    /// Why there is none.
    why: Text,
}

/// Why a candidate is none.
enum No {
    /// The API server does not let us ask.
    Denied,
    /// The API server does not get there, or there is no answer in time: another way may be better.
    Unreached(Text),
    /// It does not answer as a Prometheus.
    Bad(Text),
}

impl Seeker {
    /// Looks and polls until nobody listens any more.
    pub(super) async fn run(mut self) {
        if self.reach.may_begin.wait_for(|may| *may).await.is_ok() {
            let Err(Gone) = self.go().await;
        }
    }

    async fn go(&mut self) -> Result<std::convert::Infallible, Gone> {
        let (mut wait, mut tried) = (AGAIN, Vec::new());
        loop {
            self.wishes.wait_for(|wish| wish.looked).await.map_err(|_| Gone)?;
            let named = self.wishes.borrow().named.clone();
            tried.extend(named.iter().map(|named| named.address.clone()));
            let Found { search, best, why } = self.search(&named).await;
            let cluster = self.scope.cluster.clone();
            self.send(Fact::Search { cluster: cluster.clone(), search: Box::new(search) }).await?;
            if let Some((way, is_named)) = best {
                tracing::info!(%cluster, %way, "a source of metrics was found");
                tokio::select! {
                    () = self.poll(way) => {}
                    () = self.others_than(&tried), if !is_named => {}
                }
                wait = AGAIN;
                continue;
            }
            let every = self.settings.every.0;
            self.send(Fact::Gauge { cluster, place: Text::default(), every, link: Link::Denied { why } }).await?;
            tokio::select! {
                () = sleep(wait) => wait = (wait * 2).min(LONGEST),
                () = self.others_than(&tried) => wait = AGAIN,
            }
        }
    }

    /// Waits until an address is named that was never before, and not less than between two searches: objects that change all
    /// the time must not have us search all the time.
    async fn others_than(&self, tried: &[Text]) {
        if tried.len() >= TRIED {
            return std::future::pending().await;
        }
        sleep(AGAIN).await;
        let is_new = |named: &Named| !tried.contains(&named.address);
        // Whoever is gone is noticed by those who wait for him.
        let _ = self.wishes.clone().wait_for(|wish| wish.named.iter().any(is_new)).await;
    }

    async fn send(&self, fact: Fact) -> Result<(), Gone> {
        self.facts.send(fact).await.map_err(|_| Gone)
    }

    /// Polls the one that was found, until it has been away for long.
    async fn poll(&self, way: Way) {
        let door = Door::Proxy((self.reach.door)(&way), way);
        let reach = (self.facts.clone(), self.clock.clone());
        Poller::new(&self.settings, (self.scope.clone(), door), reach, self.wishes.clone()).giving_up().run().await;
    }

    /// Looks once.
    async fn search(&self, named: &[Named]) -> Found {
        let mut places = self.scope.namespaces.clone();
        places.extend(USUAL.into_iter().map(Name::fixed).filter(|usual| !self.scope.namespaces.contains(usual)));
        let listed = (self.reach.services)(places).await;
        let mut all: Vec<Aim> =
            catalog::ranked(listed.services.iter().map(AsRef::as_ref)).iter().map(Aim::of).collect();
        let asides = aims::add_named(&mut all, (named, &self.scope.namespaces), &listed);
        let (mut search, best) = self.ask_all(all).await;
        search.candidates.extend(asides);
        search.missing.extend(listed.missing());
        let why = if best.is_none() { Text::clean(&why_none(&search, &listed)) } else { Text::default() };
        Found { search, best, why }
    }

    /// Asks the candidates in turn; the first one that could not be better ends it.
    async fn ask_all(&self, aims: Vec<Aim>) -> (Search, Option<(Way, bool)>) {
        let (mut search, mut best): (Search, Option<(Worth, usize, Way)>) = (Search::default(), None);
        for (place, Aim { mut way, product, why }) in aims.into_iter().take(NAMED).enumerate() {
            let is_over = best.as_ref().is_some_and(|(worth, ..)| *worth >= Worth::Here);
            let fate = if is_over || place >= ASKED {
                Fate::Unasked
            } else {
                match self.ask_by_each_way((&mut way, why), &mut search.missing).await {
                    Ok(worth) => {
                        let is_best = why == Because::Named && worth == Worth::Here;
                        let worth = if is_best { Worth::Named } else { worth };
                        if best.as_ref().is_none_or(|(before, ..)| worth > *before) {
                            best = Some((worth, place, way.clone()));
                        }
                        Fate::Spare(Text::fixed(worth.falls_short()))
                    }
                    Err(why) => Fate::Failed(why),
                }
            };
            search.candidates.push(Candidate { place: way.short(), product, fate });
        }
        if let Some((_, place, _)) = &best
            && let Some(chosen) = search.candidates.get_mut(*place)
        {
            chosen.fate = Fate::Chosen;
        }
        (search, best.map(|(worth, _, way)| (way, worth == Worth::Named)))
    }

    /// Asks one through the proxy, and if that does not get there by a port-forward. `way` is then the one that was taken; what
    /// we may not do is added to `missing`.
    async fn ask_by_each_way(
        &self,
        (way, because): (&mut Way, Because),
        missing: &mut Vec<Text>,
    ) -> Result<Worth, Text> {
        let why = match self.ask(way).await {
            Err(No::Bad(why)) => return Err(why),
            Err(No::Unreached(why)) => why,
            Err(No::Denied) => {
                missing.extend(lacks(way, "get on services/proxy"));
                Text::fixed("needs get on services/proxy")
            }
            Ok(worth) => return Ok(worth),
        };
        let Way::Proxy(upstream) = &*way else { return Err(why) };
        if because == Because::Hearsay {
            return Err(why);
        }
        let then = match (self.reach.forwards)(upstream.namespace.as_str().into()).await {
            Forwards::ReadOnly => "read-only: no port-forward is tried".to_owned(),
            Forwards::Lacks(rights) => {
                missing.extend(lacks(&Way::Forward(upstream.clone()), &rights));
                "a port-forward is not permitted".to_owned()
            }
            Forwards::Permitted => {
                let mut forward = Way::Forward(upstream.clone());
                match self.ask(&mut forward).await {
                    Err(No::Bad(why) | No::Unreached(why)) => format!("by port-forward {why}"),
                    Err(No::Denied) => "by port-forward it refuses who asks (403)".to_owned(),
                    Ok(worth) => {
                        *way = forward;
                        return Ok(worth);
                    }
                }
            }
        };
        Err(Text::clean(&format!("{why}; {then}")))
    }

    /// Asks one. What turns out to speak TLS is asked so.
    async fn ask(&self, way: &mut Way) -> Result<Worth, No> {
        let answer = self.get(way).await;
        if let (Ok(response), Way::Proxy(Upstream { service, .. })) = (&answer, &mut *way)
            && response.status() == StatusCode::BAD_REQUEST
            && String::from_utf8_lossy(response.body()).contains("HTTP request to an HTTPS server")
        {
            *service = format!("https:{service}");
            return self.worth(self.get(way).await?);
        }
        self.worth(answer?)
    }

    async fn get(&self, way: &Way) -> Result<Response<Bytes>, No> {
        let path = format!("/api/v1/query?query={}", door::encoded(TARGETS));
        match timeout(WITHIN, (self.reach.door)(way)(path)).await {
            Ok(answer) => answer.map_err(No::Bad),
            // The API server itself tries for longer.
            Err(_) => Err(No::Unreached(Text::clean(&format!("no answer within {} s", WITHIN.as_secs())))),
        }
    }

    fn worth(&self, answer: Response<Bytes>) -> Result<Worth, No> {
        let (head, body) = answer.into_parts();
        if head.status == StatusCode::FORBIDDEN && door::of_api_server(&body).is_some() {
            return Err(No::Denied);
        }
        if let Some(why) = door::unreached(head.status, &body) {
            return Err(No::Unreached(Text::clean(&why)));
        }
        let series = door::judge((head.status, &head.headers), &body, false).map_err(|trouble| No::Bad(trouble.why))?;
        let is_here = |namespace: &Name| self.scope.namespaces.is_empty() || self.scope.namespaces.contains(namespace);
        Ok(match series.as_slice() {
            [] => Worth::Empty,
            some if some.iter().any(|series| is_here(&series.namespace)) => Worth::Here,
            _ => Worth::Elsewhere,
        })
    }
}

impl Worth {
    fn falls_short(self) -> &'static str {
        match self {
            Self::Empty => "it answers and scrapes nothing",
            Self::Elsewhere => "it scrapes nothing in these namespaces",
            Self::Here | Self::Named => "it answers",
        }
    }
}

impl Listed {
    /// The rule without which there may be more than could be seen.
    fn missing(&self) -> Option<Text> {
        let within = self.within.as_ref()?;
        let only = if within.is_empty() { String::new() } else { format!(" (only {} could be)", joined(within)) };
        Some(Text::clean(&format!("list on services in all namespaces, or in that of the Prometheus{only}")))
    }
}

/// The rule without which a candidate cannot be asked so, and who prints it.
fn lacks(way: &Way, rule: &str) -> Option<Text> {
    let (Upstream { namespace, service, .. }, flag) = match way {
        Way::Url(_) => return None,
        Way::Proxy(upstream) => (upstream, ""),
        Way::Forward(upstream) => (upstream, " --forward"),
    };
    let rule = format!("{rule} for {service} in namespace {namespace}");
    Some(Text::clean(&format!("{rule} (rolldeck rbac --metrics {namespace}/{service}{flag} prints it)")))
}

/// Why there is none, in one sentence.
fn why_none(search: &Search, listed: &Listed) -> String {
    if let Some(trouble) = &listed.trouble {
        return format!("Services cannot be listed: {trouble}");
    }
    if listed.within.as_ref().is_some_and(Vec::is_empty) {
        return "Services may not be listed: needs list on services; --prometheus URL names one".to_owned();
    }
    let failed = |candidate: &Candidate| {
        if let Fate::Failed(why) = &candidate.fate { Some(format!("{}: {why}", candidate.place)) } else { None }
    };
    if let Some(why) = search.candidates.iter().find_map(failed) {
        let more = search.candidates.len() - 1;
        return if more == 0 { why } else { format!("{why}; {more} more: see rolldeck doctor") };
    }
    let aside = |candidate: &Candidate| {
        if let Fate::Aside(why) = &candidate.fate {
            Some(format!("{} is not asked: {why}", candidate.place))
        } else {
            None
        }
    };
    if let Some(why) = search.candidates.iter().find_map(aside) {
        return why;
    }
    let place = listed.within.as_ref().map(|within| format!(" in {}", joined(within))).unwrap_or_default();
    format!("no Service{place} looks like a Prometheus; --prometheus URL names one")
}

fn joined(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}
