//! What the forwarding client may send: the one request that opens a port-forward to one port of one pod as a WebSocket, and
//! nothing else. It is the outermost layer of that client. For RBAC that request is `get` on `pods/portforward`, because it is a
//! GET; servers from 1.35 on ask for `create` too (`AuthorizePodWebsocketUpgradeCreatePermission`, kubernetes issue 133515).

use std::num::NonZeroU16;

use http::{HeaderMap, Method, Request, header};
use http_body::Body as _;
use kube::client::Body;
use tower::Layer;

use crate::cluster::allow::{Guarded, NotSent, plain_segments};

/// Wraps a client so that it only opens port-forwards.
#[derive(Clone, Copy)]
pub(in crate::cluster) struct OnlyForwards;

impl<S> Layer<S> for OnlyForwards {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded::new(inner, |request| judge(request).map_err(|why| NotSent::because(request, why)))
    }
}

/// Whether a request may be sent, or why not.
pub(super) fn judge(request: &Request<Body>) -> Result<(), &'static str> {
    let uri = request.uri();
    if request.method() != Method::GET {
        return Err("a port-forward is opened by GET");
    }
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Err("it names a server");
    }
    let segments = plain_segments(uri.path()).unwrap_or_default();
    if !matches!(segments.as_slice(), ["api", "v1", "namespaces", _, "pods", _, "portforward"]) {
        return Err("this is not the port-forward of a pod");
    }
    if !is_one_port(uri.query().unwrap_or_default()) {
        return Err("it does not name one port");
    }
    if !is_websocket(request.headers()) {
        return Err("it has headers that are not understood");
    }
    if request.body().is_end_stream() { Ok(()) } else { Err("it has a body") }
}

/// `ports=9090`; kube writes an ampersand before it.
fn is_one_port(query: &str) -> bool {
    let number = query.strip_prefix('&').unwrap_or(query).strip_prefix("ports=").unwrap_or_default();
    number.parse::<NonZeroU16>().is_ok_and(|port| port.to_string() == number)
}

/// The five headers of RFC 6455 and no other: any other could mean another protocol, another method or another person.
fn is_websocket(headers: &HeaderMap) -> bool {
    let fixed =
        [(header::CONNECTION, "Upgrade"), (header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    let is = |name: &header::HeaderName, value: &str| headers.get(name).is_some_and(|held| held == value);
    let channels = |value: &http::HeaderValue| {
        value.to_str().is_ok_and(|all| all.split(", ").all(|one| one.ends_with(".channel.k8s.io")))
    };
    headers.len() == 5
        && fixed.iter().all(|(name, value)| is(name, value))
        && headers.contains_key(header::SEC_WEBSOCKET_KEY)
        && headers.get(header::SEC_WEBSOCKET_PROTOCOL).is_some_and(channels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/api/v1/namespaces/m/pods/prometheus-0/portforward";
    const HEADERS: [(&str, &str); 5] = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "v5.channel.k8s.io, v4.channel.k8s.io"),
    ];

    fn sent((method, uri): (&str, &str), headers: &[(&str, &str)], body: &'static str) -> Result<(), &'static str> {
        let request = Request::builder().method(method).uri(uri);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        judge(&request.body(Body::from(body.as_bytes().to_vec())).unwrap())
    }

    #[test]
    fn the_port_forward_of_one_port_of_a_pod_passes() {
        for query in ["?&ports=9090", "?ports=1"] {
            assert_eq!(sent(("GET", &format!("{PATH}{query}")), &HEADERS, ""), Ok(()));
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let good = format!("{PATH}?ports=9090");
        for method in ["POST", "PUT", "PATCH", "DELETE", "HEAD", "CONNECT", "get"] {
            assert!(sent((method, &good), &HEADERS, "").is_err(), "{method}");
        }
        for uri in [
            "/api/v1/namespaces/m/pods/prometheus-0/exec?ports=9090",
            "/api/v1/namespaces/m/pods/prometheus-0/attach?ports=9090",
            "/api/v1/namespaces/m/pods/prometheus-0/proxy?ports=9090",
            "/api/v1/namespaces/m/pods/prometheus-0?ports=9090",
            "/api/v1/namespaces/m/pods?ports=9090",
            "/api/v1/namespaces/m/services/prometheus/portforward?ports=9090",
            "/api/v1/namespaces/m/pods/a/../b/portforward?ports=9090",
            "/api/v1/namespaces/m/pods/a%2fexec/portforward?ports=9090",
            "/api/v1/nodes/n/proxy/portForward/m/a?ports=9090",
            "https://elsewhere/api/v1/namespaces/m/pods/a/portforward?ports=9090",
        ] {
            assert!(sent(("GET", uri), &HEADERS, "").is_err(), "{uri}");
        }
        for query in [
            "",
            "?ports=",
            "?ports=0",
            "?ports=65536",
            "?ports=09",
            "?ports=1,2",
            "?ports=1&ports=2",
            "?&&ports=1",
            "?command=sh",
        ] {
            assert!(sent(("GET", &format!("{PATH}{query}")), &HEADERS, "").is_err(), "{query}");
        }
        assert!(sent(("GET", &good), &HEADERS, "a body").is_err());
    }

    #[test]
    fn no_header_is_missing_or_one_too_many() {
        let good = format!("{PATH}?ports=9090");
        for missing in HEADERS {
            let rest: Vec<_> = HEADERS.into_iter().filter(|header| *header != missing).collect();
            assert!(sent(("GET", &good), &rest, "").is_err(), "without {missing:?}");
        }
        for more in [("impersonate-user", "admin"), ("x-http-method-override", "POST"), ("upgrade", "SPDY/3.1")] {
            let all: Vec<_> = HEADERS.into_iter().chain([more]).collect();
            assert!(sent(("GET", &good), &all, "").is_err(), "with {more:?}");
        }
        for other in
            [("upgrade", "SPDY/3.1"), ("sec-websocket-protocol", "v5.channel.k8s.io, SPDY/3.1+portforward.k8s.io")]
        {
            let all: Vec<_> = HEADERS.into_iter().filter(|(name, _)| *name != other.0).chain([other]).collect();
            assert!(sent(("GET", &good), &all, "").is_err(), "with {other:?}");
        }
    }
}
