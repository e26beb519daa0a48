//! What Prometheus answers: its envelope, decoded here and not with the crate's own types, because one native histogram
//! among classic series would lose the whole answer there.

use serde::Deserialize;

use crate::domain::{Moment, Name, num};

/// The envelope of `/api/v1/query` and `/api/v1/query_range`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status: String,
    error_type: Option<String>,
    error: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) result_type: String,
    pub(super) result: serde_json::Value,
}

#[derive(Deserialize)]
struct Element {
    metric: Labels,
    value: Option<Pair>,
    values: Option<Vec<Pair>>,
}

/// Time in seconds, and the number as text.
#[derive(Deserialize)]
pub(super) struct Pair(f64, String);

impl Pair {
    pub(super) fn at(&self) -> Moment {
        num::seconds(self.0)
    }

    /// None for what is no number.
    pub(super) fn number(&self) -> Option<f64> {
        self.1.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

#[derive(Deserialize)]
struct Labels {
    namespace: Option<String>,
    set: Option<String>,
    pod: Option<String>,
    le: Option<String>,
}

/// One series of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    /// Empty where it is a part of the name.
    pub(super) namespace: Name,
    pub(super) set: Name,
    /// The pod, where the answer tells pods apart.
    pub(super) pod: Option<Name>,
    /// The upper bound of a bucket, where it tells buckets apart.
    pub(super) le: Option<f64>,
    /// Oldest first. What is no number is None.
    pub(super) points: Vec<(Moment, Option<f64>)>,
}

/// What Prometheus itself says is wrong with a query, with its word for the kind of error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// It is Prometheus, and it refuses.
    Refused(String),
    /// This is not an answer of Prometheus.
    Foreign,
    /// The query answers something else than series of versions.
    Shape(&'static str),
}

/// What an answer holds, whatever its HTTP status was.
pub(super) fn data(body: &[u8]) -> Result<Data, Bad> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| Bad::Foreign)?;
    if envelope.status == "error" {
        let kind = envelope.error_type.unwrap_or_default();
        return Err(Bad::Refused(format!("{kind}: {}", envelope.error.unwrap_or_default())));
    }
    envelope.data.filter(|_| envelope.status == "success").ok_or(Bad::Foreign)
}

/// Reads an answer, whatever its HTTP status was. Whether each series names its namespace depends on what was asked.
pub(super) fn decode(body: &[u8], has_namespace: bool) -> Result<Vec<Series>, Bad> {
    let data = data(body)?;
    if !matches!(data.result_type.as_str(), "vector" | "matrix") {
        return Err(Bad::Shape("it answers one number, not one for each version"));
    }
    let elements: Vec<Element> = serde_json::from_value(data.result).map_err(|_| Bad::Foreign)?;
    elements.into_iter().filter_map(|element| series(element, has_namespace)).collect()
}

/// A series with its labels; None for one that holds native histograms only, or no pod of a ReplicaSet.
fn series(element: Element, has_namespace: bool) -> Option<Result<Series, Bad>> {
    let points: Vec<Pair> = element.value.into_iter().chain(element.values.into_iter().flatten()).collect();
    if points.is_empty() {
        return None;
    }
    let namespace = element.metric.namespace.or_else(|| (!has_namespace).then(String::new));
    let (Some(namespace), Some(set)) = (namespace, element.metric.set) else {
        return Some(Err(Bad::Shape("its answer has no labels namespace and set")));
    };
    let points = points.iter().map(|pair| (pair.at(), pair.number())).collect();
    let (pod, le) = (element.metric.pod.map(Name::from), element.metric.le.and_then(|le| le.parse().ok()));
    Some(Ok(Series { namespace: namespace.as_str().into(), set: set.as_str().into(), pod, le, points }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(elements: &str) -> String {
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{elements}]}}}}"#)
    }

    #[test]
    fn what_is_no_number_is_unknown() {
        for number in ["NaN", "+Inf", "-Inf", "x"] {
            let body =
                vector(&format!(r#"{{"metric":{{"namespace":"shop","set":"web-1"}},"value":[1.5,"{number}"]}}"#));
            assert_eq!(decode(body.as_bytes(), true).unwrap()[0].points, [(Moment(1_500), None)], "{number}");
        }
    }

    #[test]
    fn a_native_histogram_beside_a_number_costs_nothing() {
        let body = vector(
            r#"{"metric":{"namespace":"shop","set":"web-1"},"histogram":[1,{"count":"1","sum":"1"}]},
               {"metric":{"namespace":"shop","set":"web-2"},"value":[1,"0.25"]}"#,
        );
        let series = decode(body.as_bytes(), true).unwrap();
        assert_eq!(series.len(), 1);
        assert_eq!((series[0].set.as_str(), series[0].points[0].1), ("web-2", Some(0.25)));
    }

    #[test]
    fn what_is_not_an_answer_is_told_apart() {
        let error = br#"{"status":"error","errorType":"bad_data","error":"1:2: parse error"}"#;
        assert_eq!(decode(error, true), Err(Bad::Refused("bad_data: 1:2: parse error".into())));
        assert_eq!(decode(b"<html>login</html>", true), Err(Bad::Foreign));
        assert_eq!(decode(br#"{"kind":"Status","status":"Failure"}"#, true), Err(Bad::Foreign));
        let scalar = br#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#;
        assert_eq!(decode(scalar, true), Err(Bad::Shape("it answers one number, not one for each version")));
        let bare = vector(r#"{"metric":{"job":"x"},"value":[1,"2"]}"#);
        assert_eq!(decode(bare.as_bytes(), true), Err(Bad::Shape("its answer has no labels namespace and set")));
        assert_eq!(decode(vector("").as_bytes(), true), Ok(Vec::new()));
    }
}
