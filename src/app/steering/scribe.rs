//! The journal's later lines, written one after another by a task of their own: the loop does not wait for a disk. The first
//! line of an action is not written here; see `carry`.

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use crate::{
    domain::{Deed, Moment, Proof},
    journal::Journal,
};

/// Lines that may wait for the disk.
const CHANNEL: usize = 256;
/// How long the end of the program waits for them.
const LAST_LINES: Duration = Duration::from_secs(1);

enum Line {
    Note(Box<Deed>),
    /// From now on in another file.
    KeepIn(Journal),
}

/// Who writes them.
pub(super) struct Scribe {
    lines: mpsc::Sender<Line>,
    task: JoinHandle<()>,
}

impl Scribe {
    pub(super) fn start(journal: Option<Journal>) -> Self {
        let (lines, given) = mpsc::channel(CHANNEL);
        Self { lines, task: tokio::task::spawn_blocking(move || write(journal, given)) }
    }

    /// Writes down how far an action is.
    pub(super) fn note(&self, deed: &Deed) {
        self.give(Line::Note(Box::new(deed.clone())));
    }

    pub(super) fn keep_in(&self, journal: Journal) {
        self.give(Line::KeepIn(journal));
    }

    fn give(&self, line: Line) {
        if self.lines.try_send(line).is_err() {
            tracing::warn!("the journal's disk is too slow: a line about the course of an action is lost");
        }
    }

    pub(super) async fn close(self) {
        drop(self.lines);
        let _ = timeout(LAST_LINES, self.task).await;
    }
}

fn write(mut journal: Option<Journal>, mut given: mpsc::Receiver<Line>) {
    while let Some(line) = given.blocking_recv() {
        match (line, &journal) {
            (Line::KeepIn(other), _) => journal = Some(other),
            (Line::Note(deed), Some(journal)) => {
                let Proof { accepted, observed, done, since, .. } = deed.proof;
                let at = [accepted, observed, done, since].into_iter().flatten().fold(deed.at, Moment::max);
                if let Err(unwritable) = journal.note(&deed.id, at, &deed.proof) {
                    tracing::warn!(%unwritable, "how an action went on is not in the journal");
                }
            }
            (Line::Note(_), None) => {}
        }
    }
}
