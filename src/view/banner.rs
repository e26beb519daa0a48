//! What is wrong with the view itself: lines under the header that cannot be overlooked. Stale data is never shown as fresh.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::{Scene, glyphs, text, theme::Role};
use crate::{
    domain::{Health, SourceHealth},
    input::{Action, Global},
};

/// A line and the ground it fills its row with.
pub(super) type Banner = (String, Style);

/// The lines, worst first: what is stale or broken, then what may not be read, then metrics that are not there.
pub(super) fn lines(scene: &Scene<'_>) -> Vec<Banner> {
    let mut lines = Vec::new();
    lines.extend(stale(scene).or_else(|| down(scene)).map(|says| (says, scene.style(Role::Stale))));
    lines.extend(denied(scene).map(|says| (says, scene.style(Role::Warning))));
    lines.extend(unmeasured(scene).map(|says| (says, scene.style(Role::Warning))));
    lines
}

pub(super) fn draw(buffer: &mut Buffer, area: Rect, banners: &[Banner]) {
    for (row, (says, style)) in area.rows().zip(banners) {
        buffer.set_style(row, *style);
        text::put(buffer, row, &Line::styled(says.as_str(), *style));
    }
}

fn stale(scene: &Scene<'_>) -> Option<String> {
    let since = scene.fleet.stale_since()?;
    let of = |s: &&SourceHealth| matches!(s.health, Health::Stale { .. });
    let why = scene.fleet.sources.iter().find_map(|s| {
        if let Health::Stale { why: Some(why), .. } = &s.health { Some(format!(": {why}")) } else { None }
    });
    Some(format!(
        " {} STALE: {} silent for {}{}. What you see is what was last known{}.",
        glyphs::DEGRADED,
        named(scene.fleet.sources.iter().filter(of)),
        scene.ago(since),
        why.unwrap_or_default(),
        scene.fleet.may_steer(scene.now).err().map_or_else(String::new, |why| format!(", {why}"))
    ))
}

fn down(scene: &Scene<'_>) -> Option<String> {
    let down = |s: &SourceHealth| if let Health::Down { why } = &s.health { Some(why.clone()) } else { None };
    let why = scene.fleet.sources.iter().find_map(down)?;
    let of = scene.fleet.sources.iter().filter(|s| matches!(s.health, Health::Down { .. }));
    Some(format!(" {} NOT CONNECTED: {}: {why}. Trying again.", glyphs::STUCK, named(of)))
}

fn denied(scene: &Scene<'_>) -> Option<String> {
    let mut of = scene.fleet.sources.iter().filter(|s| s.is_missed()).peekable();
    of.peek()?;
    let key = scene.keys.keys_of(Action::Global(Global::Sources)).into_iter().next();
    let more = key.map(|key| format!(" ({key} shows why)")).unwrap_or_default();
    Some(format!(" {} no access to {}: what needs it is left out{more}", glyphs::STUCK, named(of)))
}

/// The place where it is said that there are no metrics, or only old ones, and why. Where none were found among the Services the
/// deck says so, in a row of its own: that is no trouble.
fn unmeasured(scene: &Scene<'_>) -> Option<String> {
    scene.fleet.gauges.sources.iter().filter(|gauge| !gauge.is_unfound()).find_map(|gauge| match &gauge.health {
        Health::Loading | Health::Live => None,
        Health::Stale { since, why } => {
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            Some(format!(" {} metrics are {} old{why} ({})", glyphs::DEGRADED, scene.ago(*since), gauge.place))
        }
        Health::Down { why } | Health::Denied { why } => {
            Some(format!(" {} no metrics: {why} ({})", glyphs::DEGRADED, gauge.place))
        }
    })
}

/// `pods in shop, events in shop and 2 more`.
pub(super) fn named<'s>(sources: impl Iterator<Item = &'s SourceHealth>) -> String {
    let all: Vec<String> = sources.map(name).collect();
    let shown = all.iter().take(2).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(2) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// `pods in shop`.
pub(super) fn name(source: &SourceHealth) -> String {
    let kind = source.source.kind.kind.to_lowercase();
    match &source.source.namespace {
        Some(namespace) => format!("{kind}s in {namespace}"),
        None => format!("{kind}s"),
    }
}
