//! What makes two versions unequal before the release does: few pods against many, pods that have just started, another
//! place. It only names it; the comparison has paid for the first two.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::crew::Crew;
use crate::domain::{Name, PodTraits, Text, Unequal, num};

/// Few against many: by this factor.
const MANY: f64 = 4.0;

/// What kinds of traits are places. Others, such as a config hash, are what a release changes.
const PLACES: [&str; 4] = ["zone", "pool", "machine type", "node"];

/// Most requests, and few of them.
const MOST: f64 = 0.8;
const FEW: f64 = 0.2;

/// The number of pods, by their share of the requests.
pub(super) fn pods([new, stable]: [&Crew; 2]) -> Option<Unequal> {
    let (new, stable) = (new.size(), stable.size());
    let whole = |size: f64| num::count_u32(num::count_usize(num::round_i32(size)));
    (new > 0.0 && (stable >= MANY * new || new >= MANY * stable))
        .then(|| Unequal::Pods { new: whole(new), stable: whole(stable) })
}

/// The pods whose first requests were left out.
pub(super) fn warm_up(cold: &BTreeSet<Name>, within: Duration) -> Option<Unequal> {
    (!cold.is_empty()).then(|| Unequal::WarmUp { pods: num::count_u32(cold.len()), within })
}

/// The widest place that answers most requests of the new version and few of the stable one.
pub(super) fn place(crews: [&Crew; 2], traits: &[PodTraits]) -> Option<Unequal> {
    let of: BTreeMap<&str, &PodTraits> = traits.iter().map(|pod| (pod.pod.as_str(), pod)).collect();
    PLACES.iter().find_map(|place| {
        let [new, stable] = crews.map(|crew| requests_by(crew, &of, place));
        let share = |by: &BTreeMap<&Text, f64>, value: &Text| {
            let sum: f64 = by.values().sum();
            if sum > 0.0 { by.get(value).copied().unwrap_or(0.0) / sum } else { 0.0 }
        };
        let shares = new.keys().map(|value| (*value, share(&new, value), share(&stable, value)));
        let (value, new, stable) =
            shares.into_iter().find(|(_, here, there)| *here >= MOST && *there <= FEW && !stable.is_empty())?;
        Some(Unequal::Place { kind: Name::fixed(place), value: value.clone(), new, stable })
    })
}

fn requests_by<'a>(crew: &Crew, of: &BTreeMap<&str, &'a PodTraits>, place: &str) -> BTreeMap<&'a Text, f64> {
    let mut by = BTreeMap::new();
    for (pod, served) in crew.pods() {
        let known = of.get(pod.as_str()).and_then(|known| known.traits.iter().find(|(kind, _)| *kind == *place));
        if let Some((_, value)) = known {
            *by.entry(value).or_insert(0.0) += served.requests;
        }
    }
    by
}
