//! The only place that reads a clock. Everything else gets moments as arguments.
#![expect(clippy::disallowed_methods, reason = "this is the one door to the clocks")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::{Moment, num};

/// This machine's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Local time, not corrected by any server's.
    pub(crate) fn now(self) -> Moment {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment(num::millis(since))
    }

    /// Time since the start, on a clock that nobody sets.
    pub(crate) fn elapsed(self) -> Duration {
        self.started.elapsed()
    }

    /// Seconds east of UTC here and now.
    pub(crate) fn utc_offset_s(self) -> i32 {
        jiff::Zoned::now().offset().seconds()
    }
}
