//! What a terminal makes of the bytes: the ANSI export, read by an emulator of its own, shows the cells that were drawn.

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier, Style},
};
use rolldeck::{domain::Text, view::export};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::screens;

/// The emulator swallows the replacement character, unlike any terminal: another one of its width stands in.
fn stand_in(text: &str) -> String {
    text.replace('\u{fffd}', "?")
}

/// A terminal of the frame's size that was sent it.
fn shown(buffer: &Buffer) -> vt100::Parser {
    let cells = |n: u16| NonZero::new(n).unwrap();
    let mut parser = vt100::Parser::new(cells(buffer.area.height), cells(buffer.area.width), 0);
    let text = stand_in(export::ansi(buffer).trim_end_matches('\n'));
    parser.process(text.replace('\n', "\r\n").as_bytes());
    parser
}

/// Themes of ours name no colours: they hold numbers and red, green and blue.
fn colour(colour: Color) -> vt100::Color {
    if let Color::Indexed(index) = colour {
        vt100::Color::Idx(index)
    } else if let Color::Rgb(r, g, b) = colour {
        vt100::Color::Rgb(r, g, b)
    } else {
        assert_eq!(colour, Color::Reset);
        vt100::Color::Default
    }
}

/// What of a cell can be compared: characters, colours and modifiers.
type Look = (String, vt100::Color, vt100::Color, [bool; 5]);

fn drawn(cell: &Cell) -> Look {
    let has = |modifier| cell.modifier.contains(modifier);
    // Terminals have one intensity: of bold and dim the later one holds.
    let bold = has(Modifier::BOLD) && !has(Modifier::DIM);
    let others = [Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED].map(has);
    let modifiers = [bold, others[0], others[1], others[2], others[3]];
    (stand_in(cell.symbol()), colour(cell.fg), colour(cell.bg), modifiers)
}

fn seen(cell: &vt100::Cell) -> Look {
    let text = if cell.has_contents() { cell.contents() } else { " " };
    let modifiers = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
    (text.to_owned(), cell.fgcolor(), cell.bgcolor(), modifiers)
}

#[track_caller]
fn assert_shows(buffer: &Buffer) {
    let parser = shown(buffer);
    for y in 0..buffer.area.height {
        for x in 0..buffer.area.width {
            let cell = parser.screen().cell(y, x).unwrap();
            if !cell.is_wide_continuation() {
                let expected = drawn(&buffer[(x, y)]);
                assert_eq!(seen(cell), expected, "at {x},{y} of\n{}", export::plain(buffer));
            }
        }
    }
}

/// No control character but line ends, and escape only as the beginning of a style.
#[track_caller]
fn assert_harmless(text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\n') {
        let style = rest[at..].strip_prefix("\u{1b}[");
        let end = style.and_then(|style| style.find(|c: char| !c.is_ascii_digit() && c != ';'));
        let (Some(style), Some(end)) = (style, end) else { panic!("{:?}", &rest[at..]) };
        assert!(style[end..].starts_with('m'), "{:?}", &rest[at..]);
        rest = &style[end..];
    }
}

#[test]
fn a_terminal_shows_what_was_drawn() {
    for buffer in screens::frames() {
        assert_shows(&buffer);
    }
}

#[test]
fn no_export_holds_controls_but_its_own() {
    for buffer in screens::frames() {
        assert_harmless(&export::ansi(&buffer));
        assert!(!export::plain(&buffer).contains(|c: char| c.is_control() && c != '\n'));
        let picture = export::svg(&buffer, "rolldeck", Style::new());
        assert!(!picture.contains(|c: char| c.is_control() && c != '\n'), "{picture}");
    }
}

/// Whether all terminals give a text the same width: emoji that are joined, and letters of three columns, are drawn by each
/// as it likes. (The screen places the cursor anew after every wide character; a text to be kept cannot.)
fn is_undisputed(text: &str) -> bool {
    let each = || text.chars().map(|c| c.width().unwrap_or(0));
    each().sum::<usize>() == text.width() && each().all(|width| width <= 2)
}

proptest! {
    /// Whatever the API server hands on, in whatever cell it lands.
    #[test]
    fn foreign_text_stays_in_its_columns(words in prop::collection::vec("\\PC{0,12}|[a-z\u{1b}\u{9b}\u{7}\u{202e}日本語é👩‍🚀🇩🇪]{0,12}", 1..6)) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, u16::try_from(words.len()).unwrap()));
        for (y, words) in (0..).zip(&words) {
            buffer.set_stringn(2, y, Text::clean(words), 20, Style::new());
            buffer.set_string(23, y, "|", Style::new());
        }
        let ansi = export::ansi(&buffer);
        assert_harmless(&ansi);
        prop_assert_eq!(ansi.lines().count(), words.len());
        let parser = shown(&buffer);
        for (y, words) in (0..).zip(&words).filter(|(_, words)| is_undisputed(&Text::clean(words))) {
            prop_assert_eq!(parser.screen().cell(y, 23).unwrap().contents(), "|", "{:?}", words);
        }
    }
}
