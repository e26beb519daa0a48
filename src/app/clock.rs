//! The only place that reads a clock. Everything else gets moments as arguments.
#![expect(clippy::disallowed_methods, reason = "this is the one door to the clocks")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Moment, num};

/// This machine's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// What the wall clock said then.
    wall: Moment,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), wall: wall() }
    }

    /// Local time, not corrected by any server's; never before the start. It goes on while the machine sleeps, so that what
    /// was fresh before is known to be old after.
    pub(crate) fn now(self) -> Moment {
        wall().max(self.wall)
    }

    /// Time since the start, on a clock that nobody sets.
    pub(crate) fn elapsed(self) -> Duration {
        self.started.elapsed()
    }

    /// Seconds east of UTC, here and at the start.
    pub(crate) fn utc_offset_s(self) -> i32 {
        let at = jiff::Timestamp::from_millisecond(self.wall.0).unwrap_or_default();
        jiff::tz::TimeZone::system().to_offset(at).seconds()
    }
}

fn wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(num::millis(since))
}
