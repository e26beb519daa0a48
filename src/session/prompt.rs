//! A line being typed: the editing keys of a shell, one line, no control characters.

use tui_textarea::TextArea;

use crate::input::{Chord, Key, KeyEvent};

/// Characters a line may have: a filter or a name of an action, not a pasted log.
const LONGEST: usize = 200;
/// The same for images: several containers with a registry's path and a digest each.
const LONG: usize = 4_000;

/// A line being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    area: TextArea<'static>,
    longest: usize,
}

impl Default for Prompt {
    fn default() -> Self {
        Self { area: TextArea::default(), longest: LONGEST }
    }
}

impl Prompt {
    /// A line that holds a text, the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut prompt = Self::default();
        prompt.paste(text);
        prompt
    }

    /// The same with room for several images.
    pub fn long(text: &str) -> Self {
        let mut prompt = Self { longest: LONG, ..Self::default() };
        prompt.paste(text);
        prompt
    }

    /// A line whose text is replaced by what is typed first, unless it is edited.
    pub fn selected(text: &str) -> Self {
        let mut prompt = Self::new(text);
        prompt.area.select_all();
        prompt
    }

    /// Whether what is typed next replaces the text.
    pub fn is_selected(&self) -> bool {
        self.area.selection_range().is_some_and(|(from, to)| from != to)
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// The cursor, in characters from the start.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// Types or edits. Keys that would make a second line or step out of this one do nothing.
    pub(super) fn type_key(&mut self, event: KeyEvent) {
        let Some(chord) = Chord::of(&event) else { return };
        match chord {
            // The widget has undo there; a shell deletes to the start of the line.
            Chord { key: Key::Char('u'), ctrl: true, alt: false, .. } => {
                self.area.delete_line_by_head();
            }
            // Some terminals send it for enter; the widget would delete to the start of the line.
            Chord { key: Key::Char('j'), ctrl: true, .. } => {}
            Chord { key: Key::Char(_), ctrl: false, alt: false, .. } if self.text().chars().count() >= self.longest => {
            }
            Chord { .. } => {
                self.area.input(event);
            }
        }
    }

    /// Puts a text in at the cursor. Line breaks and tabs become spaces, other control characters are dropped.
    pub(super) fn paste(&mut self, text: &str) {
        let room = self.longest.saturating_sub(self.text().chars().count());
        let spaced = text.trim_end_matches(['\r', '\n']).replace("\r\n", " ").replace(['\r', '\n', '\t'], " ");
        let tame: String = spaced.chars().filter(|c| !c.is_control()).take(room).collect();
        self.area.insert_str(tame);
    }
}
