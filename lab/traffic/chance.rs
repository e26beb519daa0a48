//! Pseudo-random draws that need no lock: the n-th draw of a source is a function of the source and n. Not for secrets.

use std::{
    f64::consts::TAU,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

/// A source of draws.
pub(crate) struct Chance {
    seed: u64,
    drawn: AtomicU64,
}

impl Chance {
    /// The same seed gives the same draws.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }

    /// 32 bits.
    fn bits(&self) -> u32 {
        let n = self.drawn.fetch_add(1, Relaxed);
        // SplitMix64 (Steele, Lea, Flood 2014): a counter, well stirred.
        let mut x = self.seed.wrapping_add(n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        u32::try_from(x >> 32).unwrap_or(u32::MAX)
    }

    /// Evenly spread over (0, 1): never an end, so that its logarithm is finite.
    pub(crate) fn unit(&self) -> f64 {
        (f64::from(self.bits()) + 0.5) / 4_294_967_296.0
    }

    /// Below a number that is small beside 2^32; 0 below 0.
    pub(crate) fn below(&self, n: usize) -> usize {
        usize::try_from(self.bits()).unwrap_or(0) % n.max(1)
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (TAU * self.unit()).cos()
    }

    /// Exponential with mean 1: the time between two events of a Poisson process of rate 1.
    pub(crate) fn exponential(&self) -> f64 {
        -self.unit().ln()
    }
}
