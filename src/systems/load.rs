//! What a plan would ask of each pod, beside what pods have carried. How much a pod can carry nobody knows before it breaks: the
//! most that was seen is a bound from below.

use std::time::Duration;

use super::subject::guard;
use crate::domain::{Guard, Moment, Version, Weight};

/// So much more than ever seen is worth a warning: a fifth is within what traffic does by itself.
const MORE: f64 = 1.2;
/// Older numbers say nothing of now.
const FRESH: Duration = Duration::from_mins(3);

/// The requests a second of all of these together; None unless all that have pods are measured, and lately.
pub(crate) fn rate<'v>(versions: impl Iterator<Item = &'v Version>, now: Moment) -> Option<f64> {
    let of = |version: &Version| {
        let fresh = version.metrics.as_ref().filter(|measured| now.since(measured.at) <= FRESH);
        fresh.and_then(|measured| measured.rate).or_else(|| (version.pods.available == 0).then_some(0.0))
    };
    versions.map(of).sum()
}

/// Pods of these versions that would each carry so many requests a second, beside the most that one has carried while it was
/// watched.
pub(crate) fn capacity<'v>(who: &str, would: f64, versions: impl Iterator<Item = &'v Version>) -> Guard {
    let versions: Vec<&Version> = versions.collect();
    let peak = versions.iter().filter_map(|version| version.peak).reduce(f64::max);
    let now = versions.iter().filter_map(|version| version.load()).reduce(f64::max);
    let (weight, beside) = match (peak, now) {
        (Some(most), _) if would > most * MORE => (Weight::Warn, format!("a pod has carried {most:.1} at most")),
        (Some(most), _) => (Weight::Note, format!("a pod has carried {most:.1}")),
        // It was not watched for long enough to know more than this moment.
        (None, Some(now)) if would > now * MORE => (Weight::Warn, format!("now a pod carries {now:.1} at most")),
        (None, Some(now)) => (Weight::Note, format!("now a pod carries {now:.1}")),
        (None, None) => (Weight::Note, "what one can carry was not seen yet".to_owned()),
    };
    guard("capacity", weight, format!("{who} would carry {would:.1} req/s; {beside}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::{
            Measured, Role,
            sample::{NOW, ago},
        },
        systems::fixture::rollout,
    };

    #[test]
    fn more_than_was_ever_carried_is_a_warning() {
        let mut versions = rollout(&[(3, "web:3", 2, Role::New), (2, "web:2", 4, Role::Stable)]).versions;
        let mut says = |would, peak| {
            versions[1].peak = peak;
            let guard = capacity("each of them", would, versions.iter());
            (guard.weight, guard.says.to_string())
        };
        let told = |weight, beside: &str| (weight, format!("each of them would carry 12.5 req/s; {beside}"));
        assert_eq!(says(12.5, Some(10.0)), told(Weight::Warn, "a pod has carried 10.0 at most"));
        assert_eq!(says(12.5, Some(12.0)), told(Weight::Note, "a pod has carried 12.0"));
        assert_eq!(says(12.5, None), told(Weight::Note, "what one can carry was not seen yet"));
        versions[1].metrics = Some(Arc::new(Measured { rate: Some(40.0), at: NOW, ..Measured::default() }));
        let now = capacity("each of them", 12.5, versions.iter());
        assert_eq!((now.weight, now.says.to_string()), told(Weight::Warn, "now a pod carries 10.0 at most"));
    }

    #[test]
    fn a_sum_of_some_or_of_old_numbers_is_none() {
        let mut versions = rollout(&[(3, "web:3", 2, Role::New), (2, "web:2", 4, Role::Stable)]).versions;
        let measured = |rate, at| Some(Arc::new(Measured { rate: Some(rate), at, ..Measured::default() }));
        versions[0].metrics = measured(10.0, NOW);
        assert_eq!(rate(versions.iter(), NOW), None);
        versions[1].metrics = measured(90.0, ago(600));
        assert_eq!(rate(versions.iter(), NOW), None);
        versions[1].metrics = measured(90.0, ago(30));
        assert_eq!(rate(versions.iter(), NOW), Some(100.0));
        versions[1].pods.available = 0;
        versions[1].metrics = None;
        assert_eq!(rate(versions.iter(), NOW), Some(10.0), "nobody is there to answer");
    }
}
