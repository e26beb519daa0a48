use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn gets(path: &str) -> bool {
    reads(&Method::GET, path, &HeaderMap::new())
}

#[test]
fn what_reads_passes() {
    for path in [
        "/version",
        "/livez",
        "/readyz",
        "/api",
        "/api/v1",
        "/apis",
        "/apis/apps",
        "/apis/apps/v1",
        "/api/v1/pods",
        "/api/v1/nodes/node-1",
        "/api/v1/namespaces",
        "/api/v1/namespaces/shop",
        "/api/v1/namespaces/shop/pods",
        "/api/v1/namespaces/shop/pods/web-7d9.x",
        "/api/v1/namespaces/shop/pods/web/log",
        "/apis/apps/v1/deployments",
        "/apis/apps/v1/namespaces/shop/deployments/web",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
        "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts",
        "/apis/gateway.networking.k8s.io/v1/httproutes",
        "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/app",
        "/apis/traefik.io/v1alpha1/namespaces/shop/traefikservices",
        "/api/v1/namespaces/m/services/http:prometheus:9090/proxy/api/v1/query",
        "/api/v1/namespaces/m/services/prometheus/proxy/api/v1/query_range",
        "/api/v1/namespaces/m/services/prometheus/proxy/api/v1/label/__name__/values",
        "/api/v1/namespaces/m/services/prometheus/proxy/api/v1/status/buildinfo",
        "/api/v1/namespaces/m/services/mimir-gateway:80/proxy/prometheus/api/v1/query",
        "/api/v1/namespaces/m/services/https:vmselect:8481/proxy/select/0/prometheus/api/v1/query_range",
    ] {
        assert!(gets(path), "{path} only reads");
    }
}

#[test]
fn what_could_do_more_is_refused() {
    for path in [
        "/",
        "",
        "version",
        "/version/",
        "/metrics",
        "/logs",
        "/debug/pprof/profile",
        "/openid/v1/jwks",
        "/api/v2/pods",
        "/api/v1/namespaces/shop/pods/web/exec",
        "/api/v1/namespaces/shop/pods/web/attach",
        "/api/v1/namespaces/shop/pods/web/portforward",
        "/api/v1/namespaces/shop/pods/web/proxy",
        "/api/v1/namespaces/shop/pods/web/proxy/admin",
        "/api/v1/namespaces/shop/pods/web/status",
        "/api/v1/namespaces/shop/pods/web/log/exec",
        "/api/v1/namespaces/shop/services/web/proxy",
        "/api/v1/namespaces/shop/services/web/proxy/",
        "/api/v1/namespaces/shop/services/web/proxy/admin",
        "/api/v1/namespaces/shop/services/web/proxy/api/v1/admin/tsdb/delete_series",
        "/api/v1/namespaces/shop/services/web/proxy/api/v1/query/../admin",
        "/api/v1/namespaces/shop/services/web/proxy/x/api/v1/query",
        "/api/v1/namespaces/shop/services/web/proxy/-/reload",
        "/api/v1/namespaces/shop/services/web/proxy/prometheus/-/reload",
        "/api/v1/namespaces/shop/services/web/proxy/prometheus/api/v1/admin/tsdb/delete_series",
        "/api/v1/namespaces/shop/services/web/proxy/prometheus/prometheus/api/v1/query",
        "/api/v1/namespaces/shop/services/web/proxy/prometheus/config/v1/rules",
        "/api/v1/namespaces/shop/services/web/proxy/select/prometheus/api/v1/query",
        "/api/v1/namespaces/shop/services/web/proxy/select/x/prometheus/api/v1/query",
        "/api/v1/namespaces/shop/services/web/proxy/select/0/prometheus/api/v1/admin/status",
        "/api/v1/namespaces/shop/services/web/proxy/delete/0/prometheus/api/v1/query",
        "/api/v1/namespaces/shop/services/web/proxy/select/0/graphite/api/v1/query",
        "/api/v1/nodes/node-1/proxy",
        "/api/v1/nodes/node-1/proxy/run/x",
        "/api/v1/proxy/nodes/node-1",
        "/api/v1/proxy/nodes",
        "/api/v1/watch/pods",
        "/apis/apps/v1/namespaces/shop/deployments/web/scale",
        "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/app/status",
        "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/vm/console",
        "/api/v1/namespaces/shop/pods/web%2fexec",
        "/api/v1/namespaces/shop/pods/web%2Fexec",
        "/api/v1/namespaces/shop/pods/%77eb",
        "/api/v1/namespaces/shop/pods/../pods",
        "/api/v1/namespaces/shop/pods/./web",
        "/api/v1/namespaces/shop/pods/...",
        "/api/v1//pods",
        "//api/v1/pods",
        "/api/v1/pods/",
        "/api/v1/namespaces/shop/pods/web;exec",
        "/api/v1/namespaces/shop/pods/web\\exec",
    ] {
        assert!(!gets(path), "{path} must not pass");
    }
}

#[test]
fn a_path_that_reads_does_not_pass_with_another_method() {
    for method in ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "get", "DELETECOLLECTION"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert!(!reads(&method, "/api/v1/namespaces/shop/pods/web", &HeaderMap::new()), "{method}");
    }
    assert!(!reads(&Method::POST, "/api/v1/namespaces/shop/pods", &HeaderMap::new()));
}

#[test]
fn only_reviews_of_the_own_rights_are_posted() {
    let posts = |path| reads(&Method::POST, path, &HeaderMap::new());
    assert!(posts("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"));
    assert!(posts("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"));
    assert!(!posts("/apis/authorization.k8s.io/v1/subjectaccessreviews"));
    assert!(!posts("/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews"));
    assert!(!posts("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x"));
    assert!(!posts("/api/v1/namespaces/m/services/prometheus/proxy/api/v1/query"));
}

#[test]
fn no_tunnel_and_no_other_method_is_asked_for_by_headers() {
    for (name, value) in [
        ("upgrade", "websocket"),
        ("connection", "keep-alive, Upgrade"),
        ("connection", "UPGRADE"),
        ("sec-websocket-key", "x"),
        ("http2-settings", ""),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "GET"),
        ("x-method-override", "PATCH"),
    ] {
        let mut headers = HeaderMap::new();
        headers.append(name, HeaderValue::from_static(value));
        assert!(!reads(&Method::GET, "/api/v1/pods", &headers), "{name}: {value}");
    }
    let mut twice = HeaderMap::new();
    twice.append("connection", HeaderValue::from_static("keep-alive"));
    twice.append("connection", HeaderValue::from_static("upgrade"));
    assert!(!reads(&Method::GET, "/api/v1/pods", &twice));
}

#[tokio::test]
async fn a_refused_request_never_reaches_the_service_below() {
    let (mock, mut below) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let mut guarded = OnlyReads.layer(mock);
    let exec = Request::get("/api/v1/namespaces/shop/pods/web/exec?command=sh").body(Body::empty()).unwrap();
    let error = tower::ServiceExt::ready(&mut guarded).await.unwrap().call(exec).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /api/v1/namespaces/shop/pods/web/exec is not on the list of what a reading client sends; it was not sent"
    );
    drop(guarded);
    assert!(below.next_request().await.is_none());
}

proptest! {
    #[test]
    fn nothing_but_get_and_reviews_passes(method in "[A-Za-z]{1,12}", path in "/(api|apis|version)?(/[a-z0-9.:-]{1,12}){0,9}") {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        if reads(&method, &path, &HeaderMap::new()) {
            prop_assert!(method == Method::GET || (method == Method::POST && path.contains("/selfsubject")));
        }
    }

    #[test]
    fn only_logs_and_queries_have_a_subresource(
        ns in "[a-z]{1,8}", resource in "[a-z]{1,8}", name in "[a-z]{1,8}", rest in "[ -~]{1,30}",
    ) {
        let path = format!("/api/v1/namespaces/{ns}/{resource}/{name}/{rest}");
        if gets(&path) {
            let log = resource == "pods" && rest == "log";
            let below = ["proxy/api/v1/", "proxy/prometheus/api/v1/", "proxy/select/"];
            prop_assert!(log || (resource == "services" && below.iter().any(|path| rest.starts_with(path))));
        }
    }
}
