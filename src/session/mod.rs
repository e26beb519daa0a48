//! What the operator is doing: which screen, which overlay, where the cursor is (by identity, never by row), which filter.
//!
//! One function changes it by action: [`Session::update`]; [`Session::press`] finds the action that a key means, or types
//! the key into a line of text. Neither performs anything: what the loop must do comes back as an [`Effect`].

mod args;
mod board;
mod card;
mod chart;
mod deck;
mod demo;
mod export;
mod figure;
mod filter;
mod find;
mod fuzzy;
mod global;
mod history;
mod journal;
mod logs;
mod motion;
mod overlay;
mod palette;
mod pods;
mod press;
mod prompt;
mod query;
mod sort;
mod sources;
mod steer;
mod timeline;

pub use board::BoardState;
pub use card::{CardState, Drawn, LEAST};
pub use chart::ChartState;
pub use deck::DeckState;
pub use demo::Demo;
pub use export::{Export, ExportField, Form};
pub use figure::Figure;
pub use filter::{Filter, Term};
pub use find::Finder;
pub use fuzzy::Marker;
pub use history::HistoryState;
pub use journal::JournalState;
pub use logs::{Heard, LogFrom, LogOf, LogsState, STREAMS};
pub use overlay::{Overlay, Typed};
pub use palette::Suggestion;
pub use prompt::Prompt;
pub use query::QueryField;
pub use sort::Sort;
pub use steer::{Field, verb};
pub use timeline::Tellers;

use std::time::Duration;

use crate::{
    domain::{DiffAsk, Fleet, Intent, LogAsk, OwnQuery, Past, Ref, Text, Uid, Why},
    input::{Action, Chord, Scope},
};

/// All of it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The stack of screens; the last one is shown, the first one is the board, or the deck that was asked for.
    pub screens: Vec<Screen>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The board's cursor, order and filter.
    pub board: BoardState,
    /// The deck's selection.
    pub deck: DeckState,
    /// The screen of charts.
    pub chart: ChartState,
    /// The screen of revisions.
    pub history: HistoryState,
    /// The screen of logs.
    pub logs: LogsState,
    /// The screen of the journal.
    pub journal: JournalState,
    /// The first line shown of the screen of sources.
    pub sources_top: usize,
    /// How time passes in the demo; None on a real cluster.
    pub demo: Option<Demo>,
    /// What was chosen at the start.
    pub options: Options,
    /// The terminal's size in cells.
    pub size: (u16, u16),
    /// One line for the operator, until the next key.
    pub notice: Option<String>,
    /// The keys of a sequence half typed.
    pub pending: Vec<Chord>,
    /// How many lines of a card or of help the last frame had no room for: as far as they scroll. None until one was drawn.
    pub beyond: Option<usize>,
    /// The cards that were confirmed.
    given: Vec<u64>,
}

/// What was chosen at the start and does not change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Only ASCII is drawn.
    pub ascii: bool,
    /// Nothing can be written; every steering key is locked.
    pub read_only: bool,
    /// Seconds east of UTC, for clock times.
    pub utc_offset_s: i32,
    /// What is shown, for the header: `prod-eu · shop, pay`.
    pub scope: String,
    /// Over how long rates can be taken, the one that is chosen first in front; empty without metrics.
    pub windows: Vec<Duration>,
    /// The queries that the configuration wants to be drawn.
    pub charts: Vec<OwnQuery>,
}

/// A screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// One row per rollout.
    Board,
    /// One rollout, its versions side by side.
    Deck(Ref),
    /// The pods of one of its versions.
    Pods(Ref, Uid),
    /// Its timeline, full screen.
    Timeline(Ref),
    /// Its charts, full screen.
    Chart(Ref),
    /// Log lines of one of its pods or versions.
    Logs(Ref, LogOf),
    /// Its revisions.
    History(Ref),
    /// The difference between two of its templates.
    Diff(Ref, Box<DiffAsk>),
    /// What was done.
    Journal,
    /// Sources and their health.
    Sources,
}

impl Screen {
    /// Where its keys are looked up, first to last.
    pub const fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::Board => &[Scope::Board, Scope::Move, Scope::Global],
            Self::Deck(_) | Self::Pods(..) | Self::Timeline(_) => {
                &[Scope::Deck, Scope::Steer, Scope::Move, Scope::Global]
            }
            Self::Chart(_) => &[Scope::Chart, Scope::Steer, Scope::Move, Scope::Global],
            Self::History(_) => &[Scope::History, Scope::Move, Scope::Global],
            Self::Logs(..) => &[Scope::Logs, Scope::Move, Scope::Global],
            Self::Diff(..) | Self::Journal | Self::Sources => &[Scope::Move, Scope::Global],
        }
    }

    /// The rollout it shows.
    pub const fn rollout(&self) -> Option<&Ref> {
        match self {
            Self::Deck(at)
            | Self::Pods(at, _)
            | Self::Timeline(at)
            | Self::Chart(at)
            | Self::Logs(at, _)
            | Self::History(at)
            | Self::Diff(at, _) => Some(at),
            Self::Board | Self::Journal | Self::Sources => None,
        }
    }
}

/// What the loop must do for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Draw everything afresh, as if the terminal's content were unknown.
    Redraw,
    /// Write this card into the journal, then send it: the operator has read and confirmed it.
    Confirm {
        /// The card's id.
        card: u64,
        /// Why, in the operator's words; may be empty.
        reason: Text,
    },
    /// Keep the journal in this file from now on, then do the same: the usual one cannot be written.
    ConfirmInto {
        /// The card's id.
        card: u64,
        /// Why.
        reason: Text,
        /// The file's path, as it was typed.
        file: Text,
    },
    /// Write what is shown into a file.
    Export(Export),
    /// Let the demo's time stand still, or go on.
    Hold,
    /// Let ten seconds pass there at once.
    Step,
    /// Let the demo's time pass faster.
    Faster,
    /// Let it pass more slowly.
    Slower,
}

/// What an action comes to: an effect, nothing more to do, or why not.
type Done = Result<Option<Effect>, Why>;

/// A refusal.
fn refuse(why: &str) -> Why {
    Why(Text::clean(why))
}

impl Session {
    /// A session that starts on that screen.
    pub fn new(options: Options, first: Screen) -> Self {
        Self {
            screens: vec![first],
            overlay: None,
            board: BoardState::default(),
            deck: DeckState::default(),
            chart: ChartState::default(),
            history: HistoryState::default(),
            logs: LogsState::default(),
            journal: JournalState::default(),
            sources_top: 0,
            demo: None,
            options,
            size: (80, 24),
            notice: None,
            pending: Vec::new(),
            beyond: None,
            given: Vec::new(),
        }
    }

    /// The screen that is shown.
    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Board)
    }

    /// The rollout that is looked at closely: its events are watched and its logs fetched. It stays so while a screen
    /// that is not about a rollout lies over its deck.
    pub fn focus(&self) -> Option<&Ref> {
        self.screens.iter().rev().find_map(Screen::rollout)
    }

    /// The plan that is wanted: a card for it is made while this says so, and dropped when it does not any more.
    pub fn planning(&self) -> Option<&Intent> {
        if let Some(Overlay::Card(card)) = &self.overlay { Some(&card.intent) } else { None }
    }

    /// The difference that is looked at.
    pub fn diffing(&self) -> Option<&DiffAsk> {
        if let Screen::Diff(_, ask) = self.screen() { Some(ask.as_ref()) } else { None }
    }

    /// The history that charts need: that of the deck, also while another screen lies over it; none without metrics.
    pub fn charting(&self, fleet: &Fleet) -> Option<Past> {
        let at = self.focus()?;
        let (span, until) = self.stretch_shown();
        Some(Past { until, ..Past::of(fleet.rollouts.get(at)?, span, self.rate_window()?) })
    }

    /// The containers whose lines are read: none but on the screen of logs.
    pub fn reading_logs(&self, fleet: &Fleet) -> Vec<LogAsk> {
        self.log_asks(fleet)
    }

    /// Keeps the cursors where they were when rows moved or vanished. The loop calls it with each new picture of the world.
    pub fn settle(&mut self, fleet: &Fleet) {
        self.settle_board(fleet);
        self.settle_pods(fleet);
        self.settle_timeline(fleet);
        self.settle_history(fleet);
        self.settle_logs(fleet);
        self.settle_journal(fleet);
        self.settle_card(fleet);
        self.settle_query(fleet);
    }

    /// Does an action; one that makes no sense now says why in `notice`.
    pub fn update(&mut self, action: Action, fleet: &Fleet) -> Option<Effect> {
        self.settle(fleet);
        self.attempt(action, fleet).unwrap_or_else(|why| {
            self.notice = Some(why.to_string());
            None
        })
    }

    /// Whether an action makes sense on the screen that is shown, or why not: it is tried on a copy, so that this never
    /// disagrees with [`Session::update`].
    pub fn able(&self, action: Action, fleet: &Fleet) -> Result<(), Why> {
        Self { overlay: None, ..self.clone() }.attempt(action, fleet).map(drop)
    }

    fn attempt(&mut self, action: Action, fleet: &Fleet) -> Done {
        match action {
            Action::Global(action) => self.global(action, fleet),
            Action::Move(action) => self.motion(action, fleet),
            Action::Board(action) => self.on_board(action, fleet),
            Action::Deck(action) => self.on_deck(action, fleet),
            Action::Chart(action) => self.on_chart(action, fleet),
            Action::Steer(action) => self.on_steer(action, fleet),
            Action::History(action) => self.on_history(action, fleet),
            Action::Logs(action) => self.on_logs(action, fleet),
            Action::Demo(action) => self.on_demo(action),
        }
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
