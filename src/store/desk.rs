//! The desk: the open plan, what was done, log lines, and which verbs the API server lets us use.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{Reader, Store};
use crate::{
    domain::{
        Access, Deed, Entry, LogAsk, LogLine, LogState, Moment, Name, Outcome, Right, Rollout, Teller, Text, Tone, Why,
    },
    systems::Driver,
};

/// Log lines kept: some screens full of twenty chatty pods.
const LINES: usize = 5_000;
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
                let dot = if group.is_empty() { "" } else { "." };
                offer.able = Err(Why(Text::clean(&format!(
                    "RBAC refuses it: you need {verb} on {resource}{dot}{group} in namespace {}",
                    rollout.at.namespace
                ))));
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

    /// What this program did stays behind what earlier ones did.
    pub(super) fn keep_journal(&mut self, read: Result<Vec<Arc<Deed>>, Text>) {
        let desk = &mut self.fleet.desk;
        match read {
            Err(why) => desk.journal_trouble = Some(why),
            Ok(earlier) => {
                desk.journal_trouble = None;
                let own = std::mem::take(&mut desk.deeds);
                desk.deeds = earlier.into_iter().filter(|deed| !own.iter().any(|own| own.id == deed.id)).collect();
                desk.deeds.extend(own);
            }
        }
    }

    pub(super) fn want_logs(&mut self, asks: &[LogAsk]) {
        let book = &mut self.fleet.desk.logs;
        book.streams.retain(|ask, _| asks.contains(ask));
        book.lines.retain(|line| asks.contains(&line.of));
        for ask in asks {
            book.streams.entry(ask.clone()).or_insert(LogState::Opening);
        }
        if asks.is_empty() {
            book.dropped = 0;
        }
    }

    /// What a stream that is not wanted any more still says is ignored.
    pub(super) fn log_state(&mut self, ask: LogAsk, state: LogState) {
        if let Some(held) = self.fleet.desk.logs.streams.get_mut(&ask) {
            *held = state;
        }
    }

    /// Puts lines among those of other containers by the time that the server gives them. Streams are nearly in order, so
    /// each line's place is close to the end.
    pub(super) fn keep_lines(&mut self, lines: Vec<LogLine>) {
        let book = &mut self.fleet.desk.logs;
        for line in lines.into_iter().filter(|line| book.streams.contains_key(&line.of)) {
            let after = |held: &LogLine| held.of == line.of || line.at.is_none() || held.at <= line.at;
            let place = book.lines.iter().rposition(after).map_or(0, |index| index + 1);
            book.lines.insert(place, line);
        }
        let surplus = book.lines.len().saturating_sub(LINES);
        book.lines.drain(..surplus);
        book.dropped += surplus;
    }
}

/// The line that a deed adds to a timeline, if it got somewhere.
fn tale(before: Option<&Deed>, deed: &Deed) -> Option<Entry> {
    let (old, new) = (before.map(|deed| &deed.proof), &deed.proof);
    let is_new = |at: fn(&crate::domain::Proof) -> Option<Moment>| at(new).is_some() && old.and_then(at).is_none();
    let took = |at: Option<Moment>| at.map_or(0.0, |at| at.since(deed.at).as_secs_f64());
    let changed = old.map(|old| &old.outcome) != Some(&new.outcome);
    let (tone, says) = match &new.outcome {
        Outcome::Refused(why) if changed => (Tone::Bad, format!("{}: refused: {why}", deed.title)),
        Outcome::Reverted(who) if changed => (Tone::Bad, format!("{}: reverted: {who}", deed.title)),
        Outcome::Unknown(why) if changed => (Tone::Bad, format!("{}: unknown: {why}", deed.title)),
        Outcome::NeverSent(why) if changed => (Tone::Plain, format!("{}: never sent: {why}", deed.title)),
        Outcome::NotObserved if changed => (Tone::Bad, format!("{}: accepted, not observed", deed.title)),
        Outcome::TookEffect if changed => (Tone::Good, format!("{}: took effect and held", deed.title)),
        _ if is_new(|proof| proof.observed) => {
            (Tone::Good, format!("{}: observed after {:.1} s", deed.title, took(new.observed)))
        }
        _ if is_new(|proof| proof.accepted) => (Tone::Plain, format!("{}: accepted", deed.title)),
        _ => return None,
    };
    let at = new.since.unwrap_or(deed.at);
    let about = deed.intent.target.clone();
    Some(Entry { at, teller: Teller::You, tone, about, says: Text::clean(&says), times: 1 })
}
