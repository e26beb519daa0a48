//! Custom kinds, which a cluster may not have, or have later, or no longer.

use serde_json::{Value, json};

use super::*;
use crate::domain::{Kind, Source};

const ROUTES: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";

fn first() -> String {
    format!("{ROUTES}?resourceVersion=0")
}

fn watched(version: &str) -> String {
    format!("{ROUTES}?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={version}")
}

fn route(name: &str, version: &str) -> Value {
    let metadata = json!({"name": name, "namespace": "shop", "uid": name, "resourceVersion": version});
    json!({"kind": "HTTPRoute", "apiVersion": "gateway.networking.k8s.io/v1", "metadata": metadata, "spec": {}})
}

fn routes(version: &str, items: &[Value]) -> String {
    json!({"kind": "HTTPRouteList", "metadata": {"resourceVersion": version}, "items": items}).to_string()
}

fn reading(cluster: Cluster, script: Script) -> Story {
    let (sender, facts) = mpsc::channel(4_096);
    let source = Source { cluster: "lab".into(), kind: Kind::HTTP_ROUTE, namespace: Some("shop".into()) };
    let reading = cluster.watch(source, &Narrow::default(), sender);
    Story { script, facts, cluster, reading }
}

fn story() -> Story {
    let (cluster, script) = cluster();
    reading(cluster, script)
}

/// Up to a cluster that does not have the kind.
async fn missing() -> Story {
    let mut story = story();
    story.script.expect(&first()).await.answer(404, "text/plain", "404 page not found");
    assert_eq!(story.told().await, ["connecting", "dropped"]);
    story
}

#[tokio::test(start_paused = true)]
async fn custom_resources_are_listed_and_watched_as_json() {
    let mut story = story();
    let asked = story.script.expect(&first()).await;
    assert_eq!(asked.accept(), JSON);
    asked.answer(200, JSON, routes("41", &[route("app", "7")]));
    let asked = story.script.expect(&watched("41")).await;
    assert_eq!((asked.accept(), asked.headers["accept-encoding"].to_str().unwrap()), (JSON, "identity"));
    let pipe = asked.stream(JSON);
    pipe.event("MODIFIED", route("app", "42")).await;
    pipe.event("DELETED", route("app", "43")).await;
    assert_eq!(story.told().await, ["connecting", "begin", "page app", "end", "live", "put app", "gone app"]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_the_cluster_does_not_have_vanishes_and_is_asked_for_quietly() {
    let mut story = missing().await;
    for (code, says) in [(404, "404 page not found"), (503, "starting")] {
        assert!(story.script.within(298).await.is_none());
        story.script.expect(&first()).await.answer(code, "text/plain", says);
        assert_eq!(story.told().await, Vec::<String>::new(), "{code}");
        if code == 503 {
            story.script.expect(&first()).await.answer(404, "text/plain", "404 page not found");
        }
    }
    assert_eq!(story.told().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_installed_meanwhile_appears() {
    let mut story = missing().await;
    story.script.expect(&first()).await.answer(200, JSON, routes("41", &[route("app", "7")]));
    let _open = story.script.expect(&watched("41")).await.stream(JSON);
    assert_eq!(story.told().await, ["connecting", "begin", "page app", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn with_streaming_lists_too() {
    let (cluster, script) = cluster();
    let mut story = reading(cluster.streaming_lists(true), script);
    story.script.next().await.refuse(404, "NotFound", "the server could not find the requested resource");
    assert_eq!(story.told().await, ["connecting", "dropped"]);
    let pipe = story.script.next().await.stream(JSON);
    pipe.event("ADDED", route("app", "7")).await;
    let mut end = route("", "41");
    end["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    pipe.event("BOOKMARK", end).await;
    assert_eq!(story.told().await, ["connecting", "begin", "page app", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_back_is_asked_at_once() {
    let mut story = missing().await;
    assert!(story.script.within(60).await.is_none());
    story.cluster.pulse.send_modify(|pulse| pulse.returns += 1);
    assert!(story.script.within(1).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_turns_out_to_be_forbidden_is_a_source_that_says_so() {
    let mut story = missing().await;
    story.script.expect(&first()).await.refuse(403, "Forbidden", "httproutes is forbidden");
    assert_eq!(story.told().await, ["connecting", "denied: httproutes is forbidden"]);
    story.script.expect(&first()).await.answer(404, "text/plain", "404 page not found");
    assert_eq!(story.told().await, ["dropped"], "it was forbidden, and now there is none");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_removed_while_it_is_watched_vanishes() {
    let mut story = story();
    story.script.expect(&first()).await.answer(200, JSON, routes("41", &[route("app", "7")]));
    let pipe = story.script.expect(&watched("41")).await.stream(JSON);
    pipe.event("DELETED", route("app", "42")).await;
    drop(pipe);
    story.script.expect(&watched("42")).await.answer(404, "text/plain", "404 page not found");
    assert_eq!(story.told().await, ["connecting", "begin", "page app", "end", "live", "gone app", "dropped"]);
    story.script.expect(&first()).await.answer(200, JSON, routes("9", &[]));
    let _open = story.script.expect(&watched("9")).await.stream(JSON);
    assert_eq!(story.told().await, ["connecting", "begin", "end", "live"], "another life, listed afresh");
}
