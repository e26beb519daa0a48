//! How series come and go as a Prometheus sees it: what one scrape had and the next has not is marked as ended.

use std::collections::BTreeMap;

use super::Named;
use crate::{
    domain::Moment,
    sim::prom::{SeriesId, Tsdb, stale},
};

/// Between two scrapes of a target, in seconds.
const EVERY_S: i64 = 5;

/// The series that the last scrape had, and which scrape it was.
#[derive(Clone, Debug)]
pub(super) struct Exporter<K> {
    series: BTreeMap<K, (SeriesId, Moment)>,
}

impl<K> Default for Exporter<K> {
    fn default() -> Self {
        Self { series: BTreeMap::new() }
    }
}

impl<K: Ord> Exporter<K> {
    /// Writes the samples of one scrape; `series` names those that are new.
    pub(super) fn scrape(
        &mut self,
        db: &mut Tsdb,
        at: Moment,
        samples: impl Iterator<Item = (K, f64)>,
        series: impl Fn(&mut Tsdb, &K) -> SeriesId,
    ) {
        for (key, value) in samples {
            let id = if let Some((id, seen)) = self.series.get_mut(&key) {
                *seen = at;
                *id
            } else {
                let id = series(db, &key);
                self.series.insert(key, (id, at));
                id
            };
            db.append(id, at, value);
        }
        self.series.retain(|_, (id, seen)| {
            let stays = *seen == at;
            if !stays {
                db.append(*id, at, stale());
            }
            stays
        });
    }

    /// The target is gone, and all its series with it.
    pub(super) fn end(&mut self, db: &mut Tsdb, at: Moment) {
        for (id, _) in std::mem::take(&mut self.series).into_values() {
            db.append(id, at, stale());
        }
    }
}

/// Whether a target is scraped in the second that ends now: each has its own place among the five, as in Prometheus.
pub(super) fn is_due(now: Moment, named: &Named) -> bool {
    (now.0.div_euclid(1_000) + place(named)).rem_euclid(EVERY_S) == 0
}

/// The moment of the scrape within the second that ends now.
pub(super) fn offset(now: Moment, named: &Named) -> Moment {
    now.shifted(-((place(named) / EVERY_S) % 1_000))
}

/// A place among five seconds, in milliseconds and more, by name (FNV-1a).
fn place((namespace, name): &Named) -> i64 {
    let bytes = namespace.bytes().chain([0]).chain(name.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    i64::from(hash)
}
