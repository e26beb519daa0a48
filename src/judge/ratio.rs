//! The confidence sequence for the ratio of two shares of hits, block by block. What a hit is, it does not know.
//!
//! Given all hits of a block, those of the new version are binomial with the odds `ratio × new requests : stable requests`.
//! (Exact for rare hits; for frequent ones the truth varies less, so that the interval is too wide rather than too narrow.)

use super::noise::Noise;
use crate::domain::num;

/// Grid points on each side of equality.
const SIDE: usize = 80;

/// The grid is the hyperbolic sine of even steps: fine near equality, and every order of magnitude gets the same weight
/// beyond this logarithm of the ratio.
const FINE: f64 = 0.03;

/// The logarithm of the largest ratio on the grid: a thousand and a half times.
const FAR: f64 = 7.3;

/// What one block counted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Requests of the new version.
    pub new: f64,
    /// Requests of the stable version.
    pub stable: f64,
    /// Hits of the new version.
    pub new_hits: f64,
    /// Hits of the stable version.
    pub stable_hits: f64,
    /// How long it is.
    pub seconds: f64,
}

impl Row {
    /// Hits of both.
    pub(super) fn hits(&self) -> f64 {
        self.new_hits + self.stable_hits
    }

    /// The part of the hits that a ratio lets the new version expect.
    pub(super) fn part(&self, ratio: f64) -> f64 {
        ratio * self.new / (self.stable + ratio * self.new)
    }
}

/// The part of the interval that is about one ratio.
#[derive(Clone, Copy, Debug)]
struct Point {
    log_ratio: f64,
    ratio: f64,
    /// The logarithm of the likelihood, beside that of equality.
    likelihood: f64,
    /// The hits that the stable version would have had with the new one's requests, if this were the ratio.
    expected: f64,
}

/// An interval of the logarithm of the ratio; infinite where nothing bounds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub low: f64,
    pub guess: f64,
    pub high: f64,
}

impl Range {
    /// Wider by as much on both sides.
    pub(super) fn widened(self, by: f64) -> Self {
        Self { low: self.low - by, high: self.high + by, ..self }
    }
}

/// The comparison so far.
#[derive(Clone, Debug)]
pub(super) struct Ratio {
    rows: Vec<Row>,
    /// How long each row took to come, with the blocks before it that were left out, seconds.
    took: Vec<f64>,
    /// The time of the blocks that were left out since the last row, seconds.
    idle: f64,
    total: Row,
    grid: Vec<Point>,
}

impl Ratio {
    /// Nothing seen.
    pub(super) fn new() -> Self {
        let step = (FAR / FINE).asinh() / num::count_f64(SIDE);
        let point = |at: usize| {
            let log_ratio = FINE * (step * (num::count_f64(at) - num::count_f64(SIDE))).sinh();
            Point { log_ratio, ratio: log_ratio.exp(), likelihood: 0.0, expected: 0.0 }
        };
        Self {
            rows: Vec::new(),
            took: Vec::new(),
            idle: 0.0,
            total: Row::default(),
            grid: (0..=2 * SIDE).map(point).collect(),
        }
    }

    /// One more block. A block in which a side had no requests compares nothing and is left out.
    pub(super) fn add(&mut self, row: Row) {
        if row.new <= 0.0 || row.stable <= 0.0 {
            // How long nothing came before the first request says nothing of the rate.
            self.idle += if self.rows.is_empty() { 0.0 } else { row.seconds };
            return;
        }
        self.rows.push(row);
        self.took.push(row.seconds + std::mem::take(&mut self.idle));
        self.total.new += row.new;
        self.total.stable += row.stable;
        self.total.new_hits += row.new_hits;
        self.total.stable_hits += row.stable_hits;
        let hits = row.hits();
        if hits <= 0.0 {
            return;
        }
        let equal = row.stable + row.new;
        for point in &mut self.grid {
            let weight = row.stable + point.ratio * row.new;
            point.likelihood += row.new_hits * point.log_ratio - hits * (weight / equal).ln();
            point.expected += row.new * hits / weight;
        }
    }

    /// The sum of all blocks.
    pub(super) const fn total(&self) -> &Row {
        &self.total
    }

    /// The blocks that compared something.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Requests of the new version a second, over so many newest rows and the blocks between them that had none.
    pub(super) fn rate(&self, newest: usize) -> f64 {
        let requests: f64 = self.rows.iter().rev().take(newest).map(|row| row.new).sum();
        let seconds = self.took.iter().rev().take(newest).sum::<f64>() + self.idle;
        if seconds > 0.0 { requests / seconds } else { 0.0 }
    }

    /// The best guess of the logarithm of the ratio; the ends of the grid stand for none and all.
    pub(super) fn guess(&self) -> f64 {
        self.peak().0
    }

    /// All ratios that are compatible with what was seen, at all times at once, but with a chance of `level`.
    pub(super) fn range(&self, noise: Noise, level: f64) -> Range {
        let (guess, top) = self.peak();
        let weight = |point: &Point| (-noise.score(top - point.likelihood)).exp();
        let mixed = self.grid.iter().map(weight).sum::<f64>() / num::count_f64(self.grid.len());
        let depth = noise.depth((1.0 / level).ln() - mixed.ln());
        let below = self.grid.iter().filter(|point| point.log_ratio <= guess).rev();
        let above = self.grid.iter().filter(|point| point.log_ratio >= guess);
        let low = crossing(guess, top, depth, below).unwrap_or(f64::NEG_INFINITY);
        let high = crossing(guess, top, depth, above).unwrap_or(f64::INFINITY);
        Range { low, guess, high }
    }

    /// The hits that the stable version would have had with the new one's requests, if that were the logarithm of the ratio.
    pub(super) fn expected(&self, log_ratio: f64) -> f64 {
        let after = self.grid.partition_point(|point| point.log_ratio < log_ratio);
        let (Some(before), Some(after)) = (self.grid.get(after.saturating_sub(1)), self.grid.get(after)) else {
            return self.grid.last().map_or(0.0, |point| point.expected);
        };
        let width = after.log_ratio - before.log_ratio;
        let way = if width > 0.0 { (log_ratio - before.log_ratio) / width } else { 0.0 };
        before.expected + way.clamp(0.0, 1.0) * (after.expected - before.expected)
    }

    /// Where the likelihood is largest, and how large: the vertex of the parabola through the three highest points.
    fn peak(&self) -> (f64, f64) {
        let mut best = 0;
        let mut top = f64::NEG_INFINITY;
        for (at, point) in self.grid.iter().enumerate() {
            if point.likelihood > top {
                (best, top) = (at, point.likelihood);
            }
        }
        let at = |index: usize| self.grid.get(index);
        let (Some(left), Some(middle), Some(right)) = (best.checked_sub(1).and_then(at), at(best), at(best + 1)) else {
            return (at(best).map_or(0.0, |point| point.log_ratio), top);
        };
        let (one, two) = (left.log_ratio - middle.log_ratio, right.log_ratio - middle.log_ratio);
        let (slope_one, slope_two) = ((left.likelihood - top) / one, (right.likelihood - top) / two);
        let bend = (slope_two - slope_one) / (two - one);
        if bend >= 0.0 {
            return (middle.log_ratio, top);
        }
        let slope = slope_one - bend * one;
        let way = (-slope / (2.0 * bend)).clamp(one, two);
        (middle.log_ratio + way, top + way * (slope + bend * way))
    }
}

/// Where the likelihood has fallen by `depth` from its top, going outwards: its root falls about evenly.
fn crossing<'a>(guess: f64, top: f64, depth: f64, outwards: impl Iterator<Item = &'a Point>) -> Option<f64> {
    let (mut from, mut fallen) = (guess, 0.0_f64);
    for point in outwards {
        let next = (top - point.likelihood).max(0.0).sqrt();
        if next >= depth.sqrt() && next > fallen {
            return Some(from + (point.log_ratio - from) * (depth.sqrt() - fallen) / (next - fallen));
        }
        (from, fallen) = (point.log_ratio, next);
    }
    None
}
