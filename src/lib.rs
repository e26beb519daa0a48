//! rolldeck: a full-screen terminal deck for watching and steering Kubernetes rollouts.
//!
//! # The flow: one direction, one owner, no locks
//!
//! ```text
//! metrics (PromQL)      ─┐
//! cluster (list, watch) ─┴─ Fact ─▶ Store::apply ─▶ Store::derive ─▶ Fleet ─▶ view::draw(Fleet, Session, Theme) ─▶ terminal
//!    ▲                  one bounded channel          pure            pure data       pure drawing
//!    └─ what to read ◀── Session::update(Action) ◀── Keymap::resolve(chord) ◀── terminal
//! ```
//!
//! One task owns the [`store::Store`] and the [`session::Session`]: no lock, no shared cell, no callback. `now` is an
//! argument; only `app/clock.rs` reads a clock. A fact marks what it touched, and only the rollouts whose recorded footprint
//! was touched are read again.
//!
//! # The rooms
//!
//! | room | what lives there | may import |
//! |---|---|---|
//! | [`cli`], [`config`] | arguments, files and environment, resolved | `domain`, `input`, `metrics::settings`, `terminal`, `view::theme` |
//! | [`app`] | the loop and the commands without a screen; the only reader of the clock | everything |
//! | [`terminal`] | taking the terminal and giving it back; frames out | |
//! | [`domain`] | what things are: identity, slim kinds, rollout, finding, timeline, and how systems look at them | |
//! | [`wire`] | the slim types of built-in kinds, protobuf and JSON in one | `domain` |
//! | [`systems`] | one file per controller: recognise, read, say which verbs are able and with which requests | `domain` |
//! | [`rules`] | why a rollout is stuck or hurts: one rule a row | `domain` |
//! | [`store`] | facts, indexes, derivation, timelines | `domain`, `rules`, `systems` |
//! | [`steer`] | draft → card with guards, answer → proof: pure | `domain`, `systems` |
//! | [`judge`] | the verdict: two versions compared, block by block: pure | `domain` |
//! | [`diff`] | the difference between two templates: pure | `domain` |
//! | [`journal`] | the durable record; the only maker of a `Ticket` to send | `domain` |
//! | [`cluster`] | the only door to the API server: one client that only reads, one that sends what was journaled, one that opens port-forwards to a Prometheus | `cause`, `domain`, `journal::{Ticket, Stamp}`, `store::Fact`, `tls`, `wire` |
//! | [`sim`] | the simulated cluster: API server, controllers, pods, traffic, Prometheus | `domain`, `systems` |
//! | [`metrics`] | the only door to Prometheus | `cause`, `domain`, `store::Fact`, `tls` |
//! | `tls` | what went wrong between two certificates, as a sentence | |
//! | `cause` | what an error comes down to; what went wrong with a connection, as a sentence | |
//! | [`input`] | chords, actions, keymaps | |
//! | [`session`] | what the operator is doing | `domain`, `input` |
//! | [`view`] | one region a file, themes, export | `domain`, `input`, `session` |
//!
//! `tests/architecture.rs` enforces the table, the length of files and the place of casts. What is promised of changes: a
//! key-bound command is one row in [`input::actions`], one match arm and one line in a keymap; a rule is one function and one
//! row; a system is one file.

pub mod app;
mod cause;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod diff;
pub mod domain;
pub mod input;
pub mod journal;
pub mod judge;
pub mod metrics;
pub mod rules;
pub mod session;
pub mod sim;
pub mod steer;
pub mod store;
pub mod systems;
pub mod terminal;
mod tls;
pub mod view;
pub mod wire;
