//! The log book: lines of several containers as one, in the order of time. Reading and following logs is not done here.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Store;
use crate::domain::{LogAsk, LogBook, LogLine, LogState, Moment, Text};

/// Log lines kept: some screens full of twenty chatty pods.
const LINES: usize = 5_000;
/// What a control character became when the line was tamed.
const TAMED: char = '\u{fffd}';

impl Store {
    /// Lines of streams that are not wanted any more are forgotten.
    pub(super) fn want_logs(&mut self, asks: &[LogAsk]) {
        let book = &mut self.fleet.desk.logs;
        let wanted: HashSet<&LogAsk> = asks.iter().collect();
        let before = book.streams.len();
        book.streams.retain(|ask, _| wanted.contains(ask));
        if book.streams.is_empty() {
            *book = LogBook::default();
        } else if book.streams.len() < before {
            book.lines.retain(|line| wanted.contains(&line.of));
        }
        for ask in asks {
            book.streams.entry(ask.clone()).or_insert(LogState::Opening);
        }
    }

    /// What a stream that is not wanted any more still says is ignored.
    pub(super) fn log_state(&mut self, ask: &LogAsk, state: LogState) {
        if let Some(held) = self.fleet.desk.logs.streams.get_mut(ask) {
            *held = state;
        }
    }

    /// Puts lines among those of other containers by the time that the server gives them. Those of one container stay in
    /// the order in which they came, whatever its clock does.
    pub(super) fn keep_lines(&mut self, lines: Vec<LogLine>) {
        let book = &mut self.fleet.desk.logs;
        let mut by_stream: HashMap<LogAsk, Vec<LogLine>> = HashMap::new();
        for line in lines.into_iter().filter(|line| book.streams.contains_key(&line.of)) {
            let says = without_escapes(&line.says).unwrap_or_else(|| line.says.clone());
            by_stream.entry(line.of.clone()).or_default().push(LogLine { says, ..line });
        }
        for (of, lines) in by_stream {
            merge(&mut book.lines, &of, lines);
        }
        let surplus = book.lines.len().saturating_sub(LINES);
        book.lines.drain(..surplus);
        book.dropped += surplus;
    }
}

/// Merges the lines of one stream in. Streams are nearly in order, so that only the end of the book is touched; however
/// many lines come, each line of that end moves once.
fn merge(book: &mut VecDeque<LogLine>, of: &LogAsk, lines: Vec<LogLine>) {
    let first = lines.first().and_then(|line| line.at);
    let stands = |held: &LogLine| first.is_none() || held.at.is_none() || held.at <= first || held.of == *of;
    let start = book.iter().rposition(stands).map_or(0, |index| index + 1);
    let mut end = book.split_off(start).into_iter().peekable();
    let mut latest: Option<Moment> = None;
    for line in lines {
        // A line without a time, or from before the one it follows, belongs right behind that one.
        latest = latest.max(line.at);
        while let Some(held) = end.next_if(|held| held.at <= latest) {
            book.push_back(held);
        }
        book.push_back(line);
    }
    book.extend(end);
}

/// A line without the escape sequences that colour it or move a cursor, whose first character was tamed (ECMA-48: CSI
/// with its parameters, and the choice of ASCII that `tput sgr0` adds). None when it has none.
fn without_escapes(line: &str) -> Option<Text> {
    let mut rest = line;
    let mut kept = String::new();
    while let Some(at) = rest.find(TAMED) {
        let (before, tamed) = rest.split_at(at);
        kept.push_str(before);
        let after = tamed.get(TAMED.len_utf8()..).unwrap_or_default();
        rest = after_escape(after).unwrap_or_else(|| {
            kept.push(TAMED);
            after
        });
    }
    kept.push_str(rest);
    (kept.len() < line.len()).then(|| Text::clean(kept.trim_end()))
}

/// What follows an escape sequence, if the text goes on like one behind its first character.
fn after_escape(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("(B") {
        return Some(rest);
    }
    let body = text.strip_prefix('[')?;
    let end = body.find(|c: char| !(' '..='?').contains(&c))?;
    let rest = body.get(end..)?;
    rest.starts_with(|c: char| ('@'..='~').contains(&c)).then(|| rest.get(1..)).flatten()
}
