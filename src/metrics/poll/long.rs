//! The task's turns for long windows: what failed over hours and days, for error budgets. Which windows there are, and when one
//! is due, is decided in `burn`.

use std::time::Duration;

use super::{Gone, Poller};
use crate::{
    domain::About,
    metrics::{answers::Answers, query::About as Asked},
    store::Fact,
};

impl Poller {
    /// How long until the next long window is due; None where there is none, and before there are any numbers.
    pub(super) fn burnt_in(&self) -> Option<Duration> {
        let (_, due) = self.rounds.next(self.source_now()).filter(|_| self.window.is_some())?;
        Some(due.since(self.source_now()).div_f64(self.pace))
    }

    /// Asks what failed over a long window. That it was not answered is said by an empty answer: nobody waits for it.
    pub(super) async fn burnt(&mut self) -> Result<(), Gone> {
        let now = self.source_now();
        let Some((window, _)) = self.rounds.next(now) else { return Ok(()) };
        self.rounds.asked(window, now);
        let about = Asked { namespaces: &self.scope.namespaces, sets: &[], window };
        let answers = self.ask(&self.chosen.failures(), about, None).await.unwrap_or_else(|trouble| {
            tracing::warn!(?window, why = %trouble.why, "no failures over a long window");
            Answers::default()
        });
        let samples = self.samples(answers, (window, About::Now(now)), |_| now);
        self.send(Fact::Burnt(Box::new(samples))).await
    }
}
