//! A wire that can be broken on purpose: a TCP relay between rolldeck and the API server. It passes bytes on, loses what
//! the server answers, holds back what either side says, or cuts everything. It understands nothing of what it passes.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

const PASS: u8 = 0;
const LOSE: u8 = 1;
const HOLD: u8 = 2;
const CUT: u8 = 3;
const LATE: u8 = 4;

/// How often a connection looks what it should do.
const TICK: Duration = Duration::from_millis(5);

/// The relay; dropping it ends it.
pub(crate) struct Relay {
    /// Where it listens.
    pub(crate) port: u16,
    switch: Arc<Switch>,
}

/// What all connections look at.
struct Switch {
    mode: AtomicU8,
    /// Connections of an earlier epoch are ended, and what was on its way is lost with them.
    epoch: AtomicU64,
    over: AtomicBool,
}

impl Relay {
    /// A relay to a port of this machine.
    pub(crate) fn to(port: u16) -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| e.to_string())?;
        let here = listener.local_addr().map_err(|e| e.to_string())?.port();
        listener.set_nonblocking(true).map_err(|e| e.to_string())?;
        let switch =
            Arc::new(Switch { mode: AtomicU8::new(PASS), epoch: AtomicU64::new(0), over: AtomicBool::new(false) });
        let shared = Arc::clone(&switch);
        thread::spawn(move || listen(&listener, port, &shared));
        Ok(Self { port: here, switch })
    }

    /// What the server answers is lost from now on; what the client sends arrives. New connections get as far as the
    /// server's first words, so that a request can be sent on them too.
    pub(crate) fn lose_answers(&self) {
        self.switch.mode.store(LOSE, SeqCst);
    }

    /// What the client sends is held back from now on.
    pub(crate) fn hold_requests(&self) {
        self.switch.mode.store(HOLD, SeqCst);
    }

    /// What the server says is held back from now on, until [`Relay::release`].
    pub(crate) fn hold_answers(&self) {
        self.switch.mode.store(LATE, SeqCst);
    }

    /// Passes on what was held back, and all that follows.
    pub(crate) fn release(&self) {
        self.switch.mode.store(PASS, SeqCst);
    }

    /// Ends all connections, with what is on its way; new ones are ended at once.
    pub(crate) fn cut(&self) {
        self.switch.mode.store(CUT, SeqCst);
        self.switch.epoch.fetch_add(1, SeqCst);
    }

    /// Ends all connections, with what is on its way; new ones work.
    pub(crate) fn mend(&self) {
        self.switch.epoch.fetch_add(1, SeqCst);
        self.switch.mode.store(PASS, SeqCst);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.switch.over.store(true, SeqCst);
    }
}

fn listen(listener: &TcpListener, port: u16, switch: &Arc<Switch>) {
    while !switch.over.load(SeqCst) {
        let Ok((client, _)) = listener.accept() else {
            thread::sleep(TICK);
            continue;
        };
        if switch.mode.load(SeqCst) == CUT {
            continue;
        }
        let Ok(server) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))) else { continue };
        let line = Line {
            switch: Arc::clone(switch),
            epoch: switch.epoch.load(SeqCst),
            greeted: Arc::new(AtomicBool::new(false)),
            ended: Arc::new(AtomicBool::new(false)),
        };
        let _ = line.open(client, server);
    }
}

/// One connection.
#[derive(Clone)]
struct Line {
    switch: Arc<Switch>,
    epoch: u64,
    /// The server has spoken and the client has answered: from here on there are requests and their answers.
    greeted: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
}

impl Line {
    fn open(self, client: TcpStream, server: TcpStream) -> std::io::Result<()> {
        for stream in [&client, &server] {
            // The listener does not wait; its connections do, a little.
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(TICK))?;
            stream.set_nodelay(true)?;
        }
        let (up, down) = (self.clone(), self);
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let spoken = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&spoken);
        thread::spawn(move || up.carry(from, to, |line| line.upward(&heard)));
        thread::spawn(move || down.carry(server, client, |line| line.downward(&spoken)));
        Ok(())
    }

    /// Carries bytes until one side ends, or this connection is cut.
    fn carry(&self, mut from: TcpStream, mut to: TcpStream, may: impl Fn(&Self) -> Gate) {
        let mut chunk = [0; 16 << 10];
        let mut held = Vec::new();
        while !self.is_over() {
            match from.read(&mut chunk) {
                Ok(0) => break,
                Ok(n) => held.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => break,
            }
            if held.is_empty() {
                continue;
            }
            match may(self) {
                Gate::Hold => thread::sleep(TICK),
                Gate::Lose => held.clear(),
                Gate::Pass => {
                    if to.write_all(&held).is_err() {
                        break;
                    }
                    held.clear();
                }
            }
        }
        self.ended.store(true, SeqCst);
        for stream in [from, to] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn is_over(&self) -> bool {
        self.ended.load(SeqCst) || self.switch.over.load(SeqCst) || self.switch.epoch.load(SeqCst) != self.epoch
    }

    fn upward(&self, heard: &AtomicBool) -> Gate {
        if self.switch.mode.load(SeqCst) == HOLD {
            return Gate::Hold;
        }
        if heard.load(SeqCst) {
            self.greeted.store(true, SeqCst);
        }
        Gate::Pass
    }

    fn downward(&self, spoken: &AtomicBool) -> Gate {
        let mode = self.switch.mode.load(SeqCst);
        if mode == LATE {
            return Gate::Hold;
        }
        if mode == LOSE && self.greeted.load(SeqCst) {
            return Gate::Lose;
        }
        spoken.store(true, SeqCst);
        Gate::Pass
    }
}

/// What is done with bytes that arrive.
enum Gate {
    Pass,
    Hold,
    Lose,
}
