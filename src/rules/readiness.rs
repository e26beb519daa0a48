//! Pods that run and are not ready, wait for a readiness gate, or wait out `minReadySeconds`.

use std::time::Duration;

use super::{
    Case, Noticed, Side,
    lens::is_between_crashes,
    node::on_living_nodes,
    said::Said,
    words::{brief, count, describe, pods_do, pods_of, span},
};
use crate::domain::{
    ContainerRole, ContainerState, Event, Finding, Moment, Name, Pod, PodState, Role, Severity, Truth, num,
};

/// Below that, not being ready yet is nothing to speak of.
const PATIENCE: Duration = Duration::from_secs(30);
/// A readiness probe that failed within this long may fail again.
const FLAPS: Duration = Duration::from_mins(1);

/// Pods whose containers run and whose readiness fails: never ready, lost, or coming and going.
pub(super) fn not_ready(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let steady = |pod: &&Pod| pod.gates_missing.is_empty() && !is_between_crashes(pod, case.now);
        let unready = || on_living_nodes(side).filter(steady).filter_map(unready_since);
        let (lost, young): (Vec<_>, Vec<_>) = unready().partition(|(pod, _)| pod.state() == PodState::NotReady);
        let (never, soon): (Vec<_>, Vec<_>) = young.into_iter().partition(|(_, at)| case.now.since(*at) >= PATIENCE);
        noticed.wake(soon.iter().map(|(_, at)| at.plus(PATIENCE)));
        let flapping: Vec<_> = on_living_nodes(side).filter_map(|pod| Some((pod, flapping(case, pod)?))).collect();
        noticed.wake(flapping.iter().map(|(_, at)| at.plus(FLAPS)));
        if !never.is_empty() {
            let run = pods_do(
                side,
                never.len(),
                "was never ready, though its containers run",
                "were never ready, though their containers run",
            );
            noticed.add(told(case, side, &never, ("not ready", run)));
        }
        if !lost.is_empty() {
            let what = format!("{} lost readiness", pods_of(side, lost.len()));
            noticed.add(told(case, side, &lost, ("lost readiness", what)));
        } else if !flapping.is_empty() {
            let what = pods_do(side, flapping.len(), "is ready on and off", "are ready on and off");
            noticed.add(told(case, side, &flapping, ("flapping", what)));
        }
    }
    noticed
}

fn told(case: &Case<'_>, side: &Side<'_>, found: &[(&Pod, Moment)], what: (&'static str, String)) -> Finding {
    let (label, mut message) = what;
    let probe = found.iter().find_map(|(pod, _)| Some((*pod, probe_failure(case, pod)?)));
    if let Some((_, event)) = probe {
        message = format!("{message}: {}", brief(&event.message, 120));
    }
    let worst = probe.map(|(pod, _)| pod).or(found.first().map(|(pod, _)| *pod));
    let about = worst.map_or(&side.version.at, |pod| &pod.meta.at);
    let nobody = side.version.pods.ready == 0 && side.version.role == Role::Stable;
    let said = Said {
        severity: if nobody { Severity::Critical } else { Severity::Warning },
        sticks: false,
        label,
        message,
        advice: format!("see what the readiness probe asks and what the pod logs; {}", describe(about)),
        about: about.clone(),
        since: earliest(found),
        detail: Vec::new(),
    };
    said.of(case, side)
}

fn earliest(found: &[(&Pod, Moment)]) -> Option<Moment> {
    found.iter().map(|(_, since)| *since).min()
}

/// A pod that runs and is not ready, and since when both are so.
fn unready_since(pod: &Pod) -> Option<(&Pod, Moment)> {
    let ready = pod.condition("Ready").filter(|c| c.truth != Truth::Yes)?;
    let mut mains = pod.containers.iter().filter(|c| c.role == ContainerRole::Main).peekable();
    mains.peek()?;
    let starts: Option<Vec<Option<Moment>>> =
        mains.map(|c| if let ContainerState::Running { since } = &c.state { Some(*since) } else { None }).collect();
    let started = starts?.into_iter().flatten().max();
    Some((pod, ready.since.max(started)?))
}

/// The kubelet's last word on a failing readiness probe.
fn probe_failure<'c>(case: &'c Case<'_>, pod: &Pod) -> Option<&'c Event> {
    case.events_of(pod).find(|event| event.reason == "Unhealthy" && event.message.starts_with("Readiness probe"))
}

/// When a pod that is ready now last failed its probe, if that was just now and often.
fn flapping(case: &Case<'_>, pod: &Pod) -> Option<Moment> {
    let ready_since = pod.condition("Ready").filter(|c| c.truth == Truth::Yes)?.since?;
    let event = probe_failure(case, pod)?;
    let just_now = case.now.since(event.last) < FLAPS && case.now.since(ready_since) < FLAPS;
    (just_now && event.count >= 3).then_some(event.last)
}

/// Pods whose containers are ready and whose readiness gates are not.
pub(super) fn gate(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    for side in case.living() {
        let mains_ready = |pod: &Pod| pod.containers.iter().all(|c| c.role != ContainerRole::Main || c.ready);
        let waits = |pod: &&Pod| !pod.gates_missing.is_empty() && mains_ready(pod) && !pod.is_ready();
        let waiting: Vec<_> = on_living_nodes(side).filter(waits).filter_map(unready_since).collect();
        let (found, soon): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, at)| case.now.since(*at) >= PATIENCE);
        noticed.wake(soon.iter().map(|(_, at)| at.plus(PATIENCE)));
        let Some((pod, _)) = found.first() else { continue };
        let mut gates: Vec<_> = found.iter().flat_map(|(pod, _)| pod.gates_missing.iter()).map(Name::as_str).collect();
        gates.sort_unstable();
        gates.dedup();
        let said = Said {
            severity: Severity::Warning,
            sticks: false,
            label: "readiness gate",
            message: format!("{} for readiness gate {}", pods_do(side, found.len(), "waits", "wait"), gates.join(", ")),
            advice: format!("see the controller that sets this condition; {}", describe(&pod.meta.at)),
            about: pod.meta.at.clone(),
            since: earliest(&found),
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

/// Ready pods that do not count as available yet.
pub(super) fn min_ready(case: &Case<'_>) -> Noticed {
    let mut noticed = Noticed::default();
    let Some(wait) = case.deployment.map(|d| d.min_ready_s).filter(|secs| *secs > 0) else { return noticed };
    let wait = Duration::from_secs(num::clamp_u64(i64::from(wait)));
    for side in case.living().filter(|side| !case.replaces(side.version)) {
        let ready_since = |pod: &Pod| pod.condition("Ready").filter(|c| c.truth == Truth::Yes)?.since;
        let at = |pod: &'_ Pod| ready_since(pod).map(|since| since.plus(wait)).filter(|at| *at > case.now);
        let found: Vec<_> = on_living_nodes(side).filter_map(|pod| Some((pod, at(pod)?))).collect();
        let Some((pod, _)) = found.iter().max_by_key(|(_, at)| *at) else { continue };
        noticed.wake(found.iter().map(|(_, at)| *at));
        let said = Said {
            severity: Severity::Info,
            sticks: false,
            label: "min ready",
            message: format!("{} ready, available after {} (minReadySeconds)", count(found.len(), "pod"), span(wait)),
            advice: "nothing to do but wait".to_owned(),
            about: pod.meta.at.clone(),
            since: None,
            detail: Vec::new(),
        };
        noticed.add(said.of(case, side));
    }
    noticed
}

#[cfg(test)]
mod tests;
