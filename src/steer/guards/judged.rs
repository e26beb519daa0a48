//! What was found out about the versions between which an action moves traffic: going on with one that is called worse, going
//! on before anything can be said, and going back where that will not help. Advice: none of it stops anything.

use std::time::Duration;

use crate::{
    domain::{
        Args, Cause, Compared, Fleet, Guard, Intent, Judgement, Name, Readout, Role, Rollout, Verb, Verdict, Version,
        Weight, num,
    },
    systems::Ask,
};

/// Blocks are two scrapes long, which are a minute apart at most, and it takes a moment to count them.
const OLD: Duration = Duration::from_mins(5);

/// To which side an action moves traffic.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The new version gets more of it.
    On,
    /// The new version gets less.
    Back,
}

/// What is worth knowing of each version that the action gives traffic to or takes it from.
pub(super) fn all(fleet: &Fleet, ask: &Ask<'_>) -> Vec<Guard> {
    let judged = fleet.judged.as_ref().filter(|judged| judged.of == ask.rollout.at);
    let said = judged.map_or(&[][..], |judged| &judged.said);
    said.iter().filter_map(|said| Some(aged(about(ask, said)?, ask.now.since(said.at)))).collect()
}

/// What was found out a while ago says when, and warns of nothing: the newest blocks are missing.
fn aged(guard: Guard, age: Duration) -> Guard {
    if age <= OLD {
        return guard;
    }
    let says = format!("{}, as of {} min ago", guard.says, age.as_secs() / 60);
    super::guard(guard.rule, Weight::Note, &says)
}

fn about(ask: &Ask<'_>, said: &Judgement) -> Option<Guard> {
    let (new, stable) = (ask.rollout.version(&said.new)?, ask.rollout.version(&said.stable)?);
    let (new_name, stable_name) = names(new, stable);
    match way(ask.rollout, ask.intent, (new, stable))? {
        Way::On => {
            let worse: Vec<String> = [&said.errors, &said.latency].into_iter().filter_map(worse).collect();
            if worse.is_empty() {
                let more = unsaid(said)?;
                return Some(super::guard(
                    "not-judged",
                    Weight::Note,
                    &format!("{new_name} is not judged yet: {more}"),
                ));
            }
            let says = format!("{new_name} is called worse than {stable_name}: {}", worse.join(", "));
            Some(super::guard("called-worse", Weight::Warn, &says))
        }
        Way::Back => {
            let hurts = said.causes.iter().any(|cause| matches!(cause, Cause::Everywhere { .. }));
            let says = || format!("{stable_name} hurts equally: this will not help");
            hurts.then(|| super::guard("not-the-release", Weight::Warn, &says()))
        }
    }
}

/// What both are called; by their ReplicaSets where they have the same image.
fn names<'a>(new: &'a Version, stable: &'a Version) -> (&'a str, &'a str) {
    if new.called() == stable.called() { (&new.at.name, &stable.at.name) } else { (new.called(), stable.called()) }
}

fn way(rollout: &Rollout, intent: &Intent, (new, stable): (&Version, &Version)) -> Option<Way> {
    match (intent.verb, &intent.args) {
        (Verb::Shift, Args::Shares(_)) => {
            let of_new = gains(intent, new);
            of_new.or_else(|| gains(intent, stable).map(|gains| !gains)).map(|on| if on { Way::On } else { Way::Back })
        }
        (Verb::Resume, _) => (new.role == Role::New).then_some(Way::On),
        (Verb::Undo, Args::Revision(to)) if new.revision == Some(*to) => Some(Way::On),
        (Verb::Undo, _) => rollout.versions.first().filter(|newest| newest.uid == new.uid).map(|_| Way::Back),
        (Verb::Pause | Verb::Restart | Verb::Scale | Verb::SetImage | Verb::Shift, _) => None,
    }
}

/// Whether a version that a shift names gets more than it is meant to have now; None if it is not named, or nothing changes.
fn gains(intent: &Intent, version: &Version) -> Option<bool> {
    let Args::Shares(shares) = &intent.args else { return None };
    let is_it = |name: &Name| version.at.name == *name || version.services.contains(name);
    let (_, after) = shares.iter().find(|(name, _)| is_it(name))?;
    let change = f64::from(after.count()) / 10_000.0 - version.split.wanted.map_or(0.0, |share| share.0);
    (change.abs() > 1e-6).then_some(change > 0.0)
}

/// `0.93 points more errors`, `p95 31 % slower`.
fn worse(one: &Readout) -> Option<String> {
    let by = one.effect.filter(|_| one.verdict == Verdict::Worse).map(|effect| num::percent(effect.change.guess))?;
    Some(match one.compared {
        Compared::Errors => format!("{by} points more errors"),
        Compared::Latency { quantile, .. } => format!("p{} {by} % slower", num::percent(quantile)),
    })
}

/// What is missing before both can be said, if something is that time brings.
fn unsaid(said: &Judgement) -> Option<String> {
    let all = [("errors", said.errors.verdict), ("latency", said.latency.verdict)];
    let (what, needs) = all
        .into_iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::NotEnough { .. }))
        .map(|(what, verdict)| (what, verdict.needs()))
        .max_by_key(|(_, needs)| needs.unwrap_or(u64::MAX))?;
    Some(match needs {
        Some(needs) => format!("{what} take about {} more requests", num::grouped(needs)),
        None => format!("not enough data on {what}"),
    })
}

#[cfg(test)]
mod tests;
