//! Shares that disagree: what a version gets is not what is routed to it, or what is routed is not what is wanted. The reason is
//! named where there is evidence for it; else what it may be.

use super::{
    said::Said,
    traffic::Sight,
    words::{count, describe},
};
use crate::domain::{
    Accord, Bend, Bending, Crowd, Finding, Moment, Role, Rollout, Severity, Share, Text, Version, num,
};

/// Pods of a version answer more requests than clients see sent, by this factor: some come by another entry.
const BESIDE: f64 = 1.1;

/// Fewer requests say nothing of how they are spread over pods.
const CROWD: f64 = 100.0;

/// A router is told what is wanted if it is no further off, in shares: weights are whole numbers.
const ROUNDING: f64 = 0.005;

/// A reason why, with what speaks for it, and what to do.
struct Reason {
    why: String,
    advice: String,
}

/// One finding at most: of two versions, one has what the other has not.
pub(super) fn seen(sight: &Sight<'_>) -> Vec<Finding> {
    let rollout = sight.rollout;
    let is_apart = |version: &&Version| matches!(version.split.accord, Accord::Apart { .. });
    let apart = || rollout.living().filter(is_apart);
    let Some(version) = apart().find(|version| version.role == Role::New).or_else(|| apart().next()) else {
        return Vec::new();
    };
    let Some(Split { since, low, high, seen, due }) = Split::of(version) else { return Vec::new() };
    let mut reasons = reasons(sight, version, seen.0 > due.0);
    let name = named(rollout, version);
    let (got, of) = (num::percent(seen.0), num::percent(due.0));
    let head = format!(
        "{name} gets {got} % of the requests ({} to {}), and {of} % is {}",
        num::percent(low.0),
        num::percent(high.0),
        if version.split.routed.is_some() { "routed to it" } else { "wanted" },
    );
    let (message, advice) = if reasons.is_empty() {
        (format!("{head}: no reason is to be seen"), possible(rollout))
    } else {
        let first = reasons.remove(0);
        (format!("{head}: {}", first.why), first.advice)
    };
    let is_routed = version.split.wanted.is_some();
    let said = Said {
        severity: if is_routed { Severity::Warning } else { Severity::Info },
        sticks: false,
        label: "share off",
        message,
        advice,
        about: rollout.at.clone(),
        since: Some(since),
        detail: reasons.into_iter().map(|reason| Text::clean(&format!("also: {}", reason.why))).collect(),
    };
    vec![Finding { version: Some(version.uid.clone()), ..said.of_all() }]
}

/// One for each version whose router is told otherwise.
pub(super) fn routed(sight: &Sight<'_>) -> Vec<Finding> {
    let rollout = sight.rollout;
    let off = |version: &Version| {
        let (Share(wanted), Share(routed)) = (version.split.wanted?, version.split.routed?);
        ((wanted - routed).abs() > ROUNDING).then_some((wanted, routed))
    };
    let off = rollout.living().filter_map(|version| Some((version, off(version)?)));
    let of = |(version, (wanted, routed)): (&Version, (f64, f64))| {
        let (name, wanted, routed) = (named(rollout, version), num::percent(wanted), num::percent(routed));
        let said = Said {
            severity: Severity::Warning,
            sticks: false,
            label: "route off",
            message: format!("{wanted} % is wanted for {name}, and the router is told {routed} %"),
            advice: format!("another writer, or its controller is behind; {}", describe(&rollout.at)),
            about: rollout.at.clone(),
            since: None,
            detail: Vec::new(),
        };
        Finding { version: Some(version.uid.clone()), ..said.of_all() }
    };
    off.map(of).collect()
}

/// What a version gets and what is due to it.
struct Split {
    since: Moment,
    low: Share,
    high: Share,
    seen: Share,
    due: Share,
}

impl Split {
    fn of(version: &Version) -> Option<Self> {
        let Accord::Apart { since, low, high } = version.split.accord else { return None };
        Some(Self { since, low, high, seen: version.split.seen?.share, due: version.split.due()? })
    }
}

/// Reasons for which something speaks, the surest first.
fn reasons(sight: &Sight<'_>, version: &Version, is_more: bool) -> Vec<Reason> {
    let rollout = sight.rollout;
    let unseen = (version.split.routed.is_none() && rollout.observed < rollout.generation).then(|| Reason {
        why: format!("its router has not taken it yet ({} of {} changes)", rollout.observed, rollout.generation),
        advice: format!("see whether its controller runs; {}", describe(&rollout.at)),
    });
    let gains = |bend: &&Bend| {
        let is_gainer = |one: &Version| one.services.iter().any(|service| bend.gain.contains(service));
        let others = || rollout.living().filter(|other| other.uid != version.uid);
        bend.gain.is_empty() || if is_more { is_gainer(version) } else { others().any(is_gainer) }
    };
    let bends = rollout.door.bends.iter().filter(gains).filter_map(bent);
    let mut all: Vec<Reason> = unseen.into_iter().chain(bends).collect();
    all.extend(past_the_router(rollout));
    let crowds = sight.judged.map_or(&[][..], |judged| &judged.crowds);
    all.extend(crowds.iter().filter_map(|crowd| crowded(rollout, crowd)));
    all.extend(by_pods(rollout));
    all
}

/// What a bend that is set up does.
fn bent(bend: &Bend) -> Option<Reason> {
    let advice = match bend.kind {
        Bending::Sticky => "clients stay where they are until their session ends: only new ones follow the weights",
        Bending::OtherWay => "count what comes that way apart, or take it away: weights do not rule it",
        Bending::Shadow => "the other one answers: shift the weights there, or remove it",
        Bending::Mirror => "copies are counted as requests: the share of clients is smaller than what is seen",
        // By itself it makes failures of one version requests of any: too little to be the reason.
        Bending::Retry => return None,
    };
    let why = match bend.kind {
        Bending::Sticky => format!("sticky sessions: {}", bend.says),
        Bending::OtherWay | Bending::Shadow | Bending::Mirror | Bending::Retry => bend.says.to_string(),
    };
    Some(Reason { why, advice: advice.to_owned() })
}

/// The pods answer more than clients see: the metric counts another entry.
fn past_the_router(rollout: &Rollout) -> Option<Reason> {
    let clients = rollout.door.measured.as_ref()?.rate.filter(|rate| *rate > 0.0)?;
    let pods: f64 = rollout.versions.iter().filter_map(|version| version.metrics.as_ref()?.rate).sum();
    (pods > BESIDE * clients && rollout.versions.iter().any(|version| version.split.wanted.is_some())).then(|| Reason {
        why: format!("its pods answer {pods:.0} requests a second, and only {clients:.0} come by the router"),
        advice: "others ask the pods directly, or the router sends requests twice: count at the router instead"
            .to_owned(),
    })
}

/// Few pods answer nearly all requests.
fn crowded(rollout: &Rollout, crowd: &Crowd) -> Option<Reason> {
    let version = rollout.version(&crowd.version)?;
    let ready = version.pods.ready;
    let is_crowded = crowd.requests >= CROWD && i64::from(crowd.busy) * 2 <= i64::from(ready);
    is_crowded.then(|| Reason {
        why: format!(
            "few connections that are kept: {} of {} ready pods of {} {} {:.0} % of its requests",
            crowd.busy,
            ready,
            named(rollout, version),
            if crowd.busy == 1 { "answers" } else { "answer" },
            crowd.part * 100.0
        ),
        advice:
            "connections stay where they were opened: let clients open new ones, or share requests, not connections"
                .to_owned(),
    })
}

/// Without a router shares are counted in pods.
fn by_pods(rollout: &Rollout) -> Option<Reason> {
    let is_by_pods = rollout.living().all(|version| version.split.wanted.is_none());
    let ready: i32 = rollout.living().map(|version| version.pods.ready).sum();
    (is_by_pods && ready > 0).then(|| Reason {
        why: format!(
            "without a router shares are those of connections over {}, one pod being {} %",
            count(num::count_usize(ready), "ready pod"),
            num::percent(1.0 / f64::from(ready))
        ),
        advice: "a router shares requests by weight, and finer than pods do".to_owned(),
    })
}

fn possible(rollout: &Rollout) -> String {
    let retry = rollout.door.bends.iter().find(|bend| bend.kind == Bending::Retry);
    let retries = retry.map_or_else(|| "retries".to_owned(), |bend| format!("retries ({})", bend.says));
    format!("possible: clients that keep their session or connection, {retries}, another entry, a mirror")
}

/// A version, as operators call it.
fn named<'v>(rollout: &Rollout, version: &'v Version) -> &'v str {
    let is_twin = rollout.living().any(|other| other.uid != version.uid && other.image() == version.image());
    if version.is_workload() || is_twin { &version.at.name } else { version.image() }
}

#[cfg(test)]
mod tests;
