//! Numbers on axes: round ones at even distances with their unit, and clock times. Where they are drawn is not decided here.

use super::{measures, when};
use crate::domain::{Measure, Moment, Parts, Text, num};

/// Distances of clock times, seconds.
const CLOCKS: [i64; 14] = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600];
/// Columns from one clock time to the next, at least.
const APART: usize = 13;

/// What a number counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Unit {
    PerSecond,
    Share,
    Seconds,
    /// Of a query that is not ours; may be empty.
    Own(Text),
}

impl Unit {
    pub(super) const fn of(measure: Measure) -> Self {
        match measure {
            Measure::Rate => Self::PerSecond,
            Measure::Errors => Self::Share,
            Measure::P50 | Measure::P95 | Measure::P99 => Self::Seconds,
        }
    }

    /// A number with its unit: `812 req/s`, `0.31 %`, `48 ms`, `1.2M bytes`.
    pub(super) fn says(&self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{} req/s", measures::rate(value)),
            Self::Share => format!("{} %", measures::percent(value)),
            Self::Seconds => measures::ms(value),
            Self::Own(unit) if unit.is_empty() => short(value),
            Self::Own(unit) => format!("{} {unit}", short(value)),
        }
    }

    /// How far a number is from another: `+14 ms (+24 %)`, `+0.12 points`.
    pub(super) fn differs(&self, value: f64, from: f64) -> String {
        let (by, sign) = ((value - from).abs(), if value < from { "-" } else { "+" });
        match self {
            Self::Share => format!("{sign}{} points", measures::percent(by)),
            Self::PerSecond | Self::Seconds | Self::Own(_) if from > 0.0 => {
                let percent = (value / from - 1.0) * 100.0;
                let digits = usize::from(percent.abs() < 10.0);
                format!("{sign}{} ({percent:+.digits$} %)", self.says(by))
            }
            Self::PerSecond | Self::Seconds | Self::Own(_) => format!("{sign}{}", self.says(by)),
        }
    }

    /// How many of what an axis is labelled with make one, and how that is called, for an axis up to `top`.
    fn scaled(&self, top: f64) -> (f64, String) {
        match self {
            Self::PerSecond => (1.0, String::new()),
            Self::Share => (100.0, "%".to_owned()),
            Self::Seconds if top < 2.0 => (1_000.0, "ms".to_owned()),
            Self::Seconds => (1.0, "s".to_owned()),
            Self::Own(_) => {
                let (scale, suffix) = suffixed(top);
                (1.0 / scale, suffix.to_owned())
            }
        }
    }
}

/// `k` for thousands and so on: by what to divide, and the letter.
fn suffixed(top: f64) -> (f64, &'static str) {
    match top.abs() {
        1e12.. => (1e12, "T"),
        1e9.. => (1e9, "G"),
        1e6.. => (1e6, "M"),
        1e4.. => (1e3, "k"),
        _ => (1.0, ""),
    }
}

/// A number in about three digits: `0.0123`, `12.3`, `1,234`, `1.23M`.
pub(super) fn short(value: f64) -> String {
    let (scale, suffix) = suffixed(value);
    let scaled = value / scale;
    let magnitude = scaled.abs();
    let digits = match magnitude {
        10.0..100.0 => 1,
        0.1..10.0 => 2,
        _ if magnitude >= 100.0 || magnitude <= 0.0 => 0,
        _ => num::count_usize(2 - num::round_i32(magnitude.log10().floor())).min(9),
    };
    let says = format!("{scaled:.digits$}");
    let says = if says.contains('.') { says.trim_end_matches('0').trim_end_matches('.') } else { &says };
    format!("{says}{suffix}")
}

/// An axis of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) bottom: f64,
    pub(super) top: f64,
    step: f64,
}

impl Scale {
    /// The scale for numbers from `low` to `high` with at most so many steps. It begins at 0 unless all numbers are far
    /// from it.
    pub(super) fn of((low, high): (f64, f64), steps: u16) -> Self {
        let is_far = low > high / 2.0 && high > low;
        let low = if is_far { low } else { low.min(0.0) };
        let high = if high > low { high } else { low + 1.0 };
        let step = nice((high - low) / f64::from(steps.max(1)));
        Self { bottom: (low / step).floor() * step, top: (high / step).ceil() * step, step }
    }

    /// Where a number is: 0 at the bottom, 1 at the top.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.bottom) / (self.top - self.bottom)).clamp(0.0, 1.0)
    }

    /// The round numbers and what stands beside them; the unit stands at the highest one.
    pub(super) fn ticks(&self, unit: &Unit) -> Vec<(f64, String)> {
        let (scale, word) = unit.scaled(self.top);
        let is_whole = |digits: i32| {
            let step = self.step * scale * 10.0_f64.powi(digits);
            (step - step.round()).abs() < 1e-6 * step
        };
        let digits = num::count_usize((0..6).find(|digits| is_whole(*digits)).unwrap_or(6));
        let count = num::round_u16((self.top - self.bottom) / self.step);
        let tick = |n: u16| {
            let value = self.bottom + f64::from(n) * self.step;
            let unit = if n == count && !word.is_empty() { format!(" {word}") } else { String::new() };
            // Rounding must not make a negative nothing of nothing.
            (value, format!("{:.digits$}{unit}", value * scale + 0.0))
        };
        (0..=count).map(tick).collect()
    }
}

/// The next round number: one, two, two and a half or five with zeros.
fn nice(step: f64) -> f64 {
    let ten = 10.0_f64.powi(num::round_i32(step.log10().floor()));
    let times = step / ten;
    let round = [1.0, 2.0, 2.5, 5.0].into_iter().find(|round| times <= *round + 1e-9).unwrap_or(10.0);
    round * ten
}

/// Clock times along an axis: in which column, and what stands there.
pub(super) fn clocks(axis: &Parts, utc_offset_s: i32) -> Vec<(usize, String)> {
    let length = num::whole_seconds(axis.end) - num::whole_seconds(axis.start());
    let fits = |step: &i64| usize::try_from(length / step).is_ok_and(|count| count * APART <= axis.columns);
    let step = CLOCKS.into_iter().find(fits).unwrap_or(43_200);
    let offset = i64::from(utc_offset_s);
    let first = (num::whole_seconds(axis.start()) + offset).div_euclid(step) + 1;
    let tick = |n: i64| {
        let at = Moment::from_secs((first + n) * step - offset);
        let clock = when::clock(at, utc_offset_s);
        let clock = if step < 60 { clock } else { clock.chars().take(5).collect() };
        Some((axis.part(at)?, clock))
    };
    (0..=length / step).filter_map(tick).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ticks(unit: &Unit, range: (f64, f64), steps: u16) -> Vec<String> {
        Scale::of(range, steps).ticks(unit).into_iter().map(|(_, says)| says).collect()
    }

    #[test]
    fn axes_have_round_numbers_and_one_unit() {
        assert_eq!(ticks(&Unit::PerSecond, (3.0, 812.0), 4), ["0", "250", "500", "750", "1000"]);
        assert_eq!(ticks(&Unit::Share, (0.0, 0.0031), 4), ["0.0", "0.1", "0.2", "0.3", "0.4 %"]);
        assert_eq!(ticks(&Unit::Seconds, (0.02, 0.118), 3), ["0", "50", "100", "150 ms"]);
        assert_eq!(ticks(&Unit::Seconds, (0.02, 11.0), 3), ["0", "5", "10", "15 s"]);
        assert_eq!(ticks(&Unit::Own("".into()), (-3.0, 4.0), 4), ["-4", "-2", "0", "2", "4"]);
        assert_eq!(ticks(&Unit::Own("".into()), (1_900_000.0, 2_000_000.0), 2), ["1.90", "1.95", "2.00 M"]);
        assert_eq!(ticks(&Unit::Own("".into()), (0.0, 0.0), 2), ["0.0", "0.5", "1.0"], "a line of nothing has an axis");
    }

    #[test]
    fn numbers_of_any_size_are_short() {
        let says = [0.0, 0.012_34, 0.5, 12.34, 999.6, 1_234.0, 12_345.0, 3.2e6, -4.5e9].map(short);
        assert_eq!(says, ["0", "0.0123", "0.5", "12.3", "1000", "1234", "12.3k", "3.2M", "-4.5G"]);
        assert_eq!(Unit::Seconds.differs(0.072, 0.058), "+14 ms (+24 %)");
        assert_eq!(Unit::Share.differs(0.001, 0.003), "-0.20 points");
        assert_eq!(Unit::PerSecond.differs(8.9, 0.0), "+8.9 req/s");
    }

    #[test]
    fn clock_times_are_round_and_apart() {
        let end = Moment::from_secs(3 * 3_600 + 727);
        let axis =
            |minutes, columns| Parts { end, length: Duration::from_mins(minutes), columns, hold: Duration::ZERO };
        let says = |minutes, columns| -> Vec<String> {
            clocks(&axis(minutes, columns), 0).into_iter().map(|(_, says)| says).collect()
        };
        assert_eq!(says(15, 60), ["03:00", "03:05", "03:10"]);
        assert_eq!(says(5, 120), ["03:08", "03:09", "03:10", "03:11", "03:12"]);
        assert_eq!(says(5, 240).first().map(String::as_str), Some("03:07:30"));
        assert_eq!(says(1_440, 60), ["06:00", "12:00", "18:00", "00:00"]);
    }
}
