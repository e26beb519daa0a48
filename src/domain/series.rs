//! What is measured of a version: its newest numbers, and the line that they leave over time. Asking for them is not done
//! here, and neither is judging them.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Health, Moment, Name, Ref, Text, num};

/// Older points are forgotten.
const KEPT: Duration = Duration::from_hours(3);
/// More points than this are never kept, however often a source is asked: three hours of one each five seconds.
const POINTS: usize = 2_160;
/// A line over a span is asked for in about so many points: more than any pane has columns.
const PER_SPAN: u32 = 180;
/// A source that has said nothing for two of its intervals and this is stale.
const GRACE: Duration = Duration::from_secs(10);

/// What is measured of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Requests per second.
    Rate,
    /// The share of requests that failed, 0 to 1.
    Errors,
    /// Half of the requests took no longer, seconds.
    P50,
    /// 95 % of the requests took no longer, seconds.
    P95,
    /// 99 % of the requests took no longer, seconds.
    P99,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rate, Self::Errors, Self::P50, Self::P95, Self::P99];

    /// The word, as the configuration writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Errors => "errors",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }
}

/// The numbers of a version at one moment. What is unknown is None: no series, NaN, or a query that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// For when they hold.
    pub at: Moment,
    /// Requests per second.
    pub rate: Option<f64>,
    /// The share of requests that failed, 0 to 1.
    pub errors: Option<f64>,
    /// The median, seconds.
    pub p50: Option<f64>,
    /// The 95th percentile, seconds.
    pub p95: Option<f64>,
    /// The 99th percentile, seconds.
    pub p99: Option<f64>,
}

impl Measured {
    /// One of them.
    pub const fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Rate => self.rate,
            Measure::Errors => self.errors,
            Measure::P50 => self.p50,
            Measure::P95 => self.p95,
            Measure::P99 => self.p99,
        }
    }

    /// Notes one of them.
    pub const fn set(&mut self, measure: Measure, value: Option<f64>) {
        match measure {
            Measure::Rate => self.rate = value,
            Measure::Errors => self.errors = value,
            Measure::P50 => self.p50 = value,
            Measure::P95 => self.p95 = value,
            Measure::P99 => self.p99 = value,
        }
    }

    /// Whether requests were seen.
    pub fn has_traffic(&self) -> bool {
        self.rate.is_some_and(|rate| rate > 0.0)
    }
}

/// A stretch of time that charts show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Five minutes.
    Minutes5,
    /// A quarter of an hour.
    #[default]
    Minutes15,
    /// An hour.
    Hour,
    /// Three hours.
    Hours3,
}

impl Span {
    /// All, shortest first.
    pub const ALL: [Self; 4] = [Self::Minutes5, Self::Minutes15, Self::Hour, Self::Hours3];

    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Minutes5 => Duration::from_mins(5),
            Self::Minutes15 => Duration::from_mins(15),
            Self::Hour => Duration::from_hours(1),
            Self::Hours3 => Duration::from_hours(3),
        }
    }

    /// The next longer one, or the next shorter one.
    pub fn beside(self, longer: bool) -> Option<Self> {
        let here = Self::ALL.iter().position(|span| *span == self)?;
        let next = if longer { Some(here + 1) } else { here.checked_sub(1) };
        next.and_then(|next| Self::ALL.get(next)).copied()
    }

    /// The time between two points of a line over it: whole intervals of the source, so that each has a sample.
    pub fn step(self, every: Duration) -> Duration {
        let every = every.max(Duration::from_secs(1));
        let wanted = self.length() / PER_SPAN;
        every.saturating_mul(num::times_in(wanted, every).max(1))
    }
}

/// A version's numbers over time, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(VecDeque<Point>);

/// [`Measured`] in a third of the memory. NaN stands for None.
#[derive(Clone, Copy, Debug)]
struct Point {
    at: Moment,
    values: [f32; 5],
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.values.map(f32::to_bits) == other.values.map(f32::to_bits)
    }
}

impl From<&Measured> for Point {
    fn from(measured: &Measured) -> Self {
        let value = |measure| measured.get(measure).map_or(f32::NAN, num::single);
        Self { at: measured.at, values: Measure::ALL.map(value) }
    }
}

impl Point {
    fn get(&self, measure: Measure) -> Option<f64> {
        let index = Measure::ALL.iter().position(|m| *m == measure)?;
        self.values.get(index).filter(|value| value.is_finite()).map(|value| f64::from(*value))
    }
}

impl Line {
    /// Adds the newest numbers. What is not newer than the last ones is ignored; what is too old is forgotten.
    pub fn push(&mut self, measured: &Measured) {
        if self.0.back().is_none_or(|last| last.at < measured.at) {
            self.0.push_back(measured.into());
        }
        self.trim();
    }

    /// Replaces all between two moments, both included, by these points, oldest first.
    pub fn fill(&mut self, (from, to): (Moment, Moment), points: &[Measured]) {
        let held = std::mem::take(&mut self.0);
        let (before, rest): (Vec<Point>, Vec<Point>) = held.into_iter().partition(|point| point.at < from);
        let within = points.iter().filter(|point| (from..=to).contains(&point.at)).map(Point::from);
        self.0 = before.into_iter().chain(within).chain(rest.into_iter().filter(|point| point.at > to)).collect();
        self.trim();
    }

    fn trim(&mut self) {
        let Some(newest) = self.0.back().map(|last| last.at) else { return };
        while self.0.len() > POINTS || self.0.front().is_some_and(|first| newest.since(first.at) > KEPT) {
            self.0.pop_front();
        }
    }

    /// Whether nothing of it is of any use: all is too old, or there is no number in it.
    pub fn is_over(&self, now: Moment) -> bool {
        let is_number = |point: &Point| point.values.iter().any(|value| value.is_finite());
        let fresh = |point: &&Point| now.since(point.at) <= KEPT;
        !self.0.iter().filter(fresh).any(is_number)
    }

    /// When it was measured last.
    pub fn newest(&self) -> Option<Moment> {
        self.0.back().map(|point| point.at)
    }

    /// One measure over the span that ends at `end`, in `columns` equal parts: the mean of a rate, the worst of anything
    /// else. A part without a point shows the point before it, as long as that is no older than `hold`; else None.
    pub fn columns(
        &self,
        measure: Measure,
        (end, span): (Moment, Span),
        columns: usize,
        hold: Duration,
    ) -> Vec<Option<f64>> {
        let start = end.shifted(-num::millis(span.length()));
        let mut parts: Vec<Part> = vec![Part::default(); columns];
        for point in self.0.iter().filter(|point| point.at > start.shifted(-num::millis(hold)) && point.at <= end) {
            let part = num::part_of(point.at.0.saturating_sub(start.0), num::millis(span.length()), columns);
            // What was before the span is only held.
            match part.and_then(|part| parts.get_mut(part)) {
                Some(part) => part.add(point.at, point.get(measure)),
                None => parts.iter_mut().take(1).for_each(|first| first.held = Some((point.at, point.get(measure)))),
            }
        }
        let mut last: Option<(Moment, Option<f64>)> = None;
        let mut shown = Vec::with_capacity(columns);
        for (index, part) in parts.iter().enumerate() {
            last = part.held.or(last);
            let ends = start.shifted(num::share_of(num::millis(span.length()), index + 1, columns));
            let fresh =
                held.filter(|(at, _)| ends.since(*at) <= hold.saturating_add(span.length() / num::count_u32(columns)));
            shown.push(if part.count > 0 { part.value(measure) } else { fresh.and_then(|(_, value)| value) });
        }
        shown
    }
}

/// The points of one part of a span.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    sum: f64,
    most: f64,
    count: usize,
    /// The last one, for the parts after it.
    held: Option<(Moment, Option<f64>)>,
}

impl Part {
    fn add(&mut self, at: Moment, value: Option<f64>) {
        self.held = Some((at, value));
        if let Some(value) = value {
            self.sum += value;
            self.most = if self.count == 0 { value } else { self.most.max(value) };
            self.count += 1;
        }
    }

    fn value(&self, measure: Measure) -> Option<f64> {
        let mean = || self.sum / num::exact(self.count);
        (self.count > 0).then(|| if measure == Measure::Rate { mean() } else { self.most })
    }
}

/// The metrics of all clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gauges {
    /// Where they come from and how that is, by cluster; empty when none are configured.
    pub sources: Vec<Gauge>,
    lines: HashMap<(Name, Name, Name), Line>,
}

/// A source of metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// The context whose versions it measures.
    pub cluster: Name,
    /// Its address, as sentences name it.
    pub place: Text,
    /// How it is. `Live` is an answer within two intervals and ten seconds.
    pub health: Health,
    /// How often it has something new.
    pub every: Duration,
    /// Over how long a rate is taken, in the newest answer.
    pub window: Option<Duration>,
    /// Queries of the newest answer that failed, and why.
    pub failed: Vec<(Measure, Text)>,
    /// The history that was asked for last, and has been answered.
    pub past: Option<Past>,
}

impl Gauge {
    /// When an answer of that age is stale.
    pub fn fresh_within(every: Duration) -> Duration {
        every.saturating_mul(2).saturating_add(GRACE)
    }

    /// Since when it is silent; None while it is not, or if it never spoke.
    pub fn stale_since(&self) -> Option<Moment> {
        if let Health::Stale { since, .. } = self.health { Some(since) } else { None }
    }

    /// Whether a measure is unknown because its query failed.
    pub fn failed(&self, measure: Measure) -> bool {
        self.failed.iter().any(|(failed, _)| *failed == measure)
    }
}

impl Gauges {
    /// The source of a cluster; None when none is configured.
    pub fn source(&self, cluster: &Name) -> Option<&Gauge> {
        self.sources.iter().find(|gauge| gauge.cluster == *cluster)
    }

    /// The line of a version, by its ReplicaSet or workload.
    pub fn line(&self, of: &Ref) -> Option<&Line> {
        self.lines.get(&key(of))
    }

    /// The same, to be added to.
    pub fn line_mut(&mut self, of: &Ref) -> &mut Line {
        self.lines.entry(key(of)).or_default()
    }

    /// Forgets the lines that do not pass.
    pub fn retain(&mut self, keep: impl Fn(&Name, &Line) -> bool) {
        self.lines.retain(|(cluster, ..), line| keep(cluster, line));
    }
}

fn key(of: &Ref) -> (Name, Name, Name) {
    (of.cluster.clone(), of.namespace.clone(), of.name.clone())
}

/// The history that a deck shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The namespace of its versions.
    pub namespace: Name,
    /// Their ReplicaSets or workloads.
    pub sets: Vec<Name>,
    /// How far back.
    pub span: Span,
    /// Over how long a rate is taken.
    pub window: Duration,
}

/// What a source answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The context.
    pub cluster: Name,
    /// Over how long a rate was taken.
    pub window: Duration,
    /// For when.
    pub about: About,
    /// The versions that have series.
    pub of: Vec<Sampled>,
    /// Queries that failed, and why.
    pub failed: Vec<(Measure, Text)>,
}

/// For when samples hold. Moments are the source's own: its clock may differ from the cluster's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum About {
    /// The moment of asking.
    Now(Moment),
    /// All between two moments.
    Past {
        /// What was asked.
        past: Past,
        /// From.
        from: Moment,
        /// To.
        to: Moment,
    },
}

/// The samples of one version, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The namespace.
    pub namespace: Name,
    /// The ReplicaSet or workload that its pods are named after.
    pub set: Name,
    /// What was measured.
    pub points: Vec<Measured>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_secs(15);

    fn at(secs: i64) -> Moment {
        Moment::from_secs(secs)
    }

    fn point(secs: i64, rate: f64) -> Measured {
        Measured { at: at(secs), rate: Some(rate), p95: Some(rate), ..Measured::default() }
    }

    fn line(points: &[(i64, f64)]) -> Line {
        let mut line = Line::default();
        points.iter().for_each(|(secs, rate)| line.push(&point(*secs, *rate)));
        line
    }

    #[test]
    fn a_line_is_short_however_long_it_is_added_to() {
        let mut line = line(&[]);
        (0..20_000).for_each(|n| line.push(&point(n * 15, 1.0)));
        assert_eq!(line.0.len(), 721, "three hours, both ends included");
        (300_000..320_000).for_each(|n| line.push(&point(n, 1.0)));
        assert_eq!(line.0.len(), POINTS);
        line.push(&point(1, 1.0));
        assert_eq!(line.newest(), Some(at(319_999)), "what is older than the newest is ignored");
    }

    #[test]
    fn history_replaces_what_was_known_of_its_time_and_nothing_else() {
        let mut line = line(&[(0, 1.0), (15, 1.0), (30, 1.0), (45, 1.0)]);
        line.fill((at(10), at(30)), &[point(10, 7.0), point(20, 7.0), point(99, 7.0)]);
        let times: Vec<i64> = line.0.iter().map(|point| point.at.0 / 1_000).collect();
        assert_eq!(times, [0, 10, 20, 45]);
    }

    #[test]
    fn columns_hold_a_sample_until_the_next_one_and_show_gaps() {
        let line = line(&[(600, 1.0), (630, 2.0), (640, 4.0), (655, 6.0), (840, 8.0), (900, 16.0)]);
        // Ten columns of thirty seconds.
        let shown = |measure| line.columns(measure, (at(900), Span::Minutes5), 10, STEP * 2);
        assert_eq!(
            shown(Measure::Rate),
            [Some(2.0), Some(5.0), Some(6.0), None, None, None, None, Some(8.0), Some(8.0), Some(16.0)]
        );
        assert_eq!(shown(Measure::P95)[1], Some(6.0), "the worst of a quantile");
        assert_eq!(shown(Measure::Errors), [None; 10]);
    }

    #[test]
    fn no_number_is_a_gap_and_is_not_held_over() {
        let mut line = line(&[(600, 1.0)]);
        line.push(&Measured { at: at(615), ..Measured::default() });
        let shown = line.columns(Measure::Rate, (at(660), Span::Minutes5), 20, STEP * 2);
        assert_eq!(&shown[14..], [None, Some(1.0), None, None, None, None]);
    }

    #[test]
    fn spans_are_asked_in_whole_intervals() {
        assert_eq!(Span::Minutes5.step(STEP), STEP);
        assert_eq!(Span::Hour.step(STEP), STEP * 2);
        assert_eq!(Span::Hours3.step(STEP), STEP * 4);
        assert_eq!(Span::Hours3.step(Duration::from_mins(2)), Duration::from_mins(2));
        assert_eq!((Span::Hour.beside(true), Span::Minutes5.beside(false)), (Some(Span::Hours3), None));
    }
}
