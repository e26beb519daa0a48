//! What the writing client may send: a dry run, or the one request that the journal has just written down. It is the
//! outermost layer of that client, so *journal before send* and *send once* do not depend on the code above it. What is not
//! understood to the last character is refused. Whether a change is wise is not judged here.

use bytes::Bytes;
use futures::FutureExt as _;
use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use kube::client::Body;
use tower::Layer;

use super::{
    allow::{Guarded, NotSent, is_resource, plain_segments},
    request::{JSON, JSON_PATCH, MANAGER},
};
use crate::journal::Stamp;

/// Wraps a client so that it only steers.
#[derive(Clone, Copy)]
pub(super) struct OnlySteers;

impl<S> Layer<S> for OnlySteers {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded::new(inner, |request| judge(request).map_err(|why| NotSent::because(request, why)))
    }
}

/// Whether a request may be sent, or why not. A stamp is spent by the request that it lets through.
fn judge(request: &Request<Body>) -> Result<(), &'static str> {
    if request.method() != Method::PATCH {
        return Err("a writing client only sends PATCH");
    }
    let uri = request.uri();
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Err("it names a server");
    }
    if !is_steerable(uri.path()) {
        return Err("this is not the path of one object in a namespace, of its scale or of its status");
    }
    plain_headers(request.headers())?;
    let body = whole(request.body()).ok_or("its body is not whole yet")?;
    match (is_dry_run(uri.query())?, request.extensions().get::<Stamp>()) {
        (true, None) => Ok(()),
        (true, Some(_)) => Err("it is a dry run with a stamp"),
        (false, None) => Err("the journal does not know of it"),
        (false, Some(stamp)) => is_stamped(stamp, uri.path(), &body),
    }
}

/// The path of one object in a namespace, its `/scale` or its `/status`.
fn is_steerable(path: &str) -> bool {
    let Some(segments) = plain_segments(path) else { return false };
    let (["api", "v1", rest @ ..] | ["apis", _, _, rest @ ..]) = segments.as_slice() else { return false };
    match rest {
        ["namespaces", _, resource, _] | ["namespaces", _, resource, _, "scale" | "status"] => is_resource(resource),
        _ => false,
    }
}

/// Two headers and no other: any other could mean another protocol, another method or another person.
fn plain_headers(headers: &HeaderMap) -> Result<(), &'static str> {
    let is = |name, value| {
        let mut all = headers.get_all(name).iter();
        all.next().is_some_and(|first| first == value) && all.next().is_none()
    };
    if !is(header::CONTENT_TYPE, JSON_PATCH) {
        return Err("it is not a JSON patch");
    }
    if !is(header::ACCEPT, JSON) || headers.len() != 2 {
        return Err("it has headers that are not understood");
    }
    Ok(())
}

/// Whether the query asks for a dry run. The server decodes queries (`dry%52un`), takes the last or the first of two, and
/// ignores what it does not know; so nothing but the two spellings that we write is let through.
fn is_dry_run(query: Option<&str>) -> Result<bool, &'static str> {
    const UNCLEAR: &str = "its query is not understood";
    let (mut managers, mut dry_runs) = (0, 0);
    for pair in query.unwrap_or_default().split('&') {
        match pair.split_once('=').ok_or(UNCLEAR)? {
            ("fieldManager", MANAGER) => managers += 1,
            ("dryRun", "All") => dry_runs += 1,
            _ => return Err(UNCLEAR),
        }
    }
    match (managers, dry_runs) {
        (1, 0) => Ok(false),
        (1, 1) => Ok(true),
        _ => Err(UNCLEAR),
    }
}

/// A body that is in memory as a whole; one that is still to come cannot be compared with anything.
fn whole(body: &Body) -> Option<Bytes> {
    Some(body.try_clone()?.collect().now_or_never()?.ok()?.to_bytes())
}

fn is_stamped(stamp: &Stamp, path: &str, body: &Bytes) -> Result<(), &'static str> {
    let write = stamp.write();
    if write.path().as_deref() != Some(path) {
        return Err("the journal holds a write to another path");
    }
    if serde_json::to_vec(&write.patch()).ok().as_deref() != Some(&**body) {
        return Err("the journal holds another patch");
    }
    if stamp.spend() { Ok(()) } else { Err("it was sent already") }
}

#[cfg(test)]
mod tests;
