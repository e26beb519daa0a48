//! A story while it is told: the world as it was first, and each step at its moment. Who steers the same rollouts meanwhile
//! is not waited for: a step acts on what it finds, and passes over what is gone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    Act, Deployment, Scenario, Step,
    furnish::{namespace, prometheus},
    manifest::Manifest,
    route,
};
use crate::{
    domain::{Moment, Sub},
    sim::{
        Refusal, Resource, World,
        objects::json::{annotation, set, stamp, text},
    },
};

/// What rollouts and traffic have behind them when the screen opens.
const BEFORE_MS: i64 = 30 * 60_000;
/// How long load takes to be what it is.
const SETTLED_MS: i64 = 60_000;

const REVISION: &str = "deployment.kubernetes.io/revision";
const CAUSE: &str = "kubernetes.io/change-cause";

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A Deployment and its Service are made; by place in the file.
    Born(usize),
    /// A route is made; by place in the file.
    Route(usize),
    /// Autoscalers are made: they look at load every 15 s, so they come with it, once it has settled.
    Scalers,
    /// A step; by place in the file.
    Step(usize),
}

/// A story while it is told.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Script {
    scenario: Scenario,
    opens: Moment,
    due: BTreeSet<(Moment, Due)>,
    /// The first step that the world refused, and why.
    refused: Option<String>,
}

impl Script {
    /// A story whose screen opens at that moment.
    pub(in crate::sim) fn new(scenario: Scenario, opens: Moment) -> Self {
        let born = scenario.deployments.iter().enumerate().map(|(place, one)| (one.since, Due::Born(place)));
        let routes = scenario.routes.iter().enumerate().map(|(place, one)| (one.since, Due::Route(place)));
        let steps = scenario.steps.iter().enumerate().map(|(place, step)| (step.at, Due::Step(place)));
        let mut due: BTreeSet<_> =
            born.chain(routes).chain(steps).map(|(at, due)| (opens.shifted(at.0), due)).collect();
        due.insert((opens.shifted(SETTLED_MS - BEFORE_MS), Due::Scalers));
        Self { scenario, opens, due, refused: None }
    }

    /// The world before anything happened.
    pub(in crate::sim) fn world(&self, seed: u64) -> World {
        let first = self.next().unwrap_or(self.opens);
        let mut world = World::new(seed, first.shifted(-60_000));
        world.add_nodes(6);
        if !self.scenario.routes.is_empty() {
            world.objects.define(Resource::HttpRoutes);
        }
        let mut names: BTreeSet<&str> = self.scenario.deployments.iter().map(|one| one.namespace.as_str()).collect();
        names.insert("default");
        for (resource, object) in prometheus() {
            make(&mut world, resource, object, "kubectl").ok();
        }
        for name in names {
            make(&mut world, Resource::Namespaces, namespace(name), "kubectl").ok();
        }
        for quota in &self.scenario.quotas {
            make(&mut world, Resource::Quotas, quota.object(), "kubectl").ok();
        }
        for (resource, object) in self.scenario.objects.iter().filter_map(Manifest::object) {
            world.objects.define(resource);
            make(&mut world, resource, object, "kubectl").ok();
        }
        world.settle();
        world
    }

    /// When traffic begins.
    pub(in crate::sim) fn traffic_from(&self) -> Moment {
        self.opens.shifted(-BEFORE_MS)
    }

    /// When something happens next.
    pub(in crate::sim) fn next(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The first step that the world refused, and why.
    pub(in crate::sim) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }

    /// Does what is due.
    pub(in crate::sim) fn act(&mut self, world: &mut World) {
        while let Some((at, due)) = self.due.first().copied().filter(|(at, _)| *at <= world.now()) {
            self.due.remove(&(at, due));
            let done = match due {
                Due::Born(place) => self.scenario.deployments.get(place).map_or(Ok(()), |one| born(one, world)),
                Due::Route(place) => self
                    .scenario
                    .routes
                    .get(place)
                    .map_or(Ok(()), |one| make(world, Resource::HttpRoutes, one.object(), "kubectl")),
                Due::Scalers => self.scalers(world),
                Due::Step(place) => self.scenario.steps.get(place).map_or(Ok(()), |step| {
                    if let Some(every) = step.every {
                        self.due.insert((at.shifted(every.0), due));
                    }
                    step.act(world)
                }),
            };
            if let Err(refusal) = done {
                tracing::info!(why = %refusal.message, "a step of the story was refused");
                self.refused.get_or_insert(format!("{due:?}: {}", refusal.message));
            }
            world.settle();
        }
    }

    fn scalers(&self, world: &mut World) -> Result<(), Refusal> {
        for one in &self.scenario.deployments {
            if let Some(hpa) = &one.hpa {
                make(world, Resource::Hpas, hpa.object(one), "kubectl")?;
            }
        }
        Ok(())
    }
}

fn make(world: &mut World, resource: Resource, object: Value, by: &str) -> Result<(), Refusal> {
    let now = world.now();
    world.objects.create(resource, object, by, now).map(drop)
}

fn born(one: &Deployment, world: &mut World) -> Result<(), Refusal> {
    make(world, Resource::Services, one.service(), "kubectl")?;
    make(world, Resource::Deployments, one.object(), "helm")
}

impl Step {
    /// Acts on the Deployment, or the route, as it is; on none if it is gone.
    fn act(&self, world: &mut World) -> Result<(), Refusal> {
        let Some((namespace, name)) = self.on.get_ref().split_once('/') else { return Ok(()) };
        if let Act::Shift(weights) = &self.act {
            return route::shift(world, (namespace, name), weights, &self.by);
        }
        if let Act::Sicken(places) = &self.act {
            return sicken(world, places);
        }
        let Some(mut object) = world.objects.get(Resource::Deployments, namespace, name).cloned() else {
            return Ok(());
        };
        let now = world.now();
        match &self.act {
            // A route or a node is no Deployment: it was seen to above.
            Act::Shift(_) | Act::Sicken(_) => return Ok(()),
            Act::DeletePods(count) => return delete_pods(world, (namespace, name), *count),
            Act::Tag(tag) => retag(&mut object, |_| tag.clone()),
            Act::Release(words) => retag(&mut object, |old| next_version(old) + words),
            Act::Env(variables) => {
                let list: Vec<Value> =
                    variables.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
                if let Some(container) = object.pointer_mut("/spec/template/spec/containers/0") {
                    set(container, &["env"], list);
                }
            }
            Act::Scale(replicas) => set(&mut object, &["spec", "replicas"], *replicas),
            Act::Pause => set(&mut object, &["spec", "paused"], true),
            Act::Resume => set(&mut object, &["spec", "paused"], false),
            Act::Restart => {
                let place = ["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
                set(&mut object, &place, stamp(now));
            }
            Act::Undo => match template_before(world, &object) {
                Some(template) => set(&mut object, &["spec", "template"], template),
                None => return Ok(()),
            },
        }
        if let Some(cause) = &self.cause {
            set(&mut object, &["metadata", "annotations", CAUSE], cause.as_str());
        }
        world.objects.replace((Resource::Deployments, Sub::Main), object, &self.by, now).map(drop)
    }
}

/// Gives the first container's image another tag.
fn retag(object: &mut Value, tag: impl FnOnce(&str) -> String) {
    let image = object.pointer_mut("/spec/template/spec/containers/0/image");
    if let Some(image) = image
        && let Some((repository, old)) = image.as_str().and_then(|image| image.rsplit_once(':'))
    {
        *image = json!(format!("{repository}:{}", tag(old)));
    }
}

/// `2.3.1-errors` becomes `2.3.2`.
fn next_version(tag: &str) -> String {
    let version = tag.split('-').next().unwrap_or_default();
    let (front, last) = version.rsplit_once('.').map_or(("", version), |(front, last)| (front, last));
    let next = last.parse::<u64>().map_or(1, |n| n + 1);
    if front.is_empty() { next.to_string() } else { format!("{front}.{next}") }
}

/// The template of the revision before the newest one, as `kubectl rollout undo` writes it.
fn template_before(world: &World, object: &Value) -> Option<Value> {
    let uid = text(object, "/metadata/uid");
    let sets = world.objects.list(Resource::ReplicaSets, Some(text(object, "/metadata/namespace")));
    let mut own: Vec<(i64, &Value)> = sets
        .filter(|set| text(set, "/metadata/ownerReferences/0/uid") == uid)
        .filter_map(|set| Some((annotation(set, REVISION)?.parse().ok()?, set)))
        .collect();
    own.sort_by_key(|(revision, _)| *revision);
    let (_, before) = own.iter().rev().nth(1)?;
    let mut template = before.pointer("/spec/template")?.clone();
    template.pointer_mut("/metadata/labels")?.as_object_mut()?.remove("pod-template-hash");
    Some(template)
}

/// Something is wrong with the nodes of these zones or pools, and a share of what is answered there fails.
fn sicken(world: &mut World, places: &BTreeMap<String, f64>) -> Result<(), Refusal> {
    let nodes: Vec<Value> = world.objects.list(Resource::Nodes, None).cloned().collect();
    for mut node in nodes {
        let named = |label: &str| places.get(text(&node, &format!("/metadata/labels/{label}")));
        let share = ["topology.kubernetes.io~1zone", "cloud.google.com~1gke-nodepool"].into_iter().find_map(named);
        let Some(share) = share.copied() else { continue };
        set(&mut node, &["metadata", "annotations", "rolldeck.sim/error-share"], share.to_string());
        let now = world.now();
        world.objects.replace((Resource::Nodes, Sub::Main), node, "kubelet", now)?;
    }
    Ok(())
}

fn delete_pods(world: &mut World, (namespace, name): (&str, &str), count: usize) -> Result<(), Refusal> {
    let ours = |pod: &&Value| text(pod, "/metadata/labels/app") == name;
    let mut pods: Vec<(String, String)> = world
        .objects
        .list(Resource::Pods, Some(namespace))
        .filter(ours)
        .map(|pod| (text(pod, "/metadata/creationTimestamp").to_owned(), text(pod, "/metadata/name").to_owned()))
        .collect();
    pods.sort();
    let now = world.now();
    for (_, pod) in pods.into_iter().take(count) {
        world.objects.delete((Resource::Pods, namespace, &pod), None, now)?;
    }
    Ok(())
}
