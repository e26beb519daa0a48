//! The only door to Prometheus: it asks, and what it learns leaves as facts. It keeps no numbers, judges none, and stops
//! when nobody looks.
//!
//! A poll is five queries for all versions of all namespaces in the scope and two for what clients see in front of them,
//! however many rollouts there are, and two less while only a board is looked at; now and then one more finds out which series
//! there are. The history of the deck that is
//! open is seven more, once, and what its pods answered block by block three more now and then. Where there are objectives, a
//! long window is four more, once a minute at most each. A query that is not ours is one more with each poll while it is looked
//! at. There is one poll at a time.
#![deny(missing_docs)]

mod answer;
mod answers;
mod burn;
mod catalog;
mod charted;
mod choice;
mod client;
mod count;
mod curves;
mod door;
mod named;
mod pack;
mod poll;
mod query;
mod seek;
pub mod settings;
mod settle;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use self::{door::Door, poll::Poller, seek::Seeker};
use crate::{
    domain::{CurveAsk, Moment, Name, Named, Past, Text},
    store::Fact,
};
pub use door::Proxied;
pub use seek::{Forwards, Listed, Reach};
pub use settings::{Settings, Upstream, Way};

/// A clock, for a source that does not say what time it has.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// What is measured: the versions in these namespaces of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The context.
    pub cluster: Name,
    /// The namespaces; none for all of them.
    pub namespaces: Vec<Name>,
}

/// What is wanted now.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    /// Whether anybody looks: nothing is asked while nobody does.
    pub looked: bool,
    /// Only what a board shows: requests, failures and the 95th percentile. Quantiles of many rollouts cost a Prometheus most.
    pub brief: bool,
    /// Over how long rates are taken.
    pub window: Duration,
    /// The query pack, if one in particular is wanted.
    pub pack: Option<Name>,
    /// The history of what is looked at closely.
    pub past: Option<Past>,
    /// The query that is not ours, if one is looked at.
    pub curves: Option<CurveAsk>,
    /// The addresses that the analyses of rollouts name, the most wanted first.
    pub named: Vec<Named>,
    /// How much faster than ours the source's time passes: in the demo another number than 1.
    pub pace: f64,
}

impl Wish {
    /// Somebody looks, at nothing in particular.
    pub const fn over(window: Duration) -> Self {
        Self { looked: true, brief: false, window, pack: None, past: None, curves: None, named: Vec::new(), pace: 1.0 }
    }
}

/// A source of metrics that is polled until this is dropped.
#[derive(Debug)]
pub struct Polling {
    task: JoinHandle<()>,
    wishes: watch::Sender<Wish>,
}

impl Polling {
    /// Starts to poll. `proxied` is the way through the API server, for a service behind it: its proxy, or port-forwards.
    ///
    /// # Errors
    /// The settings name no address, or a file that cannot be read or is not what it should be: one sentence.
    pub fn start(
        settings: &Settings,
        scope: Scope,
        (wish, proxied): (Wish, Proxied),
        (facts, clock): (mpsc::Sender<Fact>, Clock),
    ) -> Result<Self, Text> {
        let door = Door::open(settings, proxied)?;
        let (wishes, wanted) = watch::channel(wish);
        let poller = Poller::new(settings, (scope, door), (facts, clock), wanted);
        Ok(Self { task: tokio::spawn(poller.run()), wishes })
    }

    /// Starts to look for a source among the Services of a cluster, and polls the one that is found.
    pub fn seek(
        settings: &Settings,
        scope: Scope,
        (wish, reach): (Wish, Reach),
        (facts, clock): (mpsc::Sender<Fact>, Clock),
    ) -> Self {
        let (wishes, wanted) = watch::channel(wish);
        let seeker = Seeker { settings: settings.clone(), scope, reach, facts, clock, wishes: wanted };
        Self { task: tokio::spawn(seeker.run()), wishes }
    }

    /// Says what is wanted from now on.
    pub fn want(&self, wish: Wish) {
        self.wishes.send_if_modified(|held| {
            let is_news = *held != wish;
            *held = wish;
            is_news
        });
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
