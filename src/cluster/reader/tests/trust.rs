//! When an open watch is trusted, and when not.

use super::*;

/// The server is away for long, then answers again.
async fn thaw(story: &mut Story, meanwhile: impl Future<Output = ()>) {
    story.cluster.pulse.send_modify(|pulse| pulse.failing = true);
    story.told().await;
    meanwhile.await;
    story.told().await;
    story.cluster.pulse.send_modify(|pulse| {
        *pulse =
            Pulse { answers: pulse.answers + 1, returns: pulse.returns + 1, thaws: pulse.thaws + 1, failing: false };
    });
}

#[tokio::test(start_paused = true)]
async fn a_watch_without_a_bookmark_is_not_trusted() {
    let (mut story, pipe) = Story::live().await;
    assert!(story.script.within(60).await.is_none());
    pipe.bookmark("50").await;
    assert!(story.script.within(88).await.is_none());
    story.script.expect(&listed_from("50")).await.list("51", &[]);
    let _open = story.script.expect(&watched_from("51")).await.stream(JSON);
    assert_eq!(story.told().await, ["spoke", "begin", "end", "spoke"]);
    assert!(!pipe.bookmark("52").await, "the old watch is closed");
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_answered_keeps_an_open_watch_fresh() {
    let (mut story, _pipe) = Story::live().await;
    story.cluster.pulse.send_modify(|pulse| pulse.answers += 1);
    assert_eq!(story.told().await, ["spoke"]);
    story.cluster.pulse.send_modify(|pulse| pulse.failing = true);
    assert_eq!(story.told().await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_stayed_silent_after_a_long_outage_is_opened_again() {
    let (mut story, pipe) = Story::live().await;
    pipe.event("ADDED", service("api", "42")).await;
    assert_eq!(story.told().await, ["put api"]);
    thaw(&mut story, async {}).await;
    let _open = story.script.expect(&watched_from("42")).await.stream(JSON);
    assert!(!pipe.bookmark("43").await);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_spoke_during_the_outage_is_trusted() {
    let (mut story, pipe) = Story::live().await;
    let speaks = async {
        pipe.bookmark("42").await;
    };
    thaw(&mut story, speaks).await;
    assert!(story.script.within(5).await.is_none());
    assert!(pipe.bookmark("43").await);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_back_is_not_kept_waiting() {
    let mut story = story();
    for _ in 0..8 {
        drop(story.script.next().await);
    }
    assert!(story.script.within(10).await.is_none());
    story.cluster.pulse.send_modify(|pulse| pulse.returns += 1);
    assert!(story.script.within(1).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_quiet_watch_that_a_middlebox_ends_is_opened_again_without_alarm() {
    let (mut story, pipe) = Story::live().await;
    assert!(story.script.within(58).await.is_none());
    drop(pipe);
    let _open = story.script.expect(&watched_from("41")).await.stream(JSON);
    assert_eq!(story.told().await, ["spoke"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_gap_in_time_a_quiet_watch_is_not_trusted() {
    let (mut story, _pipe) = Story::live().await;
    story.cluster.pulse.send_modify(|pulse| pulse.answers += 1);
    assert_eq!(story.told().await, ["spoke"]);
    story.cluster.pulse.send_modify(|pulse| pulse.thaws += 1);
    story.script.expect(&watched_from("41")).await;
}

#[tokio::test(start_paused = true)]
async fn a_question_that_was_lost_while_the_server_was_away_is_asked_again() {
    let mut story = story();
    let _lost = story.script.expect(FIRST).await;
    thaw(&mut story, async {}).await;
    story.script.within(1).await.expect("asked again");
}
