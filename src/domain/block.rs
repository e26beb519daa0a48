//! What was counted of a version over one stretch of time, and what is known of the pods that served it. Counting is not
//! done here, and neither is comparing.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Text};

/// What was counted of one version over one stretch of time. All versions of a rollout, and its neighbours, share the same
/// boundaries: what hits all of them in one block cancels when they are compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The end of the stretch.
    pub at: Moment,
    /// How long it is.
    pub length: Duration,
    /// What each pod answered. Pods without requests may be left out.
    pub pods: Vec<Tally>,
    /// How long the requests of the whole version took: a classic histogram, ascending; empty when there is none.
    pub buckets: Vec<Bucket>,
}

/// What one pod answered. Increases of counters are extrapolated to the edges of the stretch, so they are not whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// The pod.
    pub pod: Name,
    /// Requests.
    pub requests: f64,
    /// Those that failed.
    pub failed: f64,
    /// How long they took together, seconds (the increase of the histogram's `_sum`); None where it is not measured.
    pub seconds: Option<f64>,
}

/// One bucket of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// The upper bound, seconds (`le`); infinite for the last. Written as nothing (`null`) when infinite, for JSON.
    #[serde(with = "bound")]
    pub below: f64,
    /// Requests that fell between the bound before it and this one: **not** cumulative, as the series of Prometheus are.
    pub count: f64,
}

/// What is known of a pod that may explain why it is worse than others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PodTraits {
    /// The pod.
    pub pod: Name,
    /// When its containers started; None when unknown, and then it counts as warm.
    pub started: Option<Moment>,
    /// Node, zone, pool, config hash and the like: the kind, and what this pod has.
    pub traits: Vec<(Name, Text)>,
}

/// Blocks of all versions of a namespace, as a source counted them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// The context.
    pub cluster: Name,
    /// The namespace.
    pub namespace: Name,
    /// The ReplicaSets that the deck shows.
    pub sets: Vec<Name>,
    /// Whether counting begins with these: what was counted before is counted again.
    pub is_first: bool,
    /// The versions that have series; none where pods are not told apart.
    pub of: Vec<CountedOf>,
}

/// The blocks of one version, oldest first. Moments are the source's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountedOf {
    /// The namespace.
    pub namespace: Name,
    /// The ReplicaSet that its pods are named after.
    pub set: Name,
    /// What was counted.
    pub blocks: Vec<Arc<Block>>,
}

impl Block {
    /// Several of one stretch of time as one.
    pub fn joined(all: &[&Arc<Self>]) -> Option<Arc<Self>> {
        let [first, rest @ ..] = all else { return None };
        if rest.is_empty() {
            return Some(Arc::clone(first));
        }
        let mut whole = Self::clone(first);
        for block in rest {
            whole.pods.extend(block.pods.iter().cloned());
            for bucket in &block.buckets {
                match whole.buckets.iter_mut().find(|held| held.below.total_cmp(&bucket.below).is_eq()) {
                    Some(held) => held.count += bucket.count,
                    None => whole.buckets.push(*bucket),
                }
            }
        }
        whole.buckets.sort_by(|a, b| a.below.total_cmp(&b.below));
        Some(Arc::new(whole))
    }

    /// Requests of all pods.
    pub fn requests(&self) -> f64 {
        self.pods.iter().map(|tally| tally.requests).sum()
    }

    /// Failed requests of all pods.
    pub fn failed(&self) -> f64 {
        self.pods.iter().map(|tally| tally.failed).sum()
    }
}

/// JSON has no infinity.
mod bound {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    pub(super) fn serialize<S: Serializer>(bound: &f64, to: S) -> Result<S::Ok, S::Error> {
        bound.is_finite().then_some(*bound).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Option::<f64>::deserialize(from).map(|bound| bound.unwrap_or(f64::INFINITY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bucket_survives_json() {
        let buckets = vec![Bucket { below: 0.1, count: 3.5 }, Bucket { below: f64::INFINITY, count: 1.0 }];
        let block = Block { buckets, ..Block::default() };
        let text = serde_json::to_string(&block).unwrap();
        assert!(text.contains(r#"{"below":null,"count":1.0}"#), "{text}");
        assert_eq!(serde_json::from_str::<Block>(&text).unwrap(), block);
    }
}
