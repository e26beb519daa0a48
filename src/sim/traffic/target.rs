//! One pod: the requests that it answers, what it counts of them, and what a scrape of it finds.

use std::collections::BTreeMap;

use super::{
    draw::Draw,
    export::{Exporter, Turn},
    model::{BOUNDS, LE, QUICK_S, Shares, stretch},
    scene::Pod,
};
use crate::{
    domain::{Moment, num},
    sim::prom::{SeriesId, Tsdb},
};

/// For how long a pod is slower after it became ready, in seconds.
const WARM_S: f64 = 20.0;

/// As many seconds of work may wait; more is answered with 503.
const QUEUE_S: f64 = 2.0;

/// Cores of a pod that says nothing.
const CORES: f64 = 0.25;

/// What is exported of a pod, in the order of a scrape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Metric {
    Up,
    Cpu,
    Memory,
    Requests(u16),
    Bucket(usize),
    Sum,
    Count,
}

/// What a process has counted since it started.
#[derive(Clone, Debug, Default)]
struct Counters {
    codes: BTreeMap<u16, f64>,
    buckets: [f64; LE.len()],
    sum: f64,
    cpu: f64,
    seconds: f64,
}

/// A pod as clients and scrapes meet it.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pod: Pod,
    counted: Counters,
    /// Requests that wait.
    backlog: f64,
    /// How much of its capacity it has used in this second.
    used: f64,
    /// Cores used, smoothed over about ten seconds.
    cores: f64,
    /// How warm it is, from 0 to 1.
    warmth: f64,
    shares: Option<Shares>,
    /// Answers that are not in the buckets yet: their times are drawn together as long as their distribution is the same.
    untimed: f64,
    memory: f64,
    turn: Turn,
    export: Exporter<Metric>,
}

impl Target {
    pub(super) fn new((namespace, name): (&str, &str), pod: &Pod) -> Self {
        Self {
            pod: pod.clone(),
            counted: Counters::default(),
            backlog: 0.0,
            used: 0.0,
            cores: 0.0,
            warmth: 1.0,
            shares: None,
            untimed: 0.0,
            memory: 0.0,
            turn: Turn::of(namespace, name),
            export: Exporter::default(),
        }
    }

    /// Takes in what changed. Another process counts from 0; another label is another series.
    pub(super) fn look(&mut self, pod: &Pod, db: &mut Tsdb, now: Moment) {
        if self.pod == *pod {
            return;
        }
        if self.pod.service != pod.service {
            self.export.end(db, now);
        }
        if self.pod.process != pod.process || !pod.running {
            self.counted = Counters::default();
            (self.backlog, self.cores, self.untimed) = (0.0, 0.0, 0.0);
        }
        self.pod = pod.clone();
    }

    pub(super) fn is_running(&self) -> bool {
        self.pod.running
    }

    /// Whether it stops listening as soon as it is told to end.
    pub(super) fn ends_at_once(&self) -> bool {
        !self.pod.has_pre_stop
    }

    /// Its Deployment, and its use of cpu in percent of what it requests.
    pub(super) fn load(&self) -> Option<(&str, f64)> {
        let (deployment, request) = (self.pod.deployment.as_deref()?, self.pod.request?);
        self.pod.ready_since.filter(|_| self.pod.running)?;
        Some((deployment, 100.0 * self.cores / request))
    }

    pub(super) fn begin_second(&mut self) {
        self.used = 0.0;
    }

    /// Answers requests of this second as far as it can: codes and counts.
    pub(super) fn serve(&mut self, draw: &mut Draw, asked: f64) -> [(u16, f64); 3] {
        let manner = self.pod.manner;
        let room = (manner.capacity * (1.0 - self.used)).max(0.0);
        let wanted = asked + self.backlog;
        let done = wanted.min(room).floor();
        let queue = (manner.capacity * QUEUE_S).floor();
        let shed = (wanted - done - queue).max(0.0);
        self.backlog = wanted - done - shed;
        self.used += done / manner.capacity;
        let failed = draw.binomial(done, manner.errors);
        self.count(500, failed);
        self.count(200, done - failed);
        self.time(draw, done);
        self.refuse(shed);
        [(200, done - failed), (500, failed), (503, shed)]
    }

    /// Answers requests at once with 503.
    pub(super) fn refuse(&mut self, count: f64) {
        self.count(503, count);
        if let Some(first) = self.counted.buckets.first_mut().filter(|_| count > 0.0) {
            *first += count;
            self.counted.sum += count * QUICK_S;
        }
    }

    fn count(&mut self, code: u16, count: f64) {
        if count > 0.0 {
            *self.counted.codes.entry(code).or_default() += count;
        }
    }

    /// Notes the distribution of the times of these answers.
    fn time(&mut self, draw: &mut Draw, done: f64) {
        let manner = self.pod.manner;
        let waiting = self.backlog / manner.capacity;
        let cold = 1.0 + 2.0 * (1.0 - self.warmth);
        let median = manner.median * cold * stretch(self.used) + waiting;
        if !self.shares.as_ref().is_some_and(|shares| shares.are_near(median, manner.spread)) {
            self.put(draw);
            self.shares = Some(Shares::of(median, manner.spread));
        }
        self.untimed += done;
    }

    /// Draws the times of the answers that wait for it, and puts them into the buckets.
    fn put(&mut self, draw: &mut Draw) {
        let untimed = std::mem::take(&mut self.untimed);
        if let Some(shares) = &self.shares {
            self.counted.sum += shares.draw(draw, untimed, &mut self.counted.buckets);
        }
    }

    /// How long its answers take now, if it has given any.
    pub(super) const fn shares(&self) -> Option<&Shares> {
        self.shares.as_ref()
    }

    pub(super) fn end_second(&mut self, draw: &mut Draw, now: Moment) {
        if !self.pod.running {
            return;
        }
        let ready_s = self.pod.ready_since.map_or(0.0, |since| num::float(now.0 - since.0) / 1_000.0);
        self.warmth = (ready_s / WARM_S).clamp(0.0, 1.0);
        let most = self.pod.request.unwrap_or(CORES);
        let cores = most * (0.01 + self.used * (1.5 - 0.5 * self.warmth)) * (1.0 + 0.03 * draw.normal());
        self.cores += 0.1 * (cores.max(0.0) - self.cores);
        self.counted.cpu += cores.max(0.0);
        self.counted.seconds += 1.0;
        // It grows in its first minutes; the rest is garbage that comes and goes.
        let grown = 1.0 - (-self.counted.seconds / 300.0).exp();
        let pages = 16_384.0 + 6_144.0 * grown + 4_096.0 * self.used + 1_024.0 * draw.unit();
        self.memory = pages.round() * 4_096.0;
    }

    /// The pod is gone.
    pub(super) fn end(&mut self, db: &mut Tsdb, now: Moment) {
        self.export.end(db, now);
    }

    /// Writes what a scrape finds, if it is its turn.
    pub(super) fn scrape_if_due(
        &mut self,
        draw: &mut Draw,
        db: &mut Tsdb,
        (namespace, pod): (&str, &str),
        now: Moment,
    ) {
        let Some(at) = self.turn.at(now) else { return };
        self.put(draw);
        let (service, container) = (self.pod.service.as_deref().unwrap_or_default(), self.pod.container.as_str());
        let samples = samples(&self.pod, &self.counted, self.memory);
        let of_app = [("namespace", namespace), ("pod", pod), ("service", service)];
        let of_container = [("namespace", namespace), ("pod", pod), ("container", container)];
        let with = |db: &mut Tsdb, name: &str, label: &str, value: &str| -> SeriesId {
            let [namespace, pod, service] = of_app;
            db.series(name, &[namespace, pod, service, (label, value)])
        };
        self.export.scrape(db, at, samples.into_iter(), |db, metric| match metric {
            Metric::Up => with(db, "up", "job", "pods"),
            Metric::Requests(code) => with(db, "http_requests_total", "code", &code.to_string()),
            Metric::Bucket(place) => {
                with(db, "http_request_duration_seconds_bucket", "le", LE.get(*place).copied().unwrap_or("+Inf"))
            }
            Metric::Sum => db.series("http_request_duration_seconds_sum", &of_app),
            Metric::Count => db.series("http_request_duration_seconds_count", &of_app),
            Metric::Cpu => db.series("container_cpu_usage_seconds_total", &of_container),
            Metric::Memory => db.series("container_memory_working_set_bytes", &of_container),
        });
    }
}

/// What a scrape finds. An application that has answered nothing yet exports no series of requests, as client libraries do.
fn samples(pod: &Pod, counted: &Counters, memory: f64) -> Vec<(Metric, f64)> {
    let mut all = Vec::with_capacity(BOUNDS.len() + 8);
    if pod.service.is_some() {
        all.push((Metric::Up, f64::from(u8::from(pod.running))));
    }
    if !pod.running {
        return all;
    }
    all.extend([(Metric::Cpu, counted.cpu), (Metric::Memory, memory)]);
    if pod.service.is_none() || counted.codes.is_empty() {
        return all;
    }
    all.extend(counted.codes.iter().map(|(code, count)| (Metric::Requests(*code), *count)));
    let mut cumulative = 0.0;
    for (place, count) in counted.buckets.iter().enumerate() {
        cumulative += count;
        all.push((Metric::Bucket(place), cumulative));
    }
    all.extend([(Metric::Sum, counted.sum), (Metric::Count, cumulative)]);
    all
}
