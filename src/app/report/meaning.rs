//! The part of `status --output json` that says what numbers mean: counts, verdicts and error budgets. Their contract is the
//! report's: fields may be added, never renamed, and what is unknown is null.

use std::time::Duration;

use serde::Serialize;

use super::rfc3339;
use crate::domain::{Budget, Compared, Difference, Judgement, Readout, Total};

/// An error budget.
#[derive(Serialize)]
pub(super) struct Spent {
    /// The share of requests that must not fail, 0 to 1.
    objective: f64,
    over_s: u64,
    /// The part that is left, 1 for all of it; below 0 it is overspent. Null while it is not known.
    left: Option<f64>,
    burns: Vec<BurnRate>,
    /// When nothing is left, at the rate of the last hour. Null if it does not run out, or is not known.
    gone_in_s: Option<u64>,
    /// `page` or `ticket` when both windows burn too fast (The Site Reliability Workbook, chapter 5).
    alarm: Option<&'static str>,
}

/// How fast a budget burns over a window: 1 spends it in just the time of the objective.
#[derive(Serialize)]
pub(super) struct BurnRate {
    window_s: u64,
    rate: f64,
}

impl Spent {
    pub(super) fn of(budget: &Budget) -> Self {
        let rate = |(window, rate): &(Duration, f64)| BurnRate { window_s: window.as_secs(), rate: *rate };
        Self {
            objective: budget.slo.objective,
            over_s: budget.slo.over.as_secs(),
            left: budget.left,
            burns: budget.burns.iter().map(rate).collect(),
            gone_in_s: budget.gone_in(Duration::from_hours(1)).map(|gone| gone.as_secs()),
            alarm: budget.alarm().map(|rung| if rung.pages { "page" } else { "ticket" }),
        }
    }
}

/// Requests of a version in all blocks that were compared. They are increases of counters, so they are not whole.
#[derive(Serialize)]
pub(super) struct CountedRequests {
    since: Option<String>,
    until: Option<String>,
    requests: f64,
    failed: f64,
}

impl CountedRequests {
    pub(super) fn of(total: Total) -> Self {
        let Total { since, until, requests, failed } = total;
        Self { since: rfc3339(since), until: rfc3339(until), requests, failed }
    }
}

/// What is said of a version.
#[derive(Serialize)]
pub(super) struct Judged {
    errors: &'static str,
    latency: &'static str,
    /// About how many more requests it takes to say more; null when that is not known, or nothing is missing.
    needs_requests: Option<u64>,
    /// How long that takes at the rate seen.
    needs_seconds: Option<u64>,
    /// New minus stable share of failed requests: 0.01 is one percentage point.
    error_ratio_change: Option<Change>,
    /// Of the quantile that is compared, relative to the stable version's: 0.1 is 10 % slower.
    latency_change: Option<Change>,
    criteria: Held,
}

/// A change with all changes that are compatible with what was seen; null for one without a bound.
#[derive(Serialize)]
pub(super) struct Change {
    low: f64,
    guess: f64,
    high: f64,
}

/// What a verdict is held to.
#[derive(Serialize)]
pub(super) struct Held {
    /// The chance that two equal versions are ever called better or worse.
    level: f64,
    /// The difference of error shares that matters beside the stable version's.
    error_ratio: f64,
    /// The quantile of latency, and the relative change of it that matters.
    quantile: Option<f64>,
    latency_change: f64,
}

impl Judged {
    pub(super) fn of(said: &Judgement) -> Self {
        let needs = [&said.errors, &said.latency].map(|one| one.verdict.needs());
        let (errors, latency) = (said.errors.verdict.word(), said.latency.verdict.word());
        let times = [&said.errors, &said.latency].map(|one| one.verdict.takes());
        let quantile = match said.latency.compared {
            Compared::Latency { quantile, .. } => Some(quantile),
            Compared::Errors => None,
        };
        let (level, error_ratio) = (said.errors.level, said.errors.matters);
        Self {
            errors,
            latency,
            needs_requests: needs.into_iter().flatten().max(),
            needs_seconds: times.into_iter().flatten().max().map(|time| time.as_secs()),
            error_ratio_change: change(&said.errors),
            latency_change: change(&said.latency),
            criteria: Held { level, error_ratio, quantile, latency_change: said.latency.matters },
        }
    }
}

fn change(said: &Readout) -> Option<Change> {
    let Difference { low, guess, high } = said.effect?.change;
    Some(Change { low, guess, high })
}
