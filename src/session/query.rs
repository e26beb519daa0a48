//! A query being typed: it stays in its line, with what is wrong with it below, until it has curves. What was typed before
//! comes back with the arrows, as in a shell.

use super::{
    Done, Prompt, Screen, Session, Typed,
    overlay::{Aside, Overlay, aside},
    refuse,
};
use crate::{
    domain::{Curves, Fleet, OwnQuery},
    input::{Chord, KeyEvent},
};

/// A query being typed.
#[derive(Clone, Debug, Default)]
pub struct QueryField {
    /// The line.
    pub prompt: Prompt,
    /// It was asked as it stands there, and nothing came of it yet.
    pub is_asked: bool,
    /// How far back in what was typed before; 0 for the line itself.
    back: usize,
}

impl QueryField {
    fn of(text: &str) -> Self {
        Self { prompt: Prompt::long(text), is_asked: false, back: 0 }
    }
}

impl Session {
    /// Opens the line: with this text, or with the query that is shown.
    pub(super) fn ask_query(&mut self, text: &str, fleet: &Fleet) -> Done {
        if let Screen::Deck(at) | Screen::Pods(at, _) | Screen::Timeline(at) = self.screen().clone() {
            self.open_charts(at, fleet)?;
        }
        if !matches!(self.screen(), Screen::Chart(_)) {
            return Err(refuse("only on the deck of a rollout"));
        }
        let shown = self.own_query(fleet).map(in_one_line).unwrap_or_default();
        let field = QueryField::of(if text.is_empty() { &shown } else { text });
        self.overlay = Some(Overlay::Query(Box::new(field)));
        Ok(None)
    }

    /// The same, and asks it at once.
    pub(super) fn ask_query_now(&mut self, text: &str, fleet: &Fleet) -> Done {
        self.ask_query(text, fleet)?;
        if let Some(Overlay::Query(mut field)) = self.overlay.take() {
            self.send_query(&mut field, fleet);
            self.overlay = Some(Overlay::Query(field));
        }
        Ok(None)
    }

    /// What was answered to the query that is selected: the last answer to it, perhaps about another stretch of time.
    pub fn answered<'f>(&self, fleet: &'f Fleet) -> Option<&'f Curves> {
        let asked = self.curving(fleet)?;
        fleet.gauges.curves.as_ref().filter(|curves| curves.of.is_like(&asked))
    }

    /// A query that has curves needs its line no more.
    pub(super) fn settle_query(&mut self, fleet: &Fleet) {
        self.follow_query(fleet);
        let is_well = self.answered(fleet).is_some_and(|curves| curves.trouble.is_none());
        if matches!(&self.overlay, Some(Overlay::Query(field)) if field.is_asked) && is_well {
            self.overlay = None;
        }
    }

    pub(super) fn type_in_query(&mut self, event: KeyEvent, mut field: Box<QueryField>, fleet: &Fleet) -> Typed {
        match Chord::of(&event).and_then(|chord| aside(chord, field.prompt.text())) {
            Some(Aside::Cancel | Aside::Leave) => return Typed::Closed,
            Some(Aside::Accept) => self.send_query(&mut field, fleet),
            Some(Aside::Up) => self.recall(&mut field, true),
            Some(Aside::Down) => self.recall(&mut field, false),
            None => {
                field.prompt.type_key(event);
                field.is_asked = false;
            }
        }
        self.overlay = Some(Overlay::Query(field));
        Typed::Taken
    }

    fn send_query(&mut self, field: &mut QueryField, fleet: &Fleet) {
        if field.prompt.text().trim().is_empty() {
            return;
        }
        self.show_query(OwnQuery::typed(field.prompt.text()), fleet);
        field.is_asked = true;
    }

    /// To the query before, or the one after.
    fn recall(&self, field: &mut QueryField, earlier: bool) {
        let typed = &self.chart.typed;
        let back = if earlier { (field.back + 1).min(typed.len()) } else { field.back.saturating_sub(1) };
        let text = typed.len().checked_sub(back).and_then(|place| typed.get(place));
        let text = text.map_or(String::new(), in_one_line);
        *field = QueryField { back, ..QueryField::of(&text) };
    }
}

/// What a query asks, to be typed on.
fn in_one_line(query: &OwnQuery) -> String {
    query.promql.as_ref().map(ToString::to_string).unwrap_or_default()
}
