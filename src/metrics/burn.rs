//! Which long windows are asked about, and when: failures over hours and days, for error budgets. A long window changes
//! slowly and costs its source much, so it is asked about rarely; one window at a time, two queries for all versions and two
//! for what clients see. What they mean is not known here.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::Moment;

/// A window is asked about so many times in its length ...
const TIMES: u32 = 60;
/// ... but not more often than this, and not more rarely.
const OFTEN: Duration = Duration::from_mins(1);
const RARELY: Duration = Duration::from_mins(30);

/// The windows, and when each was asked about last.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    asked: BTreeMap<Duration, Option<Moment>>,
}

impl Rounds {
    /// None was asked about yet.
    pub(super) fn of(windows: &[Duration]) -> Self {
        Self { asked: windows.iter().map(|window| (*window, None)).collect() }
    }

    /// Asks about all of them again: what was known is of other series.
    pub(super) fn forget(&mut self) {
        self.asked.values_mut().for_each(|asked| *asked = None);
    }

    /// The window that is due first, shorter ones before longer ones, and when.
    pub(super) fn next(&self, now: Moment) -> Option<(Duration, Moment)> {
        let due = |(window, asked): (&Duration, &Option<Moment>)| {
            let pace = (*window / TIMES).clamp(OFTEN, RARELY);
            (*window, asked.map_or(now, |asked| asked.plus(pace)))
        };
        self.asked.iter().map(due).min_by_key(|(_, due)| *due)
    }

    /// One was asked about, whatever came of it.
    pub(super) fn asked(&mut self, window: Duration, now: Moment) {
        self.asked.insert(window, Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_windows_are_asked_about_rarely_and_all_of_them_at_first() {
        let windows = [5, 60, 360, 43_200].map(Duration::from_mins);
        let mut rounds = Rounds::of(&windows);
        let (start, mut asked) = (Moment::from_secs(0), [0; 4]);
        for second in 0..3_600 {
            let now = Moment::from_secs(second);
            if let Some((window, _)) = rounds.next(now).filter(|(_, due)| *due <= now) {
                asked[windows.iter().position(|known| *known == window).unwrap()] += 1;
                rounds.asked(window, now);
            }
        }
        assert_eq!(asked, [60, 60, 10, 2]);
        rounds.forget();
        assert_eq!(rounds.next(start), Some((windows[0], start)));
        assert_eq!(Rounds::default().next(start), None);
    }
}
