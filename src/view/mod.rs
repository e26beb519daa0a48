//! Drawing, one region a file: pure functions from the picture of the world to cells.
//!
//! Views see the [`Fleet`], the [`Session`], the theme, the keymap and a moment; they can name neither store nor cluster.
//! Nothing is remembered between frames: the same scene gives the same cells.

use std::{borrow::Cow, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    domain::{Fleet, Moment, Parts},
    input::Keymap,
    session::{Overlay, Screen, Session},
};

mod ask;
mod banner;
mod board;
mod budget;
mod card;
mod card_body;
mod chart;
mod charts;
mod clients;
mod columns;
mod deck;
mod diff;
mod dots;
pub mod export;
mod figures;
mod findings;
mod glyphs;
mod header;
mod help;
mod hints;
mod history;
mod journal;
mod layout;
mod logs;
mod marks;
mod measures;
mod palette;
mod pane;
mod plot;
mod pods;
mod preview;
mod proof;
mod query;
mod requests;
mod sources;
mod state;
mod steering;
mod text;
pub mod theme;
mod ticks;
mod timeline;
mod usage;
mod verdict;
mod when;

use theme::Role;

/// Clock times older than this could be taken for today's.
const TODAY: Duration = Duration::from_hours(20);

/// All that a frame is made of.
pub struct Scene<'a> {
    /// The world.
    pub fleet: &'a Fleet,
    /// What the operator is doing.
    pub session: &'a Session,
    /// Colours and modifiers by role.
    pub theme: &'a theme::Theme,
    /// For the keys in hints and help.
    pub keys: &'a Keymap,
    /// The cluster's now.
    pub now: Moment,
}

impl Scene<'_> {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A piece of text in a role. The ground is the screen's: only roles that are meant as blocks bring their own.
    fn span<'t>(&self, role: Role, text: impl Into<Cow<'t, str>>) -> Span<'t> {
        let style = self.style(role);
        Span::styled(text, if role == Role::Text { Style { bg: None, ..style } } else { style })
    }

    /// How long ago something was, in words.
    fn ago(&self, at: Moment) -> String {
        when::age(self.now.since(at))
    }

    fn clock(&self, at: Moment) -> String {
        when::clock(at, self.session.options.utc_offset_s)
    }

    /// The clock time of what happened today; a clock time alone would mislead about anything older.
    fn clock_within_a_day(&self, at: Moment) -> Option<String> {
        (self.now.since(at) < TODAY).then(|| self.clock(at))
    }
}

/// What only the division of the screen tells, for the session to move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// How many lines of a timeline were in sight.
    pub timeline_rows: usize,
    /// How many lines of a card or of help were not.
    pub beyond: Option<usize>,
    /// How many log lines were newer than the last one in sight; None when none were drawn.
    pub log_scrolled: Option<usize>,
    /// The axis of time of the charts; None when none were drawn.
    pub charts: Option<Parts>,
}

/// Draws the whole screen. Writes every cell of `area` and none outside it.
pub fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) -> Fit {
    let area = area.intersection(buffer.area);
    text::clear(buffer, area, scene.style(Role::Text));
    let fit = if area.width < layout::LEAST.0 || area.height < layout::LEAST.1 {
        too_small(buffer, area);
        Fit::default()
    } else {
        screen(buffer, area, scene)
    };
    if scene.session.options.ascii {
        glyphs::only_ascii(buffer, area);
    }
    fit
}

/// Draws it and answers what only the division of the screen tells.
fn screen(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) -> Fit {
    let banners = banner::lines(scene);
    let parts = layout::split(area, banners.len());
    header::draw(buffer, parts.header, scene);
    banner::draw(buffer, parts.banner, &banners);
    let (mut timeline_rows, mut log_scrolled, mut charts) = (0, None, None);
    match scene.session.screen() {
        Screen::Board => board::draw(buffer, parts.body, scene),
        Screen::Deck(at) => timeline_rows = deck::draw(buffer, parts.body, scene, at),
        Screen::Pods(at, version) => pods::draw(buffer, parts.body, scene, (at, version)),
        Screen::Timeline(at) => timeline_rows = timeline::screen(buffer, parts.body, scene, at),
        Screen::Chart(at) => charts = charts::draw(buffer, parts.body, scene, at),
        Screen::Sources => sources::draw(buffer, parts.body, scene),
        Screen::Logs(at, of) => log_scrolled = logs::draw(buffer, parts.body, scene, (at, of)),
        Screen::History(at) => history::draw(buffer, parts.body, scene, at),
        Screen::Diff(at, ask) => diff::draw(buffer, parts.body, scene, (at, ask.as_ref())),
        Screen::Journal => journal::draw(buffer, parts.body, scene),
    }
    hints::draw(buffer, parts.hints, scene);
    let mut beyond = None;
    match &scene.session.overlay {
        Some(Overlay::Help(scrolled)) => beyond = Some(help::draw(buffer, parts.over, scene, *scrolled)),
        Some(Overlay::Palette(prompt, selected)) => palette::draw(buffer, parts.over, scene, (prompt, *selected)),
        Some(Overlay::Ask(field)) => ask::draw(buffer, parts.over, scene, field),
        Some(Overlay::Card(card)) => beyond = Some(card::draw(buffer, parts.over, scene, card)),
        Some(Overlay::Query(field)) => query::query(buffer, parts.over, scene, field),
        Some(Overlay::Export(field)) => query::export(buffer, parts.over, scene, field),
        Some(Overlay::Filter(..) | Overlay::Find(_)) | None => {}
    }
    Fit { timeline_rows: usize::from(timeline_rows), beyond, log_scrolled, charts }
}

fn too_small(buffer: &mut Buffer, area: Rect) {
    let (width, height) = layout::LEAST;
    let says = format!("rolldeck needs {width}x{height} cells. Here are {}x{}.", area.width, area.height);
    let lines: Vec<Line<'_>> =
        text::wrap(&says, area.width, usize::from(area.height)).into_iter().map(Line::from).collect();
    text::put_all(buffer, area, &lines);
}
