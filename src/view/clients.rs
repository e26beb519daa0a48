//! What clients see of a rollout as a whole, on one row above its versions: requests and failures at the router in front of
//! them, which also counts what no pod answered. And why there are no numbers, or none of its versions' own, where that is so.

use ratatui::{layout::Rect, text::Line as Row};

use super::{Scene, chart, glyphs, measures, theme::Role};
use crate::{
    domain::{Gauge, Health, Line, Measure, Measured, Naming, Pack, Rollout, Version, num},
    input::{Action, Deck},
};

/// Columns of the row's name, with the margin.
const LABEL: usize = 12;
/// Columns of a number with its unit, and of a share.
const RATE: usize = 13;
const SHARE: usize = 15;
/// Charts need so many columns, and take no more than that.
const CHART: (u16, u16) = (8, 60);
/// With fewer rows there is one for it only while clients see errors that versions do not have.
const HIGH: u16 = 30;
/// A smaller share of failures is no news.
const NEWS: f64 = 0.005;

/// The rows for a rollout, if there is anything to say that its versions do not.
pub(super) fn rows<'a>(scene: &Scene<'_>, rollout: &Rollout, area: Rect) -> Vec<Row<'a>> {
    let Some(gauge) = scene.fleet.gauges.source(&rollout.at.cluster) else { return Vec::new() };
    let mut rows = Vec::from_iter(unfound(scene, gauge));
    if let Some(measured) = rollout.door.measured.as_deref().filter(|measured| measured.has_traffic())
        && (area.height >= HIGH || sees_more(scene, gauge, rollout))
    {
        rows.push(seen(scene, gauge, (rollout, measured), area.width));
    }
    rows.extend(untold(scene, gauge, rollout));
    rows
}

/// `clients  412 req/s ▂▃▄▅  3.10 % failed ▁▁▇▇  at traefik`.
fn seen<'a>(scene: &Scene<'_>, gauge: &Gauge, (rollout, measured): (&Rollout, &Measured), width: u16) -> Row<'a> {
    let stale = gauge.stale_since().is_some();
    let plain = if stale { Role::Dim } else { Role::Text };
    let rate = measured.rate.map_or_else(String::new, |rate| format!("{} req/s", measures::rate(rate)));
    let (role, share) = match measured.errors {
        Some(share) if share >= NEWS && !stale => (Role::Stuck, format!("{} % failed", measures::percent(share))),
        Some(share) => (plain, format!("{} % failed", measures::percent(share))),
        None => (Role::Dim, format!("failures {}", glyphs::MISSING)),
    };
    let place = gauge.packs.clients.as_ref().map(|pack| format!("  at {}", pack.name)).unwrap_or_default();
    let fixed = num::cells(LABEL + RATE + SHARE + 3 + place.chars().count());
    let columns = (width.saturating_sub(fixed) / 2).min(CHART.1);
    let label = scene.span(Role::Dim, format!("   {:1$}", "clients", LABEL - 3));
    let line = scene.fleet.gauges.door(&rollout.at).filter(|_| columns >= CHART.0);
    let Some(line) = line else {
        let parts =
            [scene.span(plain, rate), scene.span(Role::Dim, format!(" {} ", glyphs::MISSING)), scene.span(role, share)];
        return Row::from([vec![label], parts.to_vec()].concat());
    };
    let chart = |measure| chart::strip(scene, gauge, line, (measure, columns));
    let failures = if measured.errors.is_some_and(|share| share >= NEWS) && !stale { Role::Stuck } else { plain };
    Row::from(vec![
        label,
        scene.span(plain, format!("{rate:RATE$}")),
        scene.span(if stale { Role::Dim } else { Role::Accent }, chart(Measure::Rate)),
        scene.span(role, format!("  {share:SHARE$} ")),
        scene.span(failures, chart(Measure::Errors)),
        scene.span(Role::Dim, place),
    ])
}

/// Whether clients see failures, in the stretch of time that charts show, that no version has.
fn sees_more(scene: &Scene<'_>, gauge: &Gauge, rollout: &Rollout) -> bool {
    let worst = |line: Option<&Line>| line.map_or(0.0, |line| chart::most(scene, gauge, line, Measure::Errors));
    let of_versions = rollout.versions.iter().map(|version| worst(scene.fleet.gauges.line(&version.at)));
    let of_clients = worst(scene.fleet.gauges.door(&rollout.at));
    of_clients >= NEWS && of_clients > of_versions.fold(0.0, f64::max) * 1.2
}

/// `metrics  none: no Service looks like a Prometheus; --prometheus URL names one`.
fn unfound<'a>(scene: &Scene<'_>, gauge: &Gauge) -> Option<Row<'a>> {
    let (Health::Down { why } | Health::Denied { why }) = &gauge.health else { return None };
    gauge.is_unfound().then(|| {
        let label = format!("   {:1$}", "metrics", LABEL - 3);
        Row::from(scene.span(Role::Dim, format!("{label}none: {why}")))
    })
}

/// `metrics  traefik counts by Service, and no Service selects one version only · M takes app, by pod`.
fn untold<'a>(scene: &Scene<'_>, gauge: &Gauge, rollout: &Rollout) -> Option<Row<'a>> {
    let pack = gauge.packs.versions.as_ref()?;
    if !rollout.living().any(|version| is_untold(gauge, version)) {
        return None;
    }
    let key = scene.keys.keys_of(Action::Deck(Deck::Pack)).into_iter().next();
    let other = gauge.packs.by_pod().filter(|name| **name != pack.name);
    let instead = match (key, other) {
        (Some(key), Some(other)) if gauge.packs.next() == Some(other) => format!("{key} takes {other}, by pod"),
        (Some(key), Some(other)) => format!("{key} until it is {other}, by pod"),
        (_, _) => "there are no series by pod".to_owned(),
    };
    Some(Row::from(vec![
        scene.span(Role::Dim, format!("   {:1$}", "metrics", LABEL - 3)),
        scene.span(Role::Warning, why_untold(pack)),
        scene.span(Role::Dim, format!(" {} {instead}", glyphs::MISSING)),
    ]))
}

fn why_untold(pack: &Pack) -> String {
    let name = &pack.name;
    match pack.naming {
        Naming::Backend => format!("{name} counts by Service, and no Service selects one version only"),
        Naming::Workload => format!("{name} counts by workload, and these versions have the same"),
        Naming::ReplicaSet => format!("{name} counts by pod, and the pods' names are too long to tell versions apart"),
    }
}

/// Whether a version has no numbers because its pack cannot tell it apart.
pub(super) fn is_untold(gauge: &Gauge, version: &Version) -> bool {
    version.metrics.is_none() && gauge.packs.versions.is_some() && gauge.health == Health::Live
}
