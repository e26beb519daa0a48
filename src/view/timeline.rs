//! What happened, the newest at the bottom: below the panes of a deck, or on a screen of its own.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use super::{Scene, deck, glyphs, layout, text, theme::Role};
use crate::{
    domain::{Entry, Kind, Ref, Teller, num},
    session::Tellers,
};

/// The timeline with the title of its rollout, full screen.
pub(super) fn screen(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, rollout: &Ref) -> u16 {
    let (title, rest) = layout::take(area, 1);
    text::put(buffer, title, &deck::path(scene, rollout));
    draw(buffer, rest, scene, rollout)
}

/// A rule with what is shown as its title, then the lines; answers how many rows there were for those.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, rollout: &Ref) -> u16 {
    let entries = scene.session.lines(scene.fleet);
    let (head, rest) = layout::take(area, 1);
    let room = usize::from(rest.height);
    let window = scene.session.window(entries.len(), room);
    rule(buffer, head, scene, (entries.len(), entries.len() - window.end));
    let seen = entries.get(window).unwrap_or_default();
    if entries.is_empty() && rest.height > 0 {
        let says = match scene.session.deck.tellers {
            Tellers::All => "   Nothing has happened since rolldeck began to watch.",
            Tellers::Warnings | Tellers::Events | Tellers::Changes => "   No such lines so far.",
        };
        text::put(buffer, rest, &Line::from(scene.span(Role::Dim, says)));
        return rest.height;
    }
    let objects: Vec<String> = seen.iter().map(|entry| object(rollout, &entry.about)).collect();
    let widest = objects.iter().map(|o| text::width(o)).max().unwrap_or(0).min(area.width / 4);
    for ((row, entry), object) in rest.rows().zip(seen).zip(&objects) {
        text::put(buffer, row, &line(scene, entry, (object, widest), area.width));
    }
    rest.height
}

fn rule(buffer: &mut Buffer, area: Rect, scene: &Scene<'_>, (all, below): (usize, usize)) {
    let line = Line::from(scene.span(Role::Border, glyphs::EMPTY.repeat(usize::from(area.width))));
    text::put(buffer, area, &line);
    let shown = scene.session.deck.tellers.word();
    let title =
        vec![scene.span(Role::Title, " timeline "), scene.span(Role::Dim, format!("{} {shown} ", glyphs::MISSING))];
    text::put(buffer, Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, &Line::from(title));
    if below > 0 && area.width > 50 {
        let says = format!(" {below} newer of {all} below ");
        text::put_right(buffer, layout::inset(area, 1), &Line::from(scene.span(Role::Warning, says)));
    }
}

fn line<'a>(scene: &Scene<'_>, entry: &'a Entry, (object, widest): (&str, u16), width: u16) -> Line<'a> {
    let teller = match entry.teller {
        Teller::You => Role::Accent,
        Teller::Watch | Teller::Event => Role::Dim,
    };
    let when = scene.clock_within_a_day(entry.at).unwrap_or_else(|| scene.ago(entry.at));
    let times = if entry.times > 1 { format!(" {}{}", glyphs::TIMES, entry.times) } else { String::new() };
    let mut spans = vec![scene.span(Role::Dim, format!(" {when:>8} "))];
    let mut used = 10 + 2 + widest + 2 + text::width(&times);
    spans.push(scene.span(teller, format!("{} ", glyphs::teller(entry.teller))));
    if width >= 100 {
        spans.push(scene.span(teller, format!("{:6}", word(entry.teller))));
        used += 6;
    }
    let name = text::cut_middle(object, widest);
    let pad = usize::from(widest.saturating_sub(text::width(&name)) + 2);
    spans.push(scene.span(Role::Text, format!("{name}{:pad$}", "")));
    spans.push(scene.span(Role::of_tone(entry.tone), text::cut(&entry.says, width.saturating_sub(used))));
    spans.push(scene.span(Role::Dim, times));
    Line::from(spans)
}

const fn word(teller: Teller) -> &'static str {
    match teller {
        Teller::Watch => "watch",
        Teller::Event => "event",
        Teller::You => "you",
    }
}

/// An object's name as short as it is unmistakable on this deck: `deployment`, `rs 7d9f8c`, `pod 7d9f8c-x2k4p`.
pub(super) fn object(rollout: &Ref, about: &Ref) -> String {
    let kind = if about.kind == Kind::REPLICA_SET { "rs".to_owned() } else { about.kind.kind.to_lowercase() };
    if about == rollout {
        return kind;
    }
    // Only a Deployment names what it owns after itself.
    let own = about.name.strip_prefix(rollout.name.as_str()).filter(|_| rollout.kind == Kind::DEPLOYMENT);
    let own = own.and_then(|rest| rest.strip_prefix('-'));
    format!("{kind} {}", own.unwrap_or(&about.name))
}

/// Rows the timeline would like: its rule and its lines.
pub(super) fn height(scene: &Scene<'_>) -> u16 {
    num::cells(scene.session.lines(scene.fleet).len().max(1)).saturating_add(1)
}

/// The piece between two parts of a path.
pub(super) fn step<'a>(scene: &Scene<'_>) -> Span<'a> {
    scene.span(Role::Dim, format!(" {} ", glyphs::CHANGE))
}
