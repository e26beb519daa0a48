//! The screen of logs: whose lines are wanted, which of them is read, and how they are shown. Words are searched in `find`.

use std::collections::HashSet;

use super::{Done, Screen, Session, Why, deck::alive, motion::step, refuse};
use crate::{
    domain::{Container, ContainerRole, ContainerState, Fleet, LogAsk, LogBook, LogLine, Name, Pod, Ref, Rollout, Uid},
    input::{Logs, Move},
};

/// Streams that are open at once, at most: each is a connection that the API server and a kubelet hold.
pub const STREAMS: usize = 30;

/// Whose lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogOf {
    /// Of all pods of a version.
    Version(Uid),
    /// Of one pod.
    Pod(Uid),
}

/// Of which of their containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LogFrom {
    /// The first one that is no init container: the one `kubectl logs` takes.
    #[default]
    First,
    /// The one of that name.
    One(Name),
    /// Every one.
    All,
}

/// The screen of logs.
#[derive(Clone, Debug, Default)]
pub struct LogsState {
    /// Lines scrolled back from the newest; 0 follows it.
    pub scrolled: usize,
    /// How many lines there had ever been when last looked at.
    pub lines: usize,
    /// What is searched; empty for nothing.
    pub search: String,
    /// What was searched before another word was begun.
    pub searched: String,
    /// The line that a search led to.
    pub found: Option<LogLine>,
    /// Whether the run before the last restart is shown.
    pub previous: bool,
    /// Whether long lines are wrapped.
    pub wrap: bool,
    /// Which containers.
    pub from: LogFrom,
    /// The streams that are wanted, in the order in which they came; those of pods that are gone keep their lines.
    pub asks: Vec<LogAsk>,
    /// The pods that lines were wanted of so far: a pod's place is its colour.
    pub voices: Vec<Ref>,
    /// Who is heard of whom.
    pub heard: Heard,
    /// The line that is read while scrolled back.
    reading: Option<LogLine>,
}

/// Who is heard of whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Pods there are.
    pub pods: usize,
    /// Their containers that have a log.
    pub containers: usize,
    /// Those whose streams are wanted; fewer when there are too many.
    pub streams: usize,
    /// Containers that have not started yet.
    pub waiting: usize,
}

impl LogsState {
    /// For other lines: how they are shown and what is searched stays.
    fn afresh(&self) -> Self {
        Self { wrap: self.wrap, search: self.search.clone(), voices: self.voices.clone(), ..Self::default() }
    }

    /// Goes to the line so far back from the newest; 0 follows it.
    pub(super) fn go(&mut self, scrolled: usize, book: &LogBook) {
        let last = book.lines.len().saturating_sub(1);
        self.scrolled = scrolled.min(last);
        self.reading = if self.scrolled > 0 { book.lines.get(last - self.scrolled).cloned() } else { None };
    }

    /// The line that is read, by its place in the book: the newest, or the one that was scrolled back to.
    pub fn place(&self, book: &LogBook) -> Option<usize> {
        Some(book.lines.len().checked_sub(1)?.saturating_sub(self.scrolled))
    }

    /// Who has scrolled back goes on reading the same line, wherever newer ones arrive and older ones are let go of.
    fn stay(&mut self, book: &LogBook) {
        let ever = book.dropped + book.lines.len();
        if let Some(reading) = &self.reading {
            let guess = self.lines.saturating_sub(1 + self.scrolled).saturating_sub(book.dropped);
            let place = nearest(book, guess, reading).unwrap_or(guess);
            self.go(book.lines.len().saturating_sub(1 + place), book);
        }
        self.lines = ever;
    }
}

/// The place of a line, looked for outwards from where it should be.
fn nearest(book: &LogBook, guess: usize, line: &LogLine) -> Option<usize> {
    let is_there = |place: &usize| {
        book.lines.get(*place).is_some_and(|l| l.at == line.at && l.says == line.says && l.of == line.of)
    };
    let outwards = (0..book.lines.len()).flat_map(|far| [guess.checked_sub(far), Some(guess + far)]);
    outwards.flatten().find(is_there)
}

/// Whether a container has written a log, or had the time to.
fn has_log(container: &Container, previous: bool) -> bool {
    let started = match container.state {
        ContainerState::Running { .. } | ContainerState::Ended(_) => true,
        ContainerState::Waiting { .. } | ContainerState::Unreported => false,
    };
    let again = container.restarts > 0 || container.last.is_some();
    again || (started && !previous)
}

/// The pods meant by a screen, the worst first, then the youngest.
fn pods<'f>(rollout: &'f Rollout, of: &LogOf) -> Vec<&'f Pod> {
    let mut pods: Vec<&Pod> = match of {
        LogOf::Version(uid) => rollout.version(uid).into_iter().flat_map(|v| &v.pods.list).map(AsRef::as_ref).collect(),
        LogOf::Pod(uid) => {
            let all = rollout.versions.iter().flat_map(|v| &v.pods.list);
            all.filter(|pod| pod.meta.uid == *uid).map(AsRef::as_ref).collect()
        }
    };
    pods.sort_by_cached_key(|pod| (pod.state(), std::cmp::Reverse(pod.meta.created), pod.meta.at.name.clone()));
    pods
}

/// Names of containers, those first that `kubectl logs` would take.
fn containers(pods: &[&Pod]) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for role in [ContainerRole::Main, ContainerRole::Sidecar, ContainerRole::Init] {
        for container in pods.iter().flat_map(|pod| &pod.containers).filter(|c| c.role == role) {
            if !names.contains(&container.name) {
                names.push(container.name.clone());
            }
        }
    }
    names
}

impl Session {
    /// Whose lines the screen of logs shows; None on other screens.
    fn log_pods<'f>(&self, fleet: &'f Fleet) -> Option<Vec<&'f Pod>> {
        let Screen::Logs(at, of) = self.screen() else { return None };
        Some(fleet.rollouts.get(at).map(|rollout| pods(rollout, of)).unwrap_or_default())
    }

    /// The names of the containers to choose from, the usual one first.
    pub fn log_containers(&self, fleet: &Fleet) -> Vec<Name> {
        containers(&self.log_pods(fleet).unwrap_or_default())
    }

    /// The container whose lines are shown; None for all of them.
    pub fn log_container(&self, containers: &[Name]) -> Option<Name> {
        match &self.logs.from {
            LogFrom::First => containers.first().cloned(),
            LogFrom::One(name) => Some(name.clone()),
            LogFrom::All => None,
        }
    }

    pub(super) fn log_asks(&self, _fleet: &Fleet) -> Vec<LogAsk> {
        if matches!(self.screen(), Screen::Logs(..)) { self.logs.asks.clone() } else { Vec::new() }
    }

    /// Wants the lines of pods that come, and keeps those of pods that are gone.
    pub(super) fn settle_logs(&mut self, fleet: &Fleet) {
        let Some(pods) = self.log_pods(fleet) else { return };
        let chosen = self.log_container(&containers(&pods));
        let previous = self.logs.previous;
        let mut heard = Heard { pods: pods.len(), ..Heard::default() };
        let mut there: Vec<LogAsk> = Vec::new();
        for pod in pods {
            for container in pod.containers.iter().filter(|c| chosen.as_ref().is_none_or(|name| c.name == *name)) {
                if has_log(container, previous) {
                    let (pod, container) = (pod.meta.at.clone(), container.name.clone());
                    there.push(LogAsk { pod, container, previous });
                } else {
                    heard.waiting += 1;
                }
            }
        }
        heard.containers = there.len();
        self.want(&there, &fleet.desk.logs);
        self.logs.heard = Heard { streams: heard.containers.min(STREAMS), ..heard };
        self.logs.stay(&fleet.desk.logs);
    }

    /// What was wanted before goes on first, then what is new, as far as there are streams.
    fn want(&mut self, there: &[LogAsk], book: &LogBook) {
        let logs = &mut self.logs;
        let is_there: HashSet<&LogAsk> = there.iter().collect();
        let (mut asks, gone): (Vec<LogAsk>, Vec<LogAsk>) =
            std::mem::take(&mut logs.asks).into_iter().partition(|ask| is_there.contains(ask));
        let known: HashSet<LogAsk> = asks.iter().cloned().collect();
        asks.extend(there.iter().filter(|ask| !known.contains(*ask)).cloned());
        asks.truncate(STREAMS);
        for pod in asks.iter().map(|ask| &ask.pod) {
            if !logs.voices.contains(pod) {
                logs.voices.push(pod.clone());
            }
        }
        if !gone.is_empty() {
            let told: HashSet<&LogAsk> = book.lines.iter().map(|line| &line.of).collect();
            let kept: Vec<LogAsk> = gone.into_iter().filter(|ask| told.contains(ask)).collect();
            asks.extend(kept.into_iter().rev().take(STREAMS).rev());
        }
        logs.asks = asks;
    }

    pub(super) fn open_logs(&mut self, at: &Ref, fleet: &Fleet) -> Result<(), Why> {
        let rollout = alive(at, fleet)?;
        let of = if matches!(self.screen(), Screen::Pods(..)) {
            let pods = self.pods(fleet);
            let pod = self.pod_row(&pods).and_then(|row| pods.get(row));
            LogOf::Pod(pod.ok_or_else(|| refuse("this version has no pods"))?.meta.uid.clone())
        } else {
            let version = self.version(rollout).ok_or_else(|| refuse("this rollout has no versions yet"))?;
            if version.pods.list.is_empty() {
                let why = if version.pods.known { "this version has no pods" } else { "pods may not be read here" };
                return Err(refuse(why));
            }
            LogOf::Version(version.uid.clone())
        };
        self.logs = LogsState { voices: Vec::new(), ..self.logs.afresh() };
        self.screens.push(Screen::Logs(at.clone(), of));
        self.settle_logs(fleet);
        Ok(())
    }

    pub(super) fn on_logs(&mut self, action: Logs, fleet: &Fleet) -> Done {
        if !matches!(self.screen(), Screen::Logs(..)) {
            return Err(refuse("only on the screen of logs"));
        }
        match action {
            Logs::Follow => self.logs.go(0, &fleet.desk.logs),
            Logs::Search => self.begin_search(),
            Logs::SearchNext => self.search_on(true, fleet)?,
            Logs::SearchPrevious => self.search_on(false, fleet)?,
            Logs::PreviousRun => self.other_run(fleet)?,
            Logs::Wrap => self.logs.wrap = !self.logs.wrap,
        }
        Ok(None)
    }

    fn other_run(&mut self, fleet: &Fleet) -> Result<(), Why> {
        let previous = !self.logs.previous;
        let pods = self.log_pods(fleet).unwrap_or_default();
        let has = |pod: &&Pod| pod.containers.iter().any(|c| has_log(c, true));
        if previous && !pods.iter().any(has) {
            return Err(refuse("no container has restarted, so there is no run before this one"));
        }
        self.logs = LogsState { previous, from: self.logs.from.clone(), ..self.logs.afresh() };
        self.settle_logs(fleet);
        Ok(())
    }

    /// Up is back in time; left and right choose a container, all of them last.
    pub(super) fn move_in_logs(&mut self, motion: Move, fleet: &Fleet) -> Done {
        let book = &fleet.desk.logs;
        match step(motion, self.logs.place(book).unwrap_or(0), book.lines.len(), self.page()) {
            Some(to) => self.logs.go(book.lines.len().saturating_sub(to + 1), book),
            None => self.other_container(motion == Move::Right, fleet)?,
        }
        Ok(None)
    }

    fn other_container(&mut self, forward: bool, fleet: &Fleet) -> Result<(), Why> {
        let names = self.log_containers(fleet);
        if names.len() < 2 {
            return Err(refuse("there is only one container"));
        }
        let shown = self.log_container(&names);
        let now = shown.and_then(|name| names.iter().position(|n| *n == name)).unwrap_or(names.len());
        let choices = names.len() + 1;
        let to = (now + if forward { 1 } else { choices - 1 }) % choices;
        let from = names.get(to).map_or(LogFrom::All, |name| LogFrom::One(name.clone()));
        self.logs = LogsState { from, previous: self.logs.previous, ..self.logs.afresh() };
        self.settle_logs(fleet);
        Ok(())
    }

    /// Takes note of how far back the lines were really drawn: the oldest ones fill the screen.
    pub fn logs_drawn(&mut self, scrolled: usize, fleet: &Fleet) {
        if self.logs.scrolled != scrolled {
            self.logs.go(scrolled, &fleet.desk.logs);
        }
    }
}
