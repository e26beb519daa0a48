//! What was confirmed and sent, how far its proof is, and what became of it. The journal keeps these; the timeline tells them.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Flight, Intent, Moment, Text, Write};

/// One confirmed action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Its identity, unique over programs and machines.
    pub id: Text,
    /// Who confirmed it: `user@host`.
    pub by: Text,
    /// When it was written into the journal; cluster time.
    pub at: Moment,
    /// What was wanted.
    pub intent: Intent,
    /// The card's headline.
    pub title: Text,
    /// Why, in the operator's words; may be empty.
    pub reason: Text,
    /// The requests.
    pub writes: Vec<Write>,
    /// What the card expected it to do. A journal of another version may tell it in another way: then it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "if_understood")]
    pub flight: Option<Flight>,
    /// The proof so far.
    pub proof: Proof,
}

impl Deed {
    /// How long it was expected to take, seconds.
    pub fn predicted(&self) -> Option<u64> {
        Some(self.flight.as_ref()?.takes?.likely)
    }
}

fn if_understood<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Flight>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

/// The stages of a proof, each with its time, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The server said yes.
    pub accepted: Option<Moment>,
    /// The generation that the object had then.
    pub generation: Option<i64>,
    /// The controller has seen that generation.
    pub observed: Option<Moment>,
    /// What was wanted is so.
    pub done: Option<Moment>,
    /// How it stands.
    pub outcome: Outcome,
    /// When the outcome last changed.
    pub since: Option<Moment>,
}

/// How an action ended, or that it has not ended yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// On its way; the times say how far.
    #[default]
    Open,
    /// Accepted, but the controller has not seen it within 10 s. It may still.
    NotObserved,
    /// Observed, and nobody reversed it for 30 s.
    TookEffect,
    /// The server refused it: why. Nothing was written.
    Refused(Text),
    /// Somebody reversed it: who, and what is there now.
    Reverted(Text),
    /// The answer was lost: what is known.
    Unknown(Text),
    /// It was journaled and never arrived: how that is known. Nothing was written.
    NeverSent(Text),
}

impl Outcome {
    /// The word, as the journal and `plan --output json` write it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::NotObserved => "not-observed",
            Self::TookEffect => "took-effect",
            Self::Refused(_) => "refused",
            Self::Reverted(_) => "reverted",
            Self::Unknown(_) => "unknown",
            Self::NeverSent(_) => "never-sent",
        }
    }

    /// Whether nothing more is to be expected.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Open | Self::NotObserved | Self::Unknown(_) => false,
            Self::TookEffect | Self::Refused(_) | Self::Reverted(_) | Self::NeverSent(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Args, Downtime, Estimate, Verb, sample};
    use serde_json::json;

    #[test]
    fn a_flight_that_is_not_understood_is_none() {
        let flight = Flight {
            start: 2,
            stop: 0,
            takes: Some(Estimate { fastest: 1, likely: 2, slowest: 3 }),
            lowest_ready: 3,
            wanted: 5,
            downtime: Downtime::None,
            lost: Vec::new(),
            limits: Vec::new(),
            stuck: None,
            assumes: Vec::new(),
        };
        let target = sample::deployment("web:1", 3).meta.at;
        let deed = Deed {
            id: "1".into(),
            by: "me@bastion".into(),
            at: sample::NOW,
            intent: Intent { target, verb: Verb::Scale, args: Args::Replicas(5) },
            title: "scale web from 3 to 5".into(),
            reason: Text::default(),
            writes: Vec::new(),
            flight: Some(flight),
            proof: Proof::default(),
        };
        let written = serde_json::to_value(&deed).unwrap();
        let read = |value: Value| serde_json::from_value::<Deed>(value).unwrap();
        assert_eq!(read(written.clone()), deed);
        assert_eq!(deed.predicted(), Some(2));
        let unknown = Deed { flight: None, ..deed };
        let mut other = written.clone();
        other["flight"] = json!({"start": "two"});
        assert_eq!(read(other), unknown, "another version's");
        let mut older = written;
        older.as_object_mut().unwrap().remove("flight");
        assert_eq!(read(older), unknown);
        assert_eq!(serde_json::to_value(&unknown).unwrap().get("flight"), None);
    }
}
