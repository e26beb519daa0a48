//! The keys of the current screen, made from the actions and the keymap: it cannot name a key that does nothing.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Block, BorderType, Widget},
};

use super::{Scene, dots, glyphs, layout, text, theme::Role};
use crate::{
    domain::{Phase, PodState, num},
    input::{Action, Move, Scope},
    session::Screen,
};

/// Two columns from this width on.
const WIDE: u16 = 110;
/// Columns for the keys of an action.
const KEYS: usize = 20;

/// Draws them and answers how many lines did not fit.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, scrolled: u16) -> usize {
    let width = area.width.min(if area.width >= WIDE { 132 } else { 76 });
    let columns = if area.width >= WIDE { 2 } else { 1 };
    let inner_width = (width.saturating_sub(4) / columns).saturating_sub(columns - 1);
    let sections: Vec<Vec<Line<'_>>> = scene
        .session
        .screen_scopes()
        .iter()
        .map(|scope| section(scene, *scope, inner_width))
        .chain([legend(scene)])
        .collect();
    let columns = if columns == 2 { balanced(sections) } else { vec![sections.concat()] };
    let tallest = num::cells(columns.iter().map(Vec::len).max().unwrap_or(0));
    let frame = layout::centred(area, width, tallest.saturating_add(2));
    let inner = window(buffer, frame, scene, "keys of this screen");
    let most = tallest.saturating_sub(inner.height);
    let first = usize::from(scrolled.min(most));
    for (index, lines) in columns.iter().enumerate() {
        let x = inner.x + num::cells(index) * (inner_width + 2);
        let column = Rect { x, width: inner_width, ..inner }.intersection(inner);
        text::put_all(buffer, column, lines.get(first..).unwrap_or_default());
    }
    if most > 0 {
        let below = most.saturating_sub(num::cells(first));
        let says = if below > 0 { format!(" {below} more lines below ") } else { " end ".to_owned() };
        let bottom = Rect { y: frame.bottom().saturating_sub(1), height: 1, ..frame };
        text::put_right(buffer, layout::inset(bottom, 2), &Line::from(scene.span(Role::Dim, says)));
    }
    usize::from(most)
}

/// An empty framed window over the screen; answers the room inside.
pub(super) fn window(buffer: &mut Buffer, frame: Rect, scene: &Scene<'_>, title: &str) -> Rect {
    let ground = scene.style(Role::Overlay);
    text::clear(buffer, frame, ground);
    let border = ground.patch(scene.style(Role::BorderSelected));
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(border);
    let inner = layout::inset(block.inner(frame), 1);
    block.render(frame, buffer);
    let title = Line::from(scene.span(Role::Title, format!(" {title} ")));
    text::put(buffer, Rect { height: 1.min(frame.height), ..layout::inset(frame, 2) }, &title);
    inner
}

fn section<'a>(scene: &Scene<'_>, scope: Scope, width: u16) -> Vec<Line<'a>> {
    let heading = match scope {
        Scope::Global => "everywhere",
        Scope::Move => "moving",
        Scope::Board => "the board",
        Scope::Deck => "the deck",
        Scope::Steer => "steering: each opens a plan",
        Scope::Chart => "the charts",
        Scope::History => "the history",
        Scope::Logs => "the logs",
        Scope::Demo => "the demo",
    };
    let mut lines = vec![Line::from(scene.span(Role::Accent, heading))];
    for action in Action::ALL.iter().filter(|action| action.scope() == scope && moves(scene, **action)) {
        let keys = fitting(scene.keys.keys_of(*action));
        let pad = KEYS.saturating_sub(usize::from(text::width(&keys))) + 1;
        let mut doc = text::wrap(action.doc(), width.saturating_sub(num::cells(KEYS + 1)), 3).into_iter();
        let first = doc.next().unwrap_or_default();
        let pad = Span::raw(" ".repeat(pad));
        lines.push(Line::from(vec![scene.span(Role::Key, keys), pad, scene.span(Role::Text, first)]));
        let indent = " ".repeat(KEYS + 1);
        lines.extend(doc.map(|more| Line::from(vec![Span::raw(indent.clone()), scene.span(Role::Text, more)])));
        let refused = if scope == Scope::Steer { scene.session.able(*action, scene.fleet).err() } else { None };
        let refused = refused.map(|why| format!("not now: {why}")).unwrap_or_default();
        let why = text::wrap(&refused, width.saturating_sub(num::cells(KEYS + 1)), 3).into_iter();
        lines.extend(why.map(|row| Line::from(vec![Span::raw(indent.clone()), scene.span(Role::Warning, row)])));
    }
    lines.push(Line::default());
    lines
}

/// Whether a motion leads anywhere on this screen: only versions stand side by side.
fn moves(scene: &Scene<'_>, action: Action) -> bool {
    let sideways = matches!(action, Action::Move(Move::Left | Move::Right));
    match scene.session.screen() {
        Screen::Deck(_) | Screen::Pods(..) | Screen::Chart(_) => true,
        Screen::Board
        | Screen::Timeline(_)
        | Screen::Sources
        | Screen::Logs(..)
        | Screen::History(_)
        | Screen::Diff(..)
        | Screen::Journal => !sideways,
    }
}

/// As many keys as there is room for, the shortest first; the keymap file has all of them.
fn fitting(keys: Vec<String>) -> String {
    let join = |all: String, key: String| if all.len() + key.len() + 2 > KEYS { all } else { format!("{all}  {key}") };
    keys.into_iter().reduce(join).unwrap_or_default()
}

/// What the shapes mean.
fn legend<'a>(scene: &Scene<'_>) -> Vec<Line<'a>> {
    let entry = |role, glyph: &str, word: &str| scene.span(role, format!("{glyph} {word}   "));
    let phases = Phase::ALL.map(|p| entry(Role::of_phase(p), glyphs::phase(p), p.word()));
    let (first, rest) = phases.split_at(4);
    let pods = [PodState::Ready, PodState::Starting, PodState::NotReady, PodState::Failing, PodState::Terminating]
        .map(|state| entry(Role::of_pod(state), glyphs::pod(state), dots::word(state)));
    let (first_pods, other_pods) = pods.split_at(3);
    vec![
        Line::from(scene.span(Role::Accent, "shapes")),
        Line::from(first.to_vec()),
        Line::from(rest.to_vec()),
        Line::from([vec![scene.span(Role::Dim, "pods: ")], first_pods.to_vec()].concat()),
        Line::from([vec![Span::raw("      ")], other_pods.to_vec()].concat()),
    ]
}

/// Sections in two columns of about the same height, in reading order.
fn balanced(sections: Vec<Vec<Line<'_>>>) -> Vec<Vec<Line<'_>>> {
    let all: usize = sections.iter().map(Vec::len).sum();
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for section in sections {
        let fits = right.is_empty() && left.len() + section.len() <= all.div_ceil(2) + 2;
        if fits { left.extend(section) } else { right.extend(section) }
    }
    vec![left, right]
}
