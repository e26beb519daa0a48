//! The slim types of built-in kinds, protobuf and JSON in one, and the decoders that turn bytes into domain objects. Custom
//! resources have no slim type: they are kept whole.
//!
//! Pure: bytes in, domain objects out. Nothing here opens a connection, waits or retries; `cluster` does. A slim type
//! holds only the fields that a rule or a screen reads and lives for one item: it is reduced to a domain type at once.
#![deny(missing_docs)]

mod apps;
mod autoscaling;
mod bad;
mod custom;
mod door;
mod envelope;
mod event;
mod json;
mod kinds;
mod list;
mod meta;
mod network;
mod node;
mod pod;
mod status;
mod template;
#[cfg(test)]
mod tests;
mod watch;

pub use bad::Bad;
pub use door::Door;
pub use kinds::decode_object;
pub use list::{ListDecoder, ListEnd};
pub use status::{Status, decode_status};
pub use watch::{Heard, WatchDecoder};

/// The longest item or watch frame that is read, bytes. The API server's own limit for a request is 3 MiB, but stored
/// objects may be larger where etcd was told to allow it; beyond this it is not an object but a broken stream.
pub const MAX_ITEM: usize = 64 << 20;

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/vnd.kubernetes.protobuf`, in lists and in watches.
    Protobuf,
    /// `application/json`, in lists and in watches.
    Json,
}

impl Encoding {
    /// What to send as `Accept`: custom resources exist in JSON only, and protobuf alone would be answered 406 there.
    pub const ACCEPT: &str = "application/vnd.kubernetes.protobuf, application/json";
    /// What to send as `Accept` for a watch.
    pub const ACCEPT_WATCH: &str = "application/vnd.kubernetes.protobuf;stream=watch, application/json;stream=watch";

    /// The encoding a response's `Content-Type` announces; None for what cannot be decoded (`text/plain`).
    pub fn of(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/vnd.kubernetes.protobuf") {
            Some(Self::Protobuf)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else {
            None
        }
    }
}
