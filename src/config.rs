//! From arguments, files and the environment to one resolved [`Config`]. Every mistake in a file is an error that names
//! the file, the line and what would be right; nothing is ignored silently.

mod aims;
mod assets;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use self::{
    aims::{Goal, Verdict},
    assets::{assets, read_if_there},
};
use crate::{
    cli::{Cli, Command, ScopeArgs, Target},
    domain::{Aims, Slo},
    input::Keymap,
    metrics::settings::{Address, Charted, Pack, Settings, names},
    terminal::Colours,
    view::theme::{ColourDepth, Theme},
};

/// Everything that was chosen.
pub struct Config {
    /// The kubeconfig, as far as it was named.
    pub kubeconfig: Option<PathBuf>,
    /// The context, as far as it was named.
    pub context: Option<String>,
    /// Which namespaces.
    pub namespaces: Namespaces,
    /// The label selector for Deployments.
    pub selector: Option<String>,
    /// Colours by role, as the theme's author chose them.
    pub theme: Theme,
    /// The colours that this terminal can show.
    pub depth: ColourDepth,
    /// Keys.
    pub keymap: Keymap,
    /// ASCII only.
    pub ascii: bool,
    /// Lists come as the first part of a watch, where the server can: it spares the server memory.
    pub streaming_lists: bool,
    /// What is chosen for steering, by context.
    pub steering: Steering,
    /// Where metrics come from, by context.
    pub metrics: Metrics,
    /// What rollouts are held to, by context.
    pub held_to: HeldTo,
    /// Queries that are to be drawn.
    pub charts: Vec<Charted>,
    /// Where files go that cannot be written into the folder one is in.
    pub state_folder: Option<PathBuf>,
    /// Where to write what goes on inside.
    pub log: Option<PathBuf>,
}

/// Which namespaces are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// The context's own.
    Own,
    /// These.
    These(Vec<String>),
    /// All.
    All,
}

/// Bad input: what, where, and what to do.
#[derive(Debug)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

/// `config.toml` in the config folder.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<String>,
    keymap: Option<String>,
    #[serde(default)]
    ascii: bool,
    #[serde(default)]
    streaming_lists: bool,
    read_only: Option<bool>,
    require_reason: Option<bool>,
    journal: Option<PathBuf>,
    prometheus: Option<Settings>,
    #[serde(default)]
    packs: BTreeMap<String, Pack>,
    #[serde(default)]
    verdict: Verdict,
    #[serde(default, rename = "slo")]
    objectives: Vec<Goal>,
    #[serde(default)]
    charts: Vec<Charted>,
    #[serde(default)]
    contexts: BTreeMap<String, FileContext>,
}

/// `[contexts.NAME]` in `config.toml`: what goes before the settings for all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileContext {
    read_only: Option<bool>,
    require_reason: Option<bool>,
    prometheus: Option<Settings>,
    #[serde(default)]
    verdict: Verdict,
    #[serde(default, rename = "slo")]
    objectives: Vec<Goal>,
}

/// What the rollouts of a context are held to: each criterion as the context's own section has it, else as the section for
/// all has it; the objectives of the context first, then those for all.
#[derive(Clone, Debug, Default)]
pub struct HeldTo {
    verdict: Verdict,
    objectives: Vec<Goal>,
    also: Option<Slo>,
    contexts: BTreeMap<String, FileContext>,
}

impl HeldTo {
    /// With an objective for all contexts, which goes behind those that are written.
    #[must_use]
    pub fn and(self, slo: Slo) -> Self {
        Self { also: Some(slo), ..self }
    }

    /// What the rollouts of a context are held to.
    pub fn of(&self, context: &str) -> Aims {
        let own = self.contexts.get(context);
        let verdict = own.map(|of| of.verdict).unwrap_or_default();
        let objectives = own.into_iter().flat_map(|of| &of.objectives).chain(&self.objectives);
        Aims {
            criteria: verdict.over(self.verdict).criteria(),
            slos: objectives.map(Goal::slo).chain(self.also.clone()).collect(),
        }
    }
}

/// Where metrics come from. The section of a context stands for the whole section for all: no credential of one goes to
/// the other.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    flag: Option<Address>,
    usual: Option<Settings>,
    packs: BTreeMap<String, Pack>,
    contexts: BTreeMap<String, FileContext>,
}

impl Metrics {
    /// These, whatever the context.
    pub fn fixed(settings: Settings) -> Self {
        Self { usual: Some(settings), ..Self::default() }
    }

    /// The settings for a context; None when no address is known for it and none is to be looked for.
    pub fn of(&self, context: &str) -> Option<Settings> {
        let own = self.contexts.get(context).and_then(|of| of.prometheus.as_ref());
        let settings = own.or(self.usual.as_ref()).cloned().unwrap_or_default();
        let settings = Settings { packs: self.packs.clone(), ..settings };
        match &self.flag {
            Some(address) => Some(settings.at(address.clone())),
            None => Some(settings).filter(|settings| settings.way.is_some() || settings.discover.0),
        }
    }
}

/// What is chosen for steering. A flag on the command line can only lock, never unlock.
#[derive(Clone, Debug, Default)]
pub struct Steering {
    /// Where the journal is kept; None when there is no state folder and no file was named.
    pub journal: Option<PathBuf>,
    locked: bool,
    read_only: bool,
    require_reason: bool,
    contexts: BTreeMap<String, FileContext>,
}

impl Steering {
    /// Whether nothing may be written in a context.
    pub fn is_read_only(&self, context: &str) -> bool {
        self.locked || self.of(context).and_then(|of| of.read_only).unwrap_or(self.read_only)
    }

    /// Whether every action in a context needs a reason.
    pub fn needs_reason(&self, context: &str) -> bool {
        self.of(context).and_then(|of| of.require_reason).unwrap_or(self.require_reason)
    }

    fn of(&self, context: &str) -> Option<&FileContext> {
        self.contexts.get(context)
    }
}

/// What the environment says.
pub struct Environment {
    /// `NO_COLOR`, `COLORTERM`, `TERM`.
    pub colours: Colours,
    /// The home of configuration files, if there is one.
    pub config_folder: Option<PathBuf>,
    /// The home of what programs keep, if there is one.
    pub state_folder: Option<PathBuf>,
}

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        let var = |name| std::env::var(name).ok();
        let (no_color, colorterm, term) = (var("NO_COLOR"), var("COLORTERM"), var("TERM"));
        let dirs = directories::ProjectDirs::from("", "", "rolldeck");
        Self {
            colours: Colours::of(no_color.as_deref(), colorterm.as_deref(), term.as_deref()),
            config_folder: dirs.as_ref().map(|dirs| dirs.config_dir().to_path_buf()),
            state_folder: dirs.map(|dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf()),
        }
    }
}

impl Config {
    /// Resolves what was asked.
    ///
    /// # Errors
    /// A file that cannot be read or holds something that makes no sense; a name that stands for nothing.
    pub fn resolve(cli: &Cli, environment: &Environment) -> Result<Self, Wrong> {
        if let (Some(target), Some(command)) = (&cli.target, &cli.command) {
            return Err(misplaced(target, command));
        }
        if let Some(folder) = cli.look.config.as_deref().filter(|folder| !folder.is_dir()) {
            return Err(Wrong(format!("the config folder {} does not exist", folder.display())));
        }
        let folder = cli.look.config.clone().or_else(|| environment.config_folder.clone());
        let file = folder.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let (theme, keymap) = assets(&cli.look, &file, folder.as_deref())?;
        Ok(Self {
            kubeconfig: cli.scope.kubeconfig.clone(),
            context: cli.scope.context.clone(),
            namespaces: namespaces(&cli.scope)?,
            selector: cli.scope.selector.clone(),
            theme,
            depth: depth(environment.colours),
            keymap,
            ascii: cli.look.ascii || file.ascii,
            streaming_lists: file.streaming_lists,
            steering: steering(&cli.scope, &file, environment),
            metrics: metrics(&cli.scope, &file)?,
            held_to: HeldTo {
                verdict: file.verdict,
                objectives: file.objectives.clone(),
                also: None,
                contexts: file.contexts.clone(),
            },
            charts: file.charts,
            state_folder: environment.state_folder.clone(),
            log: cli.look.log.clone(),
        })
    }
}

fn steering(scope: &ScopeArgs, file: &File, environment: &Environment) -> Steering {
    let usual = || environment.state_folder.as_ref().map(|folder| folder.join("journal.jsonl"));
    Steering {
        journal: scope.journal.clone().or_else(|| file.journal.clone()).or_else(usual),
        locked: scope.read_only,
        read_only: file.read_only.unwrap_or_default(),
        require_reason: file.require_reason.unwrap_or_default(),
        contexts: file.contexts.clone(),
    }
}

fn metrics(scope: &ScopeArgs, file: &File) -> Result<Metrics, Wrong> {
    let flag = scope.prometheus.as_deref().map(Address::parse).transpose();
    let flag = flag.map_err(|why| Wrong(format!("--prometheus: {why}")))?;
    let (packs, contexts) = (file.packs.clone(), file.contexts.clone());
    Ok(Metrics { flag, usual: file.prometheus.clone(), packs, contexts })
}

fn depth(colours: Colours) -> ColourDepth {
    match colours {
        Colours::None => ColourDepth::None,
        Colours::Sixteen => ColourDepth::Ansi16,
        Colours::Palette => ColourDepth::Ansi256,
        Colours::True => ColourDepth::True,
    }
}

/// A rollout in front of a command would be the deck's, and nobody would draw that.
fn misplaced(target: &Target, command: &Command) -> Wrong {
    let Target { kind, name } = target;
    let kind = kind.kind.to_lowercase();
    match command {
        Command::Status { .. } => {
            Wrong(format!("the command goes first, with one rollout: rolldeck status {kind}/{name}"))
        }
        Command::Snapshot { .. } => {
            Wrong(format!("the rollout goes behind the command: rolldeck snapshot {kind}/{name}"))
        }
        Command::Plan { .. } => Wrong(format!("the rollout goes behind the verb: rolldeck plan undo {kind}/{name}")),
        Command::Doctor | Command::Keys | Command::Rbac { .. } | Command::Demo(_) => {
            Wrong(format!("this command takes no rollout: leave out {kind}/{name}"))
        }
    }
}

/// Flags before a command and behind it are told apart by nobody but us.
fn namespaces(scope: &ScopeArgs) -> Result<Namespaces, Wrong> {
    let ways = [scope.namespace.is_some(), !scope.namespaces.is_empty(), scope.all_namespaces];
    if ways.into_iter().filter(|given| *given).count() > 1 {
        return Err(Wrong("-n, --namespaces and -A exclude each other: give one of them".into()));
    }
    if scope.all_namespaces {
        return Ok(Namespaces::All);
    }
    let named: Vec<String> = scope.namespace.iter().chain(&scope.namespaces).cloned().collect();
    if let Some(bad) = named.iter().find(|name| !is_namespace(name)) {
        return Err(Wrong(format!(
            "{bad:?} is no name for a namespace: lower case letters, digits and '-', at most 63; several are written --namespaces a,b"
        )));
    }
    Ok(if named.is_empty() { Namespaces::Own } else { Namespaces::These(named) })
}

/// The rule of namespace names (RFC 1123 label).
fn is_namespace(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('-') && !name.ends_with('-')
}

fn read_file(folder: &Path) -> Result<File, Wrong> {
    let path = folder.join("config.toml");
    let Some(text) = read_if_there(&path)? else { return Ok(File::default()) };
    let file: File = toml::from_str(&text).map_err(|error| {
        let what = error.message().lines().map(str::trim).collect::<Vec<_>>().join(", ");
        misread(&path, &text, (error.span().map_or(0, |at| at.start), &what))
    })?;
    match unknown_pack(&file) {
        Some((at, what)) => Err(misread(&path, &text, (at, &what))),
        None => Ok(file),
    }
}

/// A query pack that is wanted and that nobody wrote: where, and what would be right.
fn unknown_pack(file: &File) -> Option<(usize, String)> {
    let known = names(&file.packs);
    let of_contexts = file.contexts.values().filter_map(|context| context.prometheus.as_ref());
    let settings = file.prometheus.iter().chain(of_contexts);
    let is_unknown = |pack: &str| !known.iter().any(|name| name == pack);
    let unknown =
        settings.filter_map(|of| Some((of.pack_at.start, of.pack.as_ref()?))).find(|(_, pack)| is_unknown(pack));
    unknown.map(|(at, pack)| (at, format!("there is no query pack {pack}: there are {}", known.join(", "))))
}

/// A mistake in a file as `file:line:column: what`, on one line.
fn misread(path: &Path, text: &str, (at, what): (usize, &str)) -> Wrong {
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Wrong(format!("{}:{line}:{column}: {what}", path.display()))
}

#[cfg(test)]
mod tests;
