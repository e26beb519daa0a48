//! The durable record of every action: one JSON line before it is sent, more lines as its proof goes on. It is the only
//! maker of a [`Ticket`], and the writing client sends nothing without one: *journal before send* holds in the transport.
//!
//! Nothing is sent, judged or drawn here.
#![deny(missing_docs)]

mod file;
mod line;
mod me;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use self::me::{Me, new_id};
use self::{file::Durable, line::Said, me::Author};
use crate::domain::{Deed, Moment, Proof, Text, Write};

/// The right to send one request once. Only [`Journal::intend`] makes one, after its line is on the disk.
#[derive(Debug)]
pub struct Ticket {
    write: Write,
}

impl Ticket {
    /// The request.
    pub const fn write(&self) -> &Write {
        &self.write
    }

    /// The ticket torn off: what goes with the request through the layers of the writing client.
    pub fn stamp(self) -> Stamp {
        Stamp(Arc::new(Torn { write: self.write, spent: AtomicBool::new(false) }))
    }
}

/// What a request carries in its extensions to be let through. Clones are the same stamp.
#[derive(Clone, Debug)]
pub struct Stamp(Arc<Torn>);

#[derive(Debug)]
struct Torn {
    write: Write,
    spent: AtomicBool,
}

impl Stamp {
    /// The request that was journaled: nothing else may be sent with it.
    pub fn write(&self) -> &Write {
        &self.0.write
    }

    /// Spends it: true the first time only.
    pub fn spend(&self) -> bool {
        !self.0.spent.swap(true, Ordering::AcqRel)
    }
}

/// Why the journal cannot be written: the file, and the system's sentence.
#[derive(Debug)]
pub struct Unwritable {
    /// The file.
    pub file: PathBuf,
    /// What went wrong.
    pub error: io::Error,
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the journal {} cannot be written: {}", self.file.display(), self.error)
    }
}

impl std::error::Error for Unwritable {}

/// The journal's file. Clones append to the same file, and so may other programs. Its functions wait for the disk: call them
/// where that is allowed.
#[derive(Clone, Debug)]
pub struct Journal {
    file: PathBuf,
    me: Me,
}

impl Journal {
    /// The journal in a file, which is made (with its folder) when something is first written. Its author is this process.
    pub fn at(file: PathBuf) -> Self {
        Self::of(file, Me::of_process())
    }

    /// The journal in a file, by an author of choice.
    pub const fn of(file: PathBuf, me: Me) -> Self {
        Self { file, me }
    }

    /// Its file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Its author.
    pub const fn me(&self) -> &Me {
        &self.me
    }

    /// Writes down what is about to be sent and waits until it is on the disk. One ticket per request.
    ///
    /// # Errors
    /// The file cannot be written or synced: then nothing may be sent.
    pub fn intend(&self, deed: &Deed) -> Result<Vec<Ticket>, Unwritable> {
        let line = line::intended(deed, &self.me).map_err(io::Error::other);
        self.append(line, Durable::Yes)?;
        Ok(deed.writes.iter().map(|write| Ticket { write: write.clone() }).collect())
    }

    /// Writes down how far the proof of an action is, or what became of it. Does not wait for the disk: a note that a crash
    /// takes away is found out again by reading the object.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note(&self, id: &str, at: Moment, proof: &Proof) -> Result<(), Unwritable> {
        self.append(line::later(id, at, proof).map_err(io::Error::other), Durable::No)
    }

    fn append(&self, line: io::Result<Vec<u8>>, durable: Durable) -> Result<(), Unwritable> {
        line.and_then(|line| file::append(&self.file, &line, durable))
            .map_err(|error| Unwritable { file: self.file.clone(), error })
    }

    /// The actions in the last 4 MiB, oldest first, each as its last line says. A line that makes no sense is passed over, and
    /// counted; a note about an action that is further back is not.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(&self) -> io::Result<Past> {
        let end = file::read(&self.file)?;
        let mut past = Past::default();
        let mut authors: Vec<Option<Author>> = Vec::new();
        for line in end.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            match line::read(line) {
                Some(Said::Intended(author, deed)) => {
                    past.deeds.push(*deed);
                    authors.push(author);
                }
                Some(Said::Later(id, proof)) => {
                    if let Some(deed) = past.deeds.iter_mut().rfind(|deed| deed.id == id) {
                        deed.proof = proof;
                    }
                }
                None => past.unreadable += 1,
            }
        }
        let is_orphan = |author: &Option<Author>| author.as_ref().is_some_and(|author| author.is_dead(&self.me));
        let open = past.deeds.iter().zip(&authors).filter(|(deed, _)| !deed.proof.outcome.is_final());
        past.orphans = open.filter(|(_, author)| is_orphan(author)).map(|(deed, _)| deed.id.clone()).collect();
        Ok(past)
    }
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The actions, oldest first.
    pub deeds: Vec<Deed>,
    /// Those that were in flight when their program died: no final outcome, and their program, on this machine, runs no more.
    /// Where there is no `/proc` that cannot be known, and there are none.
    pub orphans: Vec<Text>,
    /// Lines that could not be read.
    pub unreadable: usize,
}

#[cfg(test)]
mod tests;
