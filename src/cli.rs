//! Arguments: what each flag is called and says. Nothing is decided here; [`crate::config`] resolves what was asked against
//! files and the environment.

mod demo;
mod rbac;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::{
    demo::DemoArgs,
    rbac::{Outlet, RbacArgs},
};
use crate::{
    domain::{Kind, Percent, Served},
    input::Chord,
};

/// Watch and steer Kubernetes rollouts: which version hurts, by how much, and what can be done about it.
#[derive(Debug, Parser)]
#[command(name = "rolldeck", version, max_term_width = 100, args_conflicts_with_subcommands = false)]
#[command(subcommand_precedence_over_arg = true, subcommand_negates_reqs = true)]
pub struct Cli {
    /// The rollout to open, such as deployment/web; the board of all rollouts when absent.
    #[arg(value_name = "KIND/NAME", value_parser = Target::parse)]
    pub target: Option<Target>,

    /// What to do instead of opening the screen.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Which cluster, which namespaces.
    #[command(flatten)]
    pub scope: ScopeArgs,

    /// How it looks.
    #[command(flatten)]
    pub look: LookArgs,
}

/// What to do without a screen.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the screen on a simulated cluster with live metrics: nothing to install, nothing to break.
    Demo(DemoArgs),
    /// Say how a rollout stands, or wait until it is done.
    ///
    /// Exit code: 0 complete, 5 failed, 7 still progressing or timed out, 8 paused, 1 error, 2 wrong usage.
    Status {
        /// The rollout, such as deployment/web.
        #[arg(value_name = "KIND/NAME", value_parser = Target::parse)]
        target: Target,
        /// Wait until it is complete, failed or paused.
        #[arg(long)]
        wait: bool,
        /// How long to wait (90s, 5m, 1h); without a limit when absent.
        #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "wait")]
        timeout: Option<Duration>,
        /// Count a rollout that is stuck for a named reason (image pull, crash loop, quota…) as failed at once.
        #[arg(long)]
        fail_fast: bool,
        /// The form of the answer.
        #[arg(long, short, value_enum, default_value = "text")]
        output: StatusForm,
    },
    /// Print one frame, once the view is live.
    Snapshot {
        /// The rollout whose deck is drawn; the board when absent.
        #[arg(value_name = "KIND/NAME", value_parser = Target::parse)]
        target: Option<Target>,
        /// Columns and rows.
        #[arg(long, value_name = "COLSxROWS", value_parser = parse_size, default_value = "140x45")]
        size: (u16, u16),
        /// Keys to press before, such as "u" or "H down d". Nothing is ever confirmed.
        #[arg(long, value_name = "KEYS", value_parser = parse_keys, default_value = "")]
        press: Keys,
        /// The form of the frame.
        #[arg(long, short, value_enum, default_value = "text")]
        output: FrameForm,
    },
    /// Print the plan of an action: the exact requests, the dry run's answer, what speaks against it. With --apply, do it
    /// and wait for the proof.
    ///
    /// Exit code: 0 it can be done, or took effect; 3 refused by a guard, a precondition or the server; 4 somebody reverted
    /// it; 6 unknown, or not observed; 1 error; 2 wrong usage.
    Plan {
        /// What to do.
        #[command(subcommand)]
        verb: PlanVerb,
    },
    /// Print the least Role that rolldeck needs, rule by rule.
    Rbac(RbacArgs),
    /// Say what can be reached, listed and watched, and why not.
    Doctor,
    /// Print the keys as a Markdown table.
    Keys,
}

/// What is planned.
#[derive(Clone, Debug, Subcommand)]
pub enum PlanVerb {
    /// Stop an update where it is.
    Pause {
        #[command(flatten)]
        how: PlanArgs,
    },
    /// Let a paused update go on.
    Resume {
        #[command(flatten)]
        how: PlanArgs,
    },
    /// Go back to an earlier revision; a paused Deployment is resumed by the same request.
    Undo {
        #[command(flatten)]
        how: PlanArgs,
        /// The revision; when absent, the newest other one that has available pods.
        #[arg(long, value_name = "N")]
        to_revision: Option<i64>,
    },
    /// Replace all pods by new ones of the same version.
    Restart {
        #[command(flatten)]
        how: PlanArgs,
    },
    /// Change the number of pods.
    Scale {
        #[command(flatten)]
        how: PlanArgs,
        /// How many.
        #[arg(long, value_name = "N")]
        replicas: i32,
    },
    /// Change images.
    SetImage {
        #[command(flatten)]
        how: PlanArgs,
        /// The images by container, such as app=registry/web:1.9; * stands for all containers.
        #[arg(value_name = "CONTAINER=IMAGE", required = true, value_parser = parse_image)]
        images: Vec<(String, String)>,
        /// The change-cause; made from the images when absent.
        #[arg(long, value_name = "TEXT")]
        cause: Option<String>,
    },
    /// Change who gets which share of the traffic.
    Shift {
        #[command(flatten)]
        how: PlanArgs,
        /// The shares in percent by version, such as app-v2=30; versions that are not named share the rest as they do now.
        #[arg(value_name = "VERSION=PERCENT", required = true, value_parser = parse_share)]
        shares: Vec<(String, Percent)>,
    },
}

impl PlanVerb {
    /// What all of them have in common.
    pub const fn how(&self) -> &PlanArgs {
        match self {
            Self::Pause { how }
            | Self::Resume { how }
            | Self::Undo { how, .. }
            | Self::Restart { how }
            | Self::Scale { how, .. }
            | Self::SetImage { how, .. }
            | Self::Shift { how, .. } => how,
        }
    }
}

/// What every plan is given.
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    /// The rollout, such as deployment/web.
    #[arg(value_name = "KIND/NAME", value_parser = Target::parse)]
    pub target: Target,
    /// Write it into the journal, send it and wait for the proof.
    #[arg(long)]
    pub apply: bool,
    /// Why, for the journal.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// How far the proof is waited for.
    #[arg(long, value_enum, default_value = "held", requires = "apply")]
    pub until: Until,
    /// How long it is waited for (90s, 5m, 1h).
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "10m")]
    pub timeout: Duration,
    /// The form of the answer.
    #[arg(long, short, value_enum, default_value = "text")]
    pub output: StatusForm,
}

/// How far a proof is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// The controller has seen it.
    Observed,
    /// What was wanted is so.
    Done,
    /// What was wanted is so, and nobody has reverted it for 30 s.
    Held,
}

/// Which cluster, which namespaces, which rollouts.
#[derive(Clone, Debug, Default, Args)]
pub struct ScopeArgs {
    /// The namespace; the context's own when absent.
    #[arg(long, short, global = true, value_name = "NAME", conflicts_with_all = ["namespaces", "all_namespaces"])]
    pub namespace: Option<String>,
    /// Several namespaces, with commas between.
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',', conflicts_with = "all_namespaces")]
    pub namespaces: Vec<String>,
    /// All namespaces.
    #[arg(long, short = 'A', global = true)]
    pub all_namespaces: bool,
    /// Only Deployments with these labels (app=web,tier!=cache).
    #[arg(long, short = 'l', global = true, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// The kubeconfig's context; its current one when absent.
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// The kubeconfig; $KUBECONFIG, ~/.kube/config or the pod's own account when absent.
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// A Prometheus that knows requests and durations by pod (`http://prometheus:9090`); when absent that of config.toml, else
    /// one that is found among the cluster's Services and asked through the API server, at last by a port-forward.
    #[arg(long, global = true, value_name = "URL")]
    pub prometheus: Option<String>,
    /// Nothing can be written and no port-forward opened: the clients that could are not made.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// The journal of actions; ~/.local/state/rolldeck/journal.jsonl or what the system prescribes when absent.
    #[arg(long, global = true, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// How it looks and which keys it has.
#[derive(Clone, Debug, Default, Args)]
pub struct LookArgs {
    /// A theme: dark, light, contrast, or a file themes/NAME.toml in the config folder.
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<String>,
    /// A keymap: default, k9s, or a file keymaps/NAME.toml in the config folder.
    #[arg(long, global = true, value_name = "NAME")]
    pub keymap: Option<String>,
    /// Draw with ASCII only.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Write what goes on inside to a file (`RUST_LOG` sets how much).
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The config folder; ~/.config/rolldeck or what the system prescribes when absent.
    #[arg(long, global = true, value_name = "FOLDER", env = "ROLLDECK_CONFIG")]
    pub config: Option<PathBuf>,
}

/// A rollout as people write it: `deployment/web`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
}

impl Target {
    /// Reads `KIND/NAME` with kubectl's short forms (`deploy/web`, `deployments.apps/web`).
    fn parse(text: &str) -> Result<Self, String> {
        let Some((kind, name)) = text.split_once('/') else {
            return Err(format!("write it as KIND/NAME: deployment/{text}?"));
        };
        if name.is_empty() || name.contains('/') {
            return Err("write it as KIND/NAME: deployment/web".into());
        }
        match Served::named(kind) {
            Some(served) => Ok(Self { kind: served.kind.clone(), name: name.into() }),
            None => Err(format!("rollouts of kind {kind:?} are not read; write deployment/{name} or httproute/{name}")),
        }
    }
}

/// The form of `status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusForm {
    /// Sentences.
    Text,
    /// The contract `rolldeck/v1`.
    Json,
}

/// The form of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FrameForm {
    /// Characters only.
    Text,
    /// Characters with colours, for a terminal.
    Ansi,
    /// A picture.
    Svg,
    /// The numbers that a deck or its charts show, a row per moment.
    Csv,
    /// The same with versions and timeline as data.
    Json,
    /// Versions and timeline with numbers, for a post-mortem.
    Md,
}

/// `90s`, `5m`, `1h`, `1h30m`, or plain seconds.
fn parse_time(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time; write 90s, 5m or 1h30m");
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let (mut total, mut digits) = (0_u64, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                digits.push(c);
                continue;
            }
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let n: u64 = digits.parse().map_err(|_| wrong())?;
        total = n.checked_mul(unit).and_then(|t| t.checked_add(total)).ok_or_else(wrong)?;
        digits.clear();
    }
    if digits.is_empty() && !text.is_empty() { Ok(Duration::from_secs(total)) } else { Err(wrong()) }
}

/// `app=registry/web:1.9`.
fn parse_share(text: &str) -> Result<(String, Percent), String> {
    match text.split_once('=') {
        Some((version, share)) if !version.is_empty() => Ok((version.into(), Percent::parse(share)?)),
        _ => Err(format!("{text:?} names no share of a version; write app-v2=30")),
    }
}

fn parse_image(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((container, image)) if !container.is_empty() && !image.is_empty() => Ok((container.into(), image.into())),
        _ => Err(format!("{text:?} names no image of a container; write app=registry/web:1.9")),
    }
}

/// Keys in the notation of keymap files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(pub Vec<Chord>);

/// `H down d`.
fn parse_keys(text: &str) -> Result<Keys, String> {
    if text.is_empty() {
        return Ok(Keys(Vec::new()));
    }
    Chord::sequence(text).map(Keys).map_err(|bad| bad.to_string())
}

/// `140x45`.
fn parse_size(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("{text:?} is no size; write COLSxROWS, from 20x5 to 500x200");
    let (columns, rows) = text.split_once('x').ok_or_else(wrong)?;
    let size = (columns.parse().map_err(|_| wrong())?, rows.parse().map_err(|_| wrong())?);
    if (20..=500).contains(&size.0) && (5..=200).contains(&size.1) { Ok(size) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_target_and_a_command_are_told_apart() {
        let deck = Cli::try_parse_from(["rolldeck", "deploy/web", "-n", "shop"]).unwrap();
        assert_eq!(deck.target.map(|t| t.name), Some("web".into()));
        let status = Cli::try_parse_from(["rolldeck", "status", "deployment/web", "-n", "shop", "--wait"]).unwrap();
        assert!(matches!(status.command, Some(Command::Status { wait: true, .. })));
        assert!(Cli::try_parse_from(["rolldeck", "web"]).unwrap_err().to_string().contains("deployment/web?"));
    }

    #[test]
    fn times_and_sizes_are_read_or_refused() {
        assert_eq!(parse_time("1h30m"), Ok(Duration::from_mins(90)));
        assert_eq!(parse_time("90"), Ok(Duration::from_secs(90)));
        assert!(parse_time("5 minutes").is_err() && parse_time("").is_err() && parse_time("m").is_err());
        assert_eq!(parse_size("80x24"), Ok((80, 24)));
        assert!(parse_size("0x0").is_err() && parse_size("80").is_err());
    }
}
