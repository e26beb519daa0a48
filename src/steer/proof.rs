//! The proof of a deed, in stages: accepted, observed, done, held. It is driven by what the watches show and by re-reading
//! the object when it moved on; it sends nothing, and asks for nothing twice at a time.

use std::time::Duration;

use serde_json::Value;

use super::{
    resolve::{Resolved, generation, is_there, resolve},
    who::{self, Hand, Mark},
};
use crate::{
    domain::{Deed, Moment, Op, Outcome, Proof, Ref, Rollout, Sub, Text, Write},
    systems::{self, parts},
};

/// The controller sees a change within this, or something is wrong with it.
const OBSERVED_WITHIN: Duration = Duration::from_secs(10);
/// Nobody reversed it for so long: it held. An HPA takes 15 s.
const HELD_FOR: Duration = Duration::from_secs(30);
/// A write that is not there after this did not arrive.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);
/// And after this, counted from the first answer of a server that may have stood still with the write in its hands.
const ARRIVES_AFTER_ALL: Duration = Duration::from_secs(6);
/// Between two readings.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two readings of an object that could not be read for a while.
const LONG_PAUSE: Duration = Duration::from_secs(15);
/// What cannot be read for so long is not asked for again.
const PATIENCE: Duration = Duration::from_mins(10);

/// What the times of managed fields are good to.
const SECOND: Duration = Duration::from_secs(1);

/// What a proof wants to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read this object whole and hand it to [`Watch::read`].
    Read(Ref),
    /// The deed has changed: tell the screen and the journal.
    Tell,
}

/// The proof of one deed, from the server's answer to *held*, driven by what the watches show and by re-reading.
#[derive(Clone, Debug)]
pub struct Watch {
    /// The deed with its proof so far.
    pub deed: Deed,
    /// What the server had at the written paths when it accepted.
    kept: Vec<Op>,
    /// The newest generation at which that was still so.
    verified: Option<i64>,
    /// Who had written the object then.
    marks: Vec<Mark>,
    /// The answer was lost, and it is not known yet what became of it: since when.
    lost: Option<Moment>,
    /// Since when readings say that it is not there.
    absent: Option<Moment>,
    /// Whether another program sent it, so that nobody has looked in between.
    is_resumed: bool,
    /// When the object was last asked for.
    asked: Option<Moment>,
    /// Since when it cannot be read.
    failing: Option<Moment>,
    /// Nothing more will be found out.
    is_over: bool,
    /// What was told last.
    told: Option<Proof>,
}

impl Watch {
    /// The server accepted the last write of a deed and answered with this object.
    pub fn accepted(deed: Deed, answer: &Value, now: Moment) -> Self {
        let mut watch = Self::new(deed);
        watch.deed.proof = Proof { accepted: Some(now), since: Some(now), ..Proof::default() };
        watch.keep(answer);
        // A Scale has no generation: the object itself is read for it.
        watch.deed.proof.generation = generation(answer);
        watch.verified = generation(answer);
        watch
    }

    /// The answer was lost: `why`.
    pub fn lost(deed: Deed, why: &str, now: Moment) -> Self {
        let mut watch = Self::new(deed);
        watch.lost = Some(now);
        watch.turn(Outcome::Unknown(Text::clean(why)), now);
        watch
    }

    /// A deed that was in flight when its program died: goes on where the journal says that it was. Nothing is sent.
    pub fn resume(deed: Deed, now: Moment) -> Self {
        if deed.proof.outcome.is_final() {
            return Self { is_over: true, told: Some(deed.proof.clone()), ..Self::new(deed) };
        }
        if deed.proof.accepted.is_none() {
            // What was said of it before stands until more is known: it is not told again at every start.
            let told = matches!(deed.proof.outcome, Outcome::Unknown(_)).then(|| deed.proof.clone());
            let before = deed.proof.clone();
            let mut lost = Self::lost(deed, "in flight when the program ended: no answer was written down", now);
            lost.lost = Some(lost.deed.at);
            lost.is_resumed = true;
            if told.is_some() {
                (lost.deed.proof, lost.told) = (before, told);
            }
            return lost;
        }
        // What the server had there is not known: what was sent must do, and it is read before anything is said.
        let ops = deed.writes.last().into_iter().flat_map(|write| &write.ops);
        let kept = ops.filter(|op| is_spec(op)).cloned().collect();
        Self { told: Some(deed.proof.clone()), kept, is_resumed: true, ..Self::new(deed) }
    }

    fn new(deed: Deed) -> Self {
        Self {
            deed,
            kept: Vec::new(),
            verified: None,
            marks: Vec::new(),
            lost: None,
            absent: None,
            is_resumed: false,
            asked: None,
            failing: None,
            is_over: false,
            told: None,
        }
    }

    /// Whether nothing more will be found out, so that it need not be driven any longer. After it took effect only *done*
    /// is waited for, and not for ever.
    pub fn is_over(&self, now: Moment) -> bool {
        let Proof { outcome, done, since, .. } = &self.deed.proof;
        let waits = *outcome == Outcome::TookEffect && done.is_none();
        let long = since.is_some_and(|since| now.since(since) > PATIENCE);
        self.is_over || outcome.is_final() && (!waits || long)
    }

    /// Goes on with what the watches show now; call it with every new picture and at least once a second.
    pub fn look(&mut self, rollout: Option<&Rollout>, now: Moment) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(at) = self.target().filter(|_| !self.is_over(now)).map(|write| write.target.clone()) {
            let rollout = rollout.filter(|rollout| self.target().is_some_and(|write| write.uid == rollout.uid));
            if self.deed.proof.accepted.is_some() {
                self.follow(rollout, now);
            }
            if self.must_read(rollout, now) && self.may_read(now) && !self.is_over(now) {
                self.asked = Some(now);
                steps.push(Step::Read(at));
            }
        }
        steps.extend(self.tell());
        steps
    }

    /// Goes on with an object that was asked for by [`Step::Read`]; None if there is none any more, Err if it cannot be read.
    pub fn read(&mut self, whole: Result<Option<&Value>, Text>, now: Moment) -> Vec<Step> {
        let Some(write) = self.target().cloned() else { return Vec::new() };
        match whole {
            _ if self.is_over(now) => {}
            Err(why) => self.failed(&why, now),
            Ok(whole) => {
                self.failing = None;
                if let Some(lost) = self.lost {
                    self.find(&write, whole, lost, now);
                } else {
                    self.verify(&write, whole, now);
                }
            }
        }
        self.tell().into_iter().collect()
    }

    /// The write that is followed: the last one, which waited for those before it.
    fn target(&self) -> Option<&Write> {
        self.deed.writes.last()
    }

    fn tell(&mut self) -> Option<Step> {
        (self.told.as_ref() != Some(&self.deed.proof)).then(|| {
            self.told = Some(self.deed.proof.clone());
            Step::Tell
        })
    }

    fn turn(&mut self, outcome: Outcome, now: Moment) {
        if self.deed.proof.outcome != outcome || self.deed.proof.since.is_none() {
            self.deed.proof.outcome = outcome;
            self.deed.proof.since = Some(now);
        }
    }

    /// Remembers what an object has at the written paths: webhooks may have bent what was sent.
    fn keep(&mut self, answer: &Value) {
        self.marks = who::marks(answer);
        let Some(write) = self.deed.writes.last() else { return };
        let held = |op: &Op| match (answer.pointer(op.path()), write.sub) {
            (Some(value), _) if !value.is_null() => Op::Put(op.path().clone(), value.clone()),
            (_, Sub::Scale) => Op::Put(op.path().clone(), Value::from(0)),
            (_, Sub::Main | Sub::Status) => Op::Remove(op.path().clone()),
        };
        self.kept = write.ops.iter().filter(|op| is_spec(op)).map(held).collect();
    }

    /// The stages that the picture shows.
    fn follow(&mut self, rollout: Option<&Rollout>, now: Moment) {
        let Proof { accepted, generation: ours, .. } = self.deed.proof;
        if let (Some(rollout), Some(ours)) = (rollout, ours) {
            if rollout.observed >= ours {
                self.observe(now);
            }
            let is_current =
                self.deed.proof.observed.is_some() && rollout.generation >= ours && self.is_verified(rollout);
            let row = systems::verb(&rollout.system, self.deed.intent.verb);
            if is_current
                && self.deed.proof.done.is_none()
                && row.is_some_and(|row| (row.done)(rollout, &self.deed.intent))
            {
                self.deed.proof.done = Some(now);
            }
        }
        let is_late = accepted.is_some_and(|at| now.since(at) >= OBSERVED_WITHIN);
        let was_read = !self.is_resumed || self.verified.is_some();
        if self.deed.proof.observed.is_none() && is_late && was_read {
            self.turn(Outcome::NotObserved, now);
        }
    }

    fn observe(&mut self, now: Moment) {
        if self.deed.proof.observed.is_none() {
            self.deed.proof.observed = Some(now);
            self.turn(Outcome::Open, now);
        }
    }

    /// Whether what was written is known to be there in the newest generation.
    fn is_verified(&self, rollout: &Rollout) -> bool {
        self.verified.is_some_and(|verified| verified >= rollout.generation)
    }

    /// Something is not known: what became of it, whether it is still there in a newer generation, or, at the end, whether
    /// it held. A picture may be old without saying so: the last word is a reading's.
    fn must_read(&self, rollout: Option<&Rollout>, now: Moment) -> bool {
        let is_last = self.is_time_up(now) && self.deed.proof.outcome != Outcome::TookEffect;
        self.lost.is_some() || is_last || rollout.is_none_or(|rollout| !self.is_verified(rollout))
    }

    fn is_time_up(&self, now: Moment) -> bool {
        self.deed.proof.observed.is_some_and(|at| now.since(at) >= HELD_FOR)
    }

    /// One reading at a time, and fewer of them when they fail for long.
    fn may_read(&self, now: Moment) -> bool {
        let long = |since: Moment| now.since(since) > ARRIVES_WITHIN;
        let pause = if self.failing.is_some_and(long) { LONG_PAUSE } else { PAUSE };
        self.asked.is_none_or(|asked| now.since(asked) >= pause)
    }

    fn failed(&mut self, why: &Text, now: Moment) {
        let since = *self.failing.get_or_insert(now);
        if now.since(since) > PATIENCE {
            self.is_over = true;
            let at = self.target().map(|write| write.target.to_string()).unwrap_or_default();
            self.turn(Outcome::Unknown(Text::clean(&format!("{at} cannot be read, so it cannot be told: {why}"))), now);
        }
    }

    /// Whether a write whose answer was lost arrived.
    fn find(&mut self, write: &Write, whole: Option<&Value>, lost: Moment, now: Moment) {
        match (resolve(write, whole), whole) {
            (Resolved::Applied(generation), Some(whole)) => {
                self.lost = None;
                self.keep(whole);
                self.verified = generation;
                self.deed.proof.accepted = Some(now);
                self.deed.proof.generation = generation;
                self.turn(Outcome::Open, now);
                self.observed_by(whole, now);
            }
            (Resolved::Lost(why), _) => {
                self.is_over = true;
                self.turn(Outcome::Unknown(why), now);
            }
            (Resolved::Absent, _) => {
                let absent = *self.absent.get_or_insert(now);
                if now.since(lost) >= ARRIVES_WITHIN && now.since(absent) >= ARRIVES_AFTER_ALL {
                    let says = "it did not arrive: the object is as it was, nothing was written";
                    self.turn(Outcome::NeverSent(Text::fixed(says)), now);
                }
            }
            (Resolved::Applied(_), None) => {}
        }
    }

    /// Whether what was written is still there.
    fn verify(&mut self, write: &Write, whole: Option<&Value>, now: Moment) {
        let same = whole.filter(|whole| whole.pointer("/metadata/uid").and_then(Value::as_str) == Some(&write.uid));
        let Some(whole) = same else {
            let says = format!("{} was deleted", write.target);
            return if self.is_resumed { self.untold(&says, now) } else { self.reverted(&says, now) };
        };
        if let Some(op) = self.kept.iter().find(|op| !is_there(write.sub, op, whole)).cloned() {
            let says = self.reversal(&op, whole);
            // Days later it is no reversal, but what happened since.
            let is_late = now.since(self.deed.proof.accepted.unwrap_or(now)) > HELD_FOR * 2;
            return if self.is_resumed && is_late { self.untold(&says, now) } else { self.reverted(&says, now) };
        }
        let held = generation(whole);
        self.marks = who::marks(whole);
        self.verified = self.verified.max(held);
        if self.deed.proof.generation.is_none() {
            self.deed.proof.generation = held;
        }
        self.observed_by(whole, now);
        if self.is_time_up(now) {
            self.turn(Outcome::TookEffect, now);
        }
    }

    fn observed_by(&mut self, whole: &Value, now: Moment) {
        let seen = whole.pointer("/status/observedGeneration").and_then(Value::as_i64);
        if seen.zip(self.deed.proof.generation).is_some_and(|(seen, ours)| seen >= ours) {
            self.observe(now);
        }
    }

    /// What happened while nobody looked: whether it held before cannot be told any more.
    fn untold(&mut self, says: &str, now: Moment) {
        self.is_over = true;
        let says = format!("accepted; nobody watched whether it held. Since then: {says}");
        self.turn(Outcome::Unknown(Text::clean(&says)), now);
    }

    /// After it took effect, another change is another story.
    fn reverted(&mut self, says: &str, now: Moment) {
        self.is_over = true;
        if self.deed.proof.outcome != Outcome::TookEffect {
            self.turn(Outcome::Reverted(Text::clean(says)), now);
        }
    }

    /// `by kubectl-edit 12 s later: paused is no now`. Of a field that was taken away nobody is the owner: then the last one
    /// to write the spec is named as no more than that.
    fn reversal(&self, op: &Op, whole: &Value) -> String {
        let before = if let Op::Put(_, value) = op { Some(value) } else { None };
        let found = parts::at(op.path(), before, whole);
        let part = found.first();
        let what = part.map_or_else(|| op.path().to_string(), |part| format!("{} is {} now", part.what, part.after));
        let accepted = self.deed.proof.accepted.unwrap_or(self.deed.at);
        let hands = self.others(whole, accepted);
        let told = |hand: &Hand<'_>| match hand.at {
            Some(at) => format!("by {} {} s later", hand.name(), at.since(accepted).as_secs()),
            None => format!("by {}", hand.name()),
        };
        match (part.and_then(|part| who::wrote(&hands, &part.fields)), who::newest(&hands)) {
            (Some(hand), _) => format!("{}: {what}", told(&hand)),
            (None, _) if **op.path() == *"/spec/replicas" => {
                format!("through /scale by somebody who left no name, as an HPA may: {what}")
            }
            (None, Some(hand)) => format!("{what}; the spec was last written {}", told(&hand)),
            (None, None) => format!("by somebody who left no name: {what}"),
        }
    }

    /// Those who wrote since it was known to be there; times are whole seconds, and our own write is none of them.
    fn others<'a>(&self, whole: &'a Value, accepted: Moment) -> Vec<Hand<'a>> {
        let mut hands = who::since(whole, &self.marks);
        hands.retain(|hand| hand.at.is_none_or(|at| at.plus(SECOND) > accepted));
        hands.retain(|hand| hand.manager != who::OURS || hand.at.is_some_and(|at| at > accepted));
        hands
    }
}

/// Notes are not fought over: only a reversal of the spec undoes what was wanted.
fn is_spec(op: &Op) -> bool {
    op.path().starts_with("/spec")
}

#[cfg(test)]
mod tests;
