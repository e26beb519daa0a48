//! Stories in virtual time, and what holds in any of them.

mod helpers;
mod pods;
mod properties;
mod rollouts;
mod scaling;
