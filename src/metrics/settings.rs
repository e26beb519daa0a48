//! `[prometheus]` in the configuration: where metrics are, who we are to it, how often and with which queries they are asked
//! for. What makes no sense is refused where it is written. No secret is in here, only the names of the files that hold one.

mod way;

use std::{collections::BTreeMap, ops::Range, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

pub use super::charted::Charted;
pub use super::pack::{Pack, names};
use super::query::Template;
use crate::domain::Name;
pub(super) use way::is_prefix;
pub use way::{Address, Upstream, Way};

/// Prometheus' own default is a minute, most installations say 15 s to 30 s.
const EVERY: Duration = Duration::from_secs(15);
/// Four samples of the default interval.
const WINDOW: Duration = Duration::from_mins(1);
/// What a key chooses from, besides the configured one.
const WINDOWS: [Duration; 3] = [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(15)];

/// All of it, for one context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Settings {
    /// Where it is; None where it is not named.
    pub way: Option<Way>,
    /// Whether it is looked for where it is not named.
    pub discover: Discover,
    /// Who we are to it.
    pub login: Login,
    /// Whom we trust.
    pub trust: Trust,
    /// How often it has something new.
    pub every: Every,
    /// Over how long a rate is taken at first.
    pub window: Window,
    /// What it is asked.
    pub queries: Queries,
    /// The query pack that is asked, whichever series there are.
    pub pack: Option<Name>,
    /// Where that is written in the file.
    pub pack_at: Range<usize>,
    /// The configuration's own packs, by name.
    pub packs: BTreeMap<String, Pack>,
    /// The long windows over which failures are asked for, for error budgets.
    pub budgets: Vec<Duration>,
}

/// Who we are. Files are read anew for each poll.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// Nobody.
    #[default]
    None,
    /// A user with the password in a file.
    Basic {
        /// The name.
        user: String,
        /// The file.
        password_file: PathBuf,
    },
    /// Who has the token in a file.
    Bearer {
        /// The file.
        file: PathBuf,
    },
}

/// Whom we trust, and our own certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Certificate authorities instead of the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// Our certificate and its key, PEM.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Any certificate is good enough.
    pub insecure: bool,
}

/// What is asked for each measure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queries {
    /// Requests per second.
    pub rate: Option<Template>,
    /// The share of requests that failed, 0 to 1.
    pub errors: Option<Template>,
    /// Any quantile, seconds: `$quantile` stands for which.
    pub quantile: Option<Template>,
    /// The median, seconds.
    pub p50: Option<Template>,
    /// The 95th percentile, seconds.
    pub p95: Option<Template>,
    /// The 99th percentile, seconds.
    pub p99: Option<Template>,
}

/// How often a source has something new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(pub Duration);

impl Default for Every {
    fn default() -> Self {
        Self(EVERY)
    }
}

/// Whether a Prometheus is looked for among the Services of the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discover(pub bool);

impl Default for Discover {
    fn default() -> Self {
        Self(true)
    }
}

/// Over how long a rate is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window(pub Duration);

impl Default for Window {
    fn default() -> Self {
        Self(WINDOW)
    }
}

/// The section as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: Option<Address>,
    service: Option<Upstream>,
    forward: Option<Upstream>,
    discover: Option<bool>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    bearer_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    cert_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    scrape_interval: Every,
    window: Option<Window>,
    pack: Option<Spanned<String>>,
    #[serde(default)]
    queries: Queries,
}

impl TryFrom<Written> for Settings {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            url,
            service,
            forward,
            discover,
            user,
            password_file,
            bearer_file,
            ca_file,
            cert_file,
            key_file,
            insecure,
            ..
        } = written;
        let way = way(url, service, forward)?;
        if way.is_some() && discover == Some(true) {
            return Err("discover looks where none is named: leave it out, or leave out url, service and forward");
        }
        let discover = discover.map(Discover).unwrap_or_default();
        let login = login(user, password_file, bearer_file)?;
        let client = match (cert_file, key_file) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err("cert_file and key_file belong together: give both"),
        };
        let every = written.scrape_interval;
        let window = written.window.unwrap_or(Window(WINDOW.max(every.0 * 4)));
        if window.0 < every.0 * 2 {
            return Err("a rate needs two samples: make window at least twice the scrape_interval");
        }
        let is_inside = matches!(way, Some(Way::Proxy(_) | Way::Forward(_)));
        if is_inside && (login != Login::None || client.is_some() || ca_file.is_some() || insecure) {
            return Err(
                "service and forward go through the API server with your kubeconfig: leave out users, tokens and certificates",
            );
        }
        let trust = Trust { ca_file, client, insecure };
        let queries = written.queries;
        let pack_at = written.pack.as_ref().map(Spanned::span).unwrap_or_default();
        let pack = written.pack.map(|pack| Name::from(pack.as_ref().as_str()));
        if pack.is_some() && queries != Queries::default() {
            return Err("pack and queries exclude each other: give one of them");
        }
        Ok(Self {
            way,
            discover,
            login,
            trust,
            every,
            window,
            queries,
            pack,
            pack_at,
            packs: BTreeMap::new(),
            budgets: Vec::new(),
        })
    }
}

fn way(
    url: Option<Address>,
    service: Option<Upstream>,
    forward: Option<Upstream>,
) -> Result<Option<Way>, &'static str> {
    match (url, service, forward) {
        (None, None, None) => Ok(None),
        (Some(url), None, None) => Ok(Some(Way::Url(url))),
        (None, Some(service), None) => Ok(Some(Way::Proxy(service))),
        (None, None, Some(forward)) if forward.service.starts_with("https:") => {
            Err("a port-forward speaks plain HTTP only: name what speaks TLS by service or url")
        }
        (None, None, Some(forward)) => Ok(Some(Way::Forward(forward))),
        _ => Err("url, service and forward exclude each other: give one of them"),
    }
}

fn login(
    user: Option<String>,
    password_file: Option<PathBuf>,
    bearer_file: Option<PathBuf>,
) -> Result<Login, &'static str> {
    match (user, password_file, bearer_file) {
        (None, None, None) => Ok(Login::None),
        (Some(user), Some(password_file), None) => Ok(Login::Basic { user, password_file }),
        (None, None, Some(file)) => Ok(Login::Bearer { file }),
        (_, _, Some(_)) => Err("bearer_file excludes user and password_file: give one way to log in"),
        (_, _, None) => Err("user and password_file belong together: give both"),
    }
}

impl Settings {
    /// These settings for an address that was given elsewhere. Credentials go nowhere but where they were written for.
    #[must_use]
    pub fn at(self, address: Address) -> Self {
        let is_same = matches!(&self.way, Some(Way::Url(held)) if held.is_same_origin(&address));
        let (login, trust) = if is_same { (self.login, self.trust) } else { Default::default() };
        Self { way: Some(Way::Url(address)), login, trust, ..self }
    }

    /// Over how long rates can be taken, the one that is chosen first in front: at least two samples each.
    pub fn windows(&self) -> Vec<Duration> {
        let first = self.window.0;
        let others = WINDOWS.into_iter().filter(|window| *window >= self.every.0 * 2 && *window != first);
        std::iter::once(first).chain(others).collect()
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        time(&String::deserialize(text)?, (1, 600)).map(Self).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        time(&String::deserialize(text)?, (2, 10_800)).map(Self).map_err(de::Error::custom)
    }
}

/// `15s`, `1m`, `1h`, within so many seconds.
fn time(text: &str, (least, most): (u64, u64)) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 3_600)];
    let read = |(unit, seconds): (&str, u64)| text.strip_suffix(unit)?.parse::<u64>().ok()?.checked_mul(seconds);
    let seconds = units.into_iter().find_map(read);
    let seconds = seconds.ok_or_else(|| format!("{text:?} is no time; write 15s, 1m or 1h"))?;
    if (least..=most).contains(&seconds) {
        return Ok(Duration::from_secs(seconds));
    }
    Err(format!("{text} is out of range: from {least}s to {most}s"))
}
