//! Who writes: the person, the machine and the program, and whether a program of this machine still runs.

use std::{fs, os::unix::fs::MetadataExt as _};

use serde::{Deserialize, Serialize};

use crate::domain::{Moment, Name, Text};

/// The author of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The person: `$USER`, or `$LOGNAME`, or the number of the user.
    pub user: Name,
    /// The machine.
    pub host: Name,
    /// The process.
    pub pid: u32,
    /// When that process started, in the machine's own words; empty where there is no `/proc`. Numbers of processes are
    /// given again.
    pub started: Text,
}

impl Me {
    /// This process, its environment and its machine. Reads them anew each time.
    pub fn of_process() -> Self {
        let named =
            ["USER", "LOGNAME"].iter().filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty());
        let numbered =
            || fs::metadata("/proc/self").map_or_else(|_| "unknown".to_owned(), |of| format!("uid-{}", of.uid()));
        let host = hostname::get().map_or_else(|_| "unknown".to_owned(), |host| host.to_string_lossy().into_owned());
        let pid = std::process::id();
        Self { user: named.unwrap_or_else(numbered).into(), host: host.into(), pid, started: start(pid) }
    }

    /// `user@host`.
    pub fn by(&self) -> Text {
        Text::clean(&format!("{}@{}", self.user, self.host))
    }
}

/// The identity of the `counter`th deed of a program: unique over its deeds, over programs of a machine and over machines of
/// different names, and in the order of time. It needs no randomness.
pub fn new_id(now: Moment, me: &Me, counter: u64) -> Text {
    Text::clean(&format!("{}-{}-{}-{counter}", now.0, me.host, me.pid))
}

/// A program that wrote a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Author {
    pub(super) host: Name,
    pub(super) pid: u32,
    pub(super) started: Text,
}

impl Author {
    pub(super) fn new(me: &Me) -> Self {
        Self { host: me.host.clone(), pid: me.pid, started: me.started.clone() }
    }

    /// Whether it is certain that it runs no more. Nothing can be said about another machine, and nothing without `/proc`.
    pub(super) fn is_dead(&self, me: &Me) -> bool {
        self.host == me.host
            && match life(self.pid) {
                Life::Started(at) => at != self.started,
                Life::Ended => true,
                Life::Unknown => false,
            }
    }
}

/// When a running process started; empty if that is not known.
pub(super) fn start(pid: u32) -> Text {
    match life(pid) {
        Life::Started(at) => at,
        Life::Ended | Life::Unknown => Text::default(),
    }
}

/// What the machine knows of a number of a process.
enum Life {
    Started(Text),
    Ended,
    Unknown,
}

fn life(pid: u32) -> Life {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => started(&stat).map_or(Life::Unknown, Life::Started),
        Err(_)
            if fs::exists("/proc/self/stat").unwrap_or(false)
                && !fs::exists(format!("/proc/{pid}")).unwrap_or(true) =>
        {
            Life::Ended
        }
        Err(_) => Life::Unknown,
    }
}

/// The start of a process out of `/proc/PID/stat` (field 22, proc(5)): ticks since the boot, and which boot that was. A zombie
/// (field 3) runs no more, and is told so by a start that no process has.
fn started(stat: &str) -> Option<Text> {
    // The second field is the program's name in parentheses, and may hold spaces and parentheses.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let ticks = fields.nth(18)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let dead = if matches!(state, "Z" | "X") { " ended" } else { "" };
    Some(Text::clean(&format!("{}/{ticks}{dead}", boot.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_behind_any_name() {
        let stat = "7 (a) (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        assert!(started(stat).unwrap().ends_with("/4711"));
        let zombie = stat.replace(") S ", ") Z ");
        assert!(started(&zombie).unwrap().ends_with("/4711 ended"));
        assert_eq!(started("7 (a) S 1"), None);
    }

    #[test]
    fn this_process_lives_and_its_number_reused_does_not() {
        let me = Me::of_process();
        assert!(!Author::new(&me).is_dead(&me));
        assert!(Author { started: "long ago".into(), ..Author::new(&me) }.is_dead(&me));
        assert!(Author { pid: u32::MAX, ..Author::new(&me) }.is_dead(&me));
        assert!(!Author { pid: u32::MAX, host: "elsewhere".into(), ..Author::new(&me) }.is_dead(&me));
    }

    #[test]
    fn identities_differ_by_everything_they_are_made_of() {
        let me = Me { user: "alice".into(), host: "bastion".into(), pid: 7, started: "".into() };
        let other = Me { pid: 8, ..me.clone() };
        let far = Me { host: "elsewhere".into(), ..me.clone() };
        assert_eq!(new_id(Moment(5), &me, 1), "5-bastion-7-1");
        let ids = [
            new_id(Moment(5), &me, 2),
            new_id(Moment(6), &me, 1),
            new_id(Moment(5), &other, 1),
            new_id(Moment(5), &far, 1),
        ];
        for (place, id) in ids.iter().enumerate() {
            assert!(!ids[..place].contains(id) && *id != new_id(Moment(5), &me, 1), "{id}");
        }
        assert_eq!(me.by(), "alice@bastion");
    }
}
