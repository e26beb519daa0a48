//! Points in time, as the cluster's clock counts them. Formatting as RFC 3339 and time zones live with those who print.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::num;

/// Milliseconds since the Unix epoch. Only `app` makes one from a clock; everywhere else it arrives as an argument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

impl Moment {
    /// The moment that many whole seconds after the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1_000)
    }

    /// How long after `earlier` this is; zero when it is not after it (clocks of two machines may disagree by a little).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(num::clamp_u64(self.0.saturating_sub(earlier.0)))
    }

    /// This moment, `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(num::millis(by)))
    }

    /// This moment corrected by a signed skew in milliseconds.
    #[must_use]
    pub fn shifted(self, by_ms: i64) -> Self {
        Self(self.0.saturating_add(by_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_never_goes_negative() {
        assert_eq!(Moment(5).since(Moment(9)), Duration::ZERO);
        assert_eq!(Moment(9).since(Moment(5)), Duration::from_millis(4));
    }
}
