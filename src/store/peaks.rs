//! The most that a pod of each version has carried, so that a plan can say what it would ask of one. Only what was watched
//! counts, and only while the number of pods stood still for as long as a rate is taken over: before, a rate is partly one of
//! other pods.

use std::{collections::HashMap, time::Duration};

use crate::domain::{Moment, Uid, Version};

/// The peaks of all versions.
#[derive(Debug, Default)]
pub(super) struct Peaks(HashMap<Uid, Peak>);

#[derive(Debug)]
struct Peak {
    /// Available pods, and since when there are so many.
    pods: i32,
    since: Moment,
    most: Option<f64>,
}

impl Peaks {
    /// Notes what the pods of a version carried at a moment, by a rate that was taken over the window before.
    pub(super) fn note(&mut self, version: &Version, window: Duration, now: Moment) {
        let pods = version.pods.available;
        let held = self.0.entry(version.uid.clone()).or_insert(Peak { pods, since: now, most: None });
        if held.pods != pods {
            (held.pods, held.since) = (pods, now);
        }
        if now.since(held.since) >= window {
            held.most = held.most.into_iter().chain(version.load()).reduce(f64::max);
        }
    }

    /// The most so far.
    pub(super) fn of(&self, version: &Uid) -> Option<f64> {
        self.0.get(version)?.most
    }

    /// Forgets the versions that are no more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&Uid) -> bool) {
        self.0.retain(|version, _| is_there(version));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Measured, Role, sample::later};

    #[test]
    fn a_peak_is_what_a_steady_number_of_pods_carried() {
        let rollout = crate::systems::fixture::rollout(&[(3, "web:3", 4, Role::Stable)]);
        let mut version = rollout.versions[0].clone();
        let (mut peaks, window) = (Peaks::default(), Duration::from_mins(1));
        let mut at = |secs: u64, pods: i32, rate: f64| {
            version.pods.available = pods;
            version.metrics = Some(Arc::new(Measured { rate: Some(rate), ..Measured::default() }));
            peaks.note(&version, window, later(secs));
            peaks.of(&version.uid)
        };
        assert_eq!(at(0, 4, 400.0), None, "these may have been other pods' requests");
        assert_eq!(at(60, 4, 40.0), Some(10.0));
        assert_eq!(at(75, 4, 80.0), Some(20.0));
        assert_eq!(at(90, 4, 60.0), Some(20.0));
        assert_eq!(at(105, 1, 60.0), Some(20.0), "the rate is one of four pods yet");
        assert_eq!(at(166, 1, 30.0), Some(30.0));
        assert_eq!(at(240, 0, 0.0), Some(30.0));
        peaks.retain(|_| false);
        assert_eq!(peaks.of(&"web-3".into()), None);
    }
}
