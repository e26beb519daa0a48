//! What the lab needs so that real requests flow through a real router to pods that have no processes. One program, several
//! roles; `lab/up --with traffic` starts them, `lab/down` ends them.
//!
//! `hold` keeps the network namespace; `bind` and `relay` let a shell outside reach a port inside; `pods` answers for every
//! pod; `load` sends requests, bounded in rate, number and time; `buckets` prints the borders that all histograms share.
//! It makes no namespace and starts no other program by itself, and it sends requests to the one address that it was given.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program of the lab: it answers on its output, logs to its error output, and measures real time"
)]

mod behaviour;
mod chance;
mod counts;
mod directory;
mod http;
mod load;
mod orders;
mod pods;
mod relay;
mod targets;
mod watch;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

/// What may go wrong on the way, as a sentence.
pub(crate) type Answer<T = ()> = Result<T, String>;

#[derive(Parser)]
#[command(about = "Pods, load and relays of the lab")]
struct Call {
    /// The lab's folder: only said, so that a process can be told from another lab's
    #[arg(long, global = true)]
    home: Option<PathBuf>,
    #[command(subcommand)]
    role: Role,
}

/// One role.
#[derive(Subcommand)]
enum Role {
    /// Waits for its end: whoever runs it in a network namespace keeps that namespace
    Hold,
    /// Listens, then becomes another program whose standard input is the listener
    Bind {
        /// Where to listen
        #[arg(long)]
        on: SocketAddr,
        /// The program and its arguments
        #[arg(last = true, required = true)]
        program: Vec<String>,
    },
    /// Carries connections of the listener on its standard input to an address
    Relay {
        /// Where to
        #[arg(long)]
        to: SocketAddr,
    },
    /// Is every pod of the cluster on one port
    Pods {
        /// How to reach the API server
        #[arg(long)]
        kubeconfig: PathBuf,
        /// The port of all pods
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Where to tell Prometheus which pods to scrape
        #[arg(long)]
        targets: PathBuf,
    },
    /// Sends requests to a router
    Load(load::Settings),
    /// Prints the borders of the histograms' buckets, in seconds
    Buckets,
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("traffic: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = match Call::parse().role {
        Role::Hold => runtime.block_on(std::future::pending()),
        Role::Bind { on, program } => relay::bind(on, &program),
        Role::Relay { to } => runtime.block_on(relay::relay(to)),
        Role::Pods { kubeconfig, port, targets } => runtime.block_on(pods::run(&kubeconfig, port, targets)),
        Role::Load(settings) => runtime.block_on(load::run(settings)),
        Role::Buckets => {
            println!("{}", counts::borders().iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("traffic: {why}");
            ExitCode::FAILURE
        }
    }
}
