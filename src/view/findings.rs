//! What rules noticed: the message, what to do, and the end of a log; the worst first, as far as there is room.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Finding, num};

/// Log lines that are shown of a finding.
const TAIL: usize = 5;

/// Rows that all findings would take.
pub(super) fn height(scene: &Scene<'_>, findings: &[Finding], width: u16) -> u16 {
    num::cells(findings.iter().map(|f| lines(scene, f, width).len()).sum())
}

/// Draws them. The last row says how many more there are.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, findings: &[Finding]) {
    let mut row = 0_u16;
    for (index, finding) in findings.iter().enumerate() {
        let lines = lines(scene, finding, area.width);
        let left = area.height.saturating_sub(row);
        let others = findings.len() - index;
        if left == 0 {
            return;
        }
        if index > 0 && left == 1 && (others > 1 || lines.len() > 1) {
            let says = format!("   and {}", when::counted(others, "further finding"));
            return text::put(buffer, at(area, row), &Line::from(scene.span(Role::Dim, says)));
        }
        for line in lines.iter().take(usize::from(if others > 1 { left.saturating_sub(1).max(1) } else { left })) {
            text::put(buffer, at(area, row), line);
            row += 1;
        }
    }
}

fn at(area: Rect, row: u16) -> Rect {
    Rect { y: area.y + row, height: 1, ..area }.intersection(area)
}

fn lines<'a>(scene: &Scene<'_>, finding: &'a Finding, width: u16) -> Vec<Line<'a>> {
    let role = Role::of_severity(finding.severity);
    let room = width.saturating_sub(5);
    let mut lines = Vec::new();
    let since = finding.since.map(|at| format!("  {}", scene.ago(at))).unwrap_or_default();
    let mut message = text::wrap(&finding.message, room.saturating_sub(num::cells(since.len())), 2).into_iter();
    let first = message.next().unwrap_or_default();
    let mark = scene.span(role, format!(" {} ", glyphs::severity(finding.severity)));
    lines.push(Line::from(vec![mark, scene.span(role, first), scene.span(Role::Dim, since)]));
    lines.extend(message.map(|rest| Line::from(vec![Span::raw("   "), scene.span(role, rest)])));
    let skipped = finding.detail.len().saturating_sub(TAIL);
    for line in finding.detail.iter().skip(skipped) {
        let quote = scene.span(Role::Border, format!("     {} ", glyphs::QUOTE));
        lines.push(Line::from(vec![quote, scene.span(Role::Text, line.as_str())]));
    }
    for (index, advice) in text::wrap(&finding.advice, room.saturating_sub(2), 2).into_iter().enumerate() {
        let mark = if index == 0 { format!("   {} ", glyphs::ADVICE) } else { "     ".to_owned() };
        lines.push(Line::from(vec![scene.span(Role::Dim, mark), scene.span(Role::Dim, advice)]));
    }
    lines
}
