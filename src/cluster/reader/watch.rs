//! A watch, plain or with a list as its first part. Its socket is drained whatever the loop does.

use std::{pin::Pin, time::Duration};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::{Sleep, sleep};

use super::{
    super::{
        probe::Pulse,
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
/// Servers send a bookmark every minute. Without one for so long, the watch is not to be trusted. (Events have no watch
/// cache and so no bookmarks, seen on 1.36: where none happen, they are listed again this often.)
const SILENT_FOR: Duration = Duration::from_secs(90);
/// The server ends a watch by itself; so much later it has forgotten.
const OVERDUE_AFTER: Duration = Duration::from_secs(WATCH_FOR_S + 5);
/// A watch that the server ends sooner, and without a word, would be opened in a tight loop.
const BRIEF: Duration = Duration::from_secs(5);
/// A watch that has lasted so long is a success.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);
/// A streaming list that says nothing for so long will never say that it is complete.
const LIST_SILENT_FOR: Duration = Duration::from_secs(15);
/// Nor will one that took this long.
const LIST_WITHIN: Duration = Duration::from_mins(1);

/// One open watch.
struct Open {
    decoder: WatchDecoder,
    silence: Pin<Box<Sleep>>,
    end: Pin<Box<Sleep>>,
    lasting: Pin<Box<Sleep>>,
    /// The list, while it arrives.
    list: Option<Arriving>,
    /// Whether anything came since the last sign of the probe.
    spoke: bool,
    /// Whether it is more than opened: something came, or it has lasted a little.
    begun: bool,
    /// How long it has lasted.
    age: Age,
    rescued: usize,
    /// The last sign of the probe.
    pulse: Pulse,
}

/// How long a watch has lasted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Opened,
    Lasting,
    /// Long enough to call it a success.
    Proven,
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
        let response = self.ask(request, ANSWER_WITHIN).await?;
        let encoding = encoding(&response)?;
        let decoder = WatchDecoder::new(&self.scope.source.kind, encoding).map_err(garbled)?;
        let mut open = Open::new(decoder, listing.is_some());
        open.pulse = *self.pulse.borrow_and_update();
        self.appear()?;
        if listing.is_some() {
            self.outbox.put(Fact::Begin(self.scope.source.clone()))?;
        } else if self.link == Some(Link::Live) {
            // It never said otherwise, but it may have been silent: that the watch is open again is a sign of life.
            self.outbox.spoke(&self.scope.source)?;
        } else {
            self.tell(Link::Live)?;
        }
        let mut body = response.into_body();
        loop {
            let next = match self.wake(&mut open, &mut body).await? {
                Woken::Chunk(Some(chunk)) => self.take(&mut open, &chunk).await?,
                Woken::Chunk(None) => return open.ended(),
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
            () = &mut open.lasting, if open.age != Age::Proven => {
                self.lasts(open);
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
                self.reached(open, version);
            }
            Heard::Gone(at, uid, version) => {
                let fact = Fact::Gone(self.scope.source.clone(), at, uid.clone());
                if let Some(list) = &mut open.list {
                    list.page.retain(|object| object.meta().uid != uid);
                    list.gone.push(fact);
                } else {
                    self.outbox.put(fact)?;
                }
                self.reached(open, version);
            }
            Heard::Bookmark { resource_version, initial_events_end } => {
                if let Some(list) = open.list.take_if(|_| initial_events_end) {
                    self.complete(open, list)?;
                } else if open.list.is_none() {
                    self.outbox.spoke(&self.scope.source)?;
                }
                self.reached(open, resource_version);
            }
            Heard::Refused(status) => return Err(Failure::Refused(status).into()),
            Heard::Undecodable { at, resource_version } => {
                open.rescued += 1;
                if open.rescued > RESCUED {
                    tracing::warn!(%at, "skipped an object that does not decode");
                } else if let Some(object) = self.rescue(&at).await? {
                    self.put(open, object)?;
                }
                self.reached(open, resource_version);
            }
        }
        Ok(())
    }

    /// A watch can go on from here. Not while a list arrives: its objects come in no order.
    fn reached(&mut self, open: &Open, version: String) {
        if open.list.is_none() {
            self.version = version;
        }
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

    /// The watch has lasted for a while.
    fn lasts(&mut self, open: &mut Open) {
        match open.age {
            Age::Opened => {
                open.age = Age::Lasting;
                open.begun = true;
                open.lasting.set(sleep(HEALTHY_AFTER.saturating_sub(BRIEF)));
            }
            Age::Lasting | Age::Proven => {
                open.age = Age::Proven;
                self.backoff.reset();
            }
        }
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
        tracing::info!(source = %self.scope.label(), "no bookmark for too long: listing again");
        self.relisting()
    }

    /// The probe has news: the server answers, or does not, or does again after a long time.
    fn felt(&mut self, open: &mut Open) -> Result<Option<Doing>, Stop> {
        let now = *self.pulse.borrow_and_update();
        let before = std::mem::replace(&mut open.pulse, now);
        if now.failing {
            open.spoke &= before.failing;
            return Ok(None);
        }
        let spoke = std::mem::replace(&mut open.spoke, false);
        if now.thaws != before.thaws && !spoke {
            tracing::info!(source = %self.scope.label(), "silent since the server was away: opening the watch again");
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
            lasting: Box::pin(sleep(BRIEF)),
            list: listing.then(Arriving::default),
            spoke: true,
            begun: false,
            age: Age::Opened,
            rescued: 0,
            pulse: Pulse::default(),
        }
    }

    /// The stream ended. One that ends before it said anything would be opened again and again in a tight loop.
    fn ended(self) -> Result<Doing, Stop> {
        self.decoder.finish().map_err(garbled)?;
        if self.list.is_some() || !self.begun {
            return Err(Failure::Broken("the server ended the watch at once".to_owned()).into());
        }
        Ok(Doing::Watch)
    }

    fn heard(&mut self) {
        self.spoke = true;
        self.begun = true;
        self.silence.set(sleep(if self.list.is_some() { LIST_SILENT_FOR } else { SILENT_FOR }));
    }
}
