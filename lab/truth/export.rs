//! Writes what an exporter would have been scraped for, from a known truth: counters and histograms that grow as the requests
//! come, begin again when a process restarts, and miss scrapes.

use rolldeck::{domain::Moment, sim::prom::Tsdb};

use crate::remote::{self, Histogram, Span, TimeSeries};

/// Between two scrapes, and how long all of it is, in seconds.
const EVERY: i64 = 5;
const LENGTH: i64 = 300;

/// What happens to a version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    /// Requests per second.
    pub(crate) rate: f64,
    /// The share that fails.
    pub(crate) failed: f64,
    /// Seconds that a request takes in the mean; the distribution is exponential.
    pub(crate) mean: f64,
}

impl Truth {
    /// The time that this share of requests takes at most.
    pub(crate) fn quantile(self, share: f64) -> f64 {
        -self.mean * (1.0 - share).ln()
    }

    /// The share of requests that take at most so long.
    fn below(self, seconds: f64) -> f64 {
        1.0 - (-seconds / self.mean).exp()
    }
}

/// When a process is scraped, and when it started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Life {
    #[default]
    Steady,
    /// It restarts, so many seconds ago: its counters begin again.
    Restarted(i64),
    /// So many scrapes are missing, up to so many seconds ago.
    Gap(i64, i64),
    /// It was scraped for the last time so many seconds ago.
    Until(i64),
}

/// The names that a pack's series have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) requests: &'static str,
    /// None where there is no histogram.
    pub(crate) buckets: Option<&'static str>,
    /// Bounds in the unit of the metric, and how many of it are a second.
    pub(crate) bounds: &'static [f64],
    pub(crate) per_second: f64,
    /// The label of how requests ended, and its values for good and failed ones.
    pub(crate) status: (&'static str, &'static str, &'static str),
    /// Whether buckets have that label too.
    pub(crate) in_buckets: bool,
}

/// The store that is filled, and the moment that all of it ends.
pub(crate) struct Export {
    pub(crate) db: Tsdb,
    pub(crate) now: i64,
    /// Series of native histograms.
    pub(crate) natives: Vec<TimeSeries>,
}

/// A label.
pub(crate) type Label<'a> = (&'a str, &'a str);

impl Export {
    /// What one process says of its part of the requests.
    pub(crate) fn serve(&mut self, names: Names, labels: &[Label<'_>], truth: Truth, life: Life) {
        let (status, good, bad) = names.status;
        for (value, share) in [(good, 1.0 - truth.failed), (bad, truth.failed)] {
            if share > 0.0 {
                let with = [labels, &[(status, value)]].concat();
                self.count(names.requests, &with, truth.rate * share, life);
                if names.in_buckets {
                    self.buckets(names, &with, Truth { rate: truth.rate * share, ..truth }, life);
                }
            }
        }
        if !names.in_buckets {
            self.buckets(names, labels, truth, life);
        }
    }

    /// A counter that grows so much a second.
    pub(crate) fn count(&mut self, metric: &str, labels: &[Label<'_>], rate: f64, life: Life) {
        let id = self.db.series(metric, labels);
        for ago in (0..=LENGTH / EVERY).rev().map(|scrape| scrape * EVERY) {
            let counted = match life {
                Life::Restarted(since) if ago < since => since - ago,
                Life::Gap(since, scrapes) if (since..since + scrapes * EVERY).contains(&ago) => continue,
                Life::Until(last) if ago < last => continue,
                Life::Steady | Life::Restarted(_) | Life::Gap(..) | Life::Until(_) => LENGTH - ago,
            };
            let counted = f64::from(i32::try_from(counted).unwrap());
            self.db.append(id, Moment::from_secs(self.now - ago), counted * rate);
        }
    }

    /// A native histogram in which all requests take 40 ms.
    pub(crate) fn native(&mut self, metric: &str, labels: &[Label<'_>], rate: f64) {
        let scrapes = (0..LENGTH / EVERY).rev().map(|scrape| scrape * EVERY);
        let at = |ago: i64| {
            let counted = rate * f64::from(i32::try_from(LENGTH - ago).unwrap());
            of_one_value(counted.round() as u64, 0.04, (self.now - ago) * 1_000)
        };
        let mut labels = [&[("__name__", metric)], labels].concat();
        labels.sort_unstable();
        let label = |(name, value): Label<'_>| remote::Label { name: name.into(), value: value.into() };
        let labels = labels.into_iter().map(label).collect();
        self.natives.push(TimeSeries { labels, samples: Vec::new(), histograms: scrapes.map(at).collect() });
    }

    fn buckets(&mut self, names: Names, labels: &[Label<'_>], truth: Truth, life: Life) {
        let Some(metric) = names.buckets else { return };
        for bound in names.bounds {
            let below = truth.below(bound / names.per_second);
            self.count(metric, &[labels, &[("le", &bound.to_string())]].concat(), truth.rate * below, life);
        }
        self.count(metric, &[labels, &[("le", "+Inf")]].concat(), truth.rate, life);
    }
}

/// So many requests that took that long each, until then (in milliseconds). In the schema 0 the bucket `i` ends at 2 to the `i`.
fn of_one_value(count: u64, seconds: f64, timestamp: i64) -> Histogram {
    let spans = vec![Span { offset: seconds.log2().ceil() as i32, length: 1 }];
    let deltas = vec![i64::try_from(count).unwrap()];
    Histogram { count, sum: count as f64 * seconds, schema: 0, zero_threshold: 1e-128, spans, deltas, timestamp }
}
