//! From packs and templates to PromQL. A version's pods are those whose names begin with its ReplicaSet's, and Prometheus
//! itself does the joining, so that pods that are gone keep their part of the history. Which pack is asked is chosen in
//! `choice`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::{
    pack::{By, Label, Labels, Metric, Side, Unit},
    settings::Queries,
};
use crate::domain::{Measure, Name, Naming, pod_prefix};

/// From a pod's name to the beginning that it has from its ReplicaSet: all before a dash and five random letters, and the first
/// 58 of a name that was too long for the dash ([`pod_prefix`]).
const OF_POD: &str = "(.+)-[^-]{5}|(.{58})[^-]{5}";
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
pub(super) fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// What is asked of one place where requests are measured, as templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Book {
    queries: Vec<(Measure, String, &'static str)>,
    pub(super) naming: Naming,
    /// Whether each series of an answer names its namespace.
    pub(super) has_namespace: bool,
    /// How pods are counted; None where pods are not told apart.
    pub(super) counting: Option<Counting>,
}

/// Templates of what is counted of each pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counting {
    pub(super) requests: String,
    pub(super) failed: String,
    /// By version, and not by pod: there would be too many.
    pub(super) buckets: Option<String>,
    pub(super) unit: Unit,
}

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
    /// The queries of a pack, by the labels that its series have; whole queries go before what a pack would ask.
    pub(super) fn of(variant: Option<Variant<'_>>, own: &Queries) -> Self {
        let whole = |template: &Option<Template>| template.as_ref().map(|template| template.0.clone());
        let quantile = whole(&own.quantile).or_else(|| variant.and_then(Variant::quantile));
        let rate = whole(&own.rate).or_else(|| variant.map(Variant::rate));
        let errors = whole(&own.errors).or_else(|| variant.map(Variant::errors));
        let of = |template: &Option<Template>| whole(template).or_else(|| quantile.clone());
        let all = [
            (Measure::Rate, rate, ""),
            (Measure::Errors, errors, ""),
            (Measure::P50, of(&own.p50), "0.5"),
            (Measure::P95, of(&own.p95), "0.95"),
            (Measure::P99, of(&own.p99), "0.99"),
        ];
        let known = |(measure, query, quantile)| Some((measure, Option::<String>::clone(&query)?, quantile));
        Self {
            queries: all.into_iter().filter_map(known).collect(),
            naming: variant.map(|variant| variant.labels.naming()).unwrap_or_default(),
            has_namespace: variant.is_none_or(|variant| variant.labels.namespace.is_some()),
            counting: variant.filter(|_| *own == Queries::default()).and_then(Variant::counting),
        }
    }

    /// The queries of a poll. The first one tells best whether there is anybody to ask.
    pub(super) fn queries(&self, about: About<'_>) -> Vec<(Measure, String)> {
        let fill = |(measure, template, quantile): &(Measure, String, &str)| {
            (*measure, filled(template, about).replace("$quantile", quantile))
        };
        self.queries.iter().map(fill).collect()
    }

    /// The queries of these measures only.
    pub(super) fn only(mut self, measures: &[Measure]) -> Self {
        self.queries.retain(|(measure, ..)| measures.contains(measure));
        self
    }
}

/// A template with what it is about.
pub(super) fn filled(template: &str, about: About<'_>) -> String {
    let query = template.replace("$namespaces", &any_of(about.namespaces, Name::to_string));
    let query = query.replace("$pods", &any_of(about.sets, pods));
    query.replace("$window", &time(about.window))
}

/// A side of a pack with the labels that its series have, out of those that they may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant<'p> {
    pub(super) side: &'p Side,
    pub(super) labels: &'p Labels,
    pub(super) status: &'p Label,
}

impl Variant<'_> {
    /// Whether there are such series: their number, or nothing.
    pub(super) fn probe(self) -> String {
        let Label(status) = self.status;
        format!("count({})", self.series(&self.side.requests, &format!(r#"{status}!="""#)))
    }

    fn rate(self) -> String {
        self.sum(&once(&self.taken(&self.side.requests, "")), "")
    }

    /// How pods are counted, if series name them.
    fn counting(self) -> Option<Counting> {
        let By::Pod(Label(pod)) = &self.labels.by else { return None };
        let Label(status) = self.status;
        let by_pod = |increase: String| match pod.as_str() {
            "pod" => self.sum(&increase, ", pod"),
            other => self.sum(&format!(r#"label_replace({increase}, "pod", "$1", "{other}", "(.+)")"#), ", pod"),
        };
        let over = |metric: &Metric, how: &str| once(&format!("increase({}[$window])", self.series(metric, how)));
        let failed = self.failed(&|how| over(&self.side.requests, how));
        Some(Counting {
            requests: by_pod(over(&self.side.requests, &format!(r#"{status}!="""#))),
            failed: by_pod(failed),
            buckets: self.side.durations.as_ref().map(|metric| self.sum(&over(metric, ""), ", le")),
            unit: self.side.unit,
        })
    }

    /// The requests that failed; `over` takes them over time.
    fn failed(self, over: &dyn Fn(&str) -> String) -> String {
        let (Label(status), bad) = (self.status, &self.side.failed.0);
        let failed = over(&format!(r#"{status}=~"{bad}""#));
        match &self.side.also {
            None => failed,
            Some(also) => format!("{failed} or {}", over(&format!(r#"{status}!~"{bad}",{}"#, also.0))),
        }
    }

    /// The share that failed. Where nothing failed there may be no series of failures, which is 0; where requests do not say
    /// how they ended nothing is known, which is not 0.
    fn errors(self) -> String {
        let Label(status) = self.status;
        let requests = |how: &str| self.taken(&self.side.requests, how);
        let failed = self.sum(&self.failed(&requests), "");
        let all = self.sum(&requests(&format!(r#"{status}!="""#)), "");
        format!("({failed} or 0 * {all}) / {all}")
    }

    fn quantile(self) -> Option<String> {
        let buckets = self.sum(&self.taken(self.side.durations.as_ref()?, ""), ", le");
        let to_seconds = match self.side.unit {
            Unit::S => "",
            Unit::Ms => " / 1000",
        };
        Some(format!("histogram_quantile($quantile, {buckets}){to_seconds}"))
    }

    fn taken(self, metric: &Metric, how: &str) -> String {
        format!("rate({}[$window])", self.series(metric, how))
    }

    /// The series of a metric in the scope; `how` narrows them further.
    fn series(self, Metric(metric): &Metric, how: &str) -> String {
        let namespace = self.labels.namespace.as_ref().map(|Label(label)| format!(r#"{label}=~"$namespaces""#));
        let by = match &self.labels.by {
            By::Pod(Label(pod)) => format!(r#"{pod}=~"$pods""#),
            By::Hash(Label(workload), Label(hash)) => format!(r#"{workload}!="",{hash}!="""#),
            By::Workload(Label(workload)) => format!(r#"{workload}!="""#),
            By::Backend(Label(first), _) if namespace.is_some() => format!(r#"{first}!="""#),
            By::Backend(Label(first), _) => format!(r#"{first}=~"$namespaces-.+""#),
        };
        let all = [namespace.unwrap_or_default(), by, self.side.which.0.clone(), how.to_owned()];
        let all: Vec<String> = all.into_iter().filter(|matcher| !matcher.is_empty()).collect();
        format!("{metric}{{{}}}", all.join(","))
    }

    /// The sum by version, with its name as `set` and its namespace as `namespace`.
    fn sum(self, rates: &str, besides: &str) -> String {
        let copied = |of: String, (from, to, what): (&str, &str, &str)| {
            format!(r#"label_replace({of}, "set", "{to}", "{from}", "{what}")"#)
        };
        let named = match &self.labels.by {
            By::Pod(Label(pod)) => copied(rates.to_owned(), (pod, "$1$2", OF_POD)),
            By::Hash(Label(workload), Label(hash)) => {
                format!(r#"label_join({rates}, "set", "-", "{workload}", "{hash}")"#)
            }
            By::Workload(Label(workload)) => copied(rates.to_owned(), (workload, "$1", "(.+)")),
            By::Backend(Label(first), others) => {
                let of_first = copied(rates.to_owned(), (first, "$1", "(.+)"));
                others.iter().fold(of_first, |of, Label(other)| copied(of, (other, "$1", "(.+)")))
            }
        };
        match &self.labels.namespace {
            None => format!("sum by (set{besides}) ({named})"),
            Some(Label(label)) if label == "namespace" => format!("sum by (namespace, set{besides}) ({named})"),
            Some(Label(label)) => {
                let named = format!(r#"label_replace({named}, "namespace", "$1", "{label}", "(.+)")"#);
                format!("sum by (namespace, set{besides}) ({named})")
            }
        }
    }
}

/// What several replicas of Prometheus have of the same target, once: a store that does not take them for one answers each
/// with a label of its own (the Prometheus operator's, Thanos' and Mimir's usual ones). The larger one is the one that missed
/// less. It costs as much as the rest of a query: shares and quantiles do without, as two replicas leave them as they are.
fn once(rates: &str) -> String {
    format!("max without (prometheus_replica, replica, __replica__) ({rates})")
}

/// A regular expression for the pods of a ReplicaSet.
fn pods(set: &Name) -> String {
    let prefix = pod_prefix(set);
    if prefix.len() == set.len() && set.len() < 58 { format!("{set}-[^-]+") } else { format!("{prefix}-?[^-]{{5}}") }
}

/// A regular expression for one of these names; for all but the empty one when there are none. Names hold nothing that
/// regular expressions care about but dots.
pub(super) fn any_of(names: &[Name], form: impl Fn(&Name) -> String) -> String {
    let names: Vec<String> = names.iter().map(|name| form(&Name::from(name.replace('.', "[.]")))).collect();
    match names.as_slice() {
        [] => ".+".to_owned(),
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
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
