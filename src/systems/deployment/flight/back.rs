//! The way back: what undo would do to a rollout as it is, from what is watched alone. It chooses as undo does (see there).

use std::cmp::Reverse;

use super::{Goal, Observed, aged, spec::Spec};
use crate::{
    domain::{Deployment, Moment, Rollout, Text, Uid, Verb, Version, WayBack},
    systems::deployment::versions::Versions,
};

/// The way back of a rollout; None where there is no earlier version. `versions` are its versions as the controller tells
/// them apart.
pub(in crate::systems::deployment) fn way_back(
    rollout: &Rollout,
    deployment: &Deployment,
    versions: &Versions<'_>,
    now: Moment,
) -> Option<WayBack> {
    let current = versions.new.and_then(|new| rollout.version(&new.meta.uid));
    let target = choose(rollout, current.map(|current| &current.uid))?;
    let before = Spec::watched(deployment);
    let observed = Observed {
        rollout,
        versions: aged(rollout),
        current,
        target: Some(target),
        is_guess: false,
        before,
        after: Spec { is_paused: false, ..before },
        goal: Goal::RolledOut,
        now,
    };
    let revision = target.revision.unwrap_or_default();
    let is_same = current.is_some_and(|current| current.tag() == target.tag());
    let to = if is_same { format!("revision {revision}") } else { target.tag().to_owned() };
    Some(WayBack { of: rollout.at.clone(), revision, to: Text::clean(&to), flight: observed.flight(Verb::Undo)? })
}

/// The newest other version that has available pods; without one the one that kubectl takes, by its number.
fn choose<'a>(rollout: &'a Rollout, current: Option<&Uid>) -> Option<&'a Version> {
    let mut numbered: Vec<&Version> = rollout.versions.iter().collect();
    numbered.sort_by_key(|version| Reverse(version.revision));
    let is_other = |version: &&Version| Some(&version.uid) != current;
    let mut others = numbered.iter().copied().filter(is_other);
    let newest = others.clone().next();
    let serving = others.find(|version| version.pods.available > 0);
    serving.or_else(|| numbered.get(1).copied().filter(is_other)).or(newest)
}
