//! What is read from the clusters, how fresh each source is, what is refused, and what it costs.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Scene,
    columns::{self, Column, Table},
    glyphs, layout, text,
    theme::Role,
    when,
};
use crate::domain::{Health, SourceHealth, num};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Cluster,
    Kind,
    Namespace,
    Health,
    Objects,
}

const COLUMNS: [Column<Field>; 5] = [
    Column { field: Field::Cluster, title: "CLUSTER", least: 8, most: 24, rank: 3, right: false },
    Column { field: Field::Kind, title: "KIND", least: 10, most: 26, rank: 0, right: false },
    Column { field: Field::Namespace, title: "NAMESPACE", least: 9, most: 30, rank: 1, right: false },
    Column { field: Field::Objects, title: "OBJECTS", least: 7, most: 9, rank: 2, right: true },
    Column { field: Field::Health, title: "HEALTH", least: 16, most: 30, rank: 0, right: false },
];

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    let mut heads = vec![Line::from(scene.span(Role::Title, " sources"))];
    heads.extend(scene.fleet.clusters.iter().map(|cluster| {
        let version = cluster.version.as_ref().map_or("version unknown", |v| v.as_str());
        Line::from(vec![
            scene.span(Role::Text, format!("   {}", cluster.name)),
            scene.span(
                Role::Dim,
                format!(
                    "  {version}  {dot}  {} req/min  {dot}  {} received",
                    cluster.requests_per_minute,
                    when::bytes(cluster.bytes),
                    dot = glyphs::MISSING
                ),
            ),
        ])
    }));
    heads.push(Line::default());
    let (head, rest) = layout::take(area, num::cells(heads.len()).min(area.height / 2));
    text::put_all(buffer, head, &heads);
    let sources = &scene.fleet.sources;
    if sources.is_empty() {
        let says = Line::from(scene.span(Role::Dim, "   Nothing is read yet: still connecting."));
        return text::put(buffer, rest, &says);
    }
    let cell =
        |index: usize, field, _width| sources.get(index).map(|source| cell(scene, source, field)).unwrap_or_default();
    let table = Table {
        columns: COLUMNS.into_iter().map(|column| (column, wish(sources, column.field))).collect(),
        grows: Field::Health,
        sorted: None,
        len: sources.len(),
        cursor: None,
        cell: &cell,
    };
    columns::draw(buffer, rest, scene, &table);
}

fn wish(sources: &[SourceHealth], field: Field) -> u16 {
    let of = |s: &SourceHealth| match field {
        Field::Cluster => text::width(&s.source.cluster),
        Field::Kind => text::width(&s.source.kind.kind),
        Field::Namespace => s.source.namespace.as_ref().map_or(3, |name| text::width(name)),
        Field::Objects => 9,
        Field::Health => 30,
    };
    sources.iter().map(of).max().unwrap_or(0)
}

fn cell<'a>(scene: &Scene<'a>, source: &'a SourceHealth, field: Field) -> Line<'a> {
    match field {
        Field::Cluster => Line::from(scene.span(Role::Dim, source.source.cluster.as_str())),
        Field::Kind => Line::from(scene.span(Role::Text, source.source.kind.kind.as_str())),
        Field::Namespace => match &source.source.namespace {
            Some(namespace) => Line::from(scene.span(Role::Text, namespace.as_str())),
            None => Line::from(scene.span(Role::Dim, "all")),
        },
        Field::Objects => Line::from(scene.span(Role::Text, when::count(source.objects))),
        Field::Health => health(scene, &source.health),
    }
}

fn health<'a>(scene: &Scene<'a>, health: &'a Health) -> Line<'a> {
    let (role, says, why) = match health {
        Health::Loading => (Role::Progressing, format!("{} loading", glyphs::TERMINATING), None),
        Health::Live => (Role::Healthy, format!("{} live", glyphs::READY), None),
        Health::Stale { since, why } => {
            let says = format!("{} stale since {} ({})", glyphs::DEGRADED, scene.clock(*since), scene.ago(*since));
            (Role::Stale, says, why.as_ref())
        }
        Health::Down { why } => (Role::Stuck, format!("{} not connected", glyphs::STUCK), Some(why)),
        Health::Denied { why } => (Role::Warning, format!("{} denied", glyphs::STUCK), Some(why)),
    };
    let mut spans = vec![scene.span(role, says)];
    spans.extend(why.map(|_| Span::raw("  ")));
    spans.extend(why.map(|why| scene.span(Role::Dim, why.as_str())));
    Line::from(spans)
}
