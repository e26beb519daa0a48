//! The arguments of `rolldeck demo`.

use std::time::Duration;

use clap::Args;

use super::{FrameForm, Keys, parse_keys, parse_size, parse_time};

/// What the demo is to show.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The scenario: its name, or a file of your own (./mine.toml); `day` when absent.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Name the scenarios and what is to be seen in them.
    #[arg(long)]
    pub list: bool,
    /// Decides everything that looks like luck.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How much faster than real time it goes, from 0.1 to 60.
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = parse_speed)]
    pub speed: f64,
    /// Serve its API to kubectl instead, in real time: PORT, or IP:PORT. Anybody who reaches it may do anything there.
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["speed", "snapshot"])]
    pub serve: Option<String>,
    /// Print frames of this size instead; the same seed gives the same picture.
    #[arg(long, value_name = "COLSxROWS", value_parser = parse_size, value_delimiter = ',')]
    pub snapshot: Vec<(u16, u16)>,
    /// So long after the screen would have opened (+90s); the scenario's best moment when absent.
    #[arg(long, value_name = "TIME", value_parser = parse_after, requires = "snapshot")]
    pub at: Option<Duration>,
    /// Start on the deck of the rollout that the scenario is about.
    #[arg(long)]
    pub deck: bool,
    /// Keys to press before the frame. Nothing is ever confirmed.
    #[arg(long, value_name = "KEYS", value_parser = parse_keys, default_value = "", requires = "snapshot")]
    pub press: Keys,
    /// The form of the frames.
    #[arg(long, short, value_enum, default_value = "text", requires = "snapshot")]
    pub output: FrameForm,
}

/// `+90s`, `+5m`.
fn parse_after(text: &str) -> Result<Duration, String> {
    parse_time(text.strip_prefix('+').unwrap_or(text))
}

/// A speed that a screen can follow.
fn parse_speed(text: &str) -> Result<f64, String> {
    let speed = text.trim_start_matches('x').parse().ok().filter(|speed| (0.1..=60.0).contains(speed));
    speed.ok_or_else(|| format!("{text:?} is no speed; write a number from 0.1 to 60"))
}
