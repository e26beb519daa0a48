//! What is measured of a version, and what a source of metrics answers. Asking is not done here, and neither is judging.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Rollout, Text, num};

/// A line over a span is asked for in about so many points: more than any pane has columns.
const PER_SPAN: u32 = 180;

/// What is measured of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// Requests per second.
    Rate,
    /// The share of requests that failed, 0 to 1.
    Errors,
    /// Half of the requests took no longer, seconds.
    P50,
    /// 95 % of the requests took no longer, seconds.
    P95,
    /// 99 % of the requests took no longer, seconds.
    P99,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Rate, Self::Errors, Self::P50, Self::P95, Self::P99];

    /// The word, as the configuration writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Errors => "errors",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
        }
    }
}

/// The numbers of a version at one moment. What is unknown is None: no series, NaN, or a query that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// For when they hold.
    pub at: Moment,
    /// Requests per second.
    pub rate: Option<f64>,
    /// The share of requests that failed, 0 to 1.
    pub errors: Option<f64>,
    /// The median, seconds.
    pub p50: Option<f64>,
    /// The 95th percentile, seconds.
    pub p95: Option<f64>,
    /// The 99th percentile, seconds.
    pub p99: Option<f64>,
}

impl Measured {
    /// One of them.
    pub const fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Rate => self.rate,
            Measure::Errors => self.errors,
            Measure::P50 => self.p50,
            Measure::P95 => self.p95,
            Measure::P99 => self.p99,
        }
    }

    /// Notes one of them.
    pub const fn set(&mut self, measure: Measure, value: Option<f64>) {
        match measure {
            Measure::Rate => self.rate = value,
            Measure::Errors => self.errors = value,
            Measure::P50 => self.p50 = value,
            Measure::P95 => self.p95 = value,
            Measure::P99 => self.p99 = value,
        }
    }

    /// Several that hold for the same moment, as one: requests add up, shares of errors by requests. Quantiles do not add
    /// up: they are known only if one alone has requests.
    pub fn joined<'m>(all: impl IntoIterator<Item = &'m Self>) -> Option<Self> {
        let all: Vec<&Self> = all.into_iter().collect();
        let busy: Vec<&&Self> = all.iter().filter(|one| one.has_traffic()).collect();
        if let [only] = busy.as_slice() {
            return Some(***only);
        }
        let first = *all.first()?;
        if all.len() == 1 {
            return Some(*first);
        }
        let rates: Option<f64> = all.iter().map(|one| one.rate).sum();
        let failed: Option<f64> = busy.iter().map(|one| Some(one.rate? * one.errors?)).sum();
        let errors = rates.filter(|rate| *rate > 0.0).and_then(|rate| Some(failed? / rate));
        Some(Self { at: first.at, rate: rates, errors, p50: None, p95: None, p99: None })
    }

    /// Whether requests were seen.
    pub fn has_traffic(&self) -> bool {
        self.rate.is_some_and(|rate| rate > 0.0)
    }
}

/// A stretch of time that charts show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Five minutes.
    Minutes5,
    /// A quarter of an hour.
    #[default]
    Minutes15,
    /// An hour.
    Hour,
    /// Three hours.
    Hours3,
    /// Half a day.
    Hours12,
    /// A day.
    Day,
}

impl Span {
    /// All, shortest first.
    pub const ALL: [Self; 6] = [Self::Minutes5, Self::Minutes15, Self::Hour, Self::Hours3, Self::Hours12, Self::Day];

    /// How long it is.
    pub const fn length(self) -> Duration {
        match self {
            Self::Minutes5 => Duration::from_mins(5),
            Self::Minutes15 => Duration::from_mins(15),
            Self::Hour => Duration::from_hours(1),
            Self::Hours3 => Duration::from_hours(3),
            Self::Hours12 => Duration::from_hours(12),
            Self::Day => Duration::from_hours(24),
        }
    }

    /// Whether so much is kept of every line; more is asked for when it is looked at.
    pub const fn is_held(self) -> bool {
        matches!(self, Self::Minutes5 | Self::Minutes15 | Self::Hour | Self::Hours3)
    }

    /// The next longer one, or the next shorter one.
    pub fn beside(self, longer: bool) -> Option<Self> {
        let here = Self::ALL.iter().position(|span| *span == self)?;
        let next = if longer { Some(here + 1) } else { here.checked_sub(1) };
        next.and_then(|next| Self::ALL.get(next)).copied()
    }

    /// The time between two points of a line over it: whole intervals of the source, so that each has a sample.
    pub fn step(self, every: Duration) -> Duration {
        let every = every.max(Duration::from_secs(1));
        let wanted = self.length() / PER_SPAN;
        every.saturating_mul(num::times_in(wanted, every).max(1))
    }
}

/// The history that a deck shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The namespace of its versions.
    pub namespace: Name,
    /// Their ReplicaSets or workloads.
    pub sets: Vec<Name>,
    /// The Services in front of them, as far as they are known: what clients see is theirs.
    #[serde(default)]
    pub services: Vec<Name>,
    /// How far back.
    pub span: Span,
    /// Over how long a rate is taken.
    pub window: Duration,
    /// From when, as the cluster counts time; None for now.
    #[serde(default)]
    pub until: Option<Moment>,
}

impl Past {
    /// Whether it is no part of the lines that are kept: further back, or longer.
    pub const fn is_far(&self) -> bool {
        self.until.is_some() || !self.span.is_held()
    }

    /// That of a rollout, up to now.
    pub fn of(rollout: &Rollout, span: Span, window: Duration) -> Self {
        let (namespace, services) = (rollout.at.namespace.clone(), rollout.door.services.clone());
        Self { namespace, sets: Self::sets_of(rollout), services, span, window, until: None }
    }

    /// What its pods may be named after: ReplicaSets, and for some sources the workload.
    pub fn sets_of(rollout: &Rollout) -> Vec<Name> {
        let named = rollout.versions.iter().flat_map(|version| version.sets.iter().chain([&version.at.name]));
        named.cloned().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What a source answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// The context.
    pub cluster: Name,
    /// Over how long a rate was taken.
    pub window: Duration,
    /// For when.
    pub about: About,
    /// The versions that have series, by the names that the pack in use has for them.
    pub of: Vec<Sampled>,
    /// The Services that have series of what clients see.
    pub clients: Vec<Sampled>,
    /// Queries that failed, and why.
    pub failed: Vec<(Measure, Text)>,
}

/// For when samples hold. Moments are the source's own: its clock may differ from the cluster's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum About {
    /// The moment of asking.
    Now(Moment),
    /// All between two moments.
    Past {
        /// What was asked.
        past: Past,
        /// From.
        from: Moment,
        /// To.
        to: Moment,
    },
}

/// The samples of one version or Service, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The namespace; empty where it is a part of the name.
    pub namespace: Name,
    /// What the series call it: see [`super::Naming`].
    pub set: Name,
    /// What was measured.
    pub points: Vec<Measured>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_secs(15);

    #[test]
    fn services_add_up_and_quantiles_do_not() {
        let one = |rate, errors| Measured { rate: Some(rate), errors, p95: Some(0.1), ..Measured::default() };
        let joined = |all: &[Measured]| Measured::joined(all).map(|m| (m.rate, m.errors, m.p95));
        let both = joined(&[one(300.0, Some(0.0)), one(100.0, Some(0.2))]);
        assert_eq!(both, Some((Some(400.0), Some(0.05), None)));
        assert_eq!(joined(&[one(0.0, None), one(5.0, Some(0.5))]), Some((Some(5.0), Some(0.5), Some(0.1))));
        assert_eq!(joined(&[one(1.0, None), one(1.0, Some(0.5))]), Some((Some(2.0), None, None)));
        assert_eq!(joined(&[]), None);
    }

    #[test]
    fn spans_are_asked_in_whole_intervals() {
        assert_eq!(Span::Minutes5.step(STEP), STEP);
        assert_eq!(Span::Hour.step(STEP), STEP * 2);
        assert_eq!(Span::Hours3.step(STEP), STEP * 4);
        assert_eq!(Span::Hours3.step(Duration::from_mins(2)), Duration::from_mins(2));
        assert_eq!((Span::Hour.beside(true), Span::Minutes5.beside(false)), (Some(Span::Hours3), None));
        assert_eq!(Span::Day.step(STEP), STEP * 32, "eight minutes");
    }
}
