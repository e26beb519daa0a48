//! What is counted of each pod, block by block, for those who compare versions: increases over stretches of time whose ends
//! are whole multiples of their length, so that all versions share them. Nothing is compared here.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;

use super::{
    answer::Series,
    door::{Door, Question, Range, Trouble},
    query::{About, Book, Counting},
};
use crate::domain::{Block, Bucket, CountedOf, Moment, Name, Past, Tally, num};

/// No block is shorter: fewer requests than that say little.
const SHORTEST: Duration = Duration::from_secs(10);
/// How far back counting begins.
const BACK: Duration = Duration::from_mins(30);
/// A stretch of time is so many intervals of a source at least. With both its ends that is three samples: an increase needs
/// two, and one may be missed.
const INTERVALS: u32 = 2;

/// How far the counting for a deck is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    namespace: Name,
    sets: Vec<Name>,
    length: Duration,
    /// The end of the last block; None before the first one.
    upto: Option<Moment>,
}

/// Blocks that were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl Course {
    /// Nothing counted yet, for what a deck shows.
    pub(super) fn of(past: &Past, every: Duration) -> Self {
        let length = Duration::from_secs(every.saturating_mul(INTERVALS).max(SHORTEST).as_secs());
        Self { namespace: past.namespace.clone(), sets: past.sets.clone(), length, upto: None }
    }

    /// Whether it is for that deck: a longer axis or another window are nothing to it.
    pub(super) fn is_for(&self, past: &Past) -> bool {
        self.namespace == past.namespace && self.sets == past.sets
    }

    /// Whether nothing was counted yet.
    pub(super) fn is_first(&self) -> bool {
        self.upto.is_none()
    }

    /// When the next block can be asked for: samples of its end come one interval later.
    pub(super) fn due(&self, every: Duration) -> Option<Moment> {
        self.upto.map(|upto| upto.plus(self.length).plus(every))
    }

    /// The blocks that can be asked for now; None while there is none.
    pub(super) fn next(&self, now: Moment, every: Duration) -> Option<Span> {
        let block = num::millis(self.length).max(1);
        let whole = |at: Moment| Moment(at.0.div_euclid(block) * block);
        let to = whole(now.shifted(-num::millis(every)));
        let from = self.upto.unwrap_or_else(|| whole(to.shifted(-num::millis(BACK)))).plus(self.length);
        (from <= to).then_some(Span { from, to })
    }

    /// All up to there is counted, or lost.
    pub(super) fn counted(&mut self, upto: Moment) {
        self.upto = Some(upto);
    }

    /// Asks: requests and failures of all pods of the namespace, and the durations of the deck's own. Nothing is counted where
    /// pods are not told apart.
    ///
    /// An increase over exactly one block would miss what came between the last sample of the block before and the first of
    /// this one, and make up for it by extrapolating. So it is taken over one interval more, which holds that sample too:
    /// then blocks share the samples between them, and their part of the extrapolated increase is what was counted.
    pub(super) async fn ask(
        &self,
        door: &Door,
        book: Option<&Book>,
        (span, every): (Span, Duration),
    ) -> Result<Vec<CountedOf>, Trouble> {
        let counting = book.and_then(|book| Some((book, book.counting.as_ref()?)));
        let Some((book, counting)) = counting else { return Ok(Vec::new()) };
        let range = Some(Range { from: span.from, to: span.to, step: self.length });
        let namespaces = std::slice::from_ref(&self.namespace);
        let all = About { namespaces, sets: &[], window: self.length.saturating_add(every) };
        let own = About { sets: &self.sets, ..all };
        let question = |query: String| Question { query, range, has_namespace: book.has_namespace };
        let Counting { requests, failed, buckets, .. } = counting;
        let mut queries =
            vec![question(super::query::filled(requests, all)), question(super::query::filled(failed, all))];
        queries.extend(buckets.as_ref().map(|buckets| question(super::query::filled(buckets, own))));
        let mut answers = join_all(queries.iter().map(|query| door.ask(query))).await.into_iter();
        let (Some(requests), Some(failed)) = (answers.next(), answers.next()) else { return Ok(Vec::new()) };
        // A version whose durations cannot be read is still compared by its failures.
        let buckets = answers.next().and_then(Result::ok).unwrap_or_default();
        let part = self.length.div_duration_f64(all.window);
        let scale = Scale { counts: part, seconds: counting.unit.seconds() };
        Ok(gathered([&requests?, &failed?, &buckets], scale, self.length))
    }
}

/// What answers are in.
#[derive(Clone, Copy)]
struct Scale {
    /// The part of an answer that belongs to the block.
    counts: f64,
    /// Seconds that one of a bucket's bound is.
    seconds: f64,
}

/// The blocks of each version, oldest first.
fn gathered([requests, failed, buckets]: [&[Series]; 3], scale: Scale, length: Duration) -> Vec<CountedOf> {
    let mut counted: HashMap<(&Name, &Name), BTreeMap<Moment, Counts<'_>>> = HashMap::new();
    let all = requests.iter().map(Kind::Requests).chain(failed.iter().map(Kind::Failed));
    for of in all.chain(buckets.iter().map(Kind::Bucket)) {
        let series = of.series();
        let blocks = counted.entry((&series.namespace, &series.set)).or_default();
        for (at, value) in &series.points {
            blocks.entry(*at).or_default().note(&of, value.unwrap_or(0.0) * scale.counts);
        }
    }
    let of = |((namespace, set), blocks): ((&Name, &Name), BTreeMap<Moment, Counts<'_>>)| CountedOf {
        namespace: namespace.clone(),
        set: set.clone(),
        blocks: blocks.into_iter().map(|(at, counts)| Arc::new(counts.block(at, length, scale.seconds))).collect(),
    };
    counted.into_iter().map(of).collect()
}

/// What a series counts.
enum Kind<'s> {
    Requests(&'s Series),
    Failed(&'s Series),
    Bucket(&'s Series),
}

impl<'s> Kind<'s> {
    fn series(&self) -> &'s Series {
        match self {
            Self::Requests(series) | Self::Failed(series) | Self::Bucket(series) => series,
        }
    }
}

/// What was counted of a version in one block.
#[derive(Default)]
struct Counts<'s> {
    pods: BTreeMap<&'s str, (f64, f64)>,
    /// Cumulative, by upper bound.
    buckets: Vec<(f64, f64)>,
}

impl<'s> Counts<'s> {
    fn note(&mut self, of: &Kind<'s>, value: f64) {
        let pod = of.series().pod.as_deref().unwrap_or_default();
        match of {
            Kind::Requests(_) => self.pods.entry(pod).or_default().0 += value,
            Kind::Failed(_) => self.pods.entry(pod).or_default().1 += value,
            Kind::Bucket(series) => self.buckets.extend(series.le.map(|le| (le, value))),
        }
    }

    /// The block that ends then. Bounds are in the unit of the source, so many seconds each.
    fn block(mut self, at: Moment, length: Duration, seconds: f64) -> Block {
        self.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        let bucket = |(bound, upto): (f64, f64)| {
            let count = (upto - below).max(0.0);
            below = upto.max(below);
            Bucket { below: bound * seconds, count }
        };
        let tally = |(pod, (requests, failed)): (&str, (f64, f64))| Tally {
            pod: Name::from(pod),
            requests,
            failed: failed.min(requests),
            seconds: None,
        };
        let pods = self.pods.into_iter().filter(|(_, (requests, _))| *requests > 0.0).map(tally).collect();
        Block { at, length, pods, buckets: self.buckets.into_iter().map(bucket).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(pod: Option<&str>, le: Option<f64>, points: &[(i64, f64)]) -> Series {
        Series {
            namespace: "shop".into(),
            set: "web-1".into(),
            pod: pod.map(Name::from),
            le,
            points: points.iter().map(|(at, value)| (Moment::from_secs(*at), Some(*value))).collect(),
        }
    }

    #[test]
    fn blocks_hold_what_each_pod_answered_and_buckets_that_do_not_add_up() {
        let requests = [series(Some("a"), None, &[(10, 112.5), (20, 0.0)]), series(Some("b"), None, &[(10, 12.5)])];
        let failed = [series(Some("b"), None, &[(10, 2.5)])];
        let buckets = [series(None, Some(f64::INFINITY), &[(10, 125.0)]), series(None, Some(50.0), &[(10, 75.0)])];
        let scale = Scale { counts: 0.8, seconds: 0.001 };
        let [of] = <[CountedOf; 1]>::try_from(gathered([&requests, &failed, &buckets], scale, SHORTEST)).unwrap();
        let first = &of.blocks[0];
        assert_eq!((first.requests(), first.failed()), (100.0, 2.0));
        let counted: Vec<(f64, f64)> = first.buckets.iter().map(|bucket| (bucket.below, bucket.count)).collect();
        assert_eq!(counted, [(0.05, 60.0), (f64::INFINITY, 40.0)]);
        assert_eq!(of.blocks[1].pods, [], "no requests, no tally");
    }

    #[test]
    fn blocks_end_at_multiples_of_their_length_and_wait_for_their_samples() {
        let past = Past {
            namespace: "shop".into(),
            sets: vec!["web-1".into()],
            services: Vec::new(),
            span: crate::domain::Span::Hour,
            window: Duration::from_mins(1),
            until: None,
        };
        let every = Duration::from_secs(10);
        let mut course = Course::of(&past, every);
        assert_eq!(course.length, Duration::from_secs(20));
        let now = Moment::from_secs(10_004);
        let to = Moment::from_secs(9_980);
        let first = course.next(now, every).unwrap();
        assert_eq!((first.from, first.to), (Moment::from_secs(9_980 - 1_800 + 20), to));
        course.counted(to);
        assert_eq!(course.next(now, every), None);
        assert_eq!(course.due(every), Some(Moment::from_secs(10_010)));
        let next = course.next(Moment::from_secs(10_010), every).unwrap();
        assert_eq!((next.from, next.to), (Moment::from_secs(10_000), Moment::from_secs(10_000)));
    }
}
