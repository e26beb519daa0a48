//! Stories for the simulated cluster, as data: which rollouts there are, and what happens to them when. The files are
//! compiled in; a mistake in one is said as `file:line:column: what`. Nothing happens here: `script` tells the story.

mod furnish;
mod manifest;
mod route;
mod script;
mod time;
mod verify;

use std::{collections::BTreeMap, fmt, fs, path::Path, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use self::{manifest::Manifest, route::Route};
use crate::domain::num;
pub(super) use script::Script;
pub(super) use time::{Offset, Span};

/// The stories that are built in, the default one first.
const BUILT_IN: [(&str, &str); 18] = [
    ("day", include_str!("../../scenarios/day.toml")),
    ("smooth", include_str!("../../scenarios/smooth.toml")),
    ("bad-image", include_str!("../../scenarios/bad-image.toml")),
    ("crash-loop", include_str!("../../scenarios/crash-loop.toml")),
    ("slow-readiness", include_str!("../../scenarios/slow-readiness.toml")),
    ("latency", include_str!("../../scenarios/latency.toml")),
    ("errors", include_str!("../../scenarios/errors.toml")),
    ("canary", include_str!("../../scenarios/canary.toml")),
    ("flagger", include_str!("../../scenarios/flagger.toml")),
    ("sticky", include_str!("../../scenarios/sticky.toml")),
    ("bad-zone", include_str!("../../scenarios/bad-zone.toml")),
    ("bad-pool", include_str!("../../scenarios/bad-pool.toml")),
    ("hot-fix", include_str!("../../scenarios/hot-fix.toml")),
    ("recreate", include_str!("../../scenarios/recreate.toml")),
    ("quota", include_str!("../../scenarios/quota.toml")),
    ("no-prestop", include_str!("../../scenarios/no-prestop.toml")),
    ("fast-surge", include_str!("../../scenarios/fast-surge.toml")),
    ("hpa-fight", include_str!("../../scenarios/hpa-fight.toml")),
];

/// One story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// Its name, as it is asked for: that of its file.
    #[serde(skip)]
    pub name: String,
    /// A few words.
    pub title: String,
    /// What is to be seen, in one sentence.
    pub see: String,
    /// The moment that shows it best.
    pub moment: KeyMoment,
    /// Percent of the requests of that rollout that must not fail, over 30 days; no objective when absent.
    pub objective: Option<f64>,
    #[serde(rename = "deployment")]
    deployments: Vec<Deployment>,
    #[serde(default, rename = "route")]
    routes: Vec<Route>,
    #[serde(default, rename = "quota")]
    quotas: Vec<Quota>,
    #[serde(default, rename = "object")]
    objects: Vec<Manifest>,
    #[serde(default, rename = "step")]
    steps: Vec<Step>,
}

/// The moment that shows best what is to be seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMoment {
    /// When, after the screen opened.
    pub(super) at: Offset,
    /// Whose deck shows it, as `NAMESPACE/NAME`.
    pub(super) deck: Spanned<String>,
}

impl KeyMoment {
    /// Namespace and name of the rollout.
    pub fn rollout(&self) -> (&str, &str) {
        self.deck.get_ref().split_once('/').unwrap_or_default()
    }
}

/// A Deployment, its Service and what its clients want of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Deployment {
    namespace: String,
    name: Spanned<String>,
    /// The name of its Service, if it is not its own.
    service: Option<String>,
    /// Without its tag; `registry.example/NAMESPACE/NAME` when absent.
    image: Option<String>,
    /// The first one. Words in it decide how containers behave (see lab/README.md, and `traffic`).
    tag: String,
    replicas: i32,
    /// When it was made.
    #[serde(default = "nine_days_ago")]
    since: Offset,
    /// All old pods end before the first new one starts.
    #[serde(default)]
    recreate: bool,
    max_surge: Option<Amount>,
    max_unavailable: Option<Amount>,
    progress_deadline: Option<Span>,
    #[serde(default)]
    min_ready: Span,
    /// When the readiness probe asks first, after the start.
    #[serde(default)]
    ready_after: Span,
    /// How long the preStop hook sleeps; without one when absent.
    pre_stop: Option<Span>,
    /// Requests a second; none when absent.
    #[serde(default)]
    load: f64,
    /// Answers a second that one pod can give.
    capacity: Option<u32>,
    /// The median of its answers.
    median_ms: Option<u32>,
    /// The share of its answers that fail; the tag decides when absent.
    errors: Option<f64>,
    /// What a pod requests.
    #[serde(default = "quarter")]
    cpu: String,
    hpa: Option<Hpa>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// A number of pods, or a share of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Amount {
    Pods(u32),
    Share(String),
}

/// An autoscaler by cpu.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hpa {
    min: i32,
    max: i32,
    /// Percent of what is requested.
    cpu: u32,
}

/// The quota of a namespace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quota {
    namespace: Spanned<String>,
    pods: u32,
}

/// Something that happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    at: Offset,
    /// Again and again, so long after it.
    every: Option<Span>,
    /// `NAMESPACE/NAME` of a Deployment, or of a route for a shift.
    on: Spanned<String>,
    #[serde(rename = "do")]
    act: Act,
    /// Who does it: the field manager.
    #[serde(default = "pipeline")]
    by: String,
    /// The change-cause that is written with it.
    cause: Option<String>,
}

/// What happens to a Deployment or a route.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    /// Its image gets another tag.
    Tag(String),
    /// Its image gets the next version, with these words behind it.
    Release(String),
    /// Its containers get variables.
    Env(BTreeMap<String, String>),
    /// Its number of pods changes.
    Scale(i32),
    Pause,
    Resume,
    Restart,
    /// The template of the revision before.
    Undo,
    /// So many of its pods are deleted, the oldest ones.
    DeletePods(usize),
    /// The weights of a route change, by Service.
    Shift(BTreeMap<String, u32>),
    /// On the nodes of these zones or pools this share of the answers fails, whatever runs there.
    Sicken(BTreeMap<String, f64>),
}

fn nine_days_ago() -> Offset {
    Offset(-9 * 86_400_000)
}

fn quarter() -> String {
    "250m".into()
}

fn pipeline() -> String {
    "ci-pipeline".into()
}

/// There is no such story, or its file is wrong: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoStory(String);

impl fmt::Display for NoStory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoStory {}

impl Scenario {
    /// Whether the story is about a route, rather than a Deployment.
    pub fn is_about_a_route(&self) -> bool {
        self.routes.iter().any(|route| route.is(self.moment.deck.get_ref()))
    }

    /// How long after the screen opened there is most to be seen.
    pub fn best_moment(&self) -> Duration {
        Duration::from_millis(num::clamp_u64(self.moment.at.0))
    }

    /// The stories' names, the default one first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A story that is built in.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn named(name: &str) -> Result<Self, NoStory> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name);
        let Some((name, text)) = found else {
            let known: Vec<&str> = Self::names().collect();
            return Err(NoStory(format!("there is no scenario {name:?}; there are {}", known.join(", "))));
        };
        Self::parse(name, &format!("scenarios/{name}.toml"), text)
    }

    /// Reads a story from a file; its name is that of the file.
    ///
    /// # Errors
    /// As of [`Scenario::parse`], or that the file cannot be read.
    pub fn from_file(path: &Path) -> Result<Self, NoStory> {
        let file = path.display().to_string();
        let text =
            fs::read_to_string(path).map_err(|error| NoStory(format!("cannot read the scenario {file}: {error}")))?;
        Self::parse(&path.file_stem().unwrap_or_default().to_string_lossy(), &file, &text)
    }

    /// Reads a story.
    ///
    /// # Errors
    /// `file:line:column: what is wrong there`.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, NoStory> {
        let wrong = |at: usize, what: &str| {
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            NoStory(format!("{file}:{line}:{column}: {}", what.lines().collect::<Vec<_>>().join(", ")))
        };
        let mut scenario: Self =
            toml::from_str(text).map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        name.clone_into(&mut scenario.name);
        scenario.verify().map_err(|(at, what)| wrong(at, &what))?;
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests;
