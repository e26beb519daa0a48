//! One task per source: it asks for the newest numbers once per interval while somebody looks, fetches the history of a
//! deck once, and waits longer and longer while nobody answers.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use futures::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    time::{Interval, MissedTickBehavior, interval, sleep},
};

use super::{
    Clock, Scope, Settings, Wish,
    answer::Series,
    door::{Door, Question, Range, Trouble},
    query::{About as Asked, Book},
};
use crate::{
    domain::{About, Link, Measure, Measured, Moment, Name, Past, Sampled, Samples, Text, num},
    store::Fact,
};

/// No wait between two tries is longer, but one that is asked for.
const LONGEST: Duration = Duration::from_mins(2);
/// An operator who goes from deck to deck wants no history of those in between.
const SETTLED: Duration = Duration::from_millis(300);

/// A source is never asked more often, however fast its time passes.
const OFTEN: Duration = Duration::from_millis(500);

/// The facts have nowhere to go: the program ends.
struct Gone;

/// The task.
pub(super) struct Poller {
    scope: Scope,
    door: Door,
    book: Book,
    /// How often the source has something new, in its time.
    every: Duration,
    /// How much faster than ours its time passes.
    pace: f64,
    facts: mpsc::Sender<Fact>,
    clock: Clock,
    wishes: watch::Receiver<Wish>,
    /// How far the source's clock is ahead of ours, as its newest answer has it.
    ahead_ms: i64,
    /// The history that is there.
    filled: Option<Past>,
    /// The window of the newest numbers.
    window: Option<Duration>,
    failures: u32,
}

impl Poller {
    pub(super) fn new(
        settings: &Settings,
        (scope, door): (Scope, Door),
        (facts, clock): (mpsc::Sender<Fact>, Clock),
        wishes: watch::Receiver<Wish>,
    ) -> Self {
        let book = Book::of(&settings.queries);
        let every = settings.every.0;
        let pace = wishes.borrow().pace;
        let (filled, window) = (None, None);
        Self { scope, door, book, every, pace, facts, clock, wishes, ahead_ms: 0, filled, window, failures: 0 }
    }

    /// Polls until nobody listens any more.
    pub(super) async fn run(mut self) {
        let mut turns = self.turns();
        if self.say(Link::Connecting).await.is_ok() {
            while self.turn(&mut turns).await.is_ok() {}
        }
    }

    /// When to ask for the newest numbers, beginning at once.
    fn turns(&self) -> Interval {
        let mut turns = interval(self.every.div_f64(self.pace).max(OFTEN));
        // However late a turn was, the next one comes a whole interval after it.
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        turns
    }

    /// How often there is something new, in the source's time, for one who asks as often as this does.
    fn told_every(&self) -> Duration {
        self.every.max(OFTEN.mul_f64(self.pace))
    }

    /// Waits for something to do, and does it.
    async fn turn(&mut self, turns: &mut Interval) -> Result<(), Gone> {
        let wish = self.wishes.borrow_and_update().clone();
        if !wish.looked {
            // What nobody looks at meanwhile is missing from the line.
            self.filled = None;
            return self.wishes.changed().await.map_err(|_| Gone);
        }
        if self.pace.to_bits() != wish.pace.to_bits() {
            self.pace = wish.pace;
            *turns = self.turns();
        }
        if self.window.is_some_and(|window| window != wish.window) {
            turns.reset_immediately();
        }
        tokio::select! {
            biased;
            _ = turns.tick() => self.now(&wish).await,
            past = settled(wish.past.clone()), if self.window.is_some() && self.filled != wish.past => {
                let Some(past) = past else {
                    self.filled = None;
                    return Ok(());
                };
                self.past(past).await
            }
            changed = self.wishes.changed() => changed.map_err(|_| Gone),
        }
    }

    /// Asks for the newest numbers of all versions in the scope.
    async fn now(&mut self, wish: &Wish) -> Result<(), Gone> {
        let asked = Asked { namespaces: &self.scope.namespaces, sets: &[], window: wish.window };
        let (answers, failed) = match self.ask(self.book.queries(asked), None).await {
            Ok(answers) => answers,
            Err(trouble) => return self.wait_after(trouble).await,
        };
        let at = self.time_of(&answers);
        self.ahead_ms = at.0.saturating_sub((self.clock)().0);
        self.failures = 0;
        self.window = Some(wish.window);
        let cluster = self.scope.cluster.clone();
        let of = gathered(&answers, |_| at);
        let samples = Samples { cluster, window: wish.window, about: About::Now(at), of, failed };
        self.send(Fact::Samples(Box::new(samples))).await?;
        self.say(Link::Live).await
    }

    /// Asks for the history of a deck.
    async fn past(&mut self, past: Past) -> Result<(), Gone> {
        let to = (self.clock)().shifted(self.ahead_ms);
        let from = to.shifted(-num::millis(past.span.length()));
        let range = Range { from, to, step: past.span.step(self.told_every()) };
        let namespaces = std::slice::from_ref(&past.namespace);
        let asked = Asked { namespaces, sets: &past.sets, window: past.window };
        let (answers, failed) = match self.ask(self.book.queries(asked), Some(range)).await {
            Ok(answers) => answers,
            Err(trouble) => return self.wait_after(trouble).await,
        };
        self.filled = Some(past.clone());
        let (cluster, window) = (self.scope.cluster.clone(), past.window);
        let of = gathered(&answers, |at| at);
        let samples = Samples { cluster, window, about: About::Past { past, from, to }, of, failed };
        self.send(Fact::Samples(Box::new(samples))).await
    }

    /// Asks all queries of a poll. The first one goes alone: where nobody answers, one request is enough to know.
    async fn ask(
        &self,
        queries: Vec<(Measure, String)>,
        range: Option<Range>,
    ) -> Result<(Answers, Vec<(Measure, Text)>), Trouble> {
        let door = &self.door;
        let mut queries = queries
            .into_iter()
            .map(|(measure, query)| async move { (measure, door.ask(&Question { query, range }).await) });
        let mut answers = Vec::new();
        if let Some(first) = queries.next() {
            answers.push(first.await);
        }
        if !answers.iter().any(|(_, answer)| answer.as_ref().is_err_and(|trouble| trouble.whole)) {
            answers.extend(join_all(queries).await);
        }
        let (mut good, mut failed): (Answers, Vec<(Measure, Trouble)>) = (Vec::new(), Vec::new());
        for (measure, answer) in answers {
            match answer {
                Ok(series) => good.push((measure, series)),
                Err(trouble) => failed.push((measure, trouble)),
            }
        }
        let worst = failed.iter().position(|(_, trouble)| trouble.whole || good.is_empty());
        if let Some((_, trouble)) = worst.map(|worst| failed.swap_remove(worst)) {
            return Err(trouble);
        }
        Ok((good, failed.into_iter().map(|(measure, trouble)| (measure, trouble.why)).collect()))
    }

    /// What time the source has: that of its answer, else ours as far as they agreed before.
    fn time_of(&self, answers: &Answers) -> Moment {
        let series = answers.iter().flat_map(|(_, series)| series);
        let newest = series.filter_map(|series| series.points.last()).map(|(at, _)| *at).max();
        newest.unwrap_or_else(|| (self.clock)().shifted(self.ahead_ms))
    }

    /// Says why there is nothing, and leaves the source alone for a while. What was missed meanwhile is fetched again.
    async fn wait_after(&mut self, trouble: Trouble) -> Result<(), Gone> {
        self.filled = None;
        let wait = self.every.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(cluster = %self.scope.cluster, why = %trouble.why, "no metrics");
        self.say(Link::Retrying { why: trouble.why }).await?;
        sleep(trouble.retry_after.unwrap_or_default().max(wait)).await;
        Ok(())
    }

    async fn say(&self, link: Link) -> Result<(), Gone> {
        let (cluster, place) = (self.scope.cluster.clone(), Text::clean(&self.door.to_string()));
        self.send(Fact::Gauge { cluster, place, every: self.told_every(), link }).await
    }

    async fn send(&self, fact: Fact) -> Result<(), Gone> {
        self.facts.send(fact).await.map_err(|_| Gone)
    }
}

/// The answers of a poll.
type Answers = Vec<(Measure, Vec<Series>)>;

/// A wish that has been the same for a moment.
async fn settled(past: Option<Past>) -> Option<Past> {
    if past.is_some() {
        sleep(SETTLED).await;
    }
    past
}

/// The answers by version and moment. `when` says for which moment a point counts.
fn gathered(answers: &Answers, when: impl Fn(Moment) -> Moment) -> Vec<Sampled> {
    let mut by_version: HashMap<(&Name, &Name), BTreeMap<Moment, Measured>> = HashMap::new();
    for (measure, series) in answers {
        for series in series {
            let points = by_version.entry((&series.namespace, &series.set)).or_default();
            for (at, value) in &series.points {
                let at = when(*at);
                points.entry(at).or_insert(Measured { at, ..Measured::default() }).set(*measure, *value);
            }
        }
    }
    let sampled = |((namespace, set), points): ((&Name, &Name), BTreeMap<Moment, Measured>)| Sampled {
        namespace: namespace.clone(),
        set: set.clone(),
        points: points.into_values().collect(),
    };
    let mut all: Vec<Sampled> = by_version.into_iter().map(sampled).collect();
    all.sort_unstable_by(|a, b| (&a.namespace, &a.set).cmp(&(&b.namespace, &b.set)));
    all
}
