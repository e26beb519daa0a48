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
use crate::domain::Rollout;

/// A filter, parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    words: Vec<(bool, Term)>,
}

/// One word of a filter, without its `!`. Case matters for labels only.
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
    let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
    let is_label = |label: &str| !label.contains(':') && !label.trim_end_matches('!').is_empty();
    let pair = text.strip_prefix("label:").unwrap_or(text).split_once('=');
    if let Some((label, value)) = pair.filter(|(label, _)| is_label(label)) {
        let (unlike, label) = label.strip_suffix('!').map_or((false, label), |label| (true, label));
        return Some((negated != unlike, Term::LabelIs(label.to_owned(), value.to_owned())));
    }
    let keyed = text.split_once(':').and_then(|(key, value)| Some((term_of(key)?, value)));
    let (term, value) = keyed.unwrap_or((if negated { Term::Name } else { Term::Fuzzy }, text));
    (!value.is_empty()).then(|| (negated, term(value.to_owned())))
}

/// The term that a key makes; None when there is no such key.
fn term_of(key: &str) -> Option<fn(String) -> Term> {
    Some(match key {
        "ns" => Term::Namespace,
        "state" => Term::State,
        "image" => Term::Image,
        "system" => Term::System,
        "cause" => Term::Cause,
        "label" => Term::Label,
        _ => return None,
    })
}

impl Term {
    fn holds(&self, rollout: &Rollout) -> bool {
        let within = |text: &str, part: &str| text.to_lowercase().contains(&part.to_lowercase());
        match self {
            Self::Fuzzy(_) => true,
            Self::Name(part) => within(&rollout.at.name, part),
            Self::Namespace(part) => within(&rollout.at.namespace, part),
            Self::State(start) => rollout.phase.word().starts_with(&start.to_lowercase()),
            Self::Image(part) => rollout.living().flat_map(|v| &v.images).any(|(_, image)| within(image, part)),
            Self::System(part) => within(&rollout.system, part),
            Self::Cause(part) => rollout.cause.as_ref().is_some_and(|cause| within(cause, part)),
            Self::Label(label) => rollout.labels.get(label).is_some(),
            Self::LabelIs(label, value) => rollout.labels.get(label).is_some_and(|is| is == value.as_str()),
        }
    }
}

#[cfg(test)]
mod tests;
