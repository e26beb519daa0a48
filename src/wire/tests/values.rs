//! The fixtures as JSON, as the API server writes it.

use serde_json::{Value, json};

fn metadata(name: &str) -> Value {
    let owner = |kind: &str, controller: bool| json!({"apiVersion": "apps/v1", "kind": kind, "name": "web", "uid": "uid-owner", "controller": controller});
    json!({
        "name": name, "namespace": "shop", "uid": "uid-1", "resourceVersion": "42", "generation": 7,
        "creationTimestamp": "2025-01-01T00:00:01Z", "deletionTimestamp": "2025-01-01T00:00:02Z",
        "deletionGracePeriodSeconds": 30, "finalizers": null, "managedFields": [{"manager": "kubectl"}],
        "labels": {"app": "web", "kubernetes.io/service-name": "web", "pod-template-hash": "abc"},
        "annotations": {"deployment.kubernetes.io/revision": "3", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
        "ownerReferences": [owner("Other", false), owner("ReplicaSet", true)],
    })
}

fn pod_spec() -> Value {
    let container = |name: &str| json!({"name": name, "image": format!("r/{name}:1"), "resources": {}});
    json!({
        "containers": [container("app"), container("proxy"), container("late")],
        "initContainers": [{"name": "mesh", "image": "r/mesh:1", "restartPolicy": "Always"}, container("init")],
        "readinessGates": [{"conditionType": "gate/shut"}, {"conditionType": "gate/open"}],
        "nodeName": "node-1",
    })
}

pub(super) fn pod() -> Value {
    let condition = |name: &str, status: &str| json!({"type": name, "status": status, "lastTransitionTime": "2025-01-01T00:00:03Z", "lastProbeTime": null, "reason": "Why", "message": "because"});
    let ended = json!({"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled", "message": "too much", "finishedAt": "2025-01-01T00:00:06Z"}});
    let running = json!({"running": {"startedAt": "2025-01-01T00:00:07Z"}});
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
    let status = |name: &str, state: &Value| json!({"name": name, "state": state, "lastState": ended, "ready": true, "restartCount": 4, "image": "other", "imageID": "docker.io/other@sha256:abc"});
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata("web-1"), "spec": pod_spec(),
        "status": {
            "phase": "Running", "message": "evicted", "reason": "Evicted", "podIP": "10.0.0.1",
            "conditions": [
                condition("Ready", "True"), condition("PodScheduled", "True"), condition("ContainersReady", "False"),
                condition("DisruptionTarget", "True"), condition("gate/open", "True"), condition("gate/shut", "Unknown"),
            ],
            "containerStatuses": [status("proxy", &waiting), status("app", &running)],
            "initContainerStatuses": [status("init", &ended), status("mesh", &running)],
        },
    })
}

fn template() -> Value {
    let metadata = json!({"creationTimestamp": null, "labels": {"app": "web"}, "annotations": {"kubectl.kubernetes.io/restartedAt": "2025-01-01T00:00:00Z"}});
    json!({"metadata": metadata, "spec": pod_spec()})
}

pub(super) fn deployment() -> Value {
    json!({
        "kind": "Deployment", "metadata": metadata("web"),
        "spec": {
            "replicas": 10, "template": template(), "minReadySeconds": 5, "revisionHistoryLimit": 6, "paused": true,
            "selector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["back"]}]},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2, "maxSurge": "30%"}},
            "progressDeadlineSeconds": 601,
        },
        "status": {
            "observedGeneration": 11, "replicas": 12, "updatedReplicas": 13, "readyReplicas": 14, "availableReplicas": 15,
            "terminatingReplicas": 17,
            "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "message": "done",
                "lastUpdateTime": "2025-01-01T00:00:08Z", "lastTransitionTime": "2025-01-01T00:00:09Z"}],
        },
    })
}

pub(super) fn replica_set() -> Value {
    json!({
        "kind": "ReplicaSet", "metadata": metadata("web-abc"), "spec": {"replicas": 3, "template": template()},
        "status": {
            "replicas": 21, "readyReplicas": 23, "availableReplicas": 24, "terminatingReplicas": 25, "observedGeneration": 26,
            "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "quota", "lastTransitionTime": "2025-01-01T00:00:10Z"}],
        },
    })
}

pub(super) fn slice() -> Value {
    let endpoint = |kind: &str, ready: Value| json!({"addresses": ["10.1.0.1"], "zone": "zone-a", "targetRef": {"kind": kind, "uid": "uid-pod"}, "conditions": {"ready": ready, "serving": true, "terminating": true}});
    json!({
        "kind": "EndpointSlice", "metadata": metadata("web-x1"), "addressType": "IPv4", "ports": null,
        "endpoints": [endpoint("Pod", json!(false)), endpoint("Node", json!(true)), endpoint("Pod", Value::Null)],
    })
}

pub(super) fn hpa() -> Value {
    json!({
        "kind": "HorizontalPodAutoscaler", "metadata": metadata("web"),
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9},
        "status": {
            "lastScaleTime": "2025-01-01T00:00:12Z", "currentReplicas": 32, "desiredReplicas": 33,
            "conditions": [{"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": "fine", "lastTransitionTime": "2025-01-01T00:00:11Z"}],
        },
    })
}

pub(super) fn event() -> Value {
    json!({
        "kind": "Event", "metadata": metadata("web.1"), "reason": "BackOff", "message": "Back-off restarting", "type": "Warning",
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "uid-pod", "fieldPath": "spec.containers{app}"},
        "source": {"component": "kubelet"}, "reportingComponent": "reporter", "count": 6,
        "firstTimestamp": "2025-01-01T00:00:13Z", "lastTimestamp": "2025-01-01T00:00:14Z", "eventTime": "2025-01-01T00:00:15.250000Z",
        "series": {"count": 8, "lastObservedTime": "2025-01-01T00:00:16.250000Z"},
    })
}

pub(super) fn service() -> Value {
    json!({"kind": "Service", "metadata": metadata("web"), "spec": {
        "ports": [{"name": "http-web", "port": 9090, "nodePort": 30090}], "selector": {"app": "web"}, "clusterIP": "10.0.0.1",
        "sessionAffinity": "ClientIP"}})
}
