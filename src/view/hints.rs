//! The last line of every screen: its most important keys, or what the operator must know about the last key.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, glyphs, text, theme::Role};
use crate::{
    domain::PlanState,
    input::{
        Action::{self, Board as B, Chart as C, Deck as D, Global as G, History as H, Logs as L, Move as M},
        Board, Chart, Chord, Deck, Demo, Global, History, Logs, Move, Scope,
    },
    session::{CardState, Overlay, Screen},
};

/// What steering keys say without the right to write.
const LOCKED: &str = " locked: read-only ";

pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>) {
    if let Some(notice) = &scene.session.notice {
        let line = Line::from(vec![Span::raw(" "), scene.span(Role::Warning, notice.as_str())]);
        return text::put(buffer, area, &line);
    }
    // The deck has a line of its own that says so.
    let screen = scene.session.screen();
    let steers = screen.scopes().contains(&Scope::Steer) && !matches!(screen, Screen::Deck(_));
    let is_locked = scene.session.options.read_only && steers;
    let locked = if is_locked { text::width(LOCKED) } else { 0 };
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, word) in hints(scene) {
        let pair =
            [Span::raw(" "), scene.span(Role::Key, key), Span::raw(" "), scene.span(Role::Dim, word), Span::raw(" ")];
        let width: usize = pair.iter().map(Span::width).sum();
        if used + width > usize::from(area.width.saturating_sub(locked)) {
            continue;
        }
        used += width;
        spans.extend(pair);
    }
    text::put(buffer, area, &Line::from(spans));
    if is_locked {
        text::put_right(buffer, area, &Line::from(scene.span(Role::Locked, LOCKED)));
    }
    if !scene.session.pending.is_empty() {
        let typed = format!(" {} {} ", Chord::text_of(&scene.session.pending), glyphs::MORE);
        text::put_right(buffer, area, &Line::from(scene.span(Role::Key, typed)));
    }
}

/// There is nothing to choose on a card that was confirmed or cannot be.
fn on_card(scene: &Scene<'_>, card: &CardState) -> &'static [(&'static str, &'static str)] {
    match card.plan(scene.fleet).map(|plan| &plan.state) {
        Some(PlanState::Journaling(_)) => {
            &[("esc", "close, which takes nothing back"), ("up/down", "scroll"), ("ctrl-c", "quit")]
        }
        Some(PlanState::Refused(_)) => &[("esc", "close"), ("up/down", "scroll"), ("ctrl-c", "quit")],
        Some(PlanState::Making | PlanState::Ready(_) | PlanState::Unwritable(..)) | None => &[
            ("enter", "the marked choice"),
            ("tab", "the other"),
            ("esc", "cancel"),
            ("up/down", "scroll"),
            ("ctrl-c", "quit"),
        ],
    }
}

/// Key and word, the most important ones first: what does not fit is left out from the end.
fn hints(scene: &Scene<'_>) -> Vec<(String, &'static str)> {
    let fixed = |pairs: &[(&'static str, &'static str)]| pairs.iter().map(|(k, w)| ((*k).to_owned(), *w)).collect();
    match scene.session.overlay {
        Some(Overlay::Filter(..)) => fixed(&[("enter", "keep"), ("esc", "undo")]),
        Some(Overlay::Palette(..)) => fixed(&[("enter", "do it"), ("up/down", "choose"), ("esc", "close")]),
        Some(Overlay::Ask(_)) => fixed(&[("enter", "plan it"), ("esc", "cancel")]),
        Some(Overlay::Query(_)) => fixed(&[("enter", "ask it"), ("esc", "close"), ("up/down", "earlier ones")]),
        Some(Overlay::Export(_)) => fixed(&[("enter", "write it"), ("esc", "cancel"), ("up/down", "which form")]),
        Some(Overlay::Find(_)) => fixed(&[("enter", "find"), ("esc", "cancel")]),
        Some(Overlay::Card(ref card)) => fixed(on_card(scene, card)),
        Some(Overlay::Help(_)) | None => {
            let with_key =
                |action: &Action| Some((scene.keys.keys_of(*action).into_iter().next()?, word(*action, scene)));
            let charted = |action: &&Action| {
                scene.fleet.gauges.sources.iter().any(|gauge| !gauge.is_unfound())
                    || !matches!(action, Action::Deck(Deck::Longer | Deck::Window | Deck::Chart))
            };
            // In the demo its time comes right behind the first keys of a screen: where it is narrow, they are read elsewhere.
            let (first, rest) = actions(scene).split_at_checked(FIRST).unwrap_or((actions(scene), &[]));
            let demo = scene.session.demo.iter().flat_map(|_| DEMO);
            first.iter().chain(demo).chain(rest).filter(charted).filter_map(with_key).collect()
        }
    }
}

/// The actions of a screen, the most important one first.
fn actions(scene: &Scene<'_>) -> &'static [Action] {
    if matches!(scene.session.overlay, Some(Overlay::Help(_))) {
        return &[G(Global::Back), M(Move::PageDown), M(Move::PageUp)];
    }
    match scene.session.screen() {
        Screen::Board => BOARD,
        Screen::Deck(_) => DECK,
        Screen::Timeline(_) => TIMELINE,
        Screen::Chart(_) => CHART,
        Screen::Pods(..) => PODS,
        Screen::Logs(..) => LOGS,
        Screen::History(_) => HISTORY,
        Screen::Diff(..) => &[G(Global::Back), M(Move::PageDown), M(Move::PageUp), G(Global::Help)],
        Screen::Journal => JOURNAL,
        Screen::Sources => &[G(Global::Back), G(Global::Help), G(Global::Palette), G(Global::Leave)],
    }
}

/// The demo's time.
const DEMO: &[Action] =
    &[Action::Demo(Demo::Hold), Action::Demo(Demo::Step), Action::Demo(Demo::Faster), Action::Demo(Demo::Slower)];

/// So many keys of a screen come before them.
const FIRST: usize = 4;

const BOARD: &[Action] = &[
    B(Board::Open),
    B(Board::Filter),
    G(Global::Help),
    B(Board::NeedsYou),
    B(Board::SortNext),
    G(Global::Palette),
    G(Global::Journal),
    G(Global::Sources),
    G(Global::Leave),
];

/// Its steering keys have a line of their own.
const DECK: &[Action] = &[
    G(Global::Back),
    D(Deck::Logs),
    D(Deck::History),
    G(Global::Help),
    D(Deck::Pods),
    D(Deck::Timeline),
    D(Deck::Chart),
    D(Deck::Diff),
    D(Deck::Older),
    D(Deck::Next),
    G(Global::Palette),
    G(Global::Journal),
    D(Deck::Tellers),
    D(Deck::Longer),
    D(Deck::Window),
    D(Deck::Previous),
    G(Global::Sources),
];

const TIMELINE: &[Action] = &[
    G(Global::Back),
    D(Deck::Tellers),
    G(Global::Help),
    M(Move::PageUp),
    M(Move::Top),
    M(Move::Bottom),
    D(Deck::Next),
    G(Global::Palette),
];

const CHART: &[Action] = &[
    G(Global::Back),
    M(Move::Left),
    C(Chart::NextNote),
    C(Chart::Query),
    M(Move::Down),
    C(Chart::ZoomIn),
    C(Chart::ZoomOut),
    C(Chart::PanBack),
    C(Chart::Now),
    G(Global::Help),
    C(Chart::Alone),
    G(Global::Export),
];

const PODS: &[Action] = &[
    G(Global::Back),
    M(Move::Down),
    M(Move::Right),
    D(Deck::Logs),
    G(Global::Help),
    D(Deck::Timeline),
    D(Deck::Next),
    G(Global::Palette),
    G(Global::Sources),
];

const LOGS: &[Action] = &[
    G(Global::Back),
    L(Logs::Search),
    L(Logs::SearchNext),
    L(Logs::Follow),
    L(Logs::PreviousRun),
    L(Logs::Wrap),
    G(Global::Help),
];

const HISTORY: &[Action] =
    &[G(Global::Back), H(History::Compare), H(History::UndoTo), H(History::Mark), G(Global::Help)];

const JOURNAL: &[Action] =
    &[G(Global::Back), M(Move::Down), M(Move::Up), G(Global::Help), M(Move::Top), M(Move::Bottom), G(Global::Palette)];

/// The shortest word for a hint; the full name and what it does stand in help.
fn word(action: Action, scene: &Scene<'_>) -> &'static str {
    const SHORT: [(Action, &str); 16] = [
        (Action::Move(Move::Down), "next pod"),
        (Action::Move(Move::Right), "other version"),
        (Action::Move(Move::Top), "oldest"),
        (Action::Move(Move::Bottom), "newest"),
        (Action::Board(Board::SortNext), "sort"),
        (Action::Board(Board::NeedsYou), "needs you"),
        (Action::Deck(Deck::Tellers), "which lines"),
        (Action::Deck(Deck::Longer), "longer chart"),
        (Action::Deck(Deck::Window), "rate window"),
        (Action::Logs(Logs::SearchNext), "next match"),
        (Action::Logs(Logs::PreviousRun), "run before"),
        (Action::History(History::UndoTo), "undo to it"),
        (Action::Demo(Demo::Hold), "hold time"),
        (Action::Demo(Demo::Step), "10 s on"),
        (Action::Demo(Demo::Faster), "faster"),
        (Action::Demo(Demo::Slower), "slower"),
    ];
    const IN_CHARTS: [(Action, &str); 8] = [
        (Action::Move(Move::Left), "cursor"),
        (Action::Move(Move::Down), "next measure"),
        (Action::Chart(Chart::NextNote), "what happened"),
        (Action::Chart(Chart::Query), "any PromQL"),
        (Action::Chart(Chart::ZoomIn), "zoom in"),
        (Action::Chart(Chart::ZoomOut), "out"),
        (Action::Chart(Chart::PanBack), "back in time"),
        (Action::Chart(Chart::Now), "follow"),
    ];
    const IN_JOURNAL: [(Action, &str); 4] = [
        (Action::Move(Move::Down), "older"),
        (Action::Move(Move::Up), "newer"),
        (Action::Move(Move::Top), "newest"),
        (Action::Move(Move::Bottom), "oldest"),
    ];
    let here: &[(Action, &str)] = match scene.session.screen() {
        Screen::Journal => &IN_JOURNAL,
        Screen::Chart(_) => &IN_CHARTS,
        Screen::Board
        | Screen::Deck(_)
        | Screen::Pods(..)
        | Screen::Timeline(_)
        | Screen::Logs(..)
        | Screen::History(_)
        | Screen::Diff(..)
        | Screen::Sources => &SHORT,
    };
    here.iter().find(|(of, _)| *of == action).map_or(action.name(), |(_, short)| short)
}
