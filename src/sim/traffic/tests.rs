//! A Service, some pods, and what their clients and a Prometheus see of them.

mod router;
mod world;

use serde_json::{Value, json};

use super::*;
use crate::{
    domain::Sub,
    sim::{
        Resource,
        objects::json::stamp,
        prom::{BOUND, answer},
    },
};

/// Noon, when the wave is where it begins: at the load itself.
const NOON: i64 = 1_700_049_600;

struct Stage {
    objects: Objects,
    traffic: Traffic,
    db: Tsdb,
    now: i64,
}

impl Stage {
    fn new(load: &str, pods: &[(&str, &str)]) -> Self {
        let mut stage = Self { objects: Objects::new(1), traffic: Traffic::new(1), db: Tsdb::default(), now: NOON };
        stage.create(Resource::Namespaces, json!({"metadata": {"name": "shop"}}));
        let annotations = json!({"rolldeck.sim/load": load});
        stage.create(
            Resource::Services,
            json!({
                "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
                "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
            }),
        );
        stage.create(
            Resource::Slices,
            json!({
                "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
                "addressType": "IPv4", "endpoints": [], "ports": [],
            }),
        );
        for (name, tag) in pods {
            stage.add(name, tag, &json!({}));
        }
        stage.endpoints(&pods.iter().map(|(name, _)| (*name, true)).collect::<Vec<_>>());
        stage
    }

    fn at(&self) -> Moment {
        Moment::from_secs(self.now)
    }

    /// Its status goes through the door of the status.
    fn create(&mut self, resource: Resource, object: Value) {
        let now = self.at();
        let status = object["status"].clone();
        let mut made = self.objects.create(resource, object, "test", now).unwrap();
        if status.is_object() {
            made["status"] = status;
            self.objects.replace((resource, Sub::Status), made, "test", now).unwrap();
        }
    }

    /// A running pod, ready for a minute; `more` goes into its only container.
    fn add(&mut self, name: &str, tag: &str, more: &Value) {
        let mut container = json!({"name": "app", "image": format!("reg/web:{tag}"),
            "resources": {"requests": {"cpu": "200m"}}});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let since = stamp(Moment::from_secs(self.now - 60));
        self.create(Resource::Pods, json!({
            "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web", "pod-template-hash": "abc"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-abc", "uid": "u"}]},
            "spec": {"nodeName": "node-1", "containers": [container]},
            "status": {"phase": "Running", "podIP": "10.0.0.1",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}],
                "containerStatuses": [{"name": "app", "restartCount": 0, "ready": true, "image": "", "imageID": "",
                    "state": {"running": {"startedAt": since}}}]},
        }));
    }

    /// The endpoints: pods, and whether they are ready; those that are not end.
    fn endpoints(&mut self, pods: &[(&str, bool)]) {
        let one = |(pod, ready): &(&str, bool)| {
            json!({"addresses": ["10.0.0.1"], "targetRef": {"kind": "Pod", "name": pod},
                "conditions": {"ready": ready, "serving": true, "terminating": !ready}})
        };
        let endpoints: Vec<Value> = pods.iter().map(one).collect();
        self.change(Resource::Slices, "web-1", Sub::Main, |slice| slice["endpoints"] = json!(endpoints));
    }

    fn change(&mut self, resource: Resource, name: &str, sub: Sub, how: impl Fn(&mut Value)) {
        let mut object = self.objects.get(resource, "shop", name).unwrap().clone();
        how(&mut object);
        let now = self.at();
        self.objects.replace((resource, sub), object, "test", now).unwrap();
    }

    fn run(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += 1;
            let now = self.at();
            self.traffic.step(&self.objects, now, &mut self.db);
        }
    }

    fn ask(&self, query: &str) -> Vec<Value> {
        let query: String = query.bytes().fold("query=".into(), |all, byte| all + &format!("%{byte:02X}"));
        let (code, body) = answer(&self.db, "/api/v1/query", &query, b"", self.at());
        assert_eq!(code, 200, "{body}");
        body["data"]["result"].as_array().unwrap().clone()
    }

    /// The only value of a query; NaN when there is none.
    fn one(&self, query: &str) -> f64 {
        let rows = self.ask(query);
        assert!(rows.len() < 2, "{query}: {rows:?}");
        rows.first().map_or(f64::NAN, |row| row["value"][1].as_str().unwrap().parse().unwrap())
    }
}

const ERRORS: &str = r#"sum(rate(ingress_requests_total{code=~"5.."}[1m])) / sum(rate(ingress_requests_total[1m]))"#;
const TAIL: &str = "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))";

#[test]
fn healthy_pods_share_the_load() {
    let mut stage = Stage::new("300", &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]);
    stage.run(180);
    let total = stage.one("sum(rate(http_requests_total[1m]))");
    assert!((270.0..330.0).contains(&total), "{total}");
    for pod in stage.ask("sum by (pod) (rate(http_requests_total[1m])) / 75") {
        let share: f64 = pod["value"][1].as_str().unwrap().parse().unwrap();
        assert!((0.8..1.2).contains(&share), "{pod}");
    }
    assert!(stage.one(ERRORS) < 0.003);
    let (p50, p99) = (stage.one(&TAIL.replace("0.99", "0.5")), stage.one(TAIL));
    assert!((0.011..0.013).contains(&p50) && (0.042..0.056).contains(&p99), "{p50} {p99}");
    assert_eq!(stage.ask("up == 1").len(), 4);
    let seen = stage.one("sum(rate(http_request_duration_seconds_count[1m]))");
    assert!((seen - total).abs() < 1.0, "{seen} {total}");
    let load = stage.traffic.load()[&("shop".into(), "web".into())];
    assert!((44.0..56.0).contains(&load), "{load}");
}

#[test]
fn the_tag_decides_what_hurts() {
    let mut stage = Stage::new("200", &[("a", "2-latency"), ("b", "2-errors")]);
    stage.run(180);
    let of = |query: &str, pod: &str| query.replace("[1m]", &format!("{{pod='{pod}'}}[1m]"));
    let (slow, quick) = (stage.one(&of(TAIL, "a")), stage.one(&of(TAIL, "b")));
    assert!((2.1..3.0).contains(&(slow / quick)), "{slow} {quick}");
    let bad = |pod: &str| {
        stage.one(&format!(
        "sum(rate(http_requests_total{{pod='{pod}',code='500'}}[2m])) / sum(rate(http_requests_total{{pod='{pod}'}}[2m]))"
    ))
    };
    assert!((0.03..0.05).contains(&bad("b")), "{}", bad("b"));
    assert!(bad("a").is_nan() || bad("a") < 0.005, "{}", bad("a"));
}

#[test]
fn too_few_pods_queue_and_then_refuse() {
    let mut stage = Stage::new("140", &[("a", "1")]);
    stage.run(120);
    let near = stage.one(TAIL);
    assert!(near > 0.15, "{near}");
    stage.change(Resource::Services, "web", Sub::Main, |web| {
        web["metadata"]["annotations"]["rolldeck.sim/load"] = json!("300");
    });
    stage.run(120);
    let (shed, done) = (stage.one(ERRORS), stage.one("sum(rate(http_requests_total{code='200'}[1m]))"));
    assert!((0.4..0.6).contains(&shed) && (145.0..151.0).contains(&done), "{shed} {done}");
}

#[test]
fn a_pod_that_ends_without_a_hook_costs_errors_and_one_with_a_hook_none() {
    for (hook, costs) in [(json!({}), true), (json!({"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}), false)] {
        let mut stage = Stage::new("400", &[("a", "1"), ("b", "1"), ("c", "1")]);
        stage.add("d", "1", &hook);
        let all = [("a", true), ("b", true), ("c", true)];
        stage.endpoints(&[all.as_slice(), &[("d", true)]].concat());
        stage.run(120);
        stage.endpoints(&[all.as_slice(), &[("d", false)]].concat());
        stage.run(6);
        let refused = stage.one("sum(increase(ingress_requests_total{code=~'502|503'}[1m])) or vector(0)");
        assert_eq!(refused > 0.0, costs, "{refused}");
        let after = stage.one("sum(ingress_requests_total{code=~'502|503'}) or vector(0)");
        assert_eq!(after > 60.0 && after < 250.0, costs, "{after}");
        stage.run(10);
        let later = stage.one("sum(ingress_requests_total{code=~'502|503'}) or vector(0)");
        assert!((later - after).abs() < 0.5, "{later} {after}");
    }
}

#[test]
fn without_an_endpoint_only_the_ingress_knows() {
    let mut stage = Stage::new("100", &[]);
    stage.run(120);
    assert_eq!(stage.ask(&format!("{ERRORS} == 1")).len(), 1);
    assert!(stage.ask("http_requests_total").is_empty());
    let counted = stage.ask("ingress_requests_total > 0");
    assert_eq!(counted.len(), 1);
    assert_eq!(counted[0]["metric"]["code"], "503");
}

#[test]
fn a_restart_resets_its_counters_and_a_gone_pod_its_series() {
    let mut stage = Stage::new("100", &[("a", "1"), ("b", "1")]);
    stage.run(100);
    let before = stage.one("http_requests_total{pod='a',code='200'}");
    stage.change(Resource::Pods, "a", Sub::Status, |pod| {
        pod["status"]["containerStatuses"][0]["restartCount"] = json!(1);
    });
    stage.run(20);
    let after = stage.one("http_requests_total{pod='a',code='200'}");
    assert!(after < before && after > 0.0, "{before} {after}");
    let rate = stage.one("rate(http_requests_total{pod='a',code='200'}[1m])");
    assert!((30.0..70.0).contains(&rate), "{rate}");

    let now = stage.at();
    stage.objects.forget(Resource::Pods, "shop", "a", now);
    stage.endpoints(&[("b", true)]);
    stage.run(1);
    assert!(stage.ask("{pod='a'}").is_empty());
    assert!(stage.one("sum(increase(http_requests_total{pod='a'}[1m]))") > 0.0, "its history stays");
}

#[test]
fn a_container_that_does_not_run_is_down() {
    let mut stage = Stage::new("100", &[("a", "1"), ("b", "1")]);
    stage.run(30);
    stage.change(Resource::Pods, "a", Sub::Status, |pod| {
        pod["status"]["containerStatuses"][0]["state"] = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    });
    stage.run(6);
    assert_eq!(stage.ask("up{pod='a'} == 0").len(), 1);
    assert!(stage.ask("http_requests_total{pod='a'}").is_empty());
    assert!(stage.ask("container_memory_working_set_bytes{pod='a'}").is_empty());
    // It is still an endpoint: what it gets is refused.
    assert!(stage.one(ERRORS) > 0.0);
}

#[test]
fn the_same_seed_gives_the_same_samples() {
    let samples = || {
        let mut stage = Stage::new("300", &[("a", "1"), ("b", "2-errors")]);
        stage.run(120);
        let all = stage.db.select(&[]).into_iter();
        all.map(|series| (series.labels().to_string(), format!("{:?}", series.samples(0, i64::MAX))))
            .collect::<Vec<_>>()
    };
    assert_eq!(samples(), samples());
}

#[test]
fn what_is_kept_of_many_pods_fits_into_the_bound() {
    let names: Vec<String> = (0..10).map(|n| format!("web-{n}")).collect();
    let pods: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let mut stage = Stage::new("600", &pods);
    let warm = 300;
    stage.run(warm);
    let before = stage.db.size();
    stage.run(600);
    // Ten minutes of ten pods, as an hour of 150.
    let hour = (stage.db.size() - before) * 6 * 15;
    assert!(hour < 64 << 20, "an hour of 150 pods: {hour} bytes");
    assert!(hour * 4 < BOUND, "four hours are kept");
}
