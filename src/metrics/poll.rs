//! One task per source: it asks for the newest numbers once per interval while somebody looks, fetches the history of a
//! deck once, and waits longer and longer while nobody answers.

mod long;

use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    time::{Interval, MissedTickBehavior, interval, sleep},
};

use super::{
    Clock, Scope, Settings, Wish,
    answers::{Answers, gathered, sorted},
    burn::Rounds,
    choice::{Choices, Chosen},
    count::Course,
    curves,
    door::{Door, Question, Range, Trouble},
    query::{About as Asked, Book},
    settle::Settling,
};
use crate::{
    domain::{About, Counted, CurveAsk, Curves, Link, Measure, Moment, Name, Past, Samples, Span, Text, num},
    store::Fact,
};

/// No wait between two tries is longer, but one that is asked for.
const LONGEST: Duration = Duration::from_mins(2);
/// Which series there are is found out again so often: soon as long as there are none, and rarely then.
const PROBED: Duration = Duration::from_mins(10);
const PROBED_SOON: Duration = Duration::from_mins(1);
/// So many failures one after the other, about two minutes, and a source that was found is looked for anew.
const GIVEN_UP: u32 = 4;

/// Nobody is left alone for longer, whatever he asks for.
const LEFT_ALONE: Duration = Duration::from_mins(15);
/// A source is never asked more often, however fast its time passes.
const OFTEN: Duration = Duration::from_millis(500);

/// The facts have nowhere to go and the program ends, or the source is given up.
struct Gone;

/// The task.
pub(super) struct Poller {
    scope: Scope,
    door: Door,
    choices: Choices,
    chosen: Chosen,
    /// The pack that was wanted when it was chosen.
    wanted: Option<Name>,
    /// Polls until it is found out again which series there are.
    probed_in: u32,
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
    /// How far what its pods answered is counted.
    course: Option<Course>,
    /// The long windows that are asked about.
    rounds: Rounds,
    /// When the query that is not ours is asked.
    curves: curves::Turns,
    settling: Settling,
    /// The window of the newest numbers.
    window: Option<Duration>,
    /// Whether the newest numbers are all that there are, and not only a board's.
    is_whole: bool,
    failures: u32,
    gives_up: bool,
}

impl Poller {
    pub(super) fn new(
        settings: &Settings,
        (scope, door): (Scope, Door),
        (facts, clock): (mpsc::Sender<Fact>, Clock),
        wishes: watch::Receiver<Wish>,
    ) -> Self {
        let every = settings.every.0;
        let pace = wishes.borrow().pace;
        Self {
            scope,
            door,
            choices: Choices::of(settings),
            chosen: Chosen::default(),
            wanted: None,
            probed_in: 0,
            every,
            pace,
            facts,
            clock,
            wishes,
            ahead_ms: 0,
            filled: None,
            course: None,
            rounds: Rounds::of(&settings.budgets),
            curves: curves::Turns::default(),
            settling: Settling::default(),
            window: None,
            is_whole: false,
            failures: 0,
            gives_up: false,
        }
    }

    /// The same, which ends when nobody has answered for long.
    pub(super) fn giving_up(self) -> Self {
        Self { gives_up: true, ..self }
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
            (self.filled, self.course) = (None, None);
            return self.wishes.changed().await.map_err(|_| Gone);
        }
        if self.pace.to_bits() != wish.pace.to_bits() {
            self.pace = wish.pace;
            *turns = self.turns();
        }
        let is_short = !wish.brief && !self.is_whole;
        if self.window.is_some_and(|window| window != wish.window || self.wanted != wish.pack || is_short) {
            turns.reset_immediately();
        }
        let (counted_in, burnt_in) = (self.counted_in(&wish), self.burnt_in());
        let is_past_due = self.window.is_some() && self.filled != wish.past;
        let is_due = self.curves.is_due(wish.curves.as_ref());
        tokio::select! {
            biased;
            _ = turns.tick() => {
                if self.probed_in > 0 {
                    return self.now(&wish).await;
                }
                self.probe().await?;
                if self.probed_in > 0 {
                    turns.reset_immediately();
                }
                Ok(())
            }
            () = self.settling.wait(&wish), if is_past_due || is_due => {
                match (wish.past, wish.curves) {
                    (Some(past), _) if is_past_due => self.past(past).await,
                    (None, _) if is_past_due => {
                        self.filled = None;
                        Ok(())
                    }
                    (_, Some(ask)) => self.ask_curves(ask).await,
                    (_, None) => Ok(()),
                }
            },
            past = due_in(wish.past.clone(), counted_in), if counted_in.is_some() => match past {
                Some(past) => self.count(&past).await,
                None => Ok(()),
            },
            () = sleep(burnt_in.unwrap_or_default()), if burnt_in.is_some() => self.burnt().await,
            changed = self.wishes.changed() => changed.map_err(|_| Gone),
        }
    }

    /// Asks for the newest numbers of all versions in the scope, and what clients see there.
    async fn now(&mut self, wish: &Wish) -> Result<(), Gone> {
        self.choose(wish).await?;
        self.curves.poll();
        let about = Asked { namespaces: &self.scope.namespaces, sets: &[], window: wish.window };
        let answers = match self.ask(&self.chosen.brief(wish.brief), about, None).await {
            Ok(answers) => answers,
            Err(trouble) => return self.wait_after(trouble).await,
        };
        let at = self.time_of(&answers);
        self.ahead_ms = at.0.saturating_sub((self.clock)().0);
        self.failures = 0;
        (self.window, self.is_whole) = (Some(wish.window), !wish.brief);
        let samples = self.samples(answers, (wish.window, About::Now(at)), |_| at);
        self.send(Fact::Samples(Box::new(samples))).await?;
        self.say(Link::Live).await
    }

    /// Finds out which series there are. It takes a turn of its own, so that no poll has more queries for it.
    async fn probe(&mut self) -> Result<(), Gone> {
        let mut found = self.words(self.choices.probe_names()).await;
        if let Ok(metrics) = &found
            && let Some(query) = self.choices.probe(metrics, &self.scope.namespaces)
        {
            found = self.words(query).await;
        }
        match found {
            Ok(found) => self.choices.note(found),
            Err(trouble) => return self.wait_after(trouble).await,
        }
        let wait = if self.choices.has_versions() { PROBED } else { PROBED_SOON };
        self.probed_in = num::times_in(wait, self.told_every()).max(1);
        Ok(())
    }

    async fn words(&self, query: String) -> Result<BTreeSet<String>, Trouble> {
        let series = self.door.ask(&Question { query, range: None, has_namespace: false }).await?;
        Ok(series.iter().map(|series| series.set.to_string()).collect())
    }

    /// Chooses the pack to ask.
    async fn choose(&mut self, wish: &Wish) -> Result<(), Gone> {
        self.probed_in -= 1;
        let chosen = self.choices.choose(wish.pack.as_ref());
        self.wanted.clone_from(&wish.pack);
        if (&chosen.versions, &chosen.clients) != (&self.chosen.versions, &self.chosen.clients) {
            (self.filled, self.course) = (None, None);
            self.rounds.forget();
        }
        let is_news = chosen.packs != self.chosen.packs;
        self.chosen = chosen;
        if !is_news {
            return Ok(());
        }
        let (cluster, packs) = (self.scope.cluster.clone(), Box::new(self.chosen.packs.clone()));
        self.send(Fact::Packs { cluster, packs }).await
    }

    /// Asks for the history of a deck.
    async fn past(&mut self, past: Past) -> Result<(), Gone> {
        let range = self.range(past.span, past.until);
        let Range { from, to, .. } = range;
        let namespaces = std::slice::from_ref(&past.namespace);
        let about = Asked { namespaces, sets: &past.sets, window: past.window };
        let answers = match self.ask(&self.chosen, about, Some(range)).await {
            Ok(answers) => answers,
            Err(trouble) => return self.wait_after(trouble).await,
        };
        self.filled = Some(past.clone());
        let window = past.window;
        let samples = self.samples(answers, (window, About::Past { past, from, to }), |at| at);
        self.send(Fact::Samples(Box::new(samples))).await
    }

    /// How long until the next block of a deck can be asked for; None where there is no deck.
    fn counted_in(&self, wish: &Wish) -> Option<Duration> {
        let past = wish.past.as_ref().filter(|past| self.filled.as_ref() == Some(past))?;
        let course = self.course.as_ref().filter(|course| course.is_for(past));
        let due = course.and_then(|course| course.due(self.every));
        Some(due.map_or(Duration::ZERO, |due| due.since(self.source_now()).div_f64(self.pace)))
    }

    /// Asks what the pods of a deck answered since the last block.
    async fn count(&mut self, past: &Past) -> Result<(), Gone> {
        let held = self.course.take().filter(|course| course.is_for(past));
        let mut course = held.unwrap_or_else(|| Course::of(past, self.every));
        let Some(span) = course.next(self.source_now(), self.every) else {
            self.course = Some(course);
            return Ok(());
        };
        let answer = course.ask(&self.door, self.chosen.versions.as_ref(), (span, self.every)).await;
        let is_first = course.is_first();
        course.counted(span.to);
        self.course = Some(course);
        match answer {
            Ok(of) => {
                let (cluster, namespace, sets) =
                    (self.scope.cluster.clone(), past.namespace.clone(), past.sets.clone());
                self.send(Fact::Counted(Box::new(Counted { cluster, namespace, sets, is_first, of }))).await
            }
            Err(trouble) if trouble.whole => self.wait_after(trouble).await,
            Err(trouble) => {
                tracing::warn!(why = %trouble.why, "what pods answered is not counted");
                Ok(())
            }
        }
    }

    /// Asks the query that is not ours. Whatever comes of it is for whoever wants it: what is ours goes on.
    async fn ask_curves(&mut self, of: CurveAsk) -> Result<(), Gone> {
        let range = self.range(of.span, of.until);
        let answer = match curves::filled(&of) {
            Ok(query) => self.door.curves(&Question { query, range: Some(range), has_namespace: false }).await,
            Err(why) => Err(Trouble { why, whole: false, retry_after: None }),
        };
        self.curves.asked(of.clone(), answer.is_ok(), self.told_every());
        let wait = answer.as_ref().err().and_then(|trouble| trouble.retry_after);
        let ((curves, all), trouble) = match answer {
            Ok(answer) => (answer, None),
            Err(trouble) => (Default::default(), Some(trouble.why)),
        };
        self.send(Fact::Curves(Box::new(Curves { of, curves, all, trouble, at: range.to }))).await?;
        // It wants to be left alone, whoever asked.
        sleep(wait.unwrap_or_default().min(LEFT_ALONE)).await;
        Ok(())
    }

    /// A stretch of time as the source counts it, in whole intervals.
    fn range(&self, span: Span, until: Option<Moment>) -> Range {
        let to = until.unwrap_or_else(|| self.source_now());
        Range { from: to.shifted(-num::millis(span.length())), to, step: span.step(self.told_every()) }
    }

    fn source_now(&self) -> Moment {
        (self.clock)().shifted(self.ahead_ms)
    }

    fn samples(
        &self,
        answers: Answers,
        (window, about): (Duration, About),
        when: impl Fn(Moment) -> Moment,
    ) -> Samples {
        let of = gathered(&answers.versions, &when);
        let clients = gathered(&answers.clients, &when);
        Samples { cluster: self.scope.cluster.clone(), window, about, of, clients, failed: answers.failed }
    }

    /// Asks all queries of a poll. The first one goes alone: where nobody answers, one request is enough to know.
    async fn ask(&self, of: &Chosen, about: Asked<'_>, range: Option<Range>) -> Result<Answers, Trouble> {
        let questions = |book: &Option<Book>, of_clients: bool| -> Vec<(bool, Measure, Question)> {
            let Some(book) = book else { return Vec::new() };
            let has_namespace = book.has_namespace;
            let question = |(measure, query)| (of_clients, measure, Question { query, range, has_namespace });
            book.queries(about).into_iter().map(question).collect()
        };
        let (versions, clients) = (questions(&of.versions, false), questions(&of.clients, true));
        let door = &self.door;
        let mut asking = versions
            .into_iter()
            .chain(clients)
            .map(|(of_clients, measure, question)| async move { (of_clients, measure, door.ask(&question).await) });
        let mut said = Vec::new();
        if let Some(first) = asking.next() {
            said.push(first.await);
        }
        if !said.iter().any(|(.., answer)| answer.as_ref().is_err_and(|trouble| trouble.whole)) {
            said.extend(join_all(asking).await);
        }
        sorted(said)
    }

    /// What time the source has: that of its answer, else ours as far as they agreed before.
    fn time_of(&self, answers: &Answers) -> Moment {
        let series = answers.versions.iter().chain(&answers.clients).flat_map(|(_, series)| series);
        let newest = series.filter_map(|series| series.points.last()).map(|(at, _)| *at).max();
        newest.unwrap_or_else(|| self.source_now())
    }

    /// Says why there is nothing, and leaves the source alone for a while. What was missed meanwhile is fetched again.
    async fn wait_after(&mut self, trouble: Trouble) -> Result<(), Gone> {
        self.filled = None;
        let wait = self.every.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(cluster = %self.scope.cluster, why = %trouble.why, "no metrics");
        self.say(Link::Retrying { why: trouble.why }).await?;
        if self.gives_up && self.failures >= GIVEN_UP {
            return Err(Gone);
        }
        sleep(trouble.retry_after.unwrap_or_default().min(LEFT_ALONE).max(wait)).await;
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

/// The deck, after that long.
async fn due_in(past: Option<Past>, wait: Option<Duration>) -> Option<Past> {
    sleep(wait.unwrap_or_default()).await;
    past
}
