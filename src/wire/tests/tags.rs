//! The tags: what the reference types encode must reduce to what the same object in JSON reduces to.

use prost::Message;
use serde_json::{Value, json};

use super::{decode, envelope, fixtures};
use crate::{
    domain::{Kind, Object, Template},
    wire::Encoding,
};

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

fn pod() -> Value {
    let condition = |name: &str, status: &str| json!({"type": name, "status": status, "lastTransitionTime": "2025-01-01T00:00:03Z", "lastProbeTime": null, "reason": "Why", "message": "because"});
    let ended = json!({"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled", "message": "too much", "finishedAt": "2025-01-01T00:00:06Z"}});
    let running = json!({"running": {"startedAt": "2025-01-01T00:00:07Z"}});
    let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
    let status = |name: &str, state: &Value| json!({"name": name, "state": state, "lastState": ended, "ready": true, "restartCount": 4, "image": "other"});
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

fn deployment() -> Value {
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

fn replica_set() -> Value {
    json!({
        "kind": "ReplicaSet", "metadata": metadata("web-abc"), "spec": {"replicas": 3, "template": template()},
        "status": {
            "replicas": 21, "readyReplicas": 23, "availableReplicas": 24, "terminatingReplicas": 25, "observedGeneration": 26,
            "conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "quota", "lastTransitionTime": "2025-01-01T00:00:10Z"}],
        },
    })
}

fn slice() -> Value {
    let endpoint = |kind: &str, ready: Value| json!({"addresses": ["10.1.0.1"], "targetRef": {"kind": kind, "uid": "uid-pod"}, "conditions": {"ready": ready, "serving": true, "terminating": true}});
    json!({
        "kind": "EndpointSlice", "metadata": metadata("web-x1"), "addressType": "IPv4", "ports": null,
        "endpoints": [endpoint("Pod", json!(false)), endpoint("Node", json!(true)), endpoint("Pod", Value::Null)],
    })
}

fn hpa() -> Value {
    json!({
        "kind": "HorizontalPodAutoscaler", "metadata": metadata("web"),
        "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 9},
        "status": {
            "lastScaleTime": "2025-01-01T00:00:12Z", "currentReplicas": 32, "desiredReplicas": 33,
            "conditions": [{"type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": "fine", "lastTransitionTime": "2025-01-01T00:00:11Z"}],
        },
    })
}

fn event() -> Value {
    json!({
        "kind": "Event", "metadata": metadata("web.1"), "reason": "BackOff", "message": "Back-off restarting", "type": "Warning",
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "uid-pod", "fieldPath": "spec.containers{app}"},
        "source": {"component": "kubelet"}, "reportingComponent": "reporter", "count": 6,
        "firstTimestamp": "2025-01-01T00:00:13Z", "lastTimestamp": "2025-01-01T00:00:14Z", "eventTime": "2025-01-01T00:00:15.250000Z",
        "series": {"count": 8, "lastObservedTime": "2025-01-01T00:00:16.250000Z"},
    })
}

/// What the two encodings reduce to, fingerprints apart.
fn both(kind: &Kind, reference: &impl Message, json: &Value) -> (Object, Object) {
    let protobuf = envelope(&kind.kind, &reference.encode_to_vec());
    let protobuf = decode(kind, Encoding::Protobuf, protobuf).unwrap();
    let json = decode(kind, Encoding::Json, json.to_string()).unwrap();
    (plain(&protobuf), plain(&json))
}

/// The object without its fingerprint, which tells the encodings apart.
fn plain(object: &Object) -> Object {
    let bare = |template: &Template| Template { fingerprint: 0, ..template.clone() };
    let mut object = object.clone();
    if let Object::Deployment(deployment) = &mut object {
        let deployment = std::sync::Arc::make_mut(deployment);
        deployment.template = bare(&deployment.template);
    } else if let Object::Set(set) = &mut object {
        let set = std::sync::Arc::make_mut(set);
        set.template = bare(&set.template).into();
    }
    object
}

macro_rules! equal_and_as_recorded {
    ($($kind:ident $name:ident),*) => {
        $(#[test]
        fn $name() {
            let (protobuf, json) = both(&Kind::$kind, &fixtures::$name(), &$name());
            assert_eq!(protobuf, json);
            insta::assert_debug_snapshot!(protobuf);
        })*
    };
}

fn service() -> Value {
    json!({"kind": "Service", "metadata": metadata("web"), "spec": {"selector": {"app": "web"}, "clusterIP": "10.0.0.1"}})
}

equal_and_as_recorded!(
    POD pod, DEPLOYMENT deployment, REPLICA_SET replica_set, SERVICE service, SLICE slice, HPA hpa, EVENT event
);

#[test]
fn a_deployment_and_its_set_have_one_fingerprint() {
    let set = decode(&Kind::REPLICA_SET, Encoding::Protobuf, {
        let mut set = fixtures::replica_set();
        let template = set.spec.as_mut().unwrap().template.as_mut().unwrap();
        template.metadata.as_mut().unwrap().labels.insert("pod-template-hash".to_owned(), "abc".to_owned());
        envelope("ReplicaSet", &set.encode_to_vec())
    });
    let deployment = envelope("Deployment", &fixtures::deployment().encode_to_vec());
    let deployment = decode(&Kind::DEPLOYMENT, Encoding::Protobuf, deployment);
    let (Ok(Object::Set(set)), Ok(Object::Deployment(deployment))) = (set, deployment) else { panic!("not decoded") };
    assert_eq!(*set.template, deployment.template);
    assert_ne!(set.template.fingerprint, 0);
}
