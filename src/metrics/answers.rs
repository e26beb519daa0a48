//! The answers of a poll together: which of them fail it as a whole, and their points by version.

use std::collections::{BTreeMap, HashMap};

use super::{answer::Series, door::Trouble};
use crate::domain::{Measure, Measured, Moment, Name, Sampled, Text};

/// The answers of a poll.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) versions: Vec<(Measure, Vec<Series>)>,
    pub(super) clients: Vec<(Measure, Vec<Series>)>,
    pub(super) failed: Vec<(Measure, Text)>,
}

/// The answers, or why there are none. One that is missing costs its measure only.
pub(super) fn sorted(said: Vec<(bool, Measure, Result<Vec<Series>, Trouble>)>) -> Result<Answers, Trouble> {
    let (mut answers, mut troubles) = (Answers::default(), Vec::new());
    for (of_clients, measure, answer) in said {
        match answer {
            Ok(series) if of_clients => answers.clients.push((measure, series)),
            Ok(series) => answers.versions.push((measure, series)),
            Err(trouble) => troubles.push((of_clients, measure, trouble)),
        }
    }
    let is_bare = answers.versions.is_empty() && answers.clients.is_empty();
    let worst = troubles.iter().position(|(.., trouble)| trouble.whole || is_bare);
    if let Some((.., trouble)) = worst.map(|worst| troubles.swap_remove(worst)) {
        return Err(trouble);
    }
    let why = |(of_clients, measure, trouble): (bool, Measure, Trouble)| {
        let why = if of_clients { Text::clean(&format!("what clients see: {}", trouble.why)) } else { trouble.why };
        (of_clients, measure, why)
    };
    // What clients see is no measure of a version: its failure must not look like one.
    for (of_clients, measure, why) in troubles.into_iter().map(why) {
        if of_clients {
            tracing::warn!(measure = measure.word(), %why, "a query failed");
        } else {
            answers.failed.push((measure, why));
        }
    }
    Ok(answers)
}

/// The answers by version or Service, and moment. `when` says for which moment a point counts.
pub(super) fn gathered(answers: &[(Measure, Vec<Series>)], when: impl Fn(Moment) -> Moment) -> Vec<Sampled> {
    let mut by_version: HashMap<(&Name, &Name), BTreeMap<Moment, Measured>> = HashMap::new();
    for (measure, series) in answers {
        for series in series {
            let points = by_version.entry((&series.namespace, &series.set)).or_default();
            for (at, value) in &series.points {
                let at = when(*at);
                points.entry(at).or_insert(Measured { at, ..Measured::default() }).set(*measure, *value);
            }
        }
    }
    let sampled = |((namespace, set), points): ((&Name, &Name), BTreeMap<Moment, Measured>)| Sampled {
        namespace: namespace.clone(),
        set: set.clone(),
        points: points.into_values().collect(),
    };
    let mut all: Vec<Sampled> = by_version.into_iter().map(sampled).collect();
    all.sort_unstable_by(|a, b| (&a.namespace, &a.set).cmp(&(&b.namespace, &b.set)));
    all
}
