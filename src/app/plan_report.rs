//! The contract of `plan --output json`, `rolldeck/v1`: fields may be added, never renamed; what is unknown is null.

use serde::Serialize;
use serde_json::Value;

use super::report::rfc3339;
use crate::domain::{
    Args, Card, Change, Deed, Downtime, DryRun, Estimate, Flight, Guard, Moment, Outcome, Text, Write,
};

#[derive(Serialize)]
pub(crate) struct PlanReport<'a> {
    schema: &'static str,
    /// Null when there is none: see `error`.
    plan: Option<Planned<'a>>,
    /// What became of it; null when it was not applied.
    applied: Option<Applied<'a>>,
    /// Why there is no plan, or why nothing was sent; null when neither is so.
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct Planned<'a> {
    cluster: &'a str,
    namespace: &'a str,
    kind: &'a str,
    name: &'a str,
    verb: &'static str,
    args: &'a Args,
    title: &'a str,
    generation: i64,
    changes: &'a [Change],
    guards: &'a [Guard],
    requests: Vec<Request<'a>>,
    kubectl: Option<&'a str>,
    kubectl_because: Option<&'a str>,
    dry_run: &'a DryRun,
    /// What it is expected to do; null where the system's arithmetic is not known, or no pod moves.
    flight: Option<Flown<'a>>,
    destructive: bool,
    /// Why it cannot be sent; null when it can.
    stopped: Option<&'a str>,
}

#[derive(Serialize)]
struct Flown<'a> {
    pods_start: i32,
    pods_stop: i32,
    /// null: not known, or it does not end.
    seconds: Option<Estimate>,
    lowest_ready: i32,
    wanted: i32,
    /// Whether no pod is ready for a while, or in the end.
    downtime: bool,
    /// null: not known, it does not end, or there is none.
    downtime_seconds: Option<Estimate>,
    lost: &'a [Text],
    limits: &'a [Text],
    /// Why it does not get done by itself; null when it does.
    stuck: Option<&'a str>,
    assumes: &'a [Text],
}

#[derive(Serialize)]
struct Request<'a> {
    method: &'static str,
    object: String,
    subresource: Option<&'a str>,
    patch: Value,
}

#[derive(Serialize)]
struct Applied<'a> {
    id: &'a str,
    by: &'a str,
    reason: &'a str,
    at: Option<String>,
    outcome: &'static str,
    says: Option<&'a str>,
    accepted: Option<String>,
    observed: Option<String>,
    done: Option<String>,
    /// From the request to *done*; null while it is not.
    seconds: Option<f64>,
    /// What was expected of it; null when it was not known.
    predicted_seconds: Option<u64>,
}

impl<'a> PlanReport<'a> {
    pub(crate) fn of(card: Option<&'a Card>, deed: Option<&'a Deed>, error: Option<&'a str>) -> Self {
        Self { schema: "rolldeck/v1", plan: card.map(planned), applied: deed.map(applied), error }
    }
}

fn planned(card: &Card) -> Planned<'_> {
    let at = &card.intent.target;
    Planned {
        cluster: &at.cluster,
        namespace: &at.namespace,
        kind: &at.kind.kind,
        name: &at.name,
        verb: card.intent.verb.word(),
        args: &card.intent.args,
        title: &card.title,
        generation: card.generation,
        changes: &card.changes,
        guards: &card.guards,
        requests: card.writes.iter().map(request).collect(),
        kubectl: card.kubectl.as_ref().ok().map(AsRef::as_ref),
        kubectl_because: card.kubectl.as_ref().err().map(|why| why.0.as_str()),
        dry_run: &card.dry_run,
        flight: card.flight.as_ref().map(flown),
        destructive: card.destructive,
        stopped: card.stopped().map(AsRef::as_ref),
    }
}

fn flown(flight: &Flight) -> Flown<'_> {
    Flown {
        pods_start: flight.start,
        pods_stop: flight.stop,
        seconds: flight.takes,
        lowest_ready: flight.lowest_ready,
        wanted: flight.wanted,
        downtime: flight.downtime != Downtime::None,
        downtime_seconds: match flight.downtime {
            Downtime::For(span) => Some(span),
            Downtime::None | Downtime::Unknown | Downtime::Lasting => None,
        },
        lost: &flight.lost,
        limits: &flight.limits,
        stuck: flight.stuck.as_deref(),
        assumes: &flight.assumes,
    }
}

fn request(write: &Write) -> Request<'_> {
    let sub = write.sub.segment();
    Request {
        method: "PATCH",
        object: write.target.to_string(),
        subresource: Some(sub).filter(|sub| !sub.is_empty()),
        patch: write.patch(),
    }
}

fn applied(deed: &Deed) -> Applied<'_> {
    let proof = &deed.proof;
    let time = |at: Option<Moment>| at.and_then(rfc3339);
    Applied {
        id: &deed.id,
        by: &deed.by,
        reason: &deed.reason,
        at: rfc3339(deed.at),
        outcome: proof.outcome.word(),
        says: says(&proof.outcome),
        accepted: time(proof.accepted),
        observed: time(proof.observed),
        done: time(proof.done),
        seconds: proof.done.map(|done| done.since(deed.at).as_secs_f64()),
        predicted_seconds: deed.predicted(),
    }
}

fn says(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Open | Outcome::NotObserved | Outcome::TookEffect => None,
        Outcome::Refused(why) | Outcome::Reverted(why) | Outcome::Unknown(why) | Outcome::NeverSent(why) => Some(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_plan_it_is_json_too() {
        let report = serde_json::to_value(PlanReport::of(None, None, Some("deployment/web: already paused"))).unwrap();
        let wanted = serde_json::json!({
            "schema": "rolldeck/v1", "plan": null, "applied": null, "error": "deployment/web: already paused",
        });
        assert_eq!(report, wanted);
    }
}
