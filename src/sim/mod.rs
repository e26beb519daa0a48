//! The simulated cluster of `rolldeck demo` and of fast tests: an API server, the controllers behind a Deployment, pods,
//! traffic and a Prometheus, in virtual time and without luck: the same seed and the same requests give the same world.
//!
//! It is reached like any cluster, through [`Simulator::service`] or over HTTP; nothing outside this room and the demo
//! command knows that it exists. It is never the proof of anything about Kubernetes: the lab is, and the lab suite holds
//! this room's controllers against the real ones.

mod actor;
mod api;
mod around;
mod controllers;
pub mod objects;
mod pods;
pub mod prom;
mod scenario;
mod serve;
mod service;
mod traffic;
mod world;

pub use actor::{Clock, Simulator};
pub use api::{Alone, Around, Line};
pub use around::Story;
pub use objects::{Change, Conflict, Happened, Key, Objects, Refusal, Resource, scale_of};
pub use scenario::{KeyMoment, NoStory, Scenario};
pub use serve::{listen, serve};
pub use service::{Answer, Service};
pub use traffic::{Draw, Traffic};
pub use world::{World, Write};
