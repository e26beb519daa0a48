//! How much pods of one version differ among themselves, and what that does to a comparison of versions. A pod that is
//! plainly unlike the others is told of elsewhere; here it only makes the interval wider.

use std::collections::BTreeMap;

use super::normal;
use crate::domain::{Block, Name, num};

/// What is assumed of pods before any was seen weighs as much as so many pods.
const PRIOR_PODS: f64 = 6.0;

/// The deviation of the logarithm of a pod's error share that is assumed before any was seen.
const PRIOR_ERRORS: f64 = 0.05;

/// The same for its latency.
const PRIOR_LATENCY: f64 = 0.02;

/// One pod so far.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    requests: f64,
    failed: f64,
    /// Failures if it were like its version.
    expected: f64,
    seconds: f64,
    expected_seconds: f64,
}

/// The pods of one version so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Crew {
    pods: BTreeMap<Name, Served>,
}

/// A deviation between pods (of a logarithm) and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The deviation of one pod.
    pub deviation: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

impl Crew {
    /// One more block; what hits the whole version in it is no difference between pods.
    pub(super) fn add(&mut self, block: &Block) {
        let (requests, failed) = (block.requests(), block.failed());
        let timed = block.pods.iter().filter_map(|tally| tally.seconds.map(|seconds| (seconds, tally.requests)));
        let (seconds, of) = timed.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        for tally in block.pods.iter().filter(|tally| tally.requests > 0.0) {
            let pod = self.pods.entry(tally.pod.clone()).or_default();
            pod.requests += tally.requests;
            pod.failed += tally.failed;
            pod.expected += tally.requests * failed / requests;
            if let Some(took) = tally.seconds {
                pod.seconds += took;
                pod.expected_seconds += tally.requests * seconds / of;
            }
        }
    }

    /// How many pods there are, by their share of the requests: three of which one serves nearly all count as one.
    pub(super) fn size(&self) -> f64 {
        let sum: f64 = self.pods.values().map(|pod| pod.requests).sum();
        let squares: f64 = self.pods.values().map(|pod| pod.requests * pod.requests).sum();
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// Degrees of freedom and the sum of squares over them, of the logarithm of the error share. Pods with few expected
    /// failures say little.
    fn of_errors(&self) -> (f64, f64) {
        let known = self.pods.values().filter(|pod| pod.expected > 0.0);
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
    fn of_latency(&self) -> (f64, f64) {
        let logs: Vec<f64> = self
            .pods
            .values()
            .filter(|pod| pod.expected_seconds > 0.0 && pod.seconds > 0.0)
            .map(|pod| (pod.seconds / pod.expected_seconds).ln())
            .collect();
        let count = num::count_f64(logs.len());
        let mean = logs.iter().sum::<f64>() / count.max(1.0);
        ((count - 1.0).max(0.0), logs.iter().map(|log| (log - mean).powi(2)).sum())
    }
}

impl Spread {
    /// Of error shares, from the pods of both versions.
    pub(super) fn of_errors(crews: [&Crew; 2]) -> Self {
        Self::moderated(PRIOR_ERRORS, crews.map(Crew::of_errors))
    }

    /// Of latencies.
    pub(super) fn of_latency(crews: [&Crew; 2]) -> Self {
        Self::moderated(PRIOR_LATENCY, crews.map(Crew::of_latency))
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
