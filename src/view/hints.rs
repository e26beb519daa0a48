//! The last line of every screen: its most important keys, or what the operator must know about the last key.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role};
use crate::{
    input::{Action, Board, Chord, Deck, Global, Move},
    session::{Overlay, Screen},
};

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if let Some(notice) = &scene.session.notice {
        let line = Line::from(vec![Span::raw(" "), scene.span(Role::Warning, notice.as_str())]);
        return text::put(buffer, area, &line);
    }
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, word) in hints(scene) {
        let pair =
            [Span::raw(" "), scene.span(Role::Key, key), Span::raw(" "), scene.span(Role::Dim, word), Span::raw(" ")];
        let width: usize = pair.iter().map(Span::width).sum();
        if used + width > usize::from(area.width) {
            continue;
        }
        used += width;
        spans.extend(pair);
    }
    text::put(buffer, area, &Line::from(spans));
    if !scene.session.pending.is_empty() {
        let typed = format!(" {} {} ", Chord::text_of(&scene.session.pending), glyphs::MORE);
        text::put_right(buffer, area, &Line::from(scene.span(Role::Key, typed)));
    }
}

/// Key and word, the most important ones first: what does not fit is left out from the end.
fn hints(scene: &Scene<'_>) -> Vec<(String, &'static str)> {
    let fixed = |pairs: &[(&'static str, &'static str)]| pairs.iter().map(|(k, w)| ((*k).to_owned(), *w)).collect();
    match scene.session.overlay {
        Some(Overlay::Filter(..)) => fixed(&[("enter", "keep"), ("esc", "undo")]),
        Some(Overlay::Palette(..)) => fixed(&[("enter", "do it"), ("up/down", "choose"), ("esc", "close")]),
        Some(Overlay::Ask(_)) => fixed(&[("enter", "plan it"), ("esc", "cancel")]),
        Some(Overlay::Find(_)) => fixed(&[("enter", "find"), ("esc", "cancel")]),
        Some(Overlay::Card(_)) => fixed(&[("enter", "confirm"), ("esc", "cancel"), ("tab", "choose")]),
        Some(Overlay::Help(_)) | None => {
            let with_key = |action: &Action| Some((scene.keys.keys_of(*action).into_iter().next()?, word(*action)));
            actions(scene).iter().filter_map(with_key).collect()
        }
    }
}

fn actions(scene: &Scene<'_>) -> &'static [Action] {
    use Action::{Board as B, Deck as D, Global as G};
    if matches!(scene.session.overlay, Some(Overlay::Help(_))) {
        return &[G(Global::Back), Action::Move(Move::PageDown), Action::Move(Move::PageUp)];
    }
    match scene.session.screen() {
        Screen::Board => &[
            B(Board::Open),
            B(Board::Filter),
            G(Global::Help),
            B(Board::NeedsYou),
            B(Board::SortNext),
            G(Global::Palette),
            G(Global::Sources),
            G(Global::Leave),
        ],
        Screen::Deck(_) => &[
            G(Global::Back),
            D(Deck::Pods),
            G(Global::Help),
            D(Deck::Timeline),
            D(Deck::Older),
            D(Deck::Tellers),
            D(Deck::Next),
            G(Global::Palette),
            D(Deck::Previous),
            G(Global::Sources),
        ],
        Screen::Timeline(_) => &[
            G(Global::Back),
            D(Deck::Tellers),
            G(Global::Help),
            Action::Move(Move::PageUp),
            Action::Move(Move::Top),
            Action::Move(Move::Bottom),
            D(Deck::Next),
            G(Global::Palette),
        ],
        Screen::Pods(..) => &[
            G(Global::Back),
            Action::Move(Move::Down),
            Action::Move(Move::Right),
            G(Global::Help),
            D(Deck::Timeline),
            D(Deck::Next),
            G(Global::Palette),
            G(Global::Sources),
        ],
        Screen::Logs(..) | Screen::History(_) | Screen::Diff(..) | Screen::Journal | Screen::Sources => {
            &[G(Global::Back), G(Global::Help), G(Global::Palette), G(Global::Leave)]
        }
    }
}

/// The shortest word for a hint; the full name and what it does stand in help.
fn word(action: Action) -> &'static str {
    const SHORT: [(Action, &str); 7] = [
        (Action::Move(Move::Down), "next pod"),
        (Action::Move(Move::Right), "other version"),
        (Action::Move(Move::Top), "oldest"),
        (Action::Move(Move::Bottom), "newest"),
        (Action::Board(Board::SortNext), "sort"),
        (Action::Board(Board::NeedsYou), "needs you"),
        (Action::Deck(Deck::Tellers), "which lines"),
    ];
    SHORT.iter().find(|(of, _)| *of == action).map_or(action.name(), |(_, short)| short)
}
