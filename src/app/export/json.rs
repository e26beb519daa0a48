//! Numbers, versions and what happened as data, `rolldeck/charts/v1`: fields may be added, never renamed; what is unknown is
//! null, never 0. Seconds and shares, no percentages.

use serde::Serialize;

use super::sheet::{Sheet, Side, Told};
use crate::{
    app::report::rfc3339,
    domain::{self, Curve, Limit, Measured, Moment, OwnQuery, Promql, SaidBy, Teller},
};

#[derive(Serialize)]
struct Whole<'a> {
    schema: &'static str,
    cluster: &'a str,
    namespace: &'a str,
    kind: &'a str,
    name: &'a str,
    phase: &'static str,
    message: &'a str,
    at: Option<String>,
    from: Option<String>,
    to: Option<String>,
    /// Over how long rates are taken.
    window_s: Option<u64>,
    /// Whether the source of metrics is silent.
    stale: bool,
    versions: Vec<Of<'a>>,
    query: Option<Asked<'a>>,
    /// What the rollout's own analysis asks, drawn or not.
    analysis: Vec<Names<'a>>,
    timeline: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Of<'a> {
    name: &'a str,
    role: &'static str,
    revision: Option<i64>,
    images: Vec<&'a str>,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    at: Option<String>,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize)]
struct Numbers {
    rps: Option<f64>,
    error_ratio: Option<f64>,
    p50_s: Option<f64>,
    p95_s: Option<f64>,
    p99_s: Option<f64>,
}

#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    of: Names<'a>,
    curves: Vec<Own<'a>>,
}

/// A query that is not ours.
#[derive(Serialize)]
struct Names<'a> {
    name: &'a str,
    /// As it is written; as its controller asks it, where an object names it.
    promql: Option<&'a str>,
    /// Why it cannot be asked.
    why: Option<&'a str>,
    /// Who wants it: `you`, `config`, or the object that names it.
    said_by: String,
    unit: &'a str,
    limits: Vec<Threshold>,
}

/// A number that it hurts to be above or below.
#[derive(Serialize)]
struct Threshold {
    above: Option<f64>,
    below: Option<f64>,
}

#[derive(Serialize)]
struct Own<'a> {
    labels: &'a str,
    points: Vec<(Option<String>, Option<f64>)>,
}

#[derive(Serialize)]
struct Line<'a> {
    at: Option<String>,
    teller: &'static str,
    by: Option<&'a str>,
    object: String,
    says: &'a str,
    times: u32,
    /// What it is to a curve; null for daily business.
    kind: Option<&'static str>,
    /// In the minute before and the minute after, by version; empty for daily business.
    beside: Vec<(Numbers, Numbers)>,
}

/// The text, and how many points it has.
pub(super) fn json(sheet: &Sheet<'_>) -> Result<(String, usize), String> {
    let at = &sheet.rollout.at;
    let whole = Whole {
        schema: "rolldeck/charts/v1",
        cluster: &at.cluster,
        namespace: &at.namespace,
        kind: &at.kind.kind,
        name: &at.name,
        phase: sheet.rollout.phase.word(),
        message: &sheet.rollout.says,
        at: rfc3339(sheet.now),
        from: rfc3339(sheet.from),
        to: rfc3339(sheet.to),
        window_s: sheet.gauge.and_then(|gauge| gauge.window).map(|window| window.as_secs()),
        stale: sheet.is_stale(),
        versions: sheet.versions.iter().map(side).collect(),
        query: sheet.query.map(|(query, curves)| asked(query, curves)),
        analysis: sheet.rollout.analysis.queries.iter().map(names).collect(),
        timeline: sheet.told.iter().map(line).collect(),
    };
    let points = sheet.versions.iter().map(|side| side.points.len()).sum();
    let text = serde_json::to_string_pretty(&whole).map_err(|error| error.to_string())?;
    Ok((format!("{text}\n"), points))
}

fn side<'a>(side: &Side<'a>) -> Of<'a> {
    let version = side.version;
    Of {
        name: &version.at.name,
        role: version.role.word(),
        revision: version.revision,
        images: version.images.iter().map(|(_, image)| image.as_str()).collect(),
        points: side.points.iter().map(|point| Point { at: rfc3339(point.at), numbers: numbers(point) }).collect(),
    }
}

const fn numbers(of: &Measured) -> Numbers {
    Numbers { rps: of.rate, error_ratio: of.errors, p50_s: of.p50, p95_s: of.p95, p99_s: of.p99 }
}

fn asked<'a>(query: &'a OwnQuery, curves: &'a [Curve]) -> Asked<'a> {
    let point = |(at, value): &(Moment, Option<f64>)| (rfc3339(*at), *value);
    let own = |curve: &'a Curve| Own { labels: &curve.name, points: curve.points.iter().map(point).collect() };
    let curves = curves.iter().map(own).collect();
    Asked { of: names(query), curves }
}

fn names(query: &OwnQuery) -> Names<'_> {
    let threshold = |limit: &Limit| {
        let at = |side| (limit.side == side).then_some(limit.at);
        Threshold { above: at(domain::Side::Above), below: at(domain::Side::Below) }
    };
    let said_by = match &query.said_by {
        SaidBy::You => "you".to_owned(),
        SaidBy::Config => "config".to_owned(),
        SaidBy::Object(at) => at.to_string(),
    };
    Names {
        name: &query.name,
        promql: query.promql.as_ref().ok().map(Promql::as_str),
        why: query.promql.as_ref().err().map(|why| why.0.as_str()),
        said_by,
        unit: &query.unit,
        limits: query.limits.iter().map(threshold).collect(),
    }
}

fn line<'a>(told: &'a Told<'a>) -> Line<'a> {
    Line {
        at: rfc3339(told.entry.at),
        teller: teller(told.entry.teller),
        by: told.by.as_deref(),
        object: told.entry.about.to_string(),
        says: &told.entry.says,
        times: told.entry.times,
        kind: told.kind.map(domain::NoteKind::word),
        beside: told.beside.iter().map(|(before, after)| (numbers(before), numbers(after))).collect(),
    }
}

pub(super) const fn teller(teller: Teller) -> &'static str {
    match teller {
        Teller::Watch => "watch",
        Teller::Event => "event",
        Teller::You => "you",
    }
}
