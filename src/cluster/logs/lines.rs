//! Bytes of a log to lines: cut out of the stream, with the time that the server put in front, and which of them were told
//! before. Nothing is asked for here.

use jiff::Timestamp;

use crate::domain::{Moment, Text};

/// A longer line is cut: a line without an end must not fill the memory.
const LONGEST: usize = 16 << 10;

/// Cuts a stream into lines.
#[derive(Default)]
pub(super) struct Splitter {
    partial: Vec<u8>,
    is_cut: bool,
}

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    at: Option<Timestamp>,
    /// The line without its time.
    pub(super) says: Text,
}

impl Line {
    /// A line of a log with `timestamps=true`. What has no time in front is what the kubelet has to say itself.
    fn read(line: &[u8], is_cut: bool) -> Self {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut parts = line.splitn(2, |byte| *byte == b' ');
        let first = parts.next().and_then(|first| std::str::from_utf8(first).ok());
        let at = first.and_then(|first| first.parse().ok());
        let says = if at.is_some() { parts.next().unwrap_or_default() } else { line };
        let says = Text::lossy(says);
        Self { at, says: if is_cut { Text::clean(&format!("{says}…")) } else { says } }
    }

    /// When the runtime took it.
    pub(super) fn moment(&self) -> Option<Moment> {
        self.at.map(|at| Moment(at.as_millisecond()))
    }
}

impl Splitter {
    /// The lines that end in this chunk.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            let ended = piece.strip_suffix(b"\n");
            self.push(ended.unwrap_or(piece));
            if ended.is_some() {
                lines.push(self.take());
            }
        }
        lines
    }

    /// The last line, if it has no end.
    pub(super) fn rest(&mut self) -> Option<Line> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    fn push(&mut self, piece: &[u8]) {
        let room = LONGEST.saturating_sub(self.partial.len());
        self.is_cut |= piece.len() > room;
        self.partial.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn take(&mut self) -> Line {
        let line = Line::read(&self.partial, self.is_cut);
        self.partial.clear();
        self.is_cut = false;
        line
    }
}

/// Which lines were told, as far as their times say it: a stream that is opened again begins with some of them, because the
/// server counts `sinceTime` in seconds.
#[derive(Default)]
pub(super) struct Told {
    last: Option<Timestamp>,
    /// Lines told with that time.
    same: usize,
    /// While old lines may come again: how many of that time have not yet.
    again: Option<usize>,
}

impl Told {
    /// The stream is opened again: since when.
    pub(super) fn reopen(&mut self) -> Option<Timestamp> {
        self.again = self.last.map(|_| self.same);
        self.last
    }

    /// Whether a line is a new one. It then counts as told.
    pub(super) fn is_new(&mut self, line: &Line) -> bool {
        let Some(at) = line.at else { return true };
        if let (Some(left), Some(last)) = (self.again, self.last) {
            if at < last {
                return false;
            }
            if at == last && left > 0 {
                self.again = Some(left - 1);
                return false;
            }
            self.again = None;
        }
        if self.last == Some(at) {
            self.same += 1;
        } else if self.last < Some(at) {
            self.last = Some(at);
            self.same = 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.says.as_str()).collect()
    }

    #[test]
    fn lines_are_whole_wherever_chunks_are_cut() {
        let log =
            "2026-11-21T17:00:00.123456789Z one\r\n2026-11-21T19:00:01+02:00 zwei: ä\n2026-11-21T17:00:02Z\nno time\n";
        for size in 1..log.len() {
            let mut splitter = Splitter::default();
            let lines: Vec<Line> = log.as_bytes().chunks(size).flat_map(|chunk| splitter.feed(chunk)).collect();
            assert_eq!(says(&lines), ["one", "zwei: ä", "", "no time"], "chunks of {size}");
            let at = |ms: i64| Some(Moment(1_795_280_400_000 + ms));
            let times: Vec<_> = lines.iter().map(Line::moment).collect();
            assert_eq!(times, [at(123), at(1_000), at(2_000), None]);
            assert_eq!(splitter.rest(), None);
        }
    }

    #[test]
    fn a_last_line_waits_for_its_end_and_a_long_one_is_cut() {
        let mut splitter = Splitter::default();
        assert_eq!(splitter.feed(b"half"), []);
        assert_eq!(splitter.rest().unwrap().says, "half");
        for _ in 0..100 {
            assert_eq!(splitter.feed(&[b'x'; 1_000]), []);
        }
        let lines = splitter.feed(b"\nshort \xff\x1b[2J\n");
        assert_eq!(lines[0].says.chars().count(), LONGEST + 1);
        assert!(lines[0].says.ends_with("x…"));
        assert_eq!(lines[1].says, "short \u{fffd}\u{fffd}[2J");
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let read = |text: &str| Splitter::default().feed(text.as_bytes());
        let mut told = Told::default();
        let mut new = |text: &str| {
            let lines: Vec<Line> = read(text).into_iter().filter(|line| told.is_new(line)).collect();
            told.reopen();
            says(&lines).join(" ")
        };
        let first =
            "2026-11-21T17:00:00.1Z a\n2026-11-21T17:00:00.3Z b\n2026-11-21T17:00:00.2Z c\n2026-11-21T17:00:00.3Z d\n";
        assert_eq!(new(first), "a b c d", "two streams of a container are not quite in order");
        assert_eq!(new(first), "");
        assert_eq!(new(&format!("{first}2026-11-21T17:00:00.3Z e\n2026-11-21T17:00:00.2Z f\n")), "e f");
        assert_eq!(new("2026-11-21T17:00:01Z g\n"), "g");
    }
}
