//! Steering, performed: what the session wants planned is read, drafted and rehearsed; what was confirmed is journaled, sent
//! once, and followed until its proof is complete. All judging is `steer`'s; everything that waits is a task of its own that
//! tells its end, so that the loop never does.

mod carry;
mod prepare;
mod proofs;
mod reviews;
mod scribe;

use std::{path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use self::{
    carry::{Carried, carry},
    prepare::{Prepared, prepare},
    reviews::{Place, Reviews},
    scribe::Scribe,
};
use super::follow::Follower;
use crate::{
    cluster::{Cluster, Sent, TroubleKind},
    domain::{Access, Card, Deed, Intent, Moment, Outcome, Plan, PlanState, Proof, Ref, Text, Why},
    journal::{self, Journal, Me, Past},
    steer::{self, Basis, Watch},
    store::Fact,
    systems::Ask,
};

/// Ends of tasks that may wait to be heard.
const CHANNEL: usize = 64;
/// How long the end of the program waits for answers to what was sent.
const LAST_ANSWERS: Duration = Duration::from_millis(1_500);

/// The end of a task.
pub(crate) enum Told {
    /// A plan is drafted and rehearsed, or cannot be.
    Prepared(u64, Result<Box<Prepared>, Why>),
    /// The journal has it, or cannot be written.
    Journaled(u64, Box<Deed>, Result<(), Why>),
    /// The server answered, or did not.
    Carried(u64, Box<Carried>),
    /// An object that a proof wanted to see.
    Read(Text, Result<Option<Value>, Text>),
    /// What we may do.
    Rights(Place, Vec<Access>),
    /// What the journal held at the start.
    Past(Result<Past, Text>),
    /// What it holds now: other programs write into it as well.
    Reread(Result<Past, Text>),
}

/// The plan that is open.
struct Open {
    serial: u64,
    intent: Intent,
    /// The written object as the last card was made from it.
    before: Option<Value>,
    card: Option<Arc<Card>>,
    /// The task that prepares it.
    task: Option<JoinHandle<()>>,
    /// Whether it was confirmed; one confirmation is one sending.
    is_confirmed: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What steers a cluster.
pub(crate) struct Steering {
    cluster: Arc<Cluster>,
    journal: Option<Journal>,
    scribe: Scribe,
    /// Another file that the operator named for it: the next start does not know of it.
    other_file: Option<PathBuf>,
    /// Whether the journal is on the screen, so that it was read for it.
    is_shown: bool,
    me: Me,
    needs_reason: bool,
    tell: mpsc::Sender<Told>,
    told: mpsc::Receiver<Told>,
    open: Option<Open>,
    watches: Vec<Watch>,
    reviews: Reviews,
    serial: u64,
    /// Actions that are being journaled and sent: the card's number and headline.
    carrying: Vec<(u64, Text)>,
}

impl Steering {
    /// Steering with that journal; what it holds from earlier programs is read now.
    pub(crate) fn start(cluster: Arc<Cluster>, journal: Option<PathBuf>, needs_reason: bool) -> Self {
        let (tell, told) = mpsc::channel(CHANNEL);
        let journal = journal.map(Journal::at);
        if let Some(journal) = journal.clone() {
            proofs::read_journal(journal, tell.clone(), Told::Past);
        }
        let scribe = Scribe::start(journal.clone());
        let me = Me::of_process();
        Self {
            cluster,
            journal,
            scribe,
            other_file: None,
            is_shown: false,
            me,
            needs_reason,
            tell,
            told,
            open: None,
            watches: Vec::new(),
            reviews: Reviews::default(),
            serial: 0,
            carrying: Vec::new(),
        }
    }

    /// Waits for the end of a task.
    pub(crate) async fn told(&mut self) -> Option<Told> {
        self.told.recv().await
    }

    /// Makes a plan for what is wanted, or drops the one that is not wanted any more.
    pub(crate) fn want(&mut self, intent: Option<&Intent>, follower: &mut Follower) {
        if self.open.as_ref().map(|open| &open.intent) == intent {
            return;
        }
        self.open = None;
        match intent {
            None => follower.tell(Fact::Plan(None)),
            Some(intent) => self.make(intent.clone(), None, follower),
        }
    }

    /// Asks what we may do to a rollout, and again when something was missing: it may be granted meanwhile.
    pub(crate) fn learn_rights(&mut self, on: Option<&Ref>, now: Moment) {
        let Some(on) = on.filter(|_| self.cluster.writer().is_some()) else { return };
        let place = Place::of(on);
        if !self.reviews.ask(&place, now) {
            return;
        }
        let (cluster, tell, rights) = (Arc::clone(&self.cluster), self.tell.clone(), steer::rights(on));
        tokio::spawn(async move {
            let _ = tell.send(Told::Rights(place, cluster.access(rights).await)).await;
        });
    }

    /// Starts to make a card. `before` is what the last card for the same intent was made from.
    fn make(&mut self, intent: Intent, before: Option<Value>, follower: &mut Follower) {
        self.serial += 1;
        let serial = self.serial;
        let rollout = follower.fleet().rollouts.get(&intent.target).cloned();
        let able = rollout.ok_or_else(|| Why(Text::clean(&format!("{} is not there", intent.target)))).and_then(|r| {
            let offer = r.offers.iter().find(|offer| offer.verb == intent.verb);
            offer.map_or(Ok(()), |offer| offer.able.clone()).map(|()| r)
        });
        let mut open = Open { serial, intent, before, card: None, task: None, is_confirmed: false };
        match able {
            Err(why) => say(follower, &open, PlanState::Refused(why), None),
            Ok(rollout) => {
                say(follower, &open, PlanState::Making, None);
                let (cluster, tell) = (Arc::clone(&self.cluster), self.tell.clone());
                let (intent, now) = (open.intent.clone(), follower.now());
                open.task = Some(tokio::spawn(async move {
                    let prepared = prepare(&cluster, &rollout, &intent, now).await;
                    let _ = tell.send(Told::Prepared(serial, prepared.map(Box::new))).await;
                }));
            }
        }
        self.open = Some(open);
    }

    /// Takes the end of a task in.
    pub(crate) fn take(&mut self, told: Told, follower: &mut Follower) {
        match told {
            Told::Prepared(serial, prepared) => self.prepared(serial, prepared, follower),
            Told::Journaled(serial, deed, written) => self.journaled(serial, *deed, written, follower),
            Told::Carried(serial, carried) => self.carried(serial, *carried, follower),
            Told::Read(id, whole) => self.read(&id, &whole, follower),
            Told::Rights(place, access) => {
                self.reviews.answered(place, &access, follower.now());
                follower.tell(Fact::Rights { cluster: self.cluster.name.clone(), access });
            }
            Told::Past(past) => self.past(past, follower),
            Told::Reread(past) => follower.tell(Fact::Journal(proofs::deeds(past))),
        }
    }

    fn prepared(&mut self, serial: u64, prepared: Result<Box<Prepared>, Why>, follower: &mut Follower) {
        let Some(open) = self.open.as_mut().filter(|open| open.serial == serial) else { return };
        open.task = None;
        let prepared = match prepared {
            Ok(prepared) => *prepared,
            Err(why) => return say(follower, open, PlanState::Refused(why), None),
        };
        let Prepared { rollout, whole, now, draft, dry_run } = prepared;
        let has_context = self.cluster.has_context();
        let ask = Ask { rollout: &rollout, intent: &open.intent, whole: &whole, has_context, now };
        let basis = Basis { id: serial, fleet: follower.fleet(), ask: &ask, needs_reason: self.needs_reason };
        let card = Arc::new(steer::card(&basis, draft, dry_run));
        let first = whole.into_iter().next();
        let notice = match (&open.before, &first) {
            (Some(before), Some(now_there)) => steer::changed(before, now_there, now),
            _ => None,
        };
        open.card = Some(Arc::clone(&card));
        open.before = first;
        say(follower, open, PlanState::Ready(card), notice);
    }

    /// The operator confirmed a card: it is journaled and sent, once.
    pub(crate) fn confirm(&mut self, id: u64, reason: &Text, into: Option<PathBuf>, follower: &mut Follower) {
        if let Some(file) = into {
            self.other_file = Some(file.clone());
            let journal = Journal::at(file);
            self.scribe.keep_in(journal.clone());
            self.journal = Some(journal);
        }
        let Some(open) = self.open.as_mut().filter(|open| !open.is_confirmed) else { return };
        let Some(card) = open.card.clone().filter(|card| card.id == id && card.stopped().is_none()) else { return };
        let Some(writer) = self.cluster.writer() else {
            let why = Why(Text::fixed("read-only: nothing can be sent"));
            return say(follower, open, PlanState::Refused(why), None);
        };
        let Some(journal) = self.journal.clone() else {
            let why = Why(Text::fixed("there is no folder for the journal: name a file"));
            return say(follower, open, PlanState::Unwritable(card, why), None);
        };
        open.is_confirmed = true;
        let now = follower.now();
        let deed = Deed {
            id: journal::new_id(now, &self.me, open.serial),
            by: self.me.by(),
            at: now,
            intent: card.intent.clone(),
            title: card.title.clone(),
            reason: reason.clone(),
            writes: card.writes.clone(),
            flight: card.flight.clone(),
            proof: Proof::default(),
        };
        say(follower, open, PlanState::Journaling(card), None);
        self.carrying.push((open.serial, deed.title.clone()));
        tokio::spawn(carry(open.serial, deed, journal, (writer, Arc::clone(&self.cluster)), self.tell.clone()));
    }

    fn journaled(&mut self, serial: u64, deed: Deed, written: Result<(), Why>, follower: &mut Follower) {
        let Some(why) = written.err() else { return follower.tell(Fact::Deed(Arc::new(deed))) };
        self.carrying.retain(|(carried, _)| *carried != serial);
        let open = self.open.as_mut().filter(|open| open.serial == serial);
        if let Some((open, card)) = open.and_then(|open| open.card.clone().map(|card| (open, card))) {
            open.is_confirmed = false;
            return say(follower, open, PlanState::Unwritable(card, why), None);
        }
        // Its card was closed after it had been confirmed: who did that thinks that it was done.
        follower.tell(Fact::Deed(Arc::new(unsent(deed, why, follower.now()))));
    }

    fn carried(&mut self, serial: u64, carried: Carried, follower: &mut Follower) {
        self.carrying.retain(|(carried, _)| *carried != serial);
        let Carried { mut deed, sent, there } = carried;
        let now = follower.now();
        let is_open = self.open.as_ref().is_some_and(|open| open.serial == serial);
        match sent {
            Sent::Accepted(answer) => self.watch(Watch::accepted(deed, &answer, now), follower),
            Sent::Lost(why) => self.watch(Watch::lost(deed, &why, now), follower),
            Sent::Refused(trouble) => {
                let before = self.open.as_ref().filter(|_| is_open).and_then(|open| open.before.clone());
                let pair = before.as_ref().zip(there.as_ref());
                let changed = pair.and_then(|(old, new)| steer::changed(old, new, now));
                let moved = |(old, new): &(&Value, &Value)| generation(old) != generation(new);
                let why = match changed {
                    Some(what) => Text::clean(&format!("the object has changed: {what}. Nothing was written")),
                    // The controller's own annotations raise it too.
                    None if pair.is_some_and(|pair| moved(&pair)) => {
                        Text::fixed("the object has moved on since it was read. Nothing was written")
                    }
                    None => trouble.what,
                };
                deed.proof.outcome = Outcome::Refused(why);
                deed.proof.since = Some(now);
                self.publish(&deed, follower);
                if let Some(open) = self.open.take_if(|_| is_open) {
                    return self.make(open.intent.clone(), before, follower);
                }
            }
        }
        if is_open {
            follower.tell(Fact::Plan(None));
        }
    }

    /// A card whose object has a newer spec than the one it was made from would be refused: a fresh one says what changed.
    fn renew(&mut self, follower: &mut Follower) {
        let is_old = |open: &&mut Open| {
            let rollout = follower.fleet().rollouts.get(&open.intent.target);
            let newer = |card: &Arc<Card>| rollout.is_some_and(|rollout| rollout.generation > card.generation);
            !open.is_confirmed && open.task.is_none() && open.card.as_ref().is_some_and(newer)
        };
        if let Some(open) = self.open.as_mut().filter(is_old) {
            let (intent, before) = (open.intent.clone(), open.before.take());
            self.open = None;
            self.make(intent, before, follower);
        }
    }

    /// Waits a moment for answers that are on their way and for the journal's last lines. What is still open then, one
    /// sentence each: its next start goes on with it.
    pub(crate) async fn close(mut self, follower: &mut Follower) -> Vec<String> {
        let answers = async {
            while !self.carrying.is_empty() {
                let Some(told) = self.told().await else { break };
                self.take(told, follower);
            }
        };
        let _ = timeout(LAST_ANSWERS, answers).await;
        self.scribe.close().await;
        let open = self.watches.iter().filter(|watch| !watch.deed.proof.outcome.is_final());
        let open = open.map(|watch| format!("{}: {}", watch.deed.title, stage(&watch.deed.proof)));
        let sent = self.carrying.iter().map(|(_, title)| format!("{title}: {}", stage(&Proof::default())));
        let file = self.other_file.as_deref().map(|file| {
            format!("the journal is continued in {0}: start the next one with --journal {0}", file.display())
        });
        open.chain(sent).chain(file).collect()
    }

    /// Whether more may become known of an action.
    pub(crate) fn is_busy_with(&self, id: &str) -> bool {
        !self.carrying.is_empty() || self.watches.iter().any(|watch| watch.deed.id == *id)
    }
}

/// An action that was confirmed, and not sent because no journal has it.
fn unsent(mut deed: Deed, Why(why): Why, now: Moment) -> Deed {
    deed.proof = Proof { outcome: Outcome::NeverSent(why), since: Some(now), ..Proof::default() };
    deed
}

fn generation(object: &Value) -> Option<i64> {
    object.pointer("/metadata/generation")?.as_i64()
}

/// How far a proof is, for who leaves before its end.
fn stage(proof: &Proof) -> &'static str {
    match (proof.done, proof.observed, proof.accepted) {
        (Some(_), ..) => "done; nobody has watched yet whether it holds",
        (None, Some(_), _) => "accepted and observed, not done yet",
        (None, None, Some(_)) => "accepted, not observed yet",
        (None, None, None) => "no answer yet: the next start tells what became of it",
    }
}

/// An object as it is; None when there is none.
async fn whole(cluster: &Cluster, at: &Ref) -> Result<Option<Value>, Text> {
    match cluster.get_json(at).await {
        Ok(whole) => Ok(Some(whole)),
        Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
        Err(trouble) => Err(trouble.what),
    }
}

fn say(follower: &mut Follower, open: &Open, state: PlanState, notice: Option<Text>) {
    follower.tell(Fact::Plan(Some(Plan { intent: open.intent.clone(), state, notice })));
}
