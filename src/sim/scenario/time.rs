//! Times in the files of stories: `+2m`, `-9d`, `1m30s`.

use serde::{Deserialize, Deserializer, de};

/// Milliseconds after the screen opens; before it when negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct Offset(pub(in crate::sim) i64);

/// A length of time in milliseconds, not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sim) struct Span(pub(in crate::sim) i64);

impl<'de> Deserialize<'de> for Offset {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        let signed = match text.split_at_checked(1) {
            Some(("+", rest)) => length(rest),
            Some(("-", rest)) => length(rest).map(i64::wrapping_neg),
            _ => None,
        };
        signed.map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is no moment; write +2m, -1m30s or -9d")))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        length(&text).map(Self).ok_or_else(|| de::Error::custom(format!("{text:?} is no time; write 30s, 2m or 1h30m")))
    }
}

/// Milliseconds of `1d`, `2h`, `3m`, `4s` and what is made of them.
fn length(text: &str) -> Option<i64> {
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let (number, behind) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let unit = behind.chars().next()?;
        let unit_ms = [('d', 86_400_000), ('h', 3_600_000), ('m', 60_000), ('s', 1_000)];
        let (_, ms) = unit_ms.into_iter().find(|(known, _)| *known == unit)?;
        total = number.parse::<i64>().ok()?.checked_mul(ms)?.checked_add(total)?;
        rest = behind.get(1..)?;
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_are_read_or_refused() {
        assert_eq!(length("1m30s"), Some(90_000));
        assert_eq!(length("9d"), Some(777_600_000));
        for wrong in ["", "5", "m", "2x", "1m3", "99999999999999999999s"] {
            assert_eq!(length(wrong), None, "{wrong:?}");
        }
    }
}
