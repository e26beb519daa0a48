//! Colours of one depth in another: for terminals that have fewer, and for pictures that need red, green and blue.

use anstyle_lossy::palette;
use ratatui::style::{Color, Style};

use super::Role;

/// Colours closer to grey than this, from 0 to 255, are meant as grey.
const GREYISH: u8 = 40;

pub(super) fn to_256(style: Style) -> Style {
    mapped(style, |colour| {
        if let Color::Rgb(r, g, b) = colour {
            Color::Indexed(anstyle_lossy::rgb_to_xterm((r, g, b).into()).0)
        } else {
            colour
        }
    })
}

/// With sixteen colours the subtle ground of a selected row would be the screen's: it is black on white then.
pub(super) fn to_16(role: Role, style: Style) -> Style {
    if role == Role::Selected {
        return style.fg(Color::Indexed(0)).bg(Color::Indexed(7));
    }
    mapped(style, |colour| {
        let many = matches!(colour, Color::Rgb(..) | Color::Indexed(16..));
        rgb(colour).filter(|_| many).map_or(colour, ansi16)
    })
}

fn mapped(style: Style, to: impl Fn(Color) -> Color) -> Style {
    Style { fg: style.fg.map(&to), bg: style.bg.map(&to), ..style }
}

/// The nearest of the sixteen, found by what the pale colour is a shade of: else all pale colours would become grey.
fn ansi16(colour: (u8, u8, u8)) -> Color {
    let nearest = anstyle_lossy::rgb_to_ansi(vivid(colour).into(), palette::DEFAULT);
    let same = |index: &u8| anstyle_lossy::xterm_to_ansi((*index).into(), palette::DEFAULT) == nearest;
    Color::Indexed((0..16).find(same).unwrap_or_default())
}

/// The same hue with half the grey in it.
fn vivid((r, g, b): (u8, u8, u8)) -> (u8, u8, u8) {
    let (high, low) = (r.max(g).max(b), r.min(g).min(b));
    let spread = high - low;
    if spread < GREYISH {
        return (r, g, b);
    }
    let stretched = |part: u8| {
        let drop = u32::from(high - part) * u32::from(high - low / 2) / u32::from(spread);
        high.saturating_sub(u8::try_from(drop).unwrap_or(u8::MAX))
    };
    (stretched(r), stretched(g), stretched(b))
}

/// A colour in red, green and blue, the first sixteen as xterm has them; None is the terminal's own.
pub(in crate::view) fn rgb(colour: Color) -> Option<(u8, u8, u8)> {
    let indexed = |index: u8| {
        let rgb = anstyle_lossy::xterm_to_rgb(index.into(), palette::DEFAULT);
        Some((rgb.0, rgb.1, rgb.2))
    };
    match colour {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(index) => indexed(index),
        Color::Black => indexed(0),
        Color::Red => indexed(1),
        Color::Green => indexed(2),
        Color::Yellow => indexed(3),
        Color::Blue => indexed(4),
        Color::Magenta => indexed(5),
        Color::Cyan => indexed(6),
        Color::Gray => indexed(7),
        Color::DarkGray => indexed(8),
        Color::LightRed => indexed(9),
        Color::LightGreen => indexed(10),
        Color::LightYellow => indexed(11),
        Color::LightBlue => indexed(12),
        Color::LightMagenta => indexed(13),
        Color::LightCyan => indexed(14),
        Color::White => indexed(15),
    }
}
