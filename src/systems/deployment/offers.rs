//! Which verbs a Deployment takes now, or why not: the refusals of kubectl v1.36 (`rollout pause|resume|undo|restart`), but
//! that a paused one can be undone and resumed in one step.

use super::versions::Versions;
use crate::domain::{Deployment, Offer, ReplicaSet, Text, Verb, Why};

/// All verbs, able or refused.
pub(super) fn offers(deployment: &Deployment, versions: &Versions<'_>) -> Vec<Offer> {
    let paused = deployment.paused;
    let unless = |refused: bool, why: &str| if refused { Err(Why(Text::from(why))) } else { Ok(()) };
    let rows = [
        (Verb::Pause, unless(paused, "already paused")),
        (Verb::Resume, unless(!paused, "not paused")),
        (Verb::Undo, undo(deployment, versions)),
        (Verb::Restart, unless(paused, "cannot restart a paused Deployment: resume it first")),
        (Verb::Scale, Ok(())),
        (Verb::SetImage, Ok(())),
    ];
    let leaving = unless(deployment.meta.deleting.is_some(), "the Deployment is being deleted");
    rows.into_iter().map(|(verb, able)| Offer { verb, able: leaving.clone().and(able) }).collect()
}

/// There must be a version with a readable number, or none (which counts as 0), whose template is another one.
fn undo(deployment: &Deployment, versions: &Versions<'_>) -> Result<(), Why> {
    let refuse = |why: &str| Err(Why(Text::from(why)));
    if !versions.known {
        return refuse("ReplicaSets cannot be read here, so there is no history to go back to");
    }
    let readable = |set: &&&ReplicaSet| {
        set.meta.annotations.get("deployment.kubernetes.io/revision").is_none() || set.meta.revision().is_some()
    };
    let mut earlier = versions.others.iter().filter(readable).peekable();
    if earlier.peek().is_none() {
        return refuse("no rollout history: there is no earlier revision");
    }
    if earlier.all(|set| set.template.fingerprint == deployment.template.fingerprint) {
        return refuse("every revision of the history has the current template");
    }
    Ok(())
}
