//! An SVG picture of a frame: a window with rounded corners, backgrounds merged into rectangles, text in runs of one style.
//!
//! Every run carries its length, so that it stands in its columns whichever monospaced font the viewer has.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Modifier, Style},
};

use super::rows;
use crate::{
    domain::num,
    view::{text, theme::rgb},
};

/// A cell in tenths of a pixel, for a font of 14 pixels.
const CELL: (u32, u32) = (84, 180);
/// The frame around the cells, and the bar above them, in pixels.
const MARGIN: u32 = 14;
const BAR: u32 = 30;
const FONTS: &str = "ui-monospace,'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace";

type Rgb = (u8, u8, u8);

/// The frame as a picture. `ground` is the style of what has no colours of its own; without one it is grey on black.
pub fn svg(buffer: &Buffer, title: &str, ground: Style) -> String {
    let fg = ground.fg.and_then(rgb).unwrap_or((208, 208, 208));
    let bg = ground.bg.and_then(rgb).unwrap_or((16, 16, 16));
    let width = u32::from(buffer.area.width) * CELL.0 / 10 + 2 * MARGIN;
    let height = u32::from(buffer.area.height) * CELL.1 / 10 + MARGIN + BAR;
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"{FONTS}\" font-size=\"14\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"9\" fill=\"{}\" stroke=\"{}\" stroke-opacity=\"0.25\"/>\n",
        escaped(title),
        hex(bg),
        hex(fg)
    );
    for (index, colour) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let _ = writeln!(out, "<circle cx=\"{}\" cy=\"15\" r=\"5.5\" fill=\"{colour}\"/>", 20 + index * 18);
    }
    let _ = writeln!(out, "<g transform=\"translate({MARGIN} {BAR})\" xml:space=\"preserve\">");
    for (y, row) in rows(buffer).iter().enumerate() {
        let y = u32::from(num::cells(y));
        for run in runs(row, |cell| paint(cell, fg, bg).1) {
            let colour = run.cells.first().map(|(_, cell)| paint(cell, fg, bg).1);
            if let Some(colour) = colour.filter(|colour| *colour != bg) {
                let (x, width) = (pixels(run.from, CELL.0), pixels(run.width, CELL.0));
                let _ = writeln!(
                    out,
                    "<rect x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"18\" fill=\"{}\" shape-rendering=\"crispEdges\"/>",
                    y * CELL.1 / 10,
                    hex(colour)
                );
            }
        }
        for run in runs(row, |cell| (cell.symbol() == " ", paint(cell, fg, bg).0, weight(cell))) {
            out.push_str(&words(&run, y, (fg, bg)));
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

struct Run<'r, 'b> {
    from: u16,
    width: u16,
    cells: &'r [(u16, &'b Cell)],
}

/// Neighbours that `like` says the same of.
fn runs<'r, 'b, T: PartialEq>(row: &'r [(u16, &'b Cell)], like: impl Fn(&Cell) -> T) -> Vec<Run<'r, 'b>> {
    row.chunk_by(|(_, a), (_, b)| like(a) == like(b))
        .filter_map(|cells| {
            let from = cells.first()?.0;
            let (last, cell) = cells.last()?;
            let width = (last - from).saturating_add(text::width(cell.symbol()).max(1));
            Some(Run { from, width, cells })
        })
        .collect()
}

fn words(run: &Run<'_, '_>, y: u32, (fg, bg): (Rgb, Rgb)) -> String {
    let Some((_, first)) = run.cells.first().filter(|(_, cell)| cell.symbol() != " ") else {
        return String::new();
    };
    let said: String = run.cells.iter().map(|(_, cell)| cell.symbol()).collect();
    format!(
        "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{}>{}</text>\n",
        pixels(run.from, CELL.0),
        y * CELL.1 / 10 + 13,
        pixels(run.width, CELL.0),
        hex(paint(first, fg, bg).0),
        weight(first),
        escaped(&said)
    )
}

fn pixels(cells: u16, tenths: u32) -> String {
    let all = u32::from(cells) * tenths;
    format!("{}.{}", all / 10, all % 10)
}

/// Foreground and background as they are seen.
fn paint(cell: &Cell, fg: Rgb, bg: Rgb) -> (Rgb, Rgb) {
    let (fg, bg) = (rgb(cell.fg).unwrap_or(fg), rgb(cell.bg).unwrap_or(bg));
    if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
}

fn weight(cell: &Cell) -> String {
    let mut all = String::new();
    for (modifier, attribute) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
        (Modifier::DIM, " opacity=\"0.65\""),
    ] {
        if cell.modifier.contains(modifier) {
            all.push_str(attribute);
        }
    }
    all
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
