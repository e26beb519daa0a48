//! Following the proofs: what the watches show is handed to each, and what a proof asks for is read.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::{Steering, Told, whole};
use crate::{
    app::follow::Follower,
    domain::{Deed, Text},
    journal::{Journal, Past},
    steer::{Step, Watch},
    store::Fact,
};

/// Reads the journal in a thread of its own.
pub(super) fn read_journal(journal: Journal, tell: mpsc::Sender<Told>, told: fn(Result<Past, Text>) -> Told) {
    tokio::task::spawn_blocking(move || {
        let past = journal
            .read()
            .map_err(|error| Text::clean(&format!("the journal {} cannot be read: {error}", journal.file().display())));
        let _ = tell.blocking_send(told(past));
    });
}

/// What a journal holds, for the screen.
pub(super) fn deeds(past: Result<Past, Text>) -> Result<Vec<Arc<Deed>>, Text> {
    past.map(|past| past.deeds.into_iter().map(Arc::new).collect())
}

/// Proofs followed at a time; who does more than that in a few minutes is a script.
const WATCHES: usize = 64;

impl Steering {
    /// Reads the journal again when its screen is opened.
    pub(crate) fn show_journal(&mut self, is_shown: bool) {
        let was_shown = std::mem::replace(&mut self.is_shown, is_shown);
        if let Some(journal) = self.journal.clone().filter(|_| is_shown && !was_shown) {
            read_journal(journal, self.tell.clone(), Told::Reread);
        }
    }

    pub(super) fn watch(&mut self, watch: Watch, follower: &mut Follower) {
        if self.watches.len() == WATCHES {
            self.watches.remove(0);
        }
        self.watches.push(watch);
        self.follow(follower);
    }

    /// Goes on with all proofs by the picture as it is, and makes a card again whose object has moved on.
    pub(crate) fn follow(&mut self, follower: &mut Follower) {
        let now = follower.now();
        let mut watches = std::mem::take(&mut self.watches);
        for watch in &mut watches {
            let rollout = follower.fleet().rollouts.get(&watch.deed.intent.target).cloned();
            let steps = watch.look(rollout.as_deref(), now);
            self.step(watch, steps, follower);
        }
        watches.retain(|watch| !watch.is_over(now));
        self.watches = watches;
        self.renew(follower);
    }

    fn step(&mut self, watch: &Watch, steps: Vec<Step>, follower: &mut Follower) {
        for step in steps {
            match step {
                Step::Tell => self.publish(&watch.deed, follower),
                Step::Read(at) => {
                    let (cluster, tell, id) = (Arc::clone(&self.cluster), self.tell.clone(), watch.deed.id.clone());
                    tokio::spawn(async move {
                        let whole = whole(&cluster, &at).await;
                        let _ = tell.send(Told::Read(id, whole)).await;
                    });
                }
            }
        }
    }

    pub(super) fn read(&mut self, id: &str, whole: &Result<Option<Value>, Text>, follower: &mut Follower) {
        let now = follower.now();
        let Some(index) = self.watches.iter().position(|watch| watch.deed.id == *id) else { return };
        let mut watch = self.watches.swap_remove(index);
        let steps = watch.read(whole.as_ref().map(Option::as_ref).map_err(Clone::clone), now);
        self.step(&watch, steps, follower);
        self.watches.push(watch);
    }

    pub(super) fn past(&mut self, past: Result<Past, Text>, follower: &mut Follower) {
        let now = follower.now();
        let past = match past {
            Ok(past) => past,
            Err(why) => return follower.tell(Fact::Journal(Err(why))),
        };
        let Past { deeds, orphans, .. } = past;
        let ours = |deed: &&Deed| orphans.contains(&deed.id) && deed.intent.target.cluster == self.cluster.name;
        let in_flight: Vec<Deed> = deeds.iter().filter(ours).cloned().collect();
        follower.tell(Fact::Journal(Ok(deeds.into_iter().map(Arc::new).collect())));
        for deed in in_flight {
            self.watch(Watch::resume(deed, now), follower);
        }
    }

    /// The screen and the journal learn how far an action is.
    pub(super) fn publish(&self, deed: &Deed, follower: &mut Follower) {
        follower.tell(Fact::Deed(Arc::new(deed.clone())));
        self.scribe.note(deed);
    }
}
