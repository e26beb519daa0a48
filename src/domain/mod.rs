//! What things *are*: identity, time, the slim kinds, and what a rollout means to an operator.
//!
//! Pure data and pure rules: nothing here reads a clock, a socket, a file or the terminal, and nothing here knows which
//! controllers and routers exist. Every other room may import this one; this one imports nothing but std and serde (with
//! `serde_json::Value` for what is written into foreign objects).
#![deny(missing_docs)]

mod amount;
mod analysis;
mod block;
mod curve;
mod custom;
mod deed;
mod desk;
mod diff;
mod event;
mod finding;
mod fleet;
mod flight;
mod force;
mod gauges;
mod hpa;
mod identity;
mod labels;
mod line;
mod logs;
mod look;
mod moment;
mod name;
mod network;
mod node;
mod note;
pub mod num;
mod object;
mod packs;
mod plan;
mod pod;
mod rollout;
#[cfg(test)]
pub(crate) mod sample;
mod search;
mod series;
mod served;
mod slo;
mod split;
mod timeline;
mod usage;
mod verb;
mod verdict;
mod workload;

pub use amount::Amount;
pub use analysis::{Analysis, Bound, Named};
pub use block::{Block, Bucket, Counted, CountedOf, PodTraits, Tally};
pub use curve::{CURVES, Curve, CurveAsk, Curves, Limit, OwnQuery, Promql, SaidBy, Side};
pub use custom::Custom;
pub use deed::{Deed, Outcome, Proof};
pub use desk::{Desk, LogBook};
pub use diff::{Diff, DiffAsk, DiffLine, DiffSide};
pub use event::{Event, EventKind};
pub use finding::{Finding, Severity, Want};
pub use fleet::{ClusterHealth, Fleet, Health, LIVE_WITHIN, Link, Source, SourceHealth};
pub use flight::{Downtime, Estimate, Flight, WayBack};
pub use force::{Access, Force, Right};
pub use gauges::{Gauge, Gauges};
pub use hpa::Hpa;
pub use identity::{Kind, Ref};
pub use labels::{Expression, Labels, Operator, Selector};
pub use line::{Line, Parts};
pub use logs::{LogAsk, LogLine, LogState};
pub use look::{Look, Seen, Watching};
pub use moment::Moment;
pub use name::{Name, Text, Uid};
pub use network::{Endpoint, Port, Service, Slice};
pub use node::{Node, Place, ZONE};
pub use note::{Note, NoteKind, notes};
pub use object::{LogTail, Object};
pub use packs::{Choice, Naming, Pack, Packs, is_backend, pod_prefix};
pub use plan::{Args, Card, Change, Draft, DryRun, Guard, Intent, Op, Plan, PlanState, Sub, Weight, Write};
pub use pod::{Container, ContainerState, Ended, Pod, PodPhase, PodState, Role as ContainerRole};
pub use rollout::{Countdown, Course, Doorstep, Phase, Pods, Role, Rollout, RolloutStatus, Standing, Version};
pub use search::{Candidate, Fate, Search};
pub use series::{About, Measure, Measured, Past, Sampled, Samples, Span};
pub use served::{SERVED, Served};
pub use slo::{Aims, Budget, Rung, Slo};
pub use split::{Accord, Bend, Bending, Observed, Percent, Share, Split};
pub use timeline::{Entry, Teller, Tone};
pub use usage::{Unmeasured, Usage, UsageOf, Used};
pub use verb::{Asks, Offer, Verb, Why};
pub use verdict::{
    Cause, Compared, Criteria, Crowd, Difference, Effect, Judged, Judgement, Outlier, Readout, Total, Unequal, Verdict,
};
pub use workload::{Condition, Deployment, Meta, Owner, ReplicaSet, Strategy, Template, Truth};
