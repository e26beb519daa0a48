//! How series come and go as a Prometheus sees it: what one scrape had and the next has not is marked as ended.

use crate::{
    domain::Moment,
    sim::prom::{SeriesId, Tsdb, stale},
};

/// Between two scrapes of a target, in seconds.
pub(super) const EVERY_S: i64 = 2;

/// The series that the last scrape had, in the order of what they count.
#[derive(Clone, Debug)]
pub(super) struct Exporter<K> {
    series: Vec<(K, SeriesId)>,
}

impl<K> Default for Exporter<K> {
    fn default() -> Self {
        Self { series: Vec::new() }
    }
}

impl<K: Ord> Exporter<K> {
    /// Writes the samples of one scrape, which come in the order of their keys; `series` names those that are new.
    pub(super) fn scrape(
        &mut self,
        db: &mut Tsdb,
        at: Moment,
        samples: impl Iterator<Item = (K, f64)>,
        series: impl Fn(&mut Tsdb, &K) -> SeriesId,
    ) {
        let mut known = std::mem::take(&mut self.series).into_iter().peekable();
        for (key, value) in samples {
            while let Some((_, gone)) = known.next_if(|(known, _)| *known < key) {
                db.append(gone, at, stale());
            }
            let id = known.next_if(|(known, _)| *known == key).map_or_else(|| series(db, &key), |(_, id)| id);
            db.append(id, at, value);
            self.series.push((key, id));
        }
        for (_, gone) in known {
            db.append(gone, at, stale());
        }
    }

    /// The target is gone, and all its series with it.
    pub(super) fn end(&mut self, db: &mut Tsdb, at: Moment) {
        for (_, id) in std::mem::take(&mut self.series) {
            db.append(id, at, stale());
        }
    }
}

/// When a target is scraped: each has its own place within the interval, by its name, as in Prometheus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn(i64);

impl Turn {
    /// That of a target (FNV-1a of its name).
    pub(super) fn of(namespace: &str, name: &str) -> Self {
        let bytes = namespace.bytes().chain([0]).chain(name.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self(i64::from(hash))
    }

    /// The moment of the scrape within the second that ends now; None when it is not the target's turn.
    pub(super) fn at(self, now: Moment) -> Option<Moment> {
        let is_due = (now.0.div_euclid(1_000) + self.0).rem_euclid(EVERY_S) == 0;
        is_due.then(|| now.shifted(-((self.0 / EVERY_S) % 1_000)))
    }
}
