//! The defaults that the API server fills in, as far as kubectl and readers of rollouts see them (apps/v1, core/v1,
//! autoscaling/v2 of Kubernetes 1.36; `HTTPRoute` of Gateway API 1.4). Kinds without a row get none.

use serde_json::{Value, json};

use super::{
    json::{default, set, text},
    luck::Luck,
    resource::Resource,
};

/// Fills in what was left out.
pub(super) fn fill(resource: Resource, object: &mut Value, luck: &mut Luck) {
    match resource {
        Resource::Deployments => deployment(object),
        Resource::ReplicaSets => {
            default(object, &["spec", "replicas"], 1);
            template(object);
        }
        Resource::Pods => pod(object),
        Resource::Services => service(object, luck),
        Resource::Hpas => hpa(object),
        Resource::HttpRoutes => http_route(object),
        Resource::Namespaces => {
            default(object, &["spec", "finalizers"], json!(["kubernetes"]));
            default(object, &["status", "phase"], "Active");
            let name = text(object, "/metadata/name").to_owned();
            set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], name);
        }
        Resource::Events => {
            default(object, &["type"], "Normal");
            default(object, &["source"], json!({}));
        }
        Resource::Slices => ports(object.get_mut("ports"), false),
        Resource::Nodes
        | Resource::ConfigMaps
        | Resource::Quotas
        | Resource::Budgets
        | Resource::Canaries
        | Resource::MetricTemplates => {}
    }
}

fn deployment(object: &mut Value) {
    let spec = |name| ["spec", name];
    default(object, &spec("replicas"), 1);
    default(object, &spec("revisionHistoryLimit"), 10);
    default(object, &spec("progressDeadlineSeconds"), 600);
    default(object, &["spec", "strategy", "type"], "RollingUpdate");
    if text(object, "/spec/strategy/type") == "RollingUpdate" {
        default(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
        default(object, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%");
    }
    // What is off or none is left out (Go's omitempty), so that a template or spec put back equals what it was.
    if object.pointer("/spec/paused") == Some(&Value::Bool(false)) {
        super::json::unset(object, &["spec", "paused"]);
    }
    // The real server decodes null as absent.
    if object.pointer("/spec/strategy/rollingUpdate") == Some(&Value::Null) {
        super::json::unset(object, &["spec", "strategy", "rollingUpdate"]);
    }
    if object.pointer("/spec/minReadySeconds") == Some(&json!(0)) {
        super::json::unset(object, &["spec", "minReadySeconds"]);
    }
    template(object);
}

fn template(object: &mut Value) {
    if let Some(template) = object.pointer_mut("/spec/template") {
        pod_spec(template);
    }
}

fn pod(object: &mut Value) {
    pod_spec(object);
    default(object, &["spec", "enableServiceLinks"], true);
    default(object, &["spec", "preemptionPolicy"], "PreemptLowerPriority");
    default(object, &["spec", "priority"], 0);
    let patience =
        |key: &str| json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300});
    let both = json!([patience("node.kubernetes.io/not-ready"), patience("node.kubernetes.io/unreachable")]);
    default(object, &["spec", "tolerations"], both);
    default(object, &["status", "phase"], "Pending");
    let class = quality(object);
    default(object, &["status", "qosClass"], class);
}

/// The quality-of-service class, by what the containers request and are limited to.
fn quality(pod: &Value) -> &'static str {
    let containers = super::json::list(pod, "/spec/containers");
    let of =
        |container: &Value, what: &str, name: &str| container.pointer(&format!("/resources/{what}/{name}")).cloned();
    let none = |c: &Value| {
        ["requests", "limits"].iter().all(|what| ["cpu", "memory"].iter().all(|name| of(c, what, name).is_none()))
    };
    let full = |c: &Value| {
        ["cpu", "memory"].iter().all(|name| {
            let limit = of(c, "limits", name);
            limit.is_some() && of(c, "requests", name).is_none_or(|request| Some(request) == limit)
        })
    };
    if containers.iter().all(none) {
        "BestEffort"
    } else if containers.iter().all(full) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}

/// The defaults of a pod's or a template's spec.
fn pod_spec(object: &mut Value) {
    default(object, &["spec", "dnsPolicy"], "ClusterFirst");
    default(object, &["spec", "restartPolicy"], "Always");
    default(object, &["spec", "schedulerName"], "default-scheduler");
    default(object, &["spec", "securityContext"], json!({}));
    default(object, &["spec", "terminationGracePeriodSeconds"], 30);
    for list in ["containers", "initContainers"] {
        let containers = object.get_mut("spec").and_then(|spec| spec.get_mut(list)).and_then(Value::as_array_mut);
        containers.into_iter().flatten().for_each(container);
    }
}

fn container(container: &mut Value) {
    let image = text(container, "/image");
    let tag = image.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    let latest = !image.contains('@') && (tag == "latest" || tag.contains('/'));
    default(container, &["imagePullPolicy"], if latest { "Always" } else { "IfNotPresent" });
    default(container, &["terminationMessagePath"], "/dev/termination-log");
    default(container, &["terminationMessagePolicy"], "File");
    default(container, &["resources"], json!({}));
    ports(container.get_mut("ports"), false);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            for (name, value) in [("failureThreshold", 3), ("periodSeconds", 10), ("successThreshold", 1)] {
                default(probe, &[name], value);
            }
            default(probe, &["timeoutSeconds"], 1);
            if probe.get("httpGet").is_some() {
                default(probe, &["httpGet", "path"], "/");
                default(probe, &["httpGet", "scheme"], "HTTP");
            }
        }
    }
}

fn ports(ports: Option<&mut Value>, of_service: bool) {
    for port in items(ports) {
        default(port, &["protocol"], "TCP");
        if of_service && let Some(number) = port.get("port").cloned() {
            default(port, &["targetPort"], number);
        }
    }
}

fn service(object: &mut Value, luck: &mut Luck) {
    default(object, &["spec", "type"], "ClusterIP");
    default(object, &["spec", "sessionAffinity"], "None");
    default(object, &["spec", "internalTrafficPolicy"], "Cluster");
    default(object, &["spec", "ipFamilies"], json!(["IPv4"]));
    default(object, &["spec", "ipFamilyPolicy"], "SingleStack");
    if object.pointer("/spec/clusterIP").is_none() {
        let address = format!("10.96.{}.{}", luck.between(1, 254), luck.between(1, 254));
        set(object, &["spec", "clusterIP"], address.clone());
        set(object, &["spec", "clusterIPs"], json!([address]));
    }
    default(object, &["status", "loadBalancer"], json!({}));
    ports(object.pointer_mut("/spec/ports"), true);
}

fn hpa(object: &mut Value) {
    default(object, &["spec", "minReplicas"], 1);
    let cpu = json!([{"type": "Resource", "resource": {
        "name": "cpu", "target": {"averageUtilization": 80, "type": "Utilization"}}}]);
    default(object, &["spec", "metrics"], cpu);
    default(object, &["status", "currentMetrics"], Value::Null);
    default(object, &["status", "desiredReplicas"], 0);
}

/// The defaults of the CRD's schema.
fn http_route(object: &mut Value) {
    let any = json!({"path": {"type": "PathPrefix", "value": "/"}});
    default(object, &["spec", "rules"], json!([{"matches": [any]}]));
    for parent in items(object.pointer_mut("/spec/parentRefs")) {
        default(parent, &["group"], "gateway.networking.k8s.io");
        default(parent, &["kind"], "Gateway");
    }
    for rule in items(object.pointer_mut("/spec/rules")) {
        default(rule, &["matches"], json!([any]));
        for one in items(rule.get_mut("matches")) {
            default(one, &["path", "type"], "PathPrefix");
            default(one, &["path", "value"], "/");
            for named in ["headers", "queryParams"] {
                items(one.get_mut(named)).for_each(|named| default(named, &["type"], "Exact"));
            }
        }
        for backend in items(rule.get_mut("backendRefs")) {
            default(backend, &["group"], "");
            default(backend, &["kind"], "Service");
            default(backend, &["weight"], 1);
        }
    }
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten()
}
