//! The line in which a query is typed, and the one that asks for the form and file of an export: with what is wrong with it
//! below. They lie at the lower edge, so that the charts stay in sight.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{Scene, card, glyphs, help, requests, text, theme::Role};
use crate::{
    domain::num,
    session::{ExportField, Prompt, QueryField},
};

pub(super) fn query(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, field: &QueryField) {
    let answer = scene.session.answered(scene.fleet).filter(|_| field.is_asked);
    let wrong = answer.and_then(|answer| answer.trouble.as_ref()).map(ToString::to_string);
    let says = if field.is_asked {
        "asked; no answer yet"
    } else {
        "$namespace $rollout $version $pods $window stand for what is on the deck. Arrows bring earlier ones back."
    };
    line(buffer, area, scene, ("any PromQL", &field.prompt), (wrong, says));
}

pub(super) fn export(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, field: &ExportField) {
    let says = "csv or json: the numbers; md: the timeline with numbers; svg: this screen. A file behind it is used; none is \
                ever written over. Arrows choose the form.";
    line(buffer, area, scene, ("write what is shown as", &field.prompt), (field.wrong.clone(), says));
}

fn line(
    buffer: &mut Buffer,
    area: Rect,
    scene: &Scene<'_>,
    (title, prompt): (&str, &Prompt),
    (wrong, says): (Option<String>, &str),
) {
    let room = area.width.saturating_sub(4);
    let mut typed = card::typed(scene, prompt, room.saturating_sub(2));
    typed.insert(0, scene.span(Role::Key, format!("{} ", glyphs::CHANGE)));
    let mut lines = vec![Line::from(typed)];
    if let Some(wrong) = wrong {
        let mark = format!("{} ", glyphs::STUCK);
        lines.extend(requests::labelled(scene, (Role::Critical, &mark), &wrong, room));
    } else {
        let rows = text::wrap(says, room.saturating_sub(2), 2).into_iter();
        lines.extend(rows.map(|row| Line::from(scene.span(Role::Dim, format!("  {row}")))));
    }
    let height = num::cells(lines.len()).saturating_add(2).min(area.height);
    let frame = Rect { y: area.bottom() - height, height, ..area };
    let inner = help::window(buffer, frame, scene, title);
    text::put_all(buffer, inner, &lines);
}
