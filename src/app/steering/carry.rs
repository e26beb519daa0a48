//! Carrying a confirmed action out: the journal first, then each request once, in order, as long as they are accepted.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::mpsc;

use super::{Told, whole};
use crate::{
    cluster::{Cluster, Sent, Writer},
    domain::{Deed, Text, Why},
    journal::Journal,
};

/// What came of it.
pub(crate) struct Carried {
    pub(crate) deed: Deed,
    /// The answer to the last request that was sent.
    pub(crate) sent: Sent,
    /// The object as it is now, if the server refused: it tells why.
    pub(crate) there: Option<Value>,
}

/// Does it, and tells twice: when the journal has it, and when the server has answered.
pub(crate) async fn carry(
    serial: u64,
    deed: Deed,
    journal: Journal,
    (writer, cluster): (Writer, Arc<Cluster>),
    tell: mpsc::Sender<Told>,
) {
    let line = deed.clone();
    let written = tokio::task::spawn_blocking(move || journal.intend(&line)).await;
    let tickets = match written {
        Ok(Ok(tickets)) => tickets,
        Ok(Err(unwritable)) => {
            let why = Why(Text::clean(&unwritable.to_string()));
            let _ = tell.send(Told::Journaled(serial, Box::new(deed), Err(why))).await;
            return;
        }
        Err(_) => return,
    };
    let _ = tell.send(Told::Journaled(serial, Box::new(deed.clone()), Ok(()))).await;
    let mut last = Sent::Lost(Text::fixed("there was nothing to send"));
    for ticket in tickets {
        last = writer.send(ticket).await;
        if !matches!(last, Sent::Accepted(_)) {
            break;
        }
    }
    let there = match (&last, deed.writes.first()) {
        (Sent::Refused(_), Some(write)) => whole(&cluster, &write.target).await.ok().flatten(),
        _ => None,
    };
    let _ = tell.send(Told::Carried(serial, Box::new(Carried { deed, sent: last, there }))).await;
}
