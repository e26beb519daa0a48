//! The binary: reads the arguments, hands over to the library, answers with an exit code.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Reports are plain text: they may land in a file, and a panic's must be readable on any terminal.
    let _ = color_eyre::config::HookBuilder::blank().install();
    // Two providers are linked in by dependencies; TLS needs to know which one to use.
    let _ = rustls::crypto::ring::default_provider().install_default();
    ExitCode::from(rolldeck::app::main(&rolldeck::cli::Cli::parse()))
}
