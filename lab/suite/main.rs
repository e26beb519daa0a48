//! The lab suite: drives the real binary, through a pseudo terminal and through its commands, against the lab's real control
//! plane, and judges by kubectl and the audit log. `lab/test` prepares everything and runs it.
//!
//! Every story makes its own namespace and removes it. Stories run one after the other: they share one API server, and some
//! of them stop it.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program of tests: it prints its report, measures time, and ends with a story's first mistake"
)]

mod audit;
#[path = "../../tests/support/believes.rs"]
mod believes;
mod bench;
mod kube;
mod pty;
mod relay;
mod shift;
mod stories;
mod twin;

use std::{env, process::ExitCode, time::Instant};

use kube::Lab;

/// What a story answers: nothing, or what was not as it should be.
pub(crate) type Verdict = Result<(), String>;

/// One story.
pub(crate) struct Story {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it is part of the smoke run.
    pub(crate) smoke: bool,
    /// What it does.
    pub(crate) tell: fn(&Lab) -> Verdict,
}

fn main() -> ExitCode {
    let asked: Vec<String> = env::args().skip(1).collect();
    match asked.first().map(String::as_str) {
        Some("panic-on-screen") => pty::panic_on_screen(),
        Some("bench") if asked.get(1).is_some_and(|part| part == "demo") => return bench::demo::run(),
        Some("bench") => return bench::run(&Lab::find()),
        _ => {}
    }
    let chosen = |story: &&Story| match asked.as_slice() {
        [] => story.smoke,
        [all] if all == "all" => true,
        names => names.iter().any(|name| name == story.name),
    };
    let lab = Lab::find();
    let (mut passed, mut failed) = (0, 0);
    for story in stories::all().iter().filter(chosen) {
        let started = Instant::now();
        let verdict = (story.tell)(&lab);
        let took = started.elapsed().as_secs_f32();
        match verdict {
            Ok(()) => {
                passed += 1;
                println!("ok      {:<28} {took:>6.1} s", story.name);
            }
            Err(why) => {
                failed += 1;
                println!("FAILED  {:<28} {took:>6.1} s\n{why}\n", story.name);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
