//! The palette: every action by fuzzy name, those that cannot be done now with the reason.

use std::cmp::Reverse;

use super::{Done, Marker, Overlay, Session, refuse};
use crate::{
    domain::{Fleet, Why},
    input::{Action, Scope},
};

/// A line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The action.
    pub action: Action,
    /// Able now, or why not.
    pub able: Result<(), Why>,
    /// Which characters of the name matched.
    pub matched: Vec<usize>,
}

/// An action with what was written behind its name.
#[derive(Clone, Copy)]
pub(super) enum Command<'t> {
    /// `pack NAME`.
    Pack(&'t str),
    /// `query EXPR`.
    Query(&'t str),
    /// `export FORM [FILE]`.
    Export(&'t str),
}

impl<'t> Command<'t> {
    /// What is typed, if it is one.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let behind = |name: &str| {
            text.trim_start().strip_prefix(name)?.strip_prefix(' ').map(str::trim).filter(|rest| !rest.is_empty())
        };
        behind("pack")
            .map(Self::Pack)
            .or_else(|| behind("query").map(Self::Query))
            .or_else(|| behind("export").map(Self::Export))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Pack(_) => "pack",
            Self::Query(_) => "query",
            Self::Export(_) => "export",
        }
    }
}

impl Session {
    /// The palette's lines for what is typed, best first.
    pub fn suggestions(&self, fleet: &Fleet) -> Vec<Suggestion> {
        let text = if let Some(Overlay::Palette(prompt, _)) = &self.overlay { prompt.text() } else { "" };
        self.suggest(text, fleet)
    }

    /// Names that match go before sentences that contain the text; then the better match, then what is able; with nothing
    /// to tell them apart, what belongs to the screen before what is the same everywhere.
    pub(super) fn suggest(&self, text: &str, fleet: &Fleet) -> Vec<Suggestion> {
        let text = Command::of(text).map_or(text, |command| command.name());
        let mut marker = Marker::of(text.split_whitespace().map(str::to_owned));
        let sought = text.trim().to_lowercase();
        let line = |action: &Action| {
            let found = marker.find(action.name());
            let described = action.doc().to_lowercase().contains(&sought);
            let (score, matched) = found.or_else(|| described.then(|| (0, Vec::new())))?;
            Some((score, Suggestion { action: *action, able: self.able(*action, fleet), matched }))
        };
        let scopes = self.screen_scopes();
        // What is the demo's alone is not even named elsewhere.
        let exists = |action: &&Action| self.demo.is_some() || action.scope() != Scope::Demo;
        let mut lines: Vec<(u32, Suggestion)> = Action::ALL.iter().filter(exists).filter_map(line).collect();
        let near = |action: Action| scopes.iter().position(|scope| *scope == action.scope()).unwrap_or(scopes.len());
        lines.sort_by_key(|(score, line)| (Reverse(*score), line.able.is_err(), near(line.action)));
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// Does what was typed with its name.
    pub(super) fn command(&mut self, command: Command<'_>, fleet: &Fleet) -> Done {
        match command {
            Command::Pack(name) => self.take_pack(name, fleet).map(|()| None),
            Command::Query(promql) => self.ask_query_now(promql, fleet),
            Command::Export(typed) => self.export(typed, fleet).map(Some),
        }
    }

    /// The action of a line, if it is able.
    pub(super) fn choose(&self, text: &str, line: usize, fleet: &Fleet) -> Result<Action, Why> {
        let lines = self.suggest(text, fleet);
        let chosen = lines.into_iter().nth(line).ok_or_else(|| refuse("there is no such action"))?;
        chosen.able.map(|()| chosen.action)
    }
}
