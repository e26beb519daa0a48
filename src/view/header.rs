//! The first line of every screen: what is shown, what needs a human, how fresh it is, what it costs.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Health, Phase, SourceHealth};

/// What the demo says of time that stands still.
const HELD: &str = "held";

/// A part of the line; parts of the highest rank are left out first where it is narrow.
struct Part<'a> {
    rank: u8,
    right: bool,
    spans: Vec<Span<'a>>,
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    text::clear(buffer, area, scene.style(Role::Header));
    let mut parts = parts(scene, area.width);
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

fn parts<'a>(scene: &Scene<'a>, room: u16) -> Vec<Part<'a>> {
    let fleet = scene.fleet;
    let left = |rank, spans| Part { rank, right: false, spans };
    let dot = || scene.span(Role::Dim, glyphs::MISSING);
    let mut parts = vec![left(1, vec![scene.span(Role::Accent, "rolldeck")])];
    let scope = &scene.session.options.scope;
    if !scope.is_empty() {
        parts.push(left(2, vec![Span::raw(" "), scene.span(Role::Title, text::cut(scope, 40))]));
    }
    // Before the first row has come, or where none may be seen, "0 rollouts" would be a claim.
    let denied = fleet.sources.iter().any(SourceHealth::is_missed);
    if !fleet.rollouts.is_empty() || (fleet.is_settled() && !denied) {
        let count = when::counted(fleet.rollouts.len(), "rollout");
        parts.push(left(4, vec![dot(), Span::raw(" "), Span::raw(count)]));
    }
    let needing = fleet.needing();
    if needing > 0 {
        let need = if needing == 1 { "needs" } else { "need" };
        parts.push(left(3, vec![dot(), Span::raw(" "), scene.span(Role::Stuck, format!("{needing} {need} you"))]));
    }
    let wide = tally(scene, true).iter().map(Span::width).sum::<usize>() < usize::from(room / 2);
    let tally = tally(scene, wide);
    if !tally.is_empty() {
        parts.push(left(7, [vec![dot(), Span::raw(" ")], tally].concat()));
    }
    let right = |rank, spans| Part { rank, right: true, spans };
    parts.extend(demo(scene).map(|spans| right(0, spans)));
    // First of them, so that nothing cuts it off: who reads it knows that no key can hurt.
    if scene.session.options.read_only {
        parts.push(right(0, vec![scene.span(Role::Locked, " READ-ONLY ")]));
    }
    parts.push(right(0, vec![health(scene)]));
    // While the demo's time stands still there are no minutes to count in.
    let is_held = scene.session.demo.as_ref().is_some_and(|demo| demo.is_held);
    let requests: u32 = fleet.clusters.iter().map(|c| c.requests_per_minute).sum();
    if !is_held {
        parts.push(right(6, vec![scene.span(Role::Dim, format!("{requests} req/min"))]));
    }
    parts
}

/// That it is no real cluster, and how time passes there.
fn demo<'a>(scene: &Scene<'_>) -> Option<Vec<Span<'a>>> {
    let demo = scene.session.demo.as_ref()?;
    let words: Vec<&str> = ["DEMO", &demo.scenario, &demo.pace].into_iter().filter(|word| !word.is_empty()).collect();
    let role = if demo.pace == HELD { Role::Stale } else { Role::Accent };
    Some(vec![scene.span(role, format!(" {} ", words.join(" ")))])
}

/// `✗ 2 stuck  ▲ 1 degraded`: how many are in each state; without words where it is narrow, as the rows have them.
fn tally<'a>(scene: &Scene<'_>, words: bool) -> Vec<Span<'a>> {
    let counted = Phase::ALL.map(|phase| (phase, scene.fleet.count(phase)));
    let one = |(phase, count): (Phase, usize)| {
        let word = if words { format!(" {}", phase.word()) } else { String::new() };
        scene.span(Role::of_phase(phase), format!("{} {count}{word}  ", glyphs::phase(phase)))
    };
    counted.into_iter().filter(|(_, count)| *count > 0).map(one).collect()
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
    if let Some(denied) = fleet.sources.iter().find(|s| s.is_missed()) {
        let kind = denied.source.kind.kind.to_lowercase();
        return if is(|h| *h == Health::Live).is_some() {
            scene.span(Role::Warning, format!("{} live, but no {kind}s", glyphs::DEGRADED))
        } else {
            scene.span(Role::Stuck, format!("{} no access", glyphs::STUCK))
        };
    }
    scene.span(Role::Healthy, format!("{} live", glyphs::READY))
}
