//! What the operator wants, the exact requests that would do it, and the card that shows both before anything is sent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Flight, Moment, Name, Percent, Ref, Text, Uid, Verb, Why};

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Of which rollout: its root object.
    pub target: Ref,
    /// What is to be done.
    pub verb: Verb,
    /// What the verb needs to know.
    pub args: Args,
}

/// What a verb needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Args {
    /// Nothing, or: choose for me.
    None,
    /// A revision of the history.
    Revision(i64),
    /// A number of pods.
    Replicas(i32),
    /// Images by container, and the change-cause that goes with them; one is written from the images when it is None.
    Images {
        /// Container and image; the container `*` stands for all of them.
        images: Vec<(Name, Text)>,
        /// `kubernetes.io/change-cause`.
        cause: Option<Text>,
    },
    /// Shares of the traffic by version; the versions that are not named share the rest as they do now.
    Shares(Vec<(Name, Percent)>),
}

/// Which door of an object a write goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sub {
    /// The object itself.
    Main,
    /// `/scale`.
    Scale,
    /// `/status`.
    Status,
}

impl Sub {
    /// The last segment of the path; empty for the object itself.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Scale => "scale",
            Self::Status => "status",
        }
    }
}

/// One change of an object; the paths are JSON pointers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Puts a value there, over the one that is there.
    Put(Text, Value),
    /// Takes a value away that is there.
    Remove(Text),
}

impl Op {
    /// The operation of a JSON patch. `add` on a member of an object replaces it.
    pub fn patch(&self) -> Value {
        match self {
            Self::Put(path, value) => json!({"op": "add", "path": path.as_str(), "value": value}),
            Self::Remove(path) => json!({"op": "remove", "path": path.as_str()}),
        }
    }

    /// Where it changes something.
    pub const fn path(&self) -> &Text {
        match self {
            Self::Put(path, _) | Self::Remove(path) => path,
        }
    }
}

/// One request: a guarded JSON patch of one object. It does all of its changes or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// The object.
    pub target: Ref,
    /// Its incarnation: always tested first.
    pub uid: Uid,
    /// Through which door.
    pub sub: Sub,
    /// What must still hold: pointers and values. `null` tests that there is nothing (API server 1.36: a `test` for
    /// `null` passes where the path is absent).
    pub tests: Vec<(Text, Value)>,
    /// The changes.
    pub ops: Vec<Op>,
}

impl Write {
    /// The JSON patch (RFC 6902): the tests, then the changes.
    pub fn patch(&self) -> Value {
        let uid = json!({"op": "test", "path": "/metadata/uid", "value": self.uid.as_str()});
        let tests = self.tests.iter().map(|(path, value)| json!({"op": "test", "path": path.as_str(), "value": value}));
        Value::Array(std::iter::once(uid).chain(tests).chain(self.ops.iter().map(Op::patch)).collect())
    }
}

/// One line of before → after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What (`replicas`, `image of app`).
    pub what: Text,
    /// As it is.
    pub before: Text,
    /// As it would be.
    pub after: Text,
}

/// How much a guard weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It must not be sent.
    Stop,
    /// It may be undone by another, or hurt.
    Warn,
    /// Worth knowing before.
    Note,
}

/// What somebody should know before confirming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Its name (`stale-view`, `hpa`, `gitops`); a contract of `plan --output json`.
    pub rule: Name,
    /// How much it weighs.
    pub weight: Weight,
    /// One sentence.
    pub says: Text,
}

/// What a system says that a verb amounts to, before guards and dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The verb with its object, as a headline: `undo web to revision 1 and resume`.
    pub title: Text,
    /// Before → after.
    pub changes: Vec<Change>,
    /// The requests, in order. More than one is rare; the second waits for the first.
    pub writes: Vec<Write>,
    /// The equivalent kubectl command, or why there is none.
    pub kubectl: Result<Text, Why>,
    /// What the system itself has to say about it.
    pub guards: Vec<Guard>,
    /// Whether it takes something away that serves now: confirming must be chosen.
    pub destructive: bool,
}

/// What the server's dry run of the same patch answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DryRun {
    /// It would do it; what it warns of.
    Accepted(Vec<Text>),
    /// It would not: its sentence.
    Refused(Text),
    /// It was not asked: why.
    Skipped(Text),
}

/// The plan, as it is shown and, when confirmed, sent: nothing is computed after the operator has read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Another one for every card that is made.
    pub id: u64,
    /// What it is for.
    pub intent: Intent,
    /// The headline.
    pub title: Text,
    /// Before → after.
    pub changes: Vec<Change>,
    /// The requests.
    pub writes: Vec<Write>,
    /// The equivalent kubectl command, or why there is none.
    pub kubectl: Result<Text, Why>,
    /// What to know before, the heaviest first.
    pub guards: Vec<Guard>,
    /// The dry run's answer.
    pub dry_run: DryRun,
    /// What it is expected to do; None where the system's arithmetic is not known.
    #[serde(default)]
    pub flight: Option<Flight>,
    /// Whether confirming must be chosen.
    pub destructive: bool,
    /// Whether the operator must give a reason.
    pub needs_reason: bool,
    /// When it was made, cluster time.
    pub made: Moment,
    /// `metadata.generation` of the object that it was made from.
    pub generation: i64,
}

impl Card {
    /// Why it cannot be sent: the first guard that stops it, or the dry run.
    pub fn stopped(&self) -> Option<&Text> {
        let stop = self.guards.iter().find(|guard| guard.weight == Weight::Stop).map(|guard| &guard.says);
        let refused = match &self.dry_run {
            DryRun::Refused(why) => Some(why),
            DryRun::Accepted(_) | DryRun::Skipped(_) => None,
        };
        stop.or(refused)
    }
}

/// A plan on its way to a confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What was asked for.
    pub intent: Intent,
    /// How far it is.
    pub state: PlanState,
    /// What became of the card before this one: `the object was changed by kubectl-edit: image of app…`.
    pub notice: Option<Text>,
}

/// How far a plan is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlanState {
    /// The object is read and the dry run asked for.
    Making,
    /// To be read and confirmed.
    Ready(Arc<Card>),
    /// It cannot be done: why.
    Refused(Why),
    /// Confirmed, and being written into the journal.
    Journaling(Arc<Card>),
    /// The journal cannot be written: why. Nothing was sent; another file may be named.
    Unwritable(Arc<Card>, Why),
}

impl Plan {
    /// The card, if it is made.
    pub const fn card(&self) -> Option<&Arc<Card>> {
        match &self.state {
            PlanState::Ready(card) | PlanState::Journaling(card) | PlanState::Unwritable(card, _) => Some(card),
            PlanState::Making | PlanState::Refused(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn a_write_tests_its_uid_before_anything_else() {
        let write = Write {
            target: sample::deployment("web:1", 3).meta.at,
            uid: "u1".into(),
            sub: Sub::Main,
            tests: vec![("/spec/paused".into(), Value::Null)],
            ops: vec![Op::Put("/spec/paused".into(), Value::Bool(true)), Op::Remove("/spec/minReadySeconds".into())],
        };
        let patch = json!([
            {"op": "test", "path": "/metadata/uid", "value": "u1"},
            {"op": "test", "path": "/spec/paused", "value": null},
            {"op": "add", "path": "/spec/paused", "value": true},
            {"op": "remove", "path": "/spec/minReadySeconds"},
        ]);
        assert_eq!(write.patch(), patch);
    }
}
