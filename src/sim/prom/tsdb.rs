//! The store of samples. It keeps the last four hours and never more than [`BOUND`] bytes of samples, and it never reads a
//! clock: the newest sample says what time it is. It does not scrape and does not calculate.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    chunk::{Chunk, Sample},
    labels::{LabelSet, Matcher, NAME},
};
use crate::domain::Moment;

/// How long samples are kept, in milliseconds: the longest chart is three hours, the longest window a quarter.
const KEEP_MS: i64 = 4 * 3_600_000;

/// How often old samples are looked for, in milliseconds.
const PRUNE_MS: i64 = 300_000;

/// Samples take no more memory than this; beyond it the oldest go before their time.
pub const BOUND: usize = 256 << 20;

/// The NaN that says "this series has ended" (Prometheus `value.StaleNaN`).
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The value that ends a series until its next sample.
pub fn stale() -> f64 {
    f64::from_bits(STALE)
}

/// Whether a value is the mark of an ended series, and not any other NaN.
pub(crate) fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE
}

/// Names a series of one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SeriesId(usize);

/// A series and its samples.
#[derive(Clone, Debug, Default)]
pub struct Series {
    labels: LabelSet,
    chunks: Vec<Chunk>,
}

impl Series {
    /// What identifies it.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The samples from one time to another, both included, in milliseconds since the epoch, oldest first; marks of an end
    /// are among them.
    pub fn samples(&self, from: i64, to: i64) -> Vec<Sample> {
        let mut all = Vec::new();
        for chunk in self.chunks.iter().filter(|chunk| chunk.last().0 >= from && chunk.first().0 <= to) {
            chunk.read(|sample| {
                if sample.0 >= from && sample.0 <= to {
                    all.push(sample);
                }
            });
        }
        all
    }

    /// Whether there is a sample between two times, to the length of a chunk.
    pub(super) fn lives(&self, from: i64, to: i64) -> bool {
        self.chunks.iter().any(|chunk| chunk.last().0 >= from && chunk.first().0 <= to)
    }

    fn last(&self) -> Option<i64> {
        self.chunks.last().map(|chunk| chunk.last().0)
    }

    fn push(&mut self, sample: Sample) {
        match self.chunks.last_mut() {
            Some(chunk) if !chunk.is_full() => chunk.push(sample),
            full => {
                if let Some(chunk) = full {
                    chunk.seal();
                }
                self.chunks.push(Chunk::new(sample));
            }
        }
    }
}

/// The store.
#[derive(Clone, Debug, Default)]
pub struct Tsdb {
    /// By id. An id is never given twice, so the place of a series that was dropped stays empty.
    series: Vec<Option<Box<Series>>>,
    by_labels: BTreeMap<LabelSet, SeriesId>,
    by_name: BTreeMap<Arc<str>, BTreeSet<SeriesId>>,
    words: BTreeSet<Arc<str>>,
    newest: i64,
    pruned: i64,
}

impl Tsdb {
    /// The series of a metric with these labels; makes it when it is not there.
    pub fn series(&mut self, name: &str, labels: &[(&str, &str)]) -> SeriesId {
        let mut all = vec![(self.word(NAME), self.word(name))];
        for (label, value) in labels {
            all.push((self.word(label), self.word(value)));
        }
        let labels = LabelSet::new(all);
        if let Some(id) = self.by_labels.get(&labels) {
            return *id;
        }
        let id = SeriesId(self.series.len());
        let name = self.word(name);
        self.by_name.entry(name).or_default().insert(id);
        self.by_labels.insert(labels.clone(), id);
        self.series.push(Some(Box::new(Series { labels, chunks: Vec::new() })));
        id
    }

    /// Adds a sample. One that is not newer than the last of its series is refused, as Prometheus refuses it; so is one for
    /// a series that was dropped.
    pub fn append(&mut self, id: SeriesId, at: Moment, value: f64) -> bool {
        let series = self.series.get_mut(id.0).and_then(Option::as_deref_mut);
        let Some(series) = series.filter(|series| series.last().is_none_or(|last| last < at.0)) else {
            return false;
        };
        series.push((at.0, value));
        self.newest = self.newest.max(at.0);
        if self.newest - self.pruned >= PRUNE_MS {
            self.pruned = self.newest;
            self.prune();
        }
        true
    }

    /// The series that satisfy all conditions, in the order of their labels.
    pub fn select(&self, matchers: &[Matcher]) -> Vec<&Series> {
        let name = matchers.iter().find(|matcher| matcher.name() == NAME).and_then(Matcher::exactly);
        let wanted = |series: &&Series| matchers.iter().all(|m| m.matches(series.labels.get(m.name())));
        let mut found: Vec<&Series> = match name {
            Some(name) => {
                let ids = self.by_name.get(name).into_iter().flatten();
                ids.filter_map(|id| self.series.get(id.0)?.as_deref()).filter(wanted).collect()
            }
            None => self.all().filter(wanted).collect(),
        };
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        found
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.by_labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_labels.is_empty()
    }

    /// Memory that the samples take, in bytes.
    pub fn size(&self) -> usize {
        self.all().flat_map(|series| &series.chunks).map(Chunk::size).sum()
    }

    fn all(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().filter_map(Option::as_deref)
    }

    fn word(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.words.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(word);
        self.words.insert(Arc::clone(&new));
        new
    }

    fn prune(&mut self) {
        let mut keep = KEEP_MS;
        self.drop_before(self.newest - keep);
        while self.size() > BOUND && keep > PRUNE_MS {
            keep -= PRUNE_MS;
            self.drop_before(self.newest - keep);
        }
    }

    fn drop_before(&mut self, at: i64) {
        let Self { series, by_labels, by_name, words, .. } = self;
        for (place, slot) in series.iter_mut().enumerate() {
            let Some(held) = slot else { continue };
            held.chunks.retain(|chunk| chunk.last().0 >= at);
            if held.chunks.is_empty() {
                by_labels.remove(&held.labels);
                by_name.entry(Arc::from(held.labels.get(NAME))).or_default().remove(&SeriesId(place));
                *slot = None;
            }
        }
        by_name.retain(|_, ids| !ids.is_empty());
        words.retain(|word| Arc::strong_count(word) > 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Moment {
        Moment::from_secs(secs)
    }

    #[test]
    fn four_hours_are_kept_and_what_is_gone_leaves_nothing() {
        let mut db = Tsdb::default();
        let (gone, here) = (db.series("up", &[("pod", "gone")]), db.series("up", &[("pod", "here")]));
        assert!(db.append(gone, at(0), 1.0));
        for n in 0..(6 * 720) {
            db.append(here, at(n * 5), 1.0);
        }
        assert_eq!(db.len(), 1);
        let samples = db.select(&[]).first().unwrap().samples(0, i64::MAX);
        assert!((2_880..2_880 + 180).contains(&samples.len()), "{}", samples.len());
        assert!(!db.words.contains("gone"));
        assert!(!db.append(gone, at(99_999), 1.0));
    }

    #[test]
    fn what_is_not_newer_is_refused() {
        let mut db = Tsdb::default();
        let id = db.series("up", &[]);
        assert!(db.append(id, at(5), 1.0));
        assert!(!db.append(id, at(5), 2.0));
        assert!(db.append(id, at(6), 2.0));
        assert_eq!(db.series("up", &[]), id);
    }

    #[test]
    fn only_one_nan_is_the_mark_of_an_end() {
        assert!(is_stale(stale()));
        assert!(!is_stale(f64::NAN));
    }
}
