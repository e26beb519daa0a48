//! The pods of a version as dots: filled ones first, so that a rollout reads like a bar that fills up.

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, theme::Role, when};
use crate::domain::{PodState, Pods, num};

/// Ready first; failing ones are kept in sight before everything else when there is no room for all.
const ORDER: [PodState; 6] =
    [PodState::Ready, PodState::Starting, PodState::NotReady, PodState::Failing, PodState::Terminating, PodState::Done];

/// Dots between two small gaps: groups can be counted at a glance.
const GROUP: usize = 10;

/// Rows of dots, at most `rows`, each at most `width` columns; what does not fit is said as `+1,204`.
pub(super) fn rows<'a>(scene: &Scene<'_>, pods: &Pods, width: u16, rows: u16) -> Vec<Line<'a>> {
    let per_row = per_row(width);
    let room = per_row * usize::from(rows);
    let counts = ORDER.map(|state| (Some(state), pods.count(state)));
    let missing = num::count_usize(pods.desired).saturating_sub(pods.list.len() - pods.terminating());
    let mut groups: Vec<(Option<PodState>, usize)> = counts.into_iter().chain([(None, missing)]).collect();
    let all: usize = groups.iter().map(|(_, count)| count).sum();
    let mut hidden = all.saturating_sub(room);
    if hidden > 0 {
        // The number of those left out takes the end of the last row.
        hidden += when::count(hidden).len() + 3;
        hide(&mut groups, hidden);
    }
    let shown = groups.iter().map(|(_, count)| count).sum::<usize>();
    let dots = groups.iter().flat_map(|(state, count)| std::iter::repeat_n(*state, *count));
    let mut lines: Vec<Vec<Span<'a>>> = Vec::new();
    for (index, state) in dots.enumerate() {
        if index.is_multiple_of(per_row) {
            lines.push(Vec::new());
        }
        let Some(line) = lines.last_mut() else { break };
        if !index.is_multiple_of(per_row) && (index % per_row).is_multiple_of(GROUP) {
            line.push(Span::raw(" "));
        }
        line.push(dot(scene, state));
    }
    if all > shown
        && let Some(line) = lines.last_mut()
    {
        line.push(scene.span(Role::Dim, format!(" +{}", when::count(all - shown))));
    }
    lines.into_iter().map(Line::from).collect()
}

/// How many rows all dots of these pods would take.
pub(super) fn height(pods: &Pods, width: u16) -> u16 {
    let all = pods.list.len().max(num::count_usize(pods.desired));
    num::cells(all.div_ceil(per_row(width)).max(1))
}

fn per_row(width: u16) -> usize {
    let width = usize::from(width);
    // A group and its gap; the last group of a row needs no gap.
    ((width + 1) / (GROUP + 1) * GROUP + ((width + 1) % (GROUP + 1)).saturating_sub(1)).max(1)
}

/// Takes dots away from those that tell least: ready, missing, terminating; failing ones last.
fn hide(groups: &mut [(Option<PodState>, usize)], mut hidden: usize) {
    let dull = [
        Some(PodState::Ready),
        None,
        Some(PodState::Done),
        Some(PodState::Terminating),
        Some(PodState::Starting),
        Some(PodState::NotReady),
        Some(PodState::Failing),
    ];
    for state in dull {
        if let Some((_, count)) = groups.iter_mut().find(|(of, _)| *of == state) {
            let taken = hidden.min(*count);
            *count -= taken;
            hidden -= taken;
        }
    }
}

fn dot<'a>(scene: &Scene<'_>, state: Option<PodState>) -> Span<'a> {
    match state {
        Some(state) => scene.span(Role::of_pod(state), glyphs::pod(state)),
        None => scene.span(Role::Dim, glyphs::MISSING),
    }
}

/// `◐ 2 starting  ✗ 1 failing`: the words for every dot that is not just ready; empty when all are.
pub(super) fn legend<'a>(scene: &Scene<'_>, pods: &Pods) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    for state in ORDER.into_iter().filter(|state| *state != PodState::Ready) {
        let count = pods.count(state);
        if count > 0 {
            let gap = if spans.is_empty() { "" } else { "  " };
            let says = format!("{gap}{} {} {}", glyphs::pod(state), when::count(count), word(state));
            spans.push(scene.span(Role::of_pod(state), says));
        }
    }
    spans
}

/// The word for a dot.
pub(super) const fn word(state: PodState) -> &'static str {
    match state {
        PodState::Failing => "failing",
        PodState::NotReady => "not ready",
        PodState::Starting => "starting",
        PodState::Ready => "ready",
        PodState::Terminating => "terminating",
        PodState::Done => "done",
    }
}
