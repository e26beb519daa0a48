//! A wish that has been the same for a moment: an operator who goes from deck to deck wants nothing of those in between. The wait
//! goes on while other things are done, so that a slow source cannot begin it anew for ever.

use std::{pin::Pin, time::Duration};

use tokio::time::{Sleep, sleep};

use super::Wish;

/// How long a wish must be the same.
const SETTLED: Duration = Duration::from_millis(300);

/// The wait.
#[derive(Default)]
pub(super) struct Settling(Option<(Wish, Pin<Box<Sleep>>)>);

impl Settling {
    /// Waits until the wish has been the same for a moment; not at all if it has.
    pub(super) async fn wait(&mut self, wish: &Wish) {
        let held = self.0.take().filter(|(held, _)| (&held.past, &held.curves) == (&wish.past, &wish.curves));
        let (_, rest) = self.0.insert(held.unwrap_or_else(|| (wish.clone(), Box::pin(sleep(SETTLED)))));
        rest.as_mut().await;
    }
}
