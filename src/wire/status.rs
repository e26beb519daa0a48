//! `metav1.Status`: how the API server says no, in whatever encoding it chose to say it.

use std::fmt;

use bytes::Bytes;

use crate::domain::{Text, num};

use super::{Encoding, envelope::Unknown, kinds::parse, meta::message};

/// The longest part of a plain-text error that is kept, bytes.
const PLAIN: usize = 512;

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The HTTP code.
    pub code: u16,
    /// The machine word (`Forbidden`, `Expired`); empty when the server gave none.
    pub reason: String,
    /// The sentence.
    pub message: Text,
    /// When to ask again, seconds. A `Retry-After` header says the same; who has it may fill it in.
    pub retry_after_s: Option<u32>,
}

message! {
    struct Slim {
        #[prost(bytes = "bytes", tag = "3")]
        message: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        reason: Bytes,
        #[prost(message, optional, tag = "5")]
        details: Option<Details>,
        #[prost(int32, tag = "6")]
        code: i32,
    }
}

message! {
    struct Details {
        #[prost(int32, tag = "5")]
        retry_after_seconds: i32,
    }
}

/// The refusal in the body of a failed request. Never fails: a body that is no Status is shown as it stands.
pub fn decode_status(content_type: &str, http_code: u16, body: &[u8]) -> Status {
    let bytes = Bytes::copy_from_slice(body);
    let known = match Encoding::of(content_type) {
        Some(Encoding::Protobuf) => Unknown::open(bytes).ok().and_then(|unknown| Status::read_protobuf(&unknown)),
        Some(Encoding::Json) => Status::read(Encoding::Json, bytes),
        None => None,
    };
    let mut status = known.unwrap_or_else(|| Status::plain(body));
    if status.code == 0 {
        status.code = http_code;
    }
    status
}

impl Status {
    /// The Status in an opened envelope; None when something else is in it.
    pub(super) fn read_protobuf(unknown: &Unknown) -> Option<Self> {
        let raw = unknown.raw.clone().filter(|_| unknown.kind() == b"Status")?;
        Self::read(Encoding::Protobuf, raw)
    }

    /// A Status without an envelope.
    pub(super) fn read(encoding: Encoding, body: Bytes) -> Option<Self> {
        let slim: Slim = parse(encoding, body).ok()?;
        let retry = slim.details.map_or(0, |details| details.retry_after_seconds);
        Some(Self {
            code: num::clamp_u16(slim.code.into()),
            reason: String::from_utf8_lossy(&slim.reason).into_owned(),
            message: Text::lossy(&slim.message),
            retry_after_s: u32::try_from(retry).ok().filter(|seconds| *seconds > 0),
        })
    }

    /// A body that is no Status: the beginning of its text.
    fn plain(body: &[u8]) -> Self {
        let text = body.get(..PLAIN).unwrap_or(body).trim_ascii();
        Self { message: Text::lossy(text), ..Self::default() }
    }
}

impl fmt::Display for Status {
    /// `403 Forbidden: pods is forbidden: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, " {}", Text::from(self.reason.as_str()))?;
        }
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}
