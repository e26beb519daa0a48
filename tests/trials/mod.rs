//! Two versions in made-up traffic of a known truth, watched by the verdict at every block. `cargo test` runs a few hundred
//! of them, `lab/verdict` thousands.

pub(crate) mod watch;
pub(crate) mod world;
