//! Whether a router took what was written, as its status says.

use serde_json::Value;

use super::{ListRouter, Taken};
use crate::domain::{Custom, Moment, Text};

/// A router gets so long to say that it took a route, milliseconds.
pub(super) const PATIENCE_MS: i64 = 30_000;

/// How far a route got with its router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was taken as it is; by whom, where that is said.
    Taken(Option<Text>),
    /// Nobody has said anything about it as it is now.
    Unseen,
    /// Nobody ever will, by the look of it: no router answers for it.
    Nobody,
    /// It was refused: why.
    Refused(Text),
    /// A part of it leads nowhere: why.
    Broken(Text),
}

impl ListRouter {
    /// Whether its router never says what it made of a route.
    pub(super) const fn is_silent(&self) -> bool {
        matches!(self.taken, Taken::Unsaid)
    }

    /// The generation that every router which answers for it has seen, and what they made of it.
    pub(super) fn taken(&self, route: &Custom, now: Moment) -> (i64, Standing) {
        match self.taken {
            Taken::Unsaid => (route.meta.generation, Standing::Taken(None)),
            Taken::Parents => parents(route, now),
        }
    }
}

/// `status.parents` of Gateway API: each parent has its conditions, and each of those the generation that it speaks of.
fn parents(route: &Custom, now: Moment) -> (i64, Standing) {
    let parents = route.body.pointer("/status/parents").and_then(Value::as_array);
    let parents: Vec<&Value> = parents.into_iter().flatten().collect();
    let accepted = parents.iter().map(|parent| condition(parent, "Accepted"));
    let observed = accepted.map(|accepted| accepted.map_or(0, |one| one.observed)).min().unwrap_or(0);
    if parents.is_empty() {
        let is_new = now.0.saturating_sub(route.meta.created.0) < PATIENCE_MS;
        return (0, if is_new { Standing::Unseen } else { Standing::Nobody });
    }
    if observed < route.meta.generation {
        return (observed, Standing::Unseen);
    }
    let refused = |name| parents.iter().filter_map(|parent| condition(parent, name)).find(|one| !one.holds);
    if let Some(one) = refused("Accepted") {
        return (observed, Standing::Refused(one.says));
    }
    if let Some(one) = refused("ResolvedRefs") {
        return (observed, Standing::Broken(one.says));
    }
    let by = parents.iter().find_map(|parent| parent.get("controllerName")).and_then(Value::as_str);
    (observed, Standing::Taken(by.map(Text::clean)))
}

/// A condition of a parent.
struct Condition {
    holds: bool,
    observed: i64,
    says: Text,
}

fn condition(parent: &Value, name: &str) -> Option<Condition> {
    let all = parent.get("conditions").and_then(Value::as_array)?;
    let one = all.iter().find(|one| one.get("type").and_then(Value::as_str) == Some(name))?;
    let word = |field: &str| one.get(field).and_then(Value::as_str).unwrap_or_default();
    Some(Condition {
        holds: word("status") == "True",
        observed: one.get("observedGeneration").and_then(Value::as_i64).unwrap_or(0),
        says: Text::clean(&format!("{}: {}", word("reason"), word("message"))),
    })
}
