//! One small request to a server every eight seconds, through the same client as everything else: it tells a quiet watch
//! from a dead one. Beside that it tells what the server says of itself, how far its clock is ahead, and what reading costs.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, header};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    api::{Api, collect},
    outbox::Gone,
    request,
    trouble::Failure,
};
use crate::{
    domain::{Moment, Name, Text},
    store::Fact,
};

/// The local clock; only the loop has one.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Between two probes while the server answers: with the time an answer may take, a source stays within the 15 s of being live.
const EVERY: Duration = Duration::from_secs(8);
/// Between two probes while it does not.
const EAGER: Duration = Duration::from_secs(2);
/// An answer that takes longer is none.
const WITHIN: Duration = Duration::from_secs(5);
/// After so long without an answer (or with this process asleep), connections from before are not trusted just because
/// they are still open.
const FROZEN_AFTER: Duration = Duration::from_secs(20);
/// What reading costs is told no more often.
const METER_EVERY: Duration = Duration::from_secs(1);
/// A clock that moved by less is the noise of a header that counts whole seconds.
const SKEW_NOISE_MS: i64 = 1_000;
/// The answer of `/version` is at most this long.
const VERSION_BYTES: usize = 64 << 10;

/// What readers learn from the probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pulse {
    /// Probes that were answered.
    pub(super) answers: u64,
    /// How often the server answered again after it had not.
    pub(super) returns: u64,
    /// How often it did so after so long that old connections are not to be trusted.
    pub(super) thaws: u64,
    /// Whether the last probe was not answered.
    pub(super) failing: bool,
}

/// Waits until a count of the probe has changed; forever without a probe.
pub(super) async fn changed(mut pulse: watch::Receiver<Pulse>, count: impl Fn(&Pulse) -> u64) {
    let before = count(&pulse.borrow());
    if pulse.wait_for(|pulse| count(pulse) != before).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The probe of one server.
pub(super) struct Probe {
    api: Api,
    pulse: watch::Sender<Pulse>,
    facts: mpsc::Sender<Fact>,
    clock: Clock,
    /// How much faster than ours the server's time passes.
    pace: watch::Receiver<f64>,
    version: Text,
    ahead_ms: i64,
    /// Whether the last probe was not answered.
    failing: bool,
    /// When the last answer came.
    last: Option<Moment>,
}

impl Probe {
    /// A probe that has asked nothing yet.
    pub(super) fn new(api: Api, pulse: watch::Sender<Pulse>, facts: mpsc::Sender<Fact>, clock: Clock) -> Self {
        let (version, pace) = (Text::default(), watch::channel(1.0).1);
        Self { api, pulse, facts, clock, pace, version, ahead_ms: 0, failing: false, last: None }
    }

    /// The same for a server whose time passes so much faster than ours.
    pub(super) fn paced(self, pace: watch::Receiver<f64>) -> Self {
        Self { pace, ..self }
    }

    /// Probes until the loop has gone.
    pub(super) async fn run(self) {
        let meter = tell_cost(self.api.clone(), self.facts.clone());
        let _gone = tokio::join!(self.probe(), meter);
    }

    async fn probe(mut self) -> Result<(), Gone> {
        loop {
            let answered = self.ask().await?;
            let pace = self.pace.borrow_and_update().max(1.0);
            let pause = if answered { EVERY.div_f64(pace) } else { EAGER };
            tokio::select! {
                () = self.facts.closed() => return Err(Gone),
                () = sleep(pause) => {}
                Ok(()) = self.pace.changed() => {}
            }
        }
    }

    /// Asks once; whether the server answered.
    async fn ask(&mut self) -> Result<bool, Gone> {
        let Some(request) = request::plain("/version") else { return Ok(false) };
        let before = (self.clock)();
        let answer = timeout(WITHIN, self.api.send(request, WITHIN)).await;
        let after = (self.clock)();
        match answer {
            Ok(Ok(response)) => {
                self.answered(after);
                let (head, body) = response.into_parts();
                self.tell_skew(&head.headers, before, after).await?;
                if let Ok(Ok(body)) = timeout(WITHIN, collect(body, VERSION_BYTES)).await {
                    self.tell_version(&body).await?;
                }
                Ok(true)
            }
            // Whoever may not ask for the version still hears that the server is there; a gateway's 5xx is not the server.
            Ok(Err(Failure::Refused(status))) if status.code < 500 => {
                self.answered(after);
                Ok(true)
            }
            Ok(Err(failure)) => Ok(self.unanswered(&failure.sentence())),
            Err(_) => Ok(self.unanswered("no answer in time")),
        }
    }

    fn answered(&mut self, now: Moment) {
        let returned = std::mem::take(&mut self.failing);
        let away = self.last.replace(now).map_or(Duration::ZERO, |last| now.since(last));
        self.pulse.send_modify(|pulse| {
            pulse.answers += 1;
            pulse.returns += u64::from(returned);
            pulse.thaws += u64::from(away > EVERY + FROZEN_AFTER);
            pulse.failing = false;
        });
    }

    fn unanswered(&mut self, why: &str) -> bool {
        if !std::mem::replace(&mut self.failing, true) {
            tracing::info!(cluster = %self.api.cluster, why, "the server does not answer");
            self.pulse.send_modify(|pulse| pulse.failing = true);
        }
        false
    }

    async fn tell_skew(&mut self, headers: &HeaderMap, before: Moment, after: Moment) -> Result<(), Gone> {
        let Some(server) = date(headers) else { return Ok(()) };
        // The header is cut to whole seconds, so its middle is meant; the answer was made between the two moments.
        let ahead_ms = server + 500 - i64::midpoint(before.0, after.0);
        if (ahead_ms - self.ahead_ms).abs() <= SKEW_NOISE_MS {
            return Ok(());
        }
        self.ahead_ms = ahead_ms;
        self.tell(Fact::Skew { cluster: self.cluster(), ahead_ms }).await
    }

    async fn tell_version(&mut self, body: &[u8]) -> Result<(), Gone> {
        let Some(version) = git_version(body).filter(|version| *version != self.version) else { return Ok(()) };
        self.version = version.clone();
        self.tell(Fact::Server { cluster: self.cluster(), version }).await
    }

    fn cluster(&self) -> Name {
        self.api.cluster.clone()
    }

    async fn tell(&self, fact: Fact) -> Result<(), Gone> {
        self.facts.send(fact).await.map_err(|_| Gone)
    }
}

/// Tells what reading costs while that changes.
async fn tell_cost(api: Api, facts: mpsc::Sender<Fact>) -> Result<(), Gone> {
    let mut tick = interval(METER_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = (0, 0);
    loop {
        tick.tick().await;
        let (requests, bytes) = api.meter.read();
        if told != (requests, bytes) {
            told = (requests, bytes);
            let fact = Fact::Meter { cluster: api.cluster.clone(), requests, bytes };
            facts.send(fact).await.map_err(|_| Gone)?;
        } else if facts.is_closed() {
            return Err(Gone);
        }
    }
}

/// The `Date` header, milliseconds since the epoch.
fn date(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond())
}

/// `gitVersion` of the answer to `/version`.
pub(super) fn git_version(body: &[u8]) -> Option<Text> {
    let info: serde_json::Value = serde_json::from_slice(body).ok()?;
    info.get("gitVersion")?.as_str().map(Text::clean)
}

#[cfg(test)]
mod tests;
