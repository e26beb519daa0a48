//! Requests, errors and latency of a version: as rows of its pane, with charts where there is room, and as numbers.

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span as Piece},
};

use super::{Scene, chart::Axis, clients, glyphs, text, theme::Role, when};
use crate::domain::{Gauge, Health, Measure, Measured, Version, num};

/// Columns of the words at the left of a pane.
const LABEL: usize = 9;
/// Columns of a number with its unit.
const VALUE: usize = 12;
/// With fewer columns a chart says nothing.
const LEAST_CHART: u16 = 8;
/// Rows with charts, and without.
const CHARTS: u16 = 4;
const NUMBERS: u16 = 2;

/// What panes of versions show of metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    axis: Option<Axis>,
}

impl Measures {
    /// What these versions have to show in so many columns; None without metrics, and when there never were any.
    pub(super) fn of(scene: &Scene<'_>, versions: &[&Version], width: u16) -> Option<Self> {
        let gauge = source(scene, versions.first()?)?;
        if gauge.is_unfound() || matches!(gauge.health, Health::Down { .. } | Health::Denied { .. }) {
            return None;
        }
        let room = width.saturating_sub(num::cells(LABEL + VALUE));
        let axis = (room >= LEAST_CHART).then(|| Axis::of(scene, gauge, versions, room));
        Some(Self { axis })
    }

    /// Rows that it would like.
    pub(super) fn height(self) -> u16 {
        if self.axis.is_some() { CHARTS } else { NUMBERS }
    }

    /// The rows of a version, at most so many: charts, else numbers, else one line of the most telling ones.
    pub(super) fn rows<'a>(self, scene: &Scene<'_>, version: &Version, most: u16) -> Vec<Line<'a>> {
        let Some(gauge) = source(scene, version) else { return Vec::new() };
        let numbers = Numbers { scene, gauge, version };
        match (self.axis, most) {
            (_, 0) => Vec::new(),
            (Some(axis), CHARTS..) => numbers.charts(&axis),
            (_, NUMBERS..) => vec![numbers.load(), numbers.latency()],
            (_, 1) => vec![numbers.all()],
        }
    }

    /// Names the axis on the lower border of a pane, under the charts, and says how old the numbers are if they are.
    pub(super) fn border(
        self,
        buffer: &mut Buffer,
        border: Rect,
        scene: &Scene<'_>,
        (version, is_charted): (&Version, bool),
    ) {
        let Some(gauge) = source(scene, version) else { return };
        let stale = gauge.stale_since().map(|since| format!(" metrics {} old ", scene.ago(since)));
        if let Some(says) = stale {
            let line = Line::from(scene.span(Role::Stale, says));
            text::put(buffer, super::layout::inset(border, 2), &line);
        } else if is_charted {
            let pack = gauge.packs.versions.as_ref().map(|pack| format!(" {} {}", pack.name, glyphs::MISSING));
            let over = |window: Duration| format!("{} over {} ", pack.unwrap_or_default(), span(window.as_secs()));
            let says = gauge.window.map(over).unwrap_or_default();
            text::put(buffer, super::layout::inset(border, 2), &Line::from(scene.span(Role::Dim, says)));
        }
        if let Some(axis) = self.axis.filter(|_| is_charted) {
            let from = format!("-{} ", span(axis.span.length().as_secs()));
            let left = num::cells(LABEL + VALUE + 2).min(border.width);
            let below = Rect { x: border.x + left, width: border.width - left, ..border };
            text::put(buffer, below, &Line::from(scene.span(Role::Dim, from)));
            let below = Rect { width: below.width.saturating_sub(2), ..below };
            text::put_right(buffer, below, &Line::from(scene.span(Role::Dim, " now")));
        }
    }
}

/// Where the numbers of a version come from.
fn source<'s>(scene: &'s Scene<'_>, version: &Version) -> Option<&'s Gauge> {
    scene.fleet.gauges.source(&version.at.cluster)
}

/// The numbers of one version.
struct Numbers<'s> {
    scene: &'s Scene<'s>,
    gauge: &'s Gauge,
    version: &'s Version,
}

impl Numbers<'_> {
    /// A row per measure with its chart; the other quantiles below.
    fn charts<'a>(&self, axis: &Axis) -> Vec<Line<'a>> {
        let chart = |label: &'static str, (role, says): (Role, String), measure| {
            let line = axis.chart(self.scene, self.version, measure);
            let colour = if self.is_stale() { Role::Dim } else { Role::of_version(self.version.role) };
            let says = format!("{says:VALUE$}");
            Line::from(vec![self.label(label), self.scene.span(role, says), self.scene.span(colour, line)])
        };
        let rest = [Measure::P50, Measure::P99].map(|measure| self.value(measure).1);
        let rest = if rest.iter().all(|says| says == glyphs::MISSING) {
            glyphs::MISSING.to_owned()
        } else {
            rest.join(&format!(" {} ", glyphs::MISSING))
        };
        vec![
            chart("traffic", self.value(Measure::Rate), Measure::Rate),
            chart("errors", self.value(Measure::Errors), Measure::Errors),
            chart("p95", self.value(Measure::P95), Measure::P95),
            Line::from(vec![self.label("p50 p99"), self.scene.span(self.role(&[Measure::P50, Measure::P99]), rest)]),
        ]
    }

    /// `812 req/s · 0.08 % 5xx`.
    fn load<'a>(&self) -> Line<'a> {
        self.joined("traffic", &[Measure::Rate, Measure::Errors])
    }

    /// `p50 12 · p95 48 · p99 120 ms`.
    fn latency<'a>(&self) -> Line<'a> {
        let known = [Measure::P50, Measure::P95, Measure::P99].map(|measure| (measure, self.known(measure)));
        if known.iter().all(|(_, value)| value.is_none()) {
            return Line::from(vec![self.label("latency"), self.scene.span(Role::Dim, glyphs::MISSING)]);
        }
        let one = |(measure, value): (Measure, Option<f64>)| {
            format!("{} {}", measure.word(), value.map_or_else(|| "?".to_owned(), bare_ms))
        };
        let says = format!("{} ms", known.map(one).join("  "));
        let role = self.role(&known.map(|(measure, _)| measure));
        Line::from(vec![self.label("latency"), self.scene.span(role, says)])
    }

    /// `812 req/s · 0.08 % 5xx · p95 48 ms`: one line, one quantile for all of them.
    fn all<'a>(&self) -> Line<'a> {
        self.joined("traffic", &[Measure::Rate, Measure::Errors, Measure::P95])
    }

    fn joined<'a>(&self, label: &'static str, measures: &[Measure]) -> Line<'a> {
        let mut pieces = vec![self.label(label)];
        for measure in measures {
            let (role, says) = self.value(*measure);
            if pieces.len() > 1 {
                if says == glyphs::MISSING {
                    continue;
                }
                pieces.push(self.scene.span(Role::Dim, format!(" {} ", glyphs::MISSING)));
            }
            if *measure == Measure::P95 {
                pieces.push(self.scene.span(Role::Dim, "p95 "));
            }
            pieces.push(self.scene.span(role, says));
        }
        Line::from(pieces)
    }

    /// A measure in words: its number, or why there is none.
    fn value(&self, measure: Measure) -> (Role, String) {
        let Some(measured) = &self.version.metrics else {
            let says = match measure {
                Measure::Rate if clients::is_untold(self.gauge, self.version) => "not split",
                Measure::Rate => "no data yet",
                Measure::Errors | Measure::P50 | Measure::P95 | Measure::P99 => glyphs::MISSING,
            };
            return (Role::Dim, says.to_owned());
        };
        if self.gauge.failed(measure) {
            return (Role::Warning, "no answer".to_owned());
        }
        match (measure, self.known(measure)) {
            (Measure::Rate, None) if self.gauge.packs.versions.is_none() => (Role::Dim, "no series".to_owned()),
            (Measure::Rate, _) if !measured.has_traffic() => (Role::Dim, "no traffic".to_owned()),
            (Measure::Rate, Some(rate)) => (self.role(&[measure]), format!("{} req/s", self::rate(rate))),
            (Measure::Errors, Some(share)) => (self.role(&[measure]), format!("{} % 5xx", percent(share))),
            (Measure::P50 | Measure::P95 | Measure::P99, Some(seconds)) => (self.role(&[measure]), ms(seconds)),
            (_, None) => (Role::Dim, glyphs::MISSING.to_owned()),
        }
    }

    fn known(&self, measure: Measure) -> Option<f64> {
        self.version.metrics.as_deref().and_then(|measured| measured.get(measure))
    }

    fn is_stale(&self) -> bool {
        self.gauge.stale_since().is_some()
    }

    /// How numbers are drawn: one beyond a limit of the rollout's own analysis stands out.
    fn role(&self, measures: &[Measure]) -> Role {
        let rollout = self.scene.session.focus().and_then(|at| self.scene.fleet.rollouts.get(at));
        let is_beyond = |measure: &Measure| {
            let bounds = rollout.into_iter().flat_map(|rollout| rollout.analysis.limits(*measure));
            self.known(*measure).is_some_and(|value| bounds.into_iter().any(|bound| bound.limit.is_beyond(value)))
        };
        match self.is_stale() {
            true => Role::Dim,
            false if measures.iter().any(is_beyond) => Role::Warning,
            false => Role::Text,
        }
    }

    fn label<'a>(&self, label: &'static str) -> Piece<'a> {
        self.scene.span(Role::Dim, format!("{label:LABEL$}"))
    }
}

/// A cell of the board: a measure of the version that is left behind and of the newest one, `0.08 ▸ 0.31`. The unit is the
/// title's.
pub(super) fn cell<'a>(
    scene: &Scene<'_>,
    (from, to): (Option<&Version>, Option<&Version>),
    measure: Measure,
    width: u16,
) -> Line<'a> {
    let stale = from.or(to).and_then(|version| source(scene, version)).is_none_or(|gauge| gauge.health != Health::Live);
    let says = |version: Option<&Version>| bare(version?.metrics.as_deref()?, measure);
    let (old, new) = (says(from), says(to));
    let role = if stale { Role::Dim } else { Role::Text };
    let last = scene.span(role, new.clone().unwrap_or_else(|| glyphs::MISSING.to_owned()));
    match (from, to) {
        (Some(_), Some(_)) if old.is_some() || new.is_some() => {
            let before = format!("{} {} ", old.unwrap_or_else(|| glyphs::MISSING.to_owned()), glyphs::CHANGE);
            let fits = text::width(&before) + text::width(&last.content) <= width;
            let pieces = if fits { vec![scene.span(Role::Dim, before), last] } else { vec![last] };
            Line::from(pieces)
        }
        (Some(only), None) => {
            Line::from(scene.span(role, says(Some(only)).unwrap_or_else(|| glyphs::MISSING.to_owned())))
        }
        (_, _) => Line::from(last),
    }
}

/// How wide such a cell would like to be.
pub(super) fn cell_width((from, to): (Option<&Version>, Option<&Version>), measure: Measure) -> u16 {
    let width = |version: Option<&Version>| {
        let says = version.and_then(|version| bare(version.metrics.as_deref()?, measure));
        says.map_or(1, |says| text::width(&says))
    };
    if from.is_some() && to.is_some() { width(from) + 3 + width(to) } else { width(from.or(to)) }
}

/// A number without its unit, if it is known.
fn bare(measured: &Measured, measure: Measure) -> Option<String> {
    let value = measured.get(measure)?;
    Some(match measure {
        Measure::Rate => rate(value),
        Measure::Errors => percent(value),
        Measure::P50 | Measure::P95 | Measure::P99 => bare_ms(value),
    })
}

/// `0.05`, `3.2`, `812`, `12.4k`.
pub(super) fn rate(per_second: f64) -> String {
    match per_second {
        _ if per_second <= 0.0 => "0".to_owned(),
        _ if per_second < 1.0 => format!("{per_second:.2}"),
        _ if per_second < 10.0 => format!("{per_second:.1}"),
        _ if per_second < 10_000.0 => when::count(whole(per_second)),
        _ => format!("{:.1}k", per_second / 1_000.0),
    }
}

/// `0`, `<0.01`, `0.31`, `12.5`, `100`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        _ if percent <= 0.0 => "0".to_owned(),
        _ if percent < 0.01 => "<0.01".to_owned(),
        _ if percent < 10.0 => format!("{percent:.2}"),
        _ if percent < 99.95 => format!("{percent:.1}"),
        _ => "100".to_owned(),
    }
}

/// `4.2`, `48`, `1,204`.
fn bare_ms(seconds: f64) -> String {
    let ms = seconds * 1_000.0;
    if ms < 10.0 { format!("{ms:.1}") } else { when::count(whole(ms)) }
}

/// `48 ms`, `12.0 s`.
pub(super) fn ms(seconds: f64) -> String {
    if seconds < 10.0 { format!("{} ms", bare_ms(seconds)) } else { format!("{seconds:.1} s") }
}

fn whole(number: f64) -> usize {
    num::count_usize(num::round_i32(number))
}

/// `15m`, `1h`, `45s`.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_are_exact() {
        assert_eq!(
            [0.0, 0.05, 3.21, 812.4, 9_999.0, 12_449.0].map(rate),
            ["0", "0.05", "3.2", "812", "9,999", "12.4k"]
        );
        assert_eq!([0.0, 0.000_01, 0.003_1, 0.125, 1.0].map(percent), ["0", "<0.01", "0.31", "12.5", "100"]);
        assert_eq!([0.004_2, 0.048, 1.204, 12.0].map(ms), ["4.2 ms", "48 ms", "1,204 ms", "12.0 s"]);
    }
}
