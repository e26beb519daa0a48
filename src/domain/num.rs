//! The only casts of the program. Each one says what happens at the edges.

use std::time::Duration;

/// Negative becomes 0.
pub fn clamp_u64(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Negative and too large become 0 and `u16::MAX`.
pub fn clamp_u16(n: i64) -> u16 {
    u16::try_from(n.max(0)).unwrap_or(u16::MAX)
}

/// A count as the API writes it; over two thousand million becomes `i32::MAX`.
pub fn count_i32(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// Negative becomes 0.
pub fn count_usize(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// A size in cells; more than a terminal can have becomes `u16::MAX`.
pub fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Whole milliseconds; longer than 292 million years becomes `i64::MAX`.
pub fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Exact up to 2^53, then nearest.
pub fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Nearest whole number, saturating; NaN becomes 0.
pub fn round_i32(x: f64) -> i32 {
    x.round() as i32
}

/// Nearest whole number, saturating; NaN and negatives become 0.
pub fn round_u32(x: f64) -> u32 {
    x.round() as u32
}

/// Nearest whole number of cells, saturating; NaN and negatives become 0.
pub fn round_u16(x: f64) -> u16 {
    x.round() as u16
}

/// Exact up to 2^53, then nearest.
pub fn float(n: i64) -> f64 {
    n as f64
}

/// Exact up to 2^53, then nearest.
pub fn count_f64(n: usize) -> f64 {
    n as f64
}

/// A whole number of a magnitude up to 2^53, exactly; None for anything else (fractions, infinities, NaN).
pub fn whole(x: f64) -> Option<i64> {
    (x.trunc().to_bits() == x.to_bits() && x.abs() <= 9_007_199_254_740_992.0).then_some(x as i64)
}

/// Towards zero, saturating; NaN becomes 0.
pub fn trunc_i64(x: f64) -> i64 {
    x as i64
}

/// A share in percent with as many digits as it takes to tell small ones apart: `80`, `9.8`, `0.25`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent.abs() >= 10.0 { 1 } else { 2 };
    let says = format!("{percent:.digits$}");
    let says = if says.contains('.') { says.trim_end_matches('0').trim_end_matches('.') } else { &says };
    says.to_owned()
}

/// In groups of three digits: `1,204`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Exact up to 2^53, then nearest.
pub fn big_f64(n: u64) -> f64 {
    n as f64
}

/// Evenly spread over [0, 1), of the 53 highest bits.
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

/// Nearest; too large becomes infinite.
pub fn single(x: f64) -> f32 {
    x as f32
}

/// A number that was kept in 32 bits, in as few digits as tell it from its neighbours there: 0.1 and not 0.10000000149.
pub fn shortest(x: f64) -> f64 {
    single(x).to_string().parse().unwrap_or(x)
}

/// More than `u32::MAX` becomes that; none becomes 1, so that it can be divided by.
pub fn count_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX).max(1)
}

/// How many times the second goes into the first, rounded up; never is `u32::MAX`.
pub fn times_in(whole: Duration, part: Duration) -> u32 {
    u32::try_from(whole.as_millis().div_ceil(part.as_millis().max(1))).unwrap_or(u32::MAX)
}

/// Which of `parts` equal parts of a length a place is in, the first at 0; a place at the very end is in the last one. None
/// outside.
pub fn part_of(place: i64, length: i64, parts: usize) -> Option<usize> {
    if place <= 0 || place > length || parts == 0 {
        return None;
    }
    let part = i128::from(place - 1) * i128::try_from(parts).ok()? / i128::from(length);
    usize::try_from(part).ok()
}

/// The end of the first `count` of `parts` equal parts of a length.
pub fn share_of(length: i64, count: usize, parts: usize) -> i64 {
    let share = i128::from(length) * i128::try_from(count).unwrap_or(0) / i128::try_from(parts.max(1)).unwrap_or(1);
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Seconds since the epoch, nearest millisecond; saturating, NaN becomes the epoch.
pub fn seconds(secs: f64) -> super::Moment {
    super::Moment((secs * 1_000.0).round() as i64)
}

/// The last whole second since the epoch.
pub fn whole_seconds(at: super::Moment) -> i64 {
    at.0.div_euclid(1_000)
}
