//! Words searched in log lines: where they are, and the way from one to the next. Lower case finds both cases, a capital
//! letter only itself, as in vim with `smartcase`.

use std::ops::Range;

use super::{
    Overlay, Prompt, Session, Typed, Why,
    overlay::{Aside, aside},
    refuse,
};
use crate::{
    domain::{Fleet, LogBook},
    input::{Chord, KeyEvent},
};

/// Finds a word in lines.
#[derive(Clone, Debug)]
pub struct Finder {
    word: String,
    folds: bool,
}

impl Finder {
    /// For what was typed; None for nothing.
    pub fn new(word: &str) -> Option<Self> {
        let folds = !word.chars().any(char::is_uppercase);
        (!word.is_empty()).then(|| Self { word: word.to_owned(), folds })
    }

    /// Where the word is in a line, in bytes, without overlaps.
    pub fn places(&self, line: &str) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(place) = self.next(line, from) {
            from = place.end;
            places.push(place);
        }
        places
    }

    /// Whether the word is in a line.
    pub fn is_in(&self, line: &str) -> bool {
        self.next(line, 0).is_some()
    }

    fn next(&self, line: &str, from: usize) -> Option<Range<usize>> {
        let rest = line.get(from..)?;
        if !self.folds {
            let start = from + rest.find(&self.word)?;
            return Some(start..start + self.word.len());
        }
        if self.word.is_ascii() {
            // The first byte decides nearly always; all lines are looked at in each frame.
            let first = self.word.as_bytes().first()?;
            let same = |part: &[u8]| {
                part.first().is_some_and(|byte| byte.eq_ignore_ascii_case(first))
                    && part.eq_ignore_ascii_case(self.word.as_bytes())
            };
            let start = from + rest.as_bytes().windows(self.word.len()).position(same)?;
            return Some(start..start + self.word.len());
        }
        let found = |(at, _): (usize, char)| Some(from + at..from + at + self.folded(rest.get(at..)?)?);
        rest.char_indices().find_map(found)
    }

    /// The length of the word at the start of a text, whatever its case.
    fn folded(&self, text: &str) -> Option<usize> {
        let mut chars = text.chars();
        let same = |wanted: char| chars.next().filter(|c| c.to_lowercase().next() == Some(wanted)).map(char::len_utf8);
        self.word.chars().map(same).sum()
    }
}

impl Session {
    pub(super) fn begin_search(&mut self) {
        self.logs.searched = std::mem::take(&mut self.logs.search);
        self.overlay = Some(Overlay::Find(Prompt::default()));
    }

    pub(super) fn type_in_find(&mut self, event: KeyEvent, mut prompt: Prompt, fleet: &Fleet) -> Typed {
        match Chord::of(&event).and_then(|chord| aside(chord, prompt.text())) {
            Some(Aside::Cancel | Aside::Leave) => {
                self.logs.search = std::mem::take(&mut self.logs.searched);
                return Typed::Closed;
            }
            Some(Aside::Accept) => {
                self.logs.found = None;
                self.notice = self.search_back(fleet).err().map(|why| why.to_string());
                return Typed::Closed;
            }
            Some(Aside::Up | Aside::Down) => {}
            None => prompt.type_key(event),
        }
        prompt.text().clone_into(&mut self.logs.search);
        self.overlay = Some(Overlay::Find(prompt));
        Typed::Taken
    }

    /// To what was typed, nearest to the line that is read: there or before it, or else after it.
    fn search_back(&mut self, fleet: &Fleet) -> Result<(), Why> {
        let book = &fleet.desk.logs;
        let (Some(finder), Some(place)) = (Finder::new(&self.logs.search), self.logs.place(book)) else {
            return Ok(());
        };
        let has = |place: &usize| book.lines.get(*place).is_some_and(|line| finder.is_in(&line.says));
        let to = (0..=place).rev().find(has).or_else(|| (place + 1..book.lines.len()).find(has));
        let to = to.ok_or_else(|| refuse("no line has that; lines that come are marked"))?;
        self.show_found(to, book);
        Ok(())
    }

    /// To the next line that has the word, or to the one before; round and round.
    pub(super) fn search_on(&mut self, forward: bool, fleet: &Fleet) -> Result<(), Why> {
        let finder = Finder::new(&self.logs.search).ok_or_else(|| refuse("nothing is searched yet: / finds words"))?;
        let book = &fleet.desk.logs;
        let read = self.logs.place(book).unwrap_or(0);
        let known = self.logs.found.as_ref().and_then(|found| book.lines.iter().rposition(|line| line == found));
        let from = known.unwrap_or(read);
        let has = |place: &usize| book.lines.get(*place).is_some_and(|line| finder.is_in(&line.says));
        let (ahead, round) = if forward {
            ((from + 1..book.lines.len()).find(has), (0..=from).find(has))
        } else {
            ((0..from).rev().find(has), (from..book.lines.len()).rev().find(has))
        };
        let to = ahead.or(round).ok_or_else(|| refuse("no line has that; lines that come are marked"))?;
        if ahead.is_none() {
            let end = if forward { "from the oldest line again" } else { "from the newest line again" };
            self.notice = Some(end.to_owned());
        }
        self.show_found(to, book);
        Ok(())
    }

    /// Brings a line into sight, in the middle unless it is there already. It stays there while newer ones arrive.
    fn show_found(&mut self, place: usize, book: &LogBook) {
        let last = book.lines.len().saturating_sub(1);
        let read = self.logs.place(book).unwrap_or(0);
        let is_seen = !self.logs.wrap && (read.saturating_sub(self.page())..=read).contains(&place);
        let bottom = if is_seen { read } else { place + self.page() };
        let bottom = bottom.min(last.saturating_sub(1)).max(place);
        self.logs.go(last - bottom.min(last), book);
        self.logs.found = book.lines.get(place).cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::Finder;

    fn found<'a>(word: &str, line: &'a str) -> Vec<&'a str> {
        Finder::new(word).unwrap().places(line).into_iter().map(|place| &line[place]).collect()
    }

    #[test]
    fn lower_case_finds_both_cases_and_a_capital_only_itself() {
        assert_eq!(found("err", "Error: no ERR, err"), ["Err", "ERR", "err"]);
        assert_eq!(found("Err", "Error: no ERR, err"), ["Err"]);
        assert_eq!(found("größe", "GRÖSSE, Größe, GRÖßE"), ["Größe", "GRÖßE"]);
        assert_eq!(found("aa", "aaaAa"), ["aa", "aA"]);
        assert_eq!(found("x", "日本"), Vec::<&str>::new());
        assert!(Finder::new("").is_none());
    }
}
