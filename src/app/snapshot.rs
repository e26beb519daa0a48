//! `rolldeck snapshot`: one frame, once the view is live and after some keys. It reads and plans as the screen does, and
//! never confirms anything.

use std::{
    io::{self, Write},
    time::Duration,
};

use tokio::time::timeout;

use super::{clock::Clock, cockpit::Cockpit, exit};
use crate::{
    cli::{FrameForm, Keys},
    domain::PlanState,
    session::{Effect, Form},
    view::{export, theme},
};

/// How long the view has to become live; what is there by then is drawn, and says what is missing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Facts are looked at least this often.
const TICK: Duration = Duration::from_millis(250);
/// What a key opens may say more for so long: lines of a log come when they come.
const AFTERWARDS: Duration = Duration::from_millis(400);

/// What is to be seen.
pub(crate) struct Shot {
    /// One frame for each size.
    pub(crate) sizes: Vec<(u16, u16)>,
    pub(crate) keys: Keys,
    pub(crate) form: FrameForm,
}

/// All that a frame needs.
pub(crate) struct Camera {
    pub(crate) cockpit: Cockpit,
    pub(crate) clock: Clock,
}

impl Camera {
    /// Draws it on stdout; the exit code is an error if the view did not become live in time.
    pub(crate) async fn shoot(mut self, shot: &Shot) -> io::Result<u8> {
        self.cockpit.session.size = shot.sizes.first().copied().unwrap_or(self.cockpit.session.size);
        let mut live = self.wait().await;
        for chord in &shot.keys.0 {
            let effect = self.cockpit.press(chord.event());
            if effect == Some(Effect::Quit) {
                break;
            }
            live = self.wait().await;
            self.cockpit.frame();
        }
        for size in &shot.sizes {
            self.cockpit.session.size = *size;
            live &= self.wait().await;
            // What scrolls knows its room only once it was drawn there.
            self.cockpit.frame();
            let buffer = self.cockpit.frame();
            let text = match shot.form {
                FrameForm::Text => export::plain(&buffer),
                FrameForm::Ansi => export::ansi(&buffer),
                FrameForm::Svg => export::svg(&buffer, "rolldeck", self.cockpit.theme.style(theme::Role::Text)),
                FrameForm::Csv => self.numbers(Form::Csv)?,
                FrameForm::Json => self.numbers(Form::Json)?,
                FrameForm::Md => self.numbers(Form::Markdown)?,
            };
            io::stdout().lock().write_all(text.as_bytes())?;
        }
        if live {
            return Ok(exit::COMPLETE);
        }
        super::complain("the view did not become live in time; the frame says what is missing (see `rolldeck doctor`)");
        Ok(exit::ERROR)
    }

    fn numbers(&self, form: Form) -> io::Result<String> {
        self.cockpit.numbers(form).map(|(text, _)| text).map_err(io::Error::other)
    }

    /// Waits until nothing more is on its way; whether that was so in time.
    async fn wait(&mut self) -> bool {
        let begun = self.clock.elapsed();
        loop {
            self.cockpit.want(true);
            let quiet = tokio::select! {
                biased;
                Some(told) = self.cockpit.steering.told() => {
                    self.cockpit.steering.take(told, &mut self.cockpit.follower);
                    false
                }
                taken = timeout(TICK.min(AFTERWARDS), self.cockpit.follower.take()) => taken.is_err(),
            };
            self.cockpit.refresh();
            let waited = self.clock.elapsed().saturating_sub(begun);
            let settled = self.cockpit.follower.is_settled() && self.cockpit.gauges.are_settled(&self.cockpit.follower);
            if settled && !self.is_coming() && (quiet || waited >= AFTERWARDS) {
                return true;
            }
            if waited >= PATIENCE {
                return false;
            }
        }
    }

    /// Whether a plan or a difference is asked for and not yet there.
    fn is_coming(&self) -> bool {
        let desk = &self.cockpit.follower.fleet().desk;
        let plan = desk.plan.as_ref().is_some_and(|plan| plan.state == PlanState::Making);
        let diff =
            self.cockpit.session.diffing().is_some_and(|ask| desk.diff.as_ref().is_none_or(|diff| diff.of != *ask));
        plan || diff
    }
}
