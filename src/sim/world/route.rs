//! Who hears of which change, as the informers of the real controllers route it.

use serde_json::Value;

use super::{Job, Timer, World};
use crate::{
    domain::Moment,
    sim::{
        Change, Happened, Resource,
        controllers::{disruption::guards, owner},
        objects::{
            json::{object_or_null, text},
            labels::serves,
        },
    },
};

/// How long an HPA waits between two rounds, and before its first (`--horizontal-pod-autoscaler-sync-period`).
pub(in crate::sim) const HPA_PERIOD_MS: i64 = 15_000;

/// How long a router collects changes before it takes them.
const GATEWAY_MS: i64 = 1_000;

impl World {
    /// Gives a change to those whom it concerns.
    pub(super) fn route(&mut self, change: &Change) {
        let (resource, namespace, name) = &change.key;
        let named = || (namespace.clone(), name.clone());
        let gone = change.happened == Happened::Deleted;
        if gone {
            self.enqueue(Job::Collect(text(&change.object, "/metadata/uid").to_owned()));
        }
        match resource {
            Resource::Pods => self.route_pod(change),
            Resource::ReplicaSets => {
                self.enqueue(Job::ReplicaSet(named()));
                if let Some(("Deployment", name, _)) = owner(&change.object) {
                    self.enqueue(Job::Deployment((namespace.clone(), name.to_owned())));
                }
            }
            Resource::Deployments => self.enqueue(Job::Deployment(named())),
            Resource::Services => {
                self.enqueue(Job::Slices(named()));
                self.routes_later(Some(namespace));
            }
            Resource::Slices if change.happened != Happened::Modified => self.routes_later(Some(namespace)),
            Resource::HttpRoutes => self.route_later(named()),
            Resource::Quotas => self.enqueue(Job::Quotas(namespace.clone())),
            Resource::Budgets => self.enqueue(Job::Budget(named())),
            Resource::Hpas if change.happened == Happened::Added => {
                let first = Moment(self.now.0 + HPA_PERIOD_MS);
                self.at(first, Timer::Hpa(named()));
            }
            Resource::Nodes => self.try_again_to_schedule(),
            Resource::Namespaces if gone => self.enqueue(Job::Empty(name.clone())),
            Resource::Namespaces
            | Resource::ConfigMaps
            | Resource::Events
            | Resource::Slices
            | Resource::Hpas
            | Resource::Canaries
            | Resource::MetricTemplates => {}
        }
    }

    /// What the routes of a namespace (None: of all) lead to came, went or changed. (Endpoints are no concern of their status.)
    fn routes_later(&mut self, namespace: Option<&str>) {
        let routes: Vec<_> = self.objects.list(Resource::HttpRoutes, namespace).map(named).collect();
        for route in routes {
            self.route_later(route);
        }
    }

    fn route_later(&mut self, route: (String, String)) {
        self.at(Moment(self.now.0 + GATEWAY_MS), Timer::Again(Job::Gateway(route)));
    }

    fn route_pod(&mut self, change: &Change) {
        let (_, namespace, name) = &change.key;
        let waits = text(&change.object, "/spec/nodeName").is_empty();
        let fresh = change.happened == Happened::Added && waits;
        let named = (namespace.clone(), name.clone());
        self.enqueue(if fresh { Job::Schedule(named) } else { Job::Kubelet(named) });
        if change.happened != Happened::Modified {
            self.enqueue(Job::Quotas(namespace.clone()));
        }
        if let Some(("ReplicaSet", name, _)) = owner(&change.object) {
            self.enqueue(Job::ReplicaSet((namespace.clone(), name.to_owned())));
            let set = self.objects.get(Resource::ReplicaSets, namespace, name).and_then(owner);
            // Recreate waits for the last old pod to be gone.
            if change.happened == Happened::Deleted
                && let Some(("Deployment", name, _)) = set
            {
                self.enqueue(Job::Deployment((namespace.clone(), name.to_owned())));
            }
        }
        let before = change.before.as_deref().map(|pod| object_or_null(pod, "/metadata/labels"));
        let after = object_or_null(&change.object, "/metadata/labels");
        let served: Vec<Job> = self
            .objects
            .list(Resource::Services, Some(namespace))
            .filter(|service| {
                let selector = object_or_null(service, "/spec/selector");
                serves(selector, after) || before.is_some_and(|before| serves(selector, before))
            })
            .map(|service| Job::Slices((namespace.clone(), text(service, "/metadata/name").to_owned())))
            .collect();
        self.enqueue_all(served);
        let guarded = self
            .objects
            .list(Resource::Budgets, Some(namespace))
            .filter(|budget| guards(budget, after) || before.is_some_and(|before| guards(budget, before)))
            .map(|budget| Job::Budget(self::named(budget)))
            .collect();
        self.enqueue_all(guarded);
        if change.happened == Happened::Deleted {
            self.try_again_to_schedule();
        }
    }

    /// Room may have come free, or a node may have come: pods without one are looked at again.
    fn try_again_to_schedule(&mut self) {
        let waits = |pod: &&Value| text(pod, "/spec/nodeName").is_empty();
        let pods = self.objects.list(Resource::Pods, None).filter(waits).map(|pod| Job::Schedule(named(pod)));
        let pods: Vec<Job> = pods.collect();
        self.enqueue_all(pods);
    }

    /// Everybody looks at everything.
    pub(super) fn look_at_everything(&mut self) {
        let mut jobs = Vec::new();
        let pods = self.objects.list(Resource::Pods, None);
        jobs.extend(pods.flat_map(|pod| [Job::Schedule(named(pod)), Job::Kubelet(named(pod))]));
        jobs.extend(self.objects.list(Resource::ReplicaSets, None).map(|set| Job::ReplicaSet(named(set))));
        jobs.extend(self.objects.list(Resource::Deployments, None).map(|one| Job::Deployment(named(one))));
        jobs.extend(self.objects.list(Resource::Services, None).map(|one| Job::Slices(named(one))));
        jobs.extend(self.objects.list(Resource::Quotas, None).map(|one| Job::Quotas(named(one).0)));
        jobs.extend(self.objects.list(Resource::Budgets, None).map(|one| Job::Budget(named(one))));
        self.enqueue_all(jobs);
        self.routes_later(None);
        let hpas: Vec<_> = self.objects.list(Resource::Hpas, None).map(named).collect();
        for hpa in hpas {
            let first = Moment(self.now.0 + HPA_PERIOD_MS);
            self.at(first, Timer::Hpa(hpa));
        }
    }
}

/// Namespace and name of an object.
fn named(object: &Value) -> (String, String) {
    (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned())
}
