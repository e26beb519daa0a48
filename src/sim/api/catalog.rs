//! What is served: one row a resource, as discovery tells it. Nothing is looked up in the storage here.

use serde_json::Value;

use crate::sim::{Objects, Resource};

/// One resource.
pub(in crate::sim) struct Row {
    pub(super) resource: Resource,
    /// Empty for the core group.
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) plural: &'static str,
    pub(super) singular: &'static str,
    pub(super) kind: &'static str,
    pub(super) short: &'static [&'static str],
    /// Under which words kubectl shows it with others: `kubectl get all`.
    pub(super) categories: &'static [&'static str],
    /// What there is below an object of it.
    pub(super) subs: &'static [&'static str],
}

const fn row(
    resource: Resource,
    (group, version): (&'static str, &'static str),
    (plural, singular, kind): (&'static str, &'static str, &'static str),
    short: &'static [&'static str],
    subs: &'static [&'static str],
) -> Row {
    let categories: &[&str] = match resource {
        Resource::Pods
        | Resource::Services
        | Resource::Deployments
        | Resource::ReplicaSets
        | Resource::Hpas
        | Resource::Canaries
        | Resource::MetricTemplates => &["all"],
        Resource::HttpRoutes => &["gateway-api"],
        Resource::Budgets
        | Resource::ConfigMaps
        | Resource::Events
        | Resource::Namespaces
        | Resource::Nodes
        | Resource::Quotas
        | Resource::Slices => &[],
    };
    Row { resource, group, version, plural, singular, kind, short, categories, subs }
}

const CORE: (&str, &str) = ("", "v1");
const APPS: (&str, &str) = ("apps", "v1");
const FLAGGER: (&str, &str) = ("flagger.app", "v1beta1");

/// All of them, whether a cluster has them or not.
pub(super) static ROWS: [Row; 15] = [
    row(Resource::ConfigMaps, CORE, ("configmaps", "configmap", "ConfigMap"), &["cm"], &[]),
    row(Resource::Events, CORE, ("events", "event", "Event"), &["ev"], &[]),
    row(Resource::Namespaces, CORE, ("namespaces", "namespace", "Namespace"), &["ns"], &["status"]),
    row(Resource::Nodes, CORE, ("nodes", "node", "Node"), &["no"], &["status"]),
    row(Resource::Pods, CORE, ("pods", "pod", "Pod"), &["po"], &["eviction", "log", "status"]),
    row(Resource::Quotas, CORE, ("resourcequotas", "resourcequota", "ResourceQuota"), &["quota"], &["status"]),
    row(Resource::Services, CORE, ("services", "service", "Service"), &["svc"], &["proxy", "status"]),
    row(Resource::Deployments, APPS, ("deployments", "deployment", "Deployment"), &["deploy"], &["scale", "status"]),
    row(Resource::ReplicaSets, APPS, ("replicasets", "replicaset", "ReplicaSet"), &["rs"], &["scale", "status"]),
    row(
        Resource::Hpas,
        ("autoscaling", "v2"),
        ("horizontalpodautoscalers", "horizontalpodautoscaler", "HorizontalPodAutoscaler"),
        &["hpa"],
        &["status"],
    ),
    row(
        Resource::HttpRoutes,
        ("gateway.networking.k8s.io", "v1"),
        ("httproutes", "httproute", "HTTPRoute"),
        &[],
        &["status"],
    ),
    row(
        Resource::Budgets,
        ("policy", "v1"),
        ("poddisruptionbudgets", "poddisruptionbudget", "PodDisruptionBudget"),
        &["pdb"],
        &["status"],
    ),
    row(Resource::Slices, ("discovery.k8s.io", "v1"), ("endpointslices", "endpointslice", "EndpointSlice"), &[], &[]),
    row(Resource::Canaries, FLAGGER, ("canaries", "canary", "Canary"), &[], &["status"]),
    row(Resource::MetricTemplates, FLAGGER, ("metrictemplates", "metrictemplate", "MetricTemplate"), &[], &["status"]),
];

/// Those that a cluster has.
pub(super) fn served(objects: &Objects) -> impl Iterator<Item = &'static Row> + Clone {
    ROWS.iter().filter(|row| objects.serves(row.resource))
}

impl Row {
    /// The row of a resource that was asked for by its path.
    pub(super) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Self> {
        ROWS.iter().find(|row| (row.group, row.version, row.plural) == (group, version, plural))
    }

    /// The row of a resource.
    pub(super) fn of(resource: Resource) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.resource == resource)
    }

    /// Whether its objects live in namespaces.
    pub(super) const fn namespaced(&self) -> bool {
        !matches!(self.resource, Resource::Namespaces | Resource::Nodes)
    }

    /// `apps/v1`, `v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `deployments.apps`, `pods`.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Deployment.apps`, `Pod`.
    pub(super) fn qualified_kind(&self) -> String {
        if self.group.is_empty() { self.kind.to_owned() } else { format!("{}.{}", self.kind, self.group) }
    }

    /// An object with its `kind` and `apiVersion`, as it leaves the server by itself.
    pub(super) fn typed(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if let Some(members) = object.as_object_mut() {
            members.insert("kind".to_owned(), self.kind.into());
            members.insert("apiVersion".to_owned(), self.api_version().into());
        }
        object
    }
}
