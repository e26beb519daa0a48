//! The first line of every screen: what is shown, what needs a human, how fresh it is, what it costs.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Health, Phase};

/// A part of the line; parts of the highest rank are left out first where it is narrow.
struct Part<'a> {
    rank: u8,
    right: bool,
    spans: Vec<Span<'a>>,
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    text::clear(buffer, area, scene.style(Role::Header));
    let mut parts = parts(scene);
    while parts.len() > 1 && width(&parts) > usize::from(area.width) {
        let worst = parts.iter().enumerate().max_by_key(|(_, part)| part.rank).map(|(index, _)| index);
        let Some(index) = worst.filter(|index| parts.get(*index).is_some_and(|part| part.rank > 0)) else { break };
        parts.remove(index);
    }
    let (right, left): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.right);
    let right = joined(right, "  ");
    let room = area.width.saturating_sub(text::width(&right.to_string()));
    text::put(buffer, Rect { width: room, ..area }, &joined(left, " "));
    text::put_right(buffer, area, &right);
}

fn width(parts: &[Part<'_>]) -> usize {
    parts.iter().map(|part| part.spans.iter().map(Span::width).sum::<usize>() + 2).sum()
}

fn joined<'a>(parts: Vec<Part<'a>>, between: &'static str) -> Line<'a> {
    let mut spans = vec![Span::raw(" ")];
    for part in parts {
        spans.extend(part.spans);
        spans.push(Span::raw(between));
    }
    spans.pop();
    spans.push(Span::raw(" "));
    Line::from(spans)
}

fn parts<'a>(scene: &Scene<'a>) -> Vec<Part<'a>> {
    let fleet = scene.fleet;
    let left = |rank, spans| Part { rank, right: false, spans };
    let dot = || scene.span(Role::Dim, glyphs::MISSING);
    let mut parts = vec![left(0, vec![scene.span(Role::Accent, "rolldeck")])];
    let scope = &scene.session.options.scope;
    if !scope.is_empty() {
        parts.push(left(1, vec![Span::raw(" "), scene.span(Role::Title, text::cut(scope, 40))]));
    }
    parts.push(left(3, vec![dot(), Span::raw(" "), Span::raw(when::counted(fleet.rollouts.len(), "rollout"))]));
    let needing = fleet.needing();
    if needing > 0 {
        parts.push(left(2, vec![dot(), Span::raw(" "), scene.span(Role::Stuck, format!("{needing} need you"))]));
    }
    let tally = tally(scene);
    if !tally.is_empty() {
        parts.push(left(6, [vec![dot(), Span::raw(" ")], tally].concat()));
    }
    let right = |rank, spans| Part { rank, right: true, spans };
    parts.push(right(0, vec![health(scene)]));
    let requests: u32 = fleet.clusters.iter().map(|c| c.requests_per_minute).sum();
    parts.push(right(5, vec![scene.span(Role::Dim, format!("{requests} req/min"))]));
    if scene.session.options.read_only {
        parts.push(right(1, vec![scene.span(Role::Locked, " READ-ONLY ")]));
    }
    parts
}

/// `✗ 2  ▲ 1  ↻ 3  ✓ 6`: how many are in each state. The words stand in the table below and in `help`.
fn tally<'a>(scene: &Scene<'_>) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    for phase in Phase::ALL {
        let count = scene.fleet.count(phase);
        if count > 0 {
            if !spans.is_empty() {
                spans.push(Span::raw("  "));
            }
            spans.push(scene.span(Role::of_phase(phase), format!("{} {count} {}", glyphs::phase(phase), phase.word())));
        }
    }
    spans
}

/// The worst that can be said about the sources, in one phrase.
fn health<'a>(scene: &Scene<'_>) -> Span<'a> {
    let fleet = scene.fleet;
    let is = |test: fn(&Health) -> bool| fleet.sources.iter().find(|s| test(&s.health));
    if let Some(since) = fleet.stale_since() {
        let of =
            is(|h| matches!(h, Health::Stale { .. })).map(|s| s.source.kind.kind.to_lowercase()).unwrap_or_default();
        return scene.span(Role::Stale, format!(" {} stale since {} ({of}s) ", glyphs::DEGRADED, scene.clock(since)));
    }
    if is(|h| matches!(h, Health::Down { .. })).is_some() {
        return scene.span(Role::Stale, format!(" {} not connected ", glyphs::STUCK));
    }
    if fleet.is_loading() || fleet.sources.is_empty() {
        let known = if fleet.pods > 0 { format!(" {}", when::counted(fleet.pods, "pod")) } else { String::new() };
        return scene.span(Role::Progressing, format!("{} loading{known}", glyphs::TERMINATING));
    }
    if let Some(denied) = is(|h| matches!(h, Health::Denied { .. })) {
        let kind = denied.source.kind.kind.to_lowercase();
        return scene.span(Role::Warning, format!("{} live, but no {kind}s", glyphs::DEGRADED));
    }
    scene.span(Role::Healthy, format!("{} live", glyphs::READY))
}
