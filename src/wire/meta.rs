//! `ObjectMeta` and the small types all kinds share, and the macro that makes one struct read both encodings.

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};

use crate::domain::{Amount, Expression, Kind, Meta, Moment, Operator, Owner, Ref, Selector};

use super::{Door, door::own, json::Lax};

/// A struct that both prost and serde read. Field names are the API's in snake case; `null` and absence are the
/// default. `optional` stands only where the Go type has a pointer. All text is `Bytes`: the API server stores and
/// serves invalid UTF-8, and prost would refuse the whole body for one such field; it also saves a copy.
macro_rules! message {
    (
        $(#[$about:meta])*
        $vis:vis struct $name:ident { $($(#[$field_about:meta])* $field:ident: $type:ty),* $(,)? }
    ) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, prost::Message, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        $vis struct $name {
            $($(#[$field_about])*
            #[serde(deserialize_with = "crate::wire::json::lax")]
            pub(in crate::wire) $field: $type,)*
        }
        crate::wire::json::lax_as_serde_reads_it!($name);
    };
}
pub(super) use message;

/// `metav1.Time` and `metav1.MicroTime`: RFC 3339 in JSON, seconds and nanoseconds in protobuf.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Time {
    /// Seconds since the Unix epoch.
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    /// And nanoseconds.
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// Go's zero time, `0001-01-01T00:00:00Z`, in seconds since the Unix epoch.
const GO_ZERO: i64 = -62_135_596_800;

impl Time {
    /// The moment it names. Go's zero time is none: protobuf writes it as an empty message, JSON as `null` or as the
    /// year 1. Times outside of what can be shown count as the nearest one that can.
    pub(super) fn moment(self) -> Option<Moment> {
        let empty = self == Self::default() || self.seconds <= GO_ZERO;
        let ms = self.seconds.saturating_mul(1_000).saturating_add(i64::from(self.nanos / 1_000_000));
        (!empty).then_some(Moment(ms))
    }
}

impl Lax for Time {
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let time: Timestamp = text.parse().map_err(D::Error::custom)?;
        Ok(Self { seconds: time.as_second(), nanos: time.subsec_nanosecond() })
    }
}

/// The moment of a time that may be absent.
pub(super) fn moment(time: Option<Time>) -> Option<Moment> {
    time.and_then(Time::moment)
}

/// `intstr.IntOrString`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct IntOrString {
    /// 0 for a number, 1 for text.
    #[prost(int64, tag = "1")]
    tag: i64,
    #[prost(int32, tag = "2")]
    number: i32,
    #[prost(bytes = "bytes", tag = "3")]
    text: Bytes,
}

impl IntOrString {
    /// The amount it names; None for text that is no amount.
    pub(super) fn amount(&self) -> Option<Amount> {
        if self.tag == 0 {
            return Some(Amount::Pods(self.number));
        }
        std::str::from_utf8(&self.text).ok().and_then(Amount::parse)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(i32),
    Text(String),
}

impl Lax for IntOrString {
    fn lax<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<Either>::deserialize(deserializer)? {
            None => Self::default(),
            Some(Either::Number(number)) => Self { number, ..Self::default() },
            Some(Either::Text(text)) => Self { tag: 1, text: text.into(), ..Self::default() },
        })
    }
}

/// An entry of a `map<string, string>`, which protobuf writes as a repeated message.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Pair {
    /// The key.
    #[prost(bytes = "bytes", tag = "1")]
    pub(super) key: Bytes,
    /// The value.
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) value: Bytes,
}

impl Lax for Pair {
    fn lax<'de, D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("an entry stands in a map only"))
    }

    fn lax_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        deserializer.deserialize_option(super::json::Entries)
    }
}

message! {
    /// `metav1.ObjectMeta`.
    pub(super) struct ObjectMeta {
        #[prost(bytes = "bytes", tag = "1")]
        name: Bytes,
        #[prost(bytes = "bytes", tag = "3")]
        namespace: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        uid: Bytes,
        #[prost(bytes = "bytes", tag = "6")]
        resource_version: Bytes,
        #[prost(int64, tag = "7")]
        generation: i64,
        #[prost(message, optional, tag = "8")]
        creation_timestamp: Option<Time>,
        #[prost(message, optional, tag = "9")]
        deletion_timestamp: Option<Time>,
        #[prost(int64, optional, tag = "10")]
        deletion_grace_period_seconds: Option<i64>,
        #[prost(message, repeated, tag = "11")]
        labels: Vec<Pair>,
        #[prost(message, repeated, tag = "12")]
        annotations: Vec<Pair>,
        #[prost(message, repeated, tag = "13")]
        owner_references: Vec<OwnerReference>,
    }
}

message! {
    /// `metav1.OwnerReference`.
    pub(super) struct OwnerReference {
        #[prost(bytes = "bytes", tag = "1")]
        kind: Bytes,
        #[prost(bytes = "bytes", tag = "3")]
        name: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        uid: Bytes,
        #[prost(bytes = "bytes", tag = "5")]
        api_version: Bytes,
        #[prost(bool, optional, tag = "6")]
        controller: Option<bool>,
    }
}

message! {
    /// `metav1.LabelSelector`.
    pub(super) struct LabelSelector {
        #[prost(message, repeated, tag = "1")]
        match_labels: Vec<Pair>,
        #[prost(message, repeated, tag = "2")]
        match_expressions: Vec<Requirement>,
    }
}

message! {
    /// `metav1.LabelSelectorRequirement`.
    pub(super) struct Requirement {
        #[prost(bytes = "bytes", tag = "1")]
        key: Bytes,
        #[prost(bytes = "bytes", tag = "2")]
        operator: Bytes,
        #[prost(bytes = "bytes", repeated, tag = "3")]
        values: Vec<Bytes>,
    }
}

/// Any object, reduced to its metadata: for bookmarks, deletions and items that fail to decode.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub(super) struct Head {
    /// Its metadata.
    #[prost(message, optional, tag = "1")]
    #[serde(deserialize_with = "super::json::lax")]
    pub(super) metadata: Option<ObjectMeta>,
}

impl ObjectMeta {
    /// Which object it is.
    pub(super) fn at(&self, kind: Kind, door: &mut Door) -> Ref {
        Ref { cluster: door.cluster(), namespace: door.name(&self.namespace), kind, name: own(&self.name) }
    }

    /// The part that is read, without annotations.
    pub(super) fn reduce(&self, kind: Kind, door: &mut Door) -> Meta {
        let controller = self.owner_references.iter().find(|owner| owner.controller == Some(true));
        Meta {
            at: self.at(kind, door),
            uid: own(&self.uid),
            generation: self.generation,
            created: moment(self.creation_timestamp).unwrap_or_default(),
            deleting: moment(self.deletion_timestamp),
            grace_s: self.deletion_grace_period_seconds,
            owner: controller.map(|owner| owner.reduce(door)),
            labels: door.labels(&self.labels),
            annotations: door.labels(&[]),
        }
    }

    /// The same with annotations. `last-applied-configuration` repeats the whole object and is kept as an empty value,
    /// so that only its presence shows.
    pub(super) fn reduce_annotated(&self, kind: Kind, door: &mut Door) -> Meta {
        let last_applied = b"kubectl.kubernetes.io/last-applied-configuration";
        let annotation = |pair: &Pair, door: &mut Door| {
            let value = if *pair.key == *last_applied { door.name(b"") } else { door.name(&pair.value) };
            (door.name(&pair.key), value)
        };
        let annotations = self.annotations.iter().map(|pair| annotation(pair, door)).collect();
        Meta { annotations, ..self.reduce(kind, door) }
    }
}

impl OwnerReference {
    fn reduce(&self, door: &mut Door) -> Owner {
        Owner { kind: door.kind(&self.api_version, &self.kind), name: door.name(&self.name), uid: door.uid(&self.uid) }
    }
}

impl LabelSelector {
    /// The selector, ready to match.
    pub(super) fn reduce(&self, door: &mut Door) -> Selector {
        let equals = door.labels(&self.match_labels);
        Selector { equals, expressions: self.match_expressions.iter().map(|r| r.reduce(door)).collect() }
    }
}

impl Requirement {
    fn reduce(&self, door: &mut Door) -> Expression {
        let operator = match &*self.operator {
            b"In" => Operator::In,
            b"NotIn" => Operator::NotIn,
            b"Exists" => Operator::Exists,
            b"DoesNotExist" => Operator::DoesNotExist,
            _ => Operator::Other,
        };
        Expression {
            key: door.name(&self.key),
            operator,
            values: self.values.iter().map(|value| door.name(value)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Option<Moment> {
        let time: Option<Time> = super::super::json::lax(&mut serde_json::Deserializer::from_str(text)).unwrap();
        moment(time)
    }

    #[test]
    fn the_zero_time_is_no_time_in_either_encoding() {
        for zero in ["null", "\"\"", "\"0001-01-01T00:00:00Z\""] {
            assert_eq!(json(zero), None, "{zero}");
        }
        assert_eq!(Time::default().moment(), None);
        assert_eq!(Time { seconds: GO_ZERO, nanos: 0 }.moment(), None);
    }

    #[test]
    fn times_keep_their_milliseconds_on_both_sides_of_the_epoch() {
        assert_eq!(json("\"1970-01-01T00:00:01.500999Z\""), Some(Moment(1_500)));
        assert_eq!(json("\"1970-01-01T01:00:00+01:00\""), None);
        assert_eq!(json("\"1970-01-01T02:00:00+01:00\""), Some(Moment(3_600_000)));
        assert_eq!(json("\"1969-12-31T23:59:58.500Z\""), Some(Moment(-1_500)));
        assert_eq!(Time { seconds: -2, nanos: 500_000_000 }.moment(), Some(Moment(-1_500)));
        assert_eq!(Time { seconds: i64::MAX, nanos: 1 }.moment(), Some(Moment(i64::MAX)));
    }
}
