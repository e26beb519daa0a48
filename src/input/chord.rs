//! One key press with its modifiers, and how keymap files write it.
//!
//! Terminals report one key in several ways (`G` with or without shift, shift-tab as a key of its own); a chord has one
//! form for each, so that what a file says and what a terminal sends compare equal.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// With control.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
    /// With shift; never set for characters, which carry it in themselves.
    pub shift: bool,
}

/// A key without modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A character; the space bar is `' '`.
    Char(char),
    /// A function key, 1 to 24.
    F(u8),
    /// One of `NAMED`, by its place there.
    Named(Named),
}

/// Makes the keys that have a name: the variant, what a file writes, and what the terminal reports.
macro_rules! named {
    ($( $key:ident $word:literal, )*) => {
        /// A key with a name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Named {
            $( #[doc = $word] $key, )*
        }

        impl Named {
            /// All of them.
            pub const ALL: &[Self] = &[$( Self::$key, )*];

            /// What keymap files write.
            pub const fn word(self) -> &'static str {
                match self { $( Self::$key => $word, )* }
            }

            const fn code(self) -> KeyCode {
                match self { $( Self::$key => KeyCode::$key, )* }
            }
        }
    };
}

named! {
    Esc "esc",
    Enter "enter",
    Tab "tab",
    Backspace "backspace",
    Delete "delete",
    Insert "insert",
    Up "up",
    Down "down",
    Left "left",
    Right "right",
    Home "home",
    End "end",
    PageUp "pgup",
    PageDown "pgdn",
}

/// Why a text is not a chord, as the end of a sentence, with what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadChord(pub String);

impl fmt::Display for BadChord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadChord {}

impl Chord {
    /// The chord that quits, whatever a keymap says.
    pub const CTRL_C: Self = Self { key: Key::Char('c'), ctrl: true, alt: false, shift: false };
    /// The chord that ends a sequence half typed.
    pub const ESC: Self = Self::plain(Key::Named(Named::Esc));

    /// A key without modifiers.
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false, shift: false }
    }

    /// What the terminal reported; None for releases and for keys that keymap files have no name for.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let unnamed = KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META;
        if event.kind == KeyEventKind::Release || event.modifiers.intersects(unnamed) {
            return None;
        }
        let (key, shifted) = match (event.code, Named::ALL.iter().find(|named| named.code() == event.code)) {
            (_, Some(named)) => (Key::Named(*named), false),
            (KeyCode::BackTab, None) => (Key::Named(Named::Tab), true),
            (KeyCode::Char(c), None) if !c.is_control() => (Key::Char(c), false),
            (KeyCode::F(n), None) if (1..=24).contains(&n) => (Key::F(n), false),
            (_, None) => return None,
        };
        let has = |modifier| event.modifiers.contains(modifier);
        let shift = shifted || has(KeyModifiers::SHIFT);
        Some(Self { key, ctrl: has(KeyModifiers::CONTROL), alt: has(KeyModifiers::ALT), shift }.normal())
    }

    /// What a terminal would report: the inverse of [`Chord::of`].
    pub fn event(self) -> KeyEvent {
        let code = match self.key {
            Key::Char(c) => KeyCode::Char(c),
            Key::F(n) => KeyCode::F(n),
            Key::Named(Named::Tab) if self.shift => KeyCode::BackTab,
            Key::Named(named) => named.code(),
        };
        let mut modifiers = KeyModifiers::NONE;
        modifiers.set(KeyModifiers::CONTROL, self.ctrl);
        modifiers.set(KeyModifiers::ALT, self.alt);
        modifiers.set(KeyModifiers::SHIFT, self.shift);
        KeyEvent::new(code, modifiers)
    }

    /// Whether it types a character into a line of text.
    pub const fn is_text(self) -> bool {
        matches!(self.key, Key::Char(_)) && !self.ctrl && !self.alt
    }

    /// Chords as a file writes them: separated by spaces, the space bar being `space`.
    pub fn sequence(text: &str) -> Result<Vec<Self>, BadChord> {
        let chords: Vec<Self> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        if chords.is_empty() {
            Err(BadChord("no key is named; write one such as \"x\"".to_owned()))
        } else {
            Ok(chords)
        }
    }

    /// The inverse of [`Chord::sequence`].
    pub fn text_of(chords: &[Self]) -> String {
        chords.iter().map(Self::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Shift goes into the character; with control, terminals tell neither case nor shift.
    fn normal(mut self) -> Self {
        if let Key::Char(c) = self.key {
            let turned = if self.ctrl {
                one(c.to_lowercase())
            } else if self.shift {
                one(c.to_uppercase())
            } else {
                None
            };
            self.key = Key::Char(turned.unwrap_or(c));
            self.shift = false;
        }
        self
    }
}

/// The only character of a case mapping; None when it makes several (`ß`).
fn one(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, word) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if held {
                f.write_str(word)?;
            }
        }
        match self.key {
            Key::Char(' ') => f.write_str("space"),
            Key::Char(c) => write!(f, "{c}"),
            Key::F(n) => write!(f, "f{n}"),
            Key::Named(named) => f.write_str(named.word()),
        }
    }
}

impl FromStr for Chord {
    type Err = BadChord;

    fn from_str(text: &str) -> Result<Self, BadChord> {
        let (mut ctrl, mut alt, mut shift, mut rest) = (false, false, false, text);
        loop {
            let (held, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (&mut ctrl, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (&mut alt, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (&mut shift, after)
            } else {
                break;
            };
            if *held {
                return Err(BadChord(format!("\"{text}\" names a modifier twice")));
            }
            *held = true;
            rest = after;
        }
        let key = key(rest).ok_or_else(|| unknown_key(text, rest))?;
        if let (Key::Char(c), true) = (key, shift) {
            return shifted(text, c, Self { key, ctrl, alt, shift });
        }
        Ok(Self { key, ctrl, alt, shift }.normal())
    }
}

/// Shift on a character: fine for a letter, whose capital it is; else nobody knows what the keyboard makes of it.
fn shifted(text: &str, c: char, chord: Chord) -> Result<Chord, BadChord> {
    if chord.ctrl {
        return Err(BadChord(format!("terminals do not tell \"{text}\" from the same without shift; leave shift out")));
    }
    if c.is_lowercase() && one(c.to_uppercase()).is_some() {
        return Ok(chord.normal());
    }
    Err(BadChord(format!("\"{text}\" depends on the keyboard; write the character it makes, such as \"?\"")))
}

fn key(text: &str) -> Option<Key> {
    if text == "space" {
        return Some(Key::Char(' '));
    }
    if let Some(c) = one(text.chars()) {
        return (!c.is_control() && !c.is_whitespace()).then_some(Key::Char(c));
    }
    if let Some(named) = Named::ALL.iter().find(|named| named.word() == text) {
        return Some(Key::Named(*named));
    }
    let number: u8 = text.strip_prefix('f')?.parse().ok()?;
    // Only the plain form, so that printing gives back what was read: no `f01`.
    ((1..=24).contains(&number) && format!("f{number}") == text).then_some(Key::F(number))
}

fn unknown_key(text: &str, rest: &str) -> BadChord {
    let others = [("escape", "esc"), ("return", "enter"), ("del", "delete"), ("ins", "insert"), ("pageup", "pgup")];
    let more =
        [("pagedown", "pgdn"), ("pgdown", "pgdn"), ("bs", "backspace"), ("spc", "space"), ("backtab", "shift-tab")];
    let lower = rest.to_lowercase();
    let meant = others.iter().chain(&more).find(|(other, _)| *other == lower).map(|(_, ours)| *ours);
    let meant = meant.or_else(|| Named::ALL.iter().map(|named| named.word()).find(|word| *word == lower));
    let modifier = rest.split_once(['-', '+']).filter(|(word, _)| word.len() > 1);
    BadChord(match (meant, modifier) {
        (Some(ours), _) => format!("\"{rest}\" is not a key here; write \"{ours}\""),
        (None, Some((word, _))) => {
            format!("\"{word}\" in \"{text}\" is not a modifier; they are ctrl-, alt- and shift-")
        }
        (None, None) => format!(
            "\"{rest}\" is not a key; keys are single characters, space, f1 to f24, {}",
            Named::ALL.iter().map(|named| named.word()).collect::<Vec<_>>().join(", ")
        ),
    })
}

#[cfg(test)]
mod tests;
