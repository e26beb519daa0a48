//! The protobuf envelope of Kubernetes (`runtime.Unknown` behind four magic bytes), and protobuf fields cut out of a
//! body that is still streaming in.

use bytes::Bytes;
use prost::{
    Message,
    encoding::{WireType, decode_key, decode_varint},
};

use super::{Bad, MAX_ITEM, meta::message};

/// What every protobuf body and every object in a watch begins with.
pub(super) const MAGIC: &[u8] = b"k8s\0";

message! {
    /// `runtime.TypeMeta`.
    pub(super) struct TypeMeta {
        #[prost(bytes = "bytes", tag = "2")]
        kind: Bytes,
    }
}

/// `runtime.Unknown`: an object still encoded, with its type.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Unknown {
    /// Its type.
    #[prost(message, optional, tag = "1")]
    pub(super) type_meta: Option<TypeMeta>,
    /// The object.
    #[prost(bytes = "bytes", optional, tag = "2")]
    pub(super) raw: Option<Bytes>,
}

impl Unknown {
    /// Opens the envelope of a whole body.
    pub(super) fn open(mut body: Bytes) -> Result<Self, Bad> {
        if !body.starts_with(MAGIC) {
            return Err(if MAGIC.starts_with(&body) { Bad::Cut } else { Bad::NotProtobuf });
        }
        let content = body.split_off(MAGIC.len());
        Self::decode(content).map_err(|error| Bad::malformed(&error))
    }

    /// The kind it says it is.
    pub(super) fn kind(&self) -> &[u8] {
        self.type_meta.as_ref().map_or(&[], |meta| &meta.kind)
    }
}

/// One field at the start of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its number.
    pub(super) number: u32,
    /// Whether it is length-delimited: text, bytes or a message.
    pub(super) delimited: bool,
    /// The length of its key and, if it has one, its length prefix, bytes.
    pub(super) header: usize,
    /// The length of its value, bytes. The value need not be in the buffer yet.
    pub(super) value: usize,
}

impl Field {
    /// The field a buffer begins with; None while more bytes are needed to tell.
    pub(super) fn peek(buffer: &[u8]) -> Result<Option<Self>, Bad> {
        let mut rest = buffer;
        if !holds_varint(rest)? {
            return Ok(None);
        }
        let (number, wire) = decode_key(&mut rest).map_err(|error| Bad::malformed(&error))?;
        let key = buffer.len() - rest.len();
        let field =
            |header, value| Ok(Some(Self { number, delimited: wire == WireType::LengthDelimited, header, value }));
        match wire {
            WireType::ThirtyTwoBit => field(key, 4),
            WireType::SixtyFourBit => field(key, 8),
            WireType::StartGroup | WireType::EndGroup => Err(Bad::malformed(&"it holds a protobuf group")),
            WireType::Varint | WireType::LengthDelimited if !holds_varint(rest)? => Ok(None),
            WireType::Varint => {
                let before = rest.len();
                decode_varint(&mut rest).map_err(|error| Bad::malformed(&error))?;
                field(key, before - rest.len())
            }
            WireType::LengthDelimited => {
                let length = decode_varint(&mut rest).map_err(|error| Bad::malformed(&error))?;
                let length = usize::try_from(length).map_err(|_| Bad::TooLarge)?;
                field(buffer.len() - rest.len(), length)
            }
        }
    }

    /// Its whole length; an error when that is more than anything worth reading.
    pub(super) fn len(&self) -> Result<usize, Bad> {
        if self.value > MAX_ITEM { Err(Bad::TooLarge) } else { Ok(self.header + self.value) }
    }
}

/// Whether a buffer begins with a whole varint; an error when it cannot become one (ten bytes hold 64 bits).
fn holds_varint(buffer: &[u8]) -> Result<bool, Bad> {
    let longest = 10;
    if buffer.iter().take(longest).any(|byte| byte & 0x80 == 0) {
        Ok(true)
    } else if buffer.len() >= longest {
        Err(Bad::malformed(&"a protobuf number has no end"))
    } else {
        Ok(false)
    }
}
