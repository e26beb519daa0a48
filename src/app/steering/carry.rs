//! Carrying a confirmed action out: the journal first, then each request once, in order, as long as they are accepted.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::{sync::mpsc, time::timeout};

use super::{Told, whole};
use crate::{
    cluster::{Cluster, Sent, Writer},
    domain::{Deed, Text, Why},
    journal::Journal,
};

/// A disk that takes longer has not got the line: what was confirmed is not sent minutes later, when a disk wakes up.
const WRITTEN_WITHIN: Duration = Duration::from_secs(20);

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
    let place = journal.file().display().to_string();
    let tickets = match in_time(WRITTEN_WITHIN, &place, move || journal.intend(&line)).await {
        Ok(tickets) => tickets,
        Err(why) => {
            let _ = tell.send(Told::Journaled(serial, Box::new(deed), Err(why))).await;
            return;
        }
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

/// What a disk gives, or why not. What it gives later is lost: no ticket outlives its time.
async fn in_time<T, E>(
    within: Duration,
    place: &str,
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Why>
where
    T: Send + 'static,
    E: std::fmt::Display + Send + 'static,
{
    let says = match timeout(within, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(Ok(done))) => return Ok(done),
        Ok(Ok(Err(why))) => why.to_string(),
        Ok(Err(_)) => format!("the journal {place} cannot be written: this program failed at it"),
        Err(_) => format!("the journal {place} was not written within {} s: its disk stands still", within.as_secs()),
    };
    Err(Why(Text::clean(&says)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_stands_still_gives_no_ticket_later() {
        let (wake, slept) = std::sync::mpsc::channel::<()>();
        let work = move || slept.recv().map_err(|error| error.to_string());
        let why = in_time(Duration::from_millis(10), "/nfs/journal", work).await.unwrap_err();
        assert_eq!(why.0, "the journal /nfs/journal was not written within 0 s: its disk stands still");
        wake.send(()).unwrap();
        assert_eq!(in_time(WRITTEN_WITHIN, "/", || Ok::<_, String>(7)).await, Ok(7));
        assert_eq!(in_time(WRITTEN_WITHIN, "/", || Err::<u8, _>("full")).await, Err(Why("full".into())));
    }
}
