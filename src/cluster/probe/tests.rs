use tokio::time::sleep;

use super::{super::script::*, *};
use crate::cluster::Watching;

/// A clock that runs with the paused time of a test, from 2026-11-21T03:12:00Z.
fn clock() -> Clock {
    let start = sleep(Duration::ZERO).deadline();
    Arc::new(move || Moment(1_795_230_720_000).plus(sleep(Duration::ZERO).deadline().duration_since(start)))
}

struct Story {
    script: Script,
    facts: mpsc::Receiver<Fact>,
    pulse: watch::Receiver<Pulse>,
    _probing: Watching,
}

fn story() -> Story {
    let (cluster, script) = cluster();
    let (sender, facts) = mpsc::channel(64);
    let pulse = cluster.pulse.subscribe();
    Story { script, facts, pulse, _probing: cluster.probe(sender, clock()) }
}

const VERSION: &str = r#"{"gitVersion":"v1.36.1"}"#;

fn answer(asked: Asked, date: &str) {
    assert_eq!(asked.uri, "/version");
    asked.head(200, &[("date", date), ("content-type", JSON)], VERSION);
}

#[tokio::test(start_paused = true)]
async fn a_server_says_its_version_once_and_what_it_costs_when_that_changes() {
    let mut story = story();
    answer(story.script.next().await, "Sat, 21 Nov 2026 03:12:00 GMT");
    let told = told(&mut story.facts).await;
    assert_eq!(told.iter().filter(|words| *words == "server v1.36.1").count(), 1, "{told:?}");
    assert_eq!(told.last().unwrap(), "meter 1 24");
    assert!(story.script.within(5).await.is_none());
    answer(story.script.within(3).await.expect("every eight seconds"), "Sat, 21 Nov 2026 03:12:08 GMT");
    assert_eq!(super::super::script::told(&mut story.facts).await, ["meter 2 48"]);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_ahead_is_told_when_that_changes() {
    let mut story = story();
    for (date, expected) in [
        ("Sat, 21 Nov 2026 03:12:30 GMT", vec!["skew 30500"]),
        ("Sat, 21 Nov 2026 03:12:39 GMT", vec![]),
        ("Sat, 21 Nov 2026 03:12:17 GMT", vec!["skew 500"]),
        ("yesterday", vec![]),
    ] {
        answer(story.script.next().await, date);
        let told = told(&mut story.facts).await;
        let skews: Vec<_> = told.iter().filter(|words| words.starts_with("skew")).collect();
        assert_eq!(skews.len(), expected.len(), "{told:?} after {date}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_frozen_server_is_found_and_its_return_is_told() {
    let mut story = story();
    answer(story.script.next().await, "");
    told(&mut story.facts).await;
    let mut kept = Vec::new();
    for _ in 0..5 {
        kept.push(story.script.within(10).await.expect("asks on"));
    }
    assert!(story.pulse.borrow().failing);
    answer(story.script.within(10).await.unwrap(), "");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(*story.pulse.borrow(), Pulse { answers: 2, returns: 1, thaws: 1, failing: false });
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_is_no_reason_to_distrust() {
    let mut story = story();
    answer(story.script.next().await, "");
    drop(story.script.next().await);
    story.script.next().await.answer(502, "text/html", "bad gateway");
    answer(story.script.next().await, "");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(*story.pulse.borrow(), Pulse { answers: 2, returns: 1, thaws: 0, failing: false });
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer() {
    let mut story = story();
    story.script.next().await.refuse(403, "Forbidden", "no");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(story.pulse.borrow().answers, 1);
}
