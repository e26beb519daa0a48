//! What the reading client may send: a list of method and path, and nothing else. It is the outermost layer of that
//! client, so no bug above it can write, run a command in a container or open a tunnel. It does not judge queries: on
//! the paths it lets through, none can change anything.

use std::{
    fmt,
    task::{Context, Poll},
};

use futures::{
    FutureExt as _, TryFutureExt as _,
    future::{self, Either, MapErr, Ready},
};
use http::{HeaderMap, Method, Request, Response, header};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

/// Resources that were doors to somewhere else in old servers (`/api/v1/proxy/nodes/…`), never collections.
const NOT_RESOURCES: [&str; 3] = ["proxy", "redirect", "watch"];

/// Reviews of the asker's own rights: the only POSTs. They store nothing.
const REVIEWS: [&str; 2] = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"];

/// Headers that some programs take for the method. The API server does not, but it hands them on to the services behind
/// its proxy paths.
const OTHER_METHODS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Whether a request only reads. See the table in the tests for what that means.
pub(super) fn reads(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    if opens_a_tunnel(headers) || OTHER_METHODS.iter().any(|name| headers.contains_key(*name)) {
        return false;
    }
    let Some(segments) = plain_segments(path) else { return false };
    if method == Method::GET {
        is_readable(&segments)
    } else if method == Method::POST {
        matches!(segments.as_slice(), ["apis", "authorization.k8s.io", "v1", review] if REVIEWS.contains(review))
    } else {
        false
    }
}

/// Exec, attach and port-forward are GETs that ask for another protocol.
fn opens_a_tunnel(headers: &HeaderMap) -> bool {
    let upgrades =
        |value: &http::HeaderValue| value.to_str().map_or(true, |value| value.to_ascii_lowercase().contains("upgrade"));
    headers.contains_key(header::UPGRADE)
        || headers.contains_key(header::SEC_WEBSOCKET_KEY)
        || headers.contains_key("http2-settings")
        || headers.get_all(header::CONNECTION).iter().any(upgrades)
}

/// The segments of a path in which every character means itself: `%2f`, `..`, `//` and the like are how a path says one
/// thing to a filter and another to a server.
pub(super) fn plain_segments(path: &str) -> Option<Vec<&str>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let honest = |s: &&str| !s.is_empty() && !s.starts_with("..") && *s != "." && s.chars().all(plain);
    segments.iter().all(honest).then_some(segments)
}

fn is_readable(segments: &[&str]) -> bool {
    match segments {
        ["version" | "livez" | "readyz" | "api" | "apis"]
        | ["api", "v1"]
        | ["apis", _]
        | ["apis", _, _]
        | ["api", "v1", "namespaces", _, "pods", _, "log"] => true,
        ["api", "v1", "namespaces", _, "services", _, "proxy", below @ ..] => is_prometheus(below),
        ["api", "v1", rest @ ..] | ["apis", _, _, rest @ ..] => is_collection_or_object(rest),
        _ => false,
    }
}

/// `pods`, `nodes/NAME`, `namespaces/NS/pods`, `namespaces/NS/pods/NAME`; no subresource.
fn is_collection_or_object(rest: &[&str]) -> bool {
    match rest {
        ["namespaces", _, resource] | ["namespaces", _, resource, _] | [resource] | [resource, _] => {
            is_resource(resource)
        }
        _ => false,
    }
}

/// Whether a segment can name a collection.
pub(super) fn is_resource(segment: &str) -> bool {
    !NOT_RESOURCES.contains(&segment)
}

/// The query paths of Prometheus' HTTP API, at the root, where Mimir has them and where `VictoriaMetrics`' vmselect has them for a
/// tenant; none of its admin paths.
fn is_prometheus(below: &[&str]) -> bool {
    let is_tenant = |segment: &str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let query = match below {
        ["api", "v1", query @ ..] | ["prometheus", "api", "v1", query @ ..] => query,
        ["select", tenant, "prometheus", "api", "v1", query @ ..] if is_tenant(tenant) => query,
        _ => return false,
    };
    matches!(
        query,
        ["query" | "query_range" | "query_exemplars" | "series" | "labels" | "metadata"]
            | ["label", _, "values"]
            | ["status", "buildinfo"]
    )
}

/// Whether a path and its query are such a question, asked of the program itself.
pub(super) fn is_query(path: &str) -> bool {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    plain_segments(path).is_some_and(|segments| is_prometheus(&segments))
}

/// A request that the reading client does not send. Nothing of it left this process.
#[derive(Debug, PartialEq, Eq)]
pub struct NotReading {
    /// Its method.
    pub method: Method,
    /// Its path, without the query.
    pub path: String,
}

impl fmt::Display for NotReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is not on the list of what a reading client sends; it was not sent", self.method, self.path)
    }
}

impl std::error::Error for NotReading {}

/// A request that a client of one purpose does not send. Nothing of it left this process.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotSent {
    method: Method,
    path: String,
    why: &'static str,
}

impl NotSent {
    /// What its sender gets; it is in the log too.
    pub(super) fn because(request: &Request<Body>, why: &'static str) -> BoxError {
        let refused = Self { method: request.method().clone(), path: request.uri().path().to_owned(), why };
        tracing::error!(%refused, "refused");
        refused.into()
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} was not sent: {}", self.method, self.path, self.why)
    }
}

impl std::error::Error for NotSent {}

/// Wraps a client so that it only reads.
#[derive(Clone, Copy)]
pub(super) struct OnlyReads;

impl<S> Layer<S> for OnlyReads {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded::new(inner, |request| {
            if reads(request.method(), request.uri().path(), request.headers()) {
                return Ok(());
            }
            let refused = NotReading { method: request.method().clone(), path: request.uri().path().to_owned() };
            tracing::error!(%refused, "refused");
            Err(refused.into())
        })
    }
}

/// Judges a request; the error is what its sender gets instead of an answer.
type Rule = fn(&Request<Body>) -> Result<(), BoxError>;

/// A client that sends only what a rule lets through.
#[derive(Clone)]
pub(super) struct Guarded<S> {
    inner: S,
    rule: Rule,
}

impl<S> Guarded<S> {
    /// A client behind a rule.
    pub(super) fn new(inner: S, rule: Rule) -> Self {
        Self { inner, rule }
    }
}

type Boxed<E> = fn(E) -> BoxError;

impl<S, B> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Either<Ready<Result<Response<B>, BoxError>>, MapErr<S::Future, Boxed<S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        match (self.rule)(&request) {
            Ok(()) => self.inner.call(request).map_err(S::Error::into as Boxed<S::Error>).right_future(),
            Err(refused) => future::ready(Err(refused)).left_future(),
        }
    }
}

#[cfg(test)]
mod tests;
