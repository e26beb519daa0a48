//! The functions over instant vectors: quantiles of histograms, bounds, labels made of labels.

use std::collections::BTreeMap;

use regex::Regex;

use super::{
    ast::Fault,
    eval::{Row, merged, nameless},
    labels::LabelSet,
};

/// The quantile of each histogram among the rows, as `funcHistogramQuantile` of Prometheus 2.42.
pub(super) fn histogram_quantile(quantiles: &[f64], rows: &[Row]) -> Result<Vec<Row>, Fault> {
    let mut histograms: BTreeMap<LabelSet, Vec<(f64, &Row)>> = BTreeMap::new();
    for row in rows {
        // A series without a bound that is a number is no bucket.
        if let Ok(bound) = row.labels.get("le").parse::<f64>() {
            histograms.entry(row.labels.keep(|name| name != "le")).or_default().push((bound, row));
        }
    }
    let answer = |(labels, mut buckets): (LabelSet, Vec<(f64, &Row)>)| {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |(step, quantile): (usize, &f64)| {
            let here = |(bound, row): &(f64, &Row)| Some((*bound, row.points.get(step).copied().flatten()?));
            let counts: Vec<(f64, f64)> = buckets.iter().filter_map(here).collect();
            (!counts.is_empty()).then(|| of_buckets(*quantile, &counts))
        };
        Row { labels: labels.nameless(), points: quantiles.iter().enumerate().map(at).collect() }
    };
    merged(histograms.into_iter().map(answer).collect())
}

/// `bucketQuantile`: the buckets are sorted by their upper bounds and cumulative.
fn of_buckets(quantile: f64, buckets: &[(f64, f64)]) -> f64 {
    if quantile.is_nan() {
        return f64::NAN;
    }
    if !(0.0..=1.0).contains(&quantile) {
        return if quantile < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let buckets = monotonic(buckets);
    let [finite @ .., (bound, observations)] = buckets.as_slice() else { return f64::NAN };
    let Some((largest, _)) = finite.last().filter(|_| *bound == f64::INFINITY && *observations != 0.0) else {
        return f64::NAN;
    };
    let rank = quantile * observations;
    // The first that holds the rank; a count that is not a number holds none.
    let place = finite.partition_point(|(_, count)| !matches!(count.partial_cmp(&rank), Some(o) if o.is_ge()));
    let Some((end, count)) = finite.get(place) else { return *largest };
    let before = place.checked_sub(1).and_then(|before| finite.get(before));
    match before {
        None if *end <= 0.0 => *end,
        None => end * (rank / count),
        Some((start, below)) => start + (end - start) * ((rank - below) / (count - below)),
    }
}

/// Buckets of the same bound become one, and a count never falls below one before it.
fn monotonic(buckets: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut all: Vec<(f64, f64)> = Vec::with_capacity(buckets.len());
    for (bound, count) in buckets {
        match all.last_mut() {
            Some((last, sum)) if last.total_cmp(bound).is_eq() => *sum += count,
            _ => all.push((*bound, *count)),
        }
    }
    let mut most = all.first().map_or(0.0, |(_, count)| *count);
    for (_, count) in &mut all {
        if *count > most {
            most = *count;
        } else if *count < most {
            *count = most;
        }
    }
    all
}

/// `clamp_min` (from below) or `clamp_max`; NaN stays NaN, and a bound of NaN makes everything NaN.
pub(super) fn clamp(rows: Vec<Row>, bounds: &[f64], below: bool) -> Result<Vec<Row>, Fault> {
    let clamped = |value: f64, bound: f64| match () {
        () if value.is_nan() || bound.is_nan() => f64::NAN,
        () if below => value.max(bound),
        () => value.min(bound),
    };
    let anew = |mut row: Row| {
        for (point, bound) in row.points.iter_mut().zip(bounds) {
            *point = point.map(|value| clamped(value, *bound));
        }
        row
    };
    nameless(rows.into_iter().map(anew).collect(), |value| value)
}

/// `label_replace(v, destination, replacement, source, regex)`; the name of the metric stays.
pub(super) fn label_replace(rows: Vec<Row>, words: &[&str]) -> Result<Vec<Row>, Fault> {
    let [destination, replacement, source, pattern] = words else {
        return Err(Fault::Execution("label_replace() takes four strings".into()));
    };
    let regex = Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| Fault::Execution(format!("invalid regular expression in label_replace(): {pattern}")))?;
    let start = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !destination.starts_with(start) || !destination.chars().all(|c| start(c) || c.is_ascii_digit()) {
        return Err(Fault::Execution(format!("invalid destination label name in label_replace(): {destination}")));
    }
    let anew = |row: Row| {
        let Some(found) = regex.captures(row.labels.get(source)) else { return row };
        let mut value = String::new();
        found.expand(replacement, &mut value);
        Row { labels: row.labels.with(destination, &value), points: row.points }
    };
    merged(rows.into_iter().map(anew).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn same(got: f64, wanted: f64) {
        assert!(
            got.to_bits() == wanted.to_bits() || (got.is_nan() && wanted.is_nan()) || (got - wanted).abs() < 1e-12,
            "{got} is not {wanted}"
        );
    }

    #[test]
    fn quantiles_are_interpolated_within_a_bucket() {
        let buckets = [(0.1, 50.0), (0.2, 90.0), (0.5, 100.0), (INF, 100.0)];
        same(of_buckets(0.5, &buckets), 0.1);
        same(of_buckets(0.25, &buckets), 0.05);
        same(of_buckets(0.7, &buckets), 0.15);
        same(of_buckets(0.95, &buckets), 0.35);
        same(of_buckets(0.0, &buckets), 0.0);
        same(of_buckets(1.0, &buckets), 0.5);
    }

    #[test]
    fn the_edges_are_those_of_prometheus() {
        same(of_buckets(0.99, &[(0.1, 50.0), (INF, 100.0)]), 0.1); // in the last bucket: its lower bound
        same(of_buckets(0.5, &[(0.1, 50.0), (0.2, 100.0)]), f64::NAN); // without +Inf
        same(of_buckets(0.5, &[(INF, 100.0)]), f64::NAN); // one bucket only
        same(of_buckets(0.5, &[(0.1, 0.0), (INF, 0.0)]), f64::NAN); // no observations
        same(of_buckets(0.5, &[(0.1, f64::NAN), (INF, f64::NAN)]), 0.1);
        same(of_buckets(-0.1, &[(0.1, 1.0), (INF, 1.0)]), f64::NEG_INFINITY);
        same(of_buckets(1.1, &[(0.1, 1.0), (INF, 1.0)]), INF);
        same(of_buckets(f64::NAN, &[(0.1, 1.0), (INF, 1.0)]), f64::NAN);
        same(of_buckets(0.5, &[(-1.0, 10.0), (INF, 10.0)]), -1.0); // bounds below zero are not interpolated from
        same(of_buckets(0.5, &[(0.1, 60.0), (0.2, 50.0), (INF, 100.0)]), 0.1 * 50.0 / 60.0); // made monotonic
    }
}
