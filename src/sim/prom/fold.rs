//! Aggregation: many series become few.

use std::collections::BTreeMap;

use super::{
    ast::{Fault, Fold, Grouping},
    eval::{Row, count, merged},
    labels::{LabelSet, NAME},
};
use crate::domain::num;

impl Grouping {
    /// The labels by which a series belongs to a group.
    pub(super) fn of(&self, labels: &LabelSet) -> LabelSet {
        match self {
            Self::These(names) => labels.keep(|name| names.iter().any(|wanted| wanted == name)),
            Self::AllBut(names) => labels.keep(|name| name != NAME && !names.iter().any(|other| other == name)),
        }
    }

    /// Whether each series is a group of its own, with the labels that it has: none of them is left out of any.
    fn leaves(&self, rows: &[Row]) -> bool {
        match self {
            Self::These(_) => false,
            Self::AllBut(names) => rows
                .iter()
                .all(|row| row.labels.get(NAME).is_empty() && names.iter().all(|name| row.labels.get(name).is_empty())),
        }
    }
}

impl Fold {
    /// Whether a group of one series is that series.
    const fn keeps_one(self) -> bool {
        match self {
            Self::Sum | Self::Min | Self::Max | Self::Avg => true,
            Self::Count | Self::Topk | Self::Bottomk => false,
        }
    }
}

/// One row a group, or for `topk` and `bottomk` the rows of each group that are among the first.
pub(super) fn fold(
    fold: Fold,
    grouping: &Grouping,
    parameter: Option<Vec<f64>>,
    rows: Vec<Row>,
    steps: usize,
) -> Result<Vec<Row>, Fault> {
    if fold.keeps_one() && grouping.leaves(&rows) {
        return Ok(rows.into_iter().filter(Row::lives).collect());
    }
    let mut groups: BTreeMap<LabelSet, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(grouping.of(&row.labels)).or_default().push(row);
    }
    if let Some(limits) = parameter {
        return merged(groups.into_values().flat_map(|group| first_of(fold, &limits, group)).collect());
    }
    let one = |(labels, group): (LabelSet, Vec<Row>)| {
        let at = |step: usize| {
            let mut here = group.iter().filter_map(|row| row.points.get(step).copied().flatten());
            let first = here.next()?;
            Some(folded(fold, first, here))
        };
        Row { labels, points: (0..steps).map(at).collect() }
    };
    Ok(groups.into_iter().map(one).filter(Row::lives).collect())
}

fn folded(fold: Fold, first: f64, rest: impl Iterator<Item = f64>) -> f64 {
    // NaN gives way to any number, as in Prometheus.
    let better = |best: f64, value: f64, wins: bool| if wins || best.is_nan() { value } else { best };
    match fold {
        Fold::Sum => rest.fold(first, |sum, value| sum + value),
        Fold::Min => rest.fold(first, |best, value| better(best, value, value < best)),
        Fold::Max => rest.fold(first, |best, value| better(best, value, value > best)),
        Fold::Count => count(1 + rest.count()),
        Fold::Avg => {
            let (sum, n) = rest.fold((first, 1), |(sum, n), value| (sum + value, n + 1));
            sum / count(n)
        }
        Fold::Topk | Fold::Bottomk => first,
    }
}

/// The rows of a group with the values only that are among the largest (or smallest) of their time; NaN comes last.
fn first_of(fold: Fold, limits: &[f64], mut group: Vec<Row>) -> Vec<Row> {
    for (step, limit) in limits.iter().enumerate() {
        let mut places: Vec<(usize, f64)> = group
            .iter()
            .enumerate()
            .filter_map(|(place, row)| Some((place, row.points.get(step).copied().flatten()?)))
            .collect();
        places.sort_by(|(_, a), (_, b)| {
            let order = if fold == Fold::Topk { b.partial_cmp(a) } else { a.partial_cmp(b) };
            order.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
        });
        let most = usize::try_from(num::trunc_i64(*limit)).unwrap_or(0);
        for (place, _) in places.into_iter().skip(most) {
            if let Some(point) = group.get_mut(place).and_then(|row| row.points.get_mut(step)) {
                *point = None;
            }
        }
    }
    group.retain(Row::lives);
    group
}
