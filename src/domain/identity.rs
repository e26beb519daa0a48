//! Which thing: a kind, and a reference that stays unique across clusters.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Name;

/// An API kind without its version: versions change under the same objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: Name,
    /// The kind as objects write it (`Deployment`).
    pub kind: Name,
}

impl Kind {
    /// `apps/Deployment`.
    pub const DEPLOYMENT: Self = Self::fixed("apps", "Deployment");
    /// `apps/ReplicaSet`.
    pub const REPLICA_SET: Self = Self::fixed("apps", "ReplicaSet");
    /// Core `Pod`.
    pub const POD: Self = Self::fixed("", "Pod");
    /// Core `Node`.
    pub const NODE: Self = Self::fixed("", "Node");
    /// Core `Service`.
    pub const SERVICE: Self = Self::fixed("", "Service");
    /// `discovery.k8s.io/EndpointSlice`.
    pub const SLICE: Self = Self::fixed("discovery.k8s.io", "EndpointSlice");
    /// Core `Event` (`events.k8s.io` serves the same objects).
    pub const EVENT: Self = Self::fixed("", "Event");
    /// `autoscaling/HorizontalPodAutoscaler`.
    pub const HPA: Self = Self::fixed("autoscaling", "HorizontalPodAutoscaler");

    /// `gateway.networking.k8s.io/HTTPRoute`.
    pub const HTTP_ROUTE: Self = Self::fixed("gateway.networking.k8s.io", "HTTPRoute");
    /// `gateway.networking.k8s.io/GRPCRoute`.
    pub const GRPC_ROUTE: Self = Self::fixed("gateway.networking.k8s.io", "GRPCRoute");
    /// `traefik.io/TraefikService`.
    pub const TRAEFIK_SERVICE: Self = Self::fixed("traefik.io", "TraefikService");

    /// `argoproj.io/Rollout`.
    pub const ARGO_ROLLOUT: Self = Self::fixed("argoproj.io", "Rollout");
    /// `argoproj.io/AnalysisTemplate`.
    pub const ANALYSIS_TEMPLATE: Self = Self::fixed("argoproj.io", "AnalysisTemplate");
    /// `argoproj.io/ClusterAnalysisTemplate`, which has no namespace.
    pub const CLUSTER_ANALYSIS_TEMPLATE: Self = Self::fixed("argoproj.io", "ClusterAnalysisTemplate");
    /// `flagger.app/Canary`.
    pub const CANARY: Self = Self::fixed("flagger.app", "Canary");
    /// `flagger.app/MetricTemplate`.
    pub const METRIC_TEMPLATE: Self = Self::fixed("flagger.app", "MetricTemplate");

    /// A kind known at compile time.
    pub const fn fixed(group: &'static str, kind: &'static str) -> Self {
        Self { group: Name::fixed(group), kind: Name::fixed(kind) }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)
    }
}

/// One object of one cluster. The cluster is the name of the kubeconfig context, so that two clusters never mix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ref {
    /// The context.
    pub cluster: Name,
    /// The namespace; empty for what has none.
    pub namespace: Name,
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: Name,
}

impl Ref {
    /// A sibling in the same cluster and namespace.
    #[must_use]
    pub fn sibling(&self, kind: Kind, name: Name) -> Self {
        Self { cluster: self.cluster.clone(), namespace: self.namespace.clone(), kind, name }
    }
}

impl fmt::Display for Ref {
    /// `deployment/web`, as kubectl writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.kind.to_lowercase(), self.name)
    }
}
