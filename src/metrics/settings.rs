//! `[prometheus]` in the configuration: where metrics are, who we are to it, how often and with which queries they are asked
//! for. What makes no sense is refused where it is written. No secret is in here, only the names of the files that hold one.

use std::{collections::BTreeMap, fmt, net::IpAddr, ops::Range, path::PathBuf, time::Duration};

use reqwest::Url;
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

pub use super::charted::Charted;
pub use super::pack::{Pack, names};
use super::query::Template;
use crate::domain::{Name, Text};

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

/// Where a Prometheus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// At an address.
    Url(Address),
    /// Behind the API server: a service that its proxy reaches, with the right to `get` on `services/proxy`.
    Proxy {
        /// Its namespace.
        namespace: String,
        /// Its name and port, as the API server's proxy takes it (`prometheus:9090`, `https:prometheus:web`).
        service: String,
        /// Where its query paths are: empty, `/prometheus` (Mimir), `/select/0/prometheus` (a tenant of `VictoriaMetrics`).
        prefix: String,
    },
}

/// An address of HTTP or HTTPS, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

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
    service: Option<Service>,
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
        let way = match (url, service) {
            (Some(_), Some(_)) => return Err("url and service exclude each other: give one of them"),
            (Some(url), None) => Some(Way::Url(url)),
            (None, Some(Service(way))) => Some(way),
            (None, None) => None,
        };
        if way.is_some() && discover == Some(true) {
            return Err("discover looks where none is named: leave it out, or leave out url and service");
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
        let is_proxied = matches!(way, Some(Way::Proxy { .. }));
        if is_proxied && (login != Login::None || client.is_some() || ca_file.is_some() || insecure) {
            return Err(
                "service goes through the API server with your kubeconfig: leave out users, tokens and certificates",
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
        let is_same = matches!(&self.way, Some(Way::Url(held)) if held.0.origin() == address.0.origin());
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

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(address) => f.write_str(address.as_str()),
            Self::Proxy { namespace, service, prefix } => write!(f, "service {namespace}/{service}{prefix}"),
        }
    }
}

impl Way {
    /// Without what it is: `monitoring/prometheus:9090`.
    pub(super) fn short(&self) -> Text {
        let all = self.to_string();
        Text::clean(all.strip_prefix("service ").unwrap_or(&all))
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence that does not repeat a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{why}; write it as http://HOST:PORT or https://HOST/PATH");
        let url = Url::parse(text).map_err(|error| wrong(&format!("this is no address: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("this is no address of HTTP"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "credentials do not belong into an address: use user and password_file in config.toml".to_owned()
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("this is more than an address"));
        }
        Ok(Self(url))
    }

    /// Whether it is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// The address without a slash at its end.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(text)?).map_err(de::Error::custom)
    }
}

/// `monitoring/prometheus:9090`, `monitoring/mimir-gateway:80/prometheus`.
struct Service(Way);

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
        let text = String::deserialize(text)?;
        let is_name = |text: &str| {
            !text.is_empty() && text.chars().all(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':'))
        };
        let (namespace, below) = text.split_once('/').unwrap_or_default();
        let (service, prefix) = below.split_at(below.find('/').unwrap_or(below.len()));
        if !is_name(namespace) || !is_name(service) {
            return Err(de::Error::custom("this is no service: write NAMESPACE/NAME:PORT"));
        }
        if !is_prefix(prefix) {
            let known = "only /prometheus and /select/0/prometheus are asked";
            return Err(de::Error::custom(format!(
                "{prefix} is no path of a Prometheus behind the API server: {known}"
            )));
        }
        let [namespace, service, prefix] = [namespace, service, prefix].map(str::to_owned);
        Ok(Self(Way::Proxy { namespace, service, prefix }))
    }
}

/// Whether the query paths may be there; the reading client lets no others through.
pub(super) fn is_prefix(text: &str) -> bool {
    let tenant = text.strip_prefix("/select/").and_then(|rest| rest.strip_suffix("/prometheus"));
    let is_tenant = |tenant: &str| !tenant.is_empty() && tenant.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text, "" | "/prometheus") || tenant.is_some_and(is_tenant)
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
