//! A watch: frames over any number of chunks, each an event about one object.

use std::mem;

use bytes::{Buf, Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::{Kind, Object, Ref, Text, Uid};

use super::{
    Bad, Door, Encoding, MAX_ITEM,
    door::own,
    envelope::{MAGIC, TypeMeta, Unknown},
    json::{Edge, Nesting},
    kinds::{Shape, parse},
    meta::{Head, ObjectMeta},
    status::Status,
};

/// What a watch says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An object appeared or changed; with its `resourceVersion`, from which a later watch goes on.
    Put(Object, String),
    /// An object went away; with the `resourceVersion` of that.
    Gone(Ref, Uid, String),
    /// Nothing changed up to this version. Never an object.
    Bookmark {
        /// The version.
        resource_version: String,
        /// Whether the initial state has now been sent in full (`k8s.io/initial-events-end`).
        initial_events_end: bool,
    },
    /// The server ends the watch and says why (410 when it forgot the version it should go on from).
    Refused(Status),
    /// An object appeared or changed, and only its metadata decodes; GET it as JSON.
    Undecodable {
        /// Which object.
        at: Ref,
        /// Its version.
        resource_version: String,
    },
}

/// Decodes one watch response.
#[derive(Debug)]
pub struct WatchDecoder {
    shape: Shape,
    frames: Frames,
}

/// Cuts a body into frames.
#[derive(Debug)]
enum Frames {
    /// Each behind its length, four bytes, big end first.
    Protobuf(BytesMut),
    /// One JSON value after the other.
    Json(Nesting, Vec<u8>),
}

/// `metav1.WatchEvent` in protobuf.
#[derive(Clone, PartialEq, prost::Message)]
struct EventMessage {
    #[prost(bytes = "bytes", tag = "1")]
    r#type: Bytes,
    #[prost(message, optional, tag = "2")]
    object: Option<RawExtension>,
}

/// `runtime.RawExtension`: a whole protobuf body, with its magic and its envelope.
#[derive(Clone, PartialEq, prost::Message)]
struct RawExtension {
    #[prost(bytes = "bytes", tag = "1")]
    raw: Bytes,
}

/// `metav1.WatchEvent` in JSON.
#[derive(Deserialize)]
struct EventValue<'a> {
    r#type: String,
    #[serde(borrow)]
    object: &'a RawValue,
}

/// One event of either encoding, its object not yet decoded.
struct Event {
    word: Bytes,
    encoding: Encoding,
    kind: Bytes,
    object: Bytes,
}

impl WatchDecoder {
    /// A decoder for the answer to a watch of that kind; an error for a kind that is not read.
    pub fn new(kind: &Kind, encoding: Encoding) -> Result<Self, Bad> {
        let frames = match encoding {
            Encoding::Protobuf => Frames::Protobuf(BytesMut::new()),
            Encoding::Json => Frames::Json(Nesting::default(), Vec::new()),
        };
        Ok(Self { shape: Shape::of(kind)?, frames })
    }

    /// Takes the next bytes of the body; answers what is now complete. After an error the watch is of no use.
    pub fn push(&mut self, chunk: &[u8], door: &mut Door) -> Result<Vec<Heard>, Bad> {
        let mut heard = Vec::new();
        match &mut self.frames {
            Frames::Protobuf(buffer) => {
                buffer.extend_from_slice(chunk);
                while let Some(frame) = next_frame(buffer)? {
                    heard.push(Event::from_protobuf(frame)?.read(self.shape, door)?);
                }
            }
            Frames::Json(nesting, frame) => {
                for byte in chunk {
                    let edge = nesting.step(*byte);
                    if nesting.depth() > 0 || edge == Edge::Closes {
                        frame.push(*byte);
                    } else if !byte.is_ascii_whitespace() {
                        return Err(Bad::malformed(&"it holds no JSON objects"));
                    }
                    if frame.len() > MAX_ITEM {
                        return Err(Bad::TooLarge);
                    }
                    if nesting.depth() == 0 && edge == Edge::Closes {
                        heard.push(Event::from_json(&mem::take(frame))?.read(self.shape, door)?);
                    }
                }
            }
        }
        Ok(heard)
    }

    /// The body has ended: an error when that was within a frame. A server ends a watch after `timeoutSeconds`.
    pub fn finish(self) -> Result<(), Bad> {
        let empty = match self.frames {
            Frames::Protobuf(buffer) => buffer.is_empty(),
            Frames::Json(_, frame) => frame.is_empty(),
        };
        if empty { Ok(()) } else { Err(Bad::Cut) }
    }
}

fn next_frame(buffer: &mut BytesMut) -> Result<Option<Bytes>, Bad> {
    let Some(prefix) = buffer.first_chunk::<4>() else { return Ok(None) };
    let len = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| Bad::TooLarge)?;
    if len > MAX_ITEM {
        return Err(Bad::TooLarge);
    }
    if buffer.len() - prefix.len() < len {
        return Ok(None);
    }
    buffer.advance(4);
    Ok(Some(buffer.split_to(len).freeze()))
}

impl Event {
    fn from_protobuf(frame: Bytes) -> Result<Self, Bad> {
        let encoding = Encoding::Protobuf;
        let event: EventMessage = prost::Message::decode(frame).map_err(|error| Bad::malformed(&error))?;
        let body = event.object.unwrap_or_default().raw;
        if !body.starts_with(MAGIC) {
            return Err(Bad::NotProtobuf);
        }
        let unknown = Unknown::open(body)?;
        let kind = unknown.type_meta.unwrap_or_default().kind;
        Ok(Self { word: event.r#type, encoding, kind, object: unknown.raw.unwrap_or_default() })
    }

    fn from_json(frame: &[u8]) -> Result<Self, Bad> {
        let encoding = Encoding::Json;
        let text = String::from_utf8_lossy(frame);
        let event: EventValue = serde_json::from_str(&text).map_err(|error| Bad::malformed(&error))?;
        let object = Bytes::copy_from_slice(event.object.get().as_bytes());
        let of: TypeMeta = parse(encoding, object.clone()).map_err(|error| Bad::malformed(&error))?;
        Ok(Self { word: event.r#type.into(), encoding, kind: of.kind, object })
    }

    fn read(self, shape: Shape, door: &mut Door) -> Result<Heard, Bad> {
        if *self.word == *b"ERROR" || *self.kind == *b"Status" {
            let status = Some(self.object).filter(|_| *self.kind == *b"Status");
            let status = status.and_then(|object| Status::read(self.encoding, object));
            return Ok(Heard::Refused(status.unwrap_or_default()));
        }
        shape.expect(&self.kind, "")?;
        let head: Head = parse(self.encoding, self.object.clone()).map_err(|error| Bad::malformed(&error))?;
        let meta = head.metadata.unwrap_or_default();
        let resource_version = String::from_utf8_lossy(&meta.resource_version).into_owned();
        match &*self.word {
            b"ADDED" | b"MODIFIED" => Ok(match shape.item(self.encoding, self.object, door)? {
                Ok(object) => Heard::Put(object, resource_version),
                Err(at) => Heard::Undecodable { at, resource_version },
            }),
            b"DELETED" => Ok(Heard::Gone(meta.at(shape.kind(), door), own(&meta.uid), resource_version)),
            b"BOOKMARK" => Ok(Heard::Bookmark { resource_version, initial_events_end: ends_initial_events(&meta) }),
            other => Err(Bad::EventType(Text::lossy(other))),
        }
    }
}

fn ends_initial_events(meta: &ObjectMeta) -> bool {
    meta.annotations.iter().any(|pair| *pair.key == *b"k8s.io/initial-events-end" && *pair.value == *b"true")
}
