//! The contract of `status --output json`, `rolldeck/v1`: fields may be added, never renamed; what is unknown is null, never 0.

mod meaning;

use serde::Serialize;

use self::meaning::{CountedRequests, Judged, Spent};
use crate::domain::{
    Accord, Budget, Finding, Fleet, Health, Judgement, Measured, Moment, Name, Offer, Phase, PodState, Role, Rollout,
    Severity, Share, Standing, Total, Used, Verb, Version,
};

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    schema: &'static str,
    rollout: Identity<'a>,
    state: State<'a>,
    status: Status<'a>,
    /// What clients see in front of the versions; null where nothing measures it.
    clients: Option<Clients<'a>>,
    /// What is left of its error budget; null without an objective, and while nothing is known.
    budget: Option<Spent>,
    versions: Vec<Side<'a>>,
    findings: Vec<Noticed<'a>>,
    verbs: Vec<Able<'a>>,
    /// What could not be read, and why: what follows from it is missing above.
    unread: Vec<String>,
}

#[derive(Serialize)]
struct Identity<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    system: &'a str,
    cluster: &'a str,
}

#[derive(Serialize)]
struct State<'a> {
    phase: Phase,
    message: &'a str,
    cause: Option<&'a str>,
    since: Option<String>,
}

/// What the ecosystem's own command answers.
#[derive(Serialize)]
struct Status<'a> {
    standing: &'static str,
    message: &'a str,
}

#[derive(Serialize)]
struct Side<'a> {
    name: &'a str,
    role: &'static str,
    revision: Option<i64>,
    images: Vec<&'a str>,
    change_cause: Option<&'a str>,
    pods: Counts,
    split: SplitShares,
    metrics: Option<Numbers>,
    /// What verdicts rest on; null where nothing is compared.
    counted: Option<CountedRequests>,
    /// What its running pods use, as the metrics server says, those that it measures, and how many those are; null where none
    /// is measured.
    cpu_cores: Option<f64>,
    memory_bytes: Option<u64>,
    measured_pods: Option<usize>,
    /// Beside the stable version; null where nothing is compared.
    verdict: Option<Judged>,
    /// The part of what burns of the error budget over the shortest window that it makes, 0 to 1; null where that is not known.
    budget_part: Option<f64>,
}

/// Requests at the Services in front of a rollout, whichever version answered them or none.
#[derive(Serialize)]
struct Clients<'a> {
    /// The query pack that they come from.
    pack: Option<&'a str>,
    services: Vec<&'a str>,
    rps: Option<f64>,
    error_ratio: Option<f64>,
    stale: bool,
}

/// What was measured last. Null where there is no series, no traffic to measure or no answer to the query.
#[derive(Serialize)]
struct Numbers {
    rps: Option<f64>,
    error_ratio: Option<f64>,
    p50_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    /// Older than two intervals and ten seconds.
    stale: bool,
}

/// Counts that need the pods themselves are null when pods may not be read.
#[derive(Serialize)]
struct Counts {
    desired: i32,
    ready: i32,
    available: i32,
    terminating: Option<usize>,
    failing: Option<usize>,
    restarts: Option<i32>,
}

/// Percentages.
#[derive(Serialize)]
struct SplitShares {
    wanted: Option<f64>,
    routed: Option<f64>,
    seen: Option<SeenShare>,
}

/// A percentage with its 95 % interval.
#[derive(Serialize)]
struct SeenShare {
    share: f64,
    low: f64,
    high: f64,
    /// `settling` while requests from before the last change of shares are counted in, `agrees`, or `apart`: by more than
    /// chance allows. Null where nothing is due to it.
    accord: Option<&'static str>,
}

#[derive(Serialize)]
struct Noticed<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    advice: &'a str,
    object: String,
    sticks: bool,
    detail: Vec<&'a str>,
}

#[derive(Serialize)]
struct Able<'a> {
    verb: Verb,
    supported: bool,
    because: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// `unread` are the sources that could not be read in time.
    pub(crate) fn of(rollout: &'a Rollout, unread: Vec<String>, fleet: &'a Fleet) -> Self {
        let is_whole = !fleet.is_loading();
        let stale = fleet.gauges.source(&rollout.at.cluster).is_none_or(|gauge| gauge.health != Health::Live);
        let judged = fleet.judged.iter().flat_map(|judged| &judged.said);
        let said = |version: &Version| {
            let total = judged.clone().find_map(|said| said.counted(&version.uid));
            let judged = judged.clone().find(|said| said.new == version.uid);
            Said { judged, total, budget: rollout.door.budget.as_ref(), usage: fleet.gauges.usage(version) }
        };
        let at = &rollout.at;
        Self {
            schema: "rolldeck/v1",
            rollout: Identity {
                kind: &at.kind.kind,
                namespace: &at.namespace,
                name: &at.name,
                system: &rollout.system,
                cluster: &at.cluster,
            },
            state: State {
                phase: rollout.phase,
                message: &rollout.says,
                cause: rollout.cause.as_deref(),
                since: rollout.since.and_then(rfc3339),
            },
            status: Status { standing: standing(rollout.status.standing), message: &rollout.status.says },
            clients: clients(rollout, fleet, stale),
            budget: rollout.door.budget.as_ref().map(Spent::of),
            versions: rollout.living().map(|version| side(version, (is_whole, stale), said(version))).collect(),
            findings: rollout.findings.iter().map(noticed).collect(),
            verbs: rollout.offers.iter().map(able).collect(),
            unread,
        }
    }
}

fn clients<'a>(rollout: &'a Rollout, fleet: &'a Fleet, stale: bool) -> Option<Clients<'a>> {
    let measured = rollout.door.measured.as_deref()?;
    let gauge = fleet.gauges.source(&rollout.at.cluster);
    Some(Clients {
        pack: gauge.and_then(|gauge| gauge.packs.clients.as_ref()).map(|pack| pack.name.as_str()),
        services: rollout.door.services.iter().map(Name::as_str).collect(),
        rps: measured.rate,
        error_ratio: measured.errors,
        stale,
    })
}

/// What metrics say of a version.
#[derive(Clone, Copy)]
struct Said<'a> {
    judged: Option<&'a Judgement>,
    total: Option<Total>,
    budget: Option<&'a Budget>,
    usage: Option<Used>,
}

fn side<'a>(version: &'a Version, (is_whole, stale): (bool, bool), said: Said<'_>) -> Side<'a> {
    let Said { judged, total, budget, usage } = said;
    let pods = &version.pods;
    let known = pods.known && is_whole;
    let percent = |share: Option<Share>| share.map(|Share(part)| part * 100.0);
    Side {
        name: &version.at.name,
        role: match version.role {
            Role::New => "canary",
            Role::Stable => "stable",
            Role::Old | Role::Past => "old",
        },
        revision: version.revision,
        images: version.images.iter().map(|(_, image)| image.as_str()).collect(),
        change_cause: version.cause.as_deref(),
        pods: Counts {
            desired: pods.desired,
            ready: pods.ready,
            available: pods.available,
            terminating: known.then(|| pods.terminating()),
            failing: known.then(|| pods.count(PodState::Failing)),
            restarts: known.then(|| pods.restarts()),
        },
        split: SplitShares {
            wanted: percent(version.split.wanted),
            routed: percent(version.split.routed).filter(|_| is_whole),
            seen: version.split.seen.map(|seen| SeenShare {
                share: seen.share.0 * 100.0,
                low: seen.low.0 * 100.0,
                high: seen.high.0 * 100.0,
                accord: accord(version.split.accord),
            }),
        },
        metrics: version.metrics.as_deref().map(|measured| numbers(measured, stale)),
        counted: total.map(CountedRequests::of),
        cpu_cores: usage.map(|used| used.sum.cores()),
        memory_bytes: usage.map(|used| used.sum.memory),
        measured_pods: usage.map(|used| used.pods),
        verdict: judged.map(Judged::of),
        budget_part: budget.and_then(|budget| Some(budget.by.iter().find(|(uid, _)| *uid == version.uid)?.1)),
    }
}

const fn accord(accord: Accord) -> Option<&'static str> {
    match accord {
        Accord::Unknown => None,
        Accord::Settling { .. } => Some("settling"),
        Accord::Together => Some("agrees"),
        Accord::Apart { .. } => Some("apart"),
    }
}

fn numbers(measured: &Measured, stale: bool) -> Numbers {
    let ms = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1_000.0);
    Numbers {
        rps: measured.rate,
        error_ratio: measured.errors,
        p50_ms: ms(measured.p50),
        p95_ms: ms(measured.p95),
        p99_ms: ms(measured.p99),
        stale,
    }
}

fn noticed(finding: &Finding) -> Noticed<'_> {
    Noticed {
        rule: &finding.rule,
        severity: finding.severity,
        message: &finding.message,
        advice: &finding.advice,
        object: finding.about.to_string(),
        sticks: finding.sticks,
        detail: finding.detail.iter().map(AsRef::as_ref).collect(),
    }
}

fn able(offer: &Offer) -> Able<'_> {
    Able {
        verb: offer.verb,
        supported: offer.able.is_ok(),
        because: offer.able.as_ref().err().map(|why| why.0.as_str()),
    }
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "waiting",
        Standing::Done => "done",
        Standing::Failed => "failed",
    }
}

/// RFC 3339 in UTC; None outside the years that it can write.
pub(super) fn rfc3339(at: Moment) -> Option<String> {
    jiff::Timestamp::from_millisecond(at.0).ok().map(|t| t.to_string())
}
