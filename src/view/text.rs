//! Text in cells: widths, cutting, and the one place that writes lines into the buffer.
//!
//! Widths are display columns of whole graphemes, so that wide and combining characters cannot push anything out of place.

use std::borrow::Cow;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::glyphs;
use crate::domain::num;

/// Columns a text takes.
pub(super) fn width(text: &str) -> u16 {
    num::cells(text.width())
}

/// The start of a text, cut to `room` columns with an ellipsis.
pub(super) fn cut(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    if room == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}{}", head(text, room - 1), glyphs::MORE))
}

/// A text cut in its middle: names of pods differ at their ends.
pub(super) fn cut_middle(text: &str, room: u16) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    if room < 6 {
        return cut(text, room);
    }
    let front = (room - 1) / 3;
    Cow::Owned(format!("{}{}{}", head(text, front), glyphs::MORE, tail(text, room - 1 - front)))
}

fn head(text: &str, room: u16) -> &str {
    let mut used = 0;
    let end = text.grapheme_indices(true).find_map(|(at, grapheme)| {
        used += width(grapheme);
        (used > room).then_some(at)
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or("")
}

pub(super) fn tail(text: &str, room: u16) -> &str {
    let mut used = 0;
    let mut start = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += width(grapheme);
        if used > room {
            break;
        }
        start = at;
    }
    text.get(start..).unwrap_or("")
}

/// Where a text breaks into rows of at most `room` columns, in bytes; at least one row. Words are not kept together: the
/// text is shown as it is.
pub(super) fn rows(text: &str, room: u16) -> Vec<std::ops::Range<usize>> {
    let mut rows = Vec::new();
    let mut start = 0;
    while let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        let fits = head(rest, room).len();
        if fits == 0 {
            break;
        }
        rows.push(start..start + fits);
        start += fits;
    }
    if rows.is_empty() {
        rows.push(0..text.len());
    }
    rows
}

/// Breaks a sentence at spaces into lines of at most `room` columns and at most `most` lines; the last one is cut.
pub(super) fn wrap(text: &str, room: u16, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && lines.len() < most {
        if width(rest) <= room || lines.len() + 1 == most {
            lines.push(cut(rest, room).into_owned());
            break;
        }
        let fits = head(rest, room);
        let breaks = if rest.get(fits.len()..).is_some_and(|next| next.starts_with(' ')) {
            fits.len()
        } else {
            fits.rfind(' ').filter(|at| *at > 0).unwrap_or(fits.len())
        };
        if breaks == 0 {
            break;
        }
        let (line, after) = rest.split_at(breaks);
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    lines
}

/// A text in two styles: the characters (graphemes) whose places are in `marks`, and the others.
pub(super) fn marked(text: &str, marks: &[usize], base: Style, matched: Style) -> Vec<Span<'static>> {
    let style = |index: usize| if marks.contains(&index) { matched } else { base };
    text.graphemes(true).enumerate().map(|(index, letter)| Span::styled(letter.to_owned(), style(index))).collect()
}

/// Writes a line into the first row of `area`, cut with an ellipsis where it does not fit.
pub(super) fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let total: usize = line.spans.iter().map(|s| s.content.width()).sum();
    let cuts = num::cells(total) > area.width;
    let room = if cuts { area.width - 1 } else { area.width };
    let (mut x, end, mut last) = (area.x, area.x + room, line.style);
    for span in &line.spans {
        last = line.style.patch(span.style);
        let fits = head(&span.content, end - x);
        x = buffer.set_stringn(x, area.y, fits, usize::from(end - x), last).0;
        if fits.len() < span.content.len() {
            break;
        }
    }
    if cuts {
        buffer.set_stringn(x, area.y, glyphs::MORE, 1, last);
    }
}

/// Writes a line at the right end of the first row of `area`.
pub(super) fn put_right(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let wanted = num::cells(line.width()).min(area.width);
    put(buffer, Rect { x: area.right() - wanted, width: wanted, ..area }, line);
}

/// Writes lines downwards; what does not fit is left out.
pub(super) fn put_all(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (row, line) in area.rows().zip(lines) {
        put(buffer, row, line);
    }
}

/// Empties an area and gives it a style: the ground of the screen and of overlays.
pub(super) fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// A thin bar of `room` columns, filled up to `share` (0 to 1): heavy and light, so that it reads without colours.
pub(super) fn bar(share: f64, room: u16, full: Style, empty: Style) -> [Span<'static>; 2] {
    let rounded = num::round_u16(share * f64::from(room)).min(room);
    // Neither "nothing yet" nor "all done" is claimed by rounding.
    let filled = match (share > 0.0, share < 1.0) {
        (true, true) => rounded.clamp(1.min(room), room.saturating_sub(1).max(1.min(room))),
        (true, false) | (false, true | false) => rounded,
    };
    [
        Span::styled(glyphs::FULL.repeat(usize::from(filled)), full),
        Span::styled(glyphs::EMPTY.repeat(usize::from(room - filled)), empty),
    ]
}

/// Lines that remain visible of `len` when `height` fit and `cursor` shall be seen: centred, without a state of its own.
pub(super) fn window(len: usize, cursor: usize, height: u16) -> std::ops::Range<usize> {
    let height = usize::from(height);
    let start = cursor.saturating_sub(height / 2).min(len.saturating_sub(height));
    start..(start + height).min(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("web", 3), "web");
        assert_eq!(cut("web", 0), "");
        assert_eq!(cut_middle("checkout-7d9f8c-x2k4p", 12), "che…8c-x2k4p");
    }

    #[test]
    fn a_line_stays_in_its_area() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        put(&mut buffer, Rect::new(1, 0, 5, 1), &Line::from(vec!["ab".into(), "日本語".into()]));
        let row: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(buffer.cell((6, 0)).unwrap().symbol(), " ");
        assert!(row.contains("ab日") && row.contains('…'), "{row}");
    }

    #[test]
    fn sentences_break_at_spaces_and_words_longer_than_a_line_break_anywhere() {
        assert_eq!(wrap("the quick brown fox", 10, 9), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefgh", 3, 9), ["abc", "def", "gh"]);
        assert_eq!(wrap("one two three", 5, 2), ["one", "two …"]);
    }

    #[test]
    fn rows_break_anywhere_and_leave_nothing_out() {
        let broken =
            |text: &'static str, room| -> Vec<&str> { rows(text, room).into_iter().map(|row| &text[row]).collect() };
        assert_eq!(broken("ab cd日本e", 4), ["ab c", "d日", "本e"]);
        assert_eq!(broken("", 4), [""]);
        assert_eq!(broken("日", 1), ["日"], "too narrow for it: cut by who writes it");
    }

    #[test]
    fn the_window_keeps_the_cursor_in_the_middle() {
        assert_eq!(window(100, 50, 10), 45..55);
        assert_eq!(window(100, 2, 10), 0..10);
        assert_eq!(window(100, 99, 10), 90..100);
        assert_eq!(window(3, 0, 10), 0..3);
        assert_eq!(window(0, 0, 0), 0..0);
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_done() {
        let filled = |share| bar(share, 10, Style::new(), Style::new())[0].content.chars().count();
        assert_eq!((filled(0.0), filled(0.001), filled(0.5), filled(0.999), filled(1.0)), (0, 1, 5, 9, 10));
    }
}
