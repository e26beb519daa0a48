//! A route with two Services behind it, in a world with controllers.

use serde_json::json;

use super::{super::*, NOON};
use crate::{
    domain::Sub,
    sim::{Resource, prom::answer},
};

const START: Moment = Moment::from_secs(NOON);

/// A world with a route of 200 requests a second to `one` and `two`, and Deployments of these tags behind them.
struct Stage {
    world: World,
    traffic: Traffic,
    db: Tsdb,
}

impl Stage {
    fn new(weights: [i64; 2], tags: &[(&str, &str)]) -> Self {
        let mut world = World::new(3, START);
        world.add_nodes(3);
        world.objects.define(Resource::HttpRoutes);
        let mut make = |resource, object| drop(world.objects.create(resource, object, "test", START).unwrap());
        make(Resource::Namespaces, json!({"metadata": {"name": "shop"}}));
        for (name, tag) in tags {
            let labels = json!({"app": name});
            let pod = json!({"metadata": {"labels": labels}, "spec": {"containers": [
                {"name": "app", "image": format!("reg/{name}:{tag}")}]}});
            make(
                Resource::Services,
                json!({
                    "metadata": {"name": name, "namespace": "shop"},
                    "spec": {"selector": labels, "ports": [{"port": 80}]},
                }),
            );
            make(
                Resource::Deployments,
                json!({
                    "metadata": {"name": name, "namespace": "shop"},
                    "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": pod},
                }),
            );
        }
        let [one, two] = weights;
        let narrow = json!({"matches": [{"headers": [{"name": "x-team", "value": "a"}]}], "backendRefs": [
            {"name": "two", "port": 80}]});
        let wide = json!({"backendRefs": [
            {"name": "one", "port": 80, "weight": one}, {"name": "two", "port": 80, "weight": two}]});
        make(
            Resource::HttpRoutes,
            json!({
                "metadata": {"name": "app", "namespace": "shop", "annotations": {"rolldeck.sim/load": "200"}},
                "spec": {"parentRefs": [{"name": "public"}], "rules": [narrow, wide]},
            }),
        );
        Self { world, traffic: Traffic::new(3), db: Tsdb::default() }
    }

    fn run(&mut self, milliseconds: i64) {
        let to = self.world.now().shifted(milliseconds);
        self.traffic.run_to(&mut self.world, to, &mut self.db);
    }

    fn edit(&mut self, resource: Resource, name: &str, edit: impl FnOnce(&mut serde_json::Value)) {
        let mut object = self.world.objects.get(resource, "shop", name).unwrap().clone();
        edit(&mut object);
        self.world.objects.replace((resource, Sub::Main), object, "test", self.world.now()).unwrap();
    }

    /// The only value of a query; 0 if there is none.
    fn one(&self, query: &str) -> f64 {
        let coded: String = query.bytes().fold("query=".into(), |all, byte| all + &format!("%{byte:02X}"));
        let (_, body) = answer(&self.db, "/api/v1/query", &coded, b"", self.world.now());
        let rows = body["data"]["result"].as_array().unwrap();
        assert!(rows.len() < 2, "{query}: {rows:?}");
        rows.first().map_or(0.0, |row| row["value"][1].as_str().unwrap().parse().unwrap())
    }

    /// Requests a second that the router counts, of a Service and with codes.
    fn rate(&self, service: &str, codes: &str) -> f64 {
        self.one(&format!(
            "sum(rate(traefik_service_requests_total{{service='shop-{service}-http-80@kubernetesgateway',\
             code=~'{codes}',method='GET',protocol='http'}}[1m]))"
        ))
    }
}

fn near(is: f64, wanted: f64) {
    assert!((is - wanted).abs() <= 0.2 * wanted, "{is}, not {wanted}");
}

#[test]
fn a_route_shares_its_load_by_weight_and_the_router_counts_what_the_pods_count() {
    let mut stage = Stage::new([8, 2], &[("one", "1"), ("two", "2-errors-latency")]);
    stage.run(180_000);
    near(stage.rate("one", ".*"), 160.0);
    near(stage.rate("two", ".*"), 40.0);
    near(stage.rate("two", "5..") / stage.rate("two", ".*"), 0.04);
    near(stage.one("sum(rate(http_requests_total{service='two'}[1m]))"), stage.rate("two", ".*"));
    let tail = |of: &str| stage.one(&format!("histogram_quantile(0.99, sum by (le) (rate({of}[1m])))"));
    let router = tail("traefik_service_request_duration_seconds_bucket{service=~'shop-two-.*'}");
    near(router, tail("http_request_duration_seconds_bucket{service='two'}"));
    let counted = "sum(rate(traefik_service_request_duration_seconds_count[1m]))";
    near(stage.one(counted), stage.one("sum(rate(traefik_service_requests_total[1m]))"));
    near(stage.one("count(ingress_requests_total)"), 0.0);
}

#[test]
fn a_weight_counts_once_the_router_has_taken_it() {
    let mut stage = Stage::new([9, 1], &[("one", "1"), ("two", "1")]);
    stage.run(120_000);
    let weights = |stage: &Stage| -> Vec<f64> {
        let gate = &stage.traffic.scene.gates[&("shop".to_owned(), "app".to_owned())];
        gate.backends.iter().map(|backend| backend.weight).collect()
    };
    stage.edit(Resource::HttpRoutes, "app", |app| app["spec"]["rules"][1]["backendRefs"][1]["weight"] = json!(9));
    stage.run(500);
    assert_eq!(weights(&stage), [9.0, 1.0]);
    stage.run(1_500);
    assert_eq!(weights(&stage), [9.0, 9.0]);
    stage.run(70_000);
    near(stage.rate("two", ".*"), 100.0);
}

#[test]
fn a_backend_that_is_not_there_is_answered_500_and_one_without_pods_503() {
    let mut stage = Stage::new([3, 1], &[("one", "1")]);
    stage.run(120_000);
    near(stage.rate("one", "200"), 150.0);
    near(stage.rate("two", "500"), 50.0);
    stage.edit(Resource::Deployments, "one", |one| one["spec"]["replicas"] = json!(0));
    stage.run(120_000);
    near(stage.rate("one", "503"), 150.0);
}
