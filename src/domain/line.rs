//! The numbers of a version over time, as a bounded line, and the columns of a chart that it comes to. Drawing is not done here.

use std::{collections::VecDeque, time::Duration};

use super::{Measure, Measured, Moment, Span, num};

/// Older points are forgotten.
const KEPT: Duration = Duration::from_hours(3);
/// More points than this are never kept, however often a source is asked: three hours of one each five seconds.
const POINTS: usize = 2_160;

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
    fn measured(&self) -> Measured {
        let mut measured = Measured { at: self.at, ..Measured::default() };
        for measure in Measure::ALL {
            measured.set(measure, self.get(measure));
        }
        measured
    }

    fn get(&self, measure: Measure) -> Option<f64> {
        let index = Measure::ALL.iter().position(|m| *m == measure)?;
        self.values.get(index).filter(|value| value.is_finite()).map(|value| f64::from(*value))
    }
}

/// A stretch of time in equal parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// When it ends.
    pub end: Moment,
    /// How long it is.
    pub length: Duration,
    /// How many parts.
    pub columns: usize,
    /// How long a point stands for what comes after it.
    pub hold: Duration,
}

impl Parts {
    /// When it begins.
    pub fn start(&self) -> Moment {
        self.end.shifted(-num::millis(self.length))
    }

    /// Which part a moment is in.
    pub fn part(&self, at: Moment) -> Option<usize> {
        num::part_of(at.0.saturating_sub(self.start().0), num::millis(self.length), self.columns)
    }

    /// The end of a part, the first one being 0.
    pub fn end_of(&self, part: usize) -> Moment {
        self.start().shifted(num::share_of(num::millis(self.length), part + 1, self.columns))
    }

    /// Points in these parts, oldest first: their mean, or the largest of each part. A part without a point shows the point
    /// before it, as long as that is no older than `hold`; else None.
    pub fn values(&self, points: impl Iterator<Item = (Moment, Option<f64>)>, is_mean: bool) -> Vec<Option<f64>> {
        let earliest = self.start().shifted(-num::millis(self.hold));
        let mut parts: Vec<Part> = vec![Part::default(); self.columns];
        for (at, value) in points.filter(|(at, _)| *at > earliest && *at <= self.end) {
            // What was before the span is only held.
            match self.part(at).and_then(|part| parts.get_mut(part)) {
                Some(part) => part.add(at, value),
                None => parts.iter_mut().take(1).for_each(|first| first.held = Some((at, value))),
            }
        }
        let hold = self.hold.saturating_add(self.length / num::count_u32(self.columns));
        let mut last: Option<(Moment, Option<f64>)> = None;
        let mut shown = Vec::with_capacity(self.columns);
        for (index, part) in parts.iter().enumerate() {
            last = part.held.or(last);
            let fresh = last.filter(|(at, _)| self.end_of(index).since(*at) <= hold);
            shown.push(if part.count > 0 { part.value(is_mean) } else { fresh.and_then(|(_, value)| value) });
        }
        shown
    }
}

impl Line {
    /// A line of these points, oldest first, however old they are.
    pub fn of<'m>(points: impl IntoIterator<Item = &'m Measured>) -> Self {
        Self(points.into_iter().map(Point::from).take(POINTS).collect())
    }

    /// This line with what another one has outside these two moments.
    #[must_use]
    pub fn with(&self, (from, to): (Moment, Moment), other: &Self) -> Self {
        let outside = |side: fn(Moment, Moment) -> bool, edge: Moment| {
            other.0.iter().filter(move |point| side(point.at, edge)).copied()
        };
        let before = outside(|at, edge| at < edge, from);
        Self(before.chain(self.0.iter().copied()).chain(outside(|at, edge| at > edge, to)).collect())
    }

    /// The points between two moments, both included.
    pub fn between(&self, from: Moment, to: Moment) -> impl Iterator<Item = Measured> + '_ {
        self.0.iter().filter(move |point| (from..=to).contains(&point.at)).map(Point::measured)
    }

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
        self.values(measure, Parts { end, length: span.length(), columns, hold })
    }

    /// The same over any stretch of time.
    pub fn values(&self, measure: Measure, over: Parts) -> Vec<Option<f64>> {
        over.values(self.0.iter().map(|point| (point.at, point.get(measure))), measure == Measure::Rate)
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

    fn value(&self, is_mean: bool) -> Option<f64> {
        (self.count > 0).then(|| if is_mean { self.sum / num::count_f64(self.count) } else { self.most })
    }
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
        for (secs, rate) in points {
            line.push(&point(*secs, *rate));
        }
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
    fn a_line_that_was_fetched_goes_on_as_the_one_that_is_kept() {
        let far = Line::of(&[point(100, 1.0), point(200, 2.0)]);
        let both = far.with((at(100), at(200)), &line(&[(50, 5.0), (150, 6.0), (250, 7.0)]));
        let rates: Vec<Option<f64>> = both.between(at(0), at(300)).map(|point| point.rate).collect();
        assert_eq!(rates, [Some(5.0), Some(1.0), Some(2.0), Some(7.0)]);
    }
}
