//! The revisions of a rollout: what ran, what runs, and the whole of the selected one below.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Scene,
    columns::{self, Column, Table},
    deck, glyphs, layout, text,
    theme::Role,
    timeline,
};
use crate::domain::{Ref, Version, num};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Revision,
    Role,
    Pods,
    Images,
    Age,
    Cause,
}

const COLUMNS: [Column<Field>; 6] = [
    Column { field: Field::Revision, title: "REV", least: 4, most: 8, rank: 0, right: true },
    Column { field: Field::Role, title: "IS", least: 7, most: 16, rank: 0, right: false },
    Column { field: Field::Pods, title: "PODS", least: 5, most: 11, rank: 2, right: true },
    Column { field: Field::Images, title: "IMAGES", least: 14, most: 48, rank: 0, right: false },
    Column { field: Field::Age, title: "AGE", least: 6, most: 6, rank: 1, right: true },
    Column { field: Field::Cause, title: "CHANGE-CAUSE", least: 14, most: 120, rank: 3, right: false },
];

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, at: &Ref) {
    let (title, rest) = layout::take(area, 1);
    let mut path = deck::path(scene, at);
    path.spans.extend([timeline::step(scene), scene.span(Role::Title, "revisions")]);
    text::put(buffer, title, &path);
    let revisions = scene.session.revisions(scene.fleet);
    let Some(row) = scene.session.revision_row(&revisions) else {
        let says = "   It is gone, and its revisions with it.";
        return text::put(buffer, rest, &Line::from(scene.span(Role::Dim, says)));
    };
    let about = format!("{} ", compares(scene, at));
    if text::width(&about) + text::width(&path.to_string()) + 2 <= area.width {
        text::put_right(buffer, title, &Line::from(scene.span(Role::Dim, about)));
    }
    let below = revisions.get(row).map(|version| whole(scene, version, area.width)).unwrap_or_default();
    let wanted = num::cells(below.len()).min(rest.height / 2);
    let (list, _) = layout::take(rest, rest.height - wanted);
    let cell = |index: usize, field, width| {
        revisions.get(index).map(|version| cell(scene, version, field, width)).unwrap_or_default()
    };
    let widest = |of: &dyn Fn(&Version) -> u16| revisions.iter().map(|v| of(v)).max().unwrap_or(0);
    let wish = |column: Column<Field>| {
        let width = match column.field {
            Field::Images => widest(&|v| text::width(&v.short_images())),
            Field::Cause => widest(&|v| v.cause.as_ref().map_or(1, |cause| text::width(cause))),
            Field::Role => widest(&|v| text::width(&is(scene, v))),
            Field::Revision | Field::Pods | Field::Age => column.least,
        };
        // A mark that is cut off would be no mark.
        let least = if column.field == Field::Role { width.clamp(column.least, column.most) } else { column.least };
        (Column { least, ..column }, width)
    };
    let table = Table {
        columns: COLUMNS.into_iter().map(wish).collect(),
        grows: Field::Images,
        sorted: None,
        len: revisions.len(),
        cursor: Some(row),
        cell: &cell,
    };
    columns::draw(buffer, list, scene, &table);
    let used = num::cells(revisions.len()).saturating_add(2).min(list.height);
    let (_, free) = layout::take(rest, used);
    text::put_all(buffer, free, &below);
}

/// What the selected revision is compared with.
fn compares(scene: &Scene<'_>, at: &Ref) -> String {
    let rollout = scene.fleet.rollouts.get(at);
    let marked = scene.session.history.marked.as_ref();
    let marked = marked.and_then(|uid| rollout.and_then(|rollout| rollout.version(uid)));
    let number = |version: &Version| version.revision.map_or_else(|| version.at.name.to_string(), |n| n.to_string());
    match (marked, rollout.and_then(|rollout| rollout.newest())) {
        (Some(marked), _) => format!("compared with {}, the marked one", number(marked)),
        (None, Some(newest)) => format!("compared with {}, the newest", number(newest)),
        (None, None) => String::new(),
    }
}

/// The word of its role, and that it is marked.
fn is(scene: &Scene<'_>, version: &Version) -> String {
    let is_marked = scene.session.history.marked.as_ref() == Some(&version.uid);
    format!("{}{}", version.role.word(), if is_marked { ", marked" } else { "" })
}

fn cell<'a>(scene: &Scene<'a>, version: &'a Version, field: Field, width: u16) -> Line<'a> {
    let role = Role::of_version(version.role);
    let dim = |says: String| scene.span(Role::Dim, says);
    Line::from(match field {
        Field::Revision => match version.revision {
            Some(revision) => scene.span(Role::Title, revision.to_string()),
            None => dim(glyphs::MISSING.to_owned()),
        },
        Field::Role => scene.span(role, is(scene, version)),
        Field::Pods if version.is_alive() => {
            scene.span(Role::Text, format!("{}/{}", version.pods.ready, version.pods.desired))
        }
        Field::Pods => dim(glyphs::MISSING.to_owned()),
        Field::Images => scene.span(Role::Text, text::cut(&version.short_images(), width).into_owned()),
        Field::Age => dim(scene.ago(version.created)),
        Field::Cause => match &version.cause {
            Some(cause) => scene.span(Role::Dim, text::cut_middle(cause, width)),
            None => dim(glyphs::MISSING.to_owned()),
        },
    })
}

/// A rule with its object's name, then its images and its change-cause unshortened.
fn whole<'a>(scene: &Scene<'a>, version: &'a Version, width: u16) -> Vec<Line<'a>> {
    let name = text::cut_middle(&version.at.name, width.saturating_sub(20));
    let rule = usize::from(width.saturating_sub(text::width(&name) + 4));
    let mut lines = vec![Line::from(vec![
        scene.span(Role::Border, format!("{} ", glyphs::EMPTY)),
        scene.span(Role::Title, name),
        scene.span(Role::Border, format!(" {}", glyphs::EMPTY.repeat(rule))),
    ])];
    let widest = version.images.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0).min(width / 4);
    for (container, image) in &version.images {
        let name = text::cut(container, widest);
        let pad = usize::from(widest.saturating_sub(text::width(&name)) + 2);
        let image = text::cut_middle(image, width.saturating_sub(widest + 6));
        let name = scene.span(Role::Title, format!("   {name}"));
        lines.push(Line::from(vec![name, Span::raw(" ".repeat(pad)), scene.span(Role::Text, image)]));
    }
    let cause = version.cause.as_ref().map(|cause| text::wrap(cause, width.saturating_sub(6), 4)).unwrap_or_default();
    lines.extend(cause.into_iter().map(|line| Line::from(scene.span(Role::Dim, format!("   {line}")))));
    lines
}
