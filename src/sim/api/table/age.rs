//! Spans as kubectl shows them (`k8s.io/apimachinery` duration.HumanDuration).

use serde_json::Value;

use crate::domain::{Moment, num};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

/// How long ago a time in an object was.
pub(super) fn since(object: &Value, pointer: &str, now: Moment) -> String {
    let time = object.pointer(pointer).and_then(Value::as_str).and_then(crate::sim::api::moment);
    time.map_or_else(|| "<unknown>".to_owned(), |time| human(time, now))
}

/// The span between two moments.
pub(super) fn human(from: Moment, to: Moment) -> String {
    let s = num::clamp_u64((to.0 - from.0).div_euclid(1_000));
    // Two units, the smaller one only when it is not 0.
    let both = |big: u64, b: char, small: u64, c: char| {
        let rest = s % big / small;
        if rest == 0 { format!("{}{b}", s / big) } else { format!("{}{b}{rest}{c}", s / big) }
    };
    match s {
        0..120 => format!("{s}s"),
        120..600 => both(MINUTE, 'm', 1, 's'),
        600..10_800 => format!("{}m", s / MINUTE),
        10_800..28_800 => both(HOUR, 'h', MINUTE, 'm'),
        28_800..172_800 => format!("{}h", s / HOUR),
        172_800..691_200 => both(DAY, 'd', HOUR, 'h'),
        691_200..63_072_000 => format!("{}d", s / DAY),
        63_072_000..252_288_000 => both(YEAR, 'y', DAY, 'd'),
        _ => format!("{}y", s / YEAR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_shown_as_kubectl_shows_them() {
        for (seconds, shown) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (10_799, "179m"),
            (11_000, "3h3m"),
            (28_800, "8h"),
            (172_800, "2d"),
            (180_000, "2d2h"),
            (700_000, "8d"),
            (70_000_000, "2y80d"),
        ] {
            assert_eq!(human(Moment(0), Moment::from_secs(seconds)), shown, "{seconds}");
        }
    }
}
