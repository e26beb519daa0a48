//! The reader of one source: one task, one small state machine.
//!
//! ```text
//! connecting ─▶ listing ─▶ watching ─┐      a watch that ends well is opened again from the last version
//!                  ▲  ▲─── 410 ──────┤      a version that is gone, or 90 s of silence, means another list
//!                  └── resting ◀─────┘      anything else: wait (longer each time), then the same again
//! ```
//! A custom kind that the cluster does not have is no trouble: its source is dropped, and comes back when a list is answered.
//!
//! It turns answers into facts and never stops draining a watch. It keeps no objects: that is the store's work.

mod list;
mod verdict;
mod watch;

use std::{convert::Infallible, future::Future, time::Duration};

use http::{Request, Response};
use kube::client::Body;
use tokio::{
    sync::{mpsc, watch::Receiver},
    time::sleep,
};

pub(super) use self::list::{chunk, encoding};
use self::verdict::{Doing, Verdict, judge};
use super::{
    api::Api,
    backoff::Backoff,
    outbox::{Gone, Outbox},
    probe::{Pulse, changed},
    request::{self, Scope, Since},
    trouble::Failure,
};
use crate::{
    domain::{Link, Object, Ref, Text},
    store::Fact,
    wire::{self, Door, Encoding},
};

/// A refusal is asked again after this, and so is a kind that the cluster does not have: rights and kinds change rarely, and
/// audit logs are read by people.
const DENIED_FOR: Duration = Duration::from_mins(5);
/// A server that asks for less time gets this much all the same, and up to as much again for jitter.
const RETRY_AFTER_AT_LEAST: Duration = Duration::from_secs(1);
/// So many changes of mind without a sign of life in between are a loop.
const HASTY: u8 = 3;
/// Objects in a page at least, unless the server pauses.
const PAGE: usize = 256;
/// Objects that do not decode are fetched one by one; no more than so many of a list.
const RESCUED: usize = 20;
/// A rescued object is at most this long.
const OBJECT_BYTES: usize = 8 << 20;

/// Why an activity ended early.
enum Stop {
    /// It failed.
    Failed(Failure),
    /// The loop has gone.
    Gone,
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The reader of one source.
pub(super) struct Reader {
    api: Api,
    scope: Scope,
    outbox: Outbox,
    pulse: Receiver<Pulse>,
    door: Door,
    backoff: Backoff,
    /// The last link that was told.
    link: Option<Link>,
    /// Whether lists come as the first part of a watch.
    streaming: bool,
    /// Whether the cluster does not have this kind, so that the source is none until a list is answered.
    is_missing: bool,
    /// The last version that was seen; empty before the first list.
    version: String,
    /// Changes of mind since the last sign of life.
    hasty: u8,
}

impl Reader {
    /// A reader that has asked nothing yet.
    pub(super) fn new(api: Api, scope: Scope, facts: mpsc::Sender<Fact>, pulse: Receiver<Pulse>) -> Self {
        let door = Door::new(api.cluster.clone());
        Self {
            api,
            scope,
            outbox: Outbox::new(facts),
            pulse,
            door,
            backoff: Backoff::new(),
            link: None,
            streaming: false,
            is_missing: false,
            version: String::new(),
            hasty: 0,
        }
    }

    /// Lists come as the first part of a watch, where the server can.
    pub(super) fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }

    /// Reads until the loop has gone.
    pub(super) async fn run(mut self) {
        let Err(Gone) = self.read().await;
    }

    async fn read(&mut self) -> Result<Infallible, Gone> {
        self.tell(Link::Connecting)?;
        // One object is asked for where it is kept: who has just changed it must not be told of the state before.
        let first = if self.scope.narrow.name.is_some() { Since::Latest } else { Since::Cached };
        let mut doing = self.listing(first);
        loop {
            let ended = match &doing {
                Doing::List(since) => self.list(since).await,
                Doing::Stream(since) => self.watch(Some(since)).await,
                Doing::Watch => self.watch(None).await,
            };
            doing = match ended {
                Ok(next) => next,
                Err(Stop::Failed(failure)) => self.recover(doing, &failure).await?,
                Err(Stop::Gone) => return Err(Gone),
            };
        }
    }

    fn listing(&self, since: Since) -> Doing {
        if self.streaming { Doing::Stream(since) } else { Doing::List(since) }
    }

    /// A list that does not go back in time.
    fn relisting(&self) -> Doing {
        let known = !self.version.is_empty();
        self.listing(if known { Since::NotOlder(self.version.clone()) } else { Since::Cached })
    }

    async fn recover(&mut self, doing: Doing, failure: &Failure) -> Result<Doing, Gone> {
        let why = failure.sentence();
        tracing::info!(source = %self.scope.label(), ?doing, why, "a request failed");
        match judge(&doing, failure, &self.version) {
            Verdict::Instead(next) => {
                self.hasty = self.hasty.saturating_add(1);
                if matches!((&doing, &next), (Doing::Stream(_), Doing::List(_))) {
                    self.streaming = false;
                }
                if self.hasty > HASTY {
                    self.retrying(&why)?;
                    self.rest(None).await?;
                }
                Ok(next)
            }
            Verdict::Again { at_least } => {
                self.retrying(&why)?;
                self.rest(at_least).await?;
                Ok(doing)
            }
            Verdict::Afresh => {
                self.retrying(&why)?;
                self.rest(None).await?;
                Ok(self.relisting())
            }
            Verdict::Missing if self.scope.source.kind.is_custom() => self.vanish().await,
            Verdict::Denied | Verdict::Missing => {
                self.appear()?;
                let why = Text::clean(&self.denial(failure));
                self.tell(Link::Denied { why })?;
                let api = self.api.clone();
                let changed = async move {
                    tokio::select! {
                        () = sleep(DENIED_FOR) => {}
                        () = api.renewed() => {}
                    }
                };
                self.meanwhile(changed).await?;
                Ok(self.relisting())
            }
        }
    }

    /// The cluster does not have this kind: nothing is said of it until it does. A server that was away may be another one.
    async fn vanish(&mut self) -> Result<Doing, Gone> {
        if !std::mem::replace(&mut self.is_missing, true) {
            self.outbox.put(Fact::Dropped(self.scope.source.clone()))?;
        }
        self.version.clear();
        let api = self.api.clone();
        let returned = changed(self.pulse.clone(), |pulse| pulse.returns);
        let installed = async move {
            tokio::select! {
                () = sleep(DENIED_FOR) => {}
                () = returned => {}
                () = api.renewed() => {}
            }
        };
        self.meanwhile(installed).await?;
        Ok(self.relisting())
    }

    /// The cluster has this kind, or says that it may not be read: from here on the source is one like any other.
    fn appear(&mut self) -> Result<(), Gone> {
        if std::mem::take(&mut self.is_missing) {
            self.link = None;
            self.tell(Link::Connecting)?;
        }
        Ok(())
    }

    /// The server's sentence; a kind that is not served is a 404 that says nothing.
    fn denial(&self, failure: &Failure) -> String {
        let unknown = matches!(failure, Failure::Refused(status) if status.code == 404);
        if unknown { format!("this server does not serve {}", self.scope.resource()) } else { failure.sentence() }
    }

    fn retrying(&mut self, why: &str) -> Result<(), Gone> {
        self.tell(Link::Retrying { why: Text::clean(why) })
    }

    /// Waits for the next try. A server that answers again and new credentials cut the usual wait short, but not the
    /// wait that a server asked for.
    async fn rest(&mut self, at_least: Option<Duration>) -> Result<(), Gone> {
        let usual = self.backoff.next();
        let api = self.api.clone();
        let returned = changed(self.pulse.clone(), |pulse| pulse.returns);
        let waiting = async move {
            if let Some(at_least) = at_least {
                // A server that starts says "in 1 s" and means it, however long it was away before.
                sleep(at_least.max(RETRY_AFTER_AT_LEAST) + usual.min(RETRY_AFTER_AT_LEAST)).await;
                return;
            }
            tokio::select! {
                () = sleep(usual) => {}
                () = returned => {}
                () = api.renewed() => {}
            }
        };
        self.meanwhile(waiting).await
    }

    /// Asks, and gives up when the server was away for long meanwhile: the question may have been lost.
    async fn ask(&mut self, request: Request<Body>, within: Duration) -> Result<Response<Body>, Stop> {
        let api = self.api.clone();
        let thawed = changed(self.pulse.clone(), |pulse| pulse.thaws);
        let asking = async move {
            tokio::select! {
                answer = api.send(request, within) => answer,
                () = thawed => Err(Failure::Broken("the server was away".to_owned())),
            }
        };
        Ok(self.meanwhile(asking).await??)
    }

    /// Waits for something and sends what waits in the meantime.
    async fn meanwhile<T>(&mut self, something: impl Future<Output = T>) -> Result<T, Gone> {
        let mut something = std::pin::pin!(something);
        loop {
            tokio::select! {
                done = &mut something => return Ok(done),
                sent = self.outbox.attend() => sent?,
            }
        }
    }

    /// Tells how the connection is, if that is news and there is anything to be connected to.
    fn tell(&mut self, link: Link) -> Result<(), Gone> {
        if self.is_missing || self.link.as_ref() == Some(&link) {
            return Ok(());
        }
        self.link = Some(link.clone());
        self.outbox.put(Fact::Link(self.scope.source.clone(), link))
    }

    /// The server said something that made sense.
    fn heard(&mut self) {
        self.hasty = 0;
    }

    /// Fetches an object that did not decode, as JSON. What does not decode even then is skipped.
    async fn rescue(&mut self, at: &Ref) -> Result<Option<Object>, Gone> {
        let (api, request) = (self.api.clone(), request::object(at));
        let fetched = async move {
            let request =
                request.ok_or_else(|| Failure::Garbled("its name is not one that the API accepts".to_owned()))?;
            api.fetch(request, OBJECT_BYTES).await
        };
        let decoded = match self.meanwhile(fetched).await? {
            Ok(body) => {
                wire::decode_object(&at.kind, Encoding::Json, body, &mut self.door).map_err(|bad| bad.to_string())
            }
            Err(failure) => Err(failure.sentence()),
        };
        Ok(decoded.inspect_err(|why| tracing::warn!(%at, why, "skipped an object that does not decode")).ok())
    }
}

#[cfg(test)]
mod tests;
