//! The screen of logs: whose lines are wanted, which one is read, and what is found.

use std::sync::Arc;

use crate::{
    domain::{ContainerRole, ContainerState, LogLine, Moment, Role},
    input::Logs,
    session::{
        LogOf, STREAMS, Screen,
        fixture::{Story, at, pod, restart, shop, version},
    },
};

/// The deck of `web` whose new version has this many pods with a running container `app`.
fn deck(pods: i32) -> Story {
    let mut story = Story::new(shop());
    story.change("web", |r| {
        r.versions = vec![version("web", "v2", Role::New, pods), version("web", "v1", Role::Stable, 1)];
        for pod in r.versions.iter_mut().flat_map(|v| &mut v.pods.list) {
            restart(Arc::make_mut(pod), 0);
        }
    });
    story.keys("G enter");
    story
}

/// `pod/container` of each wanted stream, `!` where the run before is wanted.
fn asks(story: &Story) -> String {
    let one = |ask: &crate::domain::LogAsk| {
        format!("{}/{}{}", ask.pod.name, ask.container, if ask.previous { "!" } else { "" })
    };
    story.session.reading_logs(&story.fleet).iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Lines arrive of the wanted stream of that index, and are looked at.
fn write(story: &mut Story, stream: usize, lines: &[&str]) {
    let of = story.session.reading_logs(&story.fleet)[stream].clone();
    for says in lines {
        let at = Some(Moment(i64::try_from(story.fleet.desk.logs.lines.len()).unwrap()));
        story.fleet.desk.logs.lines.push_back(LogLine { of: of.clone(), at, says: (*says).into() });
    }
    story.look();
}

/// The line that is read.
fn read(story: &Story) -> String {
    let book = &story.fleet.desk.logs;
    story.session.logs.place(book).map_or_else(String::new, |place| book.lines[place].says.to_string())
}

#[test]
fn a_version_from_the_deck_and_a_pod_from_its_pods() {
    let mut story = deck(2);
    assert_eq!(asks(&story), "", "nothing is read before it is looked at");
    story.keys("L");
    assert_eq!(story.session.screen(), &Screen::Logs(at("web"), LogOf::Version("web-v2".into())));
    assert_eq!(asks(&story), "web-v2-1/app web-v2-0/app");
    story.keys("esc l L");
    assert_eq!(asks(&story), "web-v1-0/app");
    story.keys("esc h enter j L");
    assert_eq!(story.session.screen(), &Screen::Logs(at("web"), LogOf::Pod("web-v2-1".into())));
    assert_eq!(asks(&story), "web-v2-1/app");
    story.keys("?");
    assert_eq!(asks(&story), "web-v2-1/app", "still under help");
    story.keys("esc q");
    assert_eq!(asks(&story), "");
}

#[test]
fn pods_come_and_what_gone_ones_wrote_stays() {
    let mut story = deck(2);
    story.keys("L");
    write(&mut story, 0, &["last words"]);
    story.change("web", |r| {
        r.versions[0].pods.list.clear();
        let mut new = pod("fresh", 9);
        restart(&mut new, 0);
        r.versions[0].pods.list.push(Arc::new(new));
        r.versions[0].pods.list.push(Arc::new(pod("not-started", 9)));
    });
    story.look();
    assert_eq!(asks(&story), "fresh/app web-v2-1/app", "the silent one is let go of");
    assert_eq!(story.session.logs.voices.len(), 3, "colours stay");
    story.fleet.desk.logs.lines.clear();
    story.look();
    assert_eq!(asks(&story), "fresh/app");
}

#[test]
fn a_container_that_never_started_has_no_log_yet() {
    let mut story = deck(1);
    let waits = |reason: &str| ContainerState::Waiting { reason: reason.into(), message: "".into() };
    let set = |story: &mut Story, state: ContainerState, restarts: i32| {
        story.change("web", |r| {
            let container = &mut Arc::make_mut(&mut r.versions[0].pods.list[0]).containers[0];
            (container.state, container.restarts) = (state, restarts);
        });
        story.look();
    };
    set(&mut story, waits("ImagePullBackOff"), 0);
    story.keys("L");
    assert_eq!((asks(&story).as_str(), story.session.logs.heard.waiting), ("", 1));
    set(&mut story, waits("CrashLoopBackOff"), 3);
    assert_eq!((asks(&story).as_str(), story.session.logs.heard.waiting), ("web-v2-0/app", 0));
}

#[test]
fn so_many_streams_and_no_more() {
    let mut story = deck(200);
    story.keys("L");
    let heard = story.session.logs.heard;
    assert_eq!((heard.pods, heard.containers, heard.streams), (200, 200, STREAMS));
    let before = asks(&story);
    assert_eq!(before.split(' ').count(), STREAMS);
    story.change("web", |r| restart(Arc::make_mut(&mut r.versions[0].pods.list[0]), 7));
    story.look();
    assert_eq!(asks(&story), before, "who is heard is not cut off");
}

#[test]
fn containers_one_by_one_and_all() {
    let mut story = deck(1);
    story.keys("L right");
    assert_eq!(story.notice(), "there is only one container");
    story.change("web", |r| {
        let pod = Arc::make_mut(&mut r.versions[0].pods.list[0]);
        let mut all = vec![pod.containers[0].clone(); 3];
        (all[0].name, all[0].role) = ("setup".into(), ContainerRole::Init);
        all[2].name = "proxy".into();
        pod.containers = all.into();
    });
    story.look();
    let mut after = |keys: &str| {
        story.keys(keys);
        asks(&story).replace("web-v2-0/", "")
    };
    assert_eq!(after("k"), "app", "the one that kubectl logs takes");
    assert_eq!([after("right"), after("right")], ["proxy", "setup"]);
    assert_eq!(after("right"), "setup app proxy");
    assert_eq!([after("right"), after("left")], ["app", "setup app proxy"]);
}

#[test]
fn the_run_before_the_restart() {
    let mut story = deck(2);
    story.keys("L p");
    assert_eq!(story.notice(), "no container has restarted, so there is no run before this one");
    story.change("web", |r| restart(Arc::make_mut(&mut r.versions[0].pods.list[1]), 2));
    story.keys("p");
    assert_eq!(asks(&story), "web-v2-1/app!");
    story.keys("p");
    assert_eq!(asks(&story), "web-v2-1/app web-v2-0/app");
}

#[test]
fn who_scrolls_back_stays_where_he_reads() {
    let mut story = deck(2);
    story.keys("L");
    write(&mut story, 0, &["a", "b", "c", "d"]);
    assert_eq!(read(&story), "d");
    write(&mut story, 1, &["e"]);
    assert_eq!(read(&story), "e", "following");
    story.keys("k k");
    assert_eq!(read(&story), "c");
    write(&mut story, 1, &["f", "g"]);
    assert_eq!(read(&story), "c");
    let late = LogLine { says: "late".into(), ..story.fleet.desk.logs.lines[0].clone() };
    story.fleet.desk.logs.lines.insert(1, late);
    story.look();
    assert_eq!(read(&story), "c", "a line among older ones");
    story.fleet.desk.logs.lines.drain(..2);
    story.fleet.desk.logs.dropped += 2;
    story.look();
    assert_eq!(read(&story), "c", "older ones are let go of");
    story.fleet.desk.logs.lines.drain(..3);
    story.fleet.desk.logs.dropped += 3;
    story.look();
    assert_eq!(read(&story), "e", "it is gone itself: the oldest there is");
    story.keys("g g");
    assert_eq!(read(&story), "e");
    story.keys("F");
    assert_eq!((read(&story).as_str(), story.session.logs.scrolled), ("g", 0));
    story.keys("g g");
    story.session.logs_drawn(1, &story.fleet);
    write(&mut story, 0, &["h"]);
    assert_eq!(read(&story), "f", "where it was really drawn");
}

#[test]
fn words_are_found_round_and_round() {
    let mut story = deck(1);
    story.keys("L n");
    assert_eq!(story.notice(), "nothing is searched yet: / finds words");
    write(&mut story, 0, &["Timeout 1", "ok", "timeout 2", "ok", "ok"]);
    let found = |story: &Story| story.session.logs.found.as_ref().map(|line| line.says.to_string()).unwrap_or_default();
    story.keys("/");
    story.types("timeo");
    assert_eq!((story.session.logs.search.as_str(), found(&story).as_str()), ("timeo", ""), "marked while typed");
    story.keys("enter");
    assert_eq!(found(&story), "timeout 2", "the nearest before the newest");
    write(&mut story, 0, &["news", "news"]);
    assert!(story.session.logs.scrolled >= 2, "it stays in sight");
    story.keys("N");
    assert_eq!(found(&story), "Timeout 1");
    story.keys("N");
    assert_eq!((found(&story).as_str(), story.notice()), ("timeout 2", "from the newest line again"));
    story.keys("n");
    assert_eq!((found(&story).as_str(), story.notice()), ("Timeout 1", "from the oldest line again"));
    story.keys("/");
    story.types("zzz");
    story.keys("esc");
    assert_eq!(story.session.logs.search, "timeo", "as before");
    story.keys("/");
    story.session.paste("Timeout");
    story.keys("enter n");
    assert_eq!(found(&story), "Timeout 1", "a capital finds only itself");
    story.keys("/ x y z enter");
    assert_eq!(story.notice(), "no line has that; lines that come are marked");
    story.keys("/ enter n");
    assert_eq!(story.notice(), "nothing is searched yet: / finds words", "an empty word ends the search");
}

#[test]
fn keys_of_logs_mean_nothing_elsewhere() {
    let story = deck(1);
    for action in [Logs::Follow, Logs::Search, Logs::SearchNext, Logs::PreviousRun, Logs::Wrap] {
        let why = story.session.able(crate::input::Action::Logs(action), &story.fleet).unwrap_err();
        assert_eq!(why.to_string(), "only on the screen of logs");
    }
    let mut story = deck(0);
    story.keys("L");
    assert_eq!(story.notice(), "this version has no pods");
    story.change("web", |r| r.versions[0].pods.known = false);
    story.keys("L");
    assert_eq!(story.notice(), "pods may not be read here");
}
