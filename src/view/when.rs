//! Spans, clock times and numbers as people read them. Reads no clock: spans arrive, or two moments.

use std::time::Duration;

use crate::domain::{Moment, num};

/// How long something has lasted, in at most two units: `45s`, `4m12s`, `2h05m`, `3d4h`, `41d`, `2y`.
pub(super) fn age(span: Duration) -> String {
    let s = span.as_secs();
    let (minutes, hours, days) = (s / 60, s / 3_600, s / 86_400);
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{minutes}m{:02}s", s % 60),
        3_600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        86_400..864_000 => format!("{days}d{}h", hours % 24),
        864_000..63_072_000 => format!("{days}d"),
        63_072_000.. => format!("{}y", days / 365),
    }
}

/// How long until something happens: `0:41`, `12:05`, `1:02:03`.
pub(super) fn countdown(span: Duration) -> String {
    let s = span.as_secs();
    if s < 3_600 {
        format!("{}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
    }
}

/// `03:12:07`, that many seconds east of UTC.
pub(super) fn clock(at: Moment, utc_offset_s: i32) -> String {
    let s = (at.0.div_euclid(1_000) + i64::from(utc_offset_s)).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
}

/// `1,204`.
pub(super) fn count(n: usize) -> String {
    num::grouped(u64::try_from(n).unwrap_or(u64::MAX))
}

/// A count with its word: `1 pod`, `1,204 pods`.
pub(super) fn counted(n: usize, word: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {word}{plural}", count(n))
}

/// `812 B`, `3.4 kB`, `12.0 MB`, `1.2 GB` (powers of 1,000, as networks count).
pub(super) fn bytes(n: u64) -> String {
    let scaled = |unit: u64| format!("{}.{}", n / unit, n % unit * 10 / unit);
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", scaled(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", scaled(1_000_000)),
        1_000_000_000.. => format!("{} GB", scaled(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        let ages = [0, 59, 252, 7_500, 273_600, 3_600_000, 63_072_000].map(|s| age(Duration::from_secs(s)));
        assert_eq!(ages, ["0s", "59s", "4m12s", "2h05m", "3d4h", "41d", "2y"]);
        let downs = [41, 725, 3_723].map(|s| countdown(Duration::from_secs(s)));
        assert_eq!(downs, ["0:41", "12:05", "1:02:03"]);
    }

    #[test]
    fn clocks_follow_the_offset() {
        assert_eq!(clock(Moment::from_secs(3 * 3_600 + 727), 0), "03:12:07");
        assert_eq!(clock(Moment::from_secs(60), -3_600), "23:01:00");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_204, 1_000_000].map(count), ["0", "999", "1,204", "1,000,000"]);
        assert_eq!([812, 3_456, 12_000_000, 1_250_000_000].map(bytes), ["812 B", "3.4 kB", "12.0 MB", "1.2 GB"]);
    }
}
