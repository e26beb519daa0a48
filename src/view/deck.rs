//! The deck: one rollout, its state in plain words, its versions side by side, and what happened, on one screen.

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    Scene, budget, clients, findings, glyphs, layout,
    pane::{self, Shape},
    proof, state, steering, text,
    theme::Role,
    timeline, usage, when,
};
use crate::domain::{Kind, Ref, Role as VersionRole, Rollout, Version, num};

/// Panes stand side by side while each has this many columns.
const LEAST_PANE: u16 = 36;
/// With so many rows an empty one sets the state apart from what follows.
const ROOMY: u16 = 40;
/// With fewer there is one for the state and none for what can be done about it.
const LOW: u16 = 12;

/// Draws it and answers the rows of its timeline.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, at: &Ref) -> u16 {
    let (title, rest) = layout::take(area, 1);
    text::put(buffer, title, &path(scene, at));
    let Some(rollout) = scene.fleet.rollouts.get(at) else {
        return gone(buffer, rest, scene, at);
    };
    let about = format!("{} {} created {} ago ", rollout.system, glyphs::MISSING, scene.ago(rollout.created));
    if text::width(&about) + text::width(&path(scene, at).to_string()) + 2 <= area.width {
        text::put_right(buffer, title, &Line::from(scene.span(Role::Dim, about)));
    }
    let heads = headlines(scene, rollout, area);
    let (head, rest) = layout::take(rest, num::cells(heads.len()));
    text::put_all(buffer, head, &heads);
    let verbs = if area.height < LOW { None } else { steering::verbs(scene, rollout, area.width) };
    let (rest, keys) = layout::take(rest, rest.height.saturating_sub(u16::from(verbs.is_some())));
    text::put(buffer, keys, &verbs.unwrap_or_default());
    body(buffer, rest, scene, rollout)
}

/// ` prod-eu ▸ shop ▸ web`.
pub(super) fn path<'a>(scene: &Scene<'_>, at: &'a Ref) -> Line<'a> {
    let part = |name: &'a str| scene.span(Role::Dim, text::cut(name, 30));
    Line::from(vec![
        Span::raw(" "),
        part(&at.cluster),
        timeline::step(scene),
        part(&at.namespace),
        timeline::step(scene),
        scene.span(Role::Title, at.name.as_str()),
    ])
}

/// It is not there, or not yet; what happened to it while it was watched stays readable. Answers the rows for that.
fn gone(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, at: &Ref) -> u16 {
    let says = if scene.fleet.is_loading() || scene.fleet.sources.is_empty() {
        "Loading\u{2026} it appears here as soon as the cluster sends it."
    } else {
        "It is not there: it was deleted, or never existed under this name. It appears here as soon as it exists."
    };
    let lines: Vec<Line<'_>> = std::iter::once(Line::default())
        .chain(
            text::wrap(says, area.width.saturating_sub(4), 3)
                .into_iter()
                .map(|l| Line::from(scene.span(Role::Dim, format!("   {l}")))),
        )
        .chain([Line::default()])
        .collect();
    let (head, rest) = layout::take(area, num::cells(lines.len()));
    text::put_all(buffer, head, &lines);
    if scene.fleet.timeline.is_empty() { 0 } else { timeline::draw(buffer, rest, scene, at) }
}

/// The state in words: what, the sentence, what was done about it and how far that is, who else writes to it, since when,
/// what happens next. As many rows as there are for it.
fn headlines<'a>(scene: &Scene<'_>, rollout: &'a Rollout, area: Rect) -> Vec<Line<'a>> {
    // On a low screen a second row that comes and goes with the sentence would make all below it jump.
    let most = if area.height < 30 { 1 } else { 2 };
    let mut lines = state::headline(scene, rollout, area.width, most);
    lines.extend(proof::lines(scene, &rollout.at, (area.width, if area.height < 20 { 1 } else { 2 })));
    if area.height < LOW {
        return lines;
    }
    lines.extend(steering::forces(scene, rollout, area.width));
    lines.extend(steering::timing(scene, rollout, area));
    if area.height < 30 {
        lines.extend(clients::rows(scene, rollout, area));
        lines.extend(usage::row(scene, rollout));
        lines.extend(budget::row(scene, rollout, area.width));
        return lines;
    }
    let says = scene.span(Role::Dim, rollout.status.says.as_str());
    // kubectl has an answer for Deployments only.
    let who = if rollout.at.kind == Kind::DEPLOYMENT { "   kubectl says: " } else { "   status: " };
    lines.push(Line::from(vec![scene.span(Role::Dim, who), says]));
    lines.extend(clients::rows(scene, rollout, area));
    lines.extend(usage::row(scene, rollout));
    lines.extend(budget::row(scene, rollout, area.width));
    if area.height >= ROOMY {
        lines.push(Line::default());
    }
    lines
}

fn body(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, rollout: &Rollout) -> u16 {
    let panes = scene.session.panes(rollout);
    let chosen = scene.session.version(rollout).map(|v| &v.uid);
    let selected = panes.iter().position(|v| Some(&v.uid) == chosen).unwrap_or(0);
    let across = usize::from((area.width / LEAST_PANE).max(1)).min(panes.len().max(1));
    let seen = text::window(panes.len(), selected, num::cells(across));
    let shown: Vec<&Version> = panes.get(seen).unwrap_or_default().to_vec();
    // Charts can be compared only if all are as wide as the narrowest.
    let gaps = num::cells(across).saturating_sub(1);
    let shape = Shape::of(scene, &shown, area.width.saturating_sub(gaps) / num::cells(across));
    let tabs = u16::from(panes.len() > across);
    let folded = folded(scene, rollout, &panes);
    let rows = share_rows(
        area.height,
        [
            findings::height(scene, rollout, area.width),
            tabs + shape.height() + u16::from(folded.is_some()),
            timeline::height(scene),
        ],
    );
    let [found, sides, happened] = Layout::vertical(rows.map(Constraint::Length)).areas(area);
    findings::draw(buffer, found, scene, rollout);
    let (tab_row, sides) = layout::take(sides, tabs);
    text::put(buffer, tab_row, &tab_line(scene, &panes, selected));
    let (sides, older) = layout::take(sides, sides.height.saturating_sub(u16::from(folded.is_some())));
    let columns = Layout::horizontal(shown.iter().map(|_| Constraint::Fill(1))).spacing(1).split(sides);
    for (column, version) in columns.iter().zip(&shown) {
        let marked = chosen == Some(&version.uid) && panes.len() > 1;
        pane::draw(buffer, *column, scene, (version, shape, marked));
    }
    if let Some(line) = folded {
        text::put(buffer, older, &line);
    }
    if happened.height > 1 { timeline::draw(buffer, happened, scene, &rollout.at) } else { 0 }
}

/// Rows for findings, panes and timeline out of what each would like. Findings may take what panes leave, but panes keep
/// their dots and counts, and the timeline a few lines, as long as there are rows at all.
fn share_rows(room: u16, [found, panes, happened]: [u16; 3]) -> [u16; 3] {
    let least_panes = panes.min(if room >= 9 { 7 } else { 5 });
    let least_happened = happened.min(match room {
        0..12 => 0,
        12..16 => 2,
        16..26 => 4,
        26.. => 7,
    });
    let found = found.min(room.saturating_sub(least_panes + least_happened)).max(found.min(2)).min(room);
    let panes = panes.min(room.saturating_sub(found + least_happened));
    [found, panes, room.saturating_sub(found + panes)]
}

/// ` ▸ new 1.9.0 20/20   current 1.8.2 4/20 `: all panes by name where not all are seen.
fn tab_line<'a>(scene: &Scene<'_>, panes: &[&'a Version], selected: usize) -> Line<'a> {
    let mut spans = vec![Span::raw(" ")];
    for (index, version) in panes.iter().enumerate() {
        let says = format!(
            " {} {} {}/{} ",
            version.role.word(),
            text::cut(version.tag(), 14),
            version.pods.ready,
            version.pods.desired
        );
        let mut span = scene.span(if index == selected { Role::Title } else { Role::Dim }, says);
        if index == selected {
            span.style = span.style.patch(scene.style(Role::Selected));
        }
        spans.extend([span, Span::raw(" ")]);
    }
    Line::from(spans)
}

/// `2 older: rev 40 1.7 · 1 terminating   rev 39 1.6`: versions that have no pane but still have pods, and how many rest.
fn folded<'a>(scene: &Scene<'_>, rollout: &'a Rollout, panes: &[&Version]) -> Option<Line<'a>> {
    let hidden: Vec<&Version> =
        rollout.versions.iter().filter(|v| !panes.iter().any(|pane| pane.uid == v.uid)).collect();
    if hidden.is_empty() {
        return None;
    }
    let mut spans = vec![scene.span(Role::Dim, format!("   {} older:", hidden.len()))];
    for version in hidden {
        let revision = version.revision.map_or_else(String::new, |revision| format!("rev {revision} "));
        spans.push(scene.span(Role::Old, format!(" {revision}{}", version.tag())));
        if version.role != VersionRole::Past && version.is_alive() {
            spans.push(scene.span(Role::Warning, format!(" ({})", left_of(version))));
        }
        spans.push(scene.span(Role::Dim, format!(" {}", glyphs::MISSING)));
    }
    spans.pop();
    Some(Line::from(spans))
}

/// `3 pods, 2 draining`: what is left of a version without a pane.
fn left_of(version: &Version) -> String {
    let draining = version.pods.terminating();
    let all = version.pods.list.len().max(num::count_usize(version.pods.have) + draining);
    match (all - draining, draining) {
        (staying, 0) => when::counted(staying, "pod"),
        (0, draining) => format!("{} draining", when::counted(draining, "pod")),
        (staying, draining) => format!("{}, {draining} draining", when::counted(staying, "pod")),
    }
}

#[cfg(test)]
mod tests {
    use super::share_rows;

    #[test]
    fn rows_are_shared_by_need() {
        assert_eq!(share_rows(40, [3, 11, 50]), [3, 11, 26], "room for all: the timeline takes the rest");
        assert_eq!(share_rows(19, [9, 11, 50]), [8, 7, 4], "scarce: each keeps its least");
        assert_eq!(share_rows(9, [4, 11, 50]), [2, 7, 0]);
        assert_eq!(share_rows(1, [4, 11, 50]), [1, 0, 0]);
    }
}
