//! What somebody should know before confirming, besides what the system itself says: a stale view, others who write the
//! same fields, somebody who just wrote them, how many pods would be left, and what was found out about the versions.

mod judged;

use std::time::Duration;

use serde_json::Value;

use super::who;
use crate::{
    domain::{Fleet, Force, Guard, Moment, Name, Op, Ref, SourceHealth, Sub, Text, Weight, Write, num},
    systems::{Ask, load},
};

/// A write that is younger is worth a word.
const RECENT: Duration = Duration::from_mins(10);
/// How far the server's time of a write may be from ours.
const SLACK: Duration = Duration::from_secs(5);

/// All guards, the heaviest first; of two of the same rule the system's own stays.
pub(super) fn all(fleet: &Fleet, ask: &Ask<'_>, writes: &[Write], own: Vec<Guard>) -> Vec<Guard> {
    let mut guards = own;
    let mut others =
        [stale(fleet, ask), judged::all(fleet, ask), forces(ask, writes), recent(fleet, ask), left(ask, writes)]
            .concat();
    others.retain(|guard| guards.iter().all(|held| held.rule != guard.rule));
    guards.append(&mut others);
    guards.sort_by_key(|guard| guard.weight);
    guards
}

fn guard(rule: impl Into<Name>, weight: Weight, says: &str) -> Guard {
    Guard { rule: rule.into(), weight, says: Text::clean(says) }
}

/// Only sources around the rollout count: a cluster that is away must not lock another one.
fn stale(fleet: &Fleet, ask: &Ask<'_>) -> Vec<Guard> {
    let at = &ask.intent.target;
    let near = |health: &&SourceHealth| {
        let source = &health.source;
        !source.kind.is_advice()
            && source.cluster == at.cluster
            && source.namespace.as_ref().is_none_or(|own| *own == at.namespace)
    };
    let ours = Fleet { sources: fleet.sources.iter().filter(near).cloned().collect(), ..Fleet::default() };
    let (Err(why), Some(since)) = (ours.may_steer(ask.now), ours.stale_since()) else { return Vec::new() };
    let age = ask.now.since(since).as_secs();
    vec![guard("stale-view", Weight::Stop, &format!("this view is {age} s old: {why}"))]
}

fn forces(ask: &Ask<'_>, writes: &[Write]) -> Vec<Guard> {
    let relevant = |force: &&Force| {
        let paths = writes.iter().flat_map(|write| &write.ops).map(|op| op.path().as_str());
        let mut touched = paths.filter(|path| covers(&force.field, path)).peekable();
        touched.peek().is_some() && (force.by != *"kubectl-apply" || touched.any(|path| is_applied(ask, path)))
    };
    let says = |force: &Force| match (force.bounds, replicas(writes)) {
        (Some(bounds), Some(wanted)) => scaler(force, bounds, wanted),
        (Some(_) | None, _) => force.says.to_string(),
    };
    let warn = |force: &Force| guard(force.by.clone(), Weight::Warn, &says(force));
    ask.rollout.forces.iter().filter(relevant).map(warn).collect()
}

/// Whether a JSON pointer is another one, or below it.
fn covers(field: &str, path: &str) -> bool {
    path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the manifest that was applied last says anything about a path. Lists have an order of their own, so that all of
/// their elements count as one.
fn is_applied(ask: &Ask<'_>, path: &str) -> bool {
    let noted = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    let text = ask.whole.first().and_then(|whole| whole.pointer(noted)).and_then(Value::as_str);
    let Some(manifest) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else { return true };
    let is_index = |token: &str| !token.is_empty() && token.chars().all(|c| c.is_ascii_digit());
    let upto = path.split('/').take_while(|token| !is_index(token)).collect::<Vec<_>>().join("/");
    manifest.pointer(&upto).is_some()
}

/// The number that a write scales to.
fn replicas(writes: &[Write]) -> Option<i64> {
    let put = |op: &Op| {
        if let Op::Put(path, value) = op { value.as_i64().filter(|_| **path == *"/spec/replicas") } else { None }
    };
    writes.iter().filter(|write| write.sub == Sub::Scale).flat_map(|write| &write.ops).find_map(put)
}

/// What an autoscaler will make of a number. At 0 it is switched off, unless its minimum is 0 as well.
fn scaler(force: &Force, (min, max): (i32, i32), wanted: i64) -> String {
    let within = force.reverts_within_s.unwrap_or(15);
    let (low, high) = (i64::from(min), i64::from(max));
    if wanted == 0 && min > 0 {
        "0 switches the HPA off: nothing scales it up again by itself".to_owned()
    } else if wanted < low || wanted > high {
        format!(
            "its HPA keeps {min} to {max} pods: it will set {wanted} to {} within about {within} s",
            wanted.clamp(low, high.max(low))
        )
    } else {
        format!(
            "its HPA computes the number of pods, {min} to {max}: it may set another one than {wanted} within about {within} s"
        )
    }
}

/// Somebody else wrote the spec a moment ago.
fn recent(fleet: &Fleet, ask: &Ask<'_>) -> Vec<Guard> {
    let Some(whole) = ask.whole.first() else { return Vec::new() };
    let hands = who::hands(whole);
    let spec = ["f:spec".to_owned()];
    let young = |at: Moment| ask.now.since(at) < RECENT;
    let other = hands.iter().find(|hand| {
        hand.owns(&spec)
            && hand
                .at
                .is_some_and(|at| young(at) && !(hand.manager == who::OURS && is_ours(fleet, &ask.intent.target, at)))
    });
    let says = |hand: &who::Hand<'_>| format!("{} wrote its spec{}", hand.told(ask.now), what(hand));
    other.map(|hand| guard("recent-writer", Weight::Note, &says(hand))).into_iter().collect()
}

/// What a manager wrote, as far as operators steer it.
fn what(hand: &who::Hand<'_>) -> String {
    let fields = |path: &[&str]| path.iter().map(|key| format!("f:{key}")).collect::<Vec<_>>();
    let known = [
        (fields(&["spec", "replicas"]), "replicas"),
        (fields(&["spec", "paused"]), "paused"),
        (fields(&["spec", "template", "spec", "containers"]), "containers"),
        (fields(&["spec", "template", "metadata", "annotations"]), "pod annotations"),
    ];
    let wrote: Vec<&str> = known.iter().filter(|(path, _)| hand.owns(path)).map(|(_, word)| *word).collect();
    if wrote.is_empty() { String::new() } else { format!(": {}", wrote.join(", ")) }
}

/// Whether a write of our own name was one of this program, and not of another operator's.
fn is_ours(fleet: &Fleet, at: &Ref, wrote: Moment) -> bool {
    let ours = fleet.desk.deeds.iter().filter(|deed| deed.intent.target == *at);
    let mut times = ours.filter_map(|deed| deed.proof.accepted);
    times.any(|accepted| accepted.since(wrote) < SLACK && wrote.since(accepted) < SLACK)
}

/// Fewer pods than serve now, and what each of them would carry.
fn left(ask: &Ask<'_>, writes: &[Write]) -> Vec<Guard> {
    let versions = &ask.rollout.versions;
    let serve: i32 = versions.iter().map(|version| version.pods.available).sum();
    let Some(wanted) = replicas(writes).filter(|wanted| *wanted < i64::from(serve)) else { return Vec::new() };
    let mut guards = vec![guard("pods-left", Weight::Warn, &format!("{serve} pods serve now, {wanted} would"))];
    let rate = load::rate(versions.iter(), ask.now).filter(|rate| *rate > 0.0 && wanted > 0);
    guards.extend(rate.map(|rate| load::capacity("each of them", rate / num::float(wanted), versions.iter())));
    guards
}

#[cfg(test)]
mod tests;
