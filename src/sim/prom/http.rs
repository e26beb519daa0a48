//! Prometheus' HTTP API over a store: instant and range queries, labels, series, metadata, build information. It opens no
//! socket; whoever serves it passes the request on.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{
    ast::{Expr, Fault, Is, Type},
    eval::{Evaluator, Grid, Row, Value},
    form::{FAR_MS, Form, decoded},
    labels::{LabelSet, Matcher},
    parse::{parse, parse_selector},
    tsdb::{Series, Tsdb, is_stale},
};
use crate::domain::{Moment, num};

/// What is known of the metrics that the simulated cluster exports: name, type, help.
const METADATA: &[(&str, &str, &str)] = &[
    ("container_cpu_usage_seconds_total", "counter", "Cumulative cpu time consumed by the container in core-seconds"),
    ("container_memory_working_set_bytes", "gauge", "Current working set of the container in bytes"),
    ("http_request_duration_seconds", "histogram", "Time from a request's arrival to the end of its answer"),
    ("http_requests_total", "counter", "Requests answered, by status code"),
    ("ingress_requests_total", "counter", "Requests that the ingress answered, by status code"),
];

/// The most points a series in one answer.
const POINTS: i64 = 11_000;

/// Why a request is refused: code, kind and sentence of the error.
struct Refused(u16, &'static str, String);

fn bad(sentence: impl Into<String>) -> Refused {
    Refused(400, "bad_data", sentence.into())
}

type Answer = Result<Json, Refused>;

/// Answers a request with the code and the body that Prometheus 2.42 would answer it with. `path` begins with `/api/v1/`,
/// `query_string` has no `?`, `body` is that of a form. What is PromQL but not in the subset is a 422.
pub fn answer(db: &Tsdb, path: &str, query_string: &str, body: &[u8], now: Moment) -> (u16, Json) {
    let form = Form::read(query_string, body);
    let done = match path.strip_prefix("/api/v1/").unwrap_or_default() {
        "query" => instant(db, &form, now),
        "query_range" => range(db, &form),
        "labels" => labels(db, &form),
        "series" => series(db, &form),
        "metadata" => Ok(metadata(&form)),
        "status/buildinfo" => Ok(build()),
        other => match other.strip_prefix("label/").and_then(|rest| rest.strip_suffix("/values")) {
            Some(name) => label_values(db, &decoded(name), &form),
            None => Err(Refused(404, "not_found", format!("{path} is not served by this simulated Prometheus"))),
        },
    };
    match done {
        Ok(data) => (200, json!({"status": "success", "data": data})),
        Err(Refused(code, kind, error)) => (code, json!({"status": "error", "errorType": kind, "error": error})),
    }
}

fn refused(fault: &Fault, query: &str) -> Refused {
    let sentence = fault.sentence(query);
    match fault {
        Fault::Syntax(..) => bad(format!("invalid parameter \"query\": {sentence}")),
        Fault::Unsupported(..) | Fault::Execution(_) => Refused(422, "execution", sentence),
    }
}

fn instant(db: &Tsdb, form: &Form, now: Moment) -> Answer {
    let start = form.time_or("time", now.0).map_err(bad)?;
    let query = form.get("query");
    let expr = parse(query).map_err(|fault| refused(&fault, query))?;
    if let Is::Range(selector, range) = &expr.is {
        let found = db.select(&selector.matchers);
        let (from, to) = (start - selector.offset - range, start - selector.offset);
        let rows: Vec<Json> = found.iter().filter_map(|series| raw(series, from, to)).collect();
        return Ok(json!({"resultType": "matrix", "result": rows}));
    }
    if let Is::Text(text) = &expr.is {
        return Ok(json!({"resultType": "string", "result": [timestamp(start), text]}));
    }
    let grid = Grid { start, step: 1, count: 1 };
    let pair = |value: f64| json!([timestamp(start), written(value)]);
    match (Evaluator { db, grid }).value(&expr).map_err(|fault| refused(&fault, query))? {
        Value::Scalar(values) => {
            let value = values.first().copied().unwrap_or(f64::NAN);
            Ok(json!({"resultType": "scalar", "result": pair(value)}))
        }
        Value::Vector(mut rows) => {
            order(&expr, &mut rows);
            let rows = rows.iter().filter_map(|row| {
                let value = row.points.first().copied().flatten()?;
                Some(json!({"metric": metric(&row.labels), "value": pair(value)}))
            });
            Ok(json!({"resultType": "vector", "result": rows.collect::<Vec<Json>>()}))
        }
    }
}

/// `topk` answers with the largest first, `bottomk` with the smallest; everything else in the order of the labels.
fn order(expr: &Expr, rows: &mut [Row]) {
    use super::ast::Fold;
    rows.sort_by(|a, b| a.labels.cmp(&b.labels));
    let value = |row: &Row| row.points.first().copied().flatten().unwrap_or(f64::NAN);
    if let Is::Fold { fold, .. } = &expr.is
        && fold.has_parameter()
    {
        rows.sort_by(|a, b| value(a).total_cmp(&value(b)));
        if *fold == Fold::Topk {
            rows.reverse();
        }
    }
}

fn raw(series: &Series, from: i64, to: i64) -> Option<Json> {
    let samples = series.samples(from, to);
    let alive = samples.iter().filter(|(_, value)| !is_stale(*value));
    let values: Vec<Json> = alive.map(|(at, value)| json!([timestamp(*at), written(*value)])).collect();
    (!values.is_empty()).then(|| json!({"metric": metric(series.labels()), "values": values}))
}

fn range(db: &Tsdb, form: &Form) -> Answer {
    let (start, end) = (form.time("start").map_err(bad)?, form.time("end").map_err(bad)?);
    if end < start {
        return Err(bad("invalid parameter \"end\": end timestamp must not be before start time"));
    }
    let step = form.step().map_err(bad)?;
    let most = (end - start) / step;
    if most > POINTS {
        let what = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution";
        return Err(bad(format!("{what} (?step=XX)")));
    }
    let query = form.get("query");
    // Of a range query Prometheus says the sentence alone.
    let unnamed = |fault: Fault| match fault {
        Fault::Syntax(..) => bad(fault.sentence(query)),
        Fault::Unsupported(..) | Fault::Execution(_) => refused(&fault, query),
    };
    let expr = parse(query).map_err(unnamed)?;
    if matches!(expr.kind(), Type::Range | Type::Text) {
        let kind = expr.kind().to_string();
        let what = format!("invalid expression type {kind:?} for range query, must be Scalar or instant Vector");
        return Err(bad(what));
    }
    let grid = Grid { start, step, count: usize::try_from(most + 1).unwrap_or(1) };
    let mut rows = match (Evaluator { db, grid }).value(&expr).map_err(|fault| refused(&fault, query))? {
        Value::Vector(rows) => rows,
        Value::Scalar(values) => {
            vec![Row { labels: LabelSet::default(), points: values.into_iter().map(Some).collect() }]
        }
    };
    rows.sort_by(|a, b| a.labels.cmp(&b.labels));
    let values = |row: &Row| -> Vec<Json> {
        let points = grid.times().zip(&row.points);
        points.filter_map(|(at, value)| value.map(|value| json!([timestamp(at), written(value)]))).collect()
    };
    let rows = rows.iter().filter(|row| row.lives());
    let rows: Vec<Json> = rows.map(|row| json!({"metric": metric(&row.labels), "values": values(row)})).collect();
    Ok(json!({"resultType": "matrix", "result": rows}))
}

/// The series that `match[]` selects (all, when there is none) and that have samples from `start` to `end`.
///
/// `named` is how the parameter is introduced when it is wrong, which only the list of series does.
fn selected<'a>(db: &'a Tsdb, form: &Form, named: &str) -> Result<Vec<&'a Series>, Refused> {
    let (start, end) = (form.time_or("start", -FAR_MS).map_err(bad)?, form.time_or("end", FAR_MS).map_err(bad)?);
    let mut sets: Vec<Vec<Matcher>> = Vec::new();
    for text in form.all("match[]") {
        sets.push(parse_selector(text).map_err(|fault| bad(format!("{named}{}", fault.sentence(text))))?);
    }
    if sets.iter().any(|matchers| matchers.iter().all(|matcher| matcher.matches(""))) {
        return Err(bad(format!("{named}match[] must contain at least one non-empty matcher")));
    }
    if sets.is_empty() {
        sets.push(Vec::new());
    }
    let mut found: Vec<&Series> = sets.iter().flat_map(|matchers| db.select(matchers)).collect();
    found.sort_by(|a, b| a.labels().cmp(b.labels()));
    found.dedup_by(|a, b| a.labels() == b.labels());
    found.retain(|series| series.lives(start, end));
    Ok(found)
}

fn labels(db: &Tsdb, form: &Form) -> Answer {
    let found = selected(db, form, "")?;
    let names: BTreeSet<&str> = found.iter().flat_map(|series| series.labels().iter()).map(|(name, _)| name).collect();
    Ok(json!(names))
}

fn label_values(db: &Tsdb, name: &str, form: &Form) -> Answer {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !name.starts_with(start) || !name.chars().all(|c| start(c) || c.is_ascii_digit()) {
        return Err(bad(format!("invalid label name: {name:?}")));
    }
    let found = selected(db, form, "")?;
    let values: BTreeSet<&str> = found.iter().map(|series| series.labels().get(name)).collect();
    Ok(json!(values.into_iter().filter(|value| !value.is_empty()).collect::<Vec<&str>>()))
}

fn series(db: &Tsdb, form: &Form) -> Answer {
    if form.get("match[]").is_empty() {
        return Err(bad("no match[] parameter provided"));
    }
    let found = selected(db, form, "invalid parameter \"match[]\": ")?;
    Ok(found.iter().map(|series| metric(series.labels())).collect())
}

fn metadata(form: &Form) -> Json {
    let wanted = form.get("metric");
    let most = form.get("limit").parse().unwrap_or(usize::MAX);
    let known = METADATA.iter().filter(|(name, ..)| wanted.is_empty() || *name == wanted).take(most);
    known.map(|(name, kind, help)| ((*name).to_owned(), json!([{"type": kind, "help": help, "unit": ""}]))).collect()
}

fn build() -> Json {
    json!({
        "version": "2.42.0",
        "revision": "rolldeck-simulator",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    })
}

fn metric(labels: &LabelSet) -> Json {
    labels.iter().map(|(name, value)| (name.to_owned(), Json::from(value))).collect()
}

/// Seconds; whole ones without a fraction.
fn timestamp(ms: i64) -> Json {
    if ms % 1_000 == 0 { json!(ms / 1_000) } else { json!(num::float(ms) / 1_000.0) }
}

/// A value as Go writes it: the fewest digits that are exact, an exponent only far from 1.
fn written(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    if size < 1.0 { text } else { text.replace('e', "e+") }
}

#[cfg(test)]
mod tests;
