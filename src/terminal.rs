//! The terminal: taking it over and giving it back, whatever happens; frames out, without ever waiting for a slow reader.
//!
//! Frames are diffed here and written by a thread with room for one: a terminal that reads slowly gets the newest picture
//! when it is ready for it, and slows nothing else. This room knows no views and no keys.

use std::{
    io::{self, Write},
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use crossterm::{
    cursor::{Hide, Show},
    event::{DisableBracketedPaste, EnableBracketedPaste},
    queue, style,
    terminal::{
        BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};
use tokio::sync::mpsc;

/// How long the way out waits for a terminal that does not read.
const FAREWELL: Duration = Duration::from_secs(2);

/// The terminal while it is ours. Dropping it gives it back.
pub struct Screen {
    out: SyncSender<Vec<u8>>,
    written: mpsc::Receiver<io::Result<()>>,
    shown: Buffer,
    is_fresh: bool,
    /// Whether the terminal is ours: the panic hook and the guard share it, and the first of them gives it back.
    taken: Arc<AtomicBool>,
}

/// Why the terminal cannot be taken.
#[derive(Debug)]
pub struct Unfit(pub String);

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, no cursor, pastes in brackets.
    ///
    /// # Errors
    /// Refuses, with a sentence, what is not a terminal or cannot place a cursor (`TERM=dumb`).
    pub fn take() -> Result<Self, Unfit> {
        use std::io::IsTerminal;
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(Unfit(
                "rolldeck needs a terminal for its screen; without one use `rolldeck status`, or `rolldeck snapshot` for one frame"
                    .into(),
            ));
        }
        let term = std::env::var("TERM").unwrap_or_default();
        if matches!(term.as_str(), "dumb" | "") {
            return Err(Unfit(format!(
                "TERM={term} cannot place a cursor; set TERM to what your terminal is (xterm-256color suits most), or use `rolldeck snapshot`"
            )));
        }
        let unfit = |error: io::Error| Unfit(format!("the terminal cannot be set up: {error}"));
        let mut hello = Vec::new();
        queue!(hello, EnterAlternateScreen, Hide, EnableBracketedPaste).map_err(unfit)?;
        let (out, frames) = sync_channel::<Vec<u8>>(1);
        let (acknowledge, written) = mpsc::channel(2);
        thread::Builder::new()
            .name("terminal".into())
            .spawn(move || {
                while let Ok(bytes) = frames.recv() {
                    if acknowledge.blocking_send(write_all(&bytes)).is_err() {
                        break;
                    }
                }
            })
            .map_err(unfit)?;
        enable_raw_mode().map_err(unfit)?;
        // From here on there is something to give back, whatever fails.
        let taken = Arc::new(AtomicBool::new(true));
        give_back_on_panic(Arc::clone(&taken));
        let screen = Self { out, written, shown: Buffer::empty(Rect::ZERO), is_fresh: true, taken };
        style::force_color_output(true);
        write_all(&hello).map_err(unfit)?;
        Ok(screen)
    }

    /// The terminal's size in cells.
    pub fn size() -> (u16, u16) {
        crossterm::terminal::size().unwrap_or((80, 24))
    }

    /// Forgets what is shown: the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.is_fresh = true;
    }

    /// Sends what `next` changes to the writer. Call it only when the last frame was [`Screen::written`]: there is room
    /// for one. Returns whether there was anything to send.
    ///
    /// # Errors
    /// The writer is gone: the terminal closed.
    pub fn show(&mut self, next: Buffer) -> io::Result<bool> {
        let mut bytes = Vec::with_capacity(16 << 10);
        queue!(bytes, BeginSynchronizedUpdate)?;
        let opening = bytes.len();
        if self.is_fresh || self.shown.area != next.area {
            self.shown = Buffer::empty(next.area);
            queue!(bytes, style::ResetColor, Clear(ClearType::All))?;
            self.is_fresh = false;
        }
        let changes = self.shown.diff(&next);
        if !changes.is_empty() {
            CrosstermBackend::new(&mut bytes).draw(changes.into_iter())?;
        }
        let is_news = bytes.len() > opening;
        self.shown = next;
        if !is_news {
            return Ok(false);
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.out.send(bytes).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(true)
    }

    /// Waits until the writer has written a frame.
    ///
    /// # Errors
    /// The terminal does not take any more: it closed.
    pub async fn written(&mut self) -> io::Result<()> {
        self.written.recv().await.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// Whether a panic somewhere has given the terminal back already: nothing may be drawn any more.
    pub fn is_lost(&self) -> bool {
        !self.taken.load(Ordering::SeqCst)
    }

    /// Gives the terminal back after the last frame, waiting a little for a slow one.
    pub async fn leave(mut self, is_writing: bool) {
        if is_writing {
            let _ = tokio::time::timeout(FAREWELL, self.written()).await;
        }
        let _ = disable_raw_mode();
        if self.taken.swap(false, Ordering::SeqCst) && self.out.try_send(farewell()).is_ok() {
            let _ = tokio::time::timeout(FAREWELL, self.written()).await;
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back(&self.taken);
    }
}

/// From now on a panic, in whichever task, first gives the terminal back, so that its report can be read.
fn give_back_on_panic(taken: Arc<AtomicBool>) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back(&taken);
        report(info);
    }));
}

fn give_back(taken: &AtomicBool) {
    if taken.swap(false, Ordering::SeqCst) {
        let _ = disable_raw_mode();
        let _ = write_all(&farewell());
    }
}

fn farewell() -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = queue!(bytes, EndSynchronizedUpdate, DisableBracketedPaste, style::ResetColor, LeaveAlternateScreen, Show);
    bytes
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The colours a terminal can show, out of the environment (`NO_COLOR`, `COLORTERM`, `TERM`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: `NO_COLOR` is set and not empty.
    None,
    /// The sixteen named ones.
    Sixteen,
    /// The palette of 256.
    Palette,
    /// All.
    True,
}

impl Colours {
    /// What these variables say (<https://no-color.org>; `COLORTERM` as terminals set it).
    pub fn of(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if no_color.is_some_and(|value| !value.is_empty()) {
            Self::None
        } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") {
            Self::Palette
        } else {
            Self::Sixteen
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_follow_the_environment() {
        assert_eq!(Colours::of(Some("1"), Some("truecolor"), Some("xterm-256color")), Colours::None);
        assert_eq!(Colours::of(Some(""), Some("truecolor"), Some("xterm")), Colours::True);
        assert_eq!(Colours::of(None, None, Some("screen-256color")), Colours::Palette);
        assert_eq!(Colours::of(None, None, Some("linux")), Colours::Sixteen);
    }
}
