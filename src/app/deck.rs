//! The loop of the screen: keys first, then facts, then the frame. It owns the cockpit, and waits for nobody.

use std::{io, path::PathBuf, time::Duration};

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures::StreamExt;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

use super::{clock::Clock, cockpit::Cockpit, demo::Time, steering::Told};
use crate::{session::Effect, terminal::Screen};

/// At most thirty frames a second.
const FRAME: Duration = Duration::from_millis(33);
/// Frames take at most a fifth of the time: while first lists arrive, each may read hundreds of rollouts again.
const REST: u32 = 4;
/// However costly a frame was, the next one comes this soon.
const FRAME_AT_LAST: Duration = Duration::from_millis(250);
/// Ages, countdowns and silence move on without any fact.
const TICK: Duration = Duration::from_secs(1);
/// A terminal that takes no frame for so long shows them to nobody.
const UNSEEN: Duration = Duration::from_secs(10);

/// Why the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The operator left.
    Quit,
    /// A signal asked for it.
    Signal(u8),
    /// The terminal is gone.
    Gone,
}

/// The screen and all that it needs.
pub(crate) struct Deck {
    pub(crate) cockpit: Cockpit,
    pub(crate) clock: Clock,
    /// The demo's time; None on a real cluster.
    pub(crate) time: Option<Time>,
}

/// What one turn of the loop came by.
enum Turn {
    Input(Option<io::Result<Event>>),
    Signal(u8),
    Facts,
    Told(Told),
    Written(io::Result<()>),
    Time,
}

/// The signals that end the program.
pub(crate) struct Signals {
    terminate: Signal,
    hang_up: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The number of the signal that came.
    pub(crate) async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.terminate.recv() => 15,
            _ = self.hang_up.recv() => 1,
            _ = self.interrupt.recv() => 2,
        }
    }
}

impl Deck {
    /// Runs until the operator leaves, then gives the terminal back. Signals were listened to before it was taken.
    pub(crate) async fn run(mut self, mut screen: Screen, mut signals: Signals) -> io::Result<End> {
        let mut keys = EventStream::new();
        let mut pace = Pace::default();
        self.cockpit.session.size = Screen::size();
        let end = loop {
            if pace.is_dirty {
                self.cockpit.want(pace.is_seen(self.clock.elapsed()));
            }
            let begun = self.clock.elapsed();
            if pace.may_draw(begun) {
                self.cockpit.refresh();
                pace.is_writing = screen.show(self.cockpit.frame())?;
                pace.drawn(begun, self.clock.elapsed());
            }
            let wait = pace.wait(self.clock.elapsed());
            let turn = tokio::select! {
                biased;
                event = keys.next() => Turn::Input(event),
                number = signals.next() => Turn::Signal(number),
                written = screen.written(), if pace.is_writing => Turn::Written(written),
                Some(told) = self.cockpit.steering.told() => Turn::Told(told),
                said = self.cockpit.exports.said() => self.report(said),
                _ = self.cockpit.follower.take() => Turn::Facts,
                () = sleep(wait) => Turn::Time,
            };
            if screen.is_lost() {
                break End::Gone;
            }
            match turn {
                Turn::Input(Some(Ok(event))) => {
                    pace.is_dirty = true;
                    let effect = self.heard(event);
                    if effect == Some(Effect::Quit) {
                        break End::Quit;
                    }
                    self.perform(effect, &mut screen);
                }
                Turn::Input(Some(Err(_)) | None) => break End::Gone,
                Turn::Written(Err(_)) => {
                    pace.is_writing = false;
                    break End::Gone;
                }
                Turn::Signal(number) => break End::Signal(number),
                Turn::Told(told) => {
                    pace.is_dirty = true;
                    self.cockpit.steering.take(told, &mut self.cockpit.follower);
                }
                Turn::Facts | Turn::Time => pace.is_dirty = true,
                Turn::Written(Ok(())) => pace.is_writing = false,
            }
        };
        screen.leave(pace.is_writing).await;
        for left in self.cockpit.steering.close(&mut self.cockpit.follower).await {
            super::complain(&left);
        }
        Ok(end)
    }

    /// Says what became of a file.
    fn report(&mut self, said: String) -> Turn {
        self.cockpit.session.notice = Some(said);
        Turn::Facts
    }

    /// Does what the session cannot: all but leaving.
    fn perform(&mut self, effect: Option<Effect>, screen: &mut Screen) {
        match effect {
            Some(Effect::Redraw) => screen.forget(),
            Some(Effect::Confirm { card, reason }) => {
                self.cockpit.steering.confirm(card, &reason, None, &mut self.cockpit.follower);
            }
            Some(Effect::ConfirmInto { card, reason, file }) => {
                let file = Some(PathBuf::from(file.as_str()));
                self.cockpit.steering.confirm(card, &reason, file, &mut self.cockpit.follower);
            }
            Some(Effect::Export(export)) => self.cockpit.export(export),
            Some(Effect::Hold) => self.turn_time(Time::hold_or_go_on),
            Some(Effect::Step) => self.turn_time(Time::step),
            Some(Effect::Faster) => self.turn_time(Time::faster),
            Some(Effect::Slower) => self.turn_time(Time::slower),
            Some(Effect::Quit) | None => {}
        }
    }

    fn turn_time(&mut self, turn: impl FnOnce(&Time)) {
        if let Some(time) = &self.time {
            turn(time);
            self.cockpit.session.demo = Some(time.shown());
        }
    }

    fn heard(&mut self, event: Event) -> Option<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.cockpit.press(key),
            Event::Paste(text) => {
                self.cockpit.session.paste(&text);
                None
            }
            Event::Resize(columns, rows) => {
                self.cockpit.session.size = (columns, rows);
                None
            }
            Event::Key(_) | Event::Mouse(_) | Event::FocusGained | Event::FocusLost => None,
        }
    }
}

/// When the next frame may be drawn.
struct Pace {
    is_dirty: bool,
    is_writing: bool,
    last: Option<Duration>,
    /// How long after the last frame the next one may come.
    frame: Duration,
}

impl Default for Pace {
    /// The first frame is drawn at once.
    fn default() -> Self {
        Self { is_dirty: true, is_writing: false, last: None, frame: FRAME }
    }
}

impl Pace {
    fn may_draw(&self, now: Duration) -> bool {
        self.is_dirty && !self.is_writing && self.last.is_none_or(|last| now.saturating_sub(last) >= self.frame)
    }

    /// Whether frames get through to a terminal.
    fn is_seen(&self, now: Duration) -> bool {
        !self.is_writing || self.last.is_none_or(|last| now.saturating_sub(last) < UNSEEN)
    }

    fn drawn(&mut self, begun: Duration, now: Duration) {
        self.is_dirty = false;
        self.last = Some(now);
        self.frame = (now.saturating_sub(begun) * REST).clamp(FRAME, FRAME_AT_LAST);
    }

    /// How long to sleep if nothing happens.
    fn wait(&self, now: Duration) -> Duration {
        if self.is_writing {
            return TICK;
        }
        let since = now.saturating_sub(self.last.unwrap_or_default());
        let until = if self.is_dirty { self.frame } else { TICK };
        until.saturating_sub(since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn frames_wait_for_the_writer_and_for_each_other() {
        let mut pace = Pace::default();
        assert!(pace.may_draw(MS));
        pace.drawn(MS, MS);
        pace.is_dirty = true;
        assert!(!pace.may_draw(2 * MS));
        assert_eq!(pace.wait(2 * MS), FRAME.saturating_sub(MS));
        pace.is_writing = true;
        assert!(!pace.may_draw(100 * MS));
        assert_eq!(pace.wait(5_000 * MS), TICK, "a terminal that does not read keeps nobody busy");
        assert!(pace.is_seen(5_000 * MS) && !pace.is_seen(10_001 * MS));
        pace.is_writing = false;
        assert!(pace.may_draw(100 * MS));
    }

    #[test]
    fn costly_frames_come_less_often() {
        let mut pace = Pace::default();
        pace.drawn(MS, 41 * MS);
        pace.is_dirty = true;
        assert!(!pace.may_draw(150 * MS));
        assert!(pace.may_draw(201 * MS));
    }
}
