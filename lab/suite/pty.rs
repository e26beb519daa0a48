//! A real pseudo terminal with rolldeck in it, read as a screen.

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A terminal in which a program runs.
pub(crate) struct Terminal {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    opened: Instant,
    paused: Arc<AtomicBool>,
}

impl Terminal {
    /// Starts a program in a terminal of that size.
    pub(crate) fn open(program: &Path, arguments: &[&str], size: (u16, u16)) -> Result<Self, String> {
        Self::open_in(program, arguments, size, &[])
    }

    /// The same with more in its environment.
    pub(crate) fn open_in(
        program: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
        environment: &[(&str, String)],
    ) -> Result<Self, String> {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).map_err(|e| e.to_string())?;
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        command.env_remove("COLORTERM");
        for (name, value) in environment {
            command.env(name, value);
        }
        let opened = Instant::now();
        let child = pair.slave.spawn_command(command).map_err(|e| e.to_string())?;
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().map_err(|e| e.to_string())?;
        let input = pair.master.take_writer().map_err(|e| e.to_string())?;
        let (sender, output) = channel();
        let paused = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&paused);
        thread::spawn(move || {
            let mut chunk = [0; 16 << 10];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                while stop.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(10));
                }
                if sender.send(chunk[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        Ok(Self { parser, output, raw: Vec::new(), input, child, master: pair.master, opened, paused })
    }

    /// Types keys as a terminal sends them.
    pub(crate) fn type_keys(&mut self, keys: &str) -> Result<(), String> {
        self.input.write_all(keys.as_bytes()).and_then(|()| self.input.flush()).map_err(|e| e.to_string())
    }

    /// Takes what has arrived, waiting a little for it.
    fn take(&mut self, wait: Duration) {
        if let Ok(bytes) = self.output.recv_timeout(wait) {
            self.parser.process(&bytes);
            self.raw.extend(bytes);
        }
        while let Ok(bytes) = self.output.try_recv() {
            self.parser.process(&bytes);
            self.raw.extend(bytes);
        }
    }

    /// Stops reading what the program writes, as a link does that hangs, or goes on.
    pub(crate) fn pause_reading(&self, pause: bool) {
        self.paused.store(pause, Ordering::SeqCst);
    }

    /// The screen's text now.
    pub(crate) fn text(&mut self) -> String {
        self.take(Duration::from_millis(20));
        self.parser.screen().contents()
    }

    /// All bytes so far.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Whether the alternate screen is shown, and the cursor hidden.
    pub(crate) fn is_taken(&self) -> bool {
        self.parser.screen().alternate_screen() || self.parser.screen().hide_cursor()
    }

    /// Waits until the screen satisfies a test; how long after the start of the program it did.
    pub(crate) fn see(
        &mut self,
        what: &str,
        limit: Duration,
        holds: impl Fn(&str) -> bool,
    ) -> Result<Duration, String> {
        let started = Instant::now();
        loop {
            let text = self.text();
            if holds(&text) {
                return Ok(self.opened.elapsed());
            }
            if started.elapsed() > limit {
                return Err(format!("not seen within {limit:?}: {what}\n{}", frame(&text)));
            }
        }
    }

    /// Waits for words on the screen.
    pub(crate) fn see_words(&mut self, words: &str, limit: Duration) -> Result<Duration, String> {
        self.see(&format!("{words:?}"), limit, |text| text.contains(words))
    }

    /// Another size.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) -> Result<(), String> {
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).map_err(|e| e.to_string())
    }

    /// The process id of the program.
    pub(crate) fn pid(&self) -> Result<String, String> {
        self.child.process_id().map(|pid| pid.to_string()).ok_or_else(|| "no process id".to_string())
    }

    /// Waits for the program's end: its exit code, and the screen as it left it.
    pub(crate) fn end(mut self, limit: Duration) -> Result<(u32, Self), String> {
        let started = Instant::now();
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                self.take(Duration::from_millis(200));
                return Ok((status.exit_code(), self));
            }
            if started.elapsed() > limit {
                return Err(format!("still running after {limit:?}\n{}", frame(&self.text())));
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// A terminal has at least one row and one column.
fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap_or(NonZero::<u16>::MIN)
}

/// A screen with a margin, for a failure's report.
pub(crate) fn frame(text: &str) -> String {
    text.lines().map(|line| ["    | ", line, "\n"].concat()).collect()
}

/// Takes the terminal and panics, as a defect would: the guard must give it back and the report must be readable.
pub(crate) fn panic_on_screen() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let _screen = rolldeck::terminal::Screen::take().unwrap();
        panic!("a defect, on purpose");
    });
}
