//! Lines over time in one row each: one axis and one scale per measure for all versions that stand side by side, so that
//! their heights can be compared by eye. What it is drawn beside is not decided here.

use std::time::Duration;

use super::{Scene, glyphs};
use crate::domain::{Gauge, Line, Measure, Moment, Span, Version, num};

/// What is drawn over time; the other quantiles are numbers only.
const DRAWN: [Measure; 3] = [Measure::Rate, Measure::Errors, Measure::P95];
/// Shares of errors below this fill no row: one failure in ten thousand must not look like a cliff.
const LEAST_ERRORS: f64 = 0.005;
/// The same for requests per second.
const LEAST_RATE: f64 = 0.1;

/// The axis of time that charts share, and the top of each measure's scale, which begins at 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) span: Span,
    pub(super) columns: usize,
    end: Moment,
    /// How long a sample stands for what comes after it.
    hold: Duration,
    tops: [f64; DRAWN.len()],
}

impl Axis {
    /// The axis for these versions, with charts of so many columns.
    pub(super) fn of(scene: &Scene<'_>, gauge: &Gauge, versions: &[&Version], columns: u16) -> Self {
        let (span, hold) = (scene.session.deck.span, hold(scene, gauge));
        let bare = Self { span, columns: usize::from(columns), end: scene.now, hold, tops: [0.0; DRAWN.len()] };
        let top = |measure| {
            let all = versions.iter().flat_map(|version| bare.values(scene, version, measure)).flatten();
            all.fold(least(measure), f64::max)
        };
        Self { tops: DRAWN.map(top), ..bare }
    }

    fn values(&self, scene: &Scene<'_>, version: &Version, measure: Measure) -> Vec<Option<f64>> {
        let line = scene.fleet.gauges.line(&version.at);
        line.map(|line| line.columns(measure, (self.end, self.span), self.columns, self.hold)).unwrap_or_default()
    }

    /// The chart of a measure; a gap where nothing is known, and nothing for a measure that is not drawn.
    pub(super) fn chart(&self, scene: &Scene<'_>, version: &Version, measure: Measure) -> String {
        let top = DRAWN.iter().zip(self.tops).find(|(drawn, _)| **drawn == measure).map_or(0.0, |(_, top)| top);
        self.values(scene, version, measure)
            .into_iter()
            .map(|value| value.map_or(" ", |value| bar(value, top)))
            .collect()
    }
}

/// How long a sample stands for what comes after it.
fn hold(scene: &Scene<'_>, gauge: &Gauge) -> Duration {
    scene.session.deck.span.step(gauge.every).max(gauge.every) * 2
}

/// The least top of a measure's scale.
pub(super) const fn least(measure: Measure) -> f64 {
    match measure {
        Measure::Errors => LEAST_ERRORS,
        Measure::Rate => LEAST_RATE,
        Measure::P50 | Measure::P95 | Measure::P99 => f64::MIN_POSITIVE,
    }
}

/// The chart of a line that stands alone, over the same stretch of time as all, with a scale of its own.
pub(super) fn strip(scene: &Scene<'_>, gauge: &Gauge, line: &Line, (measure, columns): (Measure, u16)) -> String {
    let end = (scene.now, scene.session.deck.span);
    let values = line.columns(measure, end, usize::from(columns), hold(scene, gauge));
    let top = values.iter().flatten().copied().fold(least(measure), f64::max);
    values.into_iter().map(|value| value.map_or(" ", |value| bar(value, top))).collect()
}

/// The highest value in that stretch of time; 0 where there is none.
pub(super) fn most(scene: &Scene<'_>, gauge: &Gauge, line: &Line, measure: Measure) -> f64 {
    let end = (scene.now, scene.session.deck.span);
    line.columns(measure, end, 1, hold(scene, gauge)).into_iter().flatten().fold(0.0, f64::max)
}

/// A bar as high as its share of the top; the lowest one stands for 0 and for what is hardly more.
fn bar(value: f64, top: f64) -> &'static str {
    let steps = num::count_f64(glyphs::BARS.len());
    let level = usize::from(num::round_u16((value / top * steps).ceil())).saturating_sub(1);
    glyphs::BARS.get(level.min(glyphs::BARS.len() - 1)).copied().unwrap_or(" ")
}

#[cfg(test)]
mod tests {
    use super::bar;

    #[test]
    fn bars_are_shares_of_the_top() {
        let bars: String = [0.0, 0.01, 0.126, 0.5, 0.51, 1.0, 9.0].into_iter().map(|value| bar(value, 1.0)).collect();
        assert_eq!(bars, "▁▁▂▄▅██");
    }
}
