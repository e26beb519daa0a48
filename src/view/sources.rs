//! What is read from the clusters, how fresh each source is, what is refused, and what it costs.

use ratatui::{buffer::Buffer, layout::Rect, text::Line};

use super::{
    Scene, banner,
    columns::{self, Column, Table},
    glyphs, layout, text,
    theme::Role,
    when,
};
use crate::domain::{Candidate, Gauge, Health, Pack, Search, SourceHealth, num};

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
    Column { field: Field::Kind, title: "KIND", least: 23, most: 26, rank: 0, right: false },
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
    heads.extend(scene.fleet.gauges.sources.iter().flat_map(|gauge| measured(scene, gauge)));
    heads.push(Line::default());
    let (head, rest) = layout::take(area, num::cells(heads.len()).min(area.height / 2));
    text::put_all(buffer, head, &heads);
    let sources = scene.fleet.sources.get(scene.session.sources_top..).unwrap_or_default();
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
    let reasons = reasons(scene, sources, rest.width);
    let kept = num::cells(reasons.len()).min(rest.height / 2);
    let used = num::cells(sources.len()).saturating_add(2).min(rest.height - kept);
    let (list, below) = layout::take(rest, used);
    columns::draw(buffer, list, scene, &table);
    text::put_all(buffer, below, &reasons);
}

/// A source of metrics, how often it is asked, and what it did not answer.
fn measured<'a>(scene: &Scene<'a>, gauge: &'a Gauge) -> Vec<Line<'a>> {
    let mut lines = vec![Line::from(vec![
        scene.span(Role::Text, "   metrics"),
        scene.span(Role::Dim, format!("  {}  {}  every {}  ", place(gauge), glyphs::MISSING, when::age(gauge.every))),
        health(scene, &gauge.health).spans.into_iter().next().filter(|_| !gauge.is_unfound()).unwrap_or_default(),
    ])];
    let why = match &gauge.health {
        Health::Stale { why, .. } => why.as_ref(),
        Health::Down { why } | Health::Denied { why } => Some(why),
        Health::Loading | Health::Live => None,
    };
    let told = |what: &str, pack: &Pack| {
        let cannot = pack.cannot.as_ref().map(|cannot| format!("; {cannot}")).unwrap_or_default();
        let failed = if pack.failed.is_empty() { String::new() } else { format!("; failed: {}", pack.failed) };
        Line::from(vec![
            scene.span(Role::Dim, format!("     {what} ")),
            scene.span(Role::Text, pack.name.to_string()),
            scene.span(Role::Dim, format!("  {}{failed}{cannot}", pack.about)),
        ])
    };
    lines.extend(gauge.packs.versions.as_ref().map(|pack| told("versions", pack)));
    lines.extend(gauge.packs.clients.as_ref().map(|pack| told("clients ", pack)));
    let failed = gauge.failed.iter().map(|(measure, why)| format!("     {} {}: {why}", glyphs::ADVICE, measure.word()));
    let why = why.map(|why| format!("     {} {why}", glyphs::ADVICE));
    let searched = gauge.search.iter().flat_map(Search::says).map(|says| format!("     {says}"));
    lines.extend(why.into_iter().chain(failed).chain(searched).map(|says| Line::from(scene.span(Role::Text, says))));
    lines
}

/// Where it is, and by which way it was found.
fn place(gauge: &Gauge) -> String {
    match &gauge.search {
        _ if gauge.is_unfound() && gauge.health == Health::Loading => "looked for among the Services".to_owned(),
        _ if gauge.place.is_empty() => "none found among the Services".to_owned(),
        Some(search) => {
            let by = search.found().and_then(Candidate::named_by).map(|by| format!(", {by}")).unwrap_or_default();
            format!("found: {} through the API server{by}", gauge.place)
        }
        None => gauge.place.to_string(),
    }
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
    let (role, says) = match health {
        Health::Loading => (Role::Progressing, format!("{} loading", glyphs::TERMINATING)),
        Health::Live => (Role::Healthy, format!("{} live", glyphs::READY)),
        Health::Stale { since, .. } => {
            let ago = scene.ago(*since);
            (Role::Stale, format!(" {} stale since {} ({ago}) ", glyphs::DEGRADED, scene.clock(*since)))
        }
        Health::Down { .. } => (Role::Stuck, format!("{} not connected", glyphs::STUCK)),
        Health::Denied { .. } => (Role::Warning, format!("{} denied", glyphs::STUCK)),
    };
    Line::from(scene.span(role, says))
}

/// Why a source is not well, in the server's or the network's own words. Custom kinds that may not be read are one line.
fn reasons<'a>(scene: &Scene<'_>, sources: &[SourceHealth], width: u16) -> Vec<Line<'a>> {
    let denied = |s: &SourceHealth| {
        if let Health::Denied { why } = &s.health {
            Some(why.clone()).filter(|_| s.source.kind.is_custom())
        } else {
            None
        }
    };
    let mut lines = Vec::new();
    let mut reason = |says: &str, most| {
        for (index, line) in text::wrap(says, width.saturating_sub(6), most).into_iter().enumerate() {
            let mark = if index == 0 { format!("   {} ", glyphs::ADVICE) } else { "     ".to_owned() };
            lines.push(Line::from(vec![scene.span(Role::Dim, mark), scene.span(Role::Text, line)]));
        }
    };
    for source in sources.iter().filter(|source| denied(source).is_none()) {
        let why = match &source.health {
            Health::Loading | Health::Live | Health::Stale { why: None, .. } => continue,
            Health::Stale { why: Some(why), .. } | Health::Down { why } | Health::Denied { why } => why,
        };
        reason(&format!("{}: {why}", banner::name(source)), 3);
    }
    if let Some(why) = sources.iter().find_map(denied) {
        let of = sources.iter().filter(|source| denied(source).is_some());
        reason(&format!("{}: {why}", banner::named(of)), 1);
    }
    lines
}
