//! The pods of one version: what each answered so far, beside what it would have if it were like its version. The one that
//! is plainly unlike the others is told of here; what pods differ by in general is not estimated here.

use std::collections::BTreeMap;

use crate::domain::{Block, Name, Outlier, Uid, num};

/// Below so many failures nobody is an outlier.
const FAILURES: f64 = 10.0;

/// An outlier makes at least this part of its version's failures ...
const MOST: f64 = 0.5;

/// ... and its odds are at least so many times those of its requests.
const UNLIKE: f64 = 5.0;

/// One pod so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    pub requests: f64,
    pub failed: f64,
    /// Failures if it were like its version.
    pub expected: f64,
    pub seconds: f64,
    /// The same of `seconds`.
    pub expected_seconds: f64,
}

/// The pods of one version so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Crew {
    pods: BTreeMap<Name, Served>,
}

impl Crew {
    /// One more block; what hits the whole version in it is no difference between pods.
    pub(super) fn add(&mut self, block: &Block) {
        let (requests, failed) = (block.requests(), block.failed());
        let timed = block.pods.iter().filter_map(|tally| tally.seconds.map(|seconds| (seconds, tally.requests)));
        let (seconds, of) = timed.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        for tally in block.pods.iter().filter(|tally| tally.requests > 0.0) {
            if !self.pods.contains_key(&tally.pod) {
                self.pods.insert(tally.pod.clone(), Served::default());
            }
            let Some(pod) = self.pods.get_mut(&tally.pod) else { continue };
            pod.requests += tally.requests;
            pod.failed += tally.failed;
            pod.expected += tally.requests * failed / requests;
            if let Some(took) = tally.seconds {
                pod.seconds += took;
                pod.expected_seconds += tally.requests * seconds / of;
            }
        }
    }

    /// All of them.
    pub(super) fn pods(&self) -> impl Iterator<Item = (&Name, &Served)> {
        self.pods.iter()
    }

    /// How many pods there are, by their share of the requests: three of which one serves nearly all count as one.
    pub(super) fn size(&self) -> f64 {
        let sum = self.sum(|pod| pod.requests);
        let squares = self.sum(|pod| pod.requests * pod.requests);
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// The pod that makes most of the failures, if chance would not make it so (the binomial likelihood ratio, paid for
    /// every pod that it could have been).
    pub(super) fn outlier(&self, version: &Uid, level: f64) -> Option<Outlier> {
        let (requests, failures) = (self.sum(|pod| pod.requests), self.sum(|pod| pod.failed));
        let (name, pod) = self.pods.iter().max_by(|one, other| one.1.failed.total_cmp(&other.1.failed))?;
        let (of_failures, of_requests) = (pod.failed / failures, pod.requests / requests);
        if self.pods.len() < 2 || failures < FAILURES || of_failures < MOST {
            return None;
        }
        let others = failures - pod.failed;
        let rest = if others > 0.0 { others * ((1.0 - of_failures) / (1.0 - of_requests)).ln() } else { 0.0 };
        let evidence = pod.failed * (of_failures / of_requests).ln() + rest;
        let unlike = of_failures * (1.0 - of_requests) >= UNLIKE * of_requests * (1.0 - of_failures);
        let plain = unlike && evidence > (num::count_f64(self.pods.len()) / level).ln();
        plain.then(|| Outlier { version: version.clone(), pod: name.clone(), of_failures, of_requests })
    }

    fn sum(&self, what: impl Fn(&Served) -> f64) -> f64 {
        self.pods.values().map(what).sum()
    }
}
