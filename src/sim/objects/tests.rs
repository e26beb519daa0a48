//! The storage against what kube-apiserver 1.36 was seen to do.

use serde_json::{Value, json};

use super::*;

const NOW: Moment = Moment(1_700_000_000_000);

fn storage() -> Objects {
    let mut objects = Objects::new(1);
    objects.create(Resource::Namespaces, json!({"metadata": {"name": "shop"}}), "kubectl", NOW).unwrap();
    objects
}

fn web() -> Value {
    json!({"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}, "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "web:1"}]}},
    }})
}

fn refused(object: Value) -> String {
    storage().create(Resource::Deployments, object, "kubectl", NOW).unwrap_err().message
}

#[test]
fn what_was_left_out_is_filled_in() {
    let made = storage().create(Resource::Deployments, web(), "kubectl", NOW).unwrap();
    let pod = &made["spec"]["template"]["spec"];
    assert_eq!(made["spec"]["strategy"]["rollingUpdate"], json!({"maxSurge": "25%", "maxUnavailable": "25%"}));
    assert_eq!(made["spec"]["progressDeadlineSeconds"], 600);
    assert_eq!(pod["containers"][0]["imagePullPolicy"], "IfNotPresent");
    assert_eq!(pod["terminationGracePeriodSeconds"], 30);
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(made["metadata"]["creationTimestamp"], "2023-11-14T22:13:20Z");
}

#[test]
fn a_recreate_may_say_that_it_has_no_rolling_update() {
    let mut object = web();
    object["spec"]["strategy"] = json!({"type": "Recreate", "rollingUpdate": null});
    let made = storage().create(Resource::Deployments, object, "kubectl", NOW).unwrap();
    assert_eq!(made["spec"]["strategy"], json!({"type": "Recreate"}));
}

#[test]
fn the_generation_rises_with_the_spec_and_with_annotations_only() {
    let mut objects = storage();
    let mut object = objects.create(Resource::Deployments, web(), "kubectl", NOW).unwrap();
    let mut put =
        |object: &Value, sub| objects.replace((Resource::Deployments, sub), object.clone(), "me", NOW).unwrap();
    object["metadata"]["labels"]["x"] = json!("y");
    object = put(&object, Sub::Main);
    assert_eq!(object["metadata"]["generation"], 1);
    object["spec"]["replicas"] = json!(3);
    object["status"] = json!({"replicas": 99});
    object = put(&object, Sub::Main);
    assert_eq!((&object["metadata"]["generation"], &object["status"]), (&json!(2), &json!({})));
    object["metadata"]["annotations"] = json!({"a": "b"});
    object = put(&object, Sub::Main);
    assert_eq!(object["metadata"]["generation"], 3);
    object["spec"]["replicas"] = json!(9);
    object["status"] = json!({"replicas": 3});
    object["metadata"]["annotations"] = json!({"a": "c"});
    object = put(&object, Sub::Status);
    assert_eq!((&object["metadata"]["generation"], &object["spec"]["replicas"]), (&json!(3), &json!(3)));
    assert_eq!(object["metadata"]["annotations"], json!({"a": "c"}));
}

#[test]
fn a_write_that_changes_nothing_is_not_told() {
    let mut objects = storage();
    let object = objects.create(Resource::Deployments, web(), "kubectl", NOW).unwrap();
    let version = objects.version();
    objects.replace((Resource::Deployments, Sub::Main), object, "me", NOW).unwrap();
    assert_eq!(objects.version(), version);
}

#[test]
fn scale_takes_and_gives_a_scale() {
    let mut objects = storage();
    objects.create(Resource::Deployments, web(), "kubectl", NOW).unwrap();
    let scale = |n: i64| json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": n}});
    let door = (Resource::Deployments, Sub::Scale);
    let made = objects.replace(door, scale(0), "kube-controller-manager", NOW).unwrap();
    assert_eq!((&made["kind"], &made["spec"]), (&json!("Scale"), &json!({})));
    let stored = objects.get(Resource::Deployments, "shop", "web").unwrap();
    let entry = &stored["metadata"]["managedFields"][1];
    assert_eq!((&entry["subresource"], entry.get("time")), (&json!("scale"), None));
    let refused = objects.replace(door, scale(-2), "me", NOW).unwrap_err();
    let why = "spec.replicas: Invalid value: -2: must be greater than or equal to 0";
    assert_eq!(refused.message, format!("Scale.autoscaling \"web\" is invalid: {why}"));
}

#[test]
fn the_usual_mistakes_are_refused_in_the_real_words() {
    let mut other = web();
    other["spec"]["template"]["metadata"]["labels"]["app"] = json!("y");
    assert_eq!(
        refused(other),
        "Deployment.apps \"web\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"y\"}: `selector` does \
         not match template `labels`"
    );
    let mut many = web();
    many["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}});
    many["spec"]["minReadySeconds"] = json!(700);
    assert_eq!(
        refused(many),
        "Deployment.apps \"web\" is invalid: [spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when \
         `maxSurge` is 0, spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds]"
    );
    let mut objects = storage();
    let mut object = objects.create(Resource::Deployments, web(), "kubectl", NOW).unwrap();
    assert_eq!(
        objects.create(Resource::Deployments, web(), "k", NOW).unwrap_err().message,
        "deployments.apps \"web\" already exists"
    );
    object["spec"]["selector"] = json!({"matchLabels": {"app": "z"}});
    object["spec"]["template"]["metadata"]["labels"]["app"] = json!("z");
    let door = (Resource::Deployments, Sub::Main);
    assert_eq!(
        objects.replace(door, object.clone(), "me", NOW).unwrap_err().message,
        "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"z\"}}: field is immutable"
    );
    object["metadata"]["resourceVersion"] = json!("1");
    assert_eq!(objects.replace(door, object, "me", NOW).unwrap_err().code, 409);
}

#[test]
fn a_quota_refuses_one_pod_too_many() {
    let mut objects = storage();
    let quota = json!({"metadata": {"name": "q", "namespace": "shop"}, "spec": {"hard": {"pods": "1", "requests.memory": "1Gi"}}});
    objects.create(Resource::Quotas, quota, "kubectl", NOW).unwrap();
    let pod = |name: &str, resources: Value| {
        json!({"metadata": {"name": name, "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": "a", "resources": resources}]}})
    };
    let asks = json!({"requests": {"memory": "600Mi"}});
    let none = objects.create(Resource::Pods, pod("p", json!({})), "me", NOW).unwrap_err();
    assert_eq!(none.message, "pods \"p\" is forbidden: failed quota: q: must specify requests.memory for: app");
    objects.create(Resource::Pods, pod("p1", asks.clone()), "me", NOW).unwrap();
    assert_eq!(
        objects.create(Resource::Pods, pod("p2", asks), "me", NOW).unwrap_err().message,
        "pods \"p2\" is forbidden: exceeded quota: q, requested: pods=1,requests.memory=600Mi, used: pods=1,requests.memory=600Mi, \
         limited: pods=1,requests.memory=1Gi"
    );
}

#[test]
fn a_pod_with_a_node_stays_until_it_is_forgotten() {
    let mut objects = storage();
    let pod = json!({"metadata": {"generateName": "web-", "namespace": "shop"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "a"}]}});
    let name = text(&objects.create(Resource::Pods, pod, "me", NOW).unwrap(), "/metadata/name").to_owned();
    let at = (Resource::Pods, "shop", name.as_str());
    let going = objects.delete(at, None, NOW).unwrap();
    assert_eq!(going["metadata"]["deletionTimestamp"], "2023-11-14T22:13:50Z");
    assert_eq!(objects.delete(at, Some(60), NOW).unwrap(), going);
    objects.delete(at, Some(0), NOW).unwrap();
    assert!(objects.get(at.0, at.1, at.2).is_none());
    let last = objects.since(objects.version() - 1).unwrap().last().unwrap();
    assert_eq!((last.happened, text(&last.object, "/metadata/resourceVersion")), (Happened::Deleted, "4"));
}

#[test]
fn what_changed_long_ago_is_gone() {
    let mut objects = storage();
    for n in 0..5_000 {
        let map = json!({"metadata": {"name": format!("c{n}"), "namespace": "shop"}});
        objects.create(Resource::ConfigMaps, map, "me", NOW).unwrap();
    }
    let (version, code) = (objects.version(), objects.since(1).err().map(|refusal| refusal.code));
    assert_eq!(code, Some(410));
    assert_eq!(objects.since(version - 3).unwrap().count(), 3);
    assert_eq!(objects.since(version).unwrap().count(), 0);
}
