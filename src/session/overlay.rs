//! What lies over a screen, and the keys that are typed into its line of text.

use super::{CardState, Effect, ExportField, Field, Prompt, QueryField, Session, palette::Command};
use crate::{
    domain::Fleet,
    input::{
        Action, Chord, Key, KeyEvent, Move,
        chord::Named::{Backspace, Down, Enter, Esc, PageDown, PageUp, Tab, Up},
    },
};

/// What lies over a screen.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys of the screen; the number of lines scrolled.
    Help(u16),
    /// Every action, by fuzzy name; the line that is selected.
    Palette(Prompt, usize),
    /// The board's filter being typed; holds the filter as it was before.
    Filter(Prompt, String),
    /// What a verb needs to know, being typed.
    Ask(Field),
    /// The plan: read, then confirmed or cancelled. What is typed is the reason.
    Card(Box<CardState>),
    /// Words to find in log lines.
    Find(Prompt),
    /// PromQL being typed.
    Query(Box<QueryField>),
    /// In which form what is shown is written, and into which file, being typed.
    Export(ExportField),
}

/// What a key came to in a line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// It was typed, moved something, or meant nothing here.
    Taken,
    /// It closed the line.
    Closed,
    /// It chose this action in the palette, which is closed.
    Run(Action),
    /// It confirmed: this is for the loop to do.
    Does(Effect),
}

/// A key that is not for the line itself.
pub(super) enum Aside {
    Up,
    Down,
    Accept,
    Cancel,
    /// Out of an empty line by one more backspace, as in vim.
    Leave,
}

pub(super) fn aside(chord: Chord, text: &str) -> Option<Aside> {
    let Chord { key, ctrl, alt, shift } = chord;
    match (key, ctrl, alt) {
        (Key::Named(Esc), ..) => Some(Aside::Cancel),
        (Key::Named(Enter), ..) | (Key::Char('m'), true, false) => Some(Aside::Accept),
        (Key::Named(Up | PageUp), ..) | (Key::Char('p'), true, false) => Some(Aside::Up),
        (Key::Named(Down | PageDown), ..) | (Key::Char('n'), true, false) => Some(Aside::Down),
        (Key::Named(Tab), ..) => Some(if shift { Aside::Up } else { Aside::Down }),
        (Key::Named(Backspace), false, false) | (Key::Char('h'), true, false) if text.is_empty() => Some(Aside::Leave),
        (Key::Named(_) | Key::Char(_) | Key::F(_), ..) => None,
    }
}

impl Session {
    /// The line that is being typed, if one is.
    pub fn prompt(&self) -> Option<&Prompt> {
        match &self.overlay {
            Some(Overlay::Palette(prompt, _) | Overlay::Filter(prompt, _) | Overlay::Find(prompt)) => Some(prompt),
            Some(Overlay::Ask(field)) => Some(&field.prompt),
            Some(Overlay::Card(card)) => Some(&card.reason),
            Some(Overlay::Query(field)) => Some(&field.prompt),
            Some(Overlay::Export(field)) => Some(&field.prompt),
            Some(Overlay::Help(_)) | None => None,
        }
    }

    /// Types a key into the line of the overlay; nothing happens when there is none.
    pub fn type_key(&mut self, event: KeyEvent, fleet: &Fleet) -> Typed {
        match self.overlay.take() {
            Some(Overlay::Palette(prompt, chosen)) => self.type_in_palette(event, prompt, chosen, fleet),
            Some(Overlay::Filter(prompt, before)) => self.type_in_filter(event, prompt, before, fleet),
            Some(Overlay::Find(prompt)) => self.type_in_find(event, prompt, fleet),
            Some(Overlay::Ask(field)) => self.type_in_ask(event, field, fleet),
            Some(Overlay::Card(card)) => self.type_in_card(event, card, fleet),
            Some(Overlay::Query(field)) => self.type_in_query(event, field, fleet),
            Some(Overlay::Export(field)) => self.type_in_export(event, field, fleet),
            other @ (Some(Overlay::Help(_)) | None) => {
                self.overlay = other;
                Typed::Taken
            }
        }
    }

    /// Puts a pasted text into the line being typed; without one it is dropped, never read as keys.
    pub fn paste(&mut self, text: &str) {
        match &mut self.overlay {
            Some(Overlay::Palette(prompt, chosen)) => {
                prompt.paste(text);
                *chosen = 0;
            }
            Some(Overlay::Filter(prompt, _)) => {
                prompt.paste(text);
                prompt.text().clone_into(&mut self.board.filter);
            }
            Some(Overlay::Find(prompt)) => {
                prompt.paste(text);
                prompt.text().clone_into(&mut self.logs.search);
            }
            Some(Overlay::Ask(field)) => {
                field.prompt.paste(text);
                field.wrong = None;
            }
            Some(Overlay::Card(card)) => card.paste(text),
            Some(Overlay::Query(field)) => {
                field.prompt.paste(text);
                field.is_asked = false;
            }
            Some(Overlay::Export(field)) => {
                field.prompt.paste(text);
                field.wrong = None;
            }
            Some(Overlay::Help(_)) | None => {}
        }
    }

    fn type_in_palette(&mut self, event: KeyEvent, mut prompt: Prompt, chosen: usize, fleet: &Fleet) -> Typed {
        let mut to = chosen;
        match Chord::of(&event).and_then(|chord| aside(chord, prompt.text())) {
            Some(Aside::Cancel | Aside::Leave) => return Typed::Closed,
            Some(Aside::Accept) if let Some(command) = Command::of(prompt.text()) => {
                match self.command(command, fleet) {
                    Ok(None) => return Typed::Closed,
                    Ok(Some(effect)) => return Typed::Does(effect),
                    Err(why) => self.notice = Some(why.to_string()),
                }
            }
            Some(Aside::Accept) => match self.choose(prompt.text(), chosen, fleet) {
                Ok(action) => return Typed::Run(action),
                Err(why) => self.notice = Some(why.to_string()),
            },
            Some(aside @ (Aside::Up | Aside::Down)) => {
                let lines = self.suggest(prompt.text(), fleet).len();
                to = around(chosen, lines, matches!(aside, Aside::Down));
            }
            None => {
                let before = prompt.text().to_owned();
                prompt.type_key(event);
                to = if before == prompt.text() { chosen } else { 0 };
            }
        }
        self.overlay = Some(Overlay::Palette(prompt, to));
        Typed::Taken
    }

    fn type_in_filter(&mut self, event: KeyEvent, mut prompt: Prompt, before: String, fleet: &Fleet) -> Typed {
        match Chord::of(&event).and_then(|chord| aside(chord, prompt.text())) {
            Some(Aside::Accept | Aside::Leave) => return Typed::Closed,
            Some(Aside::Cancel) => {
                self.board.filter = before;
                return Typed::Closed;
            }
            Some(Aside::Up) => self.shift_cursor(Move::Up, fleet),
            Some(Aside::Down) => self.shift_cursor(Move::Down, fleet),
            None => {
                prompt.type_key(event);
                prompt.text().clone_into(&mut self.board.filter);
            }
        }
        self.overlay = Some(Overlay::Filter(prompt, before));
        Typed::Taken
    }
}

/// The next or previous of `len` lines, round and round.
const fn around(at: usize, len: usize, down: bool) -> usize {
    match len {
        0 => 0,
        _ if down => (at + 1) % len,
        _ => (at + len - 1) % len,
    }
}
