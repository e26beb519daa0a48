//! Flagger (read: v1.44.0, `pkg/controller/scheduler_metrics.go`, `pkg/metrics`): the metrics of a Canary, which belong to the
//! Deployment that it targets, to the primary that Flagger makes of it, and to the route between both.
//!
//! Its built-in metrics have no query of their own here: their limits hold for what is measured for every rollout.

mod render;

use serde_json::Value;

use self::render::Model;
use super::{Subject, deployment, found, list, query, text, why};
use crate::domain::{Analysis, Bound, Custom, Kind, Limit, Look, Measure, Name, Named, OwnQuery, Ref, Side, Why};

/// The window of a metric that does not say one; not that of a metric with a template, which then has none.
const INTERVAL: &str = "1m";
/// Providers that are asked in other languages. What Flagger does not know is a Prometheus.
const OTHERS: [&str; 10] = [
    "datadog",
    "externalmetrics",
    "cloudwatch",
    "newrelic",
    "graphite",
    "stackdriver",
    "influxdb",
    "dynatrace",
    "keptn",
    "splunk",
];

/// What Flagger's Canaries name.
pub(super) fn named(of: &Subject<'_>, look: &mut dyn Look<'_>) -> Analysis {
    let mut all = Analysis::default();
    for canary in of.all(&Kind::CANARY, look) {
        let target = deployment(canary.body.pointer("/spec/targetRef"));
        let workloads = target.map(|target| [target.to_owned(), format!("{target}-primary")]);
        if of.is_of(&canary.meta.at, workloads.as_ref().map_or(&[], <[String; 2]>::as_slice)) {
            all.add(of_canary(canary, look));
        }
        if all.is_full() {
            break;
        }
    }
    all
}

fn of_canary(canary: &Custom, look: &mut dyn Look<'_>) -> Analysis {
    let mut all = Analysis::default();
    let at = &canary.meta.at;
    all.addresses.extend(text(&canary.body, "/spec/metricsServer").map(|address| Named::of(address, at)));
    let analysis = ["/spec/analysis", "/spec/canaryAnalysis"].into_iter().find_map(|place| canary.body.pointer(place));
    for metric in analysis.into_iter().flat_map(|analysis| list(analysis, "/metrics")).take(Analysis::MOST) {
        all.bounds.extend(built_in(metric).into_iter().map(|(measure, limit)| Bound {
            measure,
            limit,
            said_by: at.clone(),
        }));
        if let Some(inline) = text(metric, "/query") {
            let model = Model::of(canary, metric, text(metric, "/interval").unwrap_or(INTERVAL));
            all.queries.push(asked(metric, model.render(inline), at));
        }
        if let Some(template) = text(metric, "/templateRef/name") {
            let namespace = text(metric, "/templateRef/namespace").map_or(at.namespace.clone(), Name::from);
            let template = Ref { namespace, ..at.sibling(Kind::METRIC_TEMPLATE, template.into()) };
            of_template(canary, metric, (&template, found(&template, look)), &mut all);
        }
    }
    all
}

/// The query of a metric whose template may be there.
fn of_template(canary: &Custom, metric: &Value, (at, template): (&Ref, Result<&Custom, Why>), all: &mut Analysis) {
    let template = match template {
        Ok(template) => &template.body,
        Err(why) => {
            all.queries.push(asked(metric, Err(why), at));
            return;
        }
    };
    if text(template, "/spec/provider/type").is_some_and(|provider| OTHERS.contains(&provider)) {
        return;
    }
    let model = Model::of(canary, metric, text(metric, "/interval").unwrap_or_default());
    let promql = text(template, "/spec/query").ok_or_else(|| why("it has no query"));
    all.queries.push(asked(metric, promql.and_then(|promql| model.render(promql)), at));
    all.addresses.extend(text(template, "/spec/provider/address").map(|address| Named::of(address, at)));
}

/// A query with its range. Its newlines are blanks: Flagger sends it so.
fn asked(metric: &Value, promql: Result<String, Why>, said_by: &Ref) -> OwnQuery {
    let name = text(metric, "/name").unwrap_or("metric");
    OwnQuery { limits: range(metric), ..query(name, promql.map(|promql| in_one_line(&promql)), said_by) }
}

/// Each run of blanks as one (Go's `\s`).
fn in_one_line(text: &str) -> String {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c');
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_blank(c) {
            line.push(c);
        } else if !line.ends_with(' ') {
            line.push(' ');
        }
    }
    line
}

fn number(metric: &Value, pointer: &str) -> Option<f64> {
    metric.pointer(pointer).and_then(Value::as_f64)
}

/// The range of a query: what is below or above it halts. Without one the old `threshold` is the most, 0 if it is left out.
fn range(metric: &Value) -> Vec<Limit> {
    let limit = |side, at: Option<f64>| at.map(|at| Limit { side, at });
    if metric.get("thresholdRange").is_none_or(Value::is_null) {
        return vec![Limit { side: Side::Above, at: number(metric, "/threshold").unwrap_or_default() }];
    }
    let (least, most) = (number(metric, "/thresholdRange/min"), number(metric, "/thresholdRange/max"));
    limit(Side::Below, least).into_iter().chain(limit(Side::Above, most)).collect()
}

/// The limits of a built-in metric in the unit of our measure: percent that succeed, and milliseconds in whole ones that 99 % of
/// the requests take at most.
fn built_in(metric: &Value) -> Vec<(Measure, Limit)> {
    let failing = |percent: f64| (100.0 - percent) / 100.0;
    let is_old = metric.get("thresholdRange").is_none_or(Value::is_null);
    match text(metric, "/name") {
        Some("request-success-rate") => {
            let range = if is_old {
                number(metric, "/threshold").map(|at| Limit { side: Side::Below, at }).into_iter().collect()
            } else {
                range(metric)
            };
            let turned = |limit: Limit| match limit.side {
                Side::Below => Limit { side: Side::Above, at: failing(limit.at) },
                Side::Above => Limit { side: Side::Below, at: failing(limit.at) },
            };
            range.into_iter().map(|limit| (Measure::Errors, turned(limit))).collect()
        }
        Some("request-duration") => {
            let seconds = |limit: Limit| Limit { at: limit.at.trunc() / 1_000.0, ..limit };
            range(metric).into_iter().map(|limit| (Measure::P99, seconds(limit))).collect()
        }
        _ => Vec::new(),
    }
}
