//! Objects of the reference types with no default in any field that is read, and the same objects as JSON.
#![expect(clippy::unnecessary_wraps, reason = "every field of the reference types is an Option")]

use std::collections::BTreeMap;

use k8s_pb::{
    api::{apps::v1 as apps, autoscaling::v2 as autoscaling, core::v1 as core, discovery::v1 as discovery},
    apimachinery::pkg::{apis::meta::v1 as meta, util::intstr::IntOrString},
};
use prost::Message;

pub(super) fn s(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// That many seconds after 2025-01-01T00:00:00Z.
fn time(seconds: i64) -> Option<meta::Time> {
    Some(meta::Time { seconds: Some(1_735_689_600 + seconds), nanos: Some(0) })
}

fn micro(seconds: i64) -> Option<meta::MicroTime> {
    Some(meta::MicroTime { seconds: Some(1_735_689_600 + seconds), nanos: Some(250_000_000) })
}

fn metadata(name: &str) -> Option<meta::ObjectMeta> {
    let owner = |kind: &str, controller| meta::OwnerReference {
        api_version: s("apps/v1"),
        kind: s(kind),
        name: s("web"),
        uid: s("uid-owner"),
        controller,
        block_owner_deletion: Some(true),
    };
    Some(meta::ObjectMeta {
        name: s(name),
        namespace: s("shop"),
        uid: s("uid-1"),
        resource_version: s("42"),
        generation: Some(7),
        creation_timestamp: time(1),
        deletion_timestamp: time(2),
        deletion_grace_period_seconds: Some(30),
        labels: map(&[("app", "web"), ("kubernetes.io/service-name", "web"), ("pod-template-hash", "abc")]),
        annotations: map(&[
            ("deployment.kubernetes.io/revision", "3"),
            ("kubectl.kubernetes.io/last-applied-configuration", "{}"),
        ]),
        owner_references: vec![owner("Other", Some(false)), owner("ReplicaSet", Some(true))],
        managed_fields: vec![meta::ManagedFieldsEntry { manager: s("kubectl"), ..Default::default() }],
        finalizers: vec!["f".to_owned()],
        generate_name: s("web-"),
        ..Default::default()
    })
}

fn container(name: &str, restart_policy: Option<String>) -> core::Container {
    let env = vec![core::EnvVar { name: s("A"), value: s("b"), ..Default::default() }];
    core::Container { name: s(name), image: s(&format!("r/{name}:1")), restart_policy, env, ..Default::default() }
}

fn pod_spec() -> Option<core::PodSpec> {
    Some(core::PodSpec {
        containers: vec![container("app", None), container("proxy", None), container("late", None)],
        init_containers: vec![container("mesh", s("Always")), container("init", None)],
        readiness_gates: vec![
            core::PodReadinessGate { condition_type: s("gate/shut") },
            core::PodReadinessGate { condition_type: s("gate/open") },
        ],
        node_name: s("node-1"),
        service_account_name: s("default"),
        ..Default::default()
    })
}

fn pod_condition(name: &str, status: &str) -> core::PodCondition {
    core::PodCondition {
        r#type: s(name),
        status: s(status),
        last_transition_time: time(3),
        last_probe_time: time(4),
        reason: s("Why"),
        message: s("because"),
        ..Default::default()
    }
}

fn ended() -> core::ContainerState {
    let terminated = core::ContainerStateTerminated {
        exit_code: Some(137),
        signal: Some(9),
        reason: s("OOMKilled"),
        message: s("too much"),
        started_at: time(5),
        finished_at: time(6),
        container_id: s("c://1"),
    };
    core::ContainerState { terminated: Some(terminated), ..Default::default() }
}

fn status(name: &str, state: core::ContainerState) -> core::ContainerStatus {
    core::ContainerStatus {
        name: s(name),
        state: Some(state),
        last_state: Some(ended()),
        ready: Some(true),
        restart_count: Some(4),
        image: s("other"),
        image_id: s("docker.io/other@sha256:abc"),
        ..Default::default()
    }
}

pub(super) fn pod() -> core::Pod {
    let waiting = core::ContainerStateWaiting { reason: s("CrashLoopBackOff"), message: s("back-off") };
    let running = core::ContainerState {
        running: Some(core::ContainerStateRunning { started_at: time(7) }),
        ..Default::default()
    };
    let conditions = [
        ("Ready", "True"),
        ("PodScheduled", "True"),
        ("ContainersReady", "False"),
        ("DisruptionTarget", "True"),
        ("gate/open", "True"),
        ("gate/shut", "Unknown"),
    ];
    core::Pod {
        metadata: metadata("web-1"),
        spec: pod_spec(),
        status: Some(core::PodStatus {
            phase: s("Running"),
            conditions: conditions.map(|(name, status)| pod_condition(name, status)).to_vec(),
            message: s("evicted"),
            reason: s("Evicted"),
            container_statuses: vec![
                status("proxy", core::ContainerState { waiting: Some(waiting), ..Default::default() }),
                status("app", running.clone()),
            ],
            init_container_statuses: vec![status("init", ended()), status("mesh", running)],
            ..Default::default()
        }),
    }
}

fn template() -> Option<core::PodTemplateSpec> {
    let annotations = map(&[("kubectl.kubernetes.io/restartedAt", "2025-01-01T00:00:00Z")]);
    let metadata = meta::ObjectMeta { labels: map(&[("app", "web")]), annotations, ..Default::default() };
    Some(core::PodTemplateSpec { metadata: Some(metadata), spec: pod_spec() })
}

pub(super) fn deployment() -> apps::Deployment {
    let percent = IntOrString { r#type: Some(1), int_val: Some(0), str_val: s("30%") };
    let number = IntOrString { r#type: Some(0), int_val: Some(2), str_val: s("") };
    let condition = apps::DeploymentCondition {
        r#type: s("Progressing"),
        status: s("True"),
        last_update_time: time(8),
        last_transition_time: time(9),
        reason: s("NewReplicaSetAvailable"),
        message: s("done"),
    };
    let requirement =
        meta::LabelSelectorRequirement { key: s("tier"), operator: s("NotIn"), values: vec!["back".to_owned()] };
    apps::Deployment {
        metadata: metadata("web"),
        spec: Some(apps::DeploymentSpec {
            replicas: Some(10),
            selector: Some(meta::LabelSelector {
                match_labels: map(&[("app", "web")]),
                match_expressions: vec![requirement],
            }),
            template: template(),
            strategy: Some(apps::DeploymentStrategy {
                r#type: s("RollingUpdate"),
                rolling_update: Some(apps::RollingUpdateDeployment {
                    max_unavailable: Some(number),
                    max_surge: Some(percent),
                }),
            }),
            min_ready_seconds: Some(5),
            revision_history_limit: Some(6),
            paused: Some(true),
            progress_deadline_seconds: Some(601),
        }),
        status: Some(apps::DeploymentStatus {
            observed_generation: Some(11),
            replicas: Some(12),
            updated_replicas: Some(13),
            ready_replicas: Some(14),
            available_replicas: Some(15),
            unavailable_replicas: Some(16),
            terminating_replicas: Some(17),
            conditions: vec![condition],
            collision_count: Some(18),
        }),
    }
}

pub(super) fn replica_set() -> apps::ReplicaSet {
    let condition = apps::ReplicaSetCondition {
        r#type: s("ReplicaFailure"),
        status: s("True"),
        last_transition_time: time(10),
        reason: s("FailedCreate"),
        message: s("quota"),
    };
    apps::ReplicaSet {
        metadata: metadata("web-abc"),
        spec: Some(apps::ReplicaSetSpec {
            replicas: Some(3),
            min_ready_seconds: Some(5),
            selector: None,
            template: template(),
        }),
        status: Some(apps::ReplicaSetStatus {
            replicas: Some(21),
            fully_labeled_replicas: Some(22),
            ready_replicas: Some(23),
            available_replicas: Some(24),
            terminating_replicas: Some(25),
            observed_generation: Some(26),
            conditions: vec![condition],
        }),
    }
}

pub(super) fn service() -> core::Service {
    let port =
        core::ServicePort { name: s("http-web"), port: Some(9090), node_port: Some(30_090), ..Default::default() };
    let spec = core::ServiceSpec {
        ports: vec![port],
        selector: map(&[("app", "web")]),
        cluster_ip: s("10.0.0.1"),
        session_affinity: s("ClientIP"),
        ..Default::default()
    };
    core::Service { metadata: metadata("web"), spec: Some(spec), status: None }
}

pub(super) fn node() -> Vec<u8> {
    let spec = Some(core::NodeSpec { provider_id: s("cloud://n1"), ..Default::default() });
    core::Node { metadata: metadata("n1"), spec, status: None }.encode_to_vec()
}

fn reference(kind: &str) -> Option<core::ObjectReference> {
    Some(core::ObjectReference {
        kind: s(kind),
        namespace: s("shop"),
        name: s("web-1"),
        uid: s("uid-pod"),
        api_version: s("v1"),
        resource_version: s("9"),
        field_path: s("spec.containers{app}"),
    })
}

pub(super) fn slice() -> discovery::EndpointSlice {
    let endpoint = |kind, ready| discovery::Endpoint {
        addresses: vec!["10.1.0.1".to_owned()],
        conditions: Some(discovery::EndpointConditions { ready, serving: Some(true), terminating: Some(true) }),
        target_ref: reference(kind),
        node_name: s("node-1"),
        zone: s("zone-a"),
        ..Default::default()
    };
    discovery::EndpointSlice {
        metadata: metadata("web-x1"),
        address_type: s("IPv4"),
        endpoints: vec![endpoint("Pod", Some(false)), endpoint("Node", Some(true)), endpoint("Pod", None)],
        ports: Vec::new(),
    }
}

pub(super) fn hpa() -> autoscaling::HorizontalPodAutoscaler {
    let condition = autoscaling::HorizontalPodAutoscalerCondition {
        r#type: s("ScalingLimited"),
        status: s("False"),
        last_transition_time: time(11),
        reason: s("DesiredWithinRange"),
        message: s("fine"),
    };
    let target =
        autoscaling::CrossVersionObjectReference { kind: s("Deployment"), name: s("web"), api_version: s("apps/v1") };
    autoscaling::HorizontalPodAutoscaler {
        metadata: metadata("web"),
        spec: Some(autoscaling::HorizontalPodAutoscalerSpec {
            scale_target_ref: Some(target),
            min_replicas: Some(2),
            max_replicas: Some(9),
            ..Default::default()
        }),
        status: Some(autoscaling::HorizontalPodAutoscalerStatus {
            observed_generation: Some(31),
            last_scale_time: time(12),
            current_replicas: Some(32),
            desired_replicas: Some(33),
            conditions: vec![condition],
            ..Default::default()
        }),
    }
}

pub(super) fn event() -> core::Event {
    core::Event {
        metadata: metadata("web.1"),
        involved_object: reference("Pod"),
        reason: s("BackOff"),
        message: s("Back-off restarting"),
        source: Some(core::EventSource { component: s("kubelet"), host: s("node-1") }),
        first_timestamp: time(13),
        last_timestamp: time(14),
        count: Some(6),
        r#type: s("Warning"),
        event_time: micro(15),
        series: Some(core::EventSeries { count: Some(8), last_observed_time: micro(16) }),
        action: s("act"),
        related: None,
        reporting_component: s("reporter"),
        reporting_instance: s("i"),
    }
}
