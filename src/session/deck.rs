//! The deck of one rollout: which versions have a pane, which one is selected, and the way to its neighbours.

use std::{sync::Arc, time::Duration};

use super::{Done, Screen, Session, Tellers, Why, motion::beside, refuse};
use crate::{
    domain::{Fleet, Name, Packs, Ref, Role, Rollout, Span, Uid, Version},
    input::{Deck, Move},
};

/// History that is unfolded, at most: more does not fit any screen side by side.
const PAST_SHOWN: usize = 10;

/// The deck.
#[derive(Clone, Debug, Default)]
pub struct DeckState {
    /// The selected version.
    pub version: Option<Uid>,
    /// Whether older versions are unfolded.
    pub older: bool,
    /// Which lines of the timeline are shown.
    pub tellers: Tellers,
    /// Lines scrolled back from the newest; 0 follows it.
    pub scrolled: usize,
    /// How many lines were in sight in the last frame: what is older than those is as far as scrolling leads.
    pub rows: usize,
    /// How many lines there were when last looked at.
    pub lines: usize,
    /// The selected pod on the pods screen.
    pub pod: Option<Uid>,
    /// The row it was last seen in, for when it is gone.
    pub pod_row: usize,
    /// How far back charts show.
    pub span: Span,
    /// Over how long rates are taken; None until another window than the first was chosen.
    pub window: Option<Duration>,
    /// The query pack, if one in particular was chosen.
    pub pack: Option<Name>,
}

impl DeckState {
    /// For another rollout: only what the operator wants to read of a timeline and of charts stays.
    pub(super) fn afresh(&self) -> Self {
        let (span, window, pack) = (self.span, self.window, self.pack.clone());
        Self { tellers: self.tellers, rows: self.rows, span, window, pack, ..Self::default() }
    }
}

/// A rollout that is still there.
pub(super) fn alive<'f>(at: &Ref, fleet: &'f Fleet) -> Result<&'f Arc<Rollout>, Why> {
    fleet.rollouts.get(at).ok_or_else(|| refuse(&format!("{at} is gone")))
}

/// Whether a version keeps its pane when older ones are folded: it comes, it serves, or it has a part in serving. What
/// only drains needs no pane.
fn is_current(version: &Version) -> bool {
    match version.role {
        Role::New | Role::Stable => true,
        Role::Old => version.pods.desired > 0,
        Role::Past => false,
    }
}

impl Session {
    /// The panes of a deck, newest first: the new, the current and whatever else is wanted; unfolded, all that live and the latest history.
    pub fn panes<'f>(&self, rollout: &'f Rollout) -> Vec<&'f Version> {
        let living: Vec<&Version> = rollout.living().collect();
        let current: Vec<&Version> = living.iter().copied().filter(|v| is_current(v)).collect();
        if self.deck.older {
            let past = rollout.versions.iter().filter(|v| !living.iter().any(|l| l.uid == v.uid));
            living.iter().copied().chain(past.take(PAST_SHOWN)).collect()
        } else if current.is_empty() {
            living
        } else {
            current
        }
    }

    /// How many versions have no pane: folded away, or further back than is ever shown.
    pub fn folded(&self, rollout: &Rollout) -> usize {
        rollout.versions.len().saturating_sub(self.panes(rollout).len())
    }

    /// The selected version: the one that was chosen while it has a pane, else the newest.
    pub fn version<'f>(&self, rollout: &'f Rollout) -> Option<&'f Version> {
        let panes = self.panes(rollout);
        let chosen = panes.iter().find(|v| Some(&v.uid) == self.deck.version.as_ref());
        chosen.or_else(|| panes.first()).copied()
    }

    /// Left and right along the panes, up and down along the timeline.
    pub(super) fn move_on_deck(&mut self, motion: Move, at: &Ref, fleet: &Fleet) -> Done {
        let rollout = alive(at, fleet)?;
        let panes = self.panes(rollout);
        let chosen = self.version(rollout).map(|v| &v.uid);
        let pane = panes.iter().position(|v| Some(&v.uid) == chosen).unwrap_or(0);
        let Some(to) = beside(motion, pane, panes.len()) else { return self.scroll_timeline(motion, fleet) };
        self.deck.version = panes.get(to).map(|v| v.uid.clone());
        Ok(None)
    }

    pub(super) fn on_deck(&mut self, action: Deck, fleet: &Fleet) -> Done {
        let (Screen::Deck(at) | Screen::Pods(at, _) | Screen::Timeline(at)) = self.screen().clone() else {
            return Err(refuse("only on the deck of a rollout"));
        };
        self.overlay = None;
        match action {
            Deck::Pods => self.open_pods(at, fleet)?,
            Deck::Logs => self.open_logs(&at, fleet)?,
            Deck::History => self.open_history(at, fleet)?,
            Deck::Diff => self.open_diff(&at, fleet)?,
            Deck::Older => self.toggle_older(&at, fleet)?,
            Deck::Timeline => self.toggle_timeline(at),
            Deck::Chart => self.open_charts(at, fleet)?,
            Deck::Tellers => {
                self.deck.tellers = self.deck.tellers.next();
                self.deck.scrolled = 0;
            }
            Deck::Next => self.neighbour(&at, true, fleet)?,
            Deck::Previous => self.neighbour(&at, false, fleet)?,
            Deck::Longer => self.stretch(true)?,
            Deck::Shorter => self.stretch(false)?,
            Deck::Window => self.next_window()?,
            Deck::Pack => self.next_pack(&at, fleet)?,
        }
        Ok(None)
    }

    /// Over how long rates are taken; None without metrics.
    pub fn rate_window(&self) -> Option<Duration> {
        self.deck.window.or_else(|| self.options.windows.first().copied())
    }

    /// Charts show a longer or a shorter stretch of time.
    fn stretch(&mut self, longer: bool) -> Result<(), Why> {
        self.has_charts()?;
        let end = if longer { "longest" } else { "shortest" };
        let to = self
            .deck
            .span
            .beside(longer)
            .filter(|to| to.is_held())
            .ok_or_else(|| refuse(&format!("this is the {end} stretch of time")))?;
        self.deck.span = to;
        Ok(())
    }

    /// The next longer window, after the longest the shortest.
    fn next_window(&mut self) -> Result<(), Why> {
        self.has_charts()?;
        let here = self.rate_window();
        let mut windows = self.options.windows.clone();
        windows.sort_unstable();
        let next = windows.iter().copied().find(|window| Some(*window) > here);
        self.deck.window = next.or_else(|| windows.first().copied());
        Ok(())
    }

    /// The next query pack that has series in the cluster.
    fn next_pack(&mut self, at: &Ref, fleet: &Fleet) -> Result<(), Why> {
        self.has_charts()?;
        let packs = fleet.gauges.source(&at.cluster).map(|gauge| &gauge.packs);
        let next = packs.and_then(Packs::next).ok_or_else(|| refuse("there are no series of another query pack"))?;
        self.deck.pack = Some(next.clone());
        Ok(())
    }

    /// The query pack of that name, if it has series in any cluster.
    pub(super) fn take_pack(&mut self, name: &str, fleet: &Fleet) -> Result<(), Why> {
        let able = || fleet.gauges.sources.iter().flat_map(|gauge| &gauge.packs.able).map(|choice| &choice.name);
        let Some(pack) = able().find(|pack| **pack == name) else {
            let names: Vec<&str> = able().map(Name::as_str).collect();
            return Err(refuse(&if names.is_empty() {
                format!("there are no series of a query pack {name}, nor of any other")
            } else {
                format!("there are no series of a query pack {name}: there are of {}", names.join(", "))
            }));
        };
        self.deck.pack = Some(pack.clone());
        Ok(())
    }

    fn has_charts(&self) -> Result<(), Why> {
        if !matches!(self.screen(), Screen::Deck(_)) {
            return Err(refuse("this screen has no charts"));
        }
        self.has_metrics()
    }

    pub(super) fn has_metrics(&self) -> Result<(), Why> {
        if self.options.windows.is_empty() {
            return Err(refuse("no metrics are configured: see --prometheus"));
        }
        Ok(())
    }

    fn open_pods(&mut self, at: Ref, fleet: &Fleet) -> Result<(), Why> {
        if matches!(self.screen(), Screen::Pods(..)) {
            return Err(refuse("the pods are shown already"));
        }
        let rollout = alive(&at, fleet)?;
        let version = self.version(rollout).ok_or_else(|| refuse("this rollout has no versions yet"))?;
        self.show_pods(at, version.uid.clone());
        Ok(())
    }

    fn toggle_older(&mut self, at: &Ref, fleet: &Fleet) -> Result<(), Why> {
        if !matches!(self.screen(), Screen::Deck(_)) {
            return Err(refuse("this screen has no panes of versions"));
        }
        if !self.deck.older && self.folded(alive(at, fleet)?) == 0 {
            return Err(refuse("there are no older versions"));
        }
        self.deck.older = !self.deck.older;
        Ok(())
    }

    /// The full screen, or back from it.
    fn toggle_timeline(&mut self, at: Ref) {
        if self.screens.pop_if(|screen| matches!(screen, Screen::Timeline(_))).is_none() {
            self.screens.push(Screen::Timeline(at));
        }
    }

    /// To the next or previous rollout in the board's order; the screens of this one become that one's.
    fn neighbour(&mut self, at: &Ref, forward: bool, fleet: &Fleet) -> Result<(), Why> {
        let rows = self.rows(fleet);
        let to = match rows.iter().position(|row| row.at == *at) {
            Some(row) if forward => Some(row + 1),
            Some(row) => row.checked_sub(1),
            // Not on the board any more: to the row where it was.
            None => self.cursor_row(&rows),
        };
        let end = if forward { "last" } else { "first" };
        let next = to.and_then(|row| rows.get(row).map(|next| (row, next.at.clone())));
        let (row, next) = next.ok_or_else(|| refuse(&format!("this is the {end} rollout of the board")))?;
        self.put_cursor(&rows, row);
        self.screens.pop_if(|screen| matches!(screen, Screen::Pods(..)));
        for screen in &mut self.screens {
            match screen {
                Screen::Deck(at)
                | Screen::Timeline(at)
                | Screen::Chart(at)
                | Screen::Pods(at, _)
                | Screen::Logs(at, _)
                | Screen::History(at)
                | Screen::Diff(at, _) => *at = next.clone(),
                Screen::Board | Screen::Journal | Screen::Sources => {}
            }
        }
        self.deck = self.deck.afresh();
        self.chart = self.chart.afresh();
        Ok(())
    }
}
