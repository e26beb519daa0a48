//! What the clients of each Service experience, one virtual second at a time, and what a Prometheus would have scraped of it.
//!
//! A Service has as many requests a second as its annotation `rolldeck.sim/load` says, in a slow daily wave and with noise.
//! They are shared over the endpoints that are ready (if none is, over those that still serve while they end, as kube-proxy
//! does), and for two seconds more over those that were: proxies learn late. A pod answers as the tag of its image and its
//! annotations say (`scene::Manner`), slower in its first 20 seconds and near its capacity, with 503 beyond it. A pod that
//! ends answers the late ones if it has a preStop hook; else it answers some with 503 and refuses the rest. What no pod
//! answered is an error of the ingress alone: 502 refused, 503 no endpoint.
//!
//! An `HTTPRoute` may have that annotation too: its requests are shared over its backends by the weights that its router took
//! last (see `gate` and `router`), then over their endpoints, and the router counts them instead of the ingress.
//!
//! Every 2 s, each target at its own moment, the series are written as a real application, the kubelet and an ingress export
//! them. A pod behind several Services has the label `service` of the first, by name, that has clients. Keep-alive, retries
//! and requests that need each other are not modelled.

mod access;
mod draw;
mod export;
mod gate;
mod model;
mod router;
mod scene;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::draw::Draw;
use self::{
    export::{Exporter, Turn},
    router::Router,
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

/// The clients of all Services and routes.
#[derive(Clone, Debug)]
pub struct Traffic {
    draw: Draw,
    seen: Option<u64>,
    scene: Scene,
    ingresses: BTreeMap<Named, Ingress>,
    router: Router,
    targets: Targets,
}

/// The pods of each namespace, by name.
type Targets = BTreeMap<String, BTreeMap<String, Target>>;

/// The way to one Service: its ingress, and the endpoints that it has lost lately.
#[derive(Clone, Debug)]
struct Ingress {
    clients: Clients,
    ways: Ways,
    codes: Codes,
    turn: Turn,
    export: Exporter<u16>,
}

/// Those who ask.
#[derive(Clone, Debug, Default)]
struct Clients {
    /// How far the load is from what it should be, as a share.
    wobble: f64,
}

/// Where requests to one Service can go.
#[derive(Clone, Debug, Default)]
struct Ways {
    ready: Vec<String>,
    late: BTreeMap<String, Moment>,
}

/// What the ingress counts.
#[derive(Clone, Debug, Default)]
struct Codes(BTreeMap<u16, f64>);

impl Traffic {
    /// Nobody yet. The seed decides everything that looks like luck.
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            seen: None,
            scene: Scene::default(),
            ingresses: BTreeMap::new(),
            router: Router::new(),
            targets: Targets::new(),
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
            self.look(objects, now, db);
            self.seen = Some(objects.version());
        }
        let Self { draw, scene, ingresses, router, targets, .. } = self;
        for target in targets.values_mut().flat_map(BTreeMap::values_mut) {
            target.begin_second();
        }
        for (named, site) in &scene.sites {
            if let Some(ingress) = ingresses.get_mut(named) {
                ingress.step(draw, site, targets.entry(named.0.clone()).or_default(), now);
            }
        }
        router.step(draw, scene, (ingresses, targets), now);
        for (namespace, pods) in targets.iter_mut() {
            for (name, target) in pods {
                target.end_second(draw, now);
                target.scrape_if_due(draw, db, (namespace, name), now);
            }
        }
        for (named, ingress) in ingresses {
            let is_direct = scene.sites.get(named).is_some_and(|site| site.load > 0.0);
            if let Some(at) = ingress.turn.at(now).filter(|_| is_direct) {
                ingress.scrape(db, named, at);
            }
        }
        router.scrape_if_due(db, now);
    }

    /// Mean use of cpu of each Deployment's pods, in percent of what they request, by namespace and name of the Deployment:
    /// what an HPA wants to know. Pods without a request do not count.
    pub fn load(&self) -> BTreeMap<(String, String), f64> {
        let mut sums: BTreeMap<Named, (f64, usize)> = BTreeMap::new();
        let all =
            self.targets.iter().flat_map(|(namespace, pods)| pods.values().map(move |target| (namespace, target)));
        for (namespace, target) in all {
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
        self.scene.update(objects, self.seen);
        let Self { scene, ingresses, router, targets, .. } = self;
        for ((namespace, name), pod) in &scene.pods {
            if !targets.contains_key(namespace) {
                targets.insert(namespace.clone(), BTreeMap::new());
            }
            let Some(pods) = targets.get_mut(namespace) else { continue };
            match pods.get_mut(name) {
                Some(target) => target.look(pod, db, now),
                None => drop(pods.insert(name.clone(), Target::new((namespace, name), pod))),
            }
        }
        for (namespace, pods) in targets {
            pods.retain(|name, target| {
                let stays = scene.pods.contains_key(&(namespace.clone(), name.clone()));
                if !stays {
                    target.end(db, now);
                }
                stays
            });
        }
        for (named, site) in &scene.sites {
            ingresses.entry(named.clone()).or_insert_with(|| Ingress::new(named)).ways.look(site, now);
        }
        ingresses.retain(|named, ingress| {
            let site = scene.sites.get(named);
            if site.is_none_or(|site| site.load <= 0.0) {
                ingress.export.end(db, now);
            }
            site.is_some()
        });
        router.look(&scene.gates);
    }
}

impl Ingress {
    fn new((namespace, service): &Named) -> Self {
        Self {
            clients: Clients::default(),
            ways: Ways::default(),
            codes: Codes::default(),
            turn: Turn::of(namespace, service),
            export: Exporter::default(),
        }
    }

    fn step(&mut self, draw: &mut Draw, site: &Site, pods: &mut BTreeMap<String, Target>, now: Moment) {
        let Self { clients, ways, codes, .. } = self;
        ways.forget(now);
        let asked = clients.ask(draw, site.load, now);
        ways.send((site, now), (draw, pods), asked, |_, _, (code, count)| codes.answered(code, count));
    }

    fn scrape(&mut self, db: &mut Tsdb, (namespace, service): &Named, at: Moment) {
        // The ingress knows its codes before they happen: a counter that begins above 0 hides its first errors from `rate`.
        for code in CODES {
            self.codes.0.entry(code).or_default();
        }
        let samples = self.codes.0.iter().map(|(code, count)| (*code, *count));
        self.export.scrape(db, at, samples, |db, code| {
            let code = code.to_string();
            db.series("ingress_requests_total", &[("namespace", namespace), ("service", service), ("code", &code)])
        });
    }
}

impl Ways {
    /// Notices who was ready and is no more.
    fn look(&mut self, site: &Site, now: Moment) {
        let ready: Vec<String> = site.endpoints.iter().filter(|one| one.ready).map(|one| one.pod.clone()).collect();
        for pod in std::mem::take(&mut self.ready) {
            if !ready.contains(&pod) {
                self.late.insert(pod, now);
            }
        }
        self.late.retain(|pod, _| !ready.contains(pod));
        self.ready = ready;
    }

    /// Shares requests over the endpoints. What comes back is told, with the pod that said it: code and count.
    fn send(
        &self,
        (site, now): (&Site, Moment),
        (draw, pods): (&mut Draw, &mut BTreeMap<String, Target>),
        asked: f64,
        mut told: impl FnMut(&mut Draw, Option<&Target>, (u16, f64)),
    ) {
        let mut left = asked;
        let (shares, mut weight) = self.shares(site, now);
        for (pod, share) in shares {
            let here = draw.binomial(left, share / weight);
            left -= here;
            weight -= share;
            for answered in ask(draw, pods.get_mut(pod), here, self.late.contains_key(pod)) {
                told(draw, pods.get(pod), answered);
            }
        }
        // With no way left: no endpoint.
        told(draw, None, (503, left));
    }

    /// Proxies have learned of it by now.
    fn forget(&mut self, now: Moment) {
        self.late.retain(|_, since| now.0 - since.0 < LATE_MS);
    }

    /// The pods that get requests, how many in proportion, and the sum of it. Proxies that know of no endpoint at all have
    /// their part of the sum too.
    fn shares<'w>(&'w self, site: &'w Site, now: Moment) -> (Vec<(&'w str, f64)>, f64) {
        let mut shares: Vec<(&str, f64)> = self.ready.iter().map(|pod| (pod.as_str(), 1.0)).collect();
        if shares.is_empty() {
            let last = |one: &&Endpoint| one.serving && one.terminating && !self.late.contains_key(&one.pod);
            shares.extend(site.endpoints.iter().filter(last).map(|one| (one.pod.as_str(), 1.0)));
        }
        let known = num::count_f64(shares.len());
        // Half of the proxies know after a second.
        let late =
            |(pod, since): (&'w String, &Moment)| (pod.as_str(), if now.0 - since.0 < 1_000 { 1.0 } else { 0.5 });
        shares.extend(self.late.iter().map(late));
        let sum = shares.iter().map(|(_, weight)| weight).sum();
        let without = if known > 0.0 { 0.0 } else { num::count_f64(self.late.len()) };
        (shares, f64::max(sum, without))
    }
}

impl Clients {
    /// How many requests they have in this second.
    fn ask(&mut self, draw: &mut Draw, load: f64, now: Moment) -> f64 {
        self.wobble += 0.006 * draw.normal() - self.wobble / 60.0;
        let wave = 1.0 + WAVE * (num::float(now.0) / 1_000.0 / DAY_S * std::f64::consts::TAU).sin();
        draw.poisson(load * wave * (1.0 + self.wobble).max(0.0))
    }
}

/// What comes back when a pod is asked: codes and counts.
fn ask(draw: &mut Draw, target: Option<&mut Target>, asked: f64, is_late: bool) -> [(u16, f64); 3] {
    let Some(target) = target.filter(|target| target.is_running()) else {
        return [(502, asked), (503, 0.0), (200, 0.0)];
    };
    if is_late && target.ends_at_once() {
        let cut = draw.binomial(asked, CUT);
        target.refuse(cut);
        return [(502, asked - cut), (503, cut), (200, 0.0)];
    }
    target.serve(draw, asked)
}

impl Codes {
    fn answered(&mut self, code: u16, count: f64) {
        if count > 0.0 {
            *self.0.entry(code).or_default() += count;
        }
    }
}
