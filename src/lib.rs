//! rolldeck: a full-screen deck for watching and steering Kubernetes rollouts.
pub mod cluster;
pub mod domain;
pub mod input;
pub mod rules;
pub mod session;
pub mod store;
pub mod systems;
pub mod view;
pub mod wire;
