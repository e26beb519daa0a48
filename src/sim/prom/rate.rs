//! `rate`, `increase` and `irate`, as `extrapolatedRate` and `instantValue` of Prometheus 2.42 calculate them. (Prometheus 3
//! limits the way to a counter's zero to half an interval when the first sample is far from the start; ranges there leave out
//! a sample exactly at their start.)

use crate::domain::num;

/// The samples of a range, and its ends in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) samples: &'a [(i64, f64)],
    pub(super) start: i64,
    pub(super) end: i64,
}

fn seconds(ms: i64) -> f64 {
    num::float(ms) / 1_000.0
}

/// The growth of a counter over the whole range, guessed at its ends from the samples inside: up to the end of the range when
/// it is no further than 1.1 intervals away, else by half an interval, and never to before the counter was 0.
pub(super) fn extrapolated(window: Window<'_>, per_second: bool) -> Option<f64> {
    let Window { samples, start, end } = window;
    let [(first_at, first), .., (last_at, last)] = samples else { return None };
    let after = samples.get(1..).unwrap_or_default();
    let before_resets: f64 = samples.iter().zip(after).filter(|(one, next)| next.1 < one.1).map(|(one, _)| one.1).sum();
    let grown = last - first + before_resets;

    let sampled = seconds(last_at - first_at);
    let interval = sampled / num::count_f64(after.len());
    let mut to_start = seconds(first_at - start);
    let to_end = seconds(end - last_at);
    if grown > 0.0 && *first >= 0.0 {
        to_start = to_start.min(sampled * (first / grown));
    }
    let reach = |distance: f64| if distance < interval * 1.1 { distance } else { interval / 2.0 };
    let factor = (sampled + reach(to_start) + reach(to_end)) / sampled;
    Some(grown * if per_second { factor / seconds(end - start) } else { factor })
}

/// The growth per second between the last two samples.
pub(super) fn of_last_two(window: Window<'_>) -> Option<f64> {
    let [.., (at, before), (last_at, last)] = window.samples else { return None };
    let grown = if last < before { *last } else { last - before };
    (last_at > at).then(|| grown / seconds(last_at - at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(samples: &[(i64, f64)], start: i64, end: i64) -> Window<'_> {
        Window { samples, start, end }
    }

    fn about(got: Option<f64>, wanted: f64) {
        assert!(got.is_some_and(|got| (got - wanted).abs() < 1e-9), "{got:?} is not {wanted}");
    }

    #[test]
    fn a_full_range_is_what_was_counted() {
        let samples: Vec<(i64, f64)> = (0..=10).map(|n| (n * 5_000, num::float(n * 50))).collect();
        about(extrapolated(window(&samples, 0, 50_000), true), 10.0);
        about(extrapolated(window(&samples, 0, 50_000), false), 500.0);
    }

    #[test]
    fn ends_within_an_interval_are_reached_and_far_ones_by_half() {
        // Samples at 5 and 15 of a range of 20 s: both ends are 5 s away, within 11 s.
        about(extrapolated(window(&[(5_000, 1_000.0), (15_000, 1_100.0)], 0, 20_000), false), 200.0);
        // The same in a range of 60 s: the start by 5 s, the end by half of 10 s.
        about(extrapolated(window(&[(5_000, 1_000.0), (15_000, 1_100.0)], 0, 60_000), false), 200.0);
        // At exactly 1.1 intervals it is far.
        about(extrapolated(window(&[(11_000, 1_000.0), (21_000, 1_100.0)], 0, 21_000), false), 150.0);
    }

    #[test]
    fn a_counter_is_never_guessed_below_zero() {
        // It grows by 10 a second from 20: it was 0 two seconds before the first sample, not five.
        about(extrapolated(window(&[(5_000, 20.0), (15_000, 120.0)], 0, 15_000), false), 120.0);
        // One that starts at 0 is not extrapolated backwards at all.
        about(extrapolated(window(&[(5_000, 0.0), (15_000, 100.0)], 0, 15_000), false), 100.0);
    }

    #[test]
    fn resets_are_growth() {
        let samples = [(0, 100.0), (10_000, 120.0), (20_000, 5.0), (30_000, 25.0)];
        about(extrapolated(window(&samples, 0, 30_000), false), 45.0);
        about(of_last_two(window(&samples, 0, 30_000)), 2.0);
        about(of_last_two(window(samples.get(..3).unwrap(), 0, 30_000)), 0.5);
    }

    #[test]
    fn one_sample_has_no_rate() {
        assert_eq!(extrapolated(window(&[(0, 1.0)], 0, 10), true), None);
        assert_eq!(of_last_two(window(&[(0, 1.0)], 0, 10)), None);
    }
}
