//! What there is to draw for a measure or a query: its curves with their marks, its limits, or why there is nothing. Where it
//! is drawn is decided in `charts`.

use std::time::Duration;

use super::{Scene, chart, glyphs, plot, text, theme::Role, ticks::Unit};
use crate::{
    domain::{self, Bound, Gauge, Health, Limit, Line, Measure, OwnQuery, Parts, Rollout, SaidBy, Version, num},
    session::Figure,
};

/// More versions than these are not told apart on one axis.
const VERSIONS: usize = 4;
/// The marks of versions, and of the curves of a query.
const MARKS: [&str; VERSIONS] = [glyphs::READY, glyphs::HOLLOW, glyphs::TIMES, glyphs::DONE];
const LETTERS: [&str; domain::CURVES] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
/// Their colours; letters tell those apart that have the same.
const COLOURS: [Role; 6] = [Role::New, Role::Stable, Role::Paused, Role::Waiting, Role::Healthy, Role::Progressing];

/// All that is drawn of a measure or a query.
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) unit: Unit,
    pub(super) curves: Vec<Named>,
    pub(super) limits: Vec<Limit>,
    /// The object that wants it, or its limits.
    pub(super) said_by: Option<String>,
    /// Why there is nothing, or nothing new.
    pub(super) trouble: Option<(Role, String)>,
    /// How many curves are left out.
    pub(super) more: usize,
}

/// A curve with its name.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) curve: plot::Curve,
}

/// What figures are made from.
pub(super) struct Source<'s> {
    scene: &'s Scene<'s>,
    rollout: &'s Rollout,
    axis: Parts,
    gauge: Option<&'s Gauge>,
    lines: Vec<(&'s Version, Option<Line>)>,
}

/// How long a sample stands for what comes after it.
pub(super) fn hold(scene: &Scene<'_>, rollout: &Rollout) -> Duration {
    let every = scene.fleet.gauges.source(&rollout.at.cluster).map_or(Duration::ZERO, |gauge| gauge.every);
    scene.session.chart.span.step(every).max(every) * 2
}

impl<'s> Source<'s> {
    pub(super) fn of(scene: &'s Scene<'s>, rollout: &'s Rollout, axis: Parts) -> Self {
        let gauge = scene.fleet.gauges.source(&rollout.at.cluster);
        let versions = scene.session.panes(rollout).into_iter().take(VERSIONS);
        let lines = versions.map(|version| (version, scene.fleet.gauges.whole_line(&version.at))).collect();
        Self { scene, rollout, axis, gauge, lines }
    }

    pub(super) fn plot(&self, figure: Figure) -> Option<Plot> {
        Some(match figure {
            Figure::Measure(measure) => self.measure(measure),
            Figure::Own(place) => self.own(self.scene.session.own_queries(self.scene.fleet).nth(place)?),
        })
    }

    fn measure(&self, measure: Measure) -> Plot {
        let fine = self.fine();
        let named = |((version, line), mark): (&(&Version, Option<Line>), &&'static str)| {
            let role = Role::of_version(version.role);
            let values = |axis| line.as_ref().map(|line| line.values(measure, axis)).unwrap_or_default();
            let curve = plot::Curve { values: values(self.axis), fine: values(fine), mark, style: self.style(role) };
            Named { name: format!("{} {}", version.role.word(), label(version, self.rollout)), role, curve }
        };
        let curves: Vec<Named> = self.lines.iter().zip(&MARKS).map(named).collect();
        let is_empty = curves.iter().all(|named| named.curve.values.iter().all(Option::is_none));
        let bounds: Vec<&Bound> = self.rollout.analysis.limits(measure).collect();
        Plot {
            title: title(measure).to_owned(),
            unit: Unit::of(measure),
            trouble: self.trouble(measure, is_empty),
            curves,
            limits: bounds.iter().map(|bound| bound.limit).collect(),
            said_by: bounds.first().map(|bound| bound.said_by.to_string()),
            more: 0,
        }
    }

    fn own(&self, query: &OwnQuery) -> Plot {
        let answer = self.scene.session.answered(self.scene.fleet);
        let answer = answer.filter(|answer| query.promql.as_ref() == Ok(&answer.of.promql));
        let fine = self.fine();
        let named = |(place, curve): (usize, &domain::Curve)| {
            let role = COLOURS.get(place % COLOURS.len()).copied().unwrap_or(Role::Text);
            let values = |axis: Parts| axis.values(curve.points.iter().copied(), true);
            let mark = LETTERS.get(place).copied().unwrap_or("?");
            let drawn = plot::Curve { values: values(self.axis), fine: values(fine), mark, style: self.style(role) };
            let name = if curve.name.is_empty() { "value".to_owned() } else { curve.name.to_string() };
            Named { name, role, curve: drawn }
        };
        let curves: Vec<Named> = answer.iter().flat_map(|answer| &answer.curves).enumerate().map(named).collect();
        let trouble = match (&query.promql, answer) {
            (Err(why), _) => Some((Role::Warning, format!("it cannot be drawn: {why}"))),
            (Ok(_), None) => self.down().or(Some((Role::Progressing, "asked; no answer yet".to_owned()))),
            (Ok(_), Some(answer)) => match &answer.trouble {
                Some(why) => Some((Role::Critical, why.to_string())),
                None if curves.is_empty() => Some((Role::Dim, "it has no series in this stretch of time".to_owned())),
                None => None,
            },
        };
        let more = answer.map_or(0, |answer| answer.all.saturating_sub(answer.curves.len()));
        let unit = Unit::Own(query.unit.clone());
        let said_by = if let SaidBy::Object(at) = &query.said_by { Some(at.to_string()) } else { None };
        Plot { title: query.name.to_string(), unit, curves, limits: query.limits.clone(), said_by, trouble, more }
    }

    /// The axis with as many columns as lines of dots have.
    fn fine(&self) -> Parts {
        Parts { columns: plot::Curve::fine(self.axis.columns), ..self.axis }
    }

    fn style(&self, role: Role) -> ratatui::style::Style {
        let is_stale = self.gauge.and_then(Gauge::stale_since).is_some();
        self.scene.span(if is_stale { Role::Dim } else { role }, "").style
    }

    /// Why nothing of a measure is drawn.
    fn trouble(&self, measure: Measure, is_empty: bool) -> Option<(Role, String)> {
        let failed = self.gauge.and_then(|gauge| gauge.failed.iter().find(|(failed, _)| *failed == measure));
        match failed {
            Some((_, why)) => Some((Role::Warning, format!("no answer: {why}"))),
            None if is_empty => {
                Some(self.down().unwrap_or((Role::Dim, "nothing was measured in this stretch of time".to_owned())))
            }
            None => None,
        }
    }

    /// Why there are no numbers at all.
    fn down(&self) -> Option<(Role, String)> {
        match &self.gauge?.health {
            Health::Loading => Some((Role::Progressing, "loading".to_owned())),
            Health::Down { why } | Health::Denied { why } | Health::Stale { why: Some(why), .. } => {
                Some((Role::Warning, format!("no metrics: {why}")))
            }
            Health::Live | Health::Stale { why: None, .. } => None,
        }
    }
}

impl Plot {
    /// The lowest and the highest number of its axis. Measures begin at 0, so that heights can be compared; limits count where
    /// they leave the curves room.
    pub(super) fn range(&self, figure: Figure) -> (f64, f64) {
        let values = || self.curves.iter().flat_map(|named| named.curve.fine.iter().flatten().copied());
        let high = values().fold(f64::NEG_INFINITY, f64::max);
        let low = values().fold(f64::INFINITY, f64::min);
        let (low, high) = match figure {
            Figure::Measure(measure) => (0.0, high.max(chart::least(measure))),
            Figure::Own(_) if high < low => (0.0, 0.0),
            Figure::Own(_) => (low, high),
        };
        let room = high.abs().max(low.abs()) * 2.0;
        let near = self.limits.iter().map(|limit| limit.at).filter(|at| (low - room..=high + room).contains(at));
        near.fold((low, high), |(low, high), at| (low.min(at), high.max(at)))
    }

    /// The number of a curve in a column; the newest one without.
    pub(super) fn value(named: &Named, column: Option<usize>) -> Option<f64> {
        match column {
            Some(column) => named.curve.values.get(column).copied().flatten(),
            None => named.curve.values.last().copied().flatten(),
        }
    }
}

/// What a measure is called above its chart.
pub(super) const fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Rate => "requests",
        Measure::Errors => "failed",
        Measure::P50 => "p50",
        Measure::P95 => "p95",
        Measure::P99 => "p99",
    }
}

/// What a version is called: its name where workloads are versions, else its image's tag.
fn label(version: &Version, rollout: &Rollout) -> String {
    let same = rollout.versions.iter().filter(|other| other.tag() == version.tag()).count();
    let name = if version.is_workload() || same > 1 { version.at.name.as_str() } else { version.tag() };
    text::cut_middle(name, 24).into_owned()
}

/// The column of a share of the width.
pub(super) fn columns(width: u16) -> usize {
    usize::from(width).max(1).min(usize::from(num::cells(usize::MAX)))
}
