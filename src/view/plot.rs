//! Curves in cells. With colours a curve is a line of dots, eight to a cell, and ends in its mark; without colours, or in ASCII,
//! it is its mark in every column. What is not known is not drawn.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{glyphs, ticks::Scale};
use crate::domain::num;

/// Dots in a cell of Braille: columns, rows.
const DOTS: (usize, u16) = (2, 4);
/// Their bits in U+2800, column by column from the top.
const BITS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A curve.
pub(super) struct Curve {
    /// Its values in each column of cells.
    pub(super) values: Vec<Option<f64>>,
    /// The same, two to a column.
    pub(super) fine: Vec<Option<f64>>,
    pub(super) mark: &'static str,
    pub(super) style: Style,
}

impl Curve {
    /// How many values a curve has for so many columns, in its finer form.
    pub(super) const fn fine(columns: usize) -> usize {
        columns * DOTS.0
    }
}

/// Draws curves, the first one on top.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scale: &Scale, (curves, as_marks): (&[&Curve], bool)) {
    if area.is_empty() {
        return;
    }
    for curve in curves.iter().rev() {
        if as_marks {
            marks(buffer, area, scale, curve);
        } else {
            dots(buffer, area, scale, curve);
        }
    }
    if !as_marks {
        for curve in curves.iter().rev() {
            end(buffer, area, scale, curve);
        }
    }
}

/// The row of a number.
pub(super) fn row(area: Rect, scale: &Scale, value: f64) -> u16 {
    area.bottom().saturating_sub(1 + level(scale, value, area.height))
}

/// How many of so many steps a number is above the bottom.
fn level(scale: &Scale, value: f64, steps: u16) -> u16 {
    num::round_u16(scale.place(value) * f64::from(steps.saturating_sub(1)))
}

fn marks(buffer: &mut Buffer, area: Rect, scale: &Scale, curve: &Curve) {
    for (x, value) in (area.x..area.right()).zip(&curve.values) {
        if let Some(value) = value {
            put(buffer, (x, row(area, scale, *value)), curve);
        }
    }
}

/// The mark where a curve ends.
fn end(buffer: &mut Buffer, area: Rect, scale: &Scale, curve: &Curve) {
    let last = (area.x..area.right()).zip(&curve.values).filter_map(|(x, value)| Some((x, (*value)?))).next_back();
    if let Some((x, value)) = last {
        let finest = area.height * DOTS.1;
        let y = area.bottom().saturating_sub(1 + level(scale, value, finest) / DOTS.1);
        put(buffer, (x, y), curve);
    }
}

fn put(buffer: &mut Buffer, at: (u16, u16), curve: &Curve) {
    if let Some(cell) = buffer.cell_mut(at) {
        cell.set_symbol(curve.mark).set_style(curve.style);
    }
}

/// A line: each value is a dot, and joined to the one before it.
fn dots(buffer: &mut Buffer, area: Rect, scale: &Scale, curve: &Curve) {
    let height = area.height * DOTS.1;
    let mut before: Option<u16> = None;
    for (index, value) in curve.fine.iter().enumerate() {
        let here = value.map(|value| level(scale, value, height));
        if let Some(here) = here {
            let from = before.unwrap_or(here);
            for level in from.min(here)..=from.max(here) {
                dot(buffer, area, (index, level), curve.style);
            }
        }
        before = here;
    }
}

fn dot(buffer: &mut Buffer, area: Rect, (index, level): (usize, u16), style: Style) {
    let x = area.x.saturating_add(num::cells(index / DOTS.0));
    let y = area.bottom().saturating_sub(1 + level / DOTS.1);
    let from_top = usize::from(DOTS.1 - 1 - level % DOTS.1);
    let bit = BITS.get(index % DOTS.0).and_then(|bits| bits.get(from_top)).copied().unwrap_or(0);
    if x >= area.right() {
        return;
    }
    if let Some(cell) = buffer.cell_mut((x, y)) {
        let held = cell.symbol().chars().next().map_or(0, u32::from).checked_sub(0x2800).filter(|held| *held < 0x100);
        let both = char::from_u32(0x2800 + (held.unwrap_or(0) | bit)).unwrap_or(' ');
        cell.set_char(both).set_style(style);
    }
}

/// A line across at a number, behind whatever is there.
pub(super) fn across(buffer: &mut Buffer, area: Rect, y: u16, style: Style) {
    for x in area.x..area.right() {
        behind(buffer, (x, y), (glyphs::EMPTY, style));
    }
}

/// A line down in a column, behind whatever is there.
pub(super) fn down(buffer: &mut Buffer, area: Rect, column: usize, style: Style) {
    let x = area.x.saturating_add(num::cells(column));
    for y in area.y..area.bottom() {
        if x < area.right() {
            behind(buffer, (x, y), (glyphs::UPRIGHT, style));
        }
    }
}

fn behind(buffer: &mut Buffer, at: (u16, u16), (symbol, style): (&'static str, Style)) {
    if let Some(cell) = buffer.cell_mut(at)
        && matches!(cell.symbol(), " " | glyphs::EMPTY)
    {
        cell.set_symbol(symbol).set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(as_marks: bool, values: &[&[Option<f64>]]) -> Vec<String> {
        let area = Rect::new(0, 0, 4, 2);
        let mut buffer = Buffer::empty(area);
        let curve = |(values, mark): (&&[Option<f64>], &'static str)| Curve {
            values: values.to_vec(),
            fine: values.iter().flat_map(|value| [*value, *value]).collect(),
            mark,
            style: Style::new(),
        };
        let curves: Vec<Curve> = values.iter().zip(["a", "b"]).map(curve).collect();
        let curves: Vec<&Curve> = curves.iter().collect();
        draw(&mut buffer, area, &Scale::of((0.0, 1.0), 1), (&curves, as_marks));
        crate::view::export::plain(&buffer).lines().map(str::to_owned).collect()
    }

    #[test]
    fn marks_keep_curves_apart_without_colours_and_gaps_stay_gaps() {
        let (low, high) = (Some(0.0), Some(1.0));
        let rows = drawn(true, &[&[high, None, low, low], &[low, low, high, low]]);
        assert_eq!(rows, ["a b", "bbaa"]);
    }

    #[test]
    fn lines_are_joined_where_values_follow_each_other_and_end_in_their_mark() {
        let (low, high) = (Some(0.0), Some(1.0));
        assert_eq!(drawn(false, &[&[low, high, None, low]]), [" ⡏", "⣀⡇ a"]);
    }
}
