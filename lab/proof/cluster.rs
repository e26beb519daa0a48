//! Forty minutes of a Service: what the samples are made of.

use rolldeck::{
    domain::{Moment, Sub},
    sim::{Objects, Resource, Traffic, prom::Tsdb},
};
use serde_json::{Value, json};

const START: i64 = 1_700_049_600;
const SECONDS: i64 = 2_400;

/// The store, and from when to when there are samples, in seconds.
pub(crate) fn day() -> (Tsdb, i64, i64) {
    let mut objects = Objects::new(7);
    let mut traffic = Traffic::new(7);
    let mut db = Tsdb::default();
    let begin = Moment::from_secs(START);
    create(&mut objects, Resource::Namespaces, json!({"metadata": {"name": "shop"}}), begin);
    for (service, load) in [("web", "500"), ("cart", "60")] {
        create(
            &mut objects,
            Resource::Services,
            json!({
                "metadata": {"name": service, "namespace": "shop", "annotations": {"rolldeck.sim/load": load}},
                "spec": {"selector": {"app": service}, "ports": [{"port": 80}]},
            }),
            begin,
        );
        create(
            &mut objects,
            Resource::Slices,
            json!({
                "metadata": {"name": service, "namespace": "shop", "labels": {"kubernetes.io/service-name": service}},
                "addressType": "IPv4", "endpoints": [], "ports": [],
            }),
            begin,
        );
    }
    for second in 0..SECONDS {
        let now = Moment::from_secs(START + second);
        script(&mut objects, second, now);
        traffic.step(&objects, now, &mut db);
    }
    (db, START, START + SECONDS)
}

/// What happens when.
fn script(objects: &mut Objects, second: i64, now: Moment) {
    match second {
        0 => {
            (0..6).for_each(|n| pod(objects, ("web", &format!("web-aaa-{n}"), "1"), now));
            (0..2).for_each(|n| pod(objects, ("cart", &format!("cart-ccc-{n}"), "1"), now));
        }
        // A roll, a pod every 20 s, to a version that hurts.
        600 | 620 | 640 | 660 => {
            let n = (second - 600) / 20;
            pod(objects, ("web", &format!("web-bbb-{n}"), "2-errors-latency"), now);
            objects.forget(Resource::Pods, "shop", &format!("web-aaa-{n}"), now);
        }
        900 | 1_500 => {
            for restarted in ["web-aaa-5", "web-bbb-0"] {
                let mut pod = objects.get(Resource::Pods, "shop", restarted).unwrap().clone();
                let count = &mut pod["status"]["containerStatuses"][0]["restartCount"];
                *count = json!(count.as_i64().unwrap() + 1);
                objects.replace((Resource::Pods, Sub::Status), pod, "proof", now).unwrap();
            }
        }
        // An outage of three minutes.
        1_200 => (0..2).for_each(|n| objects.forget(Resource::Pods, "shop", &format!("cart-ccc-{n}"), now)),
        1_380 => pod(objects, ("cart", "cart-ddd-0", "2"), now),
        _ => return,
    }
    for service in ["web", "cart"] {
        endpoints(objects, service, now);
    }
}

fn create(objects: &mut Objects, resource: Resource, object: Value, now: Moment) {
    let status = object["status"].clone();
    let mut made = objects.create(resource, object, "proof", now).unwrap();
    if status.is_object() {
        made["status"] = status;
        objects.replace((resource, Sub::Status), made, "proof", now).unwrap();
    }
}

fn pod(objects: &mut Objects, (service, name, tag): (&str, &str, &str), now: Moment) {
    create(
        objects,
        Resource::Pods,
        json!({
            "metadata": {"name": name, "namespace": "shop", "labels": {"app": service}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": format!("registry.example/{service}:{tag}")}]},
            "status": {"phase": "Running", "podIP": "10.0.0.1", "conditions": [],
                "containerStatuses": [{"name": "app", "restartCount": 0, "ready": true, "image": "", "imageID": "",
                    "state": {"running": {"startedAt": "2023-11-15T12:00:00Z"}}}]},
        }),
        now,
    );
}

fn endpoints(objects: &mut Objects, service: &str, now: Moment) {
    let pods = objects.list(Resource::Pods, Some("shop")).filter(|pod| pod["metadata"]["labels"]["app"] == service);
    let one = |pod: &Value| {
        json!({"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]},
            "conditions": {"ready": true, "serving": true, "terminating": false}})
    };
    let endpoints: Vec<Value> = pods.map(one).collect();
    let mut slice = objects.get(Resource::Slices, "shop", service).unwrap().clone();
    slice["endpoints"] = json!(endpoints);
    objects.replace((Resource::Slices, Sub::Main), slice, "proof", now).unwrap();
}
