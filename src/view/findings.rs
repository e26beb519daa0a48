//! What rules noticed: the message, what to do, and the end of a log; the worst first, as far as there is room.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Finding, Rollout, Version, num};

/// Log lines that are shown of a finding.
const TAIL: usize = 5;

/// Rows that all findings would take.
pub(super) fn height(scene: &Scene<'_>, rollout: &Rollout, width: u16) -> u16 {
    num::cells(rollout.findings.iter().map(|f| lines(scene, rollout, f, width).len()).sum())
}

/// Draws them. The last row says how many more there are.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, rollout: &Rollout) {
    let findings = &rollout.findings;
    let mut row = 0_u16;
    for (index, finding) in findings.iter().enumerate() {
        let lines = lines(scene, rollout, finding, area.width);
        let left = area.height.saturating_sub(row);
        let others = findings.len() - index;
        if left == 0 {
            return;
        }
        if index > 0 && left == 1 && (others > 1 || lines.len() > 1) {
            let says = format!("   and {}", when::counted(others, "further finding"));
            return text::put(buffer, at(area, row), &Line::from(scene.span(Role::Dim, says)));
        }
        let room = usize::from(if others > 1 { left.saturating_sub(1).max(1) } else { left });
        for line in fitting(&lines, finding.detail.len(), room) {
            text::put(buffer, at(area, row), line);
            row += 1;
        }
    }
}

fn at(area: Rect, row: u16) -> Rect {
    Rect { y: area.y + row, height: 1, ..area }.intersection(area)
}

/// The message, what to do, then the end of a log: what is cut off first is the least telling.
fn lines<'a>(scene: &Scene<'_>, rollout: &Rollout, finding: &'a Finding, width: u16) -> Vec<Line<'a>> {
    let role = Role::of_severity(finding.severity);
    // The cause in colour and the sentence in ink, where there is room for both.
    let (label, ink) = if width >= 76 {
        (format!("{}{}: ", finding.label, revision(rollout, finding)), Role::Text)
    } else {
        (String::new(), role)
    };
    let said = text::wrap(&format!("{label}{}", finding.message), width.saturating_sub(4), 2);
    let mut lines: Vec<Line<'a>> = Vec::new();
    for (index, line) in said.into_iter().enumerate() {
        let labelled = if index == 0 { line.strip_prefix(label.trim_end()).map(str::to_owned) } else { None };
        let mark = if index == 0 { format!(" {} ", glyphs::severity(finding.severity)) } else { "   ".to_owned() };
        let mut spans = vec![scene.span(role, mark)];
        match labelled {
            Some(rest) => spans.extend([scene.span(role, label.trim_end().to_owned()), scene.span(ink, rest)]),
            None => spans.push(scene.span(ink, line)),
        }
        lines.push(Line::from(spans));
    }
    let since = finding.since.map(|at| scene.span(Role::Dim, format!("  {}", scene.ago(at))));
    if let (Some(last), Some(since)) = (lines.last_mut(), since)
        && last.width() + since.width() <= usize::from(width)
    {
        last.spans.push(since);
    }
    for (index, advice) in text::wrap(&finding.advice, width.saturating_sub(7), 2).into_iter().enumerate() {
        let mark = if index == 0 { format!("   {} ", glyphs::ADVICE) } else { "     ".to_owned() };
        lines.push(Line::from(vec![scene.span(Role::Dim, mark), scene.span(Role::Dim, advice)]));
    }
    let skipped = finding.detail.len().saturating_sub(TAIL);
    for line in finding.detail.iter().skip(skipped) {
        let quote = scene.span(Role::Border, format!("     {} ", glyphs::QUOTE));
        lines.push(Line::from(vec![quote, scene.span(Role::Text, line.as_str())]));
    }
    lines
}

/// ` (rev 42)` where the image alone does not tell which version is meant: after a restart or a change of settings.
fn revision(rollout: &Rollout, finding: &Finding) -> String {
    let meant = finding.version.as_ref().and_then(|uid| rollout.version(uid));
    let twin = |v: &&Version| rollout.living().any(|other| other.uid != v.uid && other.image() == v.image());
    meant.filter(twin).and_then(|v| v.revision).map_or_else(String::new, |number| format!(" (rev {number})"))
}

/// As many of these lines as fit; of a log its last ones, which say why it ended.
fn fitting<'l, 'a>(lines: &'l [Line<'a>], details: usize, room: usize) -> impl Iterator<Item = &'l Line<'a>> {
    let told = lines.len().saturating_sub(details.min(TAIL));
    let (head, log) = lines.split_at(told.min(lines.len()));
    let left = room.saturating_sub(head.len());
    head.iter().take(room).chain(log.iter().skip(log.len().saturating_sub(left)))
}
