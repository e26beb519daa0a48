//! A custom resource, kept whole: routers differ in where their weights live, and a table says where to look. What is in it
//! is not judged here.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Meta;

/// An object of a kind that is not built in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// Who it is.
    pub meta: Meta,
    /// All of it as the server sent it, without `metadata.managedFields`.
    pub body: Value,
}

/// A share as operators write it, in hundredths of a percent: 0 to 10,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Percent(u16);

impl Percent {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(10_000);

    /// Hundredths of a percent; None for more than all.
    pub fn hundredths(count: u32) -> Option<Self> {
        u16::try_from(count).ok().filter(|count| *count <= Self::ALL.0).map(Self)
    }

    /// `30`, `0.5`, `12.25`, with or without a `%` behind it.
    ///
    /// # Errors
    /// What is no share, as a sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let typed = text.trim().trim_end_matches('%').trim_end();
        let (whole, part) = typed.split_once('.').unwrap_or((typed, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number =
            !whole.is_empty() && digits(whole) && digits(part) && (typed.ends_with(part) && part.len() <= 2);
        let count = is_number.then(|| format!("{whole}{part:0<2}").parse().ok()).flatten();
        count
            .and_then(Self::hundredths)
            .ok_or_else(|| format!("{text:?} is no share: write a percentage from 0 to 100, such as 30 or 0.5"))
    }

    /// How many hundredths of a percent.
    pub fn count(self) -> u32 {
        u32::from(self.0)
    }
}

impl fmt::Display for Percent {
    /// `30 %`, `0.5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole} %"),
            _ if part.is_multiple_of(10) => write!(f, "{whole}.{} %", part / 10),
            _ => write!(f, "{whole}.{part:02} %"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_they_are_written() {
        for (text, says) in [
            ("30", "30 %"),
            (" 0 ", "0 %"),
            ("100%", "100 %"),
            ("0.5", "0.5 %"),
            ("12.25 %", "12.25 %"),
            ("9.05", "9.05 %"),
        ] {
            assert_eq!(Percent::parse(text).map(|share| share.to_string()).as_deref(), Ok(says), "{text}");
        }
        for text in ["", "%", ".5", "-1", "100.01", "101", "1.234", "1e1", "a", "99999999999"] {
            assert!(Percent::parse(text).is_err(), "{text}");
        }
    }
}
