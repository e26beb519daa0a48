//! A reader's way to the loop: a bounded channel, and a queue for while it is full. The queue keeps only the newest
//! state of an object, so a slow loop costs memory for objects, not for events, and the reader never stops draining its
//! socket. (The API server ends the watch of a client that does not read.)

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::{
    domain::{Source, Uid},
    store::Fact,
};

/// The loop has gone: there is nobody to tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gone;

/// Facts on their way to the loop.
pub(super) struct Outbox {
    facts: mpsc::Sender<Fact>,
    waiting: VecDeque<Fact>,
    /// How many facts ever left the front of `waiting`; a fact's number minus this is its place.
    left: usize,
    /// The number of the waiting fact about an object, since the last fact that others must not be moved across.
    newest: HashMap<Uid, usize>,
}

impl Outbox {
    /// An empty one.
    pub(super) fn new(facts: mpsc::Sender<Fact>) -> Self {
        Self { facts, waiting: VecDeque::new(), left: 0, newest: HashMap::new() }
    }

    /// Hands a fact over, or queues it. Never waits.
    pub(super) fn put(&mut self, fact: Fact) -> Result<(), Gone> {
        if self.waiting.is_empty() {
            match self.facts.try_send(fact) {
                Ok(()) => Ok(()),
                Err(TrySendError::Full(fact)) => {
                    self.queue(fact);
                    Ok(())
                }
                Err(TrySendError::Closed(_)) => Err(Gone),
            }
        } else {
            self.queue(fact);
            Ok(())
        }
    }

    /// Says that a source is alive, unless facts about it are waiting, which will say as much.
    pub(super) fn spoke(&mut self, source: &Source) -> Result<(), Gone> {
        if self.waiting.is_empty() { self.put(Fact::Spoke(source.clone())) } else { Ok(()) }
    }

    fn queue(&mut self, fact: Fact) {
        let number = self.left + self.waiting.len();
        let uid = about(&fact).cloned();
        if let Some(uid) = uid {
            let place = self.newest.get(&uid).map(|number| number - self.left);
            if let Some(older) = place.and_then(|place| self.waiting.get_mut(place)) {
                *older = fact;
                return;
            }
            self.newest.insert(uid, number);
        } else {
            self.newest.clear();
        }
        self.waiting.push_back(fact);
    }

    /// Whether facts are waiting.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Waits for room and sends the fact that waited longest. Losing this future loses no fact.
    pub(super) async fn send_one(&mut self) -> Result<(), Gone> {
        let room = self.facts.reserve().await.map_err(|_| Gone)?;
        if let Some(fact) = self.waiting.pop_front() {
            if let Some(uid) = about(&fact).filter(|uid| self.newest.get(*uid) == Some(&self.left)) {
                self.newest.remove(uid);
            }
            self.left += 1;
            room.send(fact);
        }
        Ok(())
    }

    /// Sends one waiting fact; with none waiting, waits until the loop has gone. For `select!`.
    pub(super) async fn attend(&mut self) -> Result<(), Gone> {
        if self.is_waiting() {
            return self.send_one().await;
        }
        self.facts.closed().await;
        Err(Gone)
    }

    /// Waits until nothing waits.
    pub(super) async fn drain(&mut self) -> Result<(), Gone> {
        while self.is_waiting() {
            self.send_one().await?;
        }
        Ok(())
    }
}

/// The object whose newest state a fact is.
fn about(fact: &Fact) -> Option<&Uid> {
    match fact {
        Fact::Put(_, object) => Some(&object.meta().uid),
        Fact::Gone(_, _, uid) => Some(uid),
        Fact::Begin(_)
        | Fact::Page(..)
        | Fact::End(_)
        | Fact::Spoke(_)
        | Fact::Dropped(_)
        | Fact::Link(..)
        | Fact::Tail(_)
        | Fact::Server { .. }
        | Fact::Meter { .. }
        | Fact::Skew { .. }
        | Fact::Plan(_)
        | Fact::Deed(_)
        | Fact::Journal(_)
        | Fact::Logs(_)
        | Fact::LogState(..)
        | Fact::Lines(_)
        | Fact::Diff(_)
        | Fact::Packs { .. }
        | Fact::Samples(_)
        | Fact::Counted(_)
        | Fact::Search { .. }
        | Fact::Usage { .. }
        | Fact::Places { .. }
        | Fact::Gauge { .. }
        | Fact::Curves(_)
        | Fact::Rights { .. }
        | Fact::Burnt(_)
        | Fact::Aims { .. } => None,
    }
}

#[cfg(test)]
mod tests;
