mod custom;
mod trust;

use tokio::{sync::mpsc, time::timeout};

use super::{super::script::*, *};
use crate::cluster::{Cluster, Narrow, Watching};

const FIRST: &str = "/api/v1/services?resourceVersion=0";

fn watched_from(version: &str) -> String {
    format!("/api/v1/services?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion={version}")
}

fn listed_from(version: &str) -> String {
    format!("/api/v1/services?resourceVersion={version}&resourceVersionMatch=NotOlderThan")
}

const STREAMED: &str = "/api/v1/services?watch=true&allowWatchBookmarks=true&timeoutSeconds=290\
                        &sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0";

struct Story {
    script: Script,
    facts: mpsc::Receiver<Fact>,
    cluster: Cluster,
    reading: Watching,
}

/// A reader of all Services and the server it asks.
fn story() -> Story {
    let (cluster, script) = cluster();
    let (sender, facts) = mpsc::channel(4_096);
    let reading = cluster.watch(services(), &Narrow::default(), sender);
    Story { script, facts, cluster, reading }
}

/// The same, with streaming lists.
fn streaming_story() -> Story {
    let (cluster, script) = cluster();
    let (sender, facts) = mpsc::channel(4_096);
    let cluster = cluster.streaming_lists(true);
    let reading = cluster.watch(services(), &Narrow::default(), sender);
    Story { script, facts, cluster, reading }
}

impl Story {
    async fn told(&mut self) -> Vec<String> {
        told(&mut self.facts).await
    }

    /// Up to an open watch from version 41, with `web` listed; what that told is taken away.
    async fn live() -> (Self, Pipe) {
        let mut story = story();
        story.script.expect(FIRST).await.list("41", &[service("web", "7")]);
        let pipe = story.script.expect(&watched_from("41")).await.stream(JSON);
        assert_eq!(story.told().await, ["connecting", "begin", "page web", "end", "live"]);
        (story, pipe)
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_and_then_what_happens() {
    let (mut story, pipe) = Story::live().await;
    pipe.event("ADDED", service("api", "42")).await;
    pipe.event("MODIFIED", service("web", "43")).await;
    pipe.event("DELETED", service("api", "44")).await;
    pipe.bookmark("50").await;
    assert_eq!(story.told().await, ["put api", "put web", "gone api", "spoke"]);
    drop(pipe);
    let _open = story.script.expect(&watched_from("50")).await.stream(JSON);
    assert_eq!(story.told().await, ["spoke"], "a watch that ends well is no news");
}

#[tokio::test(start_paused = true)]
async fn protobuf_in_odd_chunks() {
    let mut story = story();
    let asked = story.script.expect(FIRST).await;
    assert_eq!(asked.accept(), "application/vnd.kubernetes.protobuf, application/json");
    let pipe = asked.stream(PROTOBUF);
    for chunk in list_pb("41", &[service_pb("web", "7"), service_pb("api", "8")]).chunks(7) {
        pipe.chunk(chunk.to_vec()).await;
    }
    drop(pipe);
    let asked = story.script.expect(&watched_from("41")).await;
    assert_eq!(asked.headers["accept-encoding"], "identity");
    let pipe = asked.stream("application/vnd.kubernetes.protobuf;stream=watch");
    for chunk in frame_pb("ADDED", &service_pb("new", "42")).chunks(5) {
        pipe.chunk(chunk.to_vec()).await;
    }
    let told = story.told().await;
    let objects: Vec<_> =
        told.iter().flat_map(|words| words.split(' ')).filter(|w| ["web", "api", "new"].contains(w)).collect();
    assert_eq!(objects, ["web", "api", "new"]);
    assert_eq!(told.last().unwrap(), "put new");
}

#[tokio::test(start_paused = true)]
async fn pages_are_told_while_the_list_arrives() {
    let mut story = story();
    let pipe = story.script.next().await.stream(JSON);
    let whole = list("41", &(0..600).map(|n| service(&format!("s{n}"), "7")).collect::<Vec<_>>()).to_string();
    let (first, second) = whole.split_at(whole.len() / 2);
    pipe.chunk(first.to_owned()).await;
    let early = story.told().await;
    assert!(early.iter().any(|words| words.starts_with("page")) && !early.contains(&"end".to_owned()));
    pipe.chunk(second.to_owned()).await;
    drop(pipe);
    let late = story.told().await;
    let objects = early.iter().chain(&late).filter(|w| w.starts_with("page")).map(|w| w.matches(" s").count());
    assert_eq!(objects.sum::<usize>(), 600);
}

#[tokio::test(start_paused = true)]
async fn forbidden_is_said_and_not_asked_again_for_five_minutes() {
    let mut story = story();
    story.script.expect(FIRST).await.refuse(403, "Forbidden", "services is forbidden: User \"v\" cannot list");
    assert_eq!(story.told().await, ["connecting", "denied: services is forbidden: User \"v\" cannot list"]);
    assert!(story.script.within(298).await.is_none());
    story.script.expect(FIRST).await.list("41", &[]);
    let _open = story.script.next().await.stream(JSON);
    assert_eq!(story.told().await, ["begin", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_served_is_denied_in_our_words() {
    let mut story = story();
    story.script.next().await.answer(404, "text/plain", "404 page not found");
    assert_eq!(story.told().await, ["connecting", "denied: this server does not serve services"]);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_gone_means_another_list_that_does_not_go_back() {
    let (mut story, pipe) = Story::live().await;
    pipe.event("ADDED", service("api", "42")).await;
    pipe.event("ERROR", status(410, "Expired", "too old resource version")).await;
    story.script.expect(&listed_from("42")).await.refuse(504, "Timeout", "Too large resource version");
    story.script.expect("/api/v1/services").await.list("90", &[]);
    story.script.expect(&watched_from("90")).await.refuse(410, "Gone", "gone");
    story.script.expect(&listed_from("90")).await.list("91", &[]);
    let _open = story.script.expect(&watched_from("91")).await.stream(JSON);
    assert_eq!(story.told().await, ["put api", "begin", "end", "begin", "end", "spoke"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_always_says_gone_is_not_asked_in_a_loop() {
    let (mut story, pipe) = Story::live().await;
    pipe.event("ERROR", status(410, "Expired", "old")).await;
    let mut asked = 0;
    while let Some(question) = story.script.within(20).await {
        asked += 1;
        if question.uri.contains("watch=true") {
            question.refuse(410, "Expired", "old");
        } else {
            question.list("60", &[]);
        }
        if asked == 200 {
            break;
        }
    }
    assert!(asked < 30, "{asked} requests while waits are at most 30 s");
    assert!(story.told().await.iter().any(|words| words == "retrying: 410: old"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_time_gets_it() {
    let mut story = story();
    story.script.next().await.head(429, &[("retry-after", "7"), ("content-type", "text/plain")], "slow down");
    assert_eq!(story.told().await, ["connecting", "retrying: 429: slow down"]);
    assert!(story.script.within(5).await.is_none());
    story.script.within(3).await.expect("asked again after 7 s").list("41", &[]);
    let _open = story.script.next().await.stream(JSON);
    assert_eq!(story.told().await, ["begin", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_starts_is_taken_at_its_word() {
    let mut story = story();
    for _ in 0..8 {
        drop(story.script.next().await);
    }
    let starting = [("retry-after", "1"), ("content-type", "text/plain")];
    story.script.next().await.head(429, &starting, "storage is (re)initializing");
    assert!(story.script.within(3).await.is_some(), "not after the 15 s or more that the backoff has come to");
}

#[tokio::test(start_paused = true)]
async fn a_server_in_trouble_is_asked_again_ever_more_rarely() {
    let mut story = story();
    for _ in 0..8 {
        story.script.next().await.refuse(500, "InternalError", "etcd is away");
    }
    assert!(story.script.within(14).await.is_none(), "the eighth wait is at least 15 s");
    story.script.expect(FIRST).await.list("41", &[]);
    let _open = story.script.next().await.stream(JSON);
    assert_eq!(story.told().await, ["connecting", "retrying: 500: etcd is away", "begin", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_cut_list_is_no_list() {
    for encoding in [JSON, PROTOBUF] {
        let mut story = story();
        let whole = if encoding == JSON {
            list("41", &[service("web", "7"), service("api", "8")]).to_string().into_bytes()
        } else {
            list_pb("41", &[service_pb("web", "7"), service_pb("api", "8")])
        };
        let pipe = story.script.next().await.stream(encoding);
        pipe.chunk(whole[..whole.len() - 9].to_vec()).await;
        drop(pipe);
        story.script.expect(FIRST).await;
        let told = story.told().await;
        assert!(!told.contains(&"end".to_owned()), "{told:?}");
        assert!(told.iter().any(|words| words.starts_with("retrying: the answer does not decode")), "{told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_watch_is_said_and_goes_on_where_it_was() {
    let (mut story, pipe) = Story::live().await;
    pipe.event("ADDED", service("api", "42")).await;
    pipe.cut().await;
    let _open = story.script.expect(&watched_from("42")).await.stream(JSON);
    assert_eq!(story.told().await, ["put api", "retrying: the connection was cut", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_refused_is_said() {
    let mut story = story();
    drop(story.script.next().await);
    story.script.expect(FIRST).await.list("41", &[]);
    assert_eq!(story.told().await, ["connecting", "retrying: the connection was cut", "begin", "end"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_from_kubernetes_is_named() {
    let mut story = story();
    story.script.next().await.answer(200, "text/html", "<h1>Log in</h1>");
    let told = story.told().await;
    assert_eq!(told, ["connecting", "retrying: the answer is \"text/html\", not protobuf or JSON"]);
}

#[tokio::test(start_paused = true)]
async fn garbage_in_a_watch_is_not_trusted() {
    let (mut story, pipe) = Story::live().await;
    pipe.chunk("}}}\n{\"type\":").await;
    let _list = story.script.expect("/api/v1/services?resourceVersion=41&resourceVersionMatch=NotOlderThan").await;
    let told = story.told().await;
    assert!(told[0].starts_with("retrying: the answer does not decode"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_at_once_is_not_opened_in_a_loop() {
    let (mut story, pipe) = Story::live().await;
    drop(pipe);
    let mut asked = 0;
    while let Some(question) = story.script.within(20).await {
        asked += 1;
        drop(question.stream(JSON));
        if asked == 100 {
            break;
        }
    }
    assert!(asked < 20, "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_is_a_list_and_a_watch_in_one() {
    let mut story = streaming_story();
    let pipe = story.script.expect(STREAMED).await.stream(JSON);
    pipe.event("ADDED", service("web", "7")).await;
    pipe.event("ADDED", service("api", "8")).await;
    pipe.event("ADDED", service("old", "9")).await;
    pipe.event("DELETED", service("old", "10")).await;
    assert_eq!(story.told().await, ["connecting", "begin"]);
    pipe.initial_end("41").await;
    pipe.event("MODIFIED", service("web", "42")).await;
    assert_eq!(story.told().await, ["page web api", "end", "gone old", "live", "put web"]);
    drop(pipe);
    story.script.expect(&watched_from("42")).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_streaming_lists_is_asked_for_a_plain_one() {
    for code in [400, 403, 422] {
        let mut story = streaming_story();
        story.script.expect(STREAMED).await.refuse(code, "Invalid", "sendInitialEvents is forbidden");
        story.script.expect(FIRST).await.list("41", &[]);
        let pipe = story.script.expect(&watched_from("41")).await.stream(JSON);
        assert_eq!(story.told().await, ["connecting", "begin", "end", "live"]);
        pipe.event("ERROR", status(410, "Expired", "old")).await;
        story.script.expect(&listed_from("41")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_ends_a_streaming_list_is_asked_for_a_plain_one() {
    let mut story = streaming_story();
    let pipe = story.script.expect(STREAMED).await.stream(JSON);
    pipe.event("ADDED", service("web", "7")).await;
    assert!(story.script.within(14).await.is_none());
    story.script.expect(FIRST).await.list("41", &[service("web", "7")]);
    let _open = story.script.expect(&watched_from("41")).await.stream(JSON);
    assert_eq!(story.told().await, ["connecting", "begin", "begin", "page web", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_loop_never_stops_the_draining_of_a_watch() {
    let (cluster, mut script) = cluster();
    let (sender, mut facts) = mpsc::channel(8);
    let _reading = cluster.watch(services(), &Narrow::default(), sender);
    script.next().await.list("41", &[]);
    let pipe = script.next().await.stream(JSON);
    for version in 0..1_000 {
        let name = ["web", "api"][version % 2];
        assert!(pipe.event("MODIFIED", service(name, &version.to_string())).await);
    }
    assert!(script.within(1).await.is_none(), "all of it was read");
    let told = told(&mut facts).await;
    assert!(told.len() <= 8 + 2, "{told:?}");
    assert_eq!(told[..4], ["connecting", "begin", "end", "live"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_decode_is_fetched_alone() {
    let mut story = story();
    let mut odd = service("odd", "8");
    odd["spec"]["selector"] = serde_json::json!("no map");
    story.script.expect(FIRST).await.list("41", &[service("web", "7"), odd.clone()]);
    let asked = story.script.expect("/api/v1/namespaces/shop/services/odd").await;
    assert_eq!(asked.accept(), JSON);
    asked.answer(200, JSON, service("odd", "8").to_string());
    let pipe = story.script.expect(&watched_from("41")).await.stream(JSON);
    assert_eq!(story.told().await, ["connecting", "begin", "page web", "page odd", "end", "live"]);
    pipe.event("MODIFIED", odd).await;
    story.script.expect("/api/v1/namespaces/shop/services/odd").await.refuse(404, "NotFound", "gone");
    pipe.event("MODIFIED", service("web", "9")).await;
    assert_eq!(story.told().await, ["put web"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_closes_the_watch() {
    let (story, pipe) = Story::live().await;
    drop(story.reading);
    timeout(Duration::from_secs(1), pipe.closed()).await.expect("closed");
}

#[tokio::test(start_paused = true)]
async fn a_reader_nobody_listens_to_ends() {
    let (story, pipe) = Story::live().await;
    drop(story.facts);
    timeout(Duration::from_secs(1), pipe.closed()).await.expect("closed");
}
