//! Queries that are not ours: typed by the operator, named in the configuration, or a part of a rollout's own analysis; and the
//! curves that answer them. Asking is not done here, and neither is drawing.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Moment, Name, Ref, Span, Text, Why};

/// More curves than this are in no answer: no eye follows more, and no legend names them.
pub const CURVES: usize = 12;

/// On which side of a limit it hurts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// A threshold of a query.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// On which side it hurts.
    pub side: Side,
    /// Where it is, in the unit of the query.
    pub at: f64,
}

impl Limit {
    /// Whether a number is on the side where it hurts.
    pub fn is_beyond(&self, value: f64) -> bool {
        match self.side {
            Side::Above => value > self.at,
            Side::Below => value < self.at,
        }
    }
}

/// Who wants a query to be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaidBy {
    /// The operator typed it.
    You,
    /// The configuration names it.
    Config,
    /// An object of the cluster names it, such as the analysis of a rollout.
    Object(Ref),
}

/// PromQL that is not ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promql {
    /// Of the operator or the configuration: variables such as `$namespace` stand for what is looked at.
    Open(Text),
    /// Of an object of the cluster, as its controller asks it, character for character: a `$` in it is no variable of ours.
    Verbatim(String),
}

impl Promql {
    /// The query itself. What an object names is foreign text: it is drawn by its [`Display`](fmt::Display) only.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Open(text) => text,
            Self::Verbatim(text) => text,
        }
    }
}

impl fmt::Display for Promql {
    /// In one line that is safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(text) => f.write_str(text),
            Self::Verbatim(text) => f.write_str(&Text::clean(text)),
        }
    }
}

/// A query that is not ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OwnQuery {
    /// What it is called on the screen.
    pub name: Text,
    /// What is asked, or why it cannot be.
    pub promql: Result<Promql, Why>,
    /// Its unit, as it is written behind a number; empty for none.
    pub unit: Text,
    /// Its thresholds.
    pub limits: Vec<Limit>,
    /// Who wants it.
    pub said_by: SaidBy,
}

impl OwnQuery {
    /// A query as it was typed.
    pub fn typed(promql: &str) -> Self {
        let promql = Text::clean(promql.trim());
        let name = promql.clone();
        Self { name, promql: Ok(Promql::Open(promql)), unit: Text::default(), limits: Vec::new(), said_by: SaidBy::You }
    }
}

/// A query to be asked, with all that its variables stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurveAsk {
    /// What is asked.
    pub promql: Promql,
    /// The rollout that it is asked for: `$namespace` and `$rollout`.
    pub of: Ref,
    /// The selected version, by its ReplicaSet or workload: `$version`.
    pub version: Option<Name>,
    /// The ReplicaSets or workloads of all versions: `$pods`.
    pub sets: Vec<Name>,
    /// Over how long a rate is taken: `$window`.
    pub window: Duration,
    /// How far back.
    pub span: Span,
    /// From when; None for now.
    pub until: Option<Moment>,
}

impl CurveAsk {
    /// Whether an answer to the other is one to the same question, perhaps about another time.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.promql, &self.of, &self.version, self.window) == (&other.promql, &other.of, &other.version, other.window)
    }
}

/// One series of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The labels that tell it from the others; empty where there is only one.
    pub name: Text,
    /// Oldest first. What is no number is None.
    pub points: Vec<(Moment, Option<f64>)>,
}

/// What a source answered to a query that is not ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// What was asked.
    pub of: CurveAsk,
    /// The highest ones, at most [`CURVES`], by name.
    pub curves: Vec<Curve>,
    /// How many series there were.
    pub all: usize,
    /// Why there is no answer, or no new one.
    pub trouble: Option<Text>,
    /// The moment of asking.
    pub at: Moment,
}
