//! The screen of logs: whose lines, how far scrolled, what is searched.

use super::{Done, Session, Why, refuse};
use crate::{
    domain::{Fleet, LogAsk, Ref, Uid},
    input::{Logs, Move},
};

/// Whose lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogOf {
    /// Of all pods of a version.
    Version(Uid),
    /// Of one pod.
    Pod(Uid),
}

/// The screen of logs.
#[derive(Clone, Debug, Default)]
pub struct LogsState {
    /// Lines scrolled back from the newest; 0 follows it.
    pub scrolled: usize,
    /// How many lines there were when last looked at.
    pub lines: usize,
    /// What is searched; empty for nothing.
    pub search: String,
    /// Whether the run before the last restart is shown.
    pub previous: bool,
    /// Whether long lines are wrapped.
    pub wrap: bool,
}

impl Session {
    pub(super) fn on_logs(&mut self, _action: Logs, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    pub(super) fn open_logs(&mut self, _at: &Ref, _fleet: &Fleet) -> Result<(), Why> {
        Err(refuse("not yet"))
    }

    pub(super) fn move_in_logs(&mut self, _motion: Move, _fleet: &Fleet) -> Done {
        Err(refuse("not yet"))
    }

    pub(super) fn settle_logs(&mut self, _fleet: &Fleet) {}

    pub(super) fn log_asks(&self, _fleet: &Fleet) -> Vec<LogAsk> {
        Vec::new()
    }
}
