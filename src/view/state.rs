//! A rollout's state as a glyph and words; used by the board and the deck so that both say the same.

use super::{Scene, glyphs, theme::Role, when};
use crate::domain::{Phase, Rollout};

/// `✗`, `↻`, with its role.
pub(super) fn glyph(rollout: &Rollout) -> (&'static str, Role) {
    (glyphs::phase(rollout.phase), Role::of_phase(rollout.phase))
}

/// `stuck: image pull`, `12/20 updated`, `paused 4m12s`: the word, then the cause or the progress.
pub(super) fn words(scene: &Scene<'_>, rollout: &Rollout) -> String {
    let since = rollout.since.map(|at| format!(" {}", scene.ago(at))).unwrap_or_default();
    match (rollout.phase, &rollout.cause) {
        (Phase::Progressing, cause) => {
            let progress = progress(rollout);
            cause.as_ref().map_or(progress.clone(), |cause| format!("{progress}: {cause}"))
        }
        (Phase::Paused, _) => format!("paused{since}"),
        (Phase::Waiting, _) => format!("waiting for you{since}"),
        (phase @ (Phase::Stuck | Phase::Degraded | Phase::Healthy | Phase::Unknown), Some(cause)) => {
            format!("{}: {cause}", phase.word())
        }
        (phase @ (Phase::Stuck | Phase::Degraded | Phase::Healthy | Phase::Unknown), None) => phase.word().to_owned(),
    }
}

/// How far the newest version is: its pods are first created, then become available.
fn progress(rollout: &Rollout) -> String {
    let pods = rollout.newest().map(|newest| (newest.pods.have, newest.pods.available));
    match pods {
        Some((have, _)) if have < rollout.desired => format!("{have}/{} updated", rollout.desired),
        Some((_, available)) if available < rollout.desired => format!("{available}/{} available", rollout.desired),
        Some(_) | None => "progressing".to_owned(),
    }
}

/// `progress deadline in 8:56`, soonest first; what is overdue says so.
pub(super) fn countdowns(scene: &Scene<'_>, rollout: &Rollout) -> Vec<String> {
    let mut all: Vec<_> = rollout.course.countdowns.iter().collect();
    all.sort_by_key(|c| c.at);
    all.iter()
        .map(|c| {
            let left = c.at.since(scene.now);
            if left.is_zero() {
                format!("{} passed {} ago", c.what, scene.ago(c.at))
            } else {
                format!("{} in {}", c.what, when::countdown(left))
            }
        })
        .collect()
}
