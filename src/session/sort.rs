//! The orders of the board. Every order ends with namespace, name and cluster, so that equal rows never swap places.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::domain::{Moment, Phase, Ref, Rollout};

/// The orders of the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who needs a human now.
    #[default]
    Urgency,
    /// Namespace, then name.
    Name,
    /// Newest change first.
    Since,
    /// Most restarts first.
    Restarts,
    /// Most pods first.
    Pods,
}

impl Sort {
    /// The word for the header and notices.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Name => "name",
            Self::Since => "since",
            Self::Restarts => "restarts",
            Self::Pods => "pods",
        }
    }

    /// The one after it, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Urgency => Self::Name,
            Self::Name => Self::Since,
            Self::Since => Self::Restarts,
            Self::Restarts => Self::Pods,
            Self::Pods => Self::Urgency,
        }
    }
}

/// An order and its direction.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) by: Sort,
    pub(super) reversed: bool,
}

/// Sorts rows.
pub(super) fn arrange(rows: &mut [&Arc<Rollout>], order: Order) {
    match order.by {
        Sort::Urgency => rows.sort_by(|a, b| urgency(a).cmp(&urgency(b))),
        Sort::Name => rows.sort_by(|a, b| place(&a.at).cmp(&place(&b.at))),
        // No moment known sorts as the oldest.
        Sort::Since => rows.sort_by(|a, b| (Reverse(a.since), place(&a.at)).cmp(&(Reverse(b.since), place(&b.at)))),
        Sort::Restarts => by_number(rows, restarts),
        Sort::Pods => by_number(rows, pods),
    }
    if order.reversed {
        rows.reverse();
    }
    together(rows);
}

/// Brings families together: a rollout, then the rollouts that are parts of it, where the first of them stands.
fn together(rows: &mut [&Arc<Rollout>]) {
    let heads: HashSet<&Ref> = rows.iter().map(|row| &row.at).collect();
    let head = |row: &Rollout| row.parent.clone().filter(|parent| heads.contains(parent));
    if rows.iter().all(|row| head(row).is_none()) {
        return;
    }
    let mut places: HashMap<Ref, usize> = HashMap::new();
    for (place, row) in rows.iter().enumerate() {
        places.entry(head(row).unwrap_or_else(|| row.at.clone())).or_insert(place);
    }
    rows.sort_by_cached_key(|row| {
        let parent = head(row);
        (places.get(parent.as_ref().unwrap_or(&row.at)).copied(), parent.is_some())
    });
}

/// Largest first. The number is counted once a row: it runs over all pods.
fn by_number(rows: &mut [&Arc<Rollout>], number: fn(&Rollout) -> i32) {
    rows.sort_by(|a, b| place(&a.at).cmp(&place(&b.at)));
    rows.sort_by_cached_key(|row| Reverse(number(row)));
}

type Place<'a> = (&'a str, &'a str, &'a Ref);

fn place(at: &Ref) -> Place<'_> {
    (&at.namespace, &at.name, at)
}

/// The phase, then the oldest, those without a moment last.
fn urgency(rollout: &Rollout) -> (Phase, bool, Option<Moment>, Place<'_>) {
    (rollout.phase, rollout.since.is_none(), rollout.since, place(&rollout.at))
}

/// Restarts of all pods of all versions.
fn restarts(rollout: &Rollout) -> i32 {
    rollout.versions.iter().map(|version| version.pods.restarts()).sum()
}

/// Pods that exist, as the controllers count them.
fn pods(rollout: &Rollout) -> i32 {
    rollout.versions.iter().map(|version| version.pods.have).sum()
}
