//! Operators between two values: numbers, a vector and a number, two vectors (one to one, or as sets).

use std::collections::BTreeMap;

use super::{
    ast::{Arithmetic, Binary, Comparison, Fault, Grouping, Operator, Set},
    eval::{Row, Value, merged},
    labels::LabelSet,
};

/// `left OPERATOR right`.
pub(super) fn binary(parts: &Binary, left: Value, right: Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            let pairs = left.iter().zip(&right);
            // Between numbers a comparison has `bool`, so that there always is a value.
            Ok(Value::Scalar(pairs.map(|(l, r)| element(parts, (*l, *r), *l).unwrap_or(f64::NAN)).collect()))
        }
        (Value::Vector(rows), Value::Scalar(numbers)) => with_numbers(parts, rows, &numbers, false),
        (Value::Scalar(numbers), Value::Vector(rows)) => with_numbers(parts, rows, &numbers, true),
        (Value::Vector(left), Value::Vector(right)) => match parts.operator {
            Operator::Set(set) => sets(set, &parts.matching, left, right).map(Value::Vector),
            Operator::Arithmetic(_) | Operator::Comparison(_) => pairs(parts, &left, right).map(Value::Vector),
        },
    }
}

/// The value of two elements; a filter keeps `kept` or nothing.
fn element(parts: &Binary, (l, r): (f64, f64), kept: f64) -> Option<f64> {
    match parts.operator {
        Operator::Arithmetic(Arithmetic::Add) => Some(l + r),
        Operator::Arithmetic(Arithmetic::Sub) => Some(l - r),
        Operator::Arithmetic(Arithmetic::Mul) => Some(l * r),
        Operator::Arithmetic(Arithmetic::Div) => Some(l / r),
        Operator::Comparison(comparison) if parts.as_bool => Some(f64::from(u8::from(holds(comparison, l, r)))),
        Operator::Comparison(comparison) => holds(comparison, l, r).then_some(kept),
        Operator::Set(_) => None,
    }
}

#[expect(clippy::float_cmp, reason = "PromQL compares exactly")]
fn holds(comparison: Comparison, l: f64, r: f64) -> bool {
    match comparison {
        Comparison::Equal => l == r,
        Comparison::NotEqual => l != r,
        Comparison::Less => l < r,
        Comparison::LessEqual => l <= r,
        Comparison::Greater => l > r,
        Comparison::GreaterEqual => l >= r,
    }
}

/// A filter keeps the name of the metric, a calculation does not.
fn named(parts: &Binary, labels: &LabelSet) -> LabelSet {
    let filters = matches!(parts.operator, Operator::Comparison(_)) && !parts.as_bool;
    if filters { labels.clone() } else { labels.nameless() }
}

fn with_numbers(parts: &Binary, rows: Vec<Row>, numbers: &[f64], number_first: bool) -> Result<Value, Fault> {
    let anew = |row: Row| {
        let point = |(point, number): (&Option<f64>, &f64)| {
            let value = (*point)?;
            let both = if number_first { (*number, value) } else { (value, *number) };
            element(parts, both, value)
        };
        let points = row.points.iter().zip(numbers).map(point).collect();
        Row { labels: named(parts, &row.labels), points }
    };
    merged(rows.into_iter().map(anew).filter(Row::lives).collect()).map(Value::Vector)
}

type Groups = BTreeMap<LabelSet, Vec<Row>>;

fn grouped(matching: &Grouping, rows: Vec<Row>) -> Groups {
    let mut groups = Groups::new();
    for row in rows {
        groups.entry(matching.of(&row.labels)).or_default().push(row);
    }
    groups
}

/// Whether any row of a group has a value, step by step.
fn presence(group: Option<&Vec<Row>>, step: usize) -> bool {
    group.into_iter().flatten().any(|row| row.points.get(step).is_some_and(Option::is_some))
}

fn sets(set: Set, matching: &Grouping, left: Vec<Row>, right: Vec<Row>) -> Result<Vec<Row>, Fault> {
    let masked = |rows: Vec<Row>, other: &Groups, wanted: bool| {
        let mask = |mut row: Row| {
            let group = other.get(&matching.of(&row.labels));
            for (step, point) in row.points.iter_mut().enumerate() {
                if presence(group, step) != wanted {
                    *point = None;
                }
            }
            row
        };
        rows.into_iter().map(mask).filter(Row::lives).collect::<Vec<Row>>()
    };
    match set {
        Set::And => Ok(masked(left, &grouped(matching, right), true)),
        Set::Unless => Ok(masked(left, &grouped(matching, right), false)),
        Set::Or => {
            let there = grouped(matching, left.clone());
            merged(left.into_iter().chain(masked(right, &there, false)).collect())
        }
    }
}

/// One to one: each element of the left with the one of the right that has the same labels.
fn pairs(parts: &Binary, left: &[Row], right: Vec<Row>) -> Result<Vec<Row>, Fault> {
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let right: BTreeMap<LabelSet, Row> = grouped(&parts.matching, right)
        .into_iter()
        .map(|(signature, group)| the_one(group, &signature).map(|row| (signature, row)))
        .collect::<Result<_, _>>()?;
    // Which elements of the right had found their match already, step by step.
    let mut matched: BTreeMap<&LabelSet, Vec<bool>> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in left {
        let Some((signature, other)) = right.get_key_value(&parts.matching.of(&row.labels)) else { continue };
        let taken = matched.entry(signature).or_insert_with(|| vec![false; row.points.len()]);
        let mut points = Vec::with_capacity(row.points.len());
        for ((l, r), taken) in row.points.iter().zip(&other.points).zip(taken) {
            let point = l.zip(*r).and_then(|(l, r)| element(parts, (l, r), l));
            if point.is_some() && *taken {
                let what =
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
                return Err(Fault::Execution(what.into()));
            }
            *taken |= point.is_some();
            points.push(point);
        }
        let labels = named(parts, &row.labels);
        let labels = match &parts.matching {
            Grouping::These(_) => parts.matching.of(&labels),
            Grouping::AllBut(names) => labels.keep(|name| !names.iter().any(|ignored| ignored == name)),
        };
        rows.push(Row { labels, points });
    }
    rows.retain(Row::lives);
    merged(rows)
}

/// The elements of one side with the same signature, as one: there may not be two at a time.
fn the_one(group: Vec<Row>, signature: &LabelSet) -> Result<Row, Fault> {
    let mut group = group.into_iter();
    let mut one = group.next().unwrap_or_else(|| Row { labels: LabelSet::default(), points: Vec::new() });
    for other in group {
        for (there, point) in one.points.iter_mut().zip(&other.points) {
            if there.is_some() && point.is_some() {
                return Err(Fault::Execution(format!(
                    "found duplicate series for the match group {signature} on the right hand-side of the operation: [{}, \
                     {}];many-to-many matching not allowed: matching labels must be unique on one side",
                    other.labels, one.labels
                )));
            }
            *there = there.or(*point);
        }
    }
    Ok(one)
}
