//! The charts full screen: two versions on one axis, what happened, a cursor, queries that are not ours, and what is written of
//! it into files.

use std::{sync::Arc, time::Duration};

use rolldeck::{
    domain::{
        Analysis, Bound, Curve, CurveAsk, Curves, Entry, Fleet, Health, Kind, Limit, Measure, Moment, OwnQuery, Promql,
        Ref, SaidBy, Side, Span, Teller, Tone, Why,
    },
    session::{Figure, Screen},
};

use crate::{
    metrics_screens::{deck, stale},
    screens::Story,
    support::{NOW, ago},
};

const MINUTE: Duration = Duration::from_mins(1);

fn at(story: &Story) -> Ref {
    story.fleet.rollouts.keys().next().unwrap().clone()
}

/// The charts of the release that is worse, drawn once at this size.
fn charts(health: Health) -> Story {
    let mut story = deck(health);
    story.fleet.timeline = happened(&at(&story));
    story.press("c").drawn()
}

fn happened(of: &Ref) -> Vec<Entry> {
    let entry = |secs, teller, tone, about: &Ref, says: &str| Entry {
        at: ago(secs),
        teller,
        tone,
        about: about.clone(),
        says: says.into(),
        times: 1,
    };
    let set = of.sibling(Kind::REPLICA_SET, "checkout-7d9f8d0e".into());
    let pod = of.sibling(Kind::POD, "checkout-7d9f8d0e-b2xkq".into());
    vec![
        entry(500, Teller::Watch, Tone::Plain, of, "image app checkout:1.8.2 → checkout:1.9.0"),
        entry(480, Teller::Event, Tone::Plain, &set, "scaled 0 → 4"),
        entry(478, Teller::Watch, Tone::Good, &pod, "ready"),
        entry(300, Teller::Event, Tone::Plain, &set, "scaled 4 → 12"),
        entry(120, Teller::Watch, Tone::Bad, &pod, "container app restarted: OOMKilled (exit 137)"),
        entry(60, Teller::You, Tone::Plain, of, "pause checkout: accepted (5xx rise)"),
    ]
}

impl Story {
    /// As after a frame of 140x45: what moves, moves by its columns.
    fn drawn(mut self) -> Self {
        let fit = self.fit(140, 45);
        self.session.charts_drawn(fit.charts, NOW);
        self
    }

    /// Presses keys with a frame after each.
    fn with(self, keys: &str) -> Self {
        keys.chars().fold(self, |story, key| story.press(&key.to_string()).drawn())
    }
}

/// A query with so many curves, or what is wrong with it.
fn own(count: u8, trouble: Option<&str>) -> Story {
    let mut story = charts(Health::Live);
    let limits = vec![Limit { side: Side::Above, at: 20.0 }];
    story.session.options.charts = vec![OwnQuery {
        name: "queue length".into(),
        promql: Ok(Promql::Open("sum by (queue) (queue_length{namespace=\"$namespace\"})".into())),
        unit: "jobs".into(),
        limits,
        said_by: SaidBy::Config,
    }];
    story.session.chart.figure = Figure::Own(0);
    let of = story.session.curving(&story.fleet).unwrap();
    let curve = |n: u8| Curve {
        name: format!("queue=q{n:02}").as_str().into(),
        points: (0..60)
            .map(|m| (ago((60 - m) * 15), Some(f64::from(n) * 2.0 + f64::from(i32::try_from(m % 7).unwrap()))))
            .collect(),
    };
    let curves: Vec<Curve> = (0..count.min(12)).map(curve).collect();
    let trouble = trouble.map(Into::into);
    story.fleet.gauges.curves = Some(Curves { of, curves, all: usize::from(count), trouble, at: NOW });
    story
}

#[test]
fn charts_at_three_sizes() {
    let mut gone = charts(Health::Live);
    gone.fleet.rollouts.clear();
    let mut empty = charts(Health::Live);
    empty.fleet.gauges.retain(|_, _| false);
    let stories = vec![
        ("charts", charts(Health::Live)),
        ("charts-cursor", charts(Health::Live).with("NN")),
        ("charts-alone", charts(Health::Live).with("jz")),
        ("charts-5m", charts(Health::Live).with("+")),
        ("charts-stale", charts(stale())),
        ("charts-empty", empty),
        ("charts-gone", gone),
        ("charts-query", own(2, None)),
        ("charts-query-many", own(30, None)),
        (
            "charts-query-refused",
            own(0, Some("bad_data: invalid parameter \"query\": 1:4: parse error: unclosed left parenthesis")),
        ),
        ("charts-typing", charts(Health::Live).press("erate(x[1m])")),
        ("charts-export", charts(Health::Live).press("E")),
    ];
    for (name, story) in &stories {
        story.snapshots(name);
    }
}

/// Without colours each version has a mark of its own in every column, and only ASCII is left where that is wanted.
#[test]
fn without_colours_versions_have_marks_of_their_own() {
    let mut story = charts(Health::Live).with("NN");
    story.session.options.ascii = true;
    let buffer = story.draw(80, 24);
    assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()));
    insta::assert_snapshot!("charts-ascii-80x24", rolldeck::view::export::plain(&buffer));
    let mut story = charts(Health::Live).with("NN");
    story.theme = rolldeck::view::theme::Theme::plain();
    insta::assert_snapshot!("charts-no-colours-80x24", rolldeck::view::export::plain(&story.draw(80, 24)));
}

/// The rate of both versions as the head of the first chart has it.
fn reads(story: &Story) -> String {
    let text = rolldeck::view::export::plain(&story.draw(140, 45));
    text.lines().find(|line| line.contains("requests  ●")).unwrap_or_default().trim().to_owned()
}

#[test]
fn the_cursor_reads_what_stood_there() {
    let story = charts(Health::Live);
    assert!(reads(&story).contains("208 req/s") && reads(&story).contains("600 req/s"), "{}", reads(&story));
    // The newest but one thing that happened: the restart, two minutes ago.
    let story = story.with("NN");
    assert_eq!(story.session.chart.cursor, Some(ago(120)));
    assert!(reads(&story).contains("648 req/s"), "{}", reads(&story));
    // Both versions, and in the gap of the old one only the new one.
    let story = story.with("NN");
    assert!(reads(&story).contains("□ current 1.8.2 ·"), "{}", reads(&story));
    assert_eq!(story.with("f").session.chart.cursor, None);
}

#[test]
fn time_stands_still_while_it_is_read() {
    let story = charts(Health::Live);
    assert_eq!(story.session.chart.end, None);
    let story = story.with("h");
    assert_eq!((story.session.chart.end, story.session.chart.cursor), (Some(NOW), Some(NOW)));
    let story = story.with("hh");
    let column = 900_000 / 129;
    assert!(story.session.chart.cursor.unwrap().0.abs_diff(NOW.0 - 2 * column) < 20);
    let story = story.with("0h");
    assert!(story.session.chart.end.unwrap() < NOW, "at the edge time goes along");
    let story = story.with("f");
    assert_eq!((story.session.chart.end, story.session.chart.cursor), (None, None));
    let story = story.with("H");
    assert_eq!(story.session.chart.end, Some(ago(450)));
    assert_eq!(story.with("L").session.chart.end, None, "it goes on until now again");
}

#[test]
fn zooming_keeps_the_cursor_in_its_place() {
    let story = charts(Health::Live).with("NNNN");
    let cursor = story.session.chart.cursor.unwrap();
    assert_eq!(cursor, ago(300));
    let share = |story: &Story| {
        let chart = &story.session.chart;
        let length = i64::try_from(chart.span.length().as_millis()).unwrap();
        (chart.end.unwrap().0 - cursor.0) * 100 / length
    };
    assert_eq!(share(&story), 33);
    let story = story.with("+");
    assert_eq!((story.session.chart.span, share(&story)), (Span::Minutes5, 33));
    let story = story.with("+");
    assert_eq!(story.session.notice.as_deref(), Some("this is the shortest stretch of time"));
}

#[test]
fn what_is_not_held_is_asked_for_and_nothing_else() {
    let past = |story: &Story| story.session.charting(&story.fleet).map(|past| (past.span, past.until)).unwrap();
    let story = charts(Health::Live);
    assert_eq!(past(&story), (Span::Minutes15, None));
    assert_eq!(past(&story.with("h")), (Span::Minutes15, None), "standing still costs nothing");
    let story = charts(Health::Live).with("H");
    assert_eq!(past(&story), (Span::Minutes15, Some(ago(450))));
    let story = charts(Health::Live).with("h+");
    assert_eq!(past(&story).0, Span::Minutes5);
    assert!(past(&story).1.is_some(), "what is held of that time is coarser");
    let story = story.with("f-----");
    assert_eq!(past(&story), (Span::Day, None), "longer than what is kept");
    let mut story = story.with("f");
    story.session.screens.pop();
    assert_eq!(past(&story), (Span::Minutes15, None), "the deck has a stretch of its own");
}

#[test]
fn a_typed_query_stays_in_its_line_until_it_has_curves() {
    let answer = |story: &mut Story, trouble: Option<&str>| {
        let of: CurveAsk = story.session.curving(&story.fleet).unwrap();
        let curves = vec![Curve { name: "".into(), points: vec![(Moment(NOW.0), Some(1.0))] }];
        let trouble = trouble.map(Into::into);
        story.fleet.gauges.curves = Some(Curves { of, curves, all: 1, trouble, at: NOW });
        story.session.settle(&story.fleet);
    };
    let mut story = charts(Health::Live).press("erate(\n");
    assert_eq!(story.session.prompt().map(|prompt| prompt.text().to_owned()), Some("rate(".to_owned()));
    answer(&mut story, Some("bad_data: parse error"));
    assert!(story.session.prompt().is_some(), "it is to be mended");
    let text = rolldeck::view::export::plain(&story.draw(80, 24));
    assert!(text.contains("bad_data: parse error") && text.contains("rate("), "{text}");
    let mut story = story.press("x[1m])\n");
    answer(&mut story, None);
    assert!(story.session.prompt().is_none());
    assert_eq!(
        story.session.own_query(&story.fleet).map(|query| query.name.to_string()),
        Some("rate(x[1m])".to_owned())
    );
    // Up brings back what was typed before.
    let story = story.press("e").down(-2);
    assert_eq!(story.session.prompt().map(|prompt| prompt.text().to_owned()), Some("rate(".to_owned()));
}

#[test]
fn the_palette_takes_a_query_and_an_export() {
    let mut story = deck(Health::Live);
    story = story.press(":query up\n");
    assert!(matches!(story.session.screen(), Screen::Chart(_)), "{:?}", story.session.notice);
    assert_eq!(
        story.session.curving(&story.fleet).map(|ask| (ask.promql.to_string(), ask.window)),
        Some(("up".into(), MINUTE))
    );
    let story = deck(Health::Live).press(":export pdf\n");
    assert_eq!(story.session.notice.as_deref(), Some("write csv, json, svg or md, and perhaps a file behind it"));
}

#[test]
fn without_metrics_there_are_no_charts() {
    let mut story = deck(Health::Live);
    story.session.options.windows.clear();
    let story = story.press("c");
    assert_eq!(story.session.notice.as_deref(), Some("no metrics are configured: see --prometheus"));
    let fleet: &Fleet = &story.fleet;
    assert!(story.session.curving(fleet).is_none());
    assert_eq!(Measure::ALL.len(), 5);
}

#[test]
fn what_an_analysis_names_is_drawn_with_its_limits_and_who_says_so() {
    let mut story = charts(Health::Live);
    let at = at(&story);
    let by = |kind| at.sibling(kind, "errors".into());
    let query = |name: &str, promql| OwnQuery {
        limits: vec![Limit { side: Side::Below, at: 20.0 }],
        said_by: SaidBy::Object(by(Kind::METRIC_TEMPLATE)),
        promql,
        ..OwnQuery::typed(name)
    };
    let promql = "sum(queue{x=\"$1\"})\n";
    let secret = Why("its argument token is in a Secret, and Secrets are not read".into());
    let limit = Limit { side: Side::Above, at: 0.001 };
    Arc::make_mut(story.fleet.rollouts.get_mut(&at).unwrap()).analysis = Analysis {
        queries: vec![query("queue", Ok(Promql::Verbatim(promql.to_owned()))), query("token", Err(secret))],
        bounds: vec![Bound { measure: Measure::Errors, limit, said_by: by(Kind::CANARY) }],
        addresses: Vec::new(),
    };
    let shows = |story: &mut Story, words: &[&str]| {
        let text = rolldeck::view::export::plain(&story.draw(140, 45));
        assert!(words.iter().all(|word| text.contains(word)), "{words:?}\n{text}");
    };
    shows(&mut story, &["wanted <= 0.10 %  by canary/errors"]);
    story.session.chart.figure = Figure::Own(0);
    let of = story.session.curving(&story.fleet).unwrap();
    assert_eq!(of.promql.as_str(), promql, "word for word");
    let curves = vec![Curve { name: "".into(), points: vec![(ago(60), Some(21.0)), (ago(10), Some(19.0))] }];
    story.fleet.gauges.curves = Some(Curves { of, curves, all: 1, trouble: None, at: NOW });
    shows(&mut story, &["queue", "19", "wanted >= 20  by metrictemplate/errors"]);
    let mut story = story.press("\t");
    assert!(story.session.curving(&story.fleet).is_none());
    shows(&mut story, &["token", "it cannot be drawn: its argument token is in a Secret, and Secrets are not read"]);
}
