//! Which verbs a Deployment takes now, or why not: the refusals of kubectl v1.36 (`rollout pause|resume|undo|restart`).

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

/// kubectl looks for the second-highest revision first, then at the pause, then whether there is a difference.
fn undo(deployment: &Deployment, versions: &Versions<'_>) -> Result<(), Why> {
    let refuse = |why: String| Err(Why(Text::from(why)));
    if !versions.known {
        return refuse("ReplicaSets cannot be read here, so there is no history to go back to".to_owned());
    }
    let Some((number, previous)) = previous(versions) else {
        return refuse("no rollout history: there is no earlier revision".to_owned());
    };
    if deployment.paused {
        return refuse("cannot undo a paused Deployment: resume it first".to_owned());
    }
    if previous.template.fingerprint == deployment.template.fingerprint {
        return refuse(format!("the current template already matches revision {number}"));
    }
    Ok(())
}

/// The version with the second-highest number. One without a number counts as 0, one with an unreadable number is
/// passed over.
fn previous<'a>(versions: &Versions<'a>) -> Option<(i64, &'a ReplicaSet)> {
    let number = |set: &ReplicaSet| match set.meta.annotations.get("deployment.kubernetes.io/revision") {
        Some(_) => set.meta.revision(),
        None => Some(0),
    };
    let all = versions.others.iter().chain(&versions.new);
    let mut numbered: Vec<_> = all.filter_map(|set| Some((number(set)?, *set))).collect();
    numbered.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    numbered.into_iter().nth(1)
}
