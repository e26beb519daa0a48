//! What the operator is doing: which screen, which overlay, where the cursor is (by identity, never by row), which filter.
//!
//! One function changes it: [`Session::update`]. It performs nothing: what the loop must do comes back as an [`Effect`].

use crate::domain::{Ref, Uid};

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
