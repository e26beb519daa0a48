//! Routes: only where their definition is, and as the real server treats custom resources.

use super::*;

const ROUTES: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
const APP: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/app";
const WEIGHT: &str = "/spec/rules/0/backendRefs/0/weight";

/// A server with a route to two Services; the second backend has a weight.
fn routed() -> Server {
    let mut server = server();
    server.act(|world| world.objects.define(Resource::HttpRoutes));
    let (code, made) = server.ask(
        "POST",
        ROUTES,
        "application/json",
        &json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "app"},
            "spec": {
                "parentRefs": [{"name": "public"}], "hostnames": ["app.example"],
                "rules": [{"backendRefs": [{"name": "one", "port": 80}, {"name": "two", "port": 80, "weight": 9}]}],
            },
            "status": {"parents": []},
        }),
    );
    assert_eq!((code, made.get("status")), (201, None), "{made}");
    server
}

#[test]
fn a_cluster_without_the_definition_knows_no_routes() {
    let mut server = server();
    for path in [ROUTES, APP, "/apis/gateway.networking.k8s.io", "/apis/gateway.networking.k8s.io/v1"] {
        let reply = server.send("GET", path, ["", ""], "");
        let Body::Whole(body) = reply.body else { panic!("{path}") };
        assert_eq!((reply.code, &*body), (404, &b"404 page not found\n"[..]), "{path}");
    }
    for path in ["/apis", "/openapi/v3"] {
        assert!(!server.get(path).1.to_string().contains("gateway"), "{path}");
    }
}

#[test]
fn a_cluster_with_it_lists_them_and_tells_of_them() {
    let mut server = routed();
    assert!(server.get("/apis").1.to_string().contains("gateway.networking.k8s.io/v1"));
    assert!(server.get("/openapi/v3/apis/gateway.networking.k8s.io/v1").1.to_string().contains("HTTPRoute"));
    let (_, resources) = server.get("/apis/gateway.networking.k8s.io/v1");
    let names: Vec<&Value> = resources["resources"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["httproutes", "httproutes/status"]);
    let (code, list) = server.get(ROUTES);
    assert_eq!(
        (code, &list["kind"], &list["items"][0]["metadata"]["name"]),
        (200, &json!("HTTPRouteList"), &json!("app"))
    );
    let (_, table) = whole(server.send("GET", ROUTES, [TABLE, ""], ""));
    assert_eq!(table["columnDefinitions"][1]["name"], "Hostnames");
    assert_eq!(table["rows"][0]["cells"], json!(["app", "[\"app.example\"]", "0s"]));
}

#[test]
fn the_defaults_of_the_schema_are_filled_in() {
    let (_, app) = routed().get(APP);
    let backend = |name, weight| json!({"group": "", "kind": "Service", "name": name, "port": 80, "weight": weight});
    assert_eq!(
        app["spec"]["rules"],
        json!([{
            "backendRefs": [backend("one", 1), backend("two", 9)],
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        }])
    );
    assert_eq!(app["spec"]["parentRefs"][0]["kind"], "Gateway");
}

#[test]
fn patches_raise_the_generation_and_only_the_two_plain_kinds_are_taken() {
    let mut server = routed();
    let generation = |app: &Value| app["metadata"]["generation"].as_i64();
    let shift = json!([{"op": "test", "path": WEIGHT, "value": 1}, {"op": "replace", "path": WEIGHT, "value": 3}]);
    let (code, app) = server.patch(APP, JSON_PATCH, &shift);
    assert_eq!((code, app.pointer(WEIGHT), generation(&app)), (200, Some(&json!(3)), Some(2)));
    assert_eq!(server.patch(APP, JSON_PATCH, &shift).0, 422, "its test does not hold any more");
    let (_, app) = server.patch(APP, MERGE, &json!({"metadata": {"labels": {"a": "b"}}}));
    assert_eq!(generation(&app), Some(2), "labels are no spec");
    let (code, app) = server.patch(&format!("{APP}/status"), MERGE, &json!({"status": {"parents": []}, "spec": null}));
    assert_eq!((code, generation(&app), &app["status"]), (200, Some(2), &json!({"parents": []})));
    assert_eq!(app.pointer(WEIGHT), Some(&json!(3)));
    let (code, refused) = server.patch(APP, STRATEGIC, &json!({}));
    assert_eq!(code, 415);
    assert!(
        refused["message"].as_str().unwrap().ends_with("application/merge-patch+json, application/apply-patch+yaml")
    );
}

#[test]
fn what_the_schema_does_not_allow_is_refused_in_its_words() {
    let mut server = routed();
    for (weight, bound) in [(1_000_001, "less than or equal to 1000000"), (-1, "greater than or equal to 0")] {
        let (code, refused) =
            server.patch(APP, JSON_PATCH, &json!([{"op": "replace", "path": WEIGHT, "value": weight}]));
        let field = "spec.rules[0].backendRefs[0].weight";
        let says = format!(
            "HTTPRoute.gateway.networking.k8s.io \"app\" is invalid: {field}: Invalid value: {weight}: {field} in body \
             should be {bound}"
        );
        assert_eq!((code, refused["message"].as_str()), (422, Some(says.as_str())));
    }
    let (_, mut app) = server.get(APP);
    app["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let (code, refused) = server.ask("PUT", APP, "application/json", &app);
    assert_eq!(code, 422);
    assert!(refused["message"].as_str().unwrap().ends_with("must be specified for an update"));
}

#[test]
fn a_dry_run_changes_nothing_and_an_apply_owns_the_rules_as_a_whole() {
    let mut server = routed();
    let (_, before) = server.get(APP);
    let shift = json!([{"op": "replace", "path": WEIGHT, "value": 3}]);
    let (code, rehearsed) = server.patch(&format!("{APP}?dryRun=All"), JSON_PATCH, &shift);
    assert_eq!((code, rehearsed.pointer(WEIGHT)), (200, Some(&json!(3))));
    assert_eq!(server.get(APP).1, before);
    let config = json!({
        "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "app"},
        "spec": {"rules": [{"backendRefs": [{"name": "one", "port": 80, "weight": 5}]}]},
    });
    let apply = |server: &mut Server, query: &str| {
        server.ask("PATCH", &format!("{APP}?fieldManager=team{query}"), "application/apply-patch+yaml", &config)
    };
    let (code, refused) = apply(&mut server, "");
    assert_eq!((code, &refused["details"]["causes"][0]["field"]), (409, &json!(".spec.rules")));
    let (code, app) = apply(&mut server, "&force=true");
    assert_eq!((code, app["spec"]["rules"][0]["backendRefs"].as_array().map(Vec::len)), (200, Some(1)));
}
