//! Shares of the traffic: as operators write them, as routers are told, as they were observed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Text, num};

/// A part of the whole, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(pub f64);

impl Share {
    /// `part` of `whole`; None of nothing.
    pub fn of(part: usize, whole: usize) -> Option<Self> {
        (whole > 0).then(|| Self(num::ratio(part, whole)))
    }
}

/// Who gets which share of the traffic. What is unknown is None, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// What the spec or the step wants.
    pub wanted: Option<Share>,
    /// What the router is told; without a router, the share of ready endpoints.
    pub routed: Option<Share>,
    /// What was observed.
    pub seen: Option<Observed>,
    /// Whether that is what it should be.
    #[serde(default)]
    pub accord: Accord,
}

impl Split {
    /// The share that should be seen: what the router is told, else what is wanted of it.
    pub fn due(&self) -> Option<Share> {
        self.routed.or(self.wanted)
    }
}

/// Whether the share that was observed is the one that should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Accord {
    /// There is nothing to compare.
    #[default]
    Unknown,
    /// Requests from before the last change of shares are still counted in, until then.
    Settling {
        /// The first moment at which they are not.
        until: Moment,
    },
    /// They differ by no more than chance allows.
    Together,
    /// They differ by more.
    Apart {
        /// Since when without a break, as far as it was watched.
        since: Moment,
        /// The lower end of what chance allows around what was seen, at the level of this judgement.
        low: Share,
        /// The upper end.
        high: Share,
    },
}

/// Something that is set up and makes requests go otherwise than shares say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bend {
    /// What it does.
    pub kind: Bending,
    /// Where it stands and what it says, as a sentence without a full stop.
    pub says: Text,
    /// The Services to which it sends more than their share; empty where it may be any.
    pub gain: Vec<Name>,
}

/// How requests are bent away from shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bending {
    /// Clients stay with the version that answered them first.
    Sticky,
    /// Requests arrive by another rule or route.
    OtherWay,
    /// Another rule or route takes the requests that this one is for.
    Shadow,
    /// Copies of requests are counted as requests.
    Mirror,
    /// Requests that fail are sent again.
    Retry,
}

/// A share that was observed, and how uncertain it is.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Observed {
    /// Of so many requests, of all versions.
    pub of: f64,
    /// The share of the requests.
    pub share: Share,
    /// The lower end of its 95 % interval.
    pub low: Share,
    /// The upper end.
    pub high: Share,
}

impl Observed {
    /// The share that `part` of `whole` requests are, with Wilson's score interval (E. B. Wilson, 1927) at 95 %: good for
    /// small counts and for shares near 0 and 1 too. None of nothing. It takes requests for independent: where clients keep
    /// their connections or their cookies, the truth is wider.
    pub fn of(part: f64, whole: f64) -> Option<Self> {
        if whole.is_nan() || whole <= 0.0 {
            return None;
        }
        let share = Share((part / whole).clamp(0.0, 1.0));
        let [low, high] = wilson(share, whole, Z95);
        Some(Self { of: whole, share, low, high })
    }

    /// The same interval at another level: that of so many standard deviations.
    pub fn within(&self, deviations: f64) -> [Share; 2] {
        wilson(self.share, self.of, deviations)
    }

    /// Whether a share may be the true one.
    pub fn allows(&self, share: Share) -> bool {
        self.low <= share && share <= self.high
    }
}

/// Wilson's interval of a share of so many requests.
fn wilson(Share(share): Share, whole: f64, deviations: f64) -> [Share; 2] {
    let square = deviations * deviations / whole;
    let middle = (share + square / 2.0) / (1.0 + square);
    let half = deviations / (1.0 + square) * (share * (1.0 - share) / whole + square / (4.0 * whole)).sqrt();
    // It holds the share itself; near 0 and 1, rounding would leave it outside by the last bit.
    let (low, high) = ((middle - half).min(share), (middle + half).max(share));
    [low, high].map(|end| Share(end.clamp(0.0, 1.0)))
}

/// 95 % of a normal distribution lie within so many standard deviations.
const Z95: f64 = 1.959_963_984_540_054;

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
    fn few_requests_tell_little() {
        let told = |part, whole| {
            Observed::of(part, whole).map(|seen| [seen.low, seen.share, seen.high].map(|s| (s.0 * 1e4).round()))
        };
        // By hand, and as in Brown, Cai, DasGupta 2001.
        assert_eq!(told(20.0, 200.0), Some([657.0, 1_000.0, 1_494.0]));
        assert_eq!(told(0.0, 10.0), Some([0.0, 0.0, 2_775.0]));
        assert_eq!(told(0.0, 0.0), None);
        assert!(Observed::of(20.0, 200.0).unwrap().allows(Share(0.07)));
        assert!(!Observed::of(20.0, 200.0).unwrap().allows(Share(0.16)));
    }

    #[test]
    fn nothing_and_all_are_within_what_they_tell() {
        for whole in (1..20_000).map(|n| f64::from(n) * 0.7) {
            assert!(Observed::of(0.0, whole).unwrap().allows(Share(0.0)), "0 of {whole}");
            assert!(Observed::of(whole, whole).unwrap().allows(Share(1.0)), "all of {whole}");
        }
    }

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
