//! A classic histogram: where a quantile is, as far as buckets tell, and what a share of slow requests means in latency.

use crate::domain::Bucket;

/// A bucket wider than this on each side of its middle is coarse.
const COARSE: f64 = 0.1;

/// Counts by upper bound, ascending.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    buckets: Vec<Bucket>,
}

/// The bucket of a quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Within {
    /// Its lower bound, seconds.
    pub from: f64,
    /// Its upper bound; infinite for the last.
    pub to: f64,
}

impl Within {
    /// Whether it says too little of where in it the quantile is.
    pub(super) fn is_coarse(self) -> bool {
        !self.to.is_finite() || self.to - self.from > COARSE * (self.to + self.from)
    }
}

impl Histogram {
    /// Adds the counts of a block.
    pub(super) fn add(&mut self, buckets: &[Bucket]) {
        for bucket in buckets {
            let at = self.buckets.partition_point(|known| known.below < bucket.below);
            match self.buckets.get_mut(at) {
                Some(known) if known.below.total_cmp(&bucket.below).is_eq() => known.count += bucket.count,
                _ => self.buckets.insert(at, *bucket),
            }
        }
    }

    /// All requests.
    pub(super) fn count(&self) -> f64 {
        self.buckets.iter().map(|bucket| bucket.count).sum()
    }

    /// Whether there is such a boundary.
    pub(super) fn has(&self, bound: f64) -> bool {
        self.buckets.iter().any(|bucket| bucket.below.total_cmp(&bound).is_eq())
    }

    /// The share of requests above a boundary, 0 to 1.
    pub(super) fn above(&self, bound: f64) -> f64 {
        let count = self.count();
        if count > 0.0 { above(&self.buckets, bound) / count } else { 0.0 }
    }

    /// The bucket that holds a quantile; None without requests.
    pub(super) fn within(&self, quantile: f64) -> Option<Within> {
        let rank = quantile * self.count();
        let (mut from, mut sum) = (0.0, 0.0);
        for bucket in self.buckets.iter().filter(|bucket| bucket.count > 0.0 || bucket.below.is_finite()) {
            sum += bucket.count;
            if sum >= rank && bucket.count > 0.0 {
                return Some(Within { from, to: bucket.below });
            }
            from = bucket.below;
        }
        None
    }

    /// A quantile, seconds, evenly within its bucket as `histogram_quantile` has it: the lower bound of an unbounded one.
    pub(super) fn quantile(&self, quantile: f64) -> Option<f64> {
        let within = self.within(quantile)?;
        let (start, end) = (self.above(within.from), self.above(within.to));
        if !within.to.is_finite() || start <= end {
            return Some(within.from);
        }
        Some(within.from + (within.to - within.from) * (start - (1.0 - quantile)) / (start - end))
    }

    /// The boundary at which requests are counted as slow: the one next to the quantile at which the share above is nearest
    /// to that of the quantile, in orders of magnitude. Only boundaries that pass are taken.
    pub(super) fn boundary(&self, quantile: f64, passes: impl Fn(f64) -> bool) -> Option<f64> {
        let off = |bound: f64| (self.above(bound).max(1e-9) / (1.0 - quantile)).ln().abs();
        let bounds = self.buckets.iter().map(|bucket| bucket.below).filter(|bound| bound.is_finite() && passes(*bound));
        bounds.min_by(|one, other| off(*one).total_cmp(&off(*other)))
    }

    /// By which factor all requests would have to be slower so that a share above `bound` becomes `ratio` times as large
    /// (smaller than 1 for faster). Between boundaries the share falls as a power of the latency. Infinite, or 0, when the
    /// histogram ends before.
    pub(super) fn slower(&self, bound: f64, ratio: f64) -> f64 {
        let wanted = self.above(bound) * ratio;
        if wanted >= 1.0 {
            return f64::INFINITY;
        }
        let (mut from, mut start) = (0.0, 1.0);
        for bucket in self.buckets.iter().filter(|bucket| bucket.below.is_finite()) {
            let end = self.above(bucket.below);
            if end <= wanted && start > wanted {
                let way = if end > 0.0 { (start / wanted).ln() / (start / end).ln() } else { 1.0 };
                let at = if from > 0.0 { from * (bucket.below / from).powf(way) } else { bucket.below * way };
                return if at > 0.0 { bound / at } else { f64::INFINITY };
            }
            (from, start) = (bucket.below, end);
        }
        0.0
    }
}

/// Requests above a boundary.
pub(super) fn above(buckets: &[Bucket], bound: f64) -> f64 {
    buckets.iter().filter(|bucket| bucket.below > bound).map(|bucket| bucket.count).sum()
}
