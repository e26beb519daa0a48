//! What is measured: the newest numbers of each version, and lines of those that a rollout has. An answer touches numbers
//! only: no rollout is read again for it, and no line is copied.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use super::{
    Store,
    budget::Burnt,
    joins::{self, Named, Told},
    peaks::Peaks,
    sensing::Beside,
};
use crate::{
    domain::{
        About, Curves, Fleet, Gauge, Health, Line, Link, Measure, Measured, Moment, Name, Naming, Observed, Packs,
        Past, Ref, Rollout, Sampled, Samples, Search, Text, Uid, Version, num,
    },
    judge::Shares,
};

/// Clocks that differ by less are taken for one: answers take their time on the way.
const SAME_CLOCK_MS: i64 = 3_000;

/// The sources of metrics, by cluster.
#[derive(Default)]
pub(super) struct Meters(pub(super) BTreeMap<Name, Meter>);

/// One source.
#[derive(Default)]
pub(super) struct Meter {
    place: Text,
    pub(super) every: Duration,
    search: Option<Search>,
    link: Option<Link>,
    /// When it answered last, as the cluster counts time.
    answered: Option<Moment>,
    /// How far its clock is ahead of the cluster's.
    ahead_ms: i64,
    pub(super) window: Option<Duration>,
    packs: Packs,
    /// The newest numbers by namespace and name, whether a rollout has it or not: it may still come.
    newest: Named<Arc<Measured>>,
    /// What clients see, in the newest answer, by namespace and Service.
    clients: Named<Arc<Measured>>,
    /// What those have that the newest answer did not name.
    silent: Option<Arc<Measured>>,
    failed: Vec<(Measure, Text)>,
    past: Option<Past>,
    counted: Option<(Name, Vec<Name>)>,
    /// What failed over long windows.
    pub(super) burnt: BTreeMap<Duration, Burnt>,
    /// How the shares of each rollout went.
    pub(super) shares: HashMap<Ref, Shares>,
    /// The most that pods have carried.
    peaks: Peaks,
}

impl Meters {
    /// Notes how a connection is.
    pub(super) fn link(&mut self, cluster: Name, (place, every): (Text, Duration), link: Link) {
        let meter = self.0.entry(cluster).or_default();
        (meter.place, meter.every, meter.link) = (place, every, Some(link));
    }

    /// Notes what came of looking for a source.
    pub(super) fn searched(&mut self, cluster: Name, search: Search) {
        self.0.entry(cluster).or_default().search = Some(search);
    }

    /// Notes for which deck pods are counted; answers how far the source's clock is ahead of the cluster's.
    pub(super) fn counted(&mut self, cluster: &Name, of: (Name, Vec<Name>)) -> i64 {
        let meter = self.0.entry(cluster.clone()).or_default();
        meter.counted = Some(of);
        meter.ahead_ms
    }

    /// Gives the versions of a rollout their newest numbers, and says what follows from them.
    pub(super) fn read(&mut self, rollout: &mut Rollout, beside: &Beside<'_>) {
        let Some(meter) = self.0.get_mut(&rollout.at.cluster) else { return };
        let told = |version| match joins::version(meter.naming(), &meter.newest, rollout, version) {
            Told::Apart => None,
            Told::Silent => meter.silent.clone(),
            Told::By(one) => joined(&one),
        };
        let metrics: Vec<Option<Arc<Measured>>> = rollout.versions.iter().map(told).collect();
        for (version, metrics) in rollout.versions.iter_mut().zip(metrics) {
            version.metrics = metrics;
        }
        for version in &mut rollout.versions {
            version.peak = meter.peaks.of(&version.uid);
        }
        observe(&mut rollout.versions, meter.window);
        let seen = joins::services(&meter.clients, &rollout.at.namespace, &rollout.door.services);
        rollout.door.measured = joined(&seen);
        meter.sense(rollout, beside);
    }

    /// Notes what pods carry, once for each answer.
    fn note_peaks(&mut self, rollout: &mut Rollout, (window, at): (Duration, Moment)) {
        let Some(meter) = self.0.get_mut(&rollout.at.cluster) else { return };
        for version in rollout.versions.iter_mut().filter(|version| version.metrics.is_some()) {
            meter.peaks.note(version, window, at);
            version.peak = meter.peaks.of(&version.uid);
        }
    }

    /// Each source and its health. `now` tells the time of a cluster.
    pub(super) fn health(&self, now: impl Fn(&Name) -> Moment) -> Vec<Gauge> {
        let gauge = |(cluster, meter): (&Name, &Meter)| Gauge {
            cluster: cluster.clone(),
            place: meter.place.clone(),
            search: meter.search.clone(),
            health: meter.health(now(cluster)),
            every: meter.every,
            window: meter.window,
            failed: meter.failed.clone(),
            packs: meter.packs.clone(),
            past: meter.past.clone(),
            counted: meter.counted.clone(),
            budgets: meter.burnt.len(),
        };
        self.0.iter().map(gauge).collect()
    }
}

/// Where a router or endpoints share traffic between versions, their shares of the requests that were seen within the window;
/// unknown unless all of them are measured.
fn observe(versions: &mut [Version], window: Option<Duration>) {
    let seconds = window.map_or(0.0, |window| window.as_secs_f64());
    let has_some = |version: &&Version| version.split.routed.is_some_and(|routed| routed.0 > 0.0);
    let is_shared =
        versions.iter().any(|version| version.split.wanted.is_some()) || versions.iter().filter(has_some).count() > 1;
    let is_measured = versions.iter().all(|version| version.metrics.is_some());
    let count =
        |version: &Version| version.metrics.as_ref().and_then(|measured| measured.rate).unwrap_or(0.0) * seconds;
    let whole: f64 = versions.iter().map(count).sum();
    for version in versions {
        let part = count(version);
        version.split.seen = Observed::of(part, whole).filter(|_| is_shared && is_measured);
    }
}

/// The newest numbers of several series as one; what there is one of is not copied.
pub(super) fn joined(all: &[&Arc<Measured>]) -> Option<Arc<Measured>> {
    match all {
        [only] => Some(Arc::clone(only)),
        several => Measured::joined(several.iter().map(AsRef::as_ref)).map(Arc::new),
    }
}

impl Meter {
    /// Forgets all numbers.
    fn forget(&mut self) {
        (self.newest, self.clients, self.silent) = Default::default();
        self.burnt.clear();
        self.peaks = Peaks::default();
    }

    pub(super) fn naming(&self) -> Naming {
        self.packs.versions.as_ref().map(|pack| pack.naming).unwrap_or_default()
    }

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
    /// Notes how the connection to a source is. Numbers of another source are other numbers: they go.
    pub(super) fn keep_link(&mut self, cluster: Name, (place, every): (Text, Duration), link: Link) {
        let before = self.meters.0.get(&cluster).map(|meter| meter.place.clone()).unwrap_or_default();
        if !before.is_empty() && !place.is_empty() && before != place {
            if let Some(meter) = self.meters.0.get_mut(&cluster) {
                meter.forget();
            }
            self.fleet.gauges.forget(&cluster);
        }
        self.meters.link(cluster, (place, every), link);
    }

    /// Takes in which packs the next answers come from. Numbers of another pack are other numbers: they go.
    pub(super) fn keep_packs(&mut self, cluster: &Name, packs: Packs, local: Moment) {
        let now = self.feeds.cluster_time(cluster, local);
        let meter = self.meters.0.entry(cluster.clone()).or_default();
        let is_used = |packs: &Packs| (packs.versions.clone(), packs.clients.clone());
        if is_used(&meter.packs) != is_used(&packs) {
            meter.forget();
            self.fleet.gauges.forget(cluster);
        }
        meter.packs = packs;
        for rollout in self.fleet.rollouts.values_mut().filter(|rollout| rollout.at.cluster == *cluster) {
            let beside = Beside { judged: self.fleet.judged.as_ref(), aims: self.aims.get(cluster), now };
            self.meters.read(Arc::make_mut(rollout), &beside);
        }
    }

    /// Takes an answer in.
    pub(super) fn keep_samples(&mut self, samples: Samples, local: Moment) {
        let now = self.feeds.cluster_time(&samples.cluster, local);
        let meter = self.meters.0.entry(samples.cluster.clone()).or_default();
        if meter.window.replace(samples.window).is_some_and(|before| before != samples.window) {
            // Rates over another stretch of time are other numbers: they do not belong on one line.
            self.fleet.gauges.forget(&samples.cluster);
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

    /// Takes in what a query that is not ours was answered. A new failure leaves the last answer to the same question.
    pub(super) fn keep_curves(&mut self, mut curves: Curves) {
        let back = self.meters.0.get(&curves.of.of.cluster).map_or(0, |meter| -meter.ahead_ms);
        curves.at = curves.at.shifted(back);
        for (at, _) in curves.curves.iter_mut().flat_map(|curve| &mut curve.points) {
            *at = at.shifted(back);
        }
        let held =
            self.fleet.gauges.curves.take().filter(|held| curves.trouble.is_some() && held.of.is_like(&curves.of));
        if let Some(held) = held {
            (curves.curves, curves.all) = (held.curves, held.all);
        }
        self.fleet.gauges.curves = Some(curves);
    }

    fn keep_newest(&mut self, samples: &Samples, at: Moment) {
        let Some(meter) = self.meters.0.get_mut(&samples.cluster) else { return };
        let at = at.shifted(-meter.ahead_ms);
        let newest = |sampled: &Sampled| {
            let point = Measured { at, ..*sampled.points.last()? };
            Some(((sampled.namespace.clone(), sampled.set.clone()), Arc::new(point)))
        };
        meter.newest = samples.of.iter().filter_map(newest).collect();
        meter.clients = samples.clients.iter().filter_map(newest).collect();
        meter.silent = Some(Arc::new(Measured { at, ..Measured::default() }));
        let aims = self.aims.get(&samples.cluster);
        let beside = Beside { judged: self.fleet.judged.as_ref(), aims, now: at };
        let ours = self.fleet.rollouts.values_mut().filter(|rollout| rollout.at.cluster == samples.cluster);
        for rollout in ours {
            let rollout = Arc::make_mut(rollout);
            self.meters.read(rollout, &beside);
            self.meters.note_peaks(rollout, (samples.window, at));
            for version in &rollout.versions {
                let measured = version.metrics.as_deref().filter(|measured| measured.rate.is_some());
                let is_drawn = self.fleet.gauges.line(&version.at).is_some();
                if let Some(measured) = measured.or_else(|| version.metrics.as_deref().filter(|_| is_drawn)) {
                    self.fleet.gauges.line_mut(&version.at).push(measured);
                }
            }
            if let Some(measured) = &rollout.door.measured {
                self.fleet.gauges.door_mut(&rollout.at).push(measured);
            }
        }
        self.fleet.gauges.retain(|cluster, line| *cluster != samples.cluster || !line.is_over(at));
        if let Some(meter) = self.meters.0.get_mut(&samples.cluster) {
            meter.shares.retain(|of, _| self.fleet.rollouts.contains_key(of));
            let versions = self.fleet.rollouts.values().flat_map(|rollout| &rollout.versions);
            let known: HashSet<&Uid> = versions.map(|version| &version.uid).collect();
            meter.peaks.retain(|version| known.contains(version));
        }
    }

    /// History belongs to the versions that it was asked for; those without any have a gap there.
    fn keep_past(&mut self, samples: Samples, past: &Past, (from, to): (Moment, Moment)) {
        let Some(meter) = self.meters.0.get(&samples.cluster) else { return };
        let (naming, back) = (meter.naming(), -meter.ahead_ms);
        let between = (from.shifted(back), to.shifted(back));
        let (of, clients) = (by_name(samples.of, back), by_name(samples.clients, back));
        if past.is_far() {
            let lines = of_versions(&self.fleet, past, (naming, &of), &samples.cluster);
            return self.fleet.gauges.keep_far(between, lines);
        }
        let rollouts = self
            .fleet
            .rollouts
            .values()
            .filter(|rollout| rollout.at.cluster == samples.cluster && rollout.at.namespace == past.namespace);
        for rollout in rollouts {
            let asked = || rollout.versions.iter().filter(|version| past.sets.contains(&version.at.name));
            for version in asked() {
                let points = match joins::version(naming, &of, rollout, version) {
                    Told::Apart => continue,
                    Told::Silent => Vec::new(),
                    Told::By(lines) => together(&lines),
                };
                if !points.is_empty() || self.fleet.gauges.line(&version.at).is_some() {
                    self.fleet.gauges.line_mut(&version.at).fill(between, &points);
                }
            }
            let seen = joins::services(&clients, &rollout.at.namespace, &rollout.door.services);
            if asked().next().is_some() && !seen.is_empty() {
                self.fleet.gauges.door_mut(&rollout.at).fill(between, &together(&seen));
            }
        }
    }
}

/// The line of each version that was asked for.
fn of_versions(
    fleet: &Fleet,
    past: &Past,
    (naming, of): (Naming, &Named<Vec<Measured>>),
    cluster: &Name,
) -> Vec<(Ref, Line)> {
    let is_asked = |rollout: &&Arc<Rollout>| rollout.at.cluster == *cluster && rollout.at.namespace == past.namespace;
    let line = |rollout: &Rollout, version: &Version| match joins::version(naming, of, rollout, version) {
        Told::By(lines) => Some((version.at.clone(), Line::of(&together(&lines)))),
        Told::Apart | Told::Silent => None,
    };
    let lines = |rollout| {
        let rollout: &Arc<Rollout> = rollout;
        let asked = rollout.versions.iter().filter(|version| past.sets.contains(&version.at.name));
        asked.filter_map(|version| line(rollout, version)).collect::<Vec<_>>()
    };
    fleet.rollouts.values().filter(is_asked).flat_map(lines).collect()
}

/// The points of each series, in the cluster's time.
fn by_name(all: Vec<Sampled>, shift_ms: i64) -> Named<Vec<Measured>> {
    let ours = |point: Measured| Measured { at: point.at.shifted(shift_ms), ..point };
    let named =
        |sampled: Sampled| ((sampled.namespace, sampled.set), sampled.points.into_iter().map(ours).collect::<Vec<_>>());
    all.into_iter().map(named).collect()
}

/// Several series as one line.
fn together(lines: &[&Vec<Measured>]) -> Vec<Measured> {
    if let [only] = lines {
        return Vec::clone(only);
    }
    let mut by_moment: BTreeMap<Moment, Vec<&Measured>> = BTreeMap::new();
    for point in lines.iter().copied().flatten() {
        by_moment.entry(point.at).or_default().push(point);
    }
    by_moment.into_values().filter_map(Measured::joined).collect()
}
