//! The router in front of the Services of routes, and what it counts, as Traefik exports it: requests and how long they took,
//! by Service and code. Its own time and the network's are not modelled: an answer takes as long as the pod takes. A backend
//! that is not there is counted under the name that it would have; where all weights are 0, no Service counts anything.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Clients, Ingress, Named, Targets,
    draw::Draw,
    export::{Exporter, Turn},
    gate::{Backend, Gate},
    model::{LE, QUICK_S, Shares},
    scene::Scene,
};
use crate::{
    domain::Moment,
    sim::prom::{SeriesId, Tsdb},
};

/// A session ends after so many seconds, on average: then its client is shared by weight again.
const SESSION_S: f64 = 1_800.0;

/// What is exported of the answers of one Service with one code, in the order of a scrape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Metric {
    Requests,
    Bucket(usize),
    Sum,
    Count,
}

/// A Service, as the router calls it, and a code.
type Served = (Arc<str>, u16);

/// The answers of one Service with one code.
#[derive(Clone, Debug, Default)]
struct Answers {
    buckets: [f64; LE.len()],
    sum: f64,
}

/// The router.
#[derive(Clone, Debug)]
pub(super) struct Router {
    clients: BTreeMap<Named, Clients>,
    /// Of routes with sessions, the share of the clients that each backend has, by its name at the router.
    sessions: BTreeMap<Named, BTreeMap<Arc<str>, f64>>,
    served: BTreeMap<Served, Answers>,
    turn: Turn,
    export: Exporter<(Served, Metric)>,
}

impl Router {
    pub(super) fn new() -> Self {
        Self {
            clients: BTreeMap::new(),
            sessions: BTreeMap::new(),
            served: BTreeMap::new(),
            turn: Turn::of("traefik", "traefik"),
            export: Exporter::default(),
        }
    }

    /// Forgets Services that no route leads to any more.
    pub(super) fn look(&mut self, gates: &BTreeMap<Named, Gate>) {
        self.clients.retain(|named, _| gates.contains_key(named));
        self.sessions.retain(|named, _| gates.get(named).is_some_and(|gate| gate.is_sticky));
        let is_known = |label: &Arc<str>| gates.values().flat_map(|gate| &gate.backends).any(|one| one.label == *label);
        self.served.retain(|(label, _), _| is_known(label));
    }

    /// Shares the requests of one second.
    pub(super) fn step(
        &mut self,
        draw: &mut Draw,
        scene: &Scene,
        (ingresses, targets): (&BTreeMap<Named, Ingress>, &mut Targets),
        now: Moment,
    ) {
        for (named, gate) in &scene.gates {
            let mut left = self.clients.entry(named.clone()).or_default().ask(draw, gate.load, now);
            let weights = self.sessions.weights(named, gate);
            let mut rest: f64 = weights.iter().sum();
            for (backend, weight) in gate.backends.iter().zip(weights).filter(|(_, weight)| *weight > 0.0) {
                let asked = draw.binomial(left, (weight / rest).min(1.0));
                (left, rest) = (left - asked, rest - weight);
                let mut count = |draw: &mut Draw, shares: Option<&Shares>, code: u16, count: f64| {
                    let served = self.served.entry((Arc::clone(&backend.label), code)).or_default();
                    served.count(draw, shares, count);
                };
                let service = (named.0.clone(), backend.service.clone());
                match (scene.sites.get(&service), ingresses.get(&service)) {
                    (Some(site), Some(ingress)) if backend.is_there => {
                        let pods = targets.entry(named.0.clone()).or_default();
                        ingress.ways.send((site, now), (draw, pods), asked, |draw, target, (code, answered)| {
                            let shares = target.filter(|_| matches!(code, 200 | 500)).and_then(|one| one.shares());
                            count(draw, shares, code, answered);
                        });
                    }
                    _ => count(draw, None, 500, asked),
                }
            }
        }
    }

    /// Writes what a scrape finds, if it is its turn.
    pub(super) fn scrape_if_due(&mut self, db: &mut Tsdb, now: Moment) {
        let Some(at) = self.turn.at(now) else { return };
        let Self { served, export, .. } = self;
        let samples = served.iter().flat_map(|(served, answers)| {
            answers.samples().into_iter().map(move |(metric, value)| ((served.clone(), metric), value))
        });
        export.scrape(db, at, samples, series);
    }
}

/// The clients of routes with sessions.
trait Sessions {
    /// What each backend of a route gets in this second: its weight, or the share of the clients that stay with it.
    fn weights(&mut self, named: &Named, gate: &Gate) -> Vec<f64>;
}

impl Sessions for BTreeMap<Named, BTreeMap<Arc<str>, f64>> {
    fn weights(&mut self, named: &Named, gate: &Gate) -> Vec<f64> {
        let total = gate.total();
        if !gate.is_sticky || total <= 0.0 {
            return gate.backends.iter().map(|backend| backend.weight).collect();
        }
        let is_first = !self.contains_key(named);
        let held = self.entry(named.clone()).or_default();
        let share = |backend: &Backend| {
            let due = backend.weight / total;
            let share = held.entry(Arc::clone(&backend.label)).or_insert(if is_first { due } else { 0.0 });
            *share += (due - *share) / SESSION_S;
            *share
        };
        gate.backends.iter().map(share).collect()
    }
}

impl Answers {
    /// Counts answers with the times of a pod; without them, those that took no time.
    fn count(&mut self, draw: &mut Draw, shares: Option<&Shares>, count: f64) {
        if count <= 0.0 {
            return;
        }
        if let Some(shares) = shares {
            self.sum += shares.draw(draw, count, &mut self.buckets);
        } else if let Some(first) = self.buckets.first_mut() {
            *first += count;
            self.sum += count * QUICK_S;
        }
    }

    fn samples(&self) -> Vec<(Metric, f64)> {
        let all: f64 = self.buckets.iter().sum();
        let mut cumulative = 0.0;
        let buckets = self.buckets.iter().enumerate().map(|(place, count)| {
            cumulative += count;
            (Metric::Bucket(place), cumulative)
        });
        let mut samples = vec![(Metric::Requests, all)];
        samples.extend(buckets);
        samples.extend([(Metric::Sum, self.sum), (Metric::Count, all)]);
        samples
    }
}

fn series(db: &mut Tsdb, ((service, code), metric): &(Served, Metric)) -> SeriesId {
    let code = code.to_string();
    let labels =
        [("job", "traefik"), ("code", &code), ("method", "GET"), ("protocol", "http"), ("service", &**service)];
    let [job, code, method, protocol, service] = labels;
    match metric {
        Metric::Requests => db.series("traefik_service_requests_total", &labels),
        Metric::Bucket(place) => {
            let le = ("le", LE.get(*place).copied().unwrap_or("+Inf"));
            let name = "traefik_service_request_duration_seconds_bucket";
            db.series(name, &[job, code, method, protocol, service, le])
        }
        Metric::Sum => db.series("traefik_service_request_duration_seconds_sum", &labels),
        Metric::Count => db.series("traefik_service_request_duration_seconds_count", &labels),
    }
}
