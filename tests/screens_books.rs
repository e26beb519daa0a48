//! The screens that are read: logs, revisions and differences, at 60x15, 80x24 and 140x45.

use std::sync::Arc;

use rolldeck::{
    diff,
    domain::{Diff, DiffAsk, LogLine, LogState, Moment, Phase, Role, Rollout, Text},
    view::{export, theme::ColourDepth, theme::Theme},
};
use serde_json::{Value, json};

use crate::{
    screens::Story,
    support::{ago, stories},
};

/// What a web server and a worker say.
const SAID: [&str; 7] = [
    "GET /cart 200 12ms",
    "payment accepted order=48213 amount=129.90 currency=EUR",
    "WARN retrying upstream inventory (attempt 2 of 5): connection reset by peer",
    "GET /health 200 0ms",
    "ERROR panic in handler: index out of bounds: the len is 3 but the index is 7; at src/cart/total.rs:88 called from src/cart/mod.rs:41, request id 7f3a-11c2, customer 99120",
    "POST /cart 201 31ms",
    "{\"level\":\"info\",\"msg\":\"Timeout talking to redis\",\"took\":\"3.001s\"}",
];

/// The logs of the new version after `count` lines, all its streams being followed.
fn logs(rollout: Rollout, keys: &str, count: usize) -> Story {
    let mut story = Story::deck(stories::alone(rollout)).press(keys);
    let asks = story.session.reading_logs(&story.fleet);
    let book = &mut story.fleet.desk.logs;
    for (index, ask) in asks.iter().enumerate() {
        let state = if index == 1 { LogState::Ended } else { LogState::Following };
        book.streams.insert(ask.clone(), state);
    }
    for n in 0..count {
        let of = asks[n * n % asks.len()].clone();
        book.lines.push_back(LogLine { of, at: Some(Moment(ago(60).0 + 10)), says: SAID[n % SAID.len()].into() });
    }
    story.session.settle(&story.fleet);
    story
}

/// A version of three pods, the second of which has two containers.
fn trio() -> Rollout {
    let mut it = stories::rolling();
    it.versions[0].pods.list.truncate(3);
    for pod in &mut it.versions[0].pods.list {
        let pod = Arc::make_mut(pod);
        let mut proxy = pod.containers[0].clone();
        proxy.name = "envoy-proxy".into();
        pod.containers = vec![pod.containers[0].clone(), proxy].into();
    }
    it
}

fn broken() -> Story {
    let mut story = logs(trio(), "L", 0);
    let why: Text =
        "pods \"checkout-7d9f8d0e-bcdfg\" is forbidden: User \"alice\" cannot get resource \"pods/log\"".into();
    for (index, state) in story.fleet.desk.logs.streams.values_mut().enumerate() {
        *state = LogState::Broken(if index < 2 { why.clone() } else { "the connection was reset".into() });
    }
    story
}

fn many() -> Story {
    let mut story = logs(stories::huge(), "L", 300);
    story.fleet.desk.logs.dropped = 1_204;
    story
}

fn history(keys: &str) -> Story {
    let mut it = stories::rolling();
    it.versions[1].cause =
        Some("kubectl set image deployment/checkout app=registry.example.com/shop/checkout:1.8.2".into());
    it.versions[1].images.push(("envoy-proxy".into(), "registry.example.com/mesh/envoy:v1.31.2".into()));
    it.versions[2].created = ago(41 * 86_400);
    Story::deck(stories::alone(it)).press(keys)
}

fn template(tag: &str) -> Value {
    json!({
        "metadata": {
            "annotations": {"prometheus.io/scrape": "true"},
            "labels": {"app": "checkout", "pod-template-hash": tag},
        },
        "spec": {
            "containers": [{
                "name": "app",
                "image": format!("registry.example.com/shop/checkout:{tag}"),
                "args": ["--listen=:8080", "--workers=4"],
                "env": [
                    {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                    {"name": "LOG_LEVEL", "value": "info"},
                    {"name": "JAVA_OPTS", "value": "-Xms512m -Xmx512m -XX:+UseG1GC -XX:MaxGCPauseMillis=200 -Dfile.encoding=UTF-8"},
                ],
                "ports": [{"containerPort": 8080}],
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 10, "timeoutSeconds": 1},
                "resources": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
                "volumeMounts": [{"name": "conf", "mountPath": "/etc/checkout"}],
            }],
            "terminationGracePeriodSeconds": 30,
            "volumes": [{"name": "conf", "configMap": {"name": "checkout-conf-1"}}],
        },
    })
}

fn templates() -> (Value, Value) {
    let (old, mut new) = (template("1.8.2"), template("1.9.0"));
    let app = &mut new["spec"]["containers"][0];
    app["env"][2]["value"] = json!("-Xms512m -Xmx900m -XX:+UseG1GC -XX:MaxGCPauseMillis=200 -Dfile.encoding=UTF-8");
    app["env"].as_array_mut().unwrap().push(json!({"name": "FEATURE_TOTALS", "value": "on"}));
    app["readinessProbe"]["timeoutSeconds"] = json!(3);
    app["resources"]["limits"]["memory"] = json!("1Gi");
    new["spec"]["volumes"][0]["configMap"]["name"] = json!("checkout-conf-2");
    (old, new)
}

/// A difference that was asked for by a key, and how it was answered.
fn answered(rollout: Rollout, answer: impl FnOnce() -> Option<Result<(Value, Value), Text>>) -> Story {
    let mut story = Story::deck(stories::alone(rollout)).press("d");
    let of: DiffAsk = story.session.diffing().unwrap().clone();
    let lines = answer().map(|read| read.map(|(old, new)| diff::templates(&old, &new)));
    story.fleet.desk.diff = lines.map(|lines| Diff { of, lines });
    story
}

fn edited() -> Rollout {
    let mut it = stories::rolling();
    it.phase = Phase::Paused;
    it.versions.remove(0);
    assert_eq!(it.versions[0].role, Role::Stable);
    it
}

/// Every one of them, by name.
pub(crate) fn all() -> Vec<(&'static str, Story)> {
    vec![
        ("logs", logs(trio(), "L", 60)),
        ("logs-scrolled", logs(trio(), "L", 60).press("kkk")),
        ("logs-wrapped", logs(trio(), "L", 60).press("w")),
        ("logs-searched", logs(trio(), "L", 60).press("/timeout\nN")),
        ("logs-typing", logs(trio(), "L", 60).press("/Time")),
        ("logs-pod", logs(trio(), "pjL", 60)),
        ("logs-all-containers", logs(trio(), "Lll", 60)),
        ("logs-previous", logs(stories::crash_loop(), "Lp", 9)),
        ("logs-many", many()),
        ("logs-oldest", many().press("gg")),
        ("logs-silent", logs(trio(), "L", 0)),
        ("logs-broken", broken()),
        ("logs-waiting", Story::deck(stories::alone(stories::image_pull())).press("L")),
        ("history", history("H")),
        ("history-marked", history("Hjjmk")),
        ("diff", answered(stories::rolling(), || Some(Ok(templates())))),
        ("diff-edited", answered(edited(), || Some(Ok(templates())))),
        ("diff-equal", answered(edited(), || Some(Ok((template("1"), template("1")))))),
        (
            "diff-refused",
            answered(stories::rolling(), || Some(Err("replicasets.apps \"checkout-7d9f8b01\" not found".into()))),
        ),
        ("diff-coming", answered(stories::rolling(), || None)),
    ]
}

#[test]
fn every_book_at_three_sizes() {
    for (name, story) in all() {
        story.snapshots(name);
    }
}

#[test]
fn changed_words_show_without_colours() {
    let mut story = answered(stories::rolling(), || Some(Ok(templates())));
    story.theme = Theme::built_in("dark").unwrap().fit(ColourDepth::None);
    let ansi = export::ansi(&story.draw(140, 45)).replace('\u{1b}', "^");
    insta::assert_snapshot!("diff-no-colours", ansi);
}

#[test]
fn the_oldest_line_fills_the_screen_and_says_how_far_back_it_is() {
    for keys in ["gg", "wgg"] {
        let mut story = logs(trio(), "L", 60);
        story.fleet.desk.logs.dropped = 7;
        story = story.press(keys);
        let first = export::plain(&story.draw(80, 24));
        let scrolled = story.fit(80, 24).log_scrolled.unwrap();
        assert!((30..59).contains(&scrolled), "{keys}: {scrolled}");
        story.session.logs_drawn(scrolled, &story.fleet);
        assert_eq!(export::plain(&story.draw(80, 24)), first, "{keys}: the same picture from there");
        assert_eq!(story.fit(80, 24).log_scrolled, Some(scrolled));
    }
}
