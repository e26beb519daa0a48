//! The binary itself in a pseudo terminal, read as a screen. Waits are bounded and end as soon as they can.
#![expect(clippy::disallowed_methods, reason = "a test that waits for a process measures time")]

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    process::Command,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer waits are failures.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long to listen before looking again whether something holds.
const TICK: Duration = Duration::from_millis(20);

/// A terminal in which rolldeck runs.
pub(crate) struct Terminal {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    input: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// The line settings before the program started.
    settings: String,
}

impl Terminal {
    /// Starts rolldeck in a terminal of 100x30, in a home folder and with nothing else in the environment but this.
    pub(crate) fn open(home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(100, 30)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rolldeck"));
        command.args(arguments);
        command.env_clear();
        command.cwd(home);
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        for (name, value) in environment {
            command.env(name, value);
        }
        let settings = settings(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let input = pair.master.take_writer().unwrap();
        let (sender, output) = sync_channel(64);
        thread::spawn(move || {
            let mut chunk = [0; 16 << 10];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let parser = vt100::Parser::new(cells(30), cells(100), 0);
        Self { parser, output, raw: Vec::new(), input, child, master: pair.master, settings }
    }

    /// Types keys as a terminal sends them.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.input.write_all(keys.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    /// What the screen shows.
    pub(crate) fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits until the screen shows some words.
    #[track_caller]
    pub(crate) fn see(&mut self, words: &str) {
        self.wait_until(words, |screen| screen.contents().contains(words));
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let started = Instant::now();
        while !holds(self.parser.screen()) {
            self.take();
            let screen = self.parser.screen().contents();
            assert!(started.elapsed() < PATIENCE, "not seen in time: {what}\n{screen}");
        }
    }

    /// Waits for the end of the program: its exit code.
    #[track_caller]
    pub(crate) fn end(&mut self) -> u32 {
        let started = Instant::now();
        loop {
            self.take();
            if let Some(status) = self.child.try_wait().unwrap() {
                // What it wrote last may still be on its way; the reader ends with the terminal.
                while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
                    self.parser.process(&bytes);
                    self.raw.extend(bytes);
                }
                return status.exit_code();
            }
            let screen = self.parser.screen().contents();
            assert!(started.elapsed() < PATIENCE, "still running\n{screen}");
        }
    }

    /// All bytes that were written so far.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// What was written as text, with the line ends of files.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&self.raw).replace("\r\n", "\n")
    }

    /// The terminal is as it was before: screen, cursor, pastes, line settings.
    #[track_caller]
    pub(crate) fn assert_given_back(&self) {
        let screen = self.parser.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "pastes still come in brackets");
        assert_eq!(settings(&*self.master), self.settings);
    }

    /// Takes what has arrived, waiting a little for it; whether there was any.
    fn take(&mut self) -> bool {
        let Ok(bytes) = self.output.recv_timeout(TICK) else { return false };
        self.parser.process(&bytes);
        self.raw.extend(bytes);
        true
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Echo, line mode and the rest, as words.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).unwrap()
}
