//! Numbers by chance, from the seed. Large counts are drawn from the normal distribution that is near.

use crate::{domain::num, sim::objects::luck::Luck};

/// Below this mean, counts are drawn exactly.
const SMALL: f64 = 20.0;

/// Draws.
#[derive(Clone, Debug)]
pub struct Draw(Luck);

impl Draw {
    /// Draws of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Luck::new(seed ^ 0x7472_6166_6669_6321))
    }

    /// Evenly over [0, 1).
    pub fn unit(&mut self) -> f64 {
        num::unit(self.0.bits())
    }

    /// Mean 0, deviation 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let (one, two) = (1.0 - self.unit(), self.unit());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
    }

    /// How many of independent events with a mean happen.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean >= SMALL {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut left, mut share, mut count) = (self.unit(), (-mean).exp(), 0.0);
        while left > share && count < 100.0 {
            left -= share;
            count += 1.0;
            share *= mean / count;
        }
        count
    }

    /// How many of `n` succeed that each do with a probability.
    pub fn binomial(&mut self, n: f64, probability: f64) -> f64 {
        if n < 1.0 || probability <= 0.0 {
            return 0.0;
        }
        if probability >= 1.0 {
            return n;
        }
        if probability > 0.5 {
            return n - self.binomial(n, 1.0 - probability);
        }
        let mean = n * probability;
        if mean >= SMALL {
            return (mean + (mean * (1.0 - probability)).sqrt() * self.normal()).round().clamp(0.0, n);
        }
        let odds = probability / (1.0 - probability);
        let (mut left, mut share, mut count) = (self.unit(), (1.0 - probability).powf(n), 0.0);
        while left > share && count < n {
            left -= share;
            count += 1.0;
            share *= (n - count + 1.0) / count * odds;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_means_are_right_on_both_sides_of_exact() {
        let mut draw = Draw::new(1);
        let mut mean = |of: fn(&mut Draw) -> f64| (0..4_000).map(|_| of(&mut draw)).sum::<f64>() / 4_000.0;
        for (got, wanted) in [
            (mean(|draw| draw.poisson(3.0)), 3.0),
            (mean(|draw| draw.poisson(300.0)), 300.0),
            (mean(|draw| draw.binomial(60.0, 0.1)), 6.0),
            (mean(|draw| draw.binomial(60.0, 0.9)), 54.0),
            (mean(|draw| draw.binomial(900.0, 0.5)), 450.0),
        ] {
            assert!((got / wanted - 1.0).abs() < 0.03, "{got} is not {wanted}");
        }
        assert!((draw.binomial(7.0, 1.0) - 7.0).abs() < 1e-9);
    }
}
