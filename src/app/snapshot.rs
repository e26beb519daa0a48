//! `rolldeck snapshot`: one frame, once the view is live and after some keys. It reads and plans as the screen does, and
//! never confirms anything.

use std::{
    io::{self, Write},
    time::Duration,
};

use ratatui::{buffer::Buffer, layout::Rect};
use tokio::time::timeout;

use super::{books::Books, clock::Clock, exit, follow::Follower, gauges::Gauges, steering::Steering};
use crate::{
    cli::{FrameForm, Keys},
    domain::PlanState,
    input::Keymap,
    session::{Effect, Session},
    view::{
        self, Scene, export,
        theme::{self, Theme},
    },
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
    pub(crate) session: Session,
    pub(crate) follower: Follower,
    pub(crate) gauges: Gauges,
    pub(crate) steering: Steering,
    pub(crate) books: Books,
    pub(crate) theme: Theme,
    pub(crate) keymap: Keymap,
    pub(crate) clock: Clock,
}

impl Camera {
    /// Draws it on stdout; the exit code is an error if the view did not become live in time.
    pub(crate) async fn shoot(mut self, shot: &Shot) -> io::Result<u8> {
        self.session.size = shot.sizes.first().copied().unwrap_or(self.session.size);
        let mut live = self.wait().await;
        for chord in &shot.keys.0 {
            let effect = self.session.press(chord.event(), &self.keymap, self.follower.fleet());
            if effect == Some(Effect::Quit) {
                break;
            }
            live = self.wait().await;
            self.draw();
        }
        for size in &shot.sizes {
            self.session.size = *size;
            live &= self.wait().await;
            // What scrolls knows its room only once it was drawn there.
            self.draw();
            let buffer = self.draw();
            let text = match shot.form {
                FrameForm::Text => export::plain(&buffer),
                FrameForm::Ansi => export::ansi(&buffer),
                FrameForm::Svg => export::svg(&buffer, "rolldeck", self.theme.style(theme::Role::Text)),
            };
            io::stdout().lock().write_all(text.as_bytes())?;
        }
        if live {
            return Ok(exit::COMPLETE);
        }
        super::complain("the view did not become live in time; the frame says what is missing (see `rolldeck doctor`)");
        Ok(exit::ERROR)
    }

    /// Waits until nothing more is on its way; whether that was so in time.
    async fn wait(&mut self) -> bool {
        let begun = self.clock.elapsed();
        loop {
            self.gauges.want(&self.session, true, &self.follower);
            super::want(&self.session, &mut self.follower, &mut self.steering, &mut self.books);
            let quiet = tokio::select! {
                biased;
                Some(told) = self.steering.told() => {
                    self.steering.take(told, &mut self.follower);
                    false
                }
                taken = timeout(TICK.min(AFTERWARDS), self.follower.take()) => taken.is_err(),
            };
            self.follower.derive();
            self.follower.fetch_wants();
            self.session.settle(self.follower.fleet());
            let waited = self.clock.elapsed().saturating_sub(begun);
            let settled = self.follower.is_settled() && self.gauges.are_settled(&self.follower);
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
        let desk = &self.follower.fleet().desk;
        let plan = desk.plan.as_ref().is_some_and(|plan| plan.state == PlanState::Making);
        let diff = self.session.diffing().is_some_and(|ask| desk.diff.as_ref().is_none_or(|diff| diff.of != *ask));
        plan || diff
    }

    fn draw(&mut self) -> Buffer {
        let (columns, rows) = self.session.size;
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let scene = Scene {
            fleet: self.follower.fleet(),
            session: &self.session,
            theme: &self.theme,
            keys: &self.keymap,
            now: self.follower.now(),
        };
        let fit = view::draw(&mut buffer, area, &scene);
        self.session.beyond = fit.beyond;
        buffer
    }
}
