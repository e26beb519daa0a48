//! What remains of a script that was played: the points of rest, and the extremes on the way.

use super::{script::Step, seen::Point};

/// A script that was played.
#[derive(Clone, Debug, Default)]
pub(super) struct Played {
    pub(super) stops: Vec<Stop>,
    /// The most pods that versions were to have together, and the fewest that were ready.
    pub(super) extremes: (i64, Option<i64>),
}

/// A point of rest.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    /// The number of the move.
    pub(super) at: usize,
    pub(super) step: String,
    pub(super) point: Point,
}

impl Stop {
    pub(super) fn new(at: usize, step: &Step, mut point: Point, refusal: Option<String>) -> Self {
        if let Some(refusal) = refusal {
            point.insert("refused".into(), refusal);
        }
        Self { at, step: format!("{step:?}"), point }
    }

    /// The facts in which two points differ: name, here, there.
    pub(super) fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let names: std::collections::BTreeSet<&String> = self.point.keys().chain(other.point.keys()).collect();
        let of = |point: &Point, name: &str| point.get(name).cloned().unwrap_or_else(|| "nothing".into());
        let both = names.into_iter().map(|name| (name.clone(), of(&self.point, name), of(&other.point, name)));
        both.filter(|(_, here, there)| here != there).collect()
    }
}

/// A refusal, as a fact.
pub(super) fn refused(code: u16, message: &str) -> String {
    format!("{code} {message}")
}
