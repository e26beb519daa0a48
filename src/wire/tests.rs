//! Both encodings against each other and against the reference types, streams cut anywhere, and hostile bytes.

mod custom;
mod fixtures;
mod hostile;
mod json;
mod streams;
mod tags;
mod values;

use bytes::Bytes;
use prost::Message;

use super::*;
use crate::domain::{Kind, Object};

/// A protobuf body as the API server writes it: the last two fields of the envelope are always there.
fn envelope(kind: &str, raw: &[u8]) -> Vec<u8> {
    let version = b"\x0a\x02v1";
    let mut body = b"k8s\0".to_vec();
    delimited(1, &[version, &[0x12][..], &[u8::try_from(kind.len()).unwrap()], kind.as_bytes()].concat(), &mut body);
    delimited(2, raw, &mut body);
    body.extend_from_slice(&[0x1a, 0, 0x22, 0]);
    body
}

/// A length-delimited field.
fn delimited(number: u8, value: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    prost::encoding::encode_varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

/// A protobuf list of items already encoded, at version 77, with a next page and 5 items left.
fn list_of(kind: &str, items: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = Vec::new();
    delimited(1, b"\x12\x0277\x1a\x04next\x20\x05", &mut raw);
    for item in items {
        delimited(2, item, &mut raw);
    }
    envelope(&format!("{kind}List"), &raw)
}

/// A protobuf watch frame with an object already encoded.
fn frame(word: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let mut extension = Vec::new();
    delimited(1, &envelope(kind, raw), &mut extension);
    let mut event = Vec::new();
    delimited(1, word.as_bytes(), &mut event);
    delimited(2, &extension, &mut event);
    let mut frame = u32::try_from(event.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(&event);
    frame
}

fn door() -> Door {
    Door::new("lab".into())
}

/// The pod fixture, encoded by the reference types.
fn pod_bytes() -> Vec<u8> {
    fixtures::pod().encode_to_vec()
}

fn decode(kind: &Kind, encoding: Encoding, body: impl Into<Bytes>) -> Result<Object, Bad> {
    decode_object(kind, encoding, body.into(), &mut door())
}
