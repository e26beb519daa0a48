//! What was done, by whom, and what became of it: newest first, the selected deed unfolded.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, layout, proof, requests, text, theme::Role, when};
use crate::domain::{Deed, num};

/// Columns of the outcome's word.
const WORD: usize = 12;
/// From this width on, object and person have columns of their own.
const WIDE: u16 = 110;
/// Columns before what is unfolded.
const INDENT: u16 = 5;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let desk = &scene.fleet.desk;
    let mut heads = vec![title(scene)];
    if let Some(trouble) = &desk.journal_trouble {
        let label = format!(" {} not all of it: ", glyphs::DEGRADED);
        heads.extend(requests::labelled(scene, (Role::Warning, &label), trouble, area.width.saturating_sub(1)));
    }
    heads.push(Line::default());
    let (head, rest) = layout::take(area, num::cells(heads.len()).min(area.height / 2));
    text::put_all(buffer, head, &heads);
    if desk.deeds.is_empty() {
        let says = "   Nothing was done yet. What is confirmed on a card is written down here, with what became of it.";
        let rows = text::wrap(says, area.width.saturating_sub(4), 3).into_iter();
        let rows: Vec<Line<'_>> = rows.map(|row| Line::from(scene.span(Role::Dim, format!("   {row}")))).collect();
        return text::put_all(buffer, rest, &rows);
    }
    rows(buffer, rest, scene);
}

fn title<'a>(scene: &Scene<'_>) -> Line<'a> {
    let deeds = &scene.fleet.desk.deeds;
    let mut spans = vec![scene.span(Role::Title, " journal")];
    if !deeds.is_empty() {
        let count = when::counted(deeds.len(), "action");
        spans.push(scene.span(Role::Dim, format!("  {}  {count}, newest first", glyphs::MISSING)));
    }
    Line::from(spans)
}

/// The rows around the selected one, and below that one what it was.
fn rows(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let deeds = &scene.fleet.desk.deeds;
    let selected = scene.session.journal_row(scene.fleet);
    let detail = deeds.iter().rev().nth(selected).map(|deed| unfolded(scene, deed, area.width)).unwrap_or_default();
    // Some neighbours stay in sight, however much there is to say about one.
    let detail_rows = num::cells(detail.len()).min(area.height.saturating_sub(4.min(area.height / 3)));
    let seen = text::window(deeds.len(), selected, area.height.saturating_sub(detail_rows));
    let mut free = area;
    for (index, deed) in deeds.iter().rev().enumerate().skip(seen.start).take(seen.len()) {
        let (row, rest) = layout::take(free, 1);
        text::put(buffer, row, &line(scene, deed, area.width));
        free = rest;
        if index == selected {
            buffer.set_style(row, scene.style(Role::Selected));
            let mark = Rect { x: row.x, width: 1.min(row.width), ..row };
            text::put(buffer, mark, &Line::from(scene.span(Role::Accent, glyphs::CURSOR)));
            let (below, rest) = layout::take(free, detail_rows);
            text::put_all(buffer, below, &detail);
            if detail.len() > usize::from(detail_rows) {
                let last = Rect { y: below.bottom().saturating_sub(1), height: 1, ..below };
                let says = format!(" {} {} more lines ", glyphs::MORE, detail.len() - usize::from(detail_rows));
                text::put_right(buffer, last.intersection(below), &Line::from(scene.span(Role::Warning, says)));
            }
            free = rest;
        }
    }
}

/// ` 03:11:02  ✓ took effect  undo web to revision 1`, and where there is room the object and who did it.
fn line<'a>(scene: &Scene<'_>, deed: &Deed, width: u16) -> Line<'a> {
    let (role, glyph, word) = proof::outcome(&deed.proof.outcome);
    let when = scene.clock_within_a_day(deed.at).unwrap_or_else(|| format!("{} ago", scene.ago(deed.at)));
    let mut spans =
        vec![scene.span(Role::Dim, format!("  {when:>9}  ")), scene.span(role, format!("{glyph} {word:WORD$}  "))];
    let room = width.saturating_sub(num::cells(WORD) + 18);
    if width < WIDE {
        spans.push(scene.span(Role::Text, text::cut(&deed.title, room).into_owned()));
        return Line::from(spans);
    }
    let object = format!("{}/{}", deed.intent.target.namespace, deed.intent.target.name);
    for (value, role, share) in [(&*deed.title, Role::Text, room / 2), (&object, Role::Dim, room / 4)] {
        let value = text::cut_middle(value, share.saturating_sub(2));
        let pad = usize::from(share.saturating_sub(text::width(&value)));
        spans.push(scene.span(role, format!("{value}{:pad$}", "")));
    }
    spans.push(scene.span(Role::Dim, text::cut(&deed.by, room / 4).into_owned()));
    Line::from(spans)
}

/// Where and by whom, why, how far its proof came, and the requests.
fn unfolded<'a>(scene: &Scene<'_>, deed: &Deed, width: u16) -> Vec<Line<'a>> {
    let room = width.saturating_sub(INDENT + 1);
    let target = &deed.intent.target;
    let about = format!("{target} in {} of {}, by {}", target.namespace, target.cluster, deed.by);
    let mut lines = requests::labelled(scene, (Role::Dim, ""), &about, room);
    let reason = if deed.reason.is_empty() { "none given" } else { &deed.reason };
    lines.extend(requests::labelled(scene, (Role::Dim, "reason: "), reason, room));
    let (role, _, word) = proof::outcome(&deed.proof.outcome);
    if let Some(why) = proof::why(&deed.proof.outcome) {
        lines.extend(requests::labelled(scene, (role, &format!("{word}: ")), why, room));
    }
    let stages = proof::stages(scene, deed);
    if !stages.is_empty() {
        lines.push(Line::from(proof::joined(&stages)));
    }
    lines.extend(requests::brief(scene, &deed.writes, room));
    lines.push(Line::default());
    for line in &mut lines {
        line.spans.insert(0, Span::raw(" ".repeat(usize::from(INDENT))));
    }
    lines
}
