//! What the clients of each Service experience, one virtual second at a time, and what a Prometheus would have scraped of it.
//!
//! A Service has as many requests a second as its annotation `rolldeck.sim/load` says, in a slow daily wave and with noise.
//! They are shared over the endpoints that are ready (if none is, over those that still serve while they end, as kube-proxy
//! does), and for two seconds more over those that were: proxies learn late. A pod answers as the tag of its image and its
//! annotations say (`scene::Manner`), slower in its first 20 seconds and near its capacity, with 503 beyond it. A pod that
//! ends answers the late ones if it has a preStop hook; else it answers some with 503 and refuses the rest. What no pod
//! answered is an error of the ingress alone: 502 refused, 503 no endpoint.
//!
//! Every 5 s, each target at its own moment, the series are written as a real application, the kubelet and an ingress export
//! them. A pod behind several Services has the label `service` of the first, by name, that has load. Keep-alive, retries,
//! weights of routers and requests that need each other are not modelled.

mod access;
mod draw;
mod export;
mod model;
mod scene;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::draw::Draw;
use self::{
    export::{Exporter, is_due, offset},
    scene::{Endpoint, Scene, Site},
    target::Target,
};
use super::{Objects, World, prom::Tsdb};
use crate::domain::{Moment, num};

/// A namespace and a name.
type Named = (String, String);

/// For how long proxies still send requests to an endpoint that is ready no more, in milliseconds.
const LATE_MS: i64 = 2_000;

/// Of the late requests, the share that a pod without a preStop hook still answers, with 503.
const CUT: f64 = 0.3;

/// The codes that the ingress counts.
const CODES: [u16; 4] = [200, 500, 502, 503];

/// The length of the daily wave, in seconds, and its height.
const DAY_S: f64 = 86_400.0;
const WAVE: f64 = 0.2;

/// The clients of all Services.
#[derive(Clone, Debug)]
pub struct Traffic {
    draw: Draw,
    seen: Option<u64>,
    scene: Scene,
    routes: BTreeMap<Named, Route>,
    targets: BTreeMap<Named, Target>,
}

/// The way to one Service: its ingress, and the endpoints that it has lost lately.
#[derive(Clone, Debug, Default)]
struct Route {
    /// How far the load is from what it should be, as a share.
    wobble: f64,
    ready: Vec<String>,
    late: BTreeMap<String, Moment>,
    codes: BTreeMap<u16, f64>,
    export: Exporter<u16>,
}

impl Traffic {
    /// Nobody yet. The seed decides everything that looks like luck.
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            seen: None,
            scene: Scene::default(),
            routes: BTreeMap::new(),
            targets: BTreeMap::new(),
        }
    }

    /// Lets time pass in a world up to a moment, with its traffic: at each whole second what is due has happened before the
    /// clients act, and HPAs learn of the load that they make.
    pub fn run_to(&mut self, world: &mut World, to: Moment, db: &mut Tsdb) {
        let mut second = Moment::from_secs(world.now().0.div_euclid(1_000) + 1);
        while second <= to {
            world.run_to(second);
            self.step(&world.objects, second, db);
            world.load = self.load();
            second = second.shifted(1_000);
        }
        world.run_to(to);
    }

    /// Lets the second that ends at `now` pass. Whoever calls it does so once a virtual second.
    pub fn step(&mut self, objects: &Objects, now: Moment, db: &mut Tsdb) {
        if self.seen != Some(objects.version()) {
            self.seen = Some(objects.version());
            self.look(objects, now, db);
        }
        let Self { draw, scene, routes, targets, .. } = self;
        for target in targets.values_mut() {
            target.begin_second();
        }
        for (named, site) in &scene.sites {
            let route = routes.entry(named.clone()).or_default();
            route.step(draw, (named, site), targets, now);
        }
        for (named, target) in targets.iter_mut() {
            target.end_second(draw, now);
            if is_due(now, named) {
                target.scrape(draw, db, named, offset(now, named));
            }
        }
        for (named, route) in routes.iter_mut().filter(|(named, _)| is_due(now, named)) {
            route.scrape(db, named, offset(now, named));
        }
    }

    /// Mean use of cpu of each Deployment's pods, in percent of what they request, by namespace and name of the Deployment:
    /// what an HPA wants to know. Pods without a request do not count.
    pub fn load(&self) -> BTreeMap<(String, String), f64> {
        let mut sums: BTreeMap<Named, (f64, usize)> = BTreeMap::new();
        for ((namespace, _), target) in &self.targets {
            if let Some((deployment, percent)) = target.load() {
                let (sum, pods) = sums.entry((namespace.clone(), deployment.to_owned())).or_default();
                *sum += percent;
                *pods += 1;
            }
        }
        sums.into_iter().map(|(named, (sum, pods))| (named, sum / num::count_f64(pods))).collect()
    }

    /// Looks at the cluster again: who is there, who is ready, who has gone.
    fn look(&mut self, objects: &Objects, now: Moment, db: &mut Tsdb) {
        self.scene = Scene::read(objects);
        for (named, pod) in &self.scene.pods {
            match self.targets.get_mut(named) {
                Some(target) => target.look(pod, db, now),
                None => drop(self.targets.insert(named.clone(), Target::new(pod))),
            }
        }
        let Self { scene, routes, targets, .. } = self;
        targets.retain(|named, target| {
            let stays = scene.pods.contains_key(named);
            if !stays {
                target.end(db, now);
            }
            stays
        });
        routes.retain(|named, route| {
            let stays = scene.sites.contains_key(named);
            if !stays {
                route.export.end(db, now);
            }
            stays
        });
    }
}

impl Route {
    fn step(&mut self, draw: &mut Draw, at: (&Named, &Site), targets: &mut BTreeMap<Named, Target>, now: Moment) {
        let (named, site) = at;
        self.lose(site, now);
        self.wobble += 0.006 * draw.normal() - self.wobble / 60.0;
        let wave = 1.0 + WAVE * (num::float(now.0) / 1_000.0 / DAY_S * std::f64::consts::TAU).sin();
        let mut left = draw.poisson(site.load * wave * (1.0 + self.wobble).max(0.0));
        let (ways, mut weight) = self.ways(site, now);
        for (pod, share) in ways {
            let asked = draw.binomial(left, share / weight);
            left -= asked;
            weight -= share;
            let is_late = self.late.contains_key(&pod);
            let target = targets.get_mut(&(named.0.clone(), pod));
            self.ask(draw, target, asked, is_late);
        }
        // With no way left: no endpoint.
        self.answered(503, left);
    }

    /// Notices who was ready and is no more.
    fn lose(&mut self, site: &Site, now: Moment) {
        let ready: Vec<String> = site.endpoints.iter().filter(|one| one.ready).map(|one| one.pod.clone()).collect();
        for pod in std::mem::take(&mut self.ready) {
            if !ready.contains(&pod) {
                self.late.insert(pod, now);
            }
        }
        self.late.retain(|pod, since| now.0 - since.0 < LATE_MS && !ready.contains(pod));
        self.ready = ready;
    }

    /// The pods that get requests, how many in proportion, and the sum of it. Proxies that know of no endpoint at all have
    /// their part of the sum too.
    fn ways(&self, site: &Site, now: Moment) -> (Vec<(String, f64)>, f64) {
        let mut ways: Vec<(String, f64)> = self.ready.iter().map(|pod| (pod.clone(), 1.0)).collect();
        if ways.is_empty() {
            let last = |one: &&Endpoint| one.serving && one.terminating && !self.late.contains_key(&one.pod);
            ways.extend(site.endpoints.iter().filter(last).map(|one| (one.pod.clone(), 1.0)));
        }
        let known = num::count_f64(ways.len());
        // Half of the proxies know after a second.
        let late = |(pod, since): (&String, &Moment)| (pod.clone(), if now.0 - since.0 < 1_000 { 1.0 } else { 0.5 });
        ways.extend(self.late.iter().map(late));
        let sum = ways.iter().map(|(_, weight)| weight).sum();
        let without = if known > 0.0 { 0.0 } else { num::count_f64(self.late.len()) };
        (ways, f64::max(sum, without))
    }

    fn ask(&mut self, draw: &mut Draw, target: Option<&mut Target>, asked: f64, is_late: bool) {
        let Some(target) = target.filter(|target| target.is_running()) else {
            return self.answered(502, asked);
        };
        if is_late && target.ends_at_once() {
            let cut = draw.binomial(asked, CUT);
            target.refuse(cut);
            self.answered(503, cut);
            return self.answered(502, asked - cut);
        }
        for (code, count) in target.serve(draw, asked) {
            self.answered(code, count);
        }
    }

    fn answered(&mut self, code: u16, count: f64) {
        if count > 0.0 {
            *self.codes.entry(code).or_default() += count;
        }
    }

    fn scrape(&mut self, db: &mut Tsdb, (namespace, service): &Named, at: Moment) {
        // The ingress knows its codes before they happen: a counter that begins above 0 hides its first errors from `rate`.
        for code in CODES {
            self.codes.entry(code).or_default();
        }
        let samples = self.codes.iter().map(|(code, count)| (*code, *count));
        self.export.scrape(db, at, samples, |db, code| {
            let code = code.to_string();
            db.series("ingress_requests_total", &[("namespace", namespace), ("service", service), ("code", &code)])
        });
    }
}
