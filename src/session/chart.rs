//! The screen of charts: what is drawn, which stretch of time, and a cursor that reads it.
//!
//! Time follows the newest numbers until somebody moves the cursor or goes back; then it stands still. Cursor and stretch are
//! moments, never columns: a wider terminal shows the same.

use std::time::Duration;

use super::{Done, Figure, Screen, Session, Why, deck::alive, refuse};
use crate::{
    domain::{CurveAsk, Fleet, Moment, Note, OwnQuery, Parts, Past, Ref, Span, notes, num},
    input::{Chart, Move},
};

/// Typed queries that are remembered.
const TYPED: usize = 30;

/// The screen of charts.
#[derive(Clone, Debug, Default)]
pub struct ChartState {
    /// What is selected.
    pub figure: Figure,
    /// The query that was selected, if it is one: those that objects name come and go, and change their places.
    held_query: Option<OwnQuery>,
    /// How long a stretch of time is shown.
    pub span: Span,
    /// When it ends; None while it follows the newest numbers.
    pub end: Option<Moment>,
    /// The moment that is read.
    pub cursor: Option<Moment>,
    /// Only what is selected is drawn.
    pub alone: bool,
    /// Queries that were typed, oldest first.
    pub typed: Vec<OwnQuery>,
    /// The axis of the last frame: what moves, moves by its columns.
    pub drawn: Option<Parts>,
    /// The cluster's now in the last frame: later moments are not known to have come.
    now: Moment,
    /// When time was stopped, this was the beginning of what is held, and the stretch that it was held for.
    held: (Moment, Span),
}

impl ChartState {
    /// The stretch of time in columns, as it is shown at that moment.
    pub fn axis(&self, now: Moment, (columns, hold): (usize, Duration)) -> Parts {
        Parts { end: self.end.unwrap_or(now), length: self.span.length(), columns, hold }
    }

    /// For another rollout: what was typed stays, and what is looked at.
    pub(super) fn afresh(&self) -> Self {
        let (figure, span, alone, now) = (self.figure, self.span, self.alone, self.now);
        let (held_query, typed) = (self.held_query.clone(), self.typed.clone());
        Self { figure, held_query, span, alone, typed, now, ..Self::default() }
    }

    /// Until when a history must be fetched that is not held; None when it goes on until now.
    fn fetched(&self) -> Option<Moment> {
        let starts = |end: Moment| end.shifted(-num::millis(self.span.length()));
        let (first, span) = self.held;
        self.end.filter(|end| starts(*end) < first || span != self.span || !span.is_held())
    }

    /// Stops the time where it is.
    fn stop(&mut self, drawn: &Parts) {
        if self.end.is_none() {
            (self.end, self.held) = (Some(drawn.end), (drawn.start(), self.span));
        }
    }

    /// Follows the newest numbers.
    fn follow(&mut self) {
        (self.end, self.cursor) = (None, None);
    }

    /// Moves the stretch of time. Where it would reach now it follows, unless there is a cursor to be kept.
    fn pan(&mut self, drawn: &Parts, by: i64, now: Moment) {
        self.stop(drawn);
        let end = self.end.unwrap_or(drawn.end).shifted(by);
        if end < now {
            self.end = Some(end);
        } else if self.cursor.is_none() {
            self.follow();
        } else {
            self.end = Some(now.max(drawn.end));
        }
    }

    /// Moves the cursor by columns; at the edge the stretch of time goes along.
    fn step(&mut self, drawn: &Parts, back: bool, now: Moment) {
        self.stop(drawn);
        let last = drawn.columns.saturating_sub(1);
        let place = self.cursor.and_then(|cursor| drawn.part(cursor));
        let column = num::share_of(num::millis(drawn.length), 1, drawn.columns);
        let to = match (place, back) {
            (None, _) => last,
            (Some(0), true) => {
                self.pan(drawn, -column, now);
                self.cursor = self.cursor.map(|cursor| cursor.shifted(-column));
                return;
            }
            (Some(place), true) => place - 1,
            (Some(place), false) if place == last => {
                self.pan(drawn, column, now);
                self.cursor = self.cursor.map(|cursor| cursor.shifted(column).min(now.max(drawn.end)));
                return;
            }
            (Some(place), false) => place + 1,
        };
        self.cursor = Some(drawn.end_of(to));
    }

    /// Shows a shorter or a longer stretch of time; the cursor keeps its place on the screen.
    fn zoom(&mut self, longer: bool, now: Moment) -> Result<(), Why> {
        let end = if longer { "longest" } else { "shortest" };
        let to = self.span.beside(longer).ok_or_else(|| refuse(&format!("this is the {end} stretch of time")))?;
        if let (Some(cursor), Some(end)) = (self.cursor, self.end) {
            let (before, after) = (num::millis(self.span.length()), num::millis(to.length()));
            let rest = i128::from(end.0.saturating_sub(cursor.0)) * i128::from(after) / i128::from(before.max(1));
            let end = cursor.shifted(i64::try_from(rest).unwrap_or(0));
            self.end = Some(end.min(now.max(cursor)));
        }
        self.span = to;
        Ok(())
    }

    /// Brings a moment into sight with the cursor on it.
    fn look_at(&mut self, drawn: &Parts, at: Moment, now: Moment) {
        self.stop(drawn);
        if drawn.part(at).is_none() {
            self.end = Some(at.plus(self.span.length() / 2).min(now.max(at)));
        }
        self.cursor = Some(at);
    }
}

impl Session {
    /// The queries that are not ours: those of the configuration, those that were typed, then those that the analysis of the
    /// rollout in sight names. These come and go, and so come last: the others keep their places.
    pub fn own_queries<'a>(&'a self, fleet: &'a Fleet) -> impl Iterator<Item = &'a OwnQuery> {
        let rollout = self.focus().and_then(|at| fleet.rollouts.get(at));
        let named = rollout.into_iter().flat_map(|rollout| &rollout.analysis.queries);
        self.options.charts.iter().chain(&self.chart.typed).chain(named)
    }

    /// The query that is drawn, if the selected figure is one.
    pub fn own_query<'a>(&'a self, fleet: &'a Fleet) -> Option<&'a OwnQuery> {
        if let Figure::Own(index) = self.chart.figure { self.own_queries(fleet).nth(index) } else { None }
    }

    /// The query that must be asked because its curves are looked at, or because it was just typed.
    pub fn curving(&self, fleet: &Fleet) -> Option<CurveAsk> {
        let Screen::Chart(at) = self.screen() else { return None };
        let promql = self.own_query(fleet)?.promql.clone().ok()?;
        let rollout = fleet.rollouts.get(at)?;
        let version = self.version(rollout).map(|version| version.at.name.clone());
        let window = self.rate_window()?;
        let (span, until) = (self.chart.span, self.chart.end);
        Some(CurveAsk { promql, of: at.clone(), version, sets: Past::sets_of(rollout), window, span, until })
    }

    /// Which stretch of history the screen needs: the deck's, or that of the charts that lie over it.
    pub(super) fn stretch_shown(&self) -> (Span, Option<Moment>) {
        let Screen::Chart(_) = self.screen() else { return (self.deck.span, None) };
        (self.chart.span, self.chart.fetched())
    }

    pub(super) fn open_charts(&mut self, at: Ref, fleet: &Fleet) -> Result<(), Why> {
        if matches!(self.screen(), Screen::Chart(_)) {
            return Err(refuse("the charts are shown already"));
        }
        self.has_metrics()?;
        alive(&at, fleet)?;
        self.overlay = None;
        self.chart = self.chart.afresh();
        self.chart.span = self.deck.span;
        self.screens.push(Screen::Chart(at));
        Ok(())
    }

    pub(super) fn on_chart(&mut self, action: Chart, fleet: &Fleet) -> Done {
        if action == Chart::Query {
            return self.ask_query("", fleet);
        }
        let Screen::Chart(at) = self.screen().clone() else {
            return Err(refuse("only on the screen of charts"));
        };
        self.overlay = None;
        match action {
            Chart::Now => self.chart.follow(),
            Chart::NextFigure => self.choose_figure(true, fleet),
            Chart::PreviousFigure => self.choose_figure(false, fleet),
            Chart::Alone => self.chart.alone = !self.chart.alone,
            Chart::ZoomIn | Chart::ZoomOut => {
                self.last_drawn()?;
                self.chart.zoom(action == Chart::ZoomOut, self.chart.now)?;
            }
            Chart::PanBack | Chart::PanOn => self.pan_half(action == Chart::PanBack)?,
            Chart::First | Chart::Last => self.cursor_to_end(action == Chart::First)?,
            Chart::NextNote | Chart::PreviousNote => self.cursor_to_note(action == Chart::NextNote, &at, fleet)?,
            Chart::Query => {}
        }
        Ok(None)
    }

    pub(super) fn move_in_charts(&mut self, motion: Move, fleet: &Fleet) -> Done {
        match motion {
            Move::Up => self.choose_figure(false, fleet),
            Move::Down => self.choose_figure(true, fleet),
            Move::Left | Move::Right => {
                let drawn = self.last_drawn()?;
                self.chart.step(&drawn, motion == Move::Left, self.chart.now);
            }
            Move::Top | Move::Bottom => self.cursor_to_end(motion == Move::Top)?,
            Move::PageUp | Move::PageDown => self.pan_half(motion == Move::PageUp)?,
        }
        Ok(None)
    }

    /// The axis of the last frame.
    fn last_drawn(&self) -> Result<Parts, Why> {
        self.chart.drawn.ok_or_else(|| refuse("nothing is drawn yet"))
    }

    fn pan_half(&mut self, back: bool) -> Result<(), Why> {
        let drawn = self.last_drawn()?;
        if !back && self.chart.end.is_none() {
            return Err(refuse("these are the newest numbers already"));
        }
        let half = num::millis(drawn.length) / 2;
        self.chart.pan(&drawn, if back { -half } else { half }, self.chart.now);
        // What is out of sight is not read.
        let axis = Parts { end: self.chart.end.unwrap_or(drawn.end), ..drawn };
        self.chart.cursor = self.chart.cursor.filter(|cursor| axis.part(*cursor).is_some());
        Ok(())
    }

    fn cursor_to_end(&mut self, first: bool) -> Result<(), Why> {
        let drawn = self.last_drawn()?;
        self.chart.stop(&drawn);
        let column = if first { 0 } else { drawn.columns.saturating_sub(1) };
        self.chart.cursor = Some(drawn.end_of(column));
        Ok(())
    }

    fn cursor_to_note(&mut self, forward: bool, at: &Ref, fleet: &Fleet) -> Result<(), Why> {
        let drawn = self.last_drawn()?;
        let notes = notes(alive(at, fleet)?, &fleet.timeline);
        let from = self.chart.cursor.unwrap_or_else(|| if forward { drawn.start() } else { drawn.end });
        // What shares a column is read together: the next one is in another.
        let here = drawn.part(from).filter(|_| self.chart.cursor.is_some());
        let is_other = |note: &&Note| here.is_none() || drawn.part(note.at) != here;
        let found = if forward {
            notes.iter().filter(is_other).find(|note| note.at > from)
        } else {
            notes.iter().filter(is_other).rfind(|note| note.at < from)
        };
        let side = if forward { "after" } else { "before" };
        let found = found.ok_or_else(|| refuse(&format!("nothing that is known happened {side} this")))?;
        self.chart.look_at(&drawn, found.at, self.chart.now);
        Ok(())
    }

    fn choose_figure(&mut self, forward: bool, fleet: &Fleet) {
        let all = Figure::all(self.own_queries(fleet).count());
        let here = all.iter().position(|figure| *figure == self.chart.figure).unwrap_or(0);
        let to = if forward { here + 1 } else { here + all.len() - 1 };
        if let Some(figure) = all.get(to % all.len().max(1)) {
            self.select_figure(*figure, fleet);
        }
    }

    fn select_figure(&mut self, figure: Figure, fleet: &Fleet) {
        self.chart.figure = figure;
        self.chart.held_query = self.own_query(fleet).cloned();
    }

    /// Follows the query that is selected to its place of now. One that nobody names any more is no longer selected.
    pub(super) fn follow_query(&mut self, fleet: &Fleet) {
        let Figure::Own(_) = self.chart.figure else { return };
        if self.chart.held_query.is_none() {
            self.chart.held_query = self.own_query(fleet).cloned();
        }
        let held = self.chart.held_query.as_ref();
        let is_it = |query: &OwnQuery| {
            held.is_some_and(|held| {
                (&held.said_by, &held.name, &held.promql) == (&query.said_by, &query.name, &query.promql)
            })
        };
        if !self.own_query(fleet).is_some_and(is_it) {
            let place = self.own_queries(fleet).position(is_it);
            self.chart.figure = place.map_or_else(Figure::default, Figure::Own);
        }
    }

    /// Shows the curves of a query; one that is known already is shown again.
    pub(super) fn show_query(&mut self, query: OwnQuery, fleet: &Fleet) {
        // In what an object asks a `$` is no variable: the same text is another query there.
        let known = self.own_queries(fleet).position(|known| known.promql == query.promql);
        if known.is_none() {
            if self.chart.typed.len() >= TYPED {
                self.chart.typed.remove(0);
            }
            self.chart.typed.push(query);
        }
        let last = (self.options.charts.len() + self.chart.typed.len()).saturating_sub(1);
        self.select_figure(Figure::Own(known.unwrap_or(last)), fleet);
    }

    /// What a frame of the charts told. `now` is the cluster's.
    pub fn charts_drawn(&mut self, axis: Option<Parts>, now: Moment) {
        (self.chart.drawn, self.chart.now) = (axis, now);
    }
}
