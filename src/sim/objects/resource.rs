//! The resources that are served, as a table: names, groups, and how the storage treats each. Nothing of HTTP.

/// A served resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Core `namespaces`.
    Namespaces,
    /// Core `nodes`.
    Nodes,
    /// Core `pods`.
    Pods,
    /// Core `services`.
    Services,
    /// Core `configmaps`.
    ConfigMaps,
    /// Core `resourcequotas`.
    Quotas,
    /// `policy/v1` `poddisruptionbudgets`.
    Budgets,
    /// Core `events`.
    Events,
    /// `apps/v1` `deployments`.
    Deployments,
    /// `apps/v1` `replicasets`.
    ReplicaSets,
    /// `discovery.k8s.io/v1` `endpointslices`.
    Slices,
    /// `autoscaling/v2` `horizontalpodautoscalers`.
    Hpas,
    /// `gateway.networking.k8s.io/v1` `httproutes`: a custom resource, which not every cluster has.
    HttpRoutes,
    /// `flagger.app/v1beta1` `canaries`: a custom resource, on which nothing acts here.
    Canaries,
    /// `flagger.app/v1beta1` `metrictemplates`: a custom resource, on which nothing acts here.
    MetricTemplates,
}

/// When the generation of an object rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Generation {
    /// Never: the kind has none.
    None,
    /// With the spec.
    Spec,
    /// With the spec and with annotations, because a Deployment's are copied to its ReplicaSets.
    SpecAndAnnotations,
    /// With anything but metadata, and with labels (EndpointSlices have no spec).
    Content,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Namespaces,
        Self::Nodes,
        Self::Pods,
        Self::Services,
        Self::ConfigMaps,
        Self::Quotas,
        Self::Budgets,
        Self::Events,
        Self::Deployments,
        Self::ReplicaSets,
        Self::Slices,
        Self::Hpas,
        Self::HttpRoutes,
        Self::Canaries,
        Self::MetricTemplates,
    ];

    /// API group (empty for the core), version, plural name as in paths, kind.
    pub const fn names(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Namespaces => ("", "v1", "namespaces", "Namespace"),
            Self::Nodes => ("", "v1", "nodes", "Node"),
            Self::Pods => ("", "v1", "pods", "Pod"),
            Self::Services => ("", "v1", "services", "Service"),
            Self::ConfigMaps => ("", "v1", "configmaps", "ConfigMap"),
            Self::Quotas => ("", "v1", "resourcequotas", "ResourceQuota"),
            Self::Budgets => ("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
            Self::Events => ("", "v1", "events", "Event"),
            Self::Deployments => ("apps", "v1", "deployments", "Deployment"),
            Self::ReplicaSets => ("apps", "v1", "replicasets", "ReplicaSet"),
            Self::Slices => ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
            Self::Hpas => ("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
            Self::HttpRoutes => ("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
            Self::Canaries => ("flagger.app", "v1beta1", "canaries", "Canary"),
            Self::MetricTemplates => ("flagger.app", "v1beta1", "metrictemplates", "MetricTemplate"),
        }
    }

    /// `apps/v1`, `v1`…
    pub fn api_version(self) -> String {
        let (group, version, ..) = self.names();
        if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
    }

    /// The kind.
    pub const fn kind(self) -> &'static str {
        self.names().3
    }

    /// The resource as error messages name it: `deployments.apps`, `pods`.
    pub fn qualified(self) -> String {
        let (group, _, plural, _) = self.names();
        dotted(plural, group)
    }

    /// The kind as error messages name it: `Deployment.apps`, `Pod`.
    pub(super) fn qualified_kind(self) -> String {
        let (group, _, _, kind) = self.names();
        dotted(kind, group)
    }

    /// Whether its objects live in namespaces.
    pub const fn namespaced(self) -> bool {
        !matches!(self, Self::Namespaces | Self::Nodes)
    }

    /// Whether it has `/status`.
    pub const fn has_status(self) -> bool {
        !matches!(self, Self::ConfigMaps | Self::Events | Self::Slices)
    }

    /// Whether it is a custom resource: it is there once its definition is, and knows no strategic merge patch.
    pub const fn is_custom(self) -> bool {
        matches!(self, Self::HttpRoutes) || self.is_inert()
    }

    /// Whether nothing acts on its objects: they are only kept, for who reads them.
    pub const fn is_inert(self) -> bool {
        matches!(self, Self::Canaries | Self::MetricTemplates)
    }

    /// Whether it has `/scale`.
    pub const fn has_scale(self) -> bool {
        matches!(self, Self::Deployments | Self::ReplicaSets)
    }

    pub(super) const fn generation(self) -> Generation {
        match self {
            Self::Deployments => Generation::SpecAndAnnotations,
            Self::ReplicaSets
            | Self::Pods
            | Self::HttpRoutes
            | Self::Canaries
            | Self::MetricTemplates
            | Self::Budgets => Generation::Spec,
            Self::Slices => Generation::Content,
            Self::Namespaces
            | Self::Nodes
            | Self::Services
            | Self::ConfigMaps
            | Self::Quotas
            | Self::Events
            | Self::Hpas => Generation::None,
        }
    }
}

fn dotted(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}
