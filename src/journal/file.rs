//! The journal's file: whole lines appended by several programs at once, synced when that matters, and the end of it read back.
//! What the lines say is not known here.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, OpenOptionsExt as _},
    path::Path,
};

/// Of a longer file, so much of its end is read: some thousand actions.
const READ_BYTES: u64 = 4 << 20;

/// Whether a line must be on the disk before the caller goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durable {
    Yes,
    No,
}

/// Appends a line, which ends with a line break. Makes the file and its folder if need be, for their owner only.
pub(super) fn append(path: &Path, line: &[u8], durable: Durable) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new_folder = !folder.is_dir();
    if new_folder {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let new_file = !is_there(path)?;
    // Reading is needed to see how the file ends.
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    write(&mut file, line)?;
    if durable == Durable::Yes {
        file.sync_all()?;
        // Without this a crash may leave a file that no folder knows.
        if new_file {
            File::open(folder)?.sync_all()?;
        }
        if let Some(above) = folder.parent().filter(|above| new_folder && !above.as_os_str().is_empty()) {
            File::open(above)?.sync_all()?;
        }
    }
    Ok(())
}

/// Whether the file is there. One that is neither a file nor a device is an error: opening a FIFO waits for somebody to
/// read it.
fn is_there(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() || found.file_type().is_char_device() => Ok(true),
        Ok(found) => {
            let what = if found.is_dir() { "it is a folder" } else { "it is not a regular file" };
            Err(io::Error::other(what))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// One call of `write`: the system appends it as a whole, whoever else appends. What did not fit is taken back.
fn write(file: &mut File, line: &[u8]) -> io::Result<()> {
    let healed;
    let line = if ends_torn(file)? {
        healed = [b"\n", line].concat();
        healed.as_slice()
    } else {
        line
    };
    let written = file.write(line)?;
    let Some(rest) = line.get(written..).filter(|rest| !rest.is_empty()) else { return Ok(()) };
    let end = file.stream_position()?;
    // The system says why only when it is asked for the rest; then that is taken back too.
    let why = match file.write(rest) {
        Ok(_) => io::Error::new(io::ErrorKind::WriteZero, "only a part of the line could be written"),
        Err(error) => error,
    };
    let _untouched = take_back(file, end.saturating_sub(u64::try_from(written).unwrap_or(end)), end);
    Err(why)
}

/// Cuts off what was written last, if nobody has written since. A rest that cannot be cut off is closed by the next line.
fn take_back(file: &mut File, from: u64, to: u64) -> io::Result<()> {
    if file.metadata()?.len() == to { file.set_len(from) } else { Ok(()) }
}

/// Whether the last line was left without its end, by a crash or a full disk.
fn ends_torn(file: &mut File) -> io::Result<bool> {
    let about = file.metadata()?;
    if !about.is_file() || about.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The end of the file, from the beginning of a line; empty if there is no file.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !is_there(path)? {
        return Ok(Vec::new());
    }
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    // A device keeps nothing.
    if !about.is_file() {
        return Ok(Vec::new());
    }
    let from = about.len().saturating_sub(READ_BYTES);
    // One byte more tells whether the cut is between two lines.
    file.seek(SeekFrom::Start(from.saturating_sub(1)))?;
    let mut end = Vec::new();
    file.take(READ_BYTES + 1).read_to_end(&mut end)?;
    if from > 0 {
        let first = end.iter().position(|byte| *byte == b'\n').map_or(end.len(), |at| at + 1);
        end.drain(..first);
    }
    Ok(end)
}

#[cfg(test)]
mod tests;
