//! The ways to a Prometheus, and what their answers mean: by HTTP, or through the API server, by its proxy or by port-forwards,
//! which need no port on this machine and no credentials but the kubeconfig's.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Response, StatusCode, header, response};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    Settings, Way,
    answer::{self, Bad, Series},
    client::Http,
    curves,
};
use crate::domain::{Curve, Moment, Text, num};

/// An answer that takes longer is of no use for a picture of now.
const WITHIN: Duration = Duration::from_secs(10);
/// A query that is not ours holds up those that are.
const CURVES_WITHIN: Duration = Duration::from_secs(5);
/// Five thousand versions with three hours of points each.
const ANSWER_BYTES: usize = 64 << 20;

/// Sends a GET of this path and query to the service behind the API server, and answers with whatever comes back.
pub type Proxied = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Response<Bytes>, Text>> + Send + Sync>;

/// A query, for now or for points over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) query: String,
    pub(super) range: Option<Range>,
    /// Whether each series of the answer names its namespace.
    pub(super) has_namespace: bool,
}

/// A stretch of time and the time between two points of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) from: Moment,
    pub(super) to: Moment,
    pub(super) step: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// One sentence, without the address.
    pub(super) why: Text,
    /// Whether other queries would fare no better.
    pub(super) whole: bool,
    /// How long it wants to be left alone.
    pub(super) retry_after: Option<Duration>,
}

impl Trouble {
    pub(super) fn whole(why: &str) -> Self {
        Self { why: Text::clean(why), whole: true, retry_after: None }
    }
}

/// A way that is open.
pub(super) enum Door {
    /// By HTTP.
    Http(Box<Http>),
    /// Through the API server.
    Proxy(Proxied, Way),
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(http) => f.write_str(http.place()),
            Self::Proxy(_, way) => write!(f, "{way}"),
        }
    }
}

impl Door {
    /// Opens the way that the settings name.
    pub(super) fn open(settings: &Settings, proxied: Proxied) -> Result<Self, Text> {
        match &settings.way {
            Some(Way::Url(address)) => Http::new(address, settings).map(Box::new).map(Self::Http),
            Some(way @ (Way::Proxy(_) | Way::Forward(_))) => Ok(Self::Proxy(proxied, way.clone())),
            None => Err(Text::fixed("no address of a Prometheus is configured")),
        }
    }

    /// Asks, once.
    pub(super) async fn ask(&self, question: &Question) -> Result<Vec<Series>, Trouble> {
        let (head, body) = self.send(question, (WITHIN, ANSWER_BYTES)).await?;
        judge((head.status, &head.headers), &body, question.has_namespace)
    }

    /// Asks a query that is not ours, once: the highest curves, and how many there are.
    pub(super) async fn curves(&self, question: &Question) -> Result<(Vec<Curve>, usize), Trouble> {
        let (head, body) = self.send(question, (CURVES_WITHIN, curves::MOST_BYTES)).await?;
        meant((head.status, &head.headers), &body, curves::decode(&body))
    }

    async fn send(
        &self,
        question: &Question,
        (within, most): (Duration, usize),
    ) -> Result<(response::Parts, Bytes), Trouble> {
        let answered = match self {
            Self::Http(http) => timeout(within, http.send(question, most)).await,
            Self::Proxy(proxied, _) => timeout(within, through(proxied, question)).await,
        };
        let late = |_| Trouble::whole(&format!("no answer within {} s", within.as_secs()));
        Ok(answered.map_err(late)??.into_parts())
    }
}

async fn through(proxied: &Proxied, question: &Question) -> Result<Response<Bytes>, Trouble> {
    let text = |at: Moment| num::whole_seconds(at).to_string();
    let query = encoded(&question.query);
    let path = match &question.range {
        None => format!("/api/v1/query?query={query}"),
        Some(Range { from, to, step }) => {
            let (from, to, step) = (text(*from), text(*to), step.as_secs());
            format!("/api/v1/query_range?query={query}&start={from}&end={to}&step={step}")
        }
    };
    proxied(path).await.map_err(|why| Trouble::whole(&why))
}

/// A value of a query string: all but letters, digits and `-_.~` as their bytes (RFC 3986, 2.3).
pub(super) fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let byte = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}

/// What an answer means.
pub(super) fn judge(
    (status, headers): (StatusCode, &HeaderMap),
    body: &[u8],
    has_namespace: bool,
) -> Result<Vec<Series>, Trouble> {
    meant((status, headers), body, answer::decode(body, has_namespace))
}

fn meant<T>((status, headers): (StatusCode, &HeaderMap), body: &[u8], decoded: Result<T, Bad>) -> Result<T, Trouble> {
    let bad = match decoded {
        Ok(series) if status.is_success() => return Ok(series),
        Ok(_) => Bad::Foreign,
        Err(bad) => bad,
    };
    let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let (why, whole) = match bad {
        Bad::Refused(says) => (says, is_busy),
        Bad::Shape(says) => (says.to_owned(), false),
        Bad::Foreign => (foreign(status, headers, body), true),
    };
    Err(Trouble { why: Text::clean(&why), whole, retry_after: retry_after(headers).filter(|_| is_busy) })
}

/// What is said of an answer that is not Prometheus'.
fn foreign(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> String {
    let code = status.as_u16();
    if status.is_redirection() {
        let to = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("another address");
        return format!("it redirects to {to}: name the address that answers");
    }
    if let Some(says) = of_api_server(body) {
        return format!("the API server answers {code}: {says}");
    }
    match code {
        200..300 => "this is no Prometheus: check the address".to_owned(),
        401 => "it wants to know who asks (401): check user and password_file, or bearer_file".to_owned(),
        403 => "it refuses who asks (403)".to_owned(),
        404 => "there is no Prometheus at this address (404): a prefix may be missing".to_owned(),
        429 => "it is asked too often (429)".to_owned(),
        _ => format!("it answers with HTTP status {code}"),
    }
}

/// What is said of an answer by which the API server says itself that its proxy does not get there. Where there are no endpoints,
/// another way would not get there either.
pub(super) fn unreached(status: StatusCode, body: &[u8]) -> Option<String> {
    let is_gateway =
        matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT);
    let says = of_api_server(body).filter(|says| is_gateway && !says.contains("no endpoints available"))?;
    Some(format!("the API server answers {}: {says}", status.as_u16()))
}

/// The sentence of a Status of the API server, if it is one.
pub(super) fn of_api_server(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Status {
        kind: String,
        message: String,
    }
    let status: Status = serde_json::from_slice(body).ok()?;
    (status.kind == "Status").then_some(status.message)
}

/// `Retry-After` in seconds; its other form, a date, is not sent by what stands in front of a Prometheus.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
