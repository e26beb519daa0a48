//! How much pods of one version differ among themselves, and what that does to a comparison of versions. A pod that is
//! plainly unlike the others is told of elsewhere; here it only makes the interval wider.

use super::{crew::Crew, normal};
use crate::domain::num;

/// What is assumed of pods before any was seen weighs as much as so many pods.
const PRIOR_PODS: f64 = 6.0;

/// The deviation of the logarithm of a pod's error share that is assumed before any was seen.
const PRIOR_ERRORS: f64 = 0.05;

/// The same for its latency.
const PRIOR_LATENCY: f64 = 0.02;

/// A deviation between pods (of a logarithm) and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The deviation of one pod.
    pub deviation: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Spread {
    /// Of error shares, from the pods of both versions.
    pub(super) fn of_errors(crews: [&Crew; 2]) -> Self {
        Self::moderated(PRIOR_ERRORS, crews.map(errors_of))
    }

    /// Of latencies.
    pub(super) fn of_latency(crews: [&Crew; 2]) -> Self {
        Self::moderated(PRIOR_LATENCY, crews.map(latency_of))
    }

    fn moderated(prior: f64, seen: [(f64, f64); 2]) -> Self {
        let (freedom, squares) =
            seen.iter().fold((PRIOR_PODS, PRIOR_PODS * prior * prior), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        Self { deviation: (squares / freedom).sqrt(), freedom }
    }

    /// By how much two versions of so many pods differ, in the logarithm, because of their pods alone; exceeded with a
    /// chance of `level`, on either side.
    pub(super) fn between(self, new: f64, stable: f64, level: f64) -> f64 {
        let pods = 1.0 / new.max(1.0) + 1.0 / stable.max(1.0);
        normal::t_exceeded_with(level / 2.0, self.freedom) * self.deviation * pods.sqrt()
    }
}

/// Degrees of freedom and the sum of squares over them, of the logarithm of the error share. Pods with few expected
/// failures say little.
fn errors_of(crew: &Crew) -> (f64, f64) {
    let known = crew.pods().map(|(_, pod)| pod).filter(|pod| pod.expected > 0.0);
    let (mut count, mut excess, mut sum, mut squares) = (0_usize, 0.0, 0.0, 0.0);
    for pod in known {
        count += 1;
        excess += (pod.failed - pod.expected).powi(2) / pod.expected;
        sum += pod.expected;
        squares += pod.expected * pod.expected;
    }
    if count < 2 {
        return (0.0, 0.0);
    }
    let freedom = num::count_f64(count - 1);
    let variance = ((excess - freedom) / (sum - squares / sum)).max(0.0);
    let typical = sum / num::count_f64(count) * PRIOR_ERRORS * PRIOR_ERRORS.max(variance.sqrt());
    let weight = freedom * (typical / (1.0 + typical)).powi(2);
    (weight, weight * variance)
}

/// The same of latency. The noise of a pod's mean counts as a difference too: it is small over many requests.
fn latency_of(crew: &Crew) -> (f64, f64) {
    let logs: Vec<f64> = crew
        .pods()
        .map(|(_, pod)| pod)
        .filter(|pod| pod.expected_seconds > 0.0 && pod.seconds > 0.0)
        .map(|pod| (pod.seconds / pod.expected_seconds).ln())
        .collect();
    let count = num::count_f64(logs.len());
    let mean = logs.iter().sum::<f64>() / count.max(1.0);
    ((count - 1.0).max(0.0), logs.iter().map(|log| (log - mean).powi(2)).sum())
}
