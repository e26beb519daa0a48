//! What pods use of their nodes: in the panes of versions, and why it is not known, in one row above them.

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, theme::Role};
use crate::domain::{Rollout, Unmeasured, Version};

/// `1.20 cores · 3.4 GiB`; while some pods are not measured yet, of how many that is: `(3 of 10 pods)`.
pub(super) fn spans<'a>(scene: &Scene<'_>, version: &Version) -> Vec<Span<'a>> {
    let Some(used) = scene.fleet.gauges.usage(version) else {
        return vec![scene.span(Role::Dim, glyphs::MISSING)];
    };
    let (cores, memory) = (used.sum.cores(), binary(used.sum.memory));
    let cores = if cores < 10.0 { format!("{cores:.2}") } else { format!("{cores:.0}") };
    let says = format!("{cores} cores {} {memory}", glyphs::MISSING);
    let of =
        if used.pods < used.running { format!(" ({} of {} pods)", used.pods, used.running) } else { String::new() };
    vec![scene.span(Role::Text, says), scene.span(Role::Dim, of)]
}

/// `96 MiB`, `3.4 GiB`: memory is asked for in these units.
fn binary(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    if bytes < GIB { format!("{} MiB", bytes >> 20) } else { format!("{}.{} GiB", bytes / GIB, bytes % GIB * 10 / GIB) }
}

/// `usage    unknown: needs list on pods.metrics.k8s.io in namespace shop`. A cluster without a metrics server has no such row.
pub(super) fn row<'a>(scene: &Scene<'_>, rollout: &Rollout) -> Option<Line<'a>> {
    let at = &rollout.at;
    let Some(Err(Unmeasured::Trouble(why))) = scene.fleet.gauges.usage_of(&at.cluster, &at.namespace) else {
        return None;
    };
    Some(Line::from(scene.span(Role::Dim, format!("   usage    unknown: {why}"))))
}
