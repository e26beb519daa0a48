//! The durable record of every action: one JSON line before it is sent, more lines as its proof goes on. It is the only
//! maker of a [`Ticket`], and the writing client sends nothing without one: *journal before send* holds in the transport.
//!
//! Nothing is sent, judged or drawn here.
#![deny(missing_docs)]

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

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
        let Self { write } = self;
        Stamp(Arc::new(write))
    }
}

/// What a request carries in its extensions to be let through.
#[derive(Clone, Debug)]
pub struct Stamp(Arc<Write>);

impl Stamp {
    /// The request that was journaled: nothing else may be sent with it.
    pub fn write(&self) -> &Write {
        &self.0
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

/// The journal's file. Clones append to the same file. Its functions wait for the disk: call them where that is allowed.
#[derive(Clone, Debug)]
pub struct Journal {
    file: PathBuf,
}

impl Journal {
    /// The journal in a file, which is made (with its folder) when something is first written.
    pub const fn at(file: PathBuf) -> Self {
        Self { file }
    }

    /// Its file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Writes down what is about to be sent and waits until it is on the disk. One ticket per request.
    ///
    /// # Errors
    /// The file cannot be written or synced: then nothing may be sent.
    pub fn intend(&self, deed: &Deed) -> Result<Vec<Ticket>, Unwritable> {
        let _ = deed;
        Err(Unwritable { file: self.file.clone(), error: io::Error::other("not yet") })
    }

    /// Writes down how far the proof of an action is, or what became of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note(&self, id: &str, at: Moment, proof: &Proof) -> Result<(), Unwritable> {
        let _ = (id, at, proof);
        Ok(())
    }

    /// All actions, oldest first, each as its last line says. A line that makes no sense is passed over, and counted.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn read(&self) -> io::Result<Past> {
        Ok(Past::default())
    }
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// The actions, oldest first.
    pub deeds: Vec<Deed>,
    /// Those that were in flight when their program died: no outcome, and their program runs no more.
    pub orphans: Vec<Text>,
    /// Lines that could not be read.
    pub unreadable: usize,
}
