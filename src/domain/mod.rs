//! What things *are*: identity, time, the slim kinds, and what a rollout means to an operator.
//!
//! Pure data and pure rules: nothing here reads a clock, a socket, a file or the terminal, and nothing here knows which
//! controllers and routers exist. Every other room may import this one; this one imports nothing but std and serde.
#![deny(missing_docs)]

mod amount;
mod event;
mod finding;
mod fleet;
mod hpa;
mod identity;
mod labels;
mod look;
mod moment;
mod name;
mod network;
pub mod num;
mod object;
mod pod;
mod rollout;
#[cfg(test)]
pub(crate) mod sample;
mod timeline;
mod workload;

pub use amount::Amount;
pub use event::{Event, EventKind};
pub use finding::{Finding, Severity, Want};
pub use fleet::{ClusterHealth, Fleet, Health, LIVE_WITHIN, Link, Source, SourceHealth};
pub use hpa::Hpa;
pub use identity::{Kind, Ref};
pub use labels::{Expression, Labels, Operator, Selector};
pub use look::{Look, Seen, Watching};
pub use moment::Moment;
pub use name::{Name, Text, Uid};
pub use network::{Endpoint, Service, Slice};
pub use object::{LogTail, Object};
pub use pod::{Container, ContainerState, Ended, Pod, PodPhase, PodState, Role as ContainerRole};
pub use rollout::{
    Countdown, Course, Offer, Phase, Pods, Role, Rollout, RolloutStatus, Share, Split, Standing, Verb, Version, Why,
};
pub use timeline::{Entry, Teller, Tone};
pub use workload::{Condition, Deployment, Meta, Owner, ReplicaSet, Strategy, Template, Truth};
