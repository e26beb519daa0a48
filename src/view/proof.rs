//! What became of a deed: its outcome as a shape and a word, its stages with their times, and the line on the deck that
//! shows both while it matters.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, requests, text, theme::Role, when};
use crate::domain::{Deed, Moment, Outcome, Ref, num};

/// How long the outcome stays on the deck; later it is in the journal.
const LINGERS: Duration = Duration::from_mins(1);
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
        Outcome::NotObserved => Some("accepted, but the controller has not seen it within 10 s; it may still"),
        Outcome::Refused(why) | Outcome::Reverted(why) | Outcome::Unknown(why) | Outcome::NeverSent(why) => Some(why),
    }
}

/// `accepted 0.1 s ✓  observed 0.4 s ✓  done …  held 18/30 s …`: as far as it is, and what is awaited next.
pub(super) fn stages<'a>(scene: &Scene<'_>, deed: &Deed) -> Vec<Span<'a>> {
    let proof = &deed.proof;
    let mut spans: Vec<Span<'a>> = Vec::new();
    let mut add = |word: &str, says: String, is_reached: bool| {
        let (role, mark) =
            if is_reached { (Role::Healthy, glyphs::HEALTHY) } else { (Role::Progressing, glyphs::MORE) };
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
        }
        let says = if says.is_empty() { String::new() } else { format!("{says} ") };
        spans.extend([scene.span(Role::Text, format!("{word} {says}")), scene.span(role, mark)]);
    };
    let awaits = !proof.outcome.is_final();
    for (word, at) in [("accepted", proof.accepted), ("observed", proof.observed)] {
        match at {
            Some(at) => add(word, took(at.since(deed.at)), true),
            None if awaits => {
                add(word, String::new(), false);
                return spans;
            }
            None => return spans,
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
    spans
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
    if let Some(why) = why(&deed.proof.outcome) {
        let says = format!("{word}: {why}  {}  {}", glyphs::MISSING, deed.title);
        let mut rows = requests::labelled(scene, (role, &format!(" {glyph} ")), &says, width);
        rows.truncate(most);
        if let Some(said) = rows.first_mut().and_then(|row| row.spans.last_mut()) {
            said.style = scene.style(role);
        }
        return rows;
    }
    let stages = stages(scene, deed);
    let took = num::cells(stages.iter().map(Span::width).sum());
    let word = if deed.proof.outcome == Outcome::Open { String::new() } else { format!("{word}: ") };
    let room = width.saturating_sub(took + text::width(&word) + 5).max(width / 4);
    let mut spans = vec![
        scene.span(role, format!(" {glyph} ")),
        scene.span(Role::Title, text::cut(&deed.title, room).into_owned()),
        scene.span(Role::Title, ": "),
        scene.span(role, word),
    ];
    spans.extend(stages);
    vec![Line::from(spans)]
}
