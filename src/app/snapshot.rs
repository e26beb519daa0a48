//! `rolldeck snapshot`: one frame, once the view is live.

use std::{
    io::{self, Write},
    time::Duration,
};

use ratatui::{buffer::Buffer, layout::Rect};
use tokio::time::timeout;

use super::{clock::Clock, exit, follow::Follower, gauges::Gauges};
use crate::{
    cli::FrameForm,
    input::Keymap,
    session::Session,
    view::{
        self, Scene, export,
        theme::{self, Theme},
    },
};

/// How long the view has to become live; what is there by then is drawn, and says what is missing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Facts are looked at least this often.
const TICK: Duration = Duration::from_millis(250);

/// A frame to draw.
pub(crate) struct Frame<'a> {
    pub(crate) session: Session,
    pub(crate) theme: &'a Theme,
    pub(crate) keymap: &'a Keymap,
    pub(crate) form: FrameForm,
}

/// Draws it on stdout; the exit code is an error if the view did not become live in time.
pub(crate) async fn snapshot(
    mut frame: Frame<'_>,
    (mut follower, mut gauges): (Follower, Gauges),
    clock: Clock,
) -> io::Result<u8> {
    follower.look_at(frame.session.focus());
    let mut live = false;
    let begun = clock.elapsed();
    while !live && clock.elapsed().saturating_sub(begun) < PATIENCE {
        let _ = timeout(TICK, follower.take()).await;
        follower.derive();
        follower.fetch_wants();
        gauges.want(&frame.session, true, &follower);
        live = follower.is_settled() && gauges.are_settled(&follower);
    }
    frame.session.settle(follower.fleet());
    let (columns, rows) = frame.session.size;
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    let scene = Scene {
        fleet: follower.fleet(),
        session: &frame.session,
        theme: frame.theme,
        keys: frame.keymap,
        now: follower.now(),
    };
    view::draw(&mut buffer, area, &scene);
    let text = match frame.form {
        FrameForm::Text => export::plain(&buffer),
        FrameForm::Ansi => export::ansi(&buffer),
        FrameForm::Svg => export::svg(&buffer, "rolldeck", frame.theme.style(theme::Role::Text)),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    if live {
        return Ok(exit::COMPLETE);
    }
    super::complain("the view did not become live in time; the frame says what is missing (see `rolldeck doctor`)");
    Ok(exit::ERROR)
}
