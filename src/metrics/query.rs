//! From templates to PromQL. A version's pods are those whose names begin with its ReplicaSet's, and Prometheus itself does
//! the joining, so that pods that are gone keep their part of the history.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::settings::Queries;
use crate::domain::{Measure, Name};

/// Requests of a version: `FILTER` narrows them further.
const REQUESTS: &str = r#"sum by (namespace, set) (label_replace(rate(http_requests_total{namespace=~"$namespaces",pod=~"$pods"FILTER}[$window]), "set", "$1", "pod", "^(.+)-[^-]+$"))"#;
/// Durations of a version's requests.
const QUANTILE: &str = r#"histogram_quantile($quantile, sum by (namespace, set, le) (label_replace(rate(http_request_duration_seconds_bucket{namespace=~"$namespaces",pod=~"$pods"}[$window]), "set", "$1", "pod", "^(.+)-[^-]+$")))"#;
/// What a template may hold.
const VARIABLES: [&str; 4] = ["namespaces", "pods", "window", "quantile"];

/// A query with `$namespaces`, `$pods` (both regular expressions), `$window` and `$quantile` to be filled in. What it
/// answers has the labels `namespace` and `set`: the namespace, and the name of the ReplicaSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        let unknown = variables(&text).find(|name| !VARIABLES.contains(name));
        if let Some(unknown) = unknown {
            let known = VARIABLES.map(|name| format!("${name}")).join(", ");
            return Err(de::Error::custom(format!(
                "there is no ${unknown}: a query may hold {known}, and $1 for a group"
            )));
        }
        Ok(Self(text))
    }
}

/// The words behind each `$`; numbers are groups of PromQL's own regular expressions.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// The templates of all measures.
#[derive(Clone, Debug)]
pub(super) struct Book(Vec<(Measure, String, &'static str)>);

/// What the queries of a poll are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    /// The namespaces; none for all of them.
    pub(super) namespaces: &'a [Name],
    /// The ReplicaSets; none for all of them.
    pub(super) sets: &'a [Name],
    /// Over how long a rate is taken.
    pub(super) window: Duration,
}

impl Book {
    /// What the configuration has, else the defaults.
    pub(super) fn of(queries: &Queries) -> Self {
        let own = |template: &Option<Template>| template.as_ref().map(|template| template.0.clone());
        let quantile = own(&queries.quantile).unwrap_or_else(|| QUANTILE.to_owned());
        let rate = own(&queries.rate).unwrap_or_else(|| REQUESTS.replace("FILTER", ""));
        let errors = own(&queries.errors).unwrap_or_else(errors);
        let of = |template: &Option<Template>| own(template).unwrap_or_else(|| quantile.clone());
        Self(vec![
            (Measure::Rate, rate, ""),
            (Measure::Errors, errors, ""),
            (Measure::P50, of(&queries.p50), "0.5"),
            (Measure::P95, of(&queries.p95), "0.95"),
            (Measure::P99, of(&queries.p99), "0.99"),
        ])
    }

    /// The queries of a poll. The first one tells best whether there is anybody to ask.
    pub(super) fn queries(&self, about: About<'_>) -> Vec<(Measure, String)> {
        let namespaces = any_of(about.namespaces, "");
        let pods = any_of(about.sets, "-[^-]+");
        let window = time(about.window);
        let fill = |(measure, template, quantile): &(Measure, String, &str)| {
            let query = template.replace("$namespaces", &namespaces).replace("$pods", &pods);
            (*measure, query.replace("$window", &window).replace("$quantile", quantile))
        };
        self.0.iter().map(fill).collect()
    }
}

/// The share of requests with a code of 500 or more. Where no request failed there may be no series of failures, which is 0;
/// where requests have no label `code` nothing is known, which is not 0.
fn errors() -> String {
    let failed = REQUESTS.replace("FILTER", r#",code=~"5..""#);
    let all = REQUESTS.replace("FILTER", r#",code!="""#);
    format!("({failed} or 0 * {all}) / {all}")
}

/// A regular expression for one of these names with something behind; all but the empty one when there are none. Names hold
/// nothing that regular expressions care about but dots.
fn any_of(names: &[Name], behind: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| name.replace('.', "[.]")).collect();
    match names.as_slice() {
        [] => ".+".to_owned(),
        [only] => format!("{only}{behind}"),
        several => format!("({}){behind}", several.join("|")),
    }
}

/// A length of time as PromQL writes it.
fn time(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}
