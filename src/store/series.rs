//! What is measured: the newest numbers of each version, and lines of those that a rollout has. An answer touches numbers
//! only: no rollout is read again for it, and no line is copied.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use super::Store;
use crate::domain::{
    About, Gauge, Health, Link, Measure, Measured, Moment, Name, Past, Rollout, Sampled, Samples, Text, num,
};

/// Clocks that differ by less are taken for one: answers take their time on the way.
const SAME_CLOCK_MS: i64 = 3_000;

/// The sources of metrics, by cluster.
#[derive(Default)]
pub(super) struct Meters(BTreeMap<Name, Meter>);

/// One source.
#[derive(Default)]
struct Meter {
    place: Text,
    every: Duration,
    link: Option<Link>,
    /// When it answered last, as the cluster counts time.
    answered: Option<Moment>,
    /// How far its clock is ahead of the cluster's.
    ahead_ms: i64,
    window: Option<Duration>,
    /// The newest numbers by namespace and ReplicaSet, whether a rollout has it or not: it may still come.
    newest: HashMap<(Name, Name), Arc<Measured>>,
    /// What those have that the newest answer did not name.
    silent: Option<Arc<Measured>>,
    failed: Vec<(Measure, Text)>,
    past: Option<Past>,
}

impl Meters {
    /// Notes how a connection is.
    pub(super) fn link(&mut self, cluster: Name, (place, every): (Text, Duration), link: Link) {
        let meter = self.0.entry(cluster).or_default();
        (meter.place, meter.every, meter.link) = (place, every, Some(link));
    }

    /// Gives the versions of a rollout their newest numbers.
    pub(super) fn read(&self, rollout: &mut Rollout) {
        let Some(meter) = self.0.get(&rollout.at.cluster) else { return };
        for version in &mut rollout.versions {
            let key = (version.at.namespace.clone(), version.at.name.clone());
            version.metrics = meter.newest.get(&key).or(meter.silent.as_ref()).cloned();
        }
    }

    /// Each source and its health. `now` tells the time of a cluster.
    pub(super) fn health(&self, now: impl Fn(&Name) -> Moment) -> Vec<Gauge> {
        let gauge = |(cluster, meter): (&Name, &Meter)| Gauge {
            cluster: cluster.clone(),
            place: meter.place.clone(),
            health: meter.health(now(cluster)),
            every: meter.every,
            window: meter.window,
            failed: meter.failed.clone(),
            past: meter.past.clone(),
        };
        self.0.iter().map(gauge).collect()
    }
}

impl Meter {
    /// An answer that is fresh enough stands, whatever happened since.
    fn health(&self, now: Moment) -> Health {
        let why = match &self.link {
            Some(Link::Retrying { why } | Link::Denied { why }) => Some(why.clone()),
            Some(Link::Connecting | Link::Live) | None => None,
        };
        match (self.answered, why) {
            (Some(at), _) if now.since(at) <= Gauge::fresh_within(self.every) => Health::Live,
            (Some(since), why) => Health::Stale { since, why },
            (None, Some(why)) => Health::Down { why },
            (None, None) => Health::Loading,
        }
    }
}

impl Store {
    /// Takes an answer in.
    pub(super) fn keep_samples(&mut self, samples: Samples, local: Moment) {
        let now = self.feeds.cluster_time(&samples.cluster, local);
        let meter = self.meters.0.entry(samples.cluster.clone()).or_default();
        if meter.window.replace(samples.window).is_some_and(|before| before != samples.window) {
            // Rates over another stretch of time are other numbers: they do not belong on one line.
            self.fleet.gauges.retain(|cluster, _| *cluster != samples.cluster);
        }
        match samples.about.clone() {
            About::Now(at) => {
                let ahead_ms = at.0.saturating_sub(now.0);
                if ahead_ms.abs_diff(meter.ahead_ms) > num::clamp_u64(SAME_CLOCK_MS) {
                    meter.ahead_ms = ahead_ms;
                }
                meter.answered = Some(now);
                meter.failed.clone_from(&samples.failed);
                self.keep_newest(&samples, at);
            }
            About::Past { past, from, to } => {
                meter.past = Some(past.clone());
                self.keep_past(samples, &past, (from, to));
            }
        }
    }

    fn keep_newest(&mut self, samples: &Samples, at: Moment) {
        let Some(meter) = self.meters.0.get_mut(&samples.cluster) else { return };
        let at = at.shifted(-meter.ahead_ms);
        let newest = samples.of.iter().filter_map(|sampled| {
            let point = Measured { at, ..*sampled.points.last()? };
            Some(((sampled.namespace.clone(), sampled.set.clone()), Arc::new(point)))
        });
        meter.newest = newest.collect();
        meter.silent = Some(Arc::new(Measured { at, ..Measured::default() }));
        let ours = self.fleet.rollouts.values_mut().filter(|rollout| rollout.at.cluster == samples.cluster);
        for rollout in ours {
            let rollout = Arc::make_mut(rollout);
            self.meters.read(rollout);
            for version in &rollout.versions {
                let measured = version.metrics.as_deref().filter(|measured| measured.rate.is_some());
                let is_drawn = self.fleet.gauges.line(&version.at).is_some();
                if let Some(measured) = measured.or_else(|| version.metrics.as_deref().filter(|_| is_drawn)) {
                    self.fleet.gauges.line_mut(&version.at).push(measured);
                }
            }
        }
        self.fleet.gauges.retain(|cluster, line| *cluster != samples.cluster || !line.is_over(at));
    }

    /// History belongs to the versions that it was asked for; those without any have a gap there.
    fn keep_past(&mut self, samples: Samples, past: &Past, (from, to): (Moment, Moment)) {
        let ahead_ms = self.meters.0.get(&samples.cluster).map_or(0, |meter| meter.ahead_ms);
        let mut by_set: HashMap<Name, Vec<Measured>> = samples
            .of
            .into_iter()
            .filter(|sampled| sampled.namespace == past.namespace)
            .map(|Sampled { set, points, .. }| (set, points))
            .collect();
        let rollouts = self
            .fleet
            .rollouts
            .values()
            .filter(|rollout| rollout.at.cluster == samples.cluster && rollout.at.namespace == past.namespace);
        for version in rollouts.flat_map(|rollout| &rollout.versions) {
            if !past.sets.contains(&version.at.name) {
                continue;
            }
            let mut points = by_set.remove(&version.at.name).unwrap_or_default();
            for point in &mut points {
                point.at = point.at.shifted(-ahead_ms);
            }
            if !points.is_empty() || self.fleet.gauges.line(&version.at).is_some() {
                let between = (from.shifted(-ahead_ms), to.shifted(-ahead_ms));
                self.fleet.gauges.line_mut(&version.at).fill(between, &points);
            }
        }
    }
}
