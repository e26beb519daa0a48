//! Writes what an exporter would have been scraped for, from a known truth: counters and histograms that grow as the requests
//! come, begin again when a process restarts, and miss scrapes.

use rolldeck::{domain::Moment, sim::prom::Tsdb};

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
    /// Two scrapes are missing, so many seconds ago.
    Gap(i64),
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
                Life::Gap(since) if (since..since + 2 * EVERY).contains(&ago) => continue,
                Life::Steady | Life::Restarted(_) | Life::Gap(_) => LENGTH - ago,
            };
            let counted = f64::from(i32::try_from(counted).unwrap());
            self.db.append(id, Moment::from_secs(self.now - ago), counted * rate);
        }
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
