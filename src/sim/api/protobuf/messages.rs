//! The messages that kubectl's typed clients send: field numbers of `k8s.io/api` and `k8s.io/apimachinery` (generated.proto,
//! 1.36), as far as kubectl fills them in.

/// How a field is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A string; an empty one is none.
    Text,
    /// A boolean; false is none.
    Flag,
    /// A number; 0 is none.
    Number,
    /// A number that may be 0: a pointer in Go.
    Pointer,
    /// `resource.Quantity`.
    Quantity,
    /// `intstr.IntOrString`.
    IntOrString,
    /// A map of strings.
    Texts,
    /// A map of quantities.
    Quantities,
    /// A message.
    Of(&'static Message),
    /// Not the writer's to say: a status, a time of creation.
    Ignored,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) tag: u64,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) repeated: bool,
}

/// A message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

const fn one(tag: u64, name: &'static str, kind: Kind) -> Field {
    Field { tag, name, kind, repeated: false }
}

const fn many(tag: u64, name: &'static str, kind: Kind) -> Field {
    Field { tag, name, kind, repeated: true }
}

/// The message of a kind; None when it is read as JSON only.
pub(super) fn of(kind: &str) -> Option<&'static Message> {
    Some(match kind {
        "ConfigMap" => &CONFIG_MAP,
        "DeleteOptions" => &DELETE_OPTIONS,
        "Eviction" => &EVICTION,
        "Deployment" => &DEPLOYMENT,
        "HorizontalPodAutoscaler" => &HPA,
        "Namespace" => &NAMESPACE,
        "PodDisruptionBudget" => &BUDGET,
        "ResourceQuota" => &QUOTA,
        "Service" => &SERVICE,
        "SelfSubjectAccessReview" => &REVIEW,
        "SelfSubjectRulesReview" => &RULES_REVIEW,
        _ => return None,
    })
}

pub(super) static TYPE_META: Message =
    Message { name: "TypeMeta", fields: &[one(1, "apiVersion", Kind::Text), one(2, "kind", Kind::Text)] };

static META: Message = Message {
    name: "ObjectMeta",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "generateName", Kind::Text),
        one(3, "namespace", Kind::Text),
        one(5, "uid", Kind::Text),
        one(6, "resourceVersion", Kind::Text),
        one(8, "creationTimestamp", Kind::Ignored),
        one(11, "labels", Kind::Texts),
        one(12, "annotations", Kind::Texts),
        many(14, "finalizers", Kind::Text),
    ],
};

/// An object without anything but metadata and a spec.
const fn object(spec: &'static Message) -> [Field; 3] {
    [one(1, "metadata", Kind::Of(&META)), one(2, "spec", Kind::Of(spec)), one(3, "status", Kind::Ignored)]
}

static DEPLOYMENT: Message = Message { name: "Deployment", fields: &object(&DEPLOYMENT_SPEC) };
static DEPLOYMENT_SPEC: Message = Message {
    name: "DeploymentSpec",
    fields: &[
        one(1, "replicas", Kind::Pointer),
        one(2, "selector", Kind::Of(&SELECTOR)),
        one(3, "template", Kind::Of(&TEMPLATE)),
        one(4, "strategy", Kind::Of(&STRATEGY)),
        one(5, "minReadySeconds", Kind::Number),
        one(6, "revisionHistoryLimit", Kind::Pointer),
        one(7, "paused", Kind::Flag),
        one(9, "progressDeadlineSeconds", Kind::Pointer),
    ],
};
static SELECTOR: Message = Message { name: "LabelSelector", fields: &[one(1, "matchLabels", Kind::Texts)] };
static STRATEGY: Message = Message {
    name: "DeploymentStrategy",
    fields: &[one(1, "type", Kind::Text), one(2, "rollingUpdate", Kind::Of(&ROLLING))],
};
static ROLLING: Message = Message {
    name: "RollingUpdateDeployment",
    fields: &[one(1, "maxUnavailable", Kind::IntOrString), one(2, "maxSurge", Kind::IntOrString)],
};
static TEMPLATE: Message = Message {
    name: "PodTemplateSpec",
    fields: &[one(1, "metadata", Kind::Of(&META)), one(2, "spec", Kind::Of(&POD_SPEC))],
};
static POD_SPEC: Message = Message {
    name: "PodSpec",
    fields: &[
        many(2, "containers", Kind::Of(&CONTAINER)),
        one(3, "restartPolicy", Kind::Text),
        one(4, "terminationGracePeriodSeconds", Kind::Pointer),
        one(6, "dnsPolicy", Kind::Text),
        one(7, "nodeSelector", Kind::Texts),
        one(8, "serviceAccountName", Kind::Text),
        one(10, "nodeName", Kind::Text),
        many(20, "initContainers", Kind::Of(&CONTAINER)),
    ],
};
static CONTAINER: Message = Message {
    name: "Container",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "image", Kind::Text),
        many(3, "command", Kind::Text),
        many(4, "args", Kind::Text),
        one(5, "workingDir", Kind::Text),
        many(6, "ports", Kind::Of(&PORT)),
        many(7, "env", Kind::Of(&VARIABLE)),
        one(8, "resources", Kind::Of(&RESOURCES)),
        one(14, "imagePullPolicy", Kind::Text),
    ],
};
static PORT: Message = Message {
    name: "ContainerPort",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "hostPort", Kind::Number),
        one(3, "containerPort", Kind::Number),
        one(4, "protocol", Kind::Text),
        one(5, "hostIP", Kind::Text),
    ],
};
static VARIABLE: Message =
    Message { name: "EnvVar", fields: &[one(1, "name", Kind::Text), one(2, "value", Kind::Text)] };
static RESOURCES: Message = Message {
    name: "ResourceRequirements",
    fields: &[one(1, "limits", Kind::Quantities), one(2, "requests", Kind::Quantities)],
};

static NAMESPACE: Message = Message { name: "Namespace", fields: &object(&NAMESPACE_SPEC) };
static NAMESPACE_SPEC: Message = Message { name: "NamespaceSpec", fields: &[many(1, "finalizers", Kind::Text)] };
static CONFIG_MAP: Message = Message {
    name: "ConfigMap",
    fields: &[one(1, "metadata", Kind::Of(&META)), one(2, "data", Kind::Texts), one(4, "immutable", Kind::Flag)],
};
static QUOTA: Message = Message { name: "ResourceQuota", fields: &object(&QUOTA_SPEC) };
static QUOTA_SPEC: Message = Message { name: "ResourceQuotaSpec", fields: &[one(1, "hard", Kind::Quantities)] };

static BUDGET: Message = Message { name: "PodDisruptionBudget", fields: &object(&BUDGET_SPEC) };
static BUDGET_SPEC: Message = Message {
    name: "PodDisruptionBudgetSpec",
    fields: &[
        one(1, "minAvailable", Kind::IntOrString),
        one(2, "selector", Kind::Of(&SELECTOR)),
        one(3, "maxUnavailable", Kind::IntOrString),
        one(4, "unhealthyPodEvictionPolicy", Kind::Text),
    ],
};
static EVICTION: Message = Message {
    name: "Eviction",
    fields: &[one(1, "metadata", Kind::Of(&META)), one(2, "deleteOptions", Kind::Of(&DELETE_OPTIONS))],
};

static SERVICE: Message = Message { name: "Service", fields: &object(&SERVICE_SPEC) };
static SERVICE_SPEC: Message = Message {
    name: "ServiceSpec",
    fields: &[
        many(1, "ports", Kind::Of(&SERVICE_PORT)),
        one(2, "selector", Kind::Texts),
        one(3, "clusterIP", Kind::Text),
        one(4, "type", Kind::Text),
        one(7, "sessionAffinity", Kind::Text),
        one(10, "externalName", Kind::Text),
    ],
};
static SERVICE_PORT: Message = Message {
    name: "ServicePort",
    fields: &[
        one(1, "name", Kind::Text),
        one(2, "protocol", Kind::Text),
        one(3, "port", Kind::Number),
        one(4, "targetPort", Kind::IntOrString),
        one(5, "nodePort", Kind::Number),
    ],
};

static HPA: Message = Message { name: "HorizontalPodAutoscaler", fields: &object(&HPA_SPEC) };
static HPA_SPEC: Message = Message {
    name: "HorizontalPodAutoscalerSpec",
    fields: &[
        one(1, "scaleTargetRef", Kind::Of(&TARGET_REF)),
        one(2, "minReplicas", Kind::Pointer),
        one(3, "maxReplicas", Kind::Number),
        many(4, "metrics", Kind::Of(&METRIC)),
    ],
};
static TARGET_REF: Message = Message {
    name: "CrossVersionObjectReference",
    fields: &[one(1, "kind", Kind::Text), one(2, "name", Kind::Text), one(3, "apiVersion", Kind::Text)],
};
static METRIC: Message = Message {
    name: "MetricSpec",
    fields: &[one(1, "type", Kind::Text), one(4, "resource", Kind::Of(&RESOURCE_METRIC))],
};
static RESOURCE_METRIC: Message = Message {
    name: "ResourceMetricSource",
    fields: &[one(1, "name", Kind::Text), one(2, "target", Kind::Of(&METRIC_TARGET))],
};
static METRIC_TARGET: Message = Message {
    name: "MetricTarget",
    fields: &[
        one(1, "type", Kind::Text),
        one(2, "value", Kind::Quantity),
        one(3, "averageValue", Kind::Quantity),
        one(4, "averageUtilization", Kind::Pointer),
    ],
};

static DELETE_OPTIONS: Message = Message {
    name: "DeleteOptions",
    fields: &[
        one(1, "gracePeriodSeconds", Kind::Pointer),
        one(2, "preconditions", Kind::Of(&PRECONDITIONS)),
        one(4, "propagationPolicy", Kind::Text),
        many(5, "dryRun", Kind::Text),
    ],
};
static PRECONDITIONS: Message =
    Message { name: "Preconditions", fields: &[one(1, "uid", Kind::Text), one(2, "resourceVersion", Kind::Text)] };

static REVIEW: Message = Message { name: "SelfSubjectAccessReview", fields: &object(&REVIEW_SPEC) };
static REVIEW_SPEC: Message = Message {
    name: "SelfSubjectAccessReviewSpec",
    fields: &[
        one(1, "resourceAttributes", Kind::Of(&RESOURCE_ATTRIBUTES)),
        one(2, "nonResourceAttributes", Kind::Of(&PATH_ATTRIBUTES)),
    ],
};
static RESOURCE_ATTRIBUTES: Message = Message {
    name: "ResourceAttributes",
    fields: &[
        one(1, "namespace", Kind::Text),
        one(2, "verb", Kind::Text),
        one(3, "group", Kind::Text),
        one(4, "version", Kind::Text),
        one(5, "resource", Kind::Text),
        one(6, "subresource", Kind::Text),
        one(7, "name", Kind::Text),
    ],
};
static PATH_ATTRIBUTES: Message =
    Message { name: "NonResourceAttributes", fields: &[one(1, "path", Kind::Text), one(2, "verb", Kind::Text)] };
static RULES_REVIEW: Message = Message { name: "SelfSubjectRulesReview", fields: &object(&RULES_SPEC) };
static RULES_SPEC: Message = Message { name: "SelfSubjectRulesReviewSpec", fields: &[one(1, "namespace", Kind::Text)] };
