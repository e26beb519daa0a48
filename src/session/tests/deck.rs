//! The deck, its pods and its timeline.

use crate::{
    domain::{Choice, Gauge, Health, Moment, Naming, OwnQuery, Pack, Packs, Promql, Role, SaidBy, Span, Teller, Tone},
    input::{Action, Deck},
    session::{
        Screen, Tellers,
        fixture::{Story, at, entry, shop, version},
    },
};
use std::{sync::Arc, time::Duration};

/// The deck of `web`: new v4, current v3, old v2 with a pod, past v1 without.
fn deck() -> Story {
    let mut story = Story::new(shop());
    story.change("web", |r| {
        r.versions = vec![
            version("web", "v4", Role::New, 1),
            version("web", "v3", Role::Stable, 2),
            version("web", "v2", Role::Old, 1),
            version("web", "v1", Role::Past, 0),
        ];
        r.versions[2].pods.desired = 0;
    });
    story.keys("G enter");
    assert_eq!(story.session.screen(), &Screen::Deck(at("web")));
    story
}

#[test]
fn older_versions_are_folded_until_asked_for() {
    let mut story = deck();
    assert_eq!(story.panes("web"), "[web-v4] web-v3");
    assert_eq!(story.session.folded(&story.fleet.rollouts[&at("web")]), 2);
    story.change("web", |r| r.versions[2].pods.desired = 1);
    assert_eq!(story.panes("web"), "[web-v4] web-v3 web-v2", "it does not only drain: it serves");
    story.change("web", |r| r.versions[2].pods.desired = 0);
    story.keys("o");
    assert_eq!(story.panes("web"), "[web-v4] web-v3 web-v2 web-v1");
    story.keys("G l l l o");
    assert_eq!(story.panes("web"), "[web-v4] web-v3", "the selected one was folded away");
    story.change("web", |r| r.versions.truncate(2));
    story.keys("o");
    assert_eq!(story.notice(), "there are no older versions");
}

#[test]
fn versions_that_are_all_old_are_shown() {
    let mut story = deck();
    story.change("web", |r| r.versions = vec![version("web", "v2", Role::Old, 1)]);
    assert_eq!(story.panes("web"), "[web-v2]");
}

#[test]
fn history_is_unfolded_ten_at_most() {
    let mut story = deck();
    story.change("web", |r| {
        r.versions.extend((0..20).map(|n| version("web", &format!("p{n}"), Role::Past, 0)));
    });
    story.keys("o");
    assert_eq!(story.panes("web").split(' ').count(), 3 + 10);
    assert_eq!(story.session.folded(&story.fleet.rollouts[&at("web")]), 11);
}

#[test]
fn a_pane_stays_selected_by_identity() {
    let mut story = deck();
    story.keys("l");
    assert_eq!(story.panes("web"), "web-v4 [web-v3]");
    story.keys("l l");
    assert_eq!(story.panes("web"), "web-v4 [web-v3]", "the end");
    story.change("web", |r| {
        r.versions[0].role = Role::Stable;
        r.versions.insert(0, version("web", "v5", Role::New, 1));
    });
    assert_eq!(story.panes("web"), "web-v5 web-v4 [web-v3]");
    story.change("web", |r| r.versions.retain(|v| v.uid != "web-v3"));
    assert_eq!(story.panes("web"), "[web-v5] web-v4", "gone: the newest");
}

#[test]
fn pods_of_the_selected_version_worst_first() {
    let mut story = deck();
    story.change("web", |r| {
        let pods = &mut r.versions[1].pods.list;
        Arc::make_mut(&mut pods[1]).meta.deleting = Some(Moment(1));
        pods.push(Arc::new(crate::session::fixture::pod("failed", 9)));
        Arc::make_mut(&mut pods[2]).phase = crate::domain::PodPhase::Failed;
    });
    story.keys("l enter");
    assert_eq!(story.session.screen(), &Screen::Pods(at("web"), "web-v3".into()));
    let names = |story: &Story| {
        let pods = story.session.pods(&story.fleet);
        let row = story.session.pod_row(&pods);
        (pods.iter().map(|p| p.meta.at.name.to_string()).collect::<Vec<_>>(), row)
    };
    assert_eq!(names(&story), (vec!["failed".into(), "web-v3-0".into(), "web-v3-1".into()], Some(0)));
    story.keys("j");
    story.change("web", |r| drop(r.versions[1].pods.list.remove(0)));
    story.look();
    assert_eq!(names(&story), (vec!["failed".into(), "web-v3-1".into()], Some(1)), "the row it was in");
    story.keys("h");
    assert_eq!(story.session.screen(), &Screen::Pods(at("web"), "web-v4".into()), "the neighbour's pods");
    story.change("web", |r| r.versions[0] = version("web", "v4", Role::New, 2));
    story.keys("l j h");
    assert_eq!(names(&story).1, Some(0), "from the top");
    story.keys("p");
    assert_eq!(story.notice(), "the pods are shown already");
    story.keys("o");
    assert_eq!(story.notice(), "this screen has no panes of versions");
    story.keys("esc");
    assert_eq!((story.session.screen(), story.panes("web").as_str()), (&Screen::Deck(at("web")), "[web-v4] web-v3"));
}

#[test]
fn next_and_previous_go_through_the_rows_of_the_board() {
    let mut story = deck();
    story.keys("l o n");
    assert_eq!(story.notice(), "this is the last rollout of the board");
    story.keys("N");
    assert_eq!(story.session.screens, [Screen::Board, Screen::Deck(at("ledger"))]);
    assert!(story.session.deck.version.is_none() && !story.session.deck.older, "a deck of its own");
    story.keys("t N N N");
    assert_eq!(story.notice(), "this is the first rollout of the board");
    assert_eq!(story.session.screens, [Screen::Board, Screen::Deck(at("api")), Screen::Timeline(at("api"))]);
    story.keys("q p n");
    assert_eq!(story.session.screens, [Screen::Board, Screen::Deck(at("cart"))], "its pods are another's now");
    story.keys("N q");
    assert_eq!(story.board(), "[api] cart ledger web", "the board's cursor came along");
}

#[test]
fn a_rollout_that_is_gone_keeps_its_deck() {
    let mut story = deck();
    story.fleet.rollouts.remove(&at("web"));
    story.look();
    assert_eq!(story.session.screen(), &Screen::Deck(at("web")));
    story.keys("p");
    assert_eq!(story.notice(), "deployment/web is gone");
    story.keys("n");
    assert_eq!(story.session.screen(), &Screen::Deck(at("ledger")), "the row where it was");
}

#[test]
fn the_timeline_scrolls_back_and_is_filtered() {
    let mut story = deck();
    story.fleet.timeline = vec![
        entry("scaled", Teller::Event, Tone::Plain),
        entry("OOMKilled", Teller::Watch, Tone::Bad),
        entry("BackOff", Teller::Event, Tone::Bad),
        entry("paused", Teller::You, Tone::Plain),
    ];
    let lines =
        |story: &Story| story.session.lines(&story.fleet).iter().map(|e| e.says.to_string()).collect::<Vec<_>>();
    for (tellers, expected) in [
        (Tellers::Warnings, vec!["OOMKilled", "BackOff"]),
        (Tellers::Events, vec!["scaled", "BackOff"]),
        (Tellers::Changes, vec!["OOMKilled", "paused"]),
        (Tellers::All, vec!["scaled", "OOMKilled", "BackOff", "paused"]),
    ] {
        story.keys("f");
        assert_eq!(
            (story.session.deck.tellers, lines(&story)),
            (tellers, expected.iter().map(ToString::to_string).collect())
        );
    }
    let mut scrolled = |keys: &str| {
        story.keys(keys);
        story.session.deck.scrolled
    };
    assert_eq!([scrolled("k"), scrolled("k k k k"), scrolled("j"), scrolled("G"), scrolled("g g")], [1, 3, 2, 0, 3]);
    assert_eq!([scrolled("f"), scrolled("t"), scrolled("k")], [0, 0, 1], "another filter starts at the newest");
    story.session.deck.tellers = Tellers::All;
    story.session.deck.rows = 3;
    story.keys("g g");
    assert_eq!(story.session.deck.scrolled, 1, "the oldest line is the first of three in sight");
    story.keys("j");
    assert_eq!(story.session.deck.scrolled, 0, "no key is lost on the way back");
    story.session.deck.rows = 0;
    story.keys("G k");
    story.fleet.timeline.push(entry("resumed", Teller::You, Tone::Plain));
    story.look();
    let lines = story.session.lines(&story.fleet);
    assert_eq!(lines[story.session.reading(&lines).unwrap()].says, "BackOff", "the same line while newer ones arrive");
    story.keys("l");
    assert_eq!(story.notice(), "the timeline only scrolls up and down");
    story.keys("t");
    assert_eq!(story.session.screen(), &Screen::Deck(at("web")), "the same key leads back");
}

#[test]
fn deck_actions_mean_nothing_on_the_board() {
    let story = Story::new(shop());
    for action in [Deck::Pods, Deck::Older, Deck::Timeline, Deck::Tellers, Deck::Next, Deck::Previous] {
        let why = story.session.able(Action::Deck(action), &story.fleet).unwrap_err();
        assert_eq!(why.to_string(), "only on the deck of a rollout");
    }
}

#[test]
fn charts_are_stretched_and_rates_taken_over_other_windows() {
    let mut story = deck();
    story.keys("+");
    assert_eq!(story.notice(), "no metrics are configured: see --prometheus");
    assert_eq!(story.session.charting(&story.fleet), None);
    let minutes = |n| Duration::from_mins(n);
    story.session.options.windows = vec![minutes(5), minutes(1), minutes(15)];
    story.keys("+ + =");
    assert_eq!(story.notice(), "this is the longest stretch of time");
    story.keys("- W");
    let past = story.session.charting(&story.fleet).unwrap();
    assert_eq!((past.span, past.window, past.sets.len()), (Span::Hour, minutes(15), 4));
    story.keys("W");
    assert_eq!(story.session.rate_window(), Some(minutes(1)), "after the longest the shortest");
    story.keys("N");
    let past = story.session.charting(&story.fleet).unwrap();
    assert_eq!((past.span, past.window), (Span::Hour, minutes(1)), "the axis stays");
    assert!(past.sets.iter().any(|set| *set == "ledger-v2"), "{:?}", past.sets);
    story.keys("t +");
    assert_eq!(story.notice(), "this screen has no charts");
    assert!(story.session.charting(&story.fleet).is_some(), "they come back with the deck");
    story.keys("esc esc");
    assert_eq!(story.session.charting(&story.fleet), None);
}

#[test]
fn a_query_of_an_object_stays_selected_when_others_come_and_go() {
    let mut story = deck();
    story.session.options.windows = vec![Duration::from_mins(1)];
    let names = |story: &mut Story, names: &[&str]| {
        let query = |name: &&str| OwnQuery {
            name: (*name).into(),
            said_by: SaidBy::Object(at("canary")),
            promql: Ok(Promql::Verbatim("up".to_owned())),
            ..OwnQuery::typed("up")
        };
        story.change("web", |r| r.analysis.queries = names.iter().map(query).collect());
        story.look();
    };
    let selected = |story: &Story| story.session.own_query(&story.fleet).map(|query| query.name.to_string());
    names(&mut story, &["a", "b"]);
    story.keys("c up");
    assert_eq!(selected(&story).as_deref(), Some("b"));
    names(&mut story, &["x", "a", "b"]);
    assert_eq!(selected(&story).as_deref(), Some("b"));
    names(&mut story, &["b"]);
    assert_eq!(selected(&story).as_deref(), Some("b"));
    names(&mut story, &["a"]);
    assert_eq!(selected(&story), None, "another one is not shown in its place");
}

#[test]
fn packs_are_taken_by_key_and_by_name() {
    let mut story = deck();
    story.session.options.windows = vec![Duration::from_mins(1)];
    story.keys("M");
    assert_eq!(story.notice(), "there are no series of another query pack");
    let choice = |name: &str| Choice { name: name.into(), naming: Naming::ReplicaSet };
    let app = Pack { name: "app".into(), ..Pack::default() };
    let packs = Packs { versions: Some(app), clients: None, able: vec![choice("app"), choice("grpc")] };
    story.fleet.gauges.sources = vec![Gauge {
        cluster: at("web").cluster,
        place: "http://prometheus:9090".into(),
        search: None,
        health: Health::Live,
        every: Duration::from_secs(15),
        window: None,
        failed: Vec::new(),
        packs,
        past: None,
        counted: None,
        budgets: 0,
    }];
    story.keys("M");
    assert_eq!(story.session.deck.pack.as_deref(), Some("grpc"));
    story.keys(": p a c k space a p p enter");
    assert_eq!((story.session.deck.pack.as_deref(), story.session.overlay.is_none()), (Some("app"), true));
    story.keys(": p a c k space x enter");
    assert_eq!(story.notice(), "there are no series of a query pack x: there are of app, grpc");
}
