use serde_json::json;

use super::*;
use crate::{
    cluster::{Watching, script::*},
    domain::{Kind, Name, Ref},
};

const OPENED: &str = "/api/v1/namespaces/shop/pods/web/log?container=app&follow=true&timestamps=true&tailLines=200";
const POD: &str = "/api/v1/namespaces/shop/pods/web";

fn ask(previous: bool) -> LogAsk {
    let pod = Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::POD, name: "web".into() };
    LogAsk { pod, container: Name::fixed("app"), previous }
}

/// A log that is followed, the server, and what is told.
fn followed(previous: bool) -> (Watching, Script, mpsc::Receiver<Fact>) {
    let (cluster, script) = cluster();
    let (sender, facts) = mpsc::channel(8);
    (cluster.follow_log(ask(previous), sender), script, facts)
}

fn pod(state: &Value) -> String {
    json!({"status": {"phase": "Running", "containerStatuses": [{"name": "sidecar", "state": {"running": {}}}, state]}})
        .to_string()
}

fn running() -> String {
    pod(&json!({"name": "app", "state": {"running": {"startedAt": "2026-11-21T17:00:00Z"}}}))
}

fn ended() -> String {
    pod(&json!({"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {}}}))
}

#[tokio::test(start_paused = true)]
async fn lines_come_in_batches_until_the_container_ends() {
    let (_following, mut script, mut facts) = followed(false);
    let asked = script.expect(OPENED).await;
    assert_eq!(asked.headers["accept-encoding"], "identity");
    let pipe = asked.stream("text/plain");
    pipe.chunk("2026-11-21T17:00:00Z one\n2026-11-21T17:00:01Z tw").await;
    pipe.chunk("o\n2026-11-21T17:00:02Z last words").await;
    let opened = ["log of web: Opening", "log of web: Following", r#"lines "one" "two""#];
    assert_eq!(told(&mut facts).await, opened);
    drop(pipe);
    script.expect(POD).await.answer(200, JSON, ended());
    assert_eq!(told(&mut facts).await, [r#"lines "last words""#, "log of web: Ended"]);
    assert!(script.within(3_600).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_sixty_four_lines_and_waits_for_room() {
    let (_following, mut script, mut facts) = followed(false);
    let pipe = script.next().await.stream("text/plain");
    pipe.chunk("2026-11-21T17:00:00Z many\n".repeat(1_000)).await;
    pipe.chunk("2026-11-21T17:00:01Z more\n").await;
    let mut sizes = Vec::new();
    while let Ok(Some(fact)) = tokio::time::timeout(Duration::from_secs(1), facts.recv()).await {
        if let Fact::Lines(lines) = fact {
            assert_eq!(lines[0].at.map(|at| at.0 / 1_000), Some(1_795_280_400));
            sizes.push(lines.len());
        }
    }
    assert_eq!((sizes[0], sizes[14], sizes.iter().sum::<usize>()), (64, 64, 1_001));
    assert_eq!(sizes.len(), 16, "the last line went with those before it");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_goes_on_without_a_line_twice() {
    let (_following, mut script, mut facts) = followed(false);
    let pipe = script.next().await.stream("text/plain");
    pipe.chunk("2026-11-21T17:00:00.1Z one\n2026-11-21T17:00:00.2Z two\n2026-11-21T17:00:00.3Z thr").await;
    assert_eq!(told(&mut facts).await.last().unwrap(), r#"lines "one" "two""#);
    pipe.cut().await;
    script.expect(POD).await.answer(200, JSON, running());
    let again = script.next().await;
    assert!(again.uri.ends_with("&follow=true&timestamps=true&sinceTime=2026-11-21T17%3A00%3A00Z&tailLines=5000"));
    let pipe = again.stream("text/plain");
    pipe.chunk("2026-11-21T17:00:00.1Z one\n2026-11-21T17:00:00.2Z two\n2026-11-21T17:00:00.3Z three\n").await;
    assert_eq!(
        told(&mut facts).await,
        ["log of web: Broken(\"the connection was cut\")", "log of web: Following", r#"lines "three""#]
    );
    drop(pipe);
    script.expect(POD).await.answer(200, JSON, running());
    assert!(script.next().await.uri.contains("/log?"), "a runtime that turned its log over ends the stream");
}

#[tokio::test(start_paused = true)]
async fn a_previous_run_is_read_once() {
    let (_following, mut script, mut facts) = followed(true);
    let asked = script.next().await;
    assert!(asked.uri.ends_with("/log?container=app&previous=true&timestamps=true&tailLines=1000"), "{}", asked.uri);
    asked.answer(200, "text/plain", "2026-11-21T17:00:00Z panic: \x1b[31mno config\n");
    assert_eq!(
        told(&mut facts).await,
        ["log of web: Opening", "lines \"panic: \u{fffd}[31mno config\"", "log of web: Ended"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_had_is_a_sentence_and_not_asked_again() {
    for (code, message) in [
        (400, "previous terminated container \"app\" in pod \"web\" not found"),
        (400, "container app is not valid for pod web"),
        (403, "pods \"web\" is forbidden: User \"viewer\" cannot get resource \"pods/log\""),
        (404, "pods \"web\" not found"),
    ] {
        let (_following, mut script, mut facts) = followed(code == 400);
        script.next().await.refuse(code, "", message);
        let says = format!("log of web: {:?}", LogState::Broken(message.into()));
        assert_eq!(told(&mut facts).await, ["log of web: Opening", says.as_str()]);
        assert!(script.within(3_600).await.is_none(), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_container_that_waits_to_start_is_asked_for_during_two_minutes() {
    let why = "container \"app\" in pod \"web\" is waiting to start: ContainerCreating";
    let (_following, mut script, mut facts) = followed(false);
    for _ in 0..3 {
        script.next().await.refuse(400, "BadRequest", why);
    }
    script.next().await.answer(200, "text/plain", "");
    let waiting = r#"{"status":{"phase":"Pending"}}"#;
    script.expect(POD).await.answer(200, JSON, waiting);
    let says = told(&mut facts).await;
    assert_eq!(says[1], format!("log of web: {:?}", LogState::Broken(why.into())));
    assert_eq!(says[2], "log of web: Following", "what is no news is not told again");
    assert!(says[3].contains("is waiting to start: the pod has no node yet"), "{says:?}");
    let mut asked = 4;
    while let Some(again) = script.within(3).await {
        again.refuse(400, "BadRequest", why);
        asked += 1;
    }
    assert_eq!(asked, STARTS + 1);
    assert!(told(&mut facts).await.last().unwrap().contains("ContainerCreating; it is not asked for any more"));
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_read_pods_still_sees_the_end() {
    let (_following, mut script, mut facts) = followed(false);
    script.next().await.answer(200, "text/plain", "2026-11-21T17:00:00Z one\n");
    script.expect(POD).await.refuse(403, "Forbidden", "no");
    assert_eq!(told(&mut facts).await.last().unwrap(), "log of web: Ended");
    assert!(script.within(3_600).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_kubelet_that_is_away_is_asked_again_more_and_more_rarely() {
    let (_following, mut script, mut facts) = followed(false);
    for _ in 0..8 {
        script.next().await.refuse(500, "InternalError", "dial tcp 10.0.0.1:10250: i/o timeout");
    }
    assert!(script.within(10).await.is_none());
    script.next().await.stream("text/plain").chunk("2026-11-21T17:00:00Z back\n").await;
    let says = told(&mut facts).await;
    assert!(says[1].contains("Broken(\"500: dial tcp 10.0.0.1:10250: i/o timeout\")"), "{says:?}");
    assert_eq!(says[2..], ["log of web: Following", r#"lines "back""#], "and once is enough");
}
