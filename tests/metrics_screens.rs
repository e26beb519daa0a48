//! Screens with metrics: two versions on one axis, and each way in which there are none.

use std::{sync::Arc, time::Duration};

use rolldeck::{
    domain::{
        Candidate, Choice, Fate, Fleet, Gauge, Health, Measure, Measured, Naming, Pack, Packs, Ref, Rollout, Search,
        Unmeasured, Usage,
    },
    session::Screen,
};

use crate::{
    screens::Story,
    support::{NOW, ago, fleet, stories},
};

const EVERY: Duration = Duration::from_secs(15);

fn gauge(health: Health) -> Gauge {
    Gauge {
        cluster: "prod-eu".into(),
        place: "http://prometheus.example.com:9090".into(),
        search: None,
        health,
        every: EVERY,
        window: Some(Duration::from_mins(1)),
        failed: Vec::new(),
        packs: packs(),
        past: None,
        counted: None,
        budgets: 0,
    }
}

/// One pack for the versions, which is the only one.
fn packs() -> Packs {
    let app = Pack { name: "app".into(), about: "its own".into(), failed: "5xx".into(), ..Pack::default() };
    let able = vec![Choice { name: "app".into(), naming: app.naming }];
    Packs { versions: Some(app), clients: None, able }
}

/// What a version measures at a moment: rate, share of errors, seconds of the 95th percentile.
type Truth = fn(i64) -> (f64, f64, f64);

/// The release that is worse: it comes eight minutes ago, fails more and more, and is slow.
fn comes(secs_ago: i64) -> (f64, f64, f64) {
    let since = f64::from(i32::try_from(480 - secs_ago).unwrap());
    (since.min(208.0), (since / 120_000.0).min(0.003_1), 0.061)
}

/// The one that goes, slightly, and has missed its scrapes between four and six minutes ago.
fn goes(secs_ago: i64) -> (f64, f64, f64) {
    let rest = f64::from(i32::try_from(secs_ago.min(480)).unwrap());
    (600.0 + rest * 0.4, 0.000_8, 0.048)
}

fn measured(secs_ago: i64, (rate, errors, p95): (f64, f64, f64)) -> Measured {
    let (p50, p99) = (Some(p95 / 4.0), Some(p95 * 2.5));
    Measured { at: ago(secs_ago), rate: Some(rate), errors: Some(errors), p50, p95: Some(p95), p99 }
}

/// A rollout and its fleet: the new and the current version as they are, from so many seconds ago on.
fn measured_fleet(mut rollout: Rollout, health: Health) -> (Fleet, Ref) {
    let at = rollout.at.clone();
    let truths: [(Truth, i64); 2] = [(comes, 480), (goes, 900)];
    for (version, (truth, _)) in rollout.versions.iter_mut().zip(truths) {
        version.metrics = Some(Arc::new(measured(0, truth(0))));
    }
    let mut fleet = fleet(vec![rollout]);
    fleet.gauges.sources = vec![gauge(health)];
    let versions: Vec<Ref> = fleet.rollouts[&at].versions.iter().map(|version| version.at.clone()).collect();
    for (version, (truth, since)) in versions.iter().zip(truths) {
        let scraped = (0..=since / 15).rev().map(|n| n * 15);
        for secs in scraped.filter(|secs| since == 480 || !(240..360).contains(secs)) {
            fleet.gauges.line_mut(version).push(&measured(secs, truth(secs)));
        }
    }
    fleet.timeline = stories::timeline(&at);
    (fleet, at)
}

pub(crate) fn deck(health: Health) -> Story {
    let mut story = Story::deck(measured_fleet(stories::rolling(), health));
    story.session.options.windows = vec![Duration::from_mins(1), Duration::from_mins(5)];
    story
}

/// The newest numbers of both versions are these.
fn newest(mut story: Story, of: &[Option<Measured>]) -> Story {
    for rollout in story.fleet.rollouts.values_mut() {
        let rollout = Arc::make_mut(rollout);
        for (version, measured) in rollout.versions.iter_mut().zip(of) {
            version.metrics = measured.map(Arc::new);
        }
    }
    story
}

/// What clients see: the same requests, of which one in thirty has failed for two minutes.
fn with_clients(mut story: Story) -> Story {
    let router = Pack { name: "traefik".into(), about: "by Service".into(), failed: "5xx".into(), ..Pack::default() };
    story.fleet.gauges.sources[0].packs.clients = Some(router);
    let at = story.fleet.rollouts.keys().next().unwrap().clone();
    let seen = |secs_ago: i64| {
        let errors = if secs_ago <= 120 { 0.033 } else { 0.000_9 };
        let rate = comes(secs_ago).0.max(0.0) + goes(secs_ago).0;
        Measured { at: ago(secs_ago), rate: Some(rate), errors: Some(errors), ..Measured::default() }
    };
    for secs in (0..=60).rev().map(|n| n * 15) {
        story.fleet.gauges.door_mut(&at).push(&seen(secs));
    }
    let rollout = Arc::make_mut(story.fleet.rollouts.get_mut(&at).unwrap());
    rollout.door.measured = Some(Arc::new(seen(0)));
    story
}

/// The pack in use counts by Service, and both versions have the same.
fn not_split() -> Story {
    let mut story = newest(deck(Health::Live), &[None, None]);
    story.fleet.gauges.retain(|_, _| false);
    let router = Pack { name: "traefik".into(), naming: Naming::Backend, ..Pack::default() };
    let packs = &mut story.fleet.gauges.sources[0].packs;
    packs.able.push(Choice { name: router.name.clone(), naming: router.naming });
    packs.versions = Some(router);
    story
}

pub(crate) fn stale() -> Health {
    Health::Stale { since: ago(123), why: Some("connection refused: nothing listens there".into()) }
}

fn down() -> Health {
    Health::Down { why: "it wants to know who asks (401): check user and password_file, or bearer_file".into() }
}

/// What looking among the Services of the cluster came to.
fn searched(mut story: Story, place: &str, fates: [Fate; 2]) -> Story {
    let [one, other] = fates;
    let candidate = |place: &str, fate| Candidate { place: place.into(), product: "Prometheus".into(), fate };
    let candidates =
        vec![candidate("istio-system/prometheus:9090", one), candidate("monitoring/prometheus:9090", other)];
    let missing = vec!["list on services in all namespaces, or in that of the Prometheus".into()];
    let gauge = &mut story.fleet.gauges.sources[0];
    (gauge.place, gauge.search) = (place.into(), Some(Search { candidates, missing }));
    if place.is_empty() {
        gauge.packs = Packs::default();
    }
    story
}

/// One was found behind one that is dead.
fn found() -> Story {
    let dead = Fate::Failed("the API server answers 503: no endpoints available".into());
    let mut story = searched(deck(Health::Live), "service monitoring/prometheus:9090", [dead, Fate::Chosen]);
    story.session.screens.push(Screen::Sources);
    story
}

/// None was found, and why.
fn unfound() -> Story {
    let rule = "needs get on services/proxy";
    let why = format!("istio-system/prometheus:9090: {rule}; 1 more: see rolldeck doctor");
    let dead = Fate::Failed("the API server answers 503: no endpoints available".into());
    let health = Health::Denied { why: why.as_str().into() };
    searched(newest(deck(health), &[None, None]), "", [Fate::Failed(rule.into()), dead])
}

/// A metrics server says what pods use, but for two that have just started.
fn used() -> Story {
    let mut story = deck(Health::Live);
    let at = story.fleet.rollouts.keys().next().unwrap().clone();
    let pods = story.fleet.rollouts[&at].versions.iter().flat_map(|version| &version.pods.list);
    let usage = Usage { cpu_nano: 137_000_000, memory: 291 << 20 };
    let pods = pods.skip(2).map(|pod| (pod.meta.at.name.clone(), usage)).collect();
    story.fleet.gauges.keep_usage((at.cluster, at.namespace), Some(Ok(pods)));
    story
}

/// What pods use may not be read.
fn unused() -> Story {
    let mut story = deck(Health::Live);
    let at = story.fleet.rollouts.keys().next().unwrap().clone();
    let why = Unmeasured::Trouble("needs list on pods.metrics.k8s.io in namespace shop".into());
    story.fleet.gauges.keep_usage((at.cluster, at.namespace), Some(Err(why)));
    story
}

fn board() -> Story {
    let mut fleet = stories::board();
    fleet.gauges.sources = vec![gauge(Health::Live)];
    for (n, rollout) in (0_i64..).zip(fleet.rollouts.values_mut()) {
        let rollout = Arc::make_mut(rollout);
        for (m, version) in (0_i64..).zip(&mut rollout.versions) {
            let at = f64::from(i32::try_from(n * 7 + m * 3).unwrap());
            let measured = measured(0, (at * 9.0, at / 9_000.0, 0.004 + at / 300.0));
            version.metrics = (n % 4 != 3).then(|| Arc::new(measured));
        }
    }
    Story::board(fleet)
}

#[test]
fn every_screen_with_metrics_at_three_sizes() {
    let idle = Measured { at: NOW, ..Measured::default() };
    let mut failed = deck(Health::Live);
    failed.fleet.gauges.sources[0].failed = vec![(Measure::P95, "execution: too many samples".into())];
    let mut sources = deck(stale());
    sources.session.screens.push(Screen::Sources);
    let stories = vec![
        ("metrics-deck", deck(Health::Live)),
        ("metrics-deck-5m", deck(Health::Live).press("-")),
        ("metrics-clients", with_clients(deck(Health::Live))),
        ("metrics-not-split", not_split()),
        ("metrics-stale", deck(stale())),
        ("metrics-down", deck(down())),
        ("metrics-loading", newest(deck(Health::Loading), &[None, None])),
        ("metrics-no-traffic", newest(deck(Health::Live), &[Some(idle), Some(measured(0, goes(0)))])),
        ("metrics-one-failed", failed),
        ("metrics-sources", sources),
        ("metrics-used", used()),
        ("metrics-unused", unused()),
        ("metrics-found-sources", found()),
        ("metrics-unfound", unfound()),
        ("metrics-unfound-sources", unfound().press("S")),
        ("metrics-board", board()),
    ];
    for (name, story) in &stories {
        story.snapshots(name);
    }
}

#[test]
fn charts_are_ascii_where_nothing_else_is_wanted() {
    let mut story = deck(Health::Live);
    story.session.options.ascii = true;
    let buffer = story.draw(140, 45);
    assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    insta::assert_snapshot!("metrics-deck-ascii-140x45", rolldeck::view::export::plain(&buffer));
}

/// The heights of two versions can be compared: the same number has the same bar in both panes.
#[test]
fn panes_share_one_scale() {
    let text = rolldeck::view::export::plain(&deck(Health::Live).draw(140, 45));
    let row = text.lines().find(|line| line.contains("traffic")).unwrap();
    let (new, current) = row.split_at(row.char_indices().nth(70).unwrap().0);
    let highest = |half: &str| half.chars().filter(|c| ('▁'..='█').contains(c)).max();
    assert_eq!((highest(new), highest(current)), (Some('▃'), Some('█')), "208 beside 792 req/s\n{row}");
}
