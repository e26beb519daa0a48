//! The pods of a version as dots: filled ones first, so that a rollout reads like a bar that fills up.

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, theme::Role, when};
use crate::domain::{PodState, Pods, num};

/// Ready first; failing ones are kept in sight before everything else when there is no room for all.
const ORDER: [PodState; 6] =
    [PodState::Ready, PodState::Starting, PodState::NotReady, PodState::Failing, PodState::Terminating, PodState::Done];

/// Dots between two small gaps: groups can be counted at a glance.
const GROUP: usize = 10;

/// Dots of each kind that are shown however many there are of others.
const SEEN: usize = 3;

/// Rows of dots, at most `rows`, each at most `width` columns; what does not fit is said as `+1,204`.
pub(super) fn rows<'a>(scene: &Scene<'_>, pods: &Pods, width: u16, rows: u16) -> Vec<Line<'a>> {
    let per_row = per_row(width);
    let room = per_row * usize::from(rows);
    let mut groups = counts(pods);
    let all: usize = groups.iter().map(|(_, count)| count).sum();
    if all > room {
        // The number of those left out takes the end of the last row.
        shrink(&mut groups, room.saturating_sub(when::count(all).len() + 3));
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

/// How many pods are in each state, in the order of dots, and at the end how many are wanted and not there. One pass: a
/// version may have thousands.
fn counts(pods: &Pods) -> Vec<(Option<PodState>, usize)> {
    let mut counts: Vec<(Option<PodState>, usize)> = ORDER.map(|state| (Some(state), 0)).to_vec();
    for pod in &pods.list {
        let state = Some(pod.state());
        if let Some((_, count)) = counts.iter_mut().find(|(of, _)| *of == state) {
            *count += 1;
        }
    }
    let terminating = counts.iter().find(|(of, _)| *of == Some(PodState::Terminating)).map_or(0, |(_, count)| *count);
    let there = pods.list.len() - terminating;
    counts.push((None, num::count_usize(pods.desired).saturating_sub(there)));
    counts
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

/// Makes room for all groups in proportion, so that the picture stays true; but a few of each kind are always seen.
fn shrink(groups: &mut [(Option<PodState>, usize)], room: usize) {
    let all: usize = groups.iter().map(|(_, count)| count).sum();
    for (_, count) in groups.iter_mut() {
        *count = (*count * room / all.max(1)).max(SEEN.min(*count));
    }
    let mut over = groups.iter().map(|(_, count)| count).sum::<usize>().saturating_sub(room);
    // What the small groups took is given by those that tell least; failing ones give last.
    for (_, count) in groups.iter_mut() {
        let given = over.min(count.saturating_sub(SEEN));
        *count -= given;
        over -= given;
    }
    for (_, count) in groups.iter_mut().filter(|(state, _)| *state != Some(PodState::Failing)) {
        let given = over.min(*count);
        *count -= given;
        over -= given;
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
    for (state, count) in counts(pods) {
        if let Some(state) = state.filter(|state| *state != PodState::Ready && count > 0) {
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
