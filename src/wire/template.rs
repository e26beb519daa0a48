//! The pod template: a fingerprint of all of it, and the few fields that a screen shows.
//!
//! The Deployment controller finds the current ReplicaSet by comparing templates, ignoring `pod-template-hash`
//! (`EqualIgnoreHash`). Decoding a template to compare it would cost most of a list; its encoded bytes serve as well,
//! because one server encodes equal templates equally. Fingerprints of two encodings never compare equal.

use bytes::Bytes;
use prost::Message;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain;

use super::{
    Door, Encoding,
    json::lax_as_serde_reads_it,
    meta::{ObjectMeta, Pair, message},
    pod::{Container, ReadinessGate},
};

/// `v1.PodTemplateSpec`.
#[derive(Clone, PartialEq, Message, Deserialize)]
#[serde(default)]
pub(super) struct Template {
    #[prost(message, optional, tag = "1")]
    #[serde(deserialize_with = "super::json::lax")]
    pub(super) metadata: Option<ObjectMeta>,
    /// The pod spec as it came in protobuf; as canonical JSON text in JSON.
    #[prost(bytes = "bytes", tag = "2")]
    #[serde(deserialize_with = "canonical")]
    pub(super) spec: Bytes,
}
lax_as_serde_reads_it!(Template);

message! {
    /// The part of `v1.PodSpec` that is shown of a template.
    struct Shown {
        #[prost(message, repeated, tag = "2")]
        containers: Vec<Container>,
        #[prost(message, repeated, tag = "20")]
        init_containers: Vec<Container>,
        #[prost(message, repeated, tag = "28")]
        readiness_gates: Vec<ReadinessGate>,
    }
}

impl Template {
    /// The template, reduced. A spec that does not decode still has its fingerprint, but shows no images.
    pub(super) fn reduce(&self, encoding: Encoding, door: &mut Door) -> domain::Template {
        let shown = match encoding {
            Encoding::Protobuf => Shown::decode(self.spec.clone()).unwrap_or_default(),
            Encoding::Json => serde_json::from_slice(&self.spec).unwrap_or_default(),
        };
        let containers = shown.containers.iter().chain(&shown.init_containers);
        let annotations = self.metadata.as_ref().map_or(&[][..], |meta| &meta.annotations);
        let labels = self.metadata.as_ref().map_or(&[][..], |meta| &meta.labels);
        let labels: Vec<Pair> = labels.iter().filter(|pair| !is_hash(pair)).cloned().collect();
        let restarted = annotations.iter().find(|pair| *pair.key == *b"kubectl.kubernetes.io/restartedAt");
        domain::Template {
            fingerprint: self.fingerprint(encoding),
            images: containers.map(|c| (door.name(&c.name), door.text(&c.image))).collect(),
            readiness_gates: shown.readiness_gates.iter().map(|gate| door.name(&gate.condition_type)).collect(),
            restarted: restarted.map(|pair| door.text(&pair.value)),
            labels: door.labels(&labels),
        }
    }

    fn fingerprint(&self, encoding: Encoding) -> u64 {
        let mut hash = Fnv::new();
        if let Some(meta) = &self.metadata {
            hash.pairs(meta.labels.iter().filter(|pair| !is_hash(pair)));
            hash.pairs(meta.annotations.iter());
        } else {
            hash.pairs([].into_iter());
            hash.pairs([].into_iter());
        }
        hash.part(&self.spec);
        hash.0 & !1 | u64::from(encoding == Encoding::Json)
    }
}

/// The label that tells the pods of two ReplicaSets apart: no part of what the user wrote.
fn is_hash(pair: &Pair) -> bool {
    *pair.key == *b"pod-template-hash"
}

/// FNV-1a, 64 bits. Not the standard library's hasher: fingerprints are recorded, and that one may change between
/// releases. Nobody gains from a collision, so it need not be a keyed hash.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// A part, after its length: `ab` + `c` is not `a` + `bc`.
    fn part(&mut self, bytes: &[u8]) {
        self.len(bytes.len());
        self.bytes(bytes);
    }

    fn len(&mut self, len: usize) {
        self.bytes(&u64::try_from(len).unwrap_or(u64::MAX).to_le_bytes());
    }

    fn pairs<'a>(&mut self, pairs: impl Iterator<Item = &'a Pair>) {
        let mut sorted: Vec<&Pair> = pairs.collect();
        sorted.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        self.len(sorted.len());
        for pair in sorted {
            self.part(&pair.key);
            self.part(&pair.value);
        }
    }
}

/// Any JSON value as text whose keys are sorted and whose nulls are left out, so that equal values give equal bytes.
fn canonical<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let mut text = Vec::new();
    write_canonical(&value, &mut text);
    Ok(text.into())
}

/// Written by hand because the order of a `serde_json` map depends on a feature that any other crate may switch on.
fn write_canonical(value: &Value, text: &mut Vec<u8>) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push(b'{');
            for (n, (key, value)) in entries.into_iter().enumerate() {
                separate(n, text);
                text.extend_from_slice(Value::from(key.as_str()).to_string().as_bytes());
                text.push(b':');
                write_canonical(value, text);
            }
            text.push(b'}');
        }
        Value::Array(items) => {
            text.push(b'[');
            for (n, item) in items.iter().enumerate() {
                separate(n, text);
                write_canonical(item, text);
            }
            text.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.extend_from_slice(value.to_string().as_bytes());
        }
    }
}

fn separate(n: usize, text: &mut Vec<u8>) {
    if n > 0 {
        text.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> domain::Template {
        let template: Template = serde_json::from_str(text).unwrap();
        template.reduce(Encoding::Json, &mut Door::new("lab".into()))
    }

    #[test]
    fn the_fingerprint_ignores_order_nulls_and_the_hash_label_but_nothing_else() {
        let base = json(
            r#"{"metadata":{"labels":{"app":"web","pod-template-hash":"abc"}},"spec":{"a":[{"x":1,"y":null}],"b":"2"}}"#,
        );
        let same =
            json(r#"{"metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"b":"2","a":[{"x":1}]}}"#);
        assert_eq!(base.fingerprint, same.fingerprint);
        for other in [
            r#"{"metadata":{"labels":{"app":"web"}},"spec":{"b":"2","a":[{"x":2}]}}"#,
            r#"{"metadata":{"labels":{"app":"cart"}},"spec":{"b":"2","a":[{"x":1}]}}"#,
            r#"{"metadata":{"labels":{"app":"web"},"annotations":{"a":"b"}},"spec":{"b":"2","a":[{"x":1}]}}"#,
            r#"{"metadata":{"annotations":{"app":"web"}},"spec":{"b":"2","a":[{"x":1}]}}"#,
        ] {
            assert_ne!(base.fingerprint, json(other).fingerprint, "{other}");
        }
    }

    #[test]
    fn the_fingerprint_is_the_same_in_every_run_and_names_its_encoding() {
        let template = json(r#"{"metadata":{"labels":{"app":"web"}},"spec":{}}"#);
        assert_eq!(template.fingerprint, 0x7deb_23d2_5322_94eb);
        let empty = Template::default();
        assert_eq!(empty.fingerprint(Encoding::Protobuf) & 1, 0);
        assert_eq!(empty.fingerprint(Encoding::Json) & 1, 1);
    }
}
