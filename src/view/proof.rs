//! What became of a deed: its outcome as a shape and a word, its stages with their times, and the line on the deck that
//! shows both while it matters.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Deed, Moment, Outcome, Ref, num};

/// How long the outcome stays on the deck; later it is in the journal.
const LINGERS: Duration = Duration::from_mins(1);
/// A headline cut shorter tells less than its verb.
const LEAST_TITLE: u16 = 20;
/// Nobody may have reversed it for that long.
const HELD: Duration = Duration::from_secs(30);

/// An outcome's role, shape and words.
pub(super) const fn outcome(outcome: &Outcome) -> (Role, &'static str, &'static str) {
    match outcome {
        Outcome::Open => (Role::Progressing, glyphs::PROGRESSING, "on its way"),
        Outcome::NotObserved => (Role::Degraded, glyphs::DEGRADED, "not observed"),
        Outcome::TookEffect => (Role::Healthy, glyphs::HEALTHY, "took effect"),
        Outcome::Refused(_) => (Role::Critical, glyphs::STUCK, "refused"),
        Outcome::Reverted(_) => (Role::Critical, glyphs::STUCK, "reverted"),
        Outcome::Unknown(_) => (Role::Degraded, "?", "unknown"),
        Outcome::NeverSent(_) => (Role::Dim, glyphs::NOT_READY, "never sent"),
    }
}

/// The outcome's sentence, if it has one.
pub(super) fn why(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Open | Outcome::TookEffect => None,
        Outcome::NotObserved => Some("accepted, but the controller has not seen it for 10 s; it may still"),
        Outcome::Refused(why) | Outcome::Reverted(why) | Outcome::Unknown(why) | Outcome::NeverSent(why) => Some(why),
    }
}

/// `accepted 0.1 s ✓  observed 0.4 s ✓  done …  held 18/30 s …`: as far as it is, and what is awaited next.
pub(super) fn stages<'a>(scene: &Scene<'_>, deed: &Deed) -> Vec<[Span<'a>; 2]> {
    let proof = &deed.proof;
    let mut stages: Vec<[Span<'a>; 2]> = Vec::new();
    let expected = deed.predicted().map(|secs| format!(" (predicted {})", took(Duration::from_secs(secs))));
    let mut add = |word: &str, says: String, is_reached: bool| {
        let (role, mark) =
            if is_reached { (Role::Healthy, glyphs::HEALTHY) } else { (Role::Progressing, glyphs::MORE) };
        let after = expected.as_deref().filter(|_| word == "done").unwrap_or_default();
        let mark = format!("{mark}{after}");
        let says = if says.is_empty() { String::new() } else { format!("{says} ") };
        stages.push([scene.span(Role::Text, format!("{word} {says}")), scene.span(role, mark)]);
    };
    let awaits = !proof.outcome.is_final();
    for (word, at) in [("accepted", proof.accepted), ("observed", proof.observed)] {
        match at {
            Some(at) => add(word, took(at.since(deed.at)), true),
            None if awaits => {
                add(word, String::new(), false);
                return stages;
            }
            None => return stages,
        }
    }
    match proof.done {
        Some(at) => add("done", took(at.since(deed.at)), true),
        None if awaits || proof.outcome == Outcome::TookEffect => add("done", String::new(), false),
        None => {}
    }
    if let Some(observed) = proof.observed {
        let held = scene.now.since(observed).min(HELD).as_secs();
        match proof.outcome {
            Outcome::TookEffect => add("held", format!("{} s", HELD.as_secs()), true),
            Outcome::Open => add("held", format!("{held}/{} s", HELD.as_secs()), false),
            Outcome::NotObserved
            | Outcome::Refused(_)
            | Outcome::Reverted(_)
            | Outcome::Unknown(_)
            | Outcome::NeverSent(_) => {}
        }
    }
    stages
}

/// Stages on one line.
pub(super) fn joined<'a>(stages: &[[Span<'a>; 2]]) -> Vec<Span<'a>> {
    stages.join(&Span::raw("  "))
}

/// `0.4 s`, `12 s`, `2m05s`.
fn took(span: Duration) -> String {
    match span.as_secs() {
        0..10 => format!("{}.{} s", span.as_secs(), span.subsec_millis() / 100),
        secs @ 10..120 => format!("{secs} s"),
        120.. => when::age(span),
    }
}

/// The newest deed of a rollout, while it is open and for a minute after it ended. What was never resolved stays a day.
fn shown<'a>(scene: &Scene<'a>, at: &Ref) -> Option<&'a Deed> {
    let deed = scene.fleet.desk.deeds.iter().rev().find(|deed| deed.intent.target == *at)?;
    let changed: Moment = deed.proof.since.unwrap_or(deed.at);
    let is_shown = match deed.proof.outcome {
        Outcome::Open => true,
        Outcome::NotObserved | Outcome::Unknown(_) => scene.clock_within_a_day(changed).is_some(),
        Outcome::TookEffect | Outcome::Refused(_) | Outcome::Reverted(_) | Outcome::NeverSent(_) => {
            scene.now.since(changed) < LINGERS
        }
    };
    is_shown.then_some(deed)
}

/// The rows of the deck that prove what was done last: `✓ undo web to revision 1: took effect: accepted 0.1 s ✓ …`. A bad
/// end stands first, and takes up to `most` rows.
pub(super) fn lines<'a>(scene: &Scene<'_>, at: &Ref, (width, most): (u16, usize)) -> Vec<Line<'a>> {
    let Some(deed) = shown(scene, at) else { return Vec::new() };
    let (role, glyph, word) = outcome(&deed.proof.outcome);
    let mark = |glyph: &str| scene.span(role, format!(" {glyph} "));
    let Some(why) = why(&deed.proof.outcome) else {
        let word = if deed.proof.outcome == Outcome::Open { String::new() } else { format!("{word}: ") };
        let mut spans = vec![mark(glyph)];
        spans.extend(progress(scene, deed, &word, width.saturating_sub(3)));
        return vec![Line::from(spans)];
    };
    let says = format!("{word}: {why}  {}  {}", glyphs::MISSING, deed.title);
    let rows = text::wrap(&says, width.saturating_sub(3), most).into_iter().enumerate();
    rows.map(|(row, says)| Line::from(vec![mark(if row == 0 { glyph } else { " " }), scene.span(role, says)])).collect()
}

/// The headline, the outcome and the stages in `room` columns. What is narrow loses the end of the headline first, then the
/// stages that later ones imply.
fn progress<'a>(scene: &Scene<'_>, deed: &Deed, word: &str, room: u16) -> Vec<Span<'a>> {
    let (role, ..) = outcome(&deed.proof.outcome);
    let mut stages = stages(scene, deed);
    let left = |stages: &[[Span<'a>; 2]]| {
        let wide = joined(stages).iter().map(Span::width).sum();
        room.saturating_sub(num::cells(wide) + text::width(word))
    };
    let verb = format!("{}: ", deed.intent.verb.word());
    while stages.len() > 1 && left(&stages) < text::width(&verb) {
        stages.remove(0);
    }
    let title = format!("{}: ", deed.title);
    let says = match left(&stages) {
        room if room >= text::width(&title) => title,
        room if room >= LEAST_TITLE => format!("{}: ", text::cut(&deed.title, room - 2)),
        _ => verb,
    };
    let mut spans = vec![scene.span(Role::Title, says), scene.span(role, word.to_owned())];
    let by = scene.span(Role::Dim, format!("  by {}", deed.by));
    spans.extend(joined(&stages));
    if spans.iter().map(Span::width).sum::<usize>() + by.width() <= usize::from(room) {
        spans.push(by);
    }
    spans
}
