//! What matters for traffic, read from the stored objects: which Services have load, which pods are their endpoints, and how
//! the pods behave.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Named,
    gate::{Gate, gates},
};
use crate::{
    domain::Moment,
    sim::{
        Happened, Objects, Resource,
        controllers::is_over,
        objects::json::{annotation, at, flag, int, list, moment, text},
    },
};

/// How a pod answers. From the annotations of its template, else from words in the tag of its first image, else a healthy one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manner {
    /// Median of the time of an answer, in seconds (`rolldeck.sim/p50-ms`; 12 ms).
    pub(super) median: f64,
    /// Spread of the log-normal distribution: 99 % of the answers take up to four medians, with the word `latency` ten.
    pub(super) spread: f64,
    /// Share of answers that are 500 (`rolldeck.sim/error-share`; 0.0005, with the word `errors` 0.04).
    pub(super) errors: f64,
    /// Answers a second that it can give (`rolldeck.sim/capacity`; 150).
    pub(super) capacity: f64,
}

impl Manner {
    /// On a node with an annotation `rolldeck.sim/error-share` that share fails at least.
    fn of(pod: &Value, objects: &Objects) -> Self {
        let image = text(pod, "/spec/containers/0/image");
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        let number = |key: &str| {
            let number = annotation(pod, key)?.parse::<f64>().ok()?;
            (number.is_finite() && number >= 0.0).then_some(number)
        };
        // 2.326 deviations are the 99th percentile: with `latency` it is 2.5 times as far out.
        let slower = if tag.contains("latency") { 2.5_f64.ln() / 2.326 } else { 0.0 };
        let node = objects.get(Resource::Nodes, "", text(pod, "/spec/nodeName"));
        let of_node = node.and_then(|node| annotation(node, "rolldeck.sim/error-share")?.parse().ok()).unwrap_or(0.0);
        let errors = if tag.contains("errors") { 0.04 } else { 0.000_5 };
        Self {
            median: number("rolldeck.sim/p50-ms").unwrap_or(12.0).max(0.1) / 1_000.0,
            spread: 0.6 + slower,
            errors: number("rolldeck.sim/error-share").unwrap_or(errors).max(of_node).min(1.0),
            capacity: number("rolldeck.sim/capacity").unwrap_or(150.0).max(1.0),
        }
    }
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pod {
    /// Its uid and its restarts: another value is another process.
    pub(super) process: (String, i64),
    /// Whether its first container runs.
    pub(super) running: bool,
    /// Since when it is ready.
    pub(super) ready_since: Option<Moment>,
    /// Whether it has a preStop hook.
    pub(super) has_pre_stop: bool,
    /// The Service by which it is scraped.
    pub(super) service: Option<String>,
    /// Its first container.
    pub(super) container: String,
    /// Its Deployment.
    pub(super) deployment: Option<String>,
    /// Cores that it requests.
    pub(super) request: Option<f64>,
    pub(super) manner: Manner,
}

/// An endpoint of a Service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Endpoint {
    pub(super) pod: String,
    pub(super) ready: bool,
    pub(super) serving: bool,
    pub(super) terminating: bool,
}

/// A Service with load, or behind a route with load.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Site {
    /// Requests a second of its own.
    pub(super) load: f64,
    /// Requests a second that routes lead to it; None if no route does.
    pub(super) routed: Option<f64>,
    pub(super) endpoints: Vec<Endpoint>,
}

/// All of it, by namespace and name.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) sites: BTreeMap<Named, Site>,
    pub(super) gates: BTreeMap<Named, Gate>,
    pub(super) pods: BTreeMap<Named, Pod>,
    /// By which Service each pod is scraped.
    scraped: BTreeMap<Named, String>,
}

fn named(object: &Value) -> Named {
    (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
}

impl Scene {
    /// Takes in what changed after a resource version: all there is when that is None, or is not remembered any more.
    pub(super) fn update(&mut self, objects: &Objects, since: Option<u64>) {
        let Some(changes) = since.and_then(|version| objects.since(version).ok()) else {
            self.read_all(objects);
            return;
        };
        let mut are_moved = false;
        for change in changes {
            let (resource, namespace, name) = &change.key;
            if *resource == Resource::Nodes {
                // How its pods answer may depend on it.
                return self.read_all(objects);
            }
            are_moved |= matches!(resource, Resource::Services | Resource::Slices | Resource::HttpRoutes);
            if *resource == Resource::Pods {
                let named = (namespace.clone(), name.clone());
                let is_there = change.happened != Happened::Deleted && !is_over(&change.object);
                if is_there {
                    let service = self.scraped.get(&named).cloned();
                    self.pods.insert(named, read((&change.object, objects), service));
                } else {
                    self.pods.remove(&named);
                }
            }
        }
        if are_moved {
            self.read_sites(objects);
        }
    }

    fn read_all(&mut self, objects: &Objects) {
        let pods = objects.list(Resource::Pods, None).filter(|pod| !is_over(pod));
        self.pods = pods.map(|pod| (named(pod), read((pod, objects), None))).collect();
        self.read_sites(objects);
    }

    fn read_sites(&mut self, objects: &Objects) {
        let mut sites: BTreeMap<Named, Site> = BTreeMap::new();
        for service in objects.list(Resource::Services, None) {
            sites.insert(named(service), Site { load: load(service), ..Site::default() });
        }
        for slice in objects.list(Resource::Slices, None) {
            let service = text(slice, "/metadata/labels/kubernetes.io~1service-name");
            let of = (text(slice, "/metadata/namespace").to_owned(), service.to_owned());
            if let Some(site) = sites.get_mut(&of) {
                site.endpoints.extend(list(slice, "/endpoints").iter().map(endpoint));
            }
        }
        self.gates = gates(objects, &self.gates);
        for ((namespace, _), gate) in &self.gates {
            let total = gate.total();
            for backend in &gate.backends {
                if let Some(site) = sites.get_mut(&(namespace.clone(), backend.service.clone())) {
                    let share = if total > 0.0 { gate.load * backend.weight / total } else { 0.0 };
                    *site.routed.get_or_insert_default() += share;
                }
            }
        }
        self.scraped = scraped(&sites);
        for (named, pod) in &mut self.pods {
            pod.service = self.scraped.get(named).cloned();
        }
        sites.retain(|_, site| site.has_clients());
        self.sites = sites;
    }
}

impl Site {
    /// Whether anybody asks it, or may.
    fn has_clients(&self) -> bool {
        self.load > 0.0 || self.routed.is_some()
    }
}

/// Requests a second of a Service or a route.
pub(super) fn load(object: &Value) -> f64 {
    let load = annotation(object, "rolldeck.sim/load").and_then(|text| text.parse::<f64>().ok());
    load.filter(|load| load.is_finite()).unwrap_or(0.0).clamp(0.0, 1e6)
}

/// By which Service each pod is scraped: the first with load, else the first.
fn scraped(sites: &BTreeMap<Named, Site>) -> BTreeMap<Named, String> {
    let mut scraped: BTreeMap<Named, (bool, &str)> = BTreeMap::new();
    for ((namespace, service), site) in sites {
        let candidate = (!site.has_clients(), service.as_str());
        for endpoint in &site.endpoints {
            let best = scraped.entry((namespace.clone(), endpoint.pod.clone())).or_insert(candidate);
            *best = candidate.min(*best);
        }
    }
    scraped.into_iter().map(|(named, (_, service))| (named, service.to_owned())).collect()
}

/// A member that is not there counts as Kubernetes says: ready and serving are true then, terminating is false.
fn endpoint(value: &Value) -> Endpoint {
    let condition = |name: &str| value.get("conditions")?.get(name)?.as_bool();
    let ready = condition("ready").unwrap_or(true);
    Endpoint {
        pod: text(value, "/targetRef/name").to_owned(),
        ready,
        serving: condition("serving").unwrap_or(ready),
        terminating: flag(value, "/conditions/terminating"),
    }
}

fn read((pod, objects): (&Value, &Objects), service: Option<String>) -> Pod {
    let restarts = list(pod, "/status/containerStatuses").iter().map(|status| int(status, "/restartCount")).sum();
    let ready = list(pod, "/status/conditions")
        .iter()
        .find(|condition| text(condition, "/type") == "Ready" && text(condition, "/status") == "True");
    let hash = text(pod, "/metadata/labels/pod-template-hash");
    let owner = text(pod, "/metadata/ownerReferences/0/name");
    let deployment = owner.strip_suffix(hash).and_then(|rest| rest.strip_suffix('-')).filter(|_| !hash.is_empty());
    let name = text(pod, "/spec/containers/0/name");
    let first = list(pod, "/status/containerStatuses").iter().find(|status| text(status, "/name") == name);
    Pod {
        process: (text(pod, "/metadata/uid").to_owned(), restarts),
        running: first.is_some_and(|status| at(status, "/state/running").is_some_and(Value::is_object)),
        ready_since: ready.and_then(|condition| moment(text(condition, "/lastTransitionTime"))),
        has_pre_stop: list(pod, "/spec/containers").iter().any(|one| at(one, "/lifecycle/preStop").is_some()),
        service,
        container: name.to_owned(),
        deployment: deployment.map(str::to_owned),
        request: at(pod, "/spec/containers/0/resources/requests/cpu").and_then(cores),
        manner: Manner::of(pod, objects),
    }
}

/// A quantity of cpu: `250m`, `1`, `0.5`.
fn cores(quantity: &Value) -> Option<f64> {
    let text = quantity.as_str().map_or_else(|| quantity.to_string(), str::to_owned);
    let cores = match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().ok()? / 1_000.0,
        None => text.parse::<f64>().ok()?,
    };
    (cores > 0.0 && cores.is_finite()).then_some(cores)
}
