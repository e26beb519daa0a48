//! The board's filter language: words separated by spaces, all of which must hold.
//!
//! | word | holds when |
//! |---|---|
//! | `chk` | the name has these characters in this order |
//! | `ns:shop` | the namespace contains it |
//! | `state:stuck` | the state begins with it |
//! | `image:1.9` | an image of a living version contains it |
//! | `system:depl`, `cause:pull` | the system or the cause contains it |
//! | `team=pay`, `team!=pay`, `label:team` | the label has, has not that value; the label is there |
//! | `!ns:shop`, `!web` | the rest does not hold (a plain word: the name does not contain it) |
//!
//! Nothing is an error: what is not yet a term while it is typed holds for everything, an unknown key is a plain word.

use super::Marker;
use crate::domain::{Phase, Rollout};

/// A filter, parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    words: Vec<(bool, Term)>,
}

/// One word of a filter, without its `!`. Texts are in lower case but for labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The name has these characters in this order; all such words are looked for together, by a [`Marker`].
    Fuzzy(String),
    /// The name contains it.
    Name(String),
    /// The namespace contains it.
    Namespace(String),
    /// The state's word begins with it.
    State(String),
    /// An image of a living version contains it.
    Image(String),
    /// The system contains it.
    System(String),
    /// The cause contains it.
    Cause(String),
    /// There is such a label.
    Label(String),
    /// The label has this value.
    LabelIs(String, String),
}

impl Filter {
    /// Parses a filter as typed; never fails.
    pub fn parse(text: &str) -> Self {
        Self { words: text.split_whitespace().filter_map(word).collect() }
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words that must hold.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.words.iter().filter(|(negated, _)| !negated).map(|(_, term)| term)
    }

    /// Whether a rollout passes; `marker` is this filter's own.
    pub fn holds(&self, rollout: &Rollout, marker: &mut Marker) -> bool {
        self.words.iter().all(|(negated, term)| term.holds(rollout) != *negated)
            && marker.find(&rollout.at.name).is_some()
    }
}

/// A word and whether it is negated; None for what is not finished enough to mean anything.
fn word(text: &str) -> Option<(bool, Term)> {
    let (mut negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    let term = match (text.split_once(':'), text.split_once('=')) {
        (Some((key, value)), _) if keyed(key, "").is_some() => {
            (!value.is_empty()).then(|| keyed(key, value)).flatten()?
        }
        (_, Some((label, value))) if !label.trim_end_matches('!').is_empty() => {
            negated ^= label.ends_with('!');
            Term::LabelIs(label.trim_end_matches('!').to_owned(), value.to_owned())
        }
        _ if text.is_empty() => return None,
        _ if negated => Term::Name(text.to_lowercase()),
        _ => Term::Fuzzy(text.to_lowercase()),
    };
    Some((negated, term))
}

/// The term of a key; None when there is no such key.
fn keyed(key: &str, value: &str) -> Option<Term> {
    let lower = value.to_lowercase();
    Some(match key {
        "ns" => Term::Namespace(lower),
        "state" => Term::State(lower),
        "image" => Term::Image(lower),
        "system" => Term::System(lower),
        "cause" => Term::Cause(lower),
        "label" => match value.split_once('=') {
            Some((label, value)) => Term::LabelIs(label.to_owned(), value.to_owned()),
            None => Term::Label(value.to_owned()),
        },
        _ => return None,
    })
}

impl Term {
    fn holds(&self, rollout: &Rollout) -> bool {
        let within = |text: &str, part: &str| text.to_lowercase().contains(part);
        match self {
            Self::Fuzzy(_) => true,
            Self::Name(part) => within(&rollout.at.name, part),
            Self::Namespace(part) => within(&rollout.at.namespace, part),
            Self::State(start) => phase_begins(rollout.phase, start),
            Self::Image(part) => rollout.living().flat_map(|v| &v.images).any(|(_, image)| within(image, part)),
            Self::System(part) => within(&rollout.system, part),
            Self::Cause(part) => rollout.cause.as_ref().is_some_and(|cause| within(cause, part)),
            Self::Label(label) => rollout.labels.get(label).is_some(),
            Self::LabelIs(label, value) => rollout.labels.get(label).is_some_and(|is| is == value.as_str()),
        }
    }
}

fn phase_begins(phase: Phase, start: &str) -> bool {
    phase.word().starts_with(start)
}

#[cfg(test)]
mod tests;
