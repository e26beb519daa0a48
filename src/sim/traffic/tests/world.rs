//! Traffic in a world with controllers: a release that hurts is seen in the samples of its own pods.

use serde_json::{Value, json};

use super::super::{Traffic, Tsdb};
use crate::{
    domain::{Moment, Sub},
    sim::{Resource, World, prom::answer},
};

const START: i64 = 1_700_049_600;

fn ask(db: &Tsdb, at: Moment, query: &str) -> Vec<(String, f64)> {
    let query: String = query.bytes().fold("query=".into(), |all, byte| all + &format!("%{byte:02X}"));
    let (code, body) = answer(db, "/api/v1/query", &query, b"", at);
    assert_eq!(code, 200, "{body}");
    let row = |row: &Value| (row["metric"].to_string(), row["value"][1].as_str().unwrap().parse().unwrap());
    body["data"]["result"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_bad_release_is_seen_by_version_and_drains_badly_without_a_hook() {
    let mut world = World::new(3, Moment::from_secs(START));
    world.add_nodes(3);
    let mut make = |resource, object: Value| {
        let now = world.now();
        world.objects.create(resource, object, "test", now).unwrap();
    };
    make(Resource::Namespaces, json!({"metadata": {"name": "shop"}}));
    make(
        Resource::Services,
        json!({
            "metadata": {"name": "web", "namespace": "shop", "annotations": {"rolldeck.sim/load": "300"}},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
        }),
    );
    make(
        Resource::Deployments,
        json!({
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "reg/web:1",
                    "resources": {"requests": {"cpu": "200m"}}}]}}},
        }),
    );
    let (mut traffic, mut db) = (Traffic::new(3), Tsdb::default());
    traffic.run_to(&mut world, Moment::from_secs(START + 120), &mut db);
    let failed = "sum(increase(ingress_requests_total{code=~'502|503'}[1m]))";
    assert!(ask(&db, world.now(), failed).iter().all(|(_, count)| *count < 1.0));
    let load = traffic.load().get(&("shop".into(), "web".into())).copied();
    assert!(load.is_some_and(|load| (35.0..70.0).contains(&load)), "{load:?}");
    assert_eq!(world.load, traffic.load());

    let mut deployment = world.objects.get(Resource::Deployments, "shop", "web").unwrap().clone();
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = json!("reg/web:2-errors");
    let now = world.now();
    world.objects.replace((Resource::Deployments, Sub::Main), deployment, "test", now).unwrap();
    traffic.run_to(&mut world, Moment::from_secs(START + 150), &mut db);
    assert!(ask(&db, world.now(), failed).iter().all(|(_, count)| *count > 20.0), "refused while draining");
    traffic.run_to(&mut world, Moment::from_secs(START + 300), &mut db);

    let share = "sum by (rs) (label_replace(rate(http_requests_total{code='500'}[2m]), 'rs', '$1', 'pod', '(.*)-[^-]+')) \
                 / sum by (rs) (label_replace(rate(http_requests_total[2m]), 'rs', '$1', 'pod', '(.*)-[^-]+'))";
    let now = ask(&db, world.now(), share);
    assert!(now.len() == 1 && (0.03..0.05).contains(&now[0].1), "{now:?}");
    assert_eq!(ask(&db, world.now(), "up").len(), 4);
}
