//! Quantiles of the normal and the t distribution, for the tails that intervals need. Nothing else is approximated here.

/// How many standard deviations are exceeded, upwards, with a probability below one half (Abramowitz and Stegun 1964,
/// 26.2.23; the error is below 0.00045).
pub(super) fn exceeded_with(probability: f64) -> f64 {
    let t = (-2.0 * probability.clamp(1e-300, 0.5).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

/// The same when the deviation is an estimate of so many degrees of freedom (Abramowitz and Stegun 1964, 26.7.5: good to
/// 1 % from six degrees on).
pub(super) fn t_exceeded_with(probability: f64, freedom: f64) -> f64 {
    let z = exceeded_with(probability);
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * (square * (5.0 * square + 16.0) + 3.0) / 96.0;
    let third = z * (square * (square * (3.0 * square + 19.0) + 17.0) - 15.0) / 384.0;
    let fourth = z * (square * (square * (square * (79.0 * square + 776.0) + 1_482.0) - 1_920.0) - 945.0) / 92_160.0;
    z + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (probability, z) in [(0.025, 1.959_96), (0.005, 2.575_83), (0.0005, 3.290_53)] {
            assert!((exceeded_with(probability) - z).abs() < 5e-4);
        }
        for (probability, freedom, t) in [(0.025, 10.0, 2.228_1), (0.0025, 6.0, 4.316_8), (0.0005, 30.0, 3.646_0)] {
            assert!((t_exceeded_with(probability, freedom) / t - 1.0).abs() < 0.01, "{freedom}");
        }
    }
}
