//! How much more the blocks scatter than independent requests would. What is compared, it does not know.

use super::ratio::Row;
use crate::domain::num;

/// Batches are not made fewer than this: the scatter of fewer says little.
const FEWEST: usize = 12;

/// Batches that follow each other are taken to be no more alike than this.
const ALIKE: f64 = 0.9;

/// Noise that lasts longer than what was watched cannot be seen in it. After so many seconds as much of it is assumed as was
/// seen, and ever less later.
const LASTING: f64 = 300.0;

/// The evidence for which the batches are chosen: about what an interval needs.
const EVIDENCE: f64 = 10.0;

/// The scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    /// The variance, in multiples of what independent requests have; never below 1.
    pub factor: f64,
    /// From how many batches that was estimated, those of few hits counting less.
    pub batches: f64,
}

/// One batch.
#[derive(Clone, Copy, Debug, Default)]
struct Batch {
    /// How far the new version's hits are off.
    off: f64,
    /// The variance of that by chance alone.
    variance: f64,
    /// The part of the square of the variance that hits by chance make: not a sign that batches weigh differently.
    luck: f64,
}

impl Noise {
    /// The scatter of blocks around a ratio: of single ones or of batches of 2, 4, 8 ... that follow each other, whichever
    /// makes the interval widest. Noise that lasts longer than a block shows in the longer batches.
    pub(super) fn around(log_ratio: f64, rows: &[Row]) -> Self {
        let ratio = log_ratio.exp();
        let mut batches: Vec<Batch> = rows
            .iter()
            .map(|row| {
                let (part, hits) = (row.part(ratio), row.hits());
                let weight = part * (1.0 - part);
                Batch { off: row.new_hits - part * hits, variance: weight * hits, luck: weight * weight * hits }
            })
            .collect();
        let mut widest = Self::of(&batches);
        while batches.len() >= 2 * FEWEST {
            batches = batches.chunks_exact(2).map(Batch::sum).collect();
            let wider = Self::of(&batches);
            if wider.depth(EVIDENCE) > widest.depth(EVIDENCE) {
                widest = wider;
            }
        }
        let watched: f64 = rows.iter().map(|row| row.seconds).sum();
        Self { factor: widest.factor * (1.0 + LASTING / watched.max(1.0)), ..widest }
    }

    /// The scatter of some batches. If neighbours are alike, longer batches would scatter more than these show: by as much
    /// as in an autoregressive process of the first order.
    fn of(batches: &[Batch]) -> Self {
        let Batch { variance, luck, .. } = Batch::sum(batches);
        let seen: f64 = batches.iter().map(|batch| batch.off * batch.off).sum();
        let uneven = batches.iter().map(|batch| batch.variance * batch.variance).sum::<f64>() - luck;
        let count = num::count_f64(batches.len());
        // Satterthwaite 1946: batches of which some weigh more are worth fewer that weigh the same.
        let worth = if uneven > 0.0 { count.min(variance * variance / uneven) } else { count }.max(2.0);
        if variance <= 0.0 || seen <= 0.0 {
            return Self { factor: 1.0, batches: worth };
        }
        let together: f64 = batches.iter().zip(batches.iter().skip(1)).map(|(one, next)| one.off * next.off).sum();
        let alike = (together / seen).clamp(0.0, ALIKE);
        let factor = seen / variance * worth / (worth - 1.0) * (1.0 + alike) / (1.0 - alike);
        Self { factor: factor.max(1.0), batches: worth }
    }

    /// What a fall of the likelihood's logarithm is worth as evidence: less when there is noise, and less when the noise is
    /// known from few batches (the likelihood of the t distribution).
    pub(super) fn score(self, fall: f64) -> f64 {
        self.batches / 2.0 * (2.0 * fall.max(0.0) / (self.factor * (self.batches - 1.0))).ln_1p()
    }

    /// The fall that is worth so much evidence.
    pub(super) fn depth(self, evidence: f64) -> f64 {
        self.factor * (self.batches - 1.0) / 2.0 * (2.0 * evidence / self.batches).exp_m1()
    }
}

impl Batch {
    fn sum(batches: &[Self]) -> Self {
        batches.iter().fold(Self::default(), |sum, one| Self {
            off: sum.off + one.off,
            variance: sum.variance + one.variance,
            luck: sum.luck + one.luck,
        })
    }
}
