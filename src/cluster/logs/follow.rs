//! Follows the log of one container: opens it, tells its lines in batches, and opens it again where it broke, while the
//! container runs. A refusal is asked again only where waiting helps.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use http_body_util::BodyExt as _;
use kube::client::Body;
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch::Receiver},
    time::{Sleep, sleep},
};

use super::lines::{Line, Splitter, Told};
use crate::{
    cluster::{
        OBJECT_BYTES,
        api::Api,
        backoff::Backoff,
        outbox::Gone,
        probe::{Pulse, changed},
        request,
        trouble::{Failure, failure},
    },
    domain::{LogAsk, LogLine, LogState, Text},
    store::Fact,
};

/// The headers of an answer come within this: the API server asks the kubelet first.
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// Lines told at once, and how long the first of them may wait for others.
const BATCH: usize = 64;
const RIPE_AFTER: Duration = Duration::from_millis(50);
/// A container that waits to start is asked for so often, with so much time between.
const STARTS: u32 = 60;
const START_AGAIN: Duration = Duration::from_secs(2);

/// How one opening ended.
enum End {
    /// The container ended, or all there was is told.
    Ended,
    /// The container has not started: the server's words.
    Waiting(Text),
    /// It is to be opened again; why, if it did not simply end.
    Again(Option<Text>),
    /// It cannot be had.
    Never(Text),
}

/// The reader of one container's log.
pub(in crate::cluster) struct Follower {
    api: Api,
    ask: LogAsk,
    facts: mpsc::Sender<Fact>,
    pulse: Receiver<Pulse>,
    told: Told,
    state: Option<LogState>,
    backoff: Backoff,
}

impl Follower {
    /// A reader that has asked nothing yet.
    pub(in crate::cluster) fn new(api: Api, ask: LogAsk, facts: mpsc::Sender<Fact>, pulse: Receiver<Pulse>) -> Self {
        Self { api, ask, facts, pulse, told: Told::default(), state: None, backoff: Backoff::new() }
    }

    /// Reads until there is no more to come, or the loop has gone.
    pub(in crate::cluster) async fn run(mut self) {
        let _gone = self.follow().await;
    }

    async fn follow(&mut self) -> Result<(), Gone> {
        self.state(LogState::Opening).await?;
        let mut waits = 0;
        loop {
            match self.once().await? {
                End::Ended => return self.state(LogState::Ended).await,
                End::Never(why) => return self.state(LogState::Broken(why)).await,
                End::Waiting(why) if waits == STARTS => {
                    let why = format!("{why}; it is not asked for any more");
                    return self.state(LogState::Broken(Text::clean(&why))).await;
                }
                End::Waiting(why) => {
                    waits += 1;
                    self.state(LogState::Broken(why)).await?;
                    sleep(START_AGAIN).await;
                }
                End::Again(why) => {
                    if let Some(why) = why {
                        self.state(LogState::Broken(why)).await?;
                    }
                    self.rest().await;
                }
            }
        }
    }

    /// Waits longer each time, but not once the server is back or has new credentials from us.
    async fn rest(&mut self) {
        let returned = changed(self.pulse.clone(), |pulse| pulse.returns);
        tokio::select! {
            () = sleep(self.backoff.next()) => {}
            () = returned => {}
            () = self.api.renewed() => {}
        }
    }

    /// Opens the log and reads it to its end.
    async fn once(&mut self) -> Result<End, Gone> {
        let Some(request) = request::log(&self.ask, self.told.reopen()) else {
            return Ok(End::Never(Text::fixed("this is not the name of a pod")));
        };
        let response = match self.api.send(request, OPEN_WITHIN).await {
            Ok(response) => response,
            Err(failure) => return Ok(not_opened(&failure)),
        };
        if !self.ask.previous {
            self.state(LogState::Following).await?;
        }
        let read = self.read(response.into_body()).await?;
        if self.ask.previous {
            return Ok(read.map_or_else(|failure| End::Again(Some(words(&failure))), |()| End::Ended));
        }
        Ok(self.after(read.err()).await)
    }

    /// Tells the lines of a body. Its `Err` says where it broke: a line that was cut there comes again.
    async fn read(&mut self, mut body: Body) -> Result<Result<(), Failure>, Gone> {
        let mut thawed = pin!(changed(self.pulse.clone(), |pulse| pulse.thaws));
        let mut lines = Splitter::default();
        let mut batch = Batch::default();
        loop {
            let facts = self.facts.clone();
            tokio::select! {
                () = batch.ripe() => self.tell(&mut batch).await?,
                () = facts.closed() => return Err(Gone),
                () = &mut thawed => {
                    self.tell(&mut batch).await?;
                    return Ok(Err(Failure::Broken("the server was away".to_owned())));
                }
                frame = body.frame() => match frame {
                    None => {
                        self.take(lines.rest(), &mut batch).await?;
                        self.tell(&mut batch).await?;
                        return Ok(Ok(()));
                    }
                    Some(Err(error)) => {
                        self.tell(&mut batch).await?;
                        return Ok(Err(failure(&error)));
                    }
                    Some(Ok(frame)) => {
                        let chunk = frame.into_data().unwrap_or_default();
                        self.take(lines.feed(&chunk), &mut batch).await?;
                    }
                },
            }
        }
    }

    /// Takes lines into the batch, and tells it whenever it is full.
    async fn take(&mut self, lines: impl IntoIterator<Item = Line>, batch: &mut Batch) -> Result<(), Gone> {
        for line in lines {
            if self.told.is_new(&line) {
                batch.put(LogLine { of: self.ask.clone(), at: line.moment(), says: line.says });
            }
            if batch.lines.len() >= BATCH {
                self.tell(batch).await?;
            }
        }
        Ok(())
    }

    /// Tells what is in the batch. It waits while the loop is busy, and the server then waits with it.
    async fn tell(&mut self, batch: &mut Batch) -> Result<(), Gone> {
        batch.due = None;
        let lines = std::mem::take(&mut batch.lines);
        if lines.is_empty() {
            return Ok(());
        }
        self.backoff.reset();
        self.facts.send(Fact::Lines(lines)).await.map_err(|_| Gone)
    }

    /// What the end of a followed stream means: the pod knows.
    async fn after(&self, broke: Option<Failure>) -> End {
        let pod = match request::object(&self.ask.pod) {
            Some(request) => self.api.fetch(request, OBJECT_BYTES).await,
            None => return End::Ended,
        };
        let broken = broke.as_ref().map(words);
        match pod {
            Ok(pod) => match serde_json::from_slice(&pod).map_or(Standing::Runs, |pod| standing(&pod, &self.ask)) {
                Standing::Runs => End::Again(broken),
                Standing::Waits(why) => End::Waiting(why),
                Standing::Ended => End::Ended,
            },
            Err(Failure::Refused(status)) if status.code == 404 => End::Ended,
            // Whoever may read logs but not pods: the end of the stream has to do.
            Err(Failure::Refused(status)) if status.code == 403 => {
                broken.map_or(End::Ended, |why| End::Again(Some(why)))
            }
            Err(failure) => End::Again(broken.or_else(|| Some(words(&failure)))),
        }
    }

    /// Tells how the stream is, if that is news.
    async fn state(&mut self, state: LogState) -> Result<(), Gone> {
        if self.state.as_ref() == Some(&state) {
            return Ok(());
        }
        self.state = Some(state.clone());
        self.facts.send(Fact::LogState(self.ask.clone(), state)).await.map_err(|_| Gone)
    }
}

/// Lines that wait to be told together.
#[derive(Default)]
struct Batch {
    lines: Vec<LogLine>,
    /// When they must be told.
    due: Option<Pin<Box<Sleep>>>,
}

impl Batch {
    fn put(&mut self, line: LogLine) {
        self.lines.push(line);
        self.due.get_or_insert_with(|| Box::pin(sleep(RIPE_AFTER)));
    }

    /// Waits until the first line has waited long enough; forever if there is none.
    async fn ripe(&mut self) {
        match &mut self.due {
            Some(due) => due.await,
            None => std::future::pending().await,
        }
    }
}

/// What a log that was not opened means.
fn not_opened(failure: &Failure) -> End {
    let why = words(failure);
    let Failure::Refused(status) = failure else { return End::Again(Some(why)) };
    match status.code {
        // The kubelet's words, in every version so far.
        400 if status.message.contains("is waiting to start") => End::Waiting(why),
        401 | 408 | 429 => End::Again(Some(why)),
        400..=499 => End::Never(why),
        _ => End::Again(Some(why)),
    }
}

/// The sentence of a failure. A client's error is the kubelet's own sentence, which needs no number.
fn words(failure: &Failure) -> Text {
    match failure {
        Failure::Refused(status) if (400..500).contains(&status.code) && !status.message.is_empty() => {
            status.message.clone()
        }
        Failure::Refused(_) | Failure::Garbled(_) | Failure::Broken(_) | Failure::Untrusted(_) | Failure::Login(_) => {
            Text::clean(&failure.sentence())
        }
    }
}

/// How a container is, as far as a log cares.
enum Standing {
    Runs,
    Waits(Text),
    Ended,
}

/// Reads it out of a pod.
fn standing(pod: &Value, ask: &LogAsk) -> Standing {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let statuses = lists.iter().filter_map(|list| pod.get("status")?.get(list)?.as_array()).flatten();
    let is_ours = |status: &&Value| status.get("name").and_then(Value::as_str) == Some(ask.container.as_str());
    let waits = |why: &str| {
        let why = format!("container \"{}\" in pod \"{}\" is waiting to start: {why}", ask.container, ask.pod.name);
        Standing::Waits(Text::clean(&why))
    };
    let Some(status) = statuses.into_iter().find(is_ours) else {
        let phase = pod.pointer("/status/phase").and_then(Value::as_str);
        return if phase == Some("Pending") { waits("the pod has no node yet") } else { Standing::Ended };
    };
    if status.pointer("/state/running").is_some() {
        return Standing::Runs;
    }
    // One that ran before, and waits for its next run, has ended for whoever followed it.
    let ran = status.pointer("/state/terminated").is_some() || status.pointer("/lastState/terminated").is_some();
    if ran {
        return Standing::Ended;
    }
    waits(status.pointer("/state/waiting/reason").and_then(Value::as_str).unwrap_or("nothing is known of it yet"))
}

#[cfg(test)]
mod tests;
