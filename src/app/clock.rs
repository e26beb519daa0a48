//! The only place that reads a clock. Everything else gets moments as arguments.
#![expect(clippy::disallowed_methods, reason = "this is the one door to the clocks")]

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::domain::{Moment, num};

/// What tells the time of somewhere else.
pub(crate) type Tells = Arc<dyn Fn() -> Moment + Send + Sync>;

/// This machine's clocks; in the demo, the time there and this machine's waits.
#[derive(Clone)]
pub(crate) struct Clock {
    started: Instant,
    /// What the wall clock said then.
    wall: Moment,
    /// Who tells the time instead of the wall clock.
    tells: Option<Tells>,
    utc_offset_s: i32,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("wall", &self.wall)
            .field("is_virtual", &self.tells.is_some())
            .finish_non_exhaustive()
    }
}

impl Clock {
    pub(crate) fn start() -> Self {
        let wall = wall();
        let at = jiff::Timestamp::from_millisecond(wall.0).unwrap_or_default();
        let utc_offset_s = jiff::tz::TimeZone::system().to_offset(at).seconds();
        Self { started: Instant::now(), wall, tells: None, utc_offset_s }
    }

    /// Local time, not corrected by any server's; never before the start. It goes on while the machine sleeps, so that what
    /// was fresh before is known to be old after.
    pub(crate) fn now(&self) -> Moment {
        self.tells.as_ref().map_or_else(|| wall().max(self.wall), |tells| tells())
    }

    /// Time since the start, on a clock that nobody sets.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Seconds east of UTC, here and at the start.
    pub(crate) const fn utc_offset_s(&self) -> i32 {
        self.utc_offset_s
    }

    /// The same waits, with a time that somebody else tells.
    pub(crate) fn told_by(&self, tells: Tells) -> Self {
        Self { tells: Some(tells), ..self.clone() }
    }

    /// The same, with clock times in UTC: a picture is the same everywhere.
    pub(crate) fn in_utc(self) -> Self {
        Self { utc_offset_s: 0, ..self }
    }

    /// A time that is `from` now and passes as ours.
    pub(crate) fn beginning(&self, from: Moment) -> Tells {
        let (clock, begun) = (self.clone(), self.elapsed());
        Arc::new(move || from.plus(clock.elapsed().saturating_sub(begun)))
    }
}

fn wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(num::millis(since))
}
