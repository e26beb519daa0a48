//! Tables: which columns fit, how wide they are, which rows are seen. Knows nothing of what is in them.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{Scene, glyphs, text, theme::Role};

/// Columns between two columns.
const GAP: u16 = 2;
/// Columns for the mark of the selected row.
const MARK: u16 = 3;

/// A column: what it is, and how it gives way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<F> {
    /// What is in it.
    pub(super) field: F,
    /// Its title.
    pub(super) title: &'static str,
    /// Narrower it is of no use, and is left out.
    pub(super) least: u16,
    /// It never needs more.
    pub(super) most: u16,
    /// Columns of a higher rank are left out first.
    pub(super) rank: u8,
    /// Whether numbers stand at its right edge.
    pub(super) right: bool,
}

/// A table to be drawn. Cells are asked for only where they are seen.
pub(super) struct Table<'a, F> {
    /// The columns, and the width each would like.
    pub(super) columns: Vec<(Column<F>, u16)>,
    /// The column that takes what is left over.
    pub(super) grows: F,
    /// The column that is marked as the order, and whether it is reversed.
    pub(super) sorted: Option<(F, bool)>,
    /// How many rows there are.
    pub(super) len: usize,
    /// The selected row.
    pub(super) cursor: Option<usize>,
    /// The cell of a row, for a width.
    pub(super) cell: &'a dyn Fn(usize, F, u16) -> Line<'a>,
}

/// Draws titles and the rows around the cursor; answers how many rows fitted.
pub(super) fn draw<F: Copy + PartialEq>(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, table: &Table<'_, F>) {
    let widths = fit(&table.columns, table.grows, area.width.saturating_sub(MARK + 1));
    let mut rows = area.rows();
    if let Some(row) = rows.next() {
        titles(buffer, row, scene, (table, &widths));
    }
    let seen = text::window(table.len, table.cursor.unwrap_or(0), area.height.saturating_sub(1));
    for (row, index) in rows.zip(seen) {
        let mut x = row.x + MARK;
        for ((column, _), width) in table.columns.iter().zip(&widths).filter(|(_, width)| **width > 0) {
            let cell = Rect { x, width: *width, ..row }.intersection(row);
            let line = (table.cell)(index, column.field, *width);
            let write = if column.right { text::put_right } else { text::put };
            write(buffer, cell, &line);
            x = x.saturating_add(width + GAP);
        }
        if table.cursor == Some(index) {
            buffer.set_style(row, scene.style(Role::Selected));
            let mark = Rect { x: row.x + 1, width: 1, ..row }.intersection(row);
            text::put(buffer, mark, &Line::from(scene.span(Role::Accent, glyphs::CURSOR)));
        }
    }
}

fn titles<F: Copy + PartialEq>(
    buffer: &mut Buffer,
    row: Rect,
    scene: &Scene<'_>,
    (table, widths): (&Table<'_, F>, &[u16]),
) {
    let mut x = row.x + MARK;
    for ((column, _), width) in table.columns.iter().zip(widths).filter(|(_, width)| **width > 0) {
        let cell = Rect { x, width: *width, ..row }.intersection(row);
        // A title that is a little too long is recognised without its end; an ellipsis would take another letter of it.
        let title = column.title.get(..usize::from(*width)).unwrap_or(column.title);
        let line = Line::from(scene.span(Role::Dim, title));
        let write = if column.right { text::put_right } else { text::put };
        write(buffer, cell, &line);
        if let Some((_, reversed)) = table.sorted.filter(|(field, _)| *field == column.field) {
            // Behind the title; behind a number column that is the gap to the next one.
            let after = if column.right { *width } else { text::width(column.title).min(*width) };
            let arrow = if reversed { glyphs::SORTED_UP } else { glyphs::SORTED };
            let place = Rect { x: x.saturating_add(after), width: 1, ..row }.intersection(row);
            text::put(buffer, place, &Line::from(scene.span(Role::Accent, arrow)));
        }
        x = x.saturating_add(width + GAP);
    }
}

/// The width of each column in `room`; 0 for those that are left out.
///
/// Columns come in by rank at their least width, then grow evenly to what they would like; one takes the rest.
fn fit<F: Copy + PartialEq>(columns: &[(Column<F>, u16)], grows: F, room: u16) -> Vec<u16> {
    let wish =
        |(column, ideal): &(Column<F>, u16)| (*ideal).max(text::width(column.title)).clamp(column.least, column.most);
    let least = |entry: &(Column<F>, u16)| entry.0.least.min(wish(entry));
    let mut widths = vec![0_u16; columns.len()];
    let mut left = room.saturating_add(GAP);
    let mut by_rank: Vec<usize> = (0..columns.len()).collect();
    by_rank.sort_by_key(|index| columns.get(*index).map(|(column, _)| column.rank));
    for index in by_rank {
        let needs = columns.get(index).map_or(0, least).saturating_add(GAP);
        let Some(width) = widths.get_mut(index) else { continue };
        if needs > left {
            break;
        }
        *width = needs - GAP;
        left -= needs;
    }
    // The column that grows carries the sentence of the row: it gets what it would like before the others do.
    for (width, entry) in widths.iter_mut().zip(columns).filter(|(width, entry)| **width > 0 && entry.0.field == grows)
    {
        let more = wish(entry).saturating_sub(*width).min(left);
        *width += more;
        left -= more;
    }
    loop {
        let before = left;
        for (width, entry) in widths.iter_mut().zip(columns) {
            if *width > 0 && *width < wish(entry) && left > 0 {
                *width += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    for (width, (column, _)) in widths.iter_mut().zip(columns) {
        if column.field == grows && *width > 0 {
            *width += left;
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(field: u8, least: u16, most: u16, rank: u8) -> (Column<u8>, u16) {
        (Column { field, title: "", least, most, rank, right: false }, most)
    }

    #[test]
    fn columns_of_high_rank_give_way_first() {
        let columns = [column(0, 10, 20, 0), column(1, 10, 20, 2), column(2, 5, 5, 1)];
        assert_eq!(fit(&columns, 0, 60), [31, 20, 5], "room for all, the rest to the one that grows");
        assert_eq!(fit(&columns, 0, 41), [20, 12, 5], "less: it first, then the others evenly");
        assert_eq!(fit(&columns, 0, 28), [21, 0, 5], "less: one is left out");
        assert_eq!(fit(&columns, 0, 9), [0, 0, 0], "none fits");
    }
}
