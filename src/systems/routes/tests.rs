use std::sync::Arc;

use serde_json::{Value, json};

use super::{shift::standing, *};
use crate::{
    domain::{
        Args, Deployment, Draft, Intent, Meta, Percent, Phase, Rollout, Service, Standing, Verb, Why,
        sample::{self, NOW, World, ago, labels},
    },
    systems::{Ask, Side, fixture},
};

/// Deployment `app-vN` with that many available pods; newer ones have higher numbers.
fn workload(version: i64, available: i32) -> Deployment {
    let name = format!("app-v{version}");
    let mut whole = sample::deployment("app:1", available.max(1));
    whole.meta = Meta { created: ago(10_000 - version), ..sample::meta(Kind::DEPLOYMENT, &name) };
    whole.template.labels = labels(&[("app", "app"), ("version", &format!("v{version}"))]);
    whole.available = available;
    whole
}

fn service(name: &str, selector: &[(&str, &str)]) -> Object {
    Object::Service(Arc::new(Service {
        meta: sample::meta(Kind::SERVICE, name),
        selector: labels(selector),
        ports: Box::default(),
        is_sticky: false,
    }))
}

/// Two workloads, each behind a Service of its name.
fn pair() -> World {
    World::default()
        .and(workload(1, 3))
        .and(workload(2, 1))
        .and(service("app-v1", &[("version", "v1")]))
        .and(service("app-v2", &[("version", "v2")]))
}

fn route(kind: Kind, body: &Value) -> Object {
    let meta = Meta { generation: 3, ..sample::meta(kind, "app") };
    Object::Custom(Arc::new(Custom { meta, body: body.clone() }))
}

fn backends(weights: &[(&str, Option<u64>)]) -> Value {
    let backend = |(name, weight): &(&str, Option<u64>)| match weight {
        Some(weight) => json!({"name": name, "port": 80, "weight": weight}),
        None => json!({"name": name, "port": 80}),
    };
    weights.iter().map(backend).collect()
}

/// An `HTTPRoute` of one rule that Traefik took.
fn http(weights: &[(&str, Option<u64>)]) -> Value {
    rules(&json!([{"matches": [{"path": {"value": "/"}}], "backendRefs": backends(weights)}]), 3)
}

fn rules(rules: &Value, observed: i64) -> Value {
    let condition =
        |name: &str| json!({"type": name, "status": "True", "reason": name, "observedGeneration": observed});
    json!({
        "metadata": {"name": "app", "namespace": "shop", "uid": "app", "generation": 3},
        "spec": {"rules": rules},
        "status": {"parents": [{"controllerName": "traefik.io/gateway-controller",
            "conditions": [condition("Accepted"), condition("ResolvedRefs")]}]},
    })
}

fn claims(router: &ListRouter, world: &World) -> Vec<Claim> {
    let mut look = world;
    router.claim(&"lab".into(), &"shop".into(), &mut look)
}

fn tell(router: &ListRouter, world: &World) -> Reading {
    let claims = claims(router, world);
    assert_eq!(claims.len(), 1);
    let mut look = world;
    router.read(&claims[0], &mut look, NOW).unwrap()
}

/// `app-v1 current 90 %`.
fn sides(reading: &Reading) -> Vec<String> {
    let share = |side: &Side| side.split.wanted.map_or("?".to_owned(), |share| state::percent(share.0).to_string());
    reading.versions.iter().map(|side| format!("{} {} {}", side.body.name, side.role.word(), share(side))).collect()
}

fn taken(body: &Value) -> Reading {
    tell(&HTTP_ROUTE, &pair().and(route(Kind::HTTP_ROUTE, body)))
}

#[test]
fn a_route_that_shares_traffic_between_workloads_is_a_rollout_of_them() {
    let reading = taken(&http(&[("app-v1", Some(90)), ("app-v2", Some(10))]));
    assert_eq!(sides(&reading), ["app-v2 new 10 %", "app-v1 current 90 %"]);
    assert_eq!((reading.phase, &*reading.says), (Phase::Progressing, "90 % to app-v1, 10 % to app-v2"));
    let says = "httproute \"app\": 90 % to app-v1, 10 % to app-v2; accepted by traefik.io/gateway-controller";
    assert_eq!((reading.status.standing, &*reading.status.says), (Standing::Done, says));
    assert_eq!((reading.generation, reading.observed), (3, 3));
}

#[test]
fn a_route_to_one_workload_is_no_rollout() {
    for weights in [&[("app-v1", None)][..], &[("app-v1", Some(1)), ("nobody", Some(1))], &[]] {
        let world = pair().and(route(Kind::HTTP_ROUTE, &http(weights)));
        assert_eq!(claims(&HTTP_ROUTE, &world), [], "{weights:?}");
    }
}

#[test]
fn weights_are_relative_and_an_absent_one_is_1() {
    assert_eq!(
        sides(&taken(&http(&[("app-v1", Some(3)), ("app-v2", None)]))),
        ["app-v2 new 25 %", "app-v1 current 75 %"]
    );
    let none = taken(&http(&[("app-v1", Some(0)), ("app-v2", Some(0))]));
    assert_eq!(&*none.says, "all weights are 0: nobody gets anything");
}

#[test]
fn what_has_all_serves_and_what_came_before_it_is_old() {
    let reading = taken(&http(&[("app-v1", Some(0)), ("app-v2", Some(100))]));
    assert_eq!(sides(&reading), ["app-v2 current 100 %", "app-v1 old 0 %"]);
    assert_eq!((reading.phase, &*reading.says), (Phase::Healthy, "100 % to app-v2"));
}

#[test]
fn names_tell_the_newer_of_two_that_were_made_at_once() {
    let at_once = |version| {
        let mut one = workload(version, 1);
        one.meta.created = ago(60);
        one
    };
    let told = |old, new| {
        let body = http(&[("app-v9", Some(old)), ("app-v10", Some(new))]);
        let world = World::default()
            .and(at_once(9))
            .and(at_once(10))
            .and(service("app-v9", &[("version", "v9")]))
            .and(service("app-v10", &[("version", "v10")]))
            .and(route(Kind::HTTP_ROUTE, &body));
        sides(&tell(&HTTP_ROUTE, &world))
    };
    assert_eq!(told(90, 10), ["app-v10 new 10 %", "app-v9 current 90 %"]);
    assert_eq!(told(50, 50), ["app-v10 new 50 %", "app-v9 current 50 %"]);
    assert_eq!(told(10, 90), ["app-v10 new 90 %", "app-v9 current 10 %"], "until it has all");
    assert_eq!(told(0, 100), ["app-v10 current 100 %", "app-v9 old 0 %"]);
}

#[test]
fn a_share_for_nobody_is_said() {
    let world = World::default()
        .and(workload(1, 3))
        .and(workload(2, 0))
        .and(service("app-v1", &[("version", "v1")]))
        .and(service("app-v2", &[("version", "v2")]))
        .and(route(Kind::HTTP_ROUTE, &http(&[("app-v1", Some(90)), ("app-v2", Some(10))])));
    let reading = tell(&HTTP_ROUTE, &world);
    let says = "10 % of the traffic goes to app-v2, which has no available pod";
    assert_eq!((reading.phase, &*reading.says), (Phase::Degraded, says));
    assert_eq!(reading.status.standing, Standing::Waiting);
}

#[test]
fn what_the_router_says_decides_whether_weights_count() {
    let seen = |change: &dyn Fn(&mut Value)| {
        let mut body = http(&[("app-v1", Some(90)), ("app-v2", Some(10))]);
        change(&mut body);
        let reading = taken(&body);
        let routed = reading.versions.iter().all(|side| side.split.routed.is_some());
        (reading.phase, reading.status.standing, routed)
    };
    let condition = |body: &mut Value, index: usize, key: &str, value: Value| {
        body["status"]["parents"][0]["conditions"][index][key] = value;
    };
    assert_eq!(seen(&|_| ()), (Phase::Progressing, Standing::Done, true));
    let behind = seen(&|body| condition(body, 0, "observedGeneration", json!(2)));
    assert_eq!(behind, (Phase::Progressing, Standing::Waiting, false));
    let says = taken(&rules(&http(&[("app-v1", Some(90)), ("app-v2", Some(10))])["spec"]["rules"], 2)).says;
    assert_eq!(&*says, "90 % to app-v1, 10 % to app-v2; the router has not seen it yet (2 of 3 changes)");
    let refused = seen(&|body| condition(body, 0, "status", json!("False")));
    assert_eq!(refused, (Phase::Stuck, Standing::Failed, false));
    let broken = seen(&|body| condition(body, 1, "status", json!("False")));
    assert_eq!(broken, (Phase::Degraded, Standing::Failed, false));
    let nobody = seen(&|body| body["status"] = json!({}));
    assert_eq!(nobody, (Phase::Degraded, Standing::Failed, false));
}

#[test]
fn rules_that_differ_have_no_share_in_common() {
    let narrow = json!({"matches": [{"headers": [{"name": "x-canary", "value": "1"}]}],
        "backendRefs": backends(&[("app-v1", Some(0)), ("app-v2", Some(1))])});
    let wide = |weight| json!({"backendRefs": backends(&[("app-v1", Some(100 - weight)), ("app-v2", Some(weight))])});
    assert_eq!(sides(&taken(&rules(&json!([narrow, wide(10)]), 3))), ["app-v2 new 10 %", "app-v1 current 90 %"]);
    let differ = taken(&rules(&json!([wide(10), wide(20)]), 3));
    assert_eq!(&*differ.says, "its rules share the traffic differently");
}

#[test]
fn routers_behind_routers_multiply() {
    let service = |services: Value, name: &str| {
        let meta = sample::meta(Kind::TRAEFIK_SERVICE, name);
        Object::Custom(Arc::new(Custom { meta, body: json!({"spec": {"weighted": {"services": services}}}) }))
    };
    let outer = json!([{"name": "app-v1", "weight": 1}, {"name": "inner", "kind": "TraefikService", "weight": 1}]);
    let inner = backends(&[("app-v1", Some(4)), ("app-v2", Some(1))]);
    let world = pair().and(service(outer, "app")).and(service(inner, "inner"));
    let look = &world;
    let claims = claims(&TRAEFIK_SERVICE, look);
    assert_eq!(claims.len(), 2);
    let mut look = look;
    let reading = TRAEFIK_SERVICE.read(&claims[0], &mut look, NOW).unwrap();
    assert_eq!(sides(&reading), ["app-v2 new 10 %", "app-v1 current 90 %"]);
    assert!(reading.offers[0].able.is_err(), "the weight of app-v2 stands in the inner one");
}

#[test]
fn a_router_behind_itself_ends() {
    let body = json!({"spec": {"weighted": {"services": [
        {"name": "app-v1", "weight": 1}, {"name": "app-v2"}, {"name": "app", "kind": "TraefikService", "weight": 2}]}}});
    let reading = tell(&TRAEFIK_SERVICE, &pair().and(route(Kind::TRAEFIK_SERVICE, &body)));
    assert_eq!(reading.versions.len(), 2);
}

/// The rollout of a route as the screen shows it.
fn rollout(kind: Kind, reading: &Reading, pods: &[i32]) -> Rollout {
    let mut rollout = fixture::rollout(&[]);
    (rollout.status, rollout.says) = (reading.status.clone(), reading.says.clone());
    (rollout.generation, rollout.observed) = (reading.generation, reading.observed);
    (rollout.at, rollout.uid) = (sample::at(kind, "app"), "app".into());
    let rows: Vec<_> = reading.versions.iter().map(|side| (1, "app:1", 1, side.role)).collect();
    rollout.versions = fixture::rollout(&rows).versions;
    for ((version, side), pods) in rollout.versions.iter_mut().zip(&reading.versions).zip(pods) {
        (version.at, version.uid) = (side.body.clone(), side.body.name.as_str().into());
        (version.split, version.services) = (side.split, side.services.clone());
        version.pods.available = *pods;
    }
    rollout
}

fn shift(body: &Value, shares: &[(&str, &str)], pods: &[i32]) -> Result<Draft, Why> {
    let rollout = rollout(Kind::HTTP_ROUTE, &taken(body), pods);
    let shares = shares.iter().map(|(name, share)| (Name::from(*name), Percent::parse(share).unwrap())).collect();
    let intent = Intent { target: rollout.at.clone(), verb: Verb::Shift, args: Args::Shares(shares) };
    let ask =
        Ask { rollout: &rollout, intent: &intent, whole: std::slice::from_ref(body), now: NOW, has_context: true };
    (HTTP_ROUTE.verbs[0].draft)(&ask)
}

fn refused(body: &Value, shares: &[(&str, &str)]) -> String {
    shift(body, shares, &[1, 3]).unwrap_err().0.to_string()
}

#[test]
fn a_shift_tests_what_it_was_planned_from() {
    let draft = shift(&http(&[("app-v1", Some(90)), ("app-v2", Some(10))]), &[("app-v2", "30")], &[1, 3]).unwrap();
    assert_eq!(&*draft.title, "shift app: app-v2 30 %, app-v1 70 %");
    assert!(draft.guards.is_empty() && !draft.destructive);
    let patch = json!([
        {"op": "test", "path": "/metadata/uid", "value": "app"},
        {"op": "test", "path": "/metadata/generation", "value": 3},
        {"op": "test", "path": "/spec/rules/0/backendRefs/1/name", "value": "app-v2"},
        {"op": "test", "path": "/spec/rules/0/backendRefs/1/weight", "value": 10},
        {"op": "test", "path": "/spec/rules/0/backendRefs/0/name", "value": "app-v1"},
        {"op": "test", "path": "/spec/rules/0/backendRefs/0/weight", "value": 90},
        {"op": "add", "path": "/spec/rules/0/backendRefs/1/weight", "value": 30},
        {"op": "add", "path": "/spec/rules/0/backendRefs/0/weight", "value": 70},
    ]);
    assert_eq!(draft.writes[0].patch(), patch);
}

#[test]
fn shares_that_need_it_are_written_more_finely() {
    for (share, weights) in [("0.5", (5, 995)), ("0.25", (25, 9_975)), ("100", (100, 0))] {
        let draft = shift(&http(&[("app-v1", None), ("app-v2", None)]), &[("app-v2", share)], &[1, 3]).unwrap();
        let put = |index: usize| match &draft.writes[0].ops[index] {
            crate::domain::Op::Put(_, value) => value.as_u64().unwrap(),
            crate::domain::Op::Remove(_) => unreachable!(),
        };
        assert_eq!((put(0), put(1)), weights, "{share}");
        assert_eq!(draft.destructive, share == "100", "all that app-v1 serves is taken away");
    }
}

#[test]
fn every_rule_that_shares_between_them_is_shifted() {
    let rule = |name: &str| json!({"name": name, "backendRefs": backends(&[("app-v1", Some(9)), ("app-v2", Some(1))])});
    let draft = shift(&rules(&json!([rule("read"), rule("write")]), 3), &[("app-v2", "50")], &[1, 3]).unwrap();
    assert_eq!(draft.writes[0].ops.len(), 4);
    assert!(draft.writes[0].tests.iter().any(|(at, value)| **at == *"/spec/rules/1/name" && *value == json!("write")));
}

#[test]
fn what_cannot_be_shifted_says_why() {
    let body = http(&[("app-v1", Some(90)), ("app-v2", Some(10))]);
    let says = refused(&body, &[("app-v3", "10")]);
    assert_eq!(says, "app-v3 is no version of httproute/app; there is app-v2, app-v1");
    assert_eq!(refused(&body, &[("app-v2", "10")]), "httproute/app shares its traffic like that already");
    assert_eq!(refused(&body, &[("app-v2", "60"), ("app-v1", "60")]), "these shares add up to 120 %");
    let says = refused(&body, &[("app-v2", "10"), ("app-v1", "60")]);
    assert_eq!(says, "these shares do not add up to 100 %, and there is no other version to get the rest");
    let with_other = http(&[("app-v1", Some(80)), ("app-v2", Some(10)), ("static", Some(10))]);
    let says = refused(&with_other, &[("app-v2", "20")]);
    assert_eq!(says, "static has a weight too, and is no version: shift it by hand");
}

#[test]
fn traffic_for_nobody_is_stopped() {
    let draft = shift(&http(&[("app-v1", Some(90)), ("app-v2", Some(10))]), &[("app-v2", "30")], &[0, 3]).unwrap();
    assert_eq!(draft.guards[0].rule, "no-endpoints");
    assert_eq!(&*draft.guards[0].says, "app-v2 has no available pod to answer 30 %");
}

#[test]
fn what_the_router_makes_of_the_route_now_is_on_the_card() {
    let body = http(&[("app-v1", Some(90)), ("app-v2", Some(10))]);
    let guards = |change: &dyn Fn(&mut Rollout)| {
        let mut rollout = rollout(Kind::HTTP_ROUTE, &taken(&body), &[1, 3]);
        change(&mut rollout);
        let guards: Vec<_> = standing(&rollout, &HTTP_ROUTE).into_iter().map(|one| (one.rule, one.says)).collect();
        guards
    };
    assert_eq!(guards(&|_| ()), []);
    let refused = guards(&|rollout| {
        (rollout.status.standing, rollout.says) = (Standing::Failed, "the router refuses it: NoMatch".into());
    });
    assert_eq!(refused, [("router-refuses".into(), "the router refuses it: NoMatch".into())]);
    let behind = guards(&|rollout| rollout.observed = rollout.generation - 1);
    assert_eq!(behind[0].0, "router-behind");
    let rollout = rollout(Kind::TRAEFIK_SERVICE, &taken(&body), &[1, 3]);
    assert_eq!(standing(&rollout, &TRAEFIK_SERVICE).unwrap().rule, "router-silent");
}

#[test]
fn a_timeline_tells_of_weights_and_of_what_the_router_makes_of_them() {
    let custom = |body: Value| Custom { meta: sample::meta(Kind::HTTP_ROUTE, "app"), body };
    let (old, new) =
        (http(&[("app-v1", Some(90)), ("app-v2", Some(10))]), http(&[("app-v1", Some(70)), ("app-v3", None)]));
    let says = |old: &Value, new: &Value| told(&custom(old.clone()), &custom(new.clone()), NOW);
    let weights = "weights: app-v1 90 → 70, app-v3 comes with 1, app-v2 goes".to_owned();
    assert_eq!(says(&old, &new), [(false, weights)]);
    assert_eq!(says(&old, &old), []);
    let mut refused = old.clone();
    refused["status"]["parents"][0]["conditions"][0]["status"] = json!("False");
    assert_eq!(says(&old, &refused), [(true, "refused by the router: Accepted: ".to_owned())]);
    assert_eq!(says(&refused, &old), [(false, "accepted by the router".to_owned())]);
}
