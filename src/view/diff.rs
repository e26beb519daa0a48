//! The difference between two templates: signs and colours for lines, underlined words for what changed in them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use super::{Scene, deck, glyphs, layout, text, theme::Role, timeline, when};
use crate::domain::{DiffAsk, DiffLine, DiffSide, Ref, num};

/// Columns before a line: the sign and what sets it apart.
const SIGN: u16 = 3;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (at, ask): (&Ref, &DiffAsk)) {
    let (title, rest) = layout::take(area, 1);
    let mut path = deck::path(scene, at);
    path.spans.extend([timeline::step(scene), scene.span(Role::Title, "difference")]);
    text::put(buffer, title, &path);
    let heads = [(DiffSide::Old, &ask.old), (DiffSide::New, &ask.new)].map(|(side, of)| head(scene, side, (at, of)));
    let (head, rest) = layout::take(rest, 2);
    text::put_all(buffer, head, &heads);
    let (rule, body) = layout::take(rest, 1);
    let line = Line::from(scene.span(Role::Border, glyphs::EMPTY.repeat(usize::from(area.width))));
    text::put(buffer, rule, &line);
    let says = |role, says: &str| -> Vec<Line<'_>> {
        let wrapped = text::wrap(says, area.width.saturating_sub(6), 6);
        wrapped.into_iter().map(|line| Line::from(scene.span(role, format!("   {line}")))).collect()
    };
    let answer = scene.fleet.desk.diff.as_ref().filter(|diff| diff.of == *ask).map(|diff| &diff.lines);
    match answer {
        None => text::put_all(buffer, body, &says(Role::Dim, "Both templates are being read\u{2026}")),
        Some(Err(why)) => text::put_all(buffer, body, &says(Role::Warning, why)),
        Some(Ok(lines)) if lines.is_empty() => {
            let waits = if ask.new == *at { " Nothing waits to be rolled out." } else { "" };
            text::put_all(buffer, body, &says(Role::Text, &format!("The templates are equal.{waits}")));
        }
        Some(Ok(lines)) => {
            counts(buffer, rule, scene, lines);
            differing(buffer, body, scene, lines);
        }
    }
}

/// `- rev 41  checkout:1.8.2  12d ago`: a side by its revision, images and age.
fn head<'a>(scene: &Scene<'a>, side: DiffSide, (at, of): (&Ref, &'a Ref)) -> Line<'a> {
    let (sign, style) = looks(scene, side);
    let mut spans = vec![Span::styled(format!(" {sign} "), style)];
    let version = scene.fleet.rollouts.get(at).and_then(|rollout| rollout.versions.iter().find(|v| v.at == *of));
    if let Some(version) = version {
        let revision = version.revision.map_or_else(|| "no revision".to_owned(), |n| format!("rev {n}"));
        spans.push(scene.span(Role::Title, format!("{revision}  ")));
        spans.push(scene.span(Role::of_version(version.role), version.role.word()));
        spans.push(scene.span(Role::Text, format!("  {}  ", version.short_images())));
        spans.push(scene.span(Role::Dim, format!("created {} ago", scene.ago(version.created))));
    } else if of == at {
        spans.push(scene.span(Role::Title, of.to_string()));
        spans.push(scene.span(Role::Dim, "  as it is written now, waiting to be rolled out"));
    } else {
        spans.push(scene.span(Role::Title, of.to_string()));
        spans.push(scene.span(Role::Dim, "  not there any more"));
    }
    Line::from(spans)
}

fn looks(scene: &Scene<'_>, side: DiffSide) -> (&'static str, Style) {
    match side {
        DiffSide::Both => (" ", scene.span(Role::Text, "").style),
        DiffSide::Old => ("-", scene.style(Role::Warning)),
        DiffSide::New => ("+", scene.style(Role::Healthy)),
        DiffSide::Gap => (glyphs::MORE, scene.style(Role::Dim)),
    }
}

fn counts(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, lines: &[DiffLine]) {
    let count = |side| lines.iter().filter(|line| line.side == side).count();
    let says = format!(" {} gone, {} new ", when::counted(count(DiffSide::Old), "line"), count(DiffSide::New));
    text::put_right(buffer, layout::inset(area, 1), &Line::from(scene.span(Role::Dim, says)));
}

/// Long lines go on in the next row: what changed may stand at their ends.
fn differing(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, lines: &[DiffLine]) {
    let mut free = area;
    for line in lines.iter().skip(scene.session.history.diff_top) {
        if free.is_empty() {
            return;
        }
        let rows = rows(scene, line, area.width);
        text::put_all(buffer, free, &rows);
        free = layout::take(free, num::cells(rows.len())).1;
    }
}

fn rows<'a>(scene: &Scene<'_>, line: &DiffLine, width: u16) -> Vec<Line<'a>> {
    let (sign, style) = looks(scene, line.side);
    if line.side == DiffSide::Gap {
        let keys: Vec<&str> = line.pieces.iter().map(|(_, key)| key.as_str()).collect();
        let says = format!(" {sign} {}", keys.join(&format!(" {} ", glyphs::CHANGE)));
        return vec![Line::from(Span::styled(says, style))];
    }
    let whole: String = line.pieces.iter().map(|(_, text)| text.as_str()).collect();
    let room = width.saturating_sub(SIGN);
    let mut rows = Vec::new();
    for (index, row) in text::rows(&whole, room.max(1)).into_iter().enumerate() {
        let lead = if index == 0 { format!(" {sign} ") } else { "   ".to_owned() };
        let mut spans = vec![Span::styled(lead, style)];
        let mut start = 0;
        for (changed, piece) in &line.pieces {
            let (from, to) = (row.start.clamp(start, start + piece.len()), row.end.clamp(start, start + piece.len()));
            let part = piece.get(from - start..to - start).unwrap_or_default();
            let loud = if *changed { style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED) } else { style };
            if !part.is_empty() {
                spans.push(Span::styled(part.to_owned(), loud));
            }
            start += piece.len();
        }
        rows.push(Line::from(spans));
    }
    rows
}
