//! Evaluation: an expression over a grid of times, all times at once, row by row. The rules are those of Prometheus 2.42:
//! an instant selector looks back five minutes, a range includes both its ends, a mark of an end is no sample.

use std::collections::BTreeMap;

use super::{
    ast::{Expr, Fault, Function, Is, Selector},
    binary, fold, functions,
    labels::LabelSet,
    rate::{self, Window},
    tsdb::{Tsdb, is_stale},
};
use crate::domain::num;

/// How far an instant selector looks back, in milliseconds.
const LOOKBACK_MS: i64 = 300_000;

/// More points than this in one part of a query are refused, so that a careless query cannot take the memory.
const POINTS: usize = 10_000_000;

/// The times of a query: the first, the distance, how many. An instant query has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) start: i64,
    pub(super) step: i64,
    pub(super) count: usize,
}

impl Grid {
    pub(super) fn times(self) -> impl Iterator<Item = i64> {
        (0..i64::try_from(self.count).unwrap_or(0)).map(move |n| self.start + n * self.step)
    }

    fn end(self) -> i64 {
        self.times().last().unwrap_or(self.start)
    }
}

/// The values of one series over the grid; None where it has none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) labels: LabelSet,
    pub(super) points: Vec<Option<f64>>,
}

/// What an expression is worth.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Vec<f64>),
    Vector(Vec<Row>),
}

/// Evaluates one query.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) db: &'a Tsdb,
    pub(super) grid: Grid,
}

impl Evaluator<'_> {
    pub(super) fn value(&self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.is {
            Is::Number(n) => Ok(Value::Scalar(vec![*n; self.grid.count])),
            Is::Text(_) | Is::Range(..) => {
                Err(Fault::Execution(format!("invalid expression type {:?}", expr.kind().to_string())))
            }
            Is::Instant(selector) => self.instant(selector).map(Value::Vector),
            Is::Call(function, arguments) => self.call(*function, arguments).map(Value::Vector),
            Is::Fold { fold, grouping, parameter, of } => {
                let parameter = parameter.as_ref().map(|expr| self.scalar(expr)).transpose()?;
                fold::fold(*fold, grouping, parameter, self.vector(of)?, self.grid.count).map(Value::Vector)
            }
            Is::Binary(parts) => binary::binary(parts, self.value(&parts.left)?, self.value(&parts.right)?),
            Is::Negative(of) => match self.value(of)? {
                Value::Scalar(values) => Ok(Value::Scalar(values.iter().map(|value| -value).collect())),
                Value::Vector(rows) => nameless(rows, |value| -value).map(Value::Vector),
            },
        }
    }

    fn vector(&self, expr: &Expr) -> Result<Vec<Row>, Fault> {
        match self.value(expr)? {
            Value::Vector(rows) => Ok(rows),
            Value::Scalar(_) => Err(Fault::Execution("expected an instant vector, got a scalar".into())),
        }
    }

    fn scalar(&self, expr: &Expr) -> Result<Vec<f64>, Fault> {
        match self.value(expr)? {
            Value::Scalar(values) => Ok(values),
            Value::Vector(_) => Err(Fault::Execution("expected a scalar, got an instant vector".into())),
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Result<Vec<Row>, Fault> {
        match (function, arguments) {
            (Function::Rate, [of]) => self.over(of, |window| rate::extrapolated(window, true)),
            (Function::Increase, [of]) => self.over(of, |window| rate::extrapolated(window, false)),
            (Function::Irate, [of]) => self.over(of, rate::of_last_two),
            (Function::HistogramQuantile, [quantile, of]) => {
                functions::histogram_quantile(&self.scalar(quantile)?, &self.vector(of)?)
            }
            (Function::ClampMin, [of, bound]) => functions::clamp(self.vector(of)?, &self.scalar(bound)?, true),
            (Function::ClampMax, [of, bound]) => functions::clamp(self.vector(of)?, &self.scalar(bound)?, false),
            (Function::LabelReplace, [of, words @ ..]) => {
                let words: Vec<&str> = words.iter().filter_map(text).collect();
                functions::label_replace(self.vector(of)?, &words)
            }
            (Function::Vector, [of]) => {
                let points = self.scalar(of)?.into_iter().map(Some).collect();
                Ok(vec![Row { labels: LabelSet::default(), points }])
            }
            // The parser has counted the arguments.
            _ => Err(Fault::Execution("a function was called with arguments that it does not take".into())),
        }
    }

    fn instant(&self, selector: &Selector) -> Result<Vec<Row>, Fault> {
        let (grid, offset) = (self.grid, selector.offset);
        let found = self.db.select(&selector.matchers);
        affordable(found.len(), grid.count)?;
        let (from, to) = (grid.start - offset - LOOKBACK_MS, grid.end() - offset);
        let row = |series: &&super::tsdb::Series| {
            let samples = series.samples(from, to);
            let mut seen = samples.iter().peekable();
            let mut last = None;
            let at = |time: i64| {
                while let Some(sample) = seen.next_if(|(at, _)| *at <= time - offset) {
                    last = Some(*sample);
                }
                last.filter(|(at, value)| *at >= time - offset - LOOKBACK_MS && !is_stale(*value))
                    .map(|(_, value)| value)
            };
            Row { labels: series.labels().clone(), points: grid.times().map(at).collect() }
        };
        Ok(found.iter().map(row).filter(Row::lives).collect())
    }

    /// A function over the samples of a range at each time.
    fn over(&self, expr: &Expr, function: impl Fn(Window<'_>) -> Option<f64>) -> Result<Vec<Row>, Fault> {
        let Is::Range(selector, range) = &expr.is else {
            return Err(Fault::Execution("expected a range vector".into()));
        };
        let (grid, offset) = (self.grid, selector.offset);
        let found = self.db.select(&selector.matchers);
        affordable(found.len(), grid.count)?;
        let mut rows = Vec::with_capacity(found.len());
        for series in found {
            let mut samples = series.samples(grid.start - offset - range, grid.end() - offset);
            samples.retain(|(_, value)| !is_stale(*value));
            let (mut low, mut high) = (0, 0);
            let points = grid.times().map(|time| {
                let (start, end) = (time - offset - range, time - offset);
                low += reach(&samples, low, |at| at < start);
                high += reach(&samples, high, |at| at <= end);
                function(Window { samples: samples.get(low..high).unwrap_or_default(), start, end })
            });
            rows.push(Row { labels: series.labels().nameless(), points: points.collect() });
        }
        rows.retain(Row::lives);
        merged(rows)
    }
}

/// How many samples from one on satisfy a condition on their time.
fn reach(samples: &[(i64, f64)], from: usize, before: impl Fn(i64) -> bool) -> usize {
    samples.iter().skip(from).take_while(|(at, _)| before(*at)).count()
}

fn text(expr: &Expr) -> Option<&str> {
    if let Is::Text(text) = &expr.is { Some(text) } else { None }
}

fn affordable(rows: usize, steps: usize) -> Result<(), Fault> {
    if rows.saturating_mul(steps) <= POINTS {
        return Ok(());
    }
    Err(Fault::Execution("query processing would load too many samples into memory in query execution".into()))
}

impl Row {
    /// Whether there is a value anywhere.
    pub(super) fn lives(&self) -> bool {
        self.points.iter().any(Option::is_some)
    }
}

/// Each value calculated anew, which takes the name of the metric away.
pub(super) fn nameless(rows: Vec<Row>, by: impl Fn(f64) -> f64) -> Result<Vec<Row>, Fault> {
    let anew = |row: Row| Row {
        labels: row.labels.nameless(),
        points: row.points.into_iter().map(|point| point.map(&by)).collect(),
    };
    merged(rows.into_iter().map(anew).collect())
}

/// Rows of the same labels become one, if they have no values at the same time.
pub(super) fn merged(rows: Vec<Row>) -> Result<Vec<Row>, Fault> {
    let mut by_labels: BTreeMap<LabelSet, Vec<Option<f64>>> = BTreeMap::new();
    for Row { labels, points } in rows {
        let Some(there) = by_labels.get_mut(&labels) else {
            by_labels.insert(labels, points);
            continue;
        };
        for (there, point) in there.iter_mut().zip(points) {
            if there.is_some() && point.is_some() {
                return Err(Fault::Execution("vector cannot contain metrics with the same labelset".into()));
            }
            *there = there.or(point);
        }
    }
    Ok(by_labels.into_iter().map(|(labels, points)| Row { labels, points }).collect())
}

/// How many, as a value.
pub(super) fn count(n: usize) -> f64 {
    num::count_f64(n)
}
