//! What a screen and a picture have in common: the session, all that reads and steers on its behalf, and the frame that comes
//! of them. When a frame is drawn, and what becomes of it, is the caller's.

use crossterm::event::KeyEvent;
use ratatui::{buffer::Buffer, layout::Rect};

use super::{books::Books, export::Exports, follow::Follower, gauges::Gauges, steering::Steering};
use crate::{
    input::Keymap,
    session::{Effect, Screen, Session},
    view::{self, Scene, theme::Theme},
};

/// A session and everything that works for it.
pub(crate) struct Cockpit {
    pub(crate) session: Session,
    pub(crate) follower: Follower,
    pub(crate) gauges: Gauges,
    pub(crate) steering: Steering,
    pub(crate) books: Books,
    pub(crate) theme: Theme,
    /// The same with all colours, whatever the terminal has: for pictures.
    pub(crate) colours: Theme,
    pub(crate) exports: Exports,
    pub(crate) keymap: Keymap,
}

impl Cockpit {
    /// What is read and planned follows from what is shown, and from whether anybody sees it.
    pub(crate) fn want(&mut self, is_seen: bool) {
        let Self { session, follower, gauges, steering, books, .. } = self;
        gauges.want(session, is_seen, follower);
        follower.look_at(session.focus());
        steering.learn_rights(session.focus(), follower.now());
        steering.want(session.planning(), follower);
        steering.show_journal(*session.screen() == Screen::Journal);
        books.want_logs(&session.reading_logs(follower.fleet()), follower);
        books.want_diff(session.diffing(), follower);
    }

    /// Brings the picture of the world up to date, with the proofs, the open plan and the cursors.
    pub(crate) fn refresh(&mut self) {
        self.follower.derive();
        self.steering.follow(&mut self.follower);
        self.follower.fetch_wants();
        self.session.settle(self.follower.fleet());
    }

    /// A key was pressed.
    pub(crate) fn press(&mut self, key: KeyEvent) -> Option<Effect> {
        self.session.press(key, &self.keymap, self.follower.fleet())
    }

    /// Draws the picture as it was last brought up to date. The session learns what only the division of the screen tells.
    pub(crate) fn frame(&mut self) -> Buffer {
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
        self.session.deck.rows = fit.timeline_rows;
        self.session.beyond = fit.beyond;
        self.session.charts_drawn(fit.charts, self.follower.now());
        self.session.was_drawn(self.follower.fleet());
        if let Some(scrolled) = fit.log_scrolled {
            self.session.logs_drawn(scrolled, self.follower.fleet());
        }
        buffer
    }
}
