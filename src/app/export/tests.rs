use std::sync::Arc;

use super::*;
use crate::{
    domain::{
        Curve, CurveAsk, Curves, Entry, Fleet, Gauge, Health, Kind, Measured, Moment, OwnQuery, Phase, Pods, Ref, Role,
        Rollout, RolloutStatus, Span, Split, Standing, Teller, Tone, Version,
    },
    session::{Figure, Options, Screen, Session},
};

const NOW: Moment = Moment::from_secs(1_795_230_720);

fn ago(secs: i64) -> Moment {
    NOW.shifted(-1_000 * secs)
}

fn at() -> Ref {
    Ref { cluster: "prod-eu".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: "web".into() }
}

fn version(name: &str, role: Role) -> Version {
    Version {
        at: at().sibling(Kind::REPLICA_SET, name.into()),
        uid: name.into(),
        role,
        revision: Some(if role == Role::New { 42 } else { 41 }),
        images: vec![("app".into(), format!("example.com/shop/{}", name.replace('-', ":")).into())],
        cause: None,
        created: ago(86_400),
        sets: vec![name.into()],
        pods: Pods { desired: 4, have: 4, ready: 4, available: 4, list: Vec::new(), known: true, ended: Vec::new() },
        split: Split::default(),
        services: Vec::new(),
        metrics: None,
        peak: None,
    }
}

fn rollout() -> Rollout {
    Rollout {
        at: at(),
        uid: "web".into(),
        labels: crate::domain::Labels::default(),
        system: "deployment".into(),
        parent: None,
        phase: Phase::Paused,
        says: "paused with 4 new | 4 old pods".into(),
        cause: None,
        since: Some(ago(60)),
        status: RolloutStatus { standing: Standing::Waiting, says: "".into() },
        created: ago(90_000),
        generation: 1,
        observed: 1,
        desired: 8,
        forces: Vec::new(),
        analysis: crate::domain::Analysis::default(),
        course: crate::domain::Course::default(),
        door: crate::domain::Doorstep::default(),
        versions: vec![version("web-7d9", Role::New), version("web-5f2", Role::Stable)],
        findings: Vec::new(),
        wants: Vec::new(),
        offers: Vec::new(),
        again: None,
    }
}

fn entry(secs: i64, teller: Teller, says: &str) -> Entry {
    Entry { at: ago(secs), teller, tone: Tone::Plain, about: at(), says: says.into(), times: 1 }
}

/// Two versions, of which the old one is not measured between two minutes and one minute ago.
fn shown() -> (Fleet, Session) {
    let mut fleet = Fleet::default();
    let rollout = rollout();
    for (version, rate) in rollout.versions.iter().zip([10.0, 80.0]) {
        for secs in (0..=4).rev().map(|n| n * 60).filter(|secs| rate < 20.0 || *secs != 120) {
            let errors = (secs < 180).then_some(0.25).filter(|_| rate < 20.0);
            let point = Measured { at: ago(secs), rate: Some(rate), errors, p95: Some(0.1), ..Measured::default() };
            fleet.gauges.line_mut(&version.at).push(&point);
        }
    }
    fleet.gauges.sources = vec![Gauge {
        cluster: "prod-eu".into(),
        place: "http://prometheus:9090".into(),
        search: None,
        budgets: 0,
        health: Health::Live,
        every: std::time::Duration::from_mins(1),
        window: Some(std::time::Duration::from_mins(1)),
        failed: Vec::new(),
        packs: crate::domain::Packs::default(),
        past: None,
        counted: None,
    }];
    fleet.timeline = vec![
        entry(180, Teller::Watch, "image app web:5f2 → web:7d9"),
        entry(60, Teller::You, "pause web: accepted (5xx)"),
    ];
    fleet.rollouts.insert(at(), Arc::new(rollout));
    let windows = vec![std::time::Duration::from_mins(1)];
    let mut session = Session::new(Options { windows, ..Options::default() }, Screen::Deck(at()));
    session.settle(&fleet);
    (fleet, session)
}

/// The same on the screen of charts with a query of two curves.
fn queried() -> (Fleet, Session) {
    let (mut fleet, mut session) = shown();
    session.screens.push(Screen::Chart(at()));
    session.options.charts =
        vec![OwnQuery { name: "queue, \"all\"".into(), unit: "jobs".into(), ..OwnQuery::typed("q") }];
    session.chart.figure = Figure::Own(0);
    session.chart.span = Span::Minutes5;
    let of: CurveAsk = session.curving(&fleet).unwrap();
    let curve = |name: &str, value| Curve { name: name.into(), points: vec![(ago(90), Some(value)), (ago(30), None)] };
    let curves = vec![curve("queue=a", 1.5), curve("queue=b", 0.0)];
    fleet.gauges.curves = Some(Curves { of, curves, all: 2, trouble: None, at: NOW });
    (fleet, session)
}

#[track_caller]
fn golden(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("export-{name}"), text);
    });
}

#[test]
fn numbers_are_comma_separated_with_units_and_what_is_unknown_is_empty() {
    let (fleet, session) = queried();
    let (text, rows) = csv::csv(&Sheet::of(&fleet, &session, NOW).unwrap());
    assert_eq!(rows, 7);
    golden("csv", &text.replace("\r\n", "<CR><LF>\n"));
}

#[test]
fn numbers_are_data() {
    let (fleet, session) = queried();
    let (text, points) = json::json(&Sheet::of(&fleet, &session, NOW).unwrap()).unwrap();
    assert_eq!(points, 9);
    golden("json", &text);
}

#[test]
fn what_happened_is_a_page_for_the_post_mortem() {
    let (mut fleet, session) = shown();
    let (text, lines) = markdown::markdown(&Sheet::of(&fleet, &session, NOW).unwrap());
    assert_eq!(lines, 2);
    golden("markdown", &text);
    fleet.rollouts.clear();
    assert!(Sheet::of(&fleet, &session, NOW).is_none());
}

fn made(text: &str) -> Made {
    Made { text: text.into(), form: Form::Csv, holds: "3 rows".into() }
}

#[test]
fn no_file_is_ever_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let said = save(Some(&path), ("x", None), &made("one")).unwrap();
    assert_eq!(said, format!("3 rows written: {}", path.display()));
    let why = save(Some(&path), ("x", None), &made("two")).unwrap_err();
    assert_eq!(why, format!("{} exists, and is not written over: name another file", path.display()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    let nowhere = folder.path().join("no/such/a.csv");
    let why = save(Some(&nowhere), ("x", None), &made("")).unwrap_err();
    assert!(why.ends_with("a.csv cannot be written: No such file or directory (os error 2)"), "{why}");
}
