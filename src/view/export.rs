//! A drawn frame as something to keep: plain text, ANSI text, or an SVG picture. Knows cells, not screens.

use ratatui::buffer::{Buffer, Cell};

mod ansi;
mod svg;

pub use ansi::ansi;
pub use svg::svg;

/// The characters, a line per row, without spaces at the ends of lines.
pub fn plain(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in rows(buffer) {
        let line: String = row.iter().map(|(_, cell)| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The cells of each row with their column, without those that a wide character to their left covers.
fn rows(buffer: &Buffer) -> Vec<Vec<(u16, &Cell)>> {
    let seen = |row: ratatui::layout::Rect| {
        let mut free = row.x;
        let mut cells = Vec::new();
        for x in row.x..row.right() {
            if let Some(cell) = buffer.cell((x, row.y)).filter(|_| x >= free) {
                free = x.saturating_add(super::text::width(cell.symbol()).max(1));
                cells.push((x - row.x, cell));
            }
        }
        cells
    };
    buffer.area.rows().map(seen).collect()
}

#[cfg(test)]
mod tests;
