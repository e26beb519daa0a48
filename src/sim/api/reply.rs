//! What is answered: a whole body, or one that goes on. Sending it is the service's concern.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;

/// JSON.
pub(super) const JSON: &str = "application/json";

/// One answer.
#[derive(Debug)]
pub(in crate::sim) struct Reply {
    pub(in crate::sim) code: u16,
    pub(in crate::sim) media: &'static str,
    /// `Warning` headers, as sentences.
    pub(in crate::sim) warnings: Vec<String>,
    /// `Retry-After`, seconds.
    pub(in crate::sim) retry_after: Option<u16>,
    pub(in crate::sim) body: Body,
}

/// Its body.
#[derive(Debug)]
pub(in crate::sim) enum Body {
    /// All of it.
    Whole(Bytes),
    /// What is there, and what comes.
    Stream(Stream),
}

/// A body that goes on.
#[derive(Debug)]
pub(in crate::sim) struct Stream {
    /// What is known already.
    pub(in crate::sim) head: Vec<Bytes>,
    /// What comes; None when that is all.
    pub(in crate::sim) rest: Option<mpsc::Receiver<Bytes>>,
    /// When it ends at the latest, in real time.
    pub(in crate::sim) within: Duration,
}

impl Reply {
    /// A value.
    pub(super) fn json(code: u16, value: &Value) -> Self {
        Self { code, media: JSON, warnings: Vec::new(), retry_after: None, body: Body::Whole(value.to_string().into()) }
    }

    /// Plain text.
    pub(super) fn text(code: u16, text: impl Into<Bytes>) -> Self {
        Self {
            code,
            media: "text/plain; charset=utf-8",
            warnings: Vec::new(),
            retry_after: None,
            body: Body::Whole(text.into()),
        }
    }

    /// 429 when too many requests are in flight: plain text, as the filter of the real server answers before any handler.
    pub(in crate::sim) fn too_many() -> Self {
        let text = "Too many requests, please try again later.\n";
        Self { retry_after: Some(1), ..Self::text(429, text) }
    }

    /// 200 and a body that goes on.
    pub(super) const fn stream(media: &'static str, stream: Stream) -> Self {
        Self { code: 200, media, warnings: Vec::new(), retry_after: None, body: Body::Stream(stream) }
    }
}
