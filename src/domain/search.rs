//! What came of looking for a Prometheus: where the analyses of rollouts name one, and among the Services of a cluster.

use serde::{Deserialize, Serialize};

use super::Text;

/// A search: what was asked, and why nothing or nothing better was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Those that are named, and the Services that look like one, the best first.
    pub candidates: Vec<Candidate>,
    /// What we may not do, each with its RBAC rule.
    pub missing: Vec<Text>,
}

/// What may be a Prometheus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// `monitoring/prometheus:9090`.
    pub place: Text,
    /// What it looks like, or who names it: `Thanos Query`, `named by Canary shop/web`.
    pub product: Text,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is the one.
    Chosen,
    /// It answers, and another one is better: in how far it falls short.
    Spare(Text),
    /// It does not answer as a Prometheus does: why.
    Failed(Text),
    /// It is not asked by itself: why, and what would.
    Aside(Text),
    /// It was not asked: a better one had answered, or there are too many.
    Unasked,
}

impl Candidate {
    /// Who names it, as the end of a sentence; None for what only looks like one.
    pub fn named_by(&self) -> Option<&str> {
        Some(self.product.as_str()).filter(|product| product.starts_with("named by "))
    }
}

impl Search {
    /// The one that was found.
    pub fn found(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.fate == Fate::Chosen)
    }

    /// What was asked in vain, what might do as well, and what we may not do: a sentence each. The one that was found is not in it.
    pub fn says(&self) -> Vec<String> {
        let one = |candidate: &Candidate| {
            let Candidate { place, product, fate } = candidate;
            match fate {
                Fate::Chosen | Fate::Unasked => None,
                Fate::Spare(why) => Some(format!("{place} ({product}): {why}")),
                Fate::Aside(why) => Some(format!("{place} ({product}) is not asked: {why}")),
                Fate::Failed(why) => Some(format!("{place} ({product}) was tried: {why}")),
            }
        };
        let equal =
            |other: &Candidate| format!("{} ({}) might do as well: it was not asked", other.place, other.product);
        let missing = self.missing.iter().map(|rule| format!("not permitted: {rule}"));
        self.candidates.iter().filter_map(one).chain(self.equals().map(equal)).chain(missing).collect()
    }

    /// Another one of the same product that was not asked and might do as well.
    fn equals(&self) -> impl Iterator<Item = &Candidate> {
        let product = self.found().map(|found| &found.product);
        self.candidates.iter().filter(move |other| other.fate == Fate::Unasked && Some(&other.product) == product)
    }
}
