//! Holds the simulator's PromQL against a real Prometheus: the same samples in both, the same questions to both, the answers
//! compared value by value. `lab/promql` starts a Prometheus and runs it.
//!
//! The samples are those of simulated traffic over a Service that rolls, loses a pod, restarts one and is empty for a while;
//! they are sent over remote write, which takes over the marks of ended series too. It stops no Prometheus and cleans up
//! nothing.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a program of tests: it prints its table and ends with the first thing that is not as it must be"
)]

mod cluster;
mod compare;
mod queries;
mod remote;

use std::{env, process::ExitCode};

use compare::{Ask, Verdict};

fn main() -> ExitCode {
    let Some(url) = env::args().nth(1) else {
        println!("usage: promql URL-OF-AN-EMPTY-PROMETHEUS (see lab/promql --help)");
        return ExitCode::FAILURE;
    };
    let (db, from, to) = cluster::day();
    let samples = remote::send(&url, &db);
    println!("{} series, {samples} samples, {} s", db.len(), to - from);
    let (mut agree, mut worded, mut differ) = (0, 0, 0);
    let (mut compared, mut worst) = (0, 0.0_f64);
    for ask in queries::all(from, to) {
        let verdict = compare::compare(&url, &db, &ask);
        let Ask { path, form } = &ask;
        let said: Vec<&str> = form.iter().map(|(_, value)| value.as_str()).collect();
        let said = format!("{path} {}", said.join(" | "));
        match verdict {
            Verdict::Same { values, error } => {
                agree += 1;
                compared += values;
                worst = worst.max(error);
                println!("same    {values:>6} values  {said}");
            }
            Verdict::Worded(why) => {
                worded += 1;
                println!("worded  {said}\n        {why}");
            }
            Verdict::Different(why) => {
                differ += 1;
                println!("DIFFERS {said}\n        {why}");
            }
        }
    }
    println!("{agree} agree, {worded} mistakes are told in other words at the same place, {differ} differ");
    println!("{compared} values; largest relative difference: {worst:.1e}");
    if differ == 0 && agree > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
