//! ANSI text: the characters with SGR sequences, only where the style changes.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};

use super::rows;
use crate::view::theme::rgb;

/// The frame for a terminal (`less -R`, `cat`): every line ends with its style reset.
pub fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let mut last = String::new();
        for (_, cell) in row {
            let style = sgr(cell);
            if style != last {
                // Writing to a String cannot fail.
                let _ = write!(text, "\x1b[0{style}m");
                last = style;
            }
            text.push_str(cell.symbol());
        }
        if !last.is_empty() {
            text.push_str("\x1b[0m");
        }
        text.push('\n');
    }
    text
}

fn sgr(cell: &Cell) -> String {
    let mut codes = String::new();
    let modifiers = [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::ITALIC, ";3"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
    ];
    for (modifier, code) in modifiers {
        if cell.modifier.contains(modifier) {
            codes.push_str(code);
        }
    }
    codes.push_str(&colour(cell.fg, 38));
    codes.push_str(&colour(cell.bg, 48));
    codes
}

fn colour(colour: Color, layer: u8) -> String {
    if let Color::Indexed(index) = colour {
        return format!(";{layer};5;{index}");
    }
    match rgb(colour) {
        Some((r, g, b)) => format!(";{layer};2;{r};{g};{b}"),
        None => String::new(),
    }
}
