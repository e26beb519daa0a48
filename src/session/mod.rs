//! What the operator is doing: which screen, which overlay, where the cursor is (by identity, never by row), which filter.
//!
//! One function changes it: [`Session::update`]. It performs nothing: what the loop must do comes back as an [`Effect`].

use std::sync::Arc;

use crate::{
    domain::{Entry, Fleet, Ref, Rollout, Uid, Version, Why},
    input::Action,
};

/// All of it.
pub struct Session {
    /// The stack of screens; the last one is shown, the first one is the board, or the deck that was asked for.
    pub screens: Vec<Screen>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// The board's cursor, order and filter.
    pub board: BoardState,
    /// The deck's selection.
    pub deck: DeckState,
    /// What was chosen at the start.
    pub options: Options,
    /// The terminal's size in cells.
    pub size: (u16, u16),
    /// One line for the operator, until the next key.
    pub notice: Option<String>,
}

/// What was chosen at the start and does not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only ASCII is drawn.
    pub ascii: bool,
    /// Nothing can be written; every steering key is locked.
    pub read_only: bool,
    /// Seconds east of UTC, for clock times.
    pub utc_offset_s: i32,
    /// What is shown, for the header: `prod-eu · shop, pay`.
    pub scope: String,
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
    /// Sources and their health.
    Sources,
}

/// What lies over a screen.
pub enum Overlay {
    /// The keys of the screen; the number of lines scrolled.
    Help(u16),
    /// Every action, by fuzzy name.
    Palette(Prompt, usize),
    /// The board's filter being typed; holds the filter as it was before.
    Filter(Prompt, String),
}

/// A line being typed.
pub struct Prompt;

impl Prompt {
    /// The text so far.
    pub fn text(&self) -> &str {
        ""
    }
    /// The cursor, in characters from the start.
    pub fn cursor(&self) -> usize {
        0
    }
}

/// A line of the palette.
pub struct Suggestion {
    /// The action.
    pub action: Action,
    /// Able now, or why not.
    pub able: Result<(), Why>,
    /// Which characters of the name matched.
    pub matched: Vec<usize>,
}

impl Session {
    /// A session that starts on the board.
    pub fn new(options: Options, first: Screen) -> Self {
        Self {
            screens: vec![first],
            overlay: None,
            board: BoardState::default(),
            deck: DeckState::default(),
            options,
            size: (80, 24),
            notice: None,
        }
    }
    /// The screen that is shown.
    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Board)
    }
    /// The rollout that is looked at closely: its events are watched and its logs fetched.
    pub fn focus(&self) -> Option<&Ref> {
        None
    }
    /// The board's rows: filtered and sorted.
    pub fn rows<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Arc<Rollout>> {
        fleet.rollouts.values().collect()
    }
    /// The panes of a deck: the living versions, older ones only when unfolded.
    pub fn panes<'f>(&self, rollout: &'f Rollout) -> Vec<&'f Version> {
        rollout.living().collect()
    }
    /// The timeline's lines that the filter lets through, newest last.
    pub fn lines<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Entry> {
        fleet.timeline.iter().collect()
    }
    /// The palette's lines for what is typed, best first.
    pub fn suggestions(&self, _fleet: &Fleet) -> Vec<Suggestion> {
        Vec::new()
    }
    /// Whether an action makes sense now, or why not.
    pub fn able(&self, _action: Action, _fleet: &Fleet) -> Result<(), Why> {
        Ok(())
    }
    /// Does an action.
    pub fn update(&mut self, _action: Action, _fleet: &Fleet) -> Option<Effect> {
        None
    }
}

/// The board.
#[derive(Clone, Debug, Default)]
pub struct BoardState {
    /// The selected rollout.
    pub cursor: Option<Ref>,
    /// The row it was last seen in, for when it is gone.
    pub last_row: usize,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub reversed: bool,
    /// The filter as typed.
    pub filter: String,
    /// Only what needs a human.
    pub needs_you: bool,
}

/// The orders of the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Who needs a human now.
    #[default]
    Urgency,
    /// Namespace, then name.
    Name,
    /// Newest change first.
    Since,
    /// Most restarts first.
    Restarts,
    /// Most pods first.
    Pods,
}

/// The deck.
#[derive(Clone, Debug, Default)]
pub struct DeckState {
    /// The selected version.
    pub version: Option<Uid>,
    /// Whether older versions are unfolded.
    pub older: bool,
    /// Which lines of the timeline are shown.
    pub tellers: Tellers,
    /// Lines scrolled back from the newest.
    pub scrolled: usize,
    /// The selected pod on the pods screen.
    pub pod: Option<Uid>,
}

/// Which lines of the timeline are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tellers {
    /// All.
    #[default]
    All,
    /// What is wrong.
    Warnings,
    /// Kubernetes events.
    Events,
    /// What the watch showed, and what the operator did.
    Changes,
}

/// What the loop must do for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Draw everything afresh, as if the terminal's content were unknown.
    Redraw,
}
