use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    domain::{
        Meta, Role,
        sample::{self, World, ago},
    },
    systems::fixture,
};

fn route(name: &str, secs_ago: i64, body: Value) -> Object {
    let meta = Meta { created: ago(secs_ago), ..sample::meta(Kind::HTTP_ROUTE, name) };
    Object::Custom(Arc::new(Custom { meta, body }))
}

/// A route `app` of one rule that leads to `app-v1` and `app-v2`, with more in that rule.
fn app(more: &Value) -> Object {
    let mut rule = json!({"backendRefs": [{"name": "app-v1", "weight": 9}, {"name": "app-v2", "weight": 1}]});
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    route("app", 100, whole(&json!([rule])))
}

fn whole(rules: &Value) -> Value {
    json!({"spec": {"parentRefs": [{"name": "public"}], "hostnames": ["app.example"], "rules": rules}})
}

/// What bends the requests of two versions behind `app`, in words.
fn told(world: &World) -> Vec<String> {
    let mut rollout = fixture::rollout(&[(2, "app:2", 1, Role::New), (1, "app:1", 3, Role::Stable)]);
    rollout.at = sample::at(Kind::HTTP_ROUTE, "app");
    for (version, service) in rollout.versions.iter_mut().zip(["app-v2", "app-v1"]) {
        version.services = vec![service.into()];
    }
    let mut look = world;
    let (bends, _) = bends(&rollout, &mut look);
    bends.into_iter().map(|bend| format!("{:?} {:?} {}", bend.kind, bend.gain, bend.says)).collect()
}

#[test]
fn a_plain_route_bends_nothing() {
    assert!(told(&World::default().and(app(&json!({})))).is_empty());
}

#[test]
fn what_stands_in_a_rule_is_told() {
    let more = json!({
        "sessionPersistence": {"type": "Cookie"}, "retry": {"attempts": 2},
        "filters": [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "app-v2"}}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "elsewhere"}}}],
    });
    let says = [
        "Sticky [] rule 1 has sessionPersistence",
        "Retry [] rule 1 sends failed requests again",
        r#"Mirror ["app-v2"] rule 1 mirrors requests to Service app-v2"#,
    ];
    assert_eq!(told(&World::default().and(app(&more))), says);
}

#[test]
fn a_narrow_rule_and_another_route_are_other_ways() {
    let narrow = json!({"matches": [{"headers": [{"name": "x-canary", "value": "1"}]}],
        "backendRefs": [{"name": "app-v2"}]});
    let wide = json!({"backendRefs": [{"name": "app-v1"}, {"name": "app-v2"}]});
    let both = World::default().and(route("app", 100, whole(&json!([wide, narrow]))));
    let says = r#"OtherWay ["app-v2"] rule 2 sends what has the header x-canary to app-v2"#;
    assert_eq!(told(&both), [says]);
    let mut debug = whole(&json!([{"backendRefs": [{"name": "app-v2"}]}]));
    debug["spec"]["hostnames"] = json!(["debug.example"]);
    let beside = World::default().and(app(&json!({}))).and(route("debug", 500, debug));
    let says = r#"OtherWay ["app-v2"] httproute/debug sends requests to app-v2 too"#;
    assert_eq!(told(&beside), [says]);
}

#[test]
fn of_two_routes_that_match_the_same_the_older_wins() {
    let other = |secs_ago| {
        let rules = whole(&json!([{"backendRefs": [{"name": "other"}]}]));
        told(&World::default().and(app(&json!({}))).and(route("other", secs_ago, rules)))
    };
    assert_eq!(other(500), ["Shadow [] httproute/other is older and takes the same requests"]);
    assert!(other(50).is_empty());
}

#[test]
fn the_last_who_wrote_is_known_by_the_object() {
    let mut body = whole(&json!([]));
    body["metadata"] = json!({"managedFields": [
        {"manager": "kubectl", "time": "2026-11-21T03:08:00Z"}, {"manager": "flux", "time": "2026-11-21T03:09:00Z"},
        {"manager": "old"}]});
    let Object::Custom(route) = route("app", 100, body) else { unreachable!() };
    assert_eq!(written(&route), Some(Moment::from_secs(1_795_230_540)));
}
