//! Thousands of pairs of versions of a known truth, watched by the verdict at every block: how often two equal ones are ever
//! called better or worse, and how long it takes to find what is there. `lab/verdict` runs it; it fails when a promise is
//! broken. It needs no cluster.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program of tests: it prints its table and ends with the first thing that is not as it must be"
)]

mod cost;
mod table;
#[path = "../../tests/trials/mod.rs"]
mod trials;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let runs = env::args().nth(1).map_or(Some(2_000), |runs| runs.parse().ok());
    let Some(runs) = runs.filter(|runs| *runs > 0) else {
        println!("usage: verdict [RUNS-PER-ROW]  (2000; see lab/verdict --help)");
        return ExitCode::FAILURE;
    };
    let only = env::args().nth(2);
    let kept = table::equal(runs, only.as_deref()) & table::unequal(runs, only.as_deref()) & cost::is_kept();
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
