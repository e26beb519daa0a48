//! The line that asks what a verb needs to know: what is so now, what can be written, and what was wrong with it.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{Scene, card, glyphs, help, layout, requests, text, theme::Role};
use crate::{
    domain::{Asks, Rollout, Version, num},
    session::Field,
};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, field: &Field) {
    let width = area.width.min(96);
    let room = width.saturating_sub(4);
    let mut typed = card::typed(scene, &field.prompt, room.saturating_sub(2));
    typed.insert(0, scene.span(Role::Key, format!("{} ", glyphs::CHANGE)));
    let mut lines = vec![Line::from(typed)];
    if let Some(wrong) = &field.wrong {
        let mark = format!("{} ", glyphs::STUCK);
        lines.extend(requests::labelled(scene, (Role::Critical, &mark), wrong, room));
    } else {
        let rows = text::wrap(&about(scene, field), room.saturating_sub(2), 2).into_iter();
        lines.extend(rows.map(|row| Line::from(scene.span(Role::Dim, format!("  {row}")))));
    }
    let frame = layout::centred(area, width, num::cells(lines.len()).saturating_add(2));
    let inner = help::window(buffer, frame, scene, &title(field));
    text::put_all(buffer, inner, &lines);
}

fn title(field: &Field) -> String {
    let name = &field.intent.target.name;
    match field.intent.verb.asks() {
        Asks::Replicas => format!("scale {name} to how many pods?"),
        Asks::Images => format!("set which images of {name}?"),
        Asks::Shares => format!("who of {name} gets how much traffic?"),
        Asks::Nothing => format!("{} {name}?", field.intent.verb.word()),
    }
}

/// `Now app-v2 10 %, app-v1 90 %. `: who can be named.
fn shares(rollout: &Rollout) -> String {
    let share = |version: &Version| Some(format!("{} {} %", version.at.name, num::percent(version.split.wanted?.0)));
    let now: Vec<String> = rollout.versions.iter().filter_map(share).collect();
    if now.is_empty() { String::new() } else { format!("Now {}. ", now.join(", ")) }
}

/// What is so now, and what else can be written.
fn about(scene: &Scene<'_>, field: &Field) -> String {
    let rollout = scene.fleet.rollouts.get(&field.intent.target);
    match field.intent.verb.asks() {
        Asks::Replicas => {
            let now = rollout.map_or(0, |rollout| rollout.desired);
            format!("{now} now. +2 or -1 counts from there. Enter opens the plan.")
        }
        Asks::Images => "Change what is to be changed; \" # why\" at the end becomes the change-cause. Enter opens \
                           the plan."
            .to_owned(),
        Asks::Shares => {
            let now = rollout.map(|rollout| shares(rollout)).unwrap_or_default();
            format!("{now}Percent by version; who is not named keeps a part of the rest as now. Enter opens the plan.")
        }
        Asks::Nothing => String::new(),
    }
}
