//! The lines of the journal: one JSON object each, for people with `jq` and for the program that starts next. Files are not
//! touched here.
//!
//! The first line of an action holds all of it: in plain fields, and once more as `deed`, from which the program makes the
//! action again. Each later line holds the whole proof so far, so the last one counts.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::me::{Author, Me};
use crate::domain::{Args, Deed, Moment, Name, Outcome, Proof, Text, Uid, Write};

/// The version of the format. A line of another version is counted as unreadable, not guessed at.
const VERSION: u32 = 1;

/// What was about to be sent.
#[derive(Serialize)]
struct Intended<'a> {
    v: u32,
    id: &'a Text,
    at: String,
    event: &'static str,
    by: &'a Text,
    #[serde(flatten)]
    author: Author,
    context: &'a Name,
    namespace: &'a Name,
    object: String,
    uid: Option<&'a Uid>,
    verb: &'static str,
    args: &'a Args,
    title: &'a Text,
    reason: &'a Text,
    requests: Vec<Request>,
    deed: &'a Deed,
}

/// One request, as it goes over the wire.
#[derive(Serialize)]
struct Request {
    method: &'static str,
    path: Option<String>,
    patch: Value,
}

/// What became known of it.
#[derive(Serialize)]
struct Later<'a> {
    v: u32,
    id: &'a str,
    at: String,
    event: &'static str,
    proof: &'a Proof,
}

/// Either of them, as far as it is needed again.
#[derive(Deserialize)]
struct Line {
    v: u32,
    id: Text,
    #[serde(flatten)]
    author: Option<Author>,
    deed: Option<Deed>,
    proof: Option<Proof>,
}

/// What a line says.
pub(super) enum Said {
    /// An action was about to be sent, by that program.
    Intended(Option<Author>, Box<Deed>),
    /// How far the proof of the action of that id was.
    Later(Text, Proof),
}

/// The line for an action that is about to be sent.
pub(super) fn intended(deed: &Deed, me: &Me) -> serde_json::Result<Vec<u8>> {
    let target = &deed.intent.target;
    let request = |write: &Write| Request { method: "PATCH", path: write.path(), patch: write.patch() };
    ended(&Intended {
        v: VERSION,
        id: &deed.id,
        at: rfc3339(deed.at),
        event: "intended",
        by: &deed.by,
        author: Author::new(me),
        context: &target.cluster,
        namespace: &target.namespace,
        object: target.to_string(),
        uid: deed.writes.first().map(|write| &write.uid),
        verb: deed.intent.verb.word(),
        args: &deed.intent.args,
        title: &deed.title,
        reason: &deed.reason,
        requests: deed.writes.iter().map(request).collect(),
        deed,
    })
}

/// The line for what became known of an action.
pub(super) fn later(id: &str, at: Moment, proof: &Proof) -> serde_json::Result<Vec<u8>> {
    ended(&Later { v: VERSION, id, at: rfc3339(at), event: event(proof), proof })
}

/// What a line says; None if it is torn, or none of ours.
pub(super) fn read(line: &[u8]) -> Option<Said> {
    let line: Line = serde_json::from_slice(line).ok()?;
    if line.v != VERSION {
        return None;
    }
    match (line.deed, line.proof) {
        (Some(deed), _) => Some(Said::Intended(line.author, Box::new(deed))),
        (None, Some(proof)) => Some(Said::Later(line.id, proof)),
        (None, None) => None,
    }
}

fn ended(line: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(line)?;
    line.push(b'\n');
    Ok(line)
}

/// The stage in a word: the outcome's if there is one, else how far the proof is.
fn event(proof: &Proof) -> &'static str {
    match &proof.outcome {
        Outcome::Open if proof.done.is_some() => "done",
        Outcome::Open if proof.observed.is_some() => "observed",
        Outcome::Open if proof.accepted.is_some() => "accepted",
        Outcome::Open => "sent",
        // It counts as having taken effect when it has held.
        Outcome::TookEffect => "held",
        Outcome::NotObserved
        | Outcome::Refused(_)
        | Outcome::Reverted(_)
        | Outcome::Unknown(_)
        | Outcome::NeverSent(_) => proof.outcome.word(),
    }
}

/// A time for people; a moment that no calendar has is written as its number.
fn rfc3339(at: Moment) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| format!("{at:.3}"))
}
