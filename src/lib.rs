//! rolldeck.
pub mod domain;
