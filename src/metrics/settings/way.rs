//! Where a Prometheus is, as it is written in the configuration and said on the screen. Nothing is asked here.

use std::{fmt, net::IpAddr};

use reqwest::Url;
use serde::{Deserialize, Deserializer, de};

use crate::domain::Text;

/// Where a Prometheus is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// At an address.
    Url(Address),
    /// Behind the API server's proxy, with the right to `get` on `services/proxy`.
    Proxy(Upstream),
    /// Behind port-forwards to its pods, with the right to `get` and `create` on `pods/portforward`.
    Forward(Upstream),
}

/// A service inside of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its namespace.
    pub namespace: String,
    /// Its name and port, as the API server's proxy takes it (`prometheus:9090`, `https:prometheus:web`).
    pub service: String,
    /// Where its query paths are: empty, `/prometheus` (Mimir), `/select/0/prometheus` (a tenant of `VictoriaMetrics`).
    pub prefix: String,
}

/// An address of HTTP or HTTPS, without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(address) => f.write_str(address.as_str()),
            Self::Proxy(upstream) => write!(f, "service {upstream}"),
            Self::Forward(upstream) => write!(f, "service {upstream} by port-forward"),
        }
    }
}

impl Way {
    /// Without how it is reached: `monitoring/prometheus:9090`.
    pub(in crate::metrics) fn short(&self) -> Text {
        match self {
            Self::Url(address) => Text::clean(address.as_str()),
            Self::Proxy(upstream) | Self::Forward(upstream) => Text::clean(&upstream.to_string()),
        }
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { namespace, service, prefix } = self;
        write!(f, "{namespace}/{service}{prefix}")
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
    pub(in crate::metrics) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    /// Whether scheme, host and port are the same.
    pub(super) fn is_same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
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
impl<'de> Deserialize<'de> for Upstream {
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
        Ok(Self { namespace, service, prefix })
    }
}

/// Whether the query paths may be there; the cluster's clients let no others through.
pub(in crate::metrics) fn is_prefix(text: &str) -> bool {
    let tenant = text.strip_prefix("/select/").and_then(|rest| rest.strip_suffix("/prometheus"));
    let is_tenant = |tenant: &str| !tenant.is_empty() && tenant.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text, "" | "/prometheus") || tenant.is_some_and(is_tenant)
}
