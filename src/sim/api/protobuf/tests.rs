use std::collections::BTreeMap;

use k8s_pb::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        core::v1::{Container, ContainerPort, PodSpec, PodTemplateSpec, ResourceRequirements},
    },
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{LabelSelector, ObjectMeta},
        util::intstr::IntOrString,
    },
};
use prost::Message as _;
use serde_json::json;

use super::*;

/// A body of a kind.
fn body(version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let field = |tag: u8, bytes: &[u8]| {
        let mut all = vec![tag << 3 | 2];
        prost::encoding::encode_varint(bytes.len() as u64, &mut all);
        all.extend(bytes);
        all
    };
    let meta = [field(1, version.as_bytes()), field(2, kind.as_bytes())].concat();
    [MAGIC.to_vec(), field(1, &meta), field(2, raw)].concat()
}

fn metadata(name: &str) -> ObjectMeta {
    let labels: BTreeMap<_, _> = [("app".to_owned(), "web".to_owned())].into();
    ObjectMeta { name: Some(name.to_owned()), labels: labels.into_iter().collect(), ..ObjectMeta::default() }
}

fn deployment() -> Deployment {
    let limits: BTreeMap<_, _> = [("cpu".to_owned(), Quantity { string: Some("1".to_owned()) })].into();
    let container = Container {
        name: Some("app".to_owned()),
        image: Some("r/web:1".to_owned()),
        ports: vec![ContainerPort { container_port: Some(8080), ..ContainerPort::default() }],
        args: vec!["a".to_owned(), String::new()],
        resources: Some(ResourceRequirements {
            limits: limits.into_iter().collect(),
            ..ResourceRequirements::default()
        }),
        // Go writes what it has no pointer for even when it is nothing.
        stdin: Some(false),
        termination_message_path: Some(String::new()),
        ..Container::default()
    };
    let surge = IntOrString { r#type: Some(1), int_val: Some(0), str_val: Some("50%".to_owned()) };
    let rolling = RollingUpdateDeployment {
        max_surge: Some(surge),
        max_unavailable: Some(IntOrString { r#type: Some(0), int_val: Some(2), str_val: Some(String::new()) }),
    };
    let spec = DeploymentSpec {
        replicas: Some(0),
        selector: Some(LabelSelector { match_labels: metadata("").labels, ..LabelSelector::default() }),
        template: Some(PodTemplateSpec {
            metadata: Some(metadata("")),
            spec: Some(PodSpec { containers: vec![container], ..PodSpec::default() }),
        }),
        strategy: Some(DeploymentStrategy { r#type: Some(String::new()), rolling_update: Some(rolling) }),
        paused: Some(false),
        ..DeploymentSpec::default()
    };
    Deployment { metadata: Some(metadata("web")), spec: Some(spec), ..Deployment::default() }
}

#[test]
fn a_deployment_is_read_as_the_json_that_it_stands_for() {
    let labels = json!({"app": "web"});
    let container = json!({
        "name": "app", "image": "r/web:1", "args": ["a", ""], "ports": [{"containerPort": 8080}],
        "resources": {"limits": {"cpu": "1"}},
    });
    let expected = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": labels},
        "spec": {
            "replicas": 0, "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": 2}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    });
    assert_eq!(read(&body("apps/v1", "Deployment", &deployment().encode_to_vec()), "Deployment"), Ok(expected));
}

#[test]
fn what_is_not_read_is_refused_and_never_dropped() {
    let mut hosted = deployment();
    let spec = hosted.spec.as_mut().unwrap().template.as_mut().unwrap().spec.as_mut().unwrap();
    spec.host_network = Some(true);
    let why = read(&body("apps/v1", "Deployment", &hosted.encode_to_vec()), "Deployment").unwrap_err();
    let place = "Deployment.spec: DeploymentSpec.template: PodTemplateSpec.spec";
    assert_eq!(why, format!("{place}: field 11 of PodSpec is not read"));
    assert_eq!(read(b"{}", "Deployment"), Err("it does not begin with \"k8s\\0\"".to_owned()));
    assert_eq!(read(&body("v1", "Pod", b""), "Pod"), Err("a Pod is read as JSON only".to_owned()));
    let cut = body("apps/v1", "Deployment", &deployment().encode_to_vec());
    assert_eq!(read(&cut[..40], "Deployment"), Err("it ends in the middle of a field".to_owned()));
}
