//! A watch, plain or with a list as its first part. Its socket is drained whatever the loop does.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::{Sleep, sleep};

use super::{
    super::{
        request::{Since, WATCH_FOR_S},
        trouble::Failure,
    },
    Doing, PAGE, RESCUED, Reader, Stop,
    list::{chunk, encoding, garbled, unknown_kind},
};
use crate::{
    domain::{Link, Object},
    store::Fact,
    wire::{Heard, WatchDecoder},
};

/// A server answers a watch at once, before anything happens.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Servers send a bookmark every minute. Without one for so long, the watch is not to be trusted.
const SILENT_FOR: Duration = Duration::from_secs(90);
/// The server ends a watch by itself; so much later it has forgotten.
const OVERDUE_AFTER: Duration = Duration::from_secs(WATCH_FOR_S as u64 + 5);
/// A watch that has lasted so long is a success.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);
/// A streaming list that says nothing for so long will never say that it is complete.
const LIST_SILENT_FOR: Duration = Duration::from_secs(15);
/// Nor will one that took this long.
const LIST_WITHIN: Duration = Duration::from_secs(60);

/// One open watch.
struct Open {
    decoder: WatchDecoder,
    silence: Pin<Box<Sleep>>,
    end: Pin<Box<Sleep>>,
    healthy: Pin<Box<Sleep>>,
    /// The list, while it arrives.
    list: Option<Arriving>,
    /// Whether anything came since the server was last found not to answer.
    spoke: bool,
    /// Whether anything came at all.
    began: bool,
    rescued: usize,
    thaws: u64,
    proven: bool,
}

/// A list that arrives as events.
#[derive(Default)]
struct Arriving {
    page: Vec<Object>,
    /// Deletions seen meanwhile, to be told after the list.
    gone: Vec<Fact>,
}

/// What woke the reader of an open watch.
enum Woken {
    Chunk(Option<Bytes>),
    Pulse,
    Silent,
    Overdue,
    Nothing,
}

impl Reader {
    /// Watches, after a list if `listing`, and says what to do next.
    pub(super) async fn watch(&mut self, listing: Option<&Since>) -> Result<Doing, Stop> {
        let request = match listing {
            Some(since) => self.scope.stream(since),
            None => self.scope.watch(&self.version),
        };
        let request = request.ok_or_else(unknown_kind)?;
        let api = self.api.clone();
        let response = self.meanwhile(async move { api.send(request, ANSWER_WITHIN).await }).await??;
        let encoding = encoding(&response)?;
        let decoder = WatchDecoder::new(&self.scope.source.kind, encoding).map_err(garbled)?;
        let mut open = Open::new(decoder, listing.is_some());
        open.thaws = self.pulse.borrow_and_update().thaws;
        if listing.is_some() {
            self.outbox.put(Fact::Begin(self.scope.source.clone()))?;
        } else {
            self.tell(Link::Live)?;
        }
        let mut body = response.into_body();
        loop {
            let next = match self.wake(&mut open, &mut body).await? {
                Woken::Chunk(Some(chunk)) => self.take(&mut open, &chunk).await?,
                Woken::Chunk(None) => return self.ended(open),
                Woken::Pulse => self.felt(&mut open)?,
                Woken::Silent => Some(self.silent(&open)),
                Woken::Overdue => Some(Doing::Watch),
                Woken::Nothing => None,
            };
            if let Some(next) = next {
                return Ok(if self.version.is_empty() { self.listing(Since::Cached) } else { next });
            }
        }
    }

    async fn wake(&mut self, open: &mut Open, body: &mut Body) -> Result<Woken, Stop> {
        let listening = self.pulse.has_changed().is_ok();
        Ok(tokio::select! {
            frame = body.frame() => Woken::Chunk(chunk(frame)?),
            sent = self.outbox.attend() => {
                sent?;
                Woken::Nothing
            }
            _ = self.pulse.changed(), if listening => Woken::Pulse,
            () = &mut open.silence => Woken::Silent,
            () = &mut open.end => Woken::Overdue,
            () = &mut open.healthy, if !open.proven => {
                open.proven = true;
                self.backoff.reset();
                Woken::Nothing
            }
        })
    }

    async fn take(&mut self, open: &mut Open, chunk: &[u8]) -> Result<Option<Doing>, Stop> {
        for heard in open.decoder.push(chunk, &mut self.door).map_err(garbled)? {
            self.heard();
            self.event(open, heard).await?;
        }
        open.heard();
        if let Some(list) = open.list.as_mut().filter(|list| list.page.len() >= PAGE) {
            let page = std::mem::take(&mut list.page);
            self.outbox.put(Fact::Page(self.scope.source.clone(), page))?;
        }
        Ok(None)
    }

    async fn event(&mut self, open: &mut Open, heard: Heard) -> Result<(), Stop> {
        match heard {
            Heard::Put(object, version) => {
                self.put(open, object)?;
                self.version = version;
            }
            Heard::Gone(at, uid, version) => {
                let fact = Fact::Gone(self.scope.source.clone(), at, uid.clone());
                if let Some(list) = &mut open.list {
                    list.page.retain(|object| object.meta().uid != uid);
                    list.gone.push(fact);
                } else {
                    self.outbox.put(fact)?;
                }
                self.version = version;
            }
            Heard::Bookmark { resource_version, initial_events_end } => {
                self.version = resource_version;
                match open.list.take_if(|_| initial_events_end) {
                    Some(list) => self.complete(open, list)?,
                    None => self.outbox.spoke(&self.scope.source)?,
                }
            }
            Heard::Refused(status) => return Err(Failure::Refused(status).into()),
            Heard::Undecodable { at, resource_version } => {
                open.rescued += 1;
                if open.rescued > RESCUED {
                    tracing::warn!(%at, "skipped an object that does not decode");
                } else if let Some(object) = self.rescue(&at).await? {
                    self.put(open, object)?;
                }
                self.version = resource_version;
            }
        }
        Ok(())
    }

    fn put(&mut self, open: &mut Open, object: Object) -> Result<(), Stop> {
        if let Some(list) = &mut open.list {
            list.page.push(object);
            return Ok(());
        }
        Ok(self.outbox.put(Fact::Put(self.scope.source.clone(), object))?)
    }

    /// The list is complete: from here on it is a plain watch.
    fn complete(&mut self, open: &mut Open, list: Arriving) -> Result<(), Stop> {
        open.list = None;
        open.end = Box::pin(sleep(OVERDUE_AFTER));
        if !list.page.is_empty() {
            self.outbox.put(Fact::Page(self.scope.source.clone(), list.page))?;
        }
        self.outbox.put(Fact::End(self.scope.source.clone()))?;
        for fact in list.gone {
            self.outbox.put(fact)?;
        }
        Ok(self.tell(Link::Live)?)
    }

    /// The stream ended. One that ends before it said anything would be opened again and again in a tight loop.
    fn ended(&mut self, open: Open) -> Result<Doing, Stop> {
        open.decoder.finish().map_err(garbled)?;
        if open.list.is_some() || !open.began {
            return Err(Failure::Broken("the server ended the watch at once".to_owned()).into());
        }
        Ok(Doing::Watch)
    }

    /// Nothing came for too long. A list that never ends is from a server that does not know streaming lists.
    fn silent(&mut self, open: &Open) -> Doing {
        if open.list.is_some() {
            self.streaming = false;
            return Doing::List(if self.version.is_empty() {
                Since::Cached
            } else {
                Since::NotOlder(self.version.clone())
            });
        }
        tracing::info!(source = ?self.scope.source, "no bookmark for too long: listing again");
        self.relisting()
    }

    /// The probe has news: the server answers, or does not, or does again after a long time.
    fn felt(&mut self, open: &mut Open) -> Result<Option<Doing>, Stop> {
        let (failing, thaws) = {
            let pulse = self.pulse.borrow_and_update();
            (pulse.failing, pulse.thaws)
        };
        if failing {
            open.spoke = false;
            return Ok(None);
        }
        let thawed = std::mem::replace(&mut open.thaws, thaws) != thaws;
        if thawed && !open.spoke {
            tracing::info!(source = ?self.scope.source, "silent since the server was away: opening the watch again");
            return Ok(Some(if open.list.is_some() { self.relisting() } else { Doing::Watch }));
        }
        if open.list.is_none() {
            self.outbox.spoke(&self.scope.source)?;
        }
        Ok(None)
    }
}

impl Open {
    fn new(decoder: WatchDecoder, listing: bool) -> Self {
        let (silence, end) = if listing { (LIST_SILENT_FOR, LIST_WITHIN) } else { (SILENT_FOR, OVERDUE_AFTER) };
        Self {
            decoder,
            silence: Box::pin(sleep(silence)),
            end: Box::pin(sleep(end)),
            healthy: Box::pin(sleep(HEALTHY_AFTER)),
            list: listing.then(Arriving::default),
            spoke: true,
            began: false,
            rescued: 0,
            thaws: 0,
            proven: false,
        }
    }

    fn heard(&mut self) {
        self.spoke = true;
        self.began = true;
        self.silence.set(sleep(if self.list.is_some() { LIST_SILENT_FOR } else { SILENT_FOR }));
    }
}
