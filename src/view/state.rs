//! A rollout's state as a glyph and words; used by the board and the deck so that both say the same.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{Scene, glyphs, text, theme::Role, when};
use crate::domain::{Countdown, Percent, Phase, Rollout, Share, num};

/// What happens within this time is marked.
const SOON: Duration = Duration::from_mins(1);

/// `✗`, `↻`, with its role.
pub(super) fn glyph(rollout: &Rollout) -> (&'static str, Role) {
    (glyphs::phase(rollout.phase), Role::of_phase(rollout.phase))
}

/// `stuck: image pull`, `12/20 updated`, `10 % to app-v2`, `paused 4m12s`: the word, then the cause or the progress.
pub(super) fn words(scene: &Scene<'_>, rollout: &Rollout) -> String {
    let since = rollout.since.map(|at| format!(" {}", scene.ago(at))).unwrap_or_default();
    match (rollout.phase, &rollout.cause) {
        (Phase::Progressing, cause) => {
            let progress = progress(rollout);
            cause.as_ref().map_or(progress.clone(), |cause| format!("{progress}: {cause}"))
        }
        (Phase::Healthy, None) if rollout.desired == 0 => "scaled to 0".to_owned(),
        (Phase::Paused, _) => format!("paused{since}"),
        (Phase::Waiting, _) => format!("waiting for you{since}"),
        (phase @ (Phase::Stuck | Phase::Degraded | Phase::Healthy | Phase::Unknown), Some(cause)) => {
            format!("{}: {cause}", phase.word())
        }
        (phase @ (Phase::Stuck | Phase::Degraded | Phase::Healthy | Phase::Unknown), None) => phase.word().to_owned(),
    }
}

/// The state of one rollout with its sentence: ` ✗ stuck: image pull · 8 of 20 updated`, wrapped to at most `most` rows.
/// The sentence has the numbers, so the words do not; where it says the state itself it stands alone.
pub(super) fn headline<'a>(scene: &Scene<'_>, rollout: &'a Rollout, width: u16, most: usize) -> Vec<Line<'a>> {
    let (glyph, role) = glyph(rollout);
    let word = rollout.phase.word();
    let named = match &rollout.cause {
        Some(cause) => format!("{word}: {cause}"),
        None => word.to_owned(),
    };
    let says_all = rollout.phase == Phase::Progressing || rollout.says.starts_with(word);
    let alone = rollout.cause.is_none() && says_all;
    let head = if alone { String::new() } else { format!("{named}  {}  ", glyphs::MISSING) };
    let room = width.saturating_sub(3);
    let mut rows = text::wrap(&format!("{head}{}", rollout.says), room, most).into_iter();
    let first = rows.next().unwrap_or_default();
    let said = first.strip_prefix(head.as_str()).map(str::to_owned);
    let mut spans = vec![scene.span(role, format!(" {glyph} "))];
    match said.filter(|_| !alone) {
        Some(said) => spans.extend([
            scene.span(role, named),
            scene.span(Role::Dim, format!("  {}  ", glyphs::MISSING)),
            scene.span(Role::Text, said),
        ]),
        None => spans.push(scene.span(role, first)),
    }
    let more = rows.map(|row| Line::from(scene.span(Role::Text, format!("   {row}"))));
    std::iter::once(Line::from(spans)).chain(more).collect()
}

/// How far the newest version is: its pods are first created, then become available. What shares traffic between workloads
/// has no pods of its own: there it is how much the newest gets.
fn progress(rollout: &Rollout) -> String {
    if rollout.at.kind.is_custom()
        && let Some(newest) = rollout.newest()
        && let Some(Share(share)) = newest.split.wanted
    {
        let share = Percent::hundredths(num::round_u32(share * 10_000.0)).unwrap_or_default();
        return format!("{share} to {}", newest.at.name);
    }
    let pods = rollout.newest().map(|newest| (newest.pods.have, newest.pods.available));
    match pods {
        Some((have, _)) if have < rollout.desired => format!("{have}/{} updated", rollout.desired),
        Some((_, available)) if available < rollout.desired => format!("{available}/{} available", rollout.desired),
        Some(_) | None => "progressing".to_owned(),
    }
}

/// `since 03:09:56 (2m11s) · progress deadline in 0:41`; what comes within a minute is not to be overlooked.
pub(super) fn timing<'a>(scene: &Scene<'_>, rollout: &Rollout) -> Line<'a> {
    let mut parts = Vec::new();
    if let Some(since) = rollout.since {
        let says = match scene.clock_within_a_day(since) {
            Some(clock) => format!("since {clock} ({})", scene.ago(since)),
            None => format!("for {}", scene.ago(since)),
        };
        parts.push(scene.span(Role::Dim, says));
    }
    let mut countdowns: Vec<_> = rollout.course.countdowns.iter().collect();
    countdowns.sort_by_key(|c| c.at);
    parts.extend(countdowns.into_iter().map(|c| countdown(scene, c)));
    let mut spans = vec![Span::raw("   ")];
    for part in parts {
        if spans.len() > 1 {
            spans.push(scene.span(Role::Dim, format!("  {}  ", glyphs::MISSING)));
        }
        spans.push(part);
    }
    Line::from(spans)
}

fn countdown<'a>(scene: &Scene<'_>, countdown: &Countdown) -> Span<'a> {
    let left = countdown.at.since(scene.now);
    if left.is_zero() {
        return scene.span(Role::Warning, format!("{} passed {} ago", countdown.what, scene.ago(countdown.at)));
    }
    let role = if left < SOON { Role::Warning } else { Role::Dim };
    scene.span(role, format!("{} in {}", countdown.what, when::countdown(left)))
}
