//! Queries that are not ours: what their variables stand for, and answers of any shape as a bounded number of curves. Asking
//! is the poller's; whoever typed a query reads here what is wrong with it.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{
    answer::{self, Bad, Pair},
    query::{self, About},
};
use crate::domain::{CURVES, Curve, CurveAsk, Moment, Name, Promql, Text, num};

/// More bytes are not read of an answer: about a thousand series.
pub(super) const MOST_BYTES: usize = 8 << 20;
/// A query that failed is not asked again for so long, unless it changes.
const AGAIN: Duration = Duration::from_mins(1);
/// What a query may hold.
const VARIABLES: [&str; 6] = ["namespace", "namespaces", "rollout", "version", "pods", "window"];

/// When the query that is not ours is asked.
#[derive(Debug, Default)]
pub(super) struct Turns {
    asked: Option<CurveAsk>,
    /// Polls until it is asked again; None for never.
    again_in: Option<u32>,
}

impl Turns {
    /// Whether this is to be asked now.
    pub(super) fn is_due(&self, ask: Option<&CurveAsk>) -> bool {
        ask.is_some() && (self.asked.as_ref() != ask || self.again_in == Some(0))
    }

    /// The newest numbers were asked for: what goes on until now is asked for with them.
    pub(super) fn poll(&mut self) {
        self.again_in = self.again_in.map(|polls| polls.saturating_sub(1));
    }

    /// It was asked, and well or not so well answered.
    pub(super) fn asked(&mut self, ask: CurveAsk, is_well: bool, every: Duration) {
        self.again_in = match (is_well, ask.until) {
            (true, None) => Some(1),
            (true, Some(_)) => None,
            (false, _) => Some(num::times_in(AGAIN, every).max(1)),
        };
        self.asked = Some(ask);
    }
}

/// What is said of a variable that stands for nothing, if there is one.
pub(super) fn unknown(promql: &str) -> Option<String> {
    let unknown = query::variables(promql).find(|name| !VARIABLES.contains(name))?;
    let known = VARIABLES.map(|name| format!("${name}")).join(", ");
    Some(format!("there is no ${unknown}: a query may hold {known}"))
}

/// PromQL with what its variables stand for; or which one is unknown.
pub(super) fn filled(ask: &CurveAsk) -> Result<String, Text> {
    let promql = match &ask.promql {
        Promql::Open(promql) => promql,
        Promql::Verbatim(promql) => return Ok(promql.clone()),
    };
    if let Some(unknown) = unknown(promql) {
        return Err(Text::clean(&unknown));
    }
    if query::variables(promql).any(|name| name == "version") && ask.version.is_none() {
        return Err(Text::fixed("$version stands for the selected version, and there is none"));
    }
    let namespaces = std::slice::from_ref(&ask.of.namespace);
    let filled = query::filled(promql, About { namespaces, sets: &ask.sets, window: ask.window });
    let filled = filled.replace("$namespace", &ask.of.namespace).replace("$rollout", &ask.of.name);
    Ok(filled.replace("$version", ask.version.as_ref().map_or("", Name::as_str)))
}

#[derive(Deserialize)]
struct Element {
    metric: BTreeMap<String, String>,
    values: Option<Vec<Pair>>,
    value: Option<Pair>,
}

impl Element {
    /// Its mean, for the order; what holds no number comes last.
    fn mean(&self) -> f64 {
        let numbers = self.values.iter().flatten().chain(&self.value).filter_map(Pair::number);
        let (sum, count) = numbers.fold((0.0, 0_usize), |(sum, count), number| (sum + number, count + 1));
        if count == 0 { f64::NEG_INFINITY } else { sum / num::count_f64(count) }
    }

    /// `{pod="a", code="500"}` without the labels that all have alike.
    fn name(&self, alike: &BTreeMap<String, String>) -> Text {
        let own = self.metric.iter().filter(|(label, value)| alike.get(*label) != Some(value));
        let own: Vec<String> = own.map(|(label, value)| format!("{label}={value}")).collect();
        Text::clean(&own.join(" "))
    }

    fn curve(self, alike: &BTreeMap<String, String>) -> Curve {
        let name = self.name(alike);
        let point = |pair: Pair| (pair.at(), pair.number());
        let points: Vec<(Moment, Option<f64>)> =
            self.values.into_iter().flatten().chain(self.value).map(point).collect();
        Curve { name, points }
    }
}

/// Reads an answer, whatever its HTTP status was: the highest curves by name, and how many there were.
pub(super) fn decode(body: &[u8]) -> Result<(Vec<Curve>, usize), Bad> {
    if body.len() > MOST_BYTES {
        return Err(Bad::Shape("its answer is longer than 8 MB: ask for less, such as topk(12, …) or sum by (…) (…)"));
    }
    let data = answer::data(body)?;
    let elements: Vec<Element> = match data.result_type.as_str() {
        "matrix" | "vector" => serde_json::from_value(data.result).map_err(|_| Bad::Foreign)?,
        "scalar" => {
            let value = serde_json::from_value(data.result).map_err(|_| Bad::Foreign)?;
            vec![Element { metric: BTreeMap::new(), values: None, value: Some(value) }]
        }
        _ => return Err(Bad::Shape("it answers a text, and a text has no curve")),
    };
    let mut elements: Vec<Element> =
        elements.into_iter().filter(|element| element.values.is_some() || element.value.is_some()).collect();
    let all = elements.len();
    elements.sort_by(|one, other| other.mean().total_cmp(&one.mean()).then_with(|| one.metric.cmp(&other.metric)));
    elements.truncate(CURVES);
    let mut alike = elements.first().map(|first| first.metric.clone()).unwrap_or_default();
    alike.retain(|label, value| elements.iter().all(|element| element.metric.get(label) == Some(value)));
    if elements.len() == 1 {
        alike.clear();
    }
    elements.sort_by(|one, other| one.metric.cmp(&other.metric));
    Ok((elements.into_iter().map(|element| element.curve(&alike)).collect(), all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, Ref, Span};

    fn ask(promql: &str) -> CurveAsk {
        let of = Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: "web".into() };
        let (version, sets) = (Some("web-7d9".into()), vec!["web-7d9".into(), "web-5f2".into()]);
        let (window, span) = (Duration::from_mins(1), Span::Minutes15);
        CurveAsk { promql: Promql::Open(promql.into()), of, version, sets, window, span, until: None }
    }

    #[test]
    fn variables_stand_for_what_is_on_the_deck() {
        let all = r#"rate(x{namespace="$namespace",pod=~"$pods"}[$window]) * on() y{v="$version-1",n=~"$namespaces",r="$rollout"}"#;
        let filled_in = r#"rate(x{namespace="shop",pod=~"(web-7d9-[^-]+|web-5f2-[^-]+)"}[1m]) * on() y{v="web-7d9-1",n=~"shop",r="web"}"#;
        assert_eq!(filled(&ask(all)), Ok(filled_in.to_owned()));
        let unknown = filled(&ask("up{job=\"$job\"}")).unwrap_err();
        assert!(unknown.starts_with("there is no $job: a query may hold $namespace, "), "{unknown}");
        let foreign = "up{job=\"$job\"}\n # $namespace";
        let verbatim = CurveAsk { promql: Promql::Verbatim(foreign.to_owned()), ..ask("") };
        assert_eq!(filled(&verbatim), Ok(foreign.to_owned()), "a dollar of an object is a dollar");
        let nobody = CurveAsk { version: None, ..ask("up{v=\"$version\"}") };
        assert_eq!(filled(&nobody), Err("$version stands for the selected version, and there is none".into()));
    }

    fn matrix(of: usize) -> String {
        let series = |n| format!(r#"{{"metric":{{"__name__":"up","pod":"p{n:02}"}},"values":[[1,"{n}"],[2,"NaN"]]}}"#);
        let all: Vec<String> = (0..of).map(series).collect();
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, all.join(","))
    }

    #[test]
    fn the_highest_curves_are_shown_by_what_tells_them_apart() {
        let (curves, all) = decode(matrix(30).as_bytes()).unwrap();
        assert_eq!((curves.len(), all), (CURVES, 30));
        assert_eq!((curves[0].name.as_str(), curves[11].name.as_str()), ("pod=p18", "pod=p29"));
        assert_eq!(curves[0].points, [(Moment(1_000), Some(18.0)), (Moment(2_000), None)]);
        let (alone, _) = decode(matrix(1).as_bytes()).unwrap();
        assert_eq!(alone[0].name, "__name__=up pod=p00");
    }

    #[test]
    fn scalars_are_curves_and_texts_are_none() {
        let of = |kind: &str| format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":[7,"4"]}}}}"#);
        assert_eq!(decode(of("scalar").as_bytes()).unwrap().0[0].points, [(Moment(7_000), Some(4.0))]);
        assert!(matches!(decode(of("string").as_bytes()), Err(Bad::Shape(_))));
        assert!(matches!(decode(&vec![b' '; MOST_BYTES + 1]), Err(Bad::Shape(_))));
        assert_eq!(decode(b"<html>"), Err(Bad::Foreign));
    }

    #[test]
    fn what_failed_waits_and_what_is_over_is_asked_once() {
        let (mut turns, every) = (Turns::default(), Duration::from_secs(15));
        let now = ask("up");
        assert!(turns.is_due(Some(&now)) && !turns.is_due(None));
        turns.asked(now.clone(), true, every);
        assert!(!turns.is_due(Some(&now)) && turns.is_due(Some(&ask("down"))));
        turns.poll();
        assert!(turns.is_due(Some(&now)), "once more with each poll");
        turns.asked(now.clone(), false, every);
        (0..3).for_each(|_| turns.poll());
        assert!(!turns.is_due(Some(&now)));
        turns.poll();
        assert!(turns.is_due(Some(&now)), "after a minute");
        let then = CurveAsk { until: Some(Moment(1)), ..now };
        turns.asked(then.clone(), true, every);
        (0..9).for_each(|_| turns.poll());
        assert!(!turns.is_due(Some(&then)));
    }
}
