//! The board: one row per rollout, those that need a human first.

use std::{borrow::Cow, sync::Arc};

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Scene,
    columns::{self, Column, Table},
    glyphs, layout, measures, preview, state, text,
    theme::Role,
};
use crate::{
    domain::{Measure, Phase, Role as VersionRole, Rollout, Share, Version, num},
    session::{Overlay, Prompt, Sort},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Cluster,
    Namespace,
    Rollout,
    System,
    State,
    Versions,
    Split,
    Pods,
    Restarts,
    Errors,
    P95,
    Since,
}

const COLUMNS: [Column<Field>; 12] = [
    Column { field: Field::Cluster, title: "CLUSTER", least: 6, most: 16, rank: 3, right: false },
    Column { field: Field::Namespace, title: "NAMESPACE", least: 9, most: 20, rank: 2, right: false },
    Column { field: Field::Rollout, title: "ROLLOUT", least: 12, most: 36, rank: 0, right: false },
    Column { field: Field::System, title: "SYSTEM", least: 8, most: 16, rank: 9, right: false },
    Column { field: Field::State, title: "STATE", least: 15, most: 34, rank: 0, right: false },
    Column { field: Field::Versions, title: "VERSIONS", least: 13, most: 26, rank: 5, right: false },
    Column { field: Field::Split, title: "SPLIT", least: 6, most: 6, rank: 8, right: false },
    Column { field: Field::Pods, title: "PODS", least: 5, most: 13, rank: 1, right: true },
    Column { field: Field::Restarts, title: "RESTARTS", least: 8, most: 8, rank: 7, right: true },
    Column { field: Field::Errors, title: "5XX %", least: 5, most: 13, rank: 4, right: true },
    Column { field: Field::P95, title: "P95 MS", least: 6, most: 15, rank: 6, right: true },
    Column { field: Field::Since, title: "SINCE", least: 6, most: 6, rank: 4, right: true },
];

/// On a board of so many columns the numbers of two versions stand beside each other; on a narrower one the newest's alone.
const COMPARED: u16 = 80;

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let rows = scene.session.rows(scene.fleet);
    let (first, area) = layout::take(area, u16::from(is_filtered(scene)));
    filter_line(buffer, first, scene, rows.len());
    if rows.is_empty() {
        return empty(buffer, area, scene);
    }
    let marks = marks(scene, &rows);
    let cell = |index: usize, field, width| match (rows.get(index), field) {
        (Some(row), Field::Rollout) => name(scene, row, marks.get(index).map_or(&[], Vec::as_slice), width),
        (Some(row), _) => cell(scene, row, field, width),
        (None, _) => Line::default(),
    };
    let table = Table {
        columns: wishes(scene, &rows, area.width),
        grows: Field::State,
        sorted: Some((sorted(scene.session.board.sort), scene.session.board.reversed)),
        len: rows.len(),
        cursor: scene.session.cursor_row(&rows),
        cell: &cell,
    };
    let (list, below) = layout::take(area, area.height.saturating_sub(preview::height(area, rows.len())));
    columns::draw(buffer, list, scene, &table);
    if let Some(selected) = table.cursor.and_then(|row| rows.get(row)) {
        preview::draw(buffer, preview::after(list, below, rows.len()), scene, selected);
    }
}

const fn sorted(sort: Sort) -> Field {
    match sort {
        Sort::Urgency => Field::State,
        Sort::Name => Field::Rollout,
        Sort::Since => Field::Since,
        Sort::Restarts => Field::Restarts,
        Sort::Pods => Field::Pods,
    }
}

/// The columns that have anything to say, and how wide their contents are over all rows: widths do not jump while scrolling.
fn wishes(scene: &Scene<'_>, rows: &[&Arc<Rollout>], room: u16) -> Vec<(Column<Field>, u16)> {
    let widest = |of: &dyn Fn(&Rollout) -> u16| rows.iter().map(|row| of(row)).max().unwrap_or(0);
    let is_measured = !scene.fleet.gauges.sources.is_empty();
    let wish = |mut column: Column<Field>| {
        let width = match column.field {
            Field::Cluster => (scene.fleet.clusters.len() > 1).then(|| widest(&|r| text::width(&r.at.cluster)))?,
            Field::Namespace => (!is_one_namespace(scene)).then(|| widest(&|r| text::width(&r.at.namespace)))?,
            Field::Rollout => widest(&|r| text::width(&r.at.name) + if r.parent.is_some() { 2 } else { 0 }),
            // Where one controller drives everything its name tells nothing.
            Field::System => {
                let mut systems = scene.fleet.rollouts.values().map(|r| &r.system);
                let first = systems.next();
                systems.any(|system| Some(system) != first).then(|| widest(&|r| text::width(&r.system)))?
            }
            Field::Versions => widest(&|r| versions_width(r)),
            Field::Split => rows.iter().any(|r| split(r).is_some()).then_some(6)?,
            Field::Errors | Field::P95 if !is_measured => return None,
            Field::Errors => widest(&|r| measures::cell_width(sides(r), Measure::Errors)),
            Field::P95 => widest(&|r| measures::cell_width(sides(r), Measure::P95)),
            Field::State => widest(&|r| text::width(&state::words(scene, r)) + 2),
            Field::Pods | Field::Restarts | Field::Since => column.most,
        };
        if matches!(column.field, Field::Errors | Field::P95) && room >= COMPARED {
            column.least = width;
        }
        if is_measured && column.field == Field::Since {
            // How much it hurts says more than since when.
            column.rank = 7;
        }
        Some((column, width))
    };
    COLUMNS.into_iter().filter_map(wish).collect()
}

/// Whether only one namespace is read: the header names it, and a column would say the same in every row.
fn is_one_namespace(scene: &Scene<'_>) -> bool {
    let mut read = scene.fleet.sources.iter().map(|source| source.source.namespace.as_ref());
    let first = read.next().flatten();
    let named = first.is_some_and(|first| scene.session.options.scope.contains(first.as_str()));
    named && read.all(|namespace| namespace == first)
}

/// Which characters of each name the filter found; nothing without a filter.
fn marks(scene: &Scene<'_>, rows: &[&Arc<Rollout>]) -> Vec<Vec<usize>> {
    if scene.session.board.filter.is_empty() {
        return Vec::new();
    }
    let mut marker = scene.session.marker();
    rows.iter().map(|row| marker.marks(&row.at.name)).collect()
}

fn name<'a>(scene: &Scene<'a>, row: &'a Rollout, marks: &[usize], width: u16) -> Line<'a> {
    let role = if row.phase.needs_human() { Role::Title } else { Role::Text };
    let part = row.parent.as_ref().map(|_| scene.span(Role::Dim, format!("{} ", glyphs::PART)));
    let room = width.saturating_sub(part.as_ref().map_or(0, |_| 2));
    let name = text::cut_middle(&row.at.name, room);
    let plain = marks.is_empty() || name != row.at.name.as_str();
    let marked = || text::marked(&name, marks, scene.span(role, "").style, scene.style(Role::Matched));
    let spans = if plain { vec![scene.span(role, name.to_string())] } else { marked() };
    Line::from(part.into_iter().chain(spans).collect::<Vec<_>>())
}

fn cell<'a>(scene: &Scene<'a>, row: &'a Rollout, field: Field, width: u16) -> Line<'a> {
    let quiet = if row.phase == Phase::Healthy { Role::Dim } else { Role::Text };
    match field {
        Field::Cluster => Line::from(scene.span(Role::Dim, row.at.cluster.as_str())),
        Field::Namespace => Line::from(scene.span(Role::Dim, row.at.namespace.as_str())),
        Field::Rollout => name(scene, row, &[], width),
        Field::System => Line::from(scene.span(Role::Dim, row.system.as_str())),
        Field::State => state_cell(scene, row, width),
        Field::Versions => versions(scene, row, width),
        Field::Split => split(row).map(|says| Line::from(scene.span(Role::Text, says))).unwrap_or_default(),
        Field::Pods => pods(scene, row, width),
        Field::Restarts => restarts(scene, row),
        Field::Errors => measures::cell(scene, sides(row), Measure::Errors, width),
        Field::P95 => measures::cell(scene, sides(row), Measure::P95, width),
        Field::Since => {
            Line::from(scene.span(quiet, row.since.map_or_else(|| glyphs::MISSING.to_owned(), |at| scene.ago(at))))
        }
    }
}

/// Restarts of all living versions; where pods may not be read they are unknown, which is not 0.
fn restarts<'a>(scene: &Scene<'_>, row: &Rollout) -> Line<'a> {
    if row.living().any(|v| !v.pods.known) {
        return Line::from(scene.span(Role::Dim, "?"));
    }
    match row.living().map(|v| v.pods.restarts()).sum::<i32>() {
        0 => Line::from(scene.span(Role::Dim, glyphs::MISSING)),
        restarts => Line::from(scene.span(Role::Warning, restarts.to_string())),
    }
}

/// The words of the state; then, where there is room, the sentence.
fn state_cell<'a>(scene: &Scene<'a>, row: &'a Rollout, width: u16) -> Line<'a> {
    let (glyph, role) = state::glyph(row);
    let words = state::words(scene, row);
    let used = text::width(&words) + 2;
    let mut spans = vec![scene.span(role, format!("{glyph} ")), scene.span(role, words)];
    if row.phase != Phase::Healthy && width > used + 12 {
        let room = width - used - 3;
        spans.push(scene.span(Role::Dim, format!("   {}", text::cut(&row.says, room))));
    }
    Line::from(spans)
}

/// The version that is left behind, if any, and the one that comes.
fn sides(row: &Rollout) -> (Option<&Version>, Option<&Version>) {
    let newest = row.newest();
    let other = row.living().find(|v| newest.is_some_and(|n| n.uid != v.uid));
    // Nothing comes while a change waits for resume: then the one that serves stands first, and the rest behind it.
    if newest.is_some_and(|v| v.role != VersionRole::New) && other.is_some_and(|v| v.pods.desired > 0) {
        return (newest, other);
    }
    (other, newest)
}

/// What names two versions side by side: workloads their names; others their tags; where those are equal, the tag once and the revisions.
fn called<'a>(from: &'a Version, to: &'a Version) -> (Cow<'a, str>, Cow<'a, str>) {
    if to.is_workload() {
        return (from.at.name.as_str().into(), to.at.name.as_str().into());
    }
    match (from.revision, to.revision) {
        (Some(old), Some(new)) if from.tag() == to.tag() => {
            (format!("{} r{old}", from.tag()).into(), format!("r{new}").into())
        }
        _ => (from.tag().into(), to.tag().into()),
    }
}

fn versions_width(row: &Rollout) -> u16 {
    match sides(row) {
        (Some(from), Some(to)) => {
            let (left, right) = called(from, to);
            text::width(&left) + text::width(&right) + 3
        }
        (from, to) => from.or(to).map_or(0, |only| text::width(only.tag())),
    }
}

fn versions<'a>(scene: &Scene<'a>, row: &'a Rollout, width: u16) -> Line<'a> {
    match sides(row) {
        (Some(from), Some(to)) => {
            let (left, right) = called(from, to);
            let half = width.saturating_sub(3) / 2;
            let short = text::width(&left).min(text::width(&right)).min(half);
            let room = width.saturating_sub(3 + short).max(half);
            let comes = to.role == VersionRole::New;
            Line::from(vec![
                scene.span(Role::Dim, text::cut(&left, room).into_owned()),
                scene.span(Role::Dim, format!(" {} ", if comes { glyphs::CHANGE } else { glyphs::MISSING })),
                scene.span(if comes { Role::New } else { Role::Old }, text::cut(&right, room).into_owned()),
            ])
        }
        (_, Some(only)) => Line::from(scene.span(Role::Dim, text::cut(only.tag(), width))),
        (_, None) => Line::from(scene.span(Role::Dim, glyphs::MISSING)),
    }
}

/// `80/20`: who gets which share, in the order of VERSIONS; only where two versions share and both shares are known.
fn split(row: &Rollout) -> Option<String> {
    let (from, to) = sides(row);
    Some(format!("{}/{}", whole_percent(from?.split.routed?), whole_percent(to?.split.routed?)))
}

/// Whole percents. A little is not nothing, and almost all is not all.
fn whole_percent(share: Share) -> String {
    match num::round_i32(share.0 * 100.0) {
        0 if share.0 > 0.0 => "<1".to_owned(),
        100 if share.0 < 1.0 => ">99".to_owned(),
        percent => percent.to_string(),
    }
}

/// `18/20` and a thin bar of the ready ones.
fn pods<'a>(scene: &Scene<'_>, row: &Rollout, width: u16) -> Line<'a> {
    let ready: i32 = row.living().map(|v| v.pods.ready).sum();
    let says = format!("{ready}/{}", row.desired);
    let role = match (ready >= row.desired, row.phase) {
        (true, Phase::Healthy) => Role::Dim,
        (true, _) => Role::Text,
        (false, phase) => {
            if phase == Phase::Progressing {
                Role::Text
            } else {
                Role::of_phase(phase)
            }
        }
    };
    let room = width.saturating_sub(8);
    if room < 4 {
        return Line::from(scene.span(role, says));
    }
    let share = num::ratio(num::count_usize(ready), num::count_usize(row.desired)).min(1.0);
    let full = if ready >= row.desired { Role::Healthy } else { Role::of_phase(row.phase) };
    let [full, empty] = text::bar(share, room, scene.style(full), scene.style(Role::Border));
    Line::from(vec![scene.span(role, says), Span::raw(" "), full, empty])
}

fn is_filtered(scene: &Scene<'_>) -> bool {
    let typing = matches!(scene.session.overlay, Some(Overlay::Filter(..)));
    typing || !scene.session.board.filter.is_empty() || scene.session.board.needs_you
}

fn filter_line(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, shown: usize) {
    let mut spans = vec![Span::raw(" "), scene.span(Role::Key, "/ ")];
    if let Some(Overlay::Filter(prompt, _)) = &scene.session.overlay {
        spans.extend(typed(scene, prompt));
    } else {
        spans.push(scene.span(Role::Text, scene.session.board.filter.as_str()));
    }
    if scene.session.board.needs_you {
        spans.push(scene.span(Role::Warning, "  only what needs you"));
    }
    let count = format!("{shown} of {} ", scene.fleet.rollouts.len());
    let room = area.width.saturating_sub(text::width(&count) + 1);
    text::put(buffer, Rect { width: room, ..area }, &Line::from(spans));
    text::put_right(buffer, area, &Line::from(scene.span(Role::Dim, count)));
}

/// What is typed, with the cursor as a reversed cell: the terminal's own cursor stays hidden.
pub(super) fn typed<'a>(scene: &Scene<'a>, prompt: &'a Prompt) -> Vec<Span<'a>> {
    let split = prompt.text().char_indices().nth(prompt.cursor()).map_or(prompt.text().len(), |(at, _)| at);
    let (before, after) = prompt.text().split_at(split);
    let mut rest = after.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    vec![
        scene.span(Role::Text, before),
        Span::styled(under, scene.style(Role::Text).add_modifier(ratatui::style::Modifier::REVERSED)),
        scene.span(Role::Text, rest.as_str()),
    ]
}

/// Why there are no rows, and what can be done.
fn empty(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let fleet = scene.fleet;
    let denied = fleet.sources.iter().any(crate::domain::SourceHealth::is_missed);
    let (head, advice) = if !fleet.rollouts.is_empty() {
        ("Nothing matches.", "Change the filter, or clear it to see all rollouts again.")
    } else if fleet.is_loading() || fleet.sources.is_empty() {
        ("Loading\u{2026}", "The first rows appear as soon as the cluster sends them.")
    } else if denied
        && !fleet.sources.iter().any(|s| s.source.kind.kind == "Deployment" && s.health == crate::domain::Health::Live)
    {
        ("Deployments may not be listed here.", "`rolldeck doctor` says what may be read, and what is missing.")
    } else {
        ("No rollouts in these namespaces.", "Look elsewhere with -n NAMESPACE, or everywhere with -A.")
    };
    let room = area.width.saturating_sub(4);
    let mut lines = vec![Line::from(scene.span(Role::Title, head))];
    lines.extend(text::wrap(advice, room, 3).into_iter().map(|l| Line::from(scene.span(Role::Dim, l))));
    let top = area.height / 3;
    for (row, line) in area.rows().skip(usize::from(top)).zip(&lines) {
        let width = num::cells(line.width()).min(row.width);
        text::put(buffer, Rect { x: row.x + (row.width - width) / 2, width, ..row }, line);
    }
}
