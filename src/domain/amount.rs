//! A number of pods, or a percentage of them (`intstr.IntOrString` as `maxSurge` and `maxUnavailable` use it).

use std::fmt;

use serde::{Deserialize, Serialize};

/// `3` or `25%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Amount {
    /// That many pods.
    Pods(i32),
    /// That many hundredths of the replicas.
    Percent(i32),
}

impl Amount {
    /// The value the API server fills in for both fields (`apps/v1` defaults).
    pub const DEFAULT: Self = Self::Percent(25);

    /// `25%` or `3`; anything else is None.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().map(Self::Percent),
            None => text.parse().ok().map(Self::Pods),
        }
    }

    /// Pods of `replicas`, a fraction counted as one more (how surge is rounded).
    pub fn ceil_of(self, replicas: i32) -> i32 {
        self.of(replicas, 99)
    }

    /// Pods of `replicas`, a fraction dropped (how unavailability is rounded).
    pub fn floor_of(self, replicas: i32) -> i32 {
        self.of(replicas, 0)
    }

    fn of(self, replicas: i32, round: i64) -> i32 {
        match self {
            Self::Pods(pods) => pods,
            Self::Percent(percent) => {
                let hundredths = i64::from(percent) * i64::from(replicas);
                i32::try_from((hundredths + round).div_euclid(100)).unwrap_or(i32::MAX)
            }
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pods(pods) => write!(f, "{pods}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surge_rounds_up_and_unavailable_rounds_down() {
        let quarter = Amount::parse("25%").unwrap();
        assert_eq!((quarter.ceil_of(10), quarter.floor_of(10)), (3, 2));
        assert_eq!((quarter.ceil_of(4), quarter.floor_of(4)), (1, 1));
        assert_eq!((quarter.ceil_of(0), quarter.floor_of(0)), (0, 0));
        assert_eq!(Amount::parse("3").unwrap().ceil_of(10), 3);
        assert_eq!(Amount::parse("x"), None);
    }
}
