//! The only way to write: a client that lets through dry runs, and requests that carry the journal's stamp.

use serde_json::Value;

use super::Trouble;
use crate::{
    domain::{Text, Write},
    journal::Ticket,
};

/// A cluster that can be written to. There is none in read-only mode.
#[derive(Clone)]
pub struct Writer {}

/// What came back for a write that was sent once.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// The server did it: the object as it is now.
    Accepted(Value),
    /// The server refused: nothing was written.
    Refused(Trouble),
    /// No answer that can be trusted: it may have been done or not.
    Lost(Text),
}

/// A dry run's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// The object as it would be.
    pub object: Value,
    /// The server's `Warning` headers.
    pub warnings: Vec<Text>,
}

impl Writer {
    /// Asks the server what a write would do (`dryRun=All`).
    pub async fn rehearse(&self, write: &Write) -> Result<Rehearsed, Trouble> {
        let _ = write;
        Err(Trouble::config("not yet", ""))
    }

    /// Sends a write, once.
    pub async fn send(&self, ticket: Ticket) -> Sent {
        let _ = ticket;
        Sent::Lost(Text::fixed("not yet"))
    }
}
