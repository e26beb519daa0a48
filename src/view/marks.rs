//! What happened, as letters along the axis of time, and in words for the one that is read.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role, timeline};
use crate::domain::{Note, NoteKind, Parts, Rollout, notes, num};

/// The letter of a mark.
pub(super) const fn letter(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::You => "Y",
        NoteKind::Weight => "W",
        NoteKind::Step => "V",
        NoteKind::Scale => "S",
        NoteKind::Restart => "R",
        NoteKind::Trouble => "!",
    }
}

const fn role(kind: NoteKind) -> Role {
    match kind {
        NoteKind::You => Role::Accent,
        NoteKind::Weight | NoteKind::Step => Role::New,
        NoteKind::Scale => Role::Title,
        NoteKind::Restart | NoteKind::Trouble => Role::Critical,
    }
}

/// The marks along an axis.
pub(super) struct Marks<'s> {
    rollout: &'s Rollout,
    axis: Parts,
    seen: Vec<(usize, Note)>,
}

impl<'s> Marks<'s> {
    pub(super) fn of(scene: &Scene<'_>, rollout: &'s Rollout, axis: Parts) -> Self {
        let all = notes(rollout, &scene.fleet.timeline);
        let seen = all.into_iter().filter_map(|note| Some((axis.part(note.at)?, note))).collect();
        Self { rollout, axis, seen }
    }

    /// The axis with its letters; where several share a column, the most telling one.
    pub(super) fn line(&self, buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
        let rule = glyphs::EMPTY.repeat(usize::from(area.width));
        text::put(buffer, area, &Line::from(scene.span(Role::Border, rule)));
        let corner = Rect { x: area.x.saturating_sub(1), width: 1, ..area };
        text::put(buffer, corner, &Line::from(scene.span(Role::Border, glyphs::PART)));
        let cursor = scene.session.chart.cursor.and_then(|cursor| self.axis.part(cursor));
        let mut put = |column: usize, span| {
            let x = area.x.saturating_add(num::cells(column));
            text::put(buffer, Rect { x, width: 1, ..area }.intersection(area), &Line::from(vec![span]));
        };
        if let Some(column) = cursor {
            put(column, scene.span(Role::Accent, glyphs::SORTED_UP));
        }
        for (column, note) in self.seen.iter().rev() {
            let worst = self.at(*column).map(|note| note.kind).min().unwrap_or(note.kind);
            let mut span = scene.span(role(worst), letter(worst));
            if cursor == Some(*column) {
                span.style = span.style.patch(scene.style(Role::Selected));
            }
            put(*column, span);
        }
    }

    fn at(&self, column: usize) -> impl Iterator<Item = &Note> {
        self.seen.iter().filter(move |(at, _)| *at == column).map(|(_, note)| note)
    }

    /// The moment under the cursor and what happened there, or nearest to it; without a cursor what happened last.
    pub(super) fn told<'a>(&self, scene: &Scene<'_>, width: u16) -> Line<'a> {
        let cursor = scene.session.chart.cursor;
        let mut spans = vec![Span::raw(" ")];
        if let Some(cursor) = cursor {
            spans.push(scene.span(Role::Accent, format!("{} ", scene.clock(cursor))));
        }
        let column = cursor.and_then(|cursor| self.axis.part(cursor));
        let here: Vec<&Note> = column.map(|column| self.at(column).collect()).unwrap_or_default();
        let nearest = match cursor {
            Some(cursor) => self.seen.iter().min_by_key(|(_, note)| note.at.0.abs_diff(cursor.0)),
            None => self.seen.last(),
        };
        let first = here.iter().min_by_key(|note| note.kind).copied();
        let Some(note) = first.or(nearest.map(|(_, note)| note)) else {
            spans.push(scene.span(Role::Dim, "nothing that is known happened in this stretch of time"));
            return Line::from(spans);
        };
        let place = match (cursor, first) {
            (Some(_), Some(_)) => String::new(),
            (Some(_), None) => format!("nearest {} ", scene.clock(note.at)),
            (None, _) => format!("last {} ", scene.clock(note.at)),
        };
        spans.push(scene.span(Role::Dim, place));
        spans.push(scene.span(role(note.kind), format!("{} {} ", letter(note.kind), note.kind.word())));
        let more = if here.len() > 1 { format!(" and {} more", here.len() - 1) } else { String::new() };
        let used: usize = spans.iter().map(Span::width).sum();
        let about = timeline::object(&self.rollout.at, &note.about);
        let says = format!(" {about}: {}", note.says);
        let room = width.saturating_sub(num::cells(used) + text::width(&more));
        spans.push(scene.span(Role::Text, text::cut(&says, room).into_owned()));
        spans.push(scene.span(Role::Dim, more));
        Line::from(spans)
    }
}
