//! How much more the blocks scatter than independent requests would. What is compared, it does not know.

use super::ratio::Row;
use crate::domain::num;

/// Batches are not made fewer than this: the scatter of fewer says little.
const FEWEST: usize = 12;

/// The evidence for which the batches are chosen: about what an interval needs.
const EVIDENCE: f64 = 10.0;

/// The scatter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noise {
    /// The variance, in multiples of what independent requests have; never below 1.
    pub factor: f64,
    /// From how many batches that was estimated.
    pub batches: f64,
}

impl Noise {
    /// The scatter of blocks around a ratio: of single ones or of batches of 2, 4, 8 ... that follow each other, whichever
    /// makes the interval widest. Noise that lasts longer than a block shows in the longer batches.
    pub(super) fn around(log_ratio: f64, rows: &[Row]) -> Self {
        let ratio = log_ratio.exp();
        let mut parts: Vec<(f64, f64)> = rows
            .iter()
            .map(|row| {
                let part = row.part(ratio);
                (row.new_hits - part * row.hits(), part * (1.0 - part) * row.hits())
            })
            .collect();
        let chance: f64 = parts.iter().map(|(_, variance)| variance).sum();
        let mut widest = Self::of(&parts, chance);
        while parts.len() >= 2 * FEWEST {
            parts = parts
                .chunks_exact(2)
                .map(|two| two.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1)))
                .collect();
            let wider = Self::of(&parts, chance);
            if wider.depth(EVIDENCE) > widest.depth(EVIDENCE) {
                widest = wider;
            }
        }
        widest
    }

    fn of(parts: &[(f64, f64)], chance: f64) -> Self {
        let batches = num::count_f64(parts.len()).max(2.0);
        let seen: f64 = parts.iter().map(|(off, _)| off * off).sum();
        let factor = if chance > 0.0 { seen / chance * batches / (batches - 1.0) } else { 1.0 };
        Self { factor: factor.max(1.0), batches }
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
