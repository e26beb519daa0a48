//! The plan card: title, what changes, what to know before, the server's answer, the requests; below them the reason and
//! the two choices, which nothing pushes out of sight.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use super::{Scene, board, card_body as body, glyphs, help, layout, text, theme::Role};
use crate::{
    domain::{Card, Deed, PlanState, num},
    session::{CardState, Prompt},
};

/// The widest card.
const WIDEST: u16 = 104;
/// More lines are scrolled to, so that the deck below stays in sight where there is room for both.
const TALLEST: usize = 24;

/// Draws it and answers how many lines did not fit.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, card: &CardState) -> usize {
    let plan = card.plan(scene.fleet);
    let state = plan.map_or(&PlanState::Making, |plan| &plan.state);
    let title = plan.and_then(|plan| plan.card()).map_or_else(|| asked(card), |card| card.title.to_string());
    let width = area.width.min(WIDEST);
    let inner_width = width.saturating_sub(4);
    let notice = plan.and_then(|plan| plan.notice.as_ref());
    let lines = body::lines(scene, (state, notice), inner_width);
    let foot = foot(scene, card, state, inner_width);
    let wanted = num::cells(lines.len().min(TALLEST) + foot.len() + 1).saturating_add(2);
    let frame = layout::centred(area, width, wanted);
    let inner = help::window(buffer, frame, scene, &text::cut(&title, width.saturating_sub(6)));
    // An empty row between them where there is one.
    let gap = u16::from(wanted <= frame.height);
    let (middle, below) = layout::take(inner, inner.height.saturating_sub(num::cells(foot.len()) + gap));
    let (_, below) = layout::take(below, gap);
    let beyond = lines.len().saturating_sub(usize::from(middle.height));
    let first = card.top.min(beyond);
    text::put_all(buffer, middle, lines.get(first..).unwrap_or_default());
    text::put_all(buffer, below, &foot);
    if beyond > 0 {
        let left = beyond - first;
        let says = if left > 0 { format!(" {left} more lines below: down ") } else { " end, up for more ".to_owned() };
        let edge = Rect { y: frame.bottom().saturating_sub(1), height: 1, ..frame };
        let role = if left > 0 { Role::Warning } else { Role::Dim };
        text::put_right(buffer, layout::inset(edge, 2), &Line::from(scene.span(role, says)));
    }
    beyond
}

/// What was asked for, until the card has its headline.
fn asked(card: &CardState) -> String {
    format!("{} {}", card.intent.verb.word(), card.intent.target.name)
}

/// The line to type into, and the choices.
fn foot<'a>(scene: &Scene<'a>, card: &'a CardState, state: &'a PlanState, width: u16) -> Vec<Line<'a>> {
    let line = |label: &'static str, prompt: &'a Prompt, blank: &'static str, is_open: bool| {
        let mut spans = vec![scene.span(Role::Title, label)];
        if is_open {
            spans.extend(typed(scene, prompt, width.saturating_sub(text::width(label))));
        } else {
            spans.push(scene.span(Role::Text, prompt.text()));
        }
        if prompt.text().is_empty() {
            spans.push(scene.span(Role::Dim, if is_open { blank } else { "none given" }));
        }
        Line::from(spans)
    };
    let reason = |needed: bool, is_open| {
        line("reason  ", &card.reason, if needed { " needed: type why" } else { " optional: type why" }, is_open)
    };
    match state {
        PlanState::Making => vec![reason(false, true), choices(scene, card, None, width)],
        PlanState::Refused(_) => {
            vec![Line::from(vec![scene.span(Role::Key, "esc"), scene.span(Role::Dim, " closes it; nothing was sent")])]
        }
        PlanState::Ready(plan) if card.is_confirmed() => {
            vec![reason(plan.needs_reason, false), Line::from(scene.span(Role::Progressing, "confirmed"))]
        }
        PlanState::Ready(plan) => {
            vec![reason(plan.needs_reason, true), choices(scene, card, Some((plan, "confirm")), width)]
        }
        PlanState::Journaling(plan) => {
            vec![reason(plan.needs_reason, false), Line::from(scene.span(Role::Progressing, on_its_way(scene, plan)))]
        }
        PlanState::Unwritable(plan, _) => vec![
            line("journal ", &card.file, " name a file that can be written", true),
            choices(scene, card, Some((plan, "journal there and send")), width),
        ],
    }
}

/// Once the journal has it, its deed is on the desk.
fn on_its_way(scene: &Scene<'_>, plan: &Card) -> &'static str {
    let is_it = |deed: &Deed| deed.at >= plan.made && deed.intent == plan.intent;
    if scene.fleet.desk.deeds.iter().rev().any(|deed| is_it(deed)) {
        "confirmed and sent: no answer from the server yet"
    } else {
        "confirmed: it is written into the journal, then sent"
    }
}

/// The text around the cursor that fits, the cursor on a block.
pub(super) fn typed<'a>(scene: &Scene<'a>, prompt: &'a Prompt, room: u16) -> Vec<Span<'a>> {
    if prompt.is_selected() {
        let text = text::cut_middle(prompt.text(), room.saturating_sub(1));
        return vec![Span::styled(text, scene.style(Role::Text).add_modifier(Modifier::REVERSED))];
    }
    let all = board::typed(scene, prompt);
    let before = all.first().map_or("", |span| span.content.as_ref());
    let Some(over) = text::width(before).checked_sub(room.saturating_sub(1)).filter(|over| *over > 0) else {
        return all;
    };
    let shown = text::tail(before, room.saturating_sub(2)).to_owned();
    let head = scene.span(Role::Dim, if over > 0 { glyphs::MORE } else { "" });
    std::iter::once(head).chain([scene.span(Role::Text, shown)]).chain(all.into_iter().skip(1)).collect()
}

/// `▸[ confirm ]   [ cancel ]`: what is chosen has a mark, so that it is told without colours.
/// The keys stand behind them where there is room; the last line of the screen has them too.
fn choices<'a>(scene: &Scene<'_>, card: &CardState, plan: Option<(&Card, &str)>, width: u16) -> Line<'a> {
    let button = |word: &str, is_chosen: bool, role| {
        let mut span = scene.span(role, format!("[ {word} ]"));
        if is_chosen {
            span.style = span.style.patch(scene.style(Role::Selected)).add_modifier(Modifier::BOLD);
        }
        let mark = scene.span(Role::Accent, if is_chosen { glyphs::CHANGE } else { " " });
        vec![mark, span, Span::raw("  ")]
    };
    let Some((plan, word)) = plan else {
        let waits = scene.span(Role::Dim, "[ confirm ] [ cancel ] once the plan is here");
        return Line::from(vec![waits]);
    };
    let stopped = plan.stopped().is_some();
    let word = if stopped { "cannot be confirmed" } else { word };
    let role = match (stopped, plan.destructive) {
        (true, _) => Role::Dim,
        (false, true) => Role::Critical,
        (false, false) => Role::Healthy,
    };
    let buttons: Vec<Span<'a>> =
        [button(word, card.confirms, role), button("cancel", !card.confirms, Role::Text)].concat();
    let keys = [("enter", " the marked one  "), ("tab", " the other  "), ("esc", " cancel")];
    let keys = keys.into_iter().flat_map(|(key, does)| [scene.span(Role::Key, key), scene.span(Role::Dim, does)]);
    let all: Line<'a> = buttons.clone().into_iter().chain(keys).collect();
    if all.width() <= usize::from(width) { all } else { Line::from(buttons) }
}
