//! Counters and histograms that only grow, and how they are told to Prometheus (text format 0.0.4).

use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The upper borders of the buckets in seconds. Between 5 ms and 2.5 s none is wider than 5 %, so that a difference of 5 % moves
/// a quantile by a bucket.
pub(crate) fn borders() -> Vec<f64> {
    let mut all = vec![0.001, 0.002, 0.003, 0.004];
    let mut edge = 0.005_f64;
    while edge < 2.5 {
        // Four digits, so that they read well and are the same number for everybody.
        let unit = 10_f64.powf(3.0 - edge.log10().floor());
        all.push((edge * unit).round() / unit);
        edge *= 1.0475;
    }
    all.extend([2.5, 5.0, 10.0]);
    all
}

/// A histogram of times.
pub(crate) struct Histogram {
    /// The upper border in seconds, and how many fell into this bucket alone.
    buckets: Vec<(f64, AtomicU64)>,
    beyond: AtomicU64,
    /// The sum, in microseconds.
    micros: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = borders().into_iter().map(|edge| (edge, AtomicU64::new(0))).collect();
        Self { buckets, beyond: AtomicU64::new(0), micros: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one.
    pub(crate) fn observe(&self, took: Duration) {
        let at = self.buckets.partition_point(|(edge, _)| *edge < took.as_secs_f64());
        self.buckets.get(at).map_or(&self.beyond, |(_, count)| count).fetch_add(1, Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Its lines; `labels` as `name="value",…`, or empty.
    pub(crate) fn tell(&self, out: &mut String, name: &str, labels: &str) {
        let comma = if labels.is_empty() { "" } else { "," };
        let mut sum = 0;
        for (edge, count) in &self.buckets {
            sum += count.load(Relaxed);
            let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"{edge}\"}} {sum}");
        }
        sum += self.beyond.load(Relaxed);
        let _ = writeln!(out, "{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {sum}");
        let seconds = Duration::from_micros(self.micros.load(Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_sum{{{labels}}} {seconds}\n{name}_count{{{labels}}} {sum}");
    }
}

/// The two lines before a metric's samples.
pub(crate) fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
