//! Every shape the screens use, with its ASCII stand-in. Drawing writes the first column; [`only_ascii`] swaps in the second.
//!
//! The shapes are in the fonts that Linux consoles and old terminals ship (`DejaVu Sans Mono`), one column wide each; the
//! prettier ⟳ and ⏸ are not.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::domain::{Phase, PodState, Severity, Teller};

macro_rules! glyphs {
    ($( $name:ident $unicode:literal $ascii:literal )*) => {
        $( pub(super) const $name: &str = $unicode; )*
        /// Shape and stand-in.
        const TABLE: &[(&str, &str)] = &[$( ($unicode, $ascii), )*];
    };
}

glyphs! {
    STUCK "✗" "x"
    DEGRADED "▲" "^"
    WAITING "◷" "@"
    PAUSED "‖" "="
    PROGRESSING "↻" ">"
    HEALTHY "✓" "+"
    READY "●" "#"
    STARTING "◐" "o"
    NOT_READY "○" "-"
    TERMINATING "◌" ":"
    DONE "▪" "."
    MISSING "·" "-"
    INFO "ℹ" "i"
    WATCH "◇" "w"
    EVENT "◆" "e"
    YOU "◉" "!"
    CURSOR "▌" ">"
    CHANGE "▸" ">"
    ADVICE "→" ">"
    QUOTE "┊" "|"
    PART "└" "`"
    MORE "…" "~"
    TIMES "×" "x"
    SORTED "▾" "v"
    SORTED_UP "▴" "^"
    FULL "━" "="
    EMPTY "─" "-"
    UPRIGHT "│" "|"
    HOLLOW "□" "o"
    BAR_1 "▁" "_"
    BAR_2 "▂" "."
    BAR_3 "▃" "-"
    BAR_4 "▄" "~"
    BAR_5 "▅" "="
    BAR_6 "▆" "+"
    BAR_7 "▇" "*"
    BAR_8 "█" "#"
}

/// The bars of a chart, lowest first.
pub(super) const BARS: [&str; 8] = [BAR_1, BAR_2, BAR_3, BAR_4, BAR_5, BAR_6, BAR_7, BAR_8];

/// What is not ours to choose: the borders of ratatui's rounded block, and typography in foreign sentences.
const FOREIGN: &[(&str, &str)] =
    &[("╭", "+"), ("╮", "+"), ("╰", "+"), ("╯", "+"), ("–", "-"), ("—", "-"), ("’", "'"), ("“", "\""), ("”", "\"")];

/// The shape of a phase; a word always stands beside it.
pub(super) const fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Stuck => STUCK,
        Phase::Degraded => DEGRADED,
        Phase::Waiting => WAITING,
        Phase::Paused => PAUSED,
        Phase::Progressing => PROGRESSING,
        Phase::Healthy => HEALTHY,
        Phase::Unknown => "?",
    }
}

/// The dot of a pod.
pub(super) const fn pod(state: PodState) -> &'static str {
    match state {
        PodState::Failing => STUCK,
        PodState::NotReady => NOT_READY,
        PodState::Starting => STARTING,
        PodState::Ready => READY,
        PodState::Terminating => TERMINATING,
        PodState::Done => DONE,
    }
}

/// The shape of a finding.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => STUCK,
        Severity::Warning => DEGRADED,
        Severity::Info => INFO,
    }
}

/// The shape of who tells a line of the timeline.
pub(super) const fn teller(teller: Teller) -> &'static str {
    match teller {
        Teller::Watch => WATCH,
        Teller::Event => EVENT,
        Teller::You => YOU,
    }
}

fn table() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    TABLE.iter().chain(FOREIGN)
}

/// Replaces every shape by its stand-in, and foreign characters by `?`, so that nothing but ASCII is left.
pub(super) fn only_ascii(buffer: &mut Buffer, area: Rect) {
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position)
            && !cell.symbol().is_ascii()
        {
            let stand_in = table().find(|(unicode, _)| *unicode == cell.symbol()).map_or("?", |(_, ascii)| *ascii);
            cell.set_symbol(stand_in);
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::table;

    #[test]
    fn every_shape_is_one_column_and_every_stand_in_ascii() {
        for (unicode, ascii) in table() {
            assert_eq!(unicode.width(), 1, "{unicode}");
            assert!(ascii.is_ascii() && ascii.len() == 1, "{ascii}");
        }
    }
}
