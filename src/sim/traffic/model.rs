//! How long answers take: a log-normal distribution, in the buckets of a histogram; and how it stretches near capacity.

use super::draw::Draw;
use crate::domain::num;

/// Upper bounds of the buckets, in seconds; the last, +Inf, goes without saying.
pub(super) const BOUNDS: [f64; 15] =
    [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The names of the bounds, as the label `le` has them.
pub(super) const LE: [&str; 16] = [
    "0.002", "0.005", "0.01", "0.015", "0.02", "0.03", "0.05", "0.075", "0.1", "0.15", "0.25", "0.5", "1", "2.5", "5",
    "+Inf",
];

/// Up to this share of its capacity a pod is as quick as when it is idle.
const EASY: f64 = 0.6;

/// No queue is calculated nearer to capacity than this: what waits is told by the backlog.
const FULL: f64 = 0.97;

/// How much longer an answer takes at a share of the capacity: hyperbolically towards all of it.
pub(super) fn stretch(used: f64) -> f64 {
    if used <= EASY { 1.0 } else { (1.0 - EASY) / (1.0 - used.min(FULL)) }
}

/// How long an answer takes that nobody had to think about, in seconds.
pub(super) const QUICK_S: f64 = 0.001;

/// The share of answers in each bucket, not cumulative, and the mean time of those in it, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shares {
    key: (i64, i64),
    pub(super) buckets: [(f64, f64); 16],
}

impl Shares {
    /// Whether a median in seconds and a spread are near enough (1 %) to those of these shares.
    pub(super) fn are_near(&self, median: f64, spread: f64) -> bool {
        self.key == key(median, spread)
    }

    /// For a median in seconds and a spread.
    pub(super) fn of(median: f64, spread: f64) -> Self {
        let mut buckets = [(0.0, 0.0); 16];
        let (mut below, mut start) = (0.0, 0.0);
        let ends = BOUNDS.into_iter().chain([f64::INFINITY]);
        for (bucket, end) in buckets.iter_mut().zip(ends) {
            let up_to = if end.is_finite() { normal_cdf((end / median).ln() / spread) } else { 1.0 };
            let middle = if end.is_finite() { f64::midpoint(start, end) } else { start * 1.5 };
            *bucket = (f64::max(up_to - below, 0.0), middle);
            (below, start) = (up_to, end);
        }
        Self { key: key(median, spread), buckets }
    }

    /// Draws the times of so many answers into buckets of the same bounds; the sum of them, in seconds.
    pub(super) fn draw(&self, draw: &mut Draw, count: f64, into: &mut [f64; LE.len()]) -> f64 {
        let (mut left, mut rest, mut sum) = (count, 1.0, 0.0);
        for (bucket, (share, middle)) in into.iter_mut().zip(self.buckets) {
            if left < 1.0 {
                break;
            }
            let here = if rest > 1e-9 { draw.binomial(left, share / rest) } else { left };
            *bucket += here;
            sum += here * middle;
            left -= here;
            rest -= share;
        }
        if let Some(last) = into.last_mut() {
            *last += left;
        }
        sum
    }
}

fn key(median: f64, spread: f64) -> (i64, i64) {
    let step = |x: f64| num::trunc_i64((x * 100.0).round());
    (step(median.max(1e-6).ln()), step(spread))
}

/// The distribution function of the standard normal distribution, to 1e-7 (Abramowitz and Stegun 26.2.17).
fn normal_cdf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let upper = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt() * series;
    if x >= 0.0 { 1.0 - upper } else { upper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_the_normal_one() {
        for (x, wanted) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (2.326_348, 0.99)] {
            assert!((normal_cdf(x) - wanted).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn half_is_below_the_median_and_near_medians_share() {
        let shares = Shares::of(0.015, 0.6);
        let below: f64 = shares.buckets.iter().take(4).map(|(share, _)| share).sum();
        assert!((below - 0.5).abs() < 1e-6);
        assert!((shares.buckets.iter().map(|(share, _)| share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(shares.are_near(0.015_02, 0.6));
        assert!(!shares.are_near(0.02, 0.6) && !shares.are_near(0.015, 0.7));
    }

    #[test]
    fn answers_take_longer_near_capacity() {
        assert!((stretch(0.5) - 1.0).abs() < 1e-9);
        assert!((stretch(0.9) - 4.0).abs() < 1e-9);
        assert!(stretch(1.0) > 13.0);
    }
}
