//! The desk: what was done, and which verbs the API server lets us use. Log lines are kept in `book`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{Reader, Store};
use crate::{
    domain::{Access, Deed, Entry, Moment, Name, Outcome, Proof, Right, Rollout, Teller, Text, Tone, Why},
    systems::Driver,
};

/// A deed that many back is only in the journal's file.
const DEEDS: usize = 1_000;

/// What we may do, by cluster.
#[derive(Default)]
pub(super) struct Rights(HashMap<Name, BTreeMap<Right, Access>>);

impl Rights {
    /// Takes back the offers of verbs that the API server would refuse. What is not known is not held against a verb.
    pub(super) fn settle(&self, driver: &dyn Driver, rollout: &mut Rollout) {
        let Some(known) = self.0.get(&rollout.at.cluster) else { return };
        for offer in rollout.offers.iter_mut().filter(|offer| offer.able.is_ok()) {
            let row = driver.verbs().iter().find(|row| row.verb == offer.verb);
            let rights = row.map(|row| row.rights).unwrap_or_default();
            let missing = rights.iter().find(|(verb, group, resource)| {
                let right = Right {
                    verb: Name::fixed(verb),
                    group: Name::fixed(group),
                    resource: Name::fixed(resource),
                    namespace: Some(rollout.at.namespace.clone()),
                };
                known.get(&right).is_some_and(|access| access.allowed == Some(false))
            });
            if let Some((verb, group, resource)) = missing {
                let of = if group.is_empty() { String::new() } else { format!(" of group {group}") };
                let says =
                    format!("RBAC refuses it: it needs {verb} on {resource}{of} in namespace {}", rollout.at.namespace);
                offer.able = Err(Why(Text::clean(&says)));
            }
        }
    }
}

impl Store {
    pub(super) fn keep_rights(&mut self, cluster: &Name, access: Vec<Access>) {
        let known = self.rights.0.entry(cluster.clone()).or_default();
        known.extend(access.into_iter().map(|access| (access.right.clone(), access)));
        let ours = self.by_root.keys().filter(|root| root.cluster == *cluster);
        self.dirty.extend(ours.map(|root| Reader::Rollout(root.clone())));
    }

    /// Keeps the newest of a deed, and tells it in the timeline of its rollout.
    pub(super) fn keep_deed(&mut self, deed: Arc<Deed>) {
        let deeds = &mut self.fleet.desk.deeds;
        let known = deeds.iter_mut().rev().find(|known| known.id == deed.id);
        let before = known.as_ref().map(|known| Arc::clone(known));
        let line = tale(before.as_deref(), &deed);
        let root = deed.intent.target.clone();
        match known {
            Some(known) => *known = deed,
            None => deeds.push(deed),
        }
        let surplus = deeds.len().saturating_sub(DEEDS);
        deeds.drain(..surplus);
        if let Some(line) = line {
            self.timelines.push(&root, line);
        }
    }

    /// Of a deed that is known already the later word counts: other programs write into the file as well.
    pub(super) fn keep_journal(&mut self, read: Result<Vec<Arc<Deed>>, Text>) {
        let desk = &mut self.fleet.desk;
        match read {
            Err(why) => desk.journal_trouble = Some(why),
            Ok(earlier) => {
                desk.journal_trouble = None;
                let mut own: HashMap<Text, Arc<Deed>> =
                    desk.deeds.drain(..).map(|deed| (deed.id.clone(), deed)).collect();
                let later = |read: Arc<Deed>| match own.remove(&read.id) {
                    Some(own) if said(&own) >= said(&read) => own,
                    Some(_) | None => read,
                };
                let mut all: Vec<Arc<Deed>> = earlier.into_iter().map(later).collect();
                all.extend(own.into_values());
                desk.deeds = all;
                desk.deeds.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
                let surplus = desk.deeds.len().saturating_sub(DEEDS);
                desk.deeds.drain(..surplus);
            }
        }
    }
}

/// When something was last said of a deed.
fn said(deed: &Deed) -> Moment {
    let Proof { accepted, observed, done, since, .. } = deed.proof;
    [accepted, observed, done, since].into_iter().flatten().fold(deed.at, Moment::max)
}

/// The line that a deed adds to a timeline, if it got somewhere: the farthest stage that is new, at its own time.
fn tale(before: Option<&Deed>, deed: &Deed) -> Option<Entry> {
    let new = &deed.proof;
    let changed = before.map(|deed| &deed.proof.outcome) != Some(&new.outcome);
    let (tone, at, says) = ended(&new.outcome)
        .filter(|_| changed)
        .map(|(tone, says)| (tone, new.since, says))
        .or_else(|| advanced(before.map(|deed| &deed.proof), deed))?;
    let says = Text::clean(&format!("{}: {says}", deed.title));
    let about = deed.intent.target.clone();
    Some(Entry { at: at.unwrap_or(deed.at), teller: Teller::You, tone, about, says, times: 1 })
}

/// How an outcome is told; None while it is open.
fn ended(outcome: &Outcome) -> Option<(Tone, String)> {
    Some(match outcome {
        Outcome::Open => return None,
        Outcome::TookEffect => (Tone::Good, "took effect, and nobody reversed it".to_owned()),
        Outcome::NotObserved => (Tone::Bad, "accepted, but its controller has not seen it".to_owned()),
        Outcome::Refused(why) => (Tone::Bad, format!("refused: {why}")),
        Outcome::Reverted(who) => (Tone::Bad, format!("reversed: {who}")),
        Outcome::Unknown(why) => (Tone::Bad, format!("unknown whether it arrived: {why}")),
        Outcome::NeverSent(why) => (Tone::Plain, format!("never sent: {why}")),
    })
}

/// The farthest stage of a proof that was not reached before.
fn advanced(before: Option<&Proof>, deed: &Deed) -> Option<(Tone, Option<Moment>, String)> {
    let reached = |stage: fn(&Proof) -> Option<Moment>| stage(&deed.proof).filter(|_| before.and_then(stage).is_none());
    let took = |at: Moment| at.since(deed.at).as_secs_f64();
    if let Some(at) = reached(|proof| proof.done) {
        return Some((Tone::Good, Some(at), format!("done after {:.1} s", took(at))));
    }
    if let Some(at) = reached(|proof| proof.observed) {
        return Some((Tone::Plain, Some(at), format!("its controller saw it after {:.1} s", took(at))));
    }
    let at = reached(|proof| proof.accepted)?;
    let reason = if deed.reason.is_empty() { String::new() } else { format!(" ({})", deed.reason) };
    Some((Tone::Plain, Some(at), format!("accepted{reason}")))
}
