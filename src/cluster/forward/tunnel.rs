//! HTTP spoken over the stream of one port-forward: one question at a time. No port is opened on this machine.

use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use kube::api::Portforwarder;
use tokio::time::timeout;

use super::backends::{Backend, Outlet, TLS};
use crate::{
    cluster::{
        ANSWER_BYTES, Watching,
        api::{Api, collect},
        trouble::{Failure, failure},
    },
    domain::Name,
};

/// A stream that takes longer to open is no good.
const OPENED_WITHIN: Duration = Duration::from_secs(5);
/// The head of an answer that takes longer will not come.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// Why a stream ended comes beside it, at about the same time.
const REASON_WITHIN: Duration = Duration::from_millis(500);

/// A connection to a port of a pod. Dropping it closes it.
pub(super) struct Tunnel {
    pub(super) pod: Name,
    place: String,
    host: HeaderValue,
    sender: SendRequest<Empty<Bytes>>,
    /// What the kubelet has to say about a port that nobody listens at.
    reason: BoxFuture<'static, Option<String>>,
    forwarder: Portforwarder,
    _connection: Watching,
}

impl Tunnel {
    /// Opens it. That the pod listens is known only after a question.
    pub(super) async fn open(api: &Api, outlet: &Outlet, backend: &Backend) -> Result<Self, Failure> {
        let Backend { pod, port } = backend;
        let place = format!("pod {}/{pod}, port {port}", outlet.namespace);
        let late = |_| Failure::Broken(format!("{place}: no port-forward within {} s", OPENED_WITHIN.as_secs()));
        let opened = timeout(OPENED_WITHIN, api.forward(&outlet.namespace, pod, *port)).await;
        let mut forwarder = opened.map_err(late)??;
        let (Some(stream), Some(reason)) = (forwarder.take_stream(*port), forwarder.take_error(*port)) else {
            return Err(Failure::Garbled(format!("{place}: a port-forward without a stream")));
        };
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
        let connection = tokio::spawn(connection.map(drop));
        tracing::info!(namespace = %outlet.namespace, %pod, port, "a port-forward is open");
        // The name by which the cluster itself would ask.
        let host = HeaderValue::from_str(&format!("{}.{}:{}", outlet.service, outlet.namespace, outlet.port));
        let host = host.unwrap_or_else(|_| HeaderValue::from_static("localhost"));
        let reason = reason.boxed();
        Ok(Self { pod: pod.clone(), place, host, sender, reason, forwarder, _connection: Watching(connection) })
    }

    /// Whether it has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends a GET and reads all of the answer, whatever its status.
    ///
    /// # Errors
    /// [`Failure::Broken`] if the connection is of no more use.
    pub(super) async fn get(&mut self, path: &str) -> Result<Response<Bytes>, Failure> {
        let request = Request::get(path)
            .header(header::HOST, self.host.clone())
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("rolldeck/", env!("CARGO_PKG_VERSION")))
            .body(Empty::new())
            .map_err(|_| Failure::Garbled("this question cannot be written".to_owned()))?;
        match self.exchange(request).await {
            Ok(answer) if is_tls(&answer) => Err(Failure::Garbled(format!("{}: {TLS}", self.place))),
            Err(Failure::Broken(why)) => {
                let told = timeout(REASON_WITHIN, &mut self.reason).await.ok().flatten();
                Err(Failure::Broken(format!("{}: {}", self.place, told.as_deref().map_or(why.as_str(), str::trim))))
            }
            other => other,
        }
    }

    async fn exchange(&mut self, request: Request<Empty<Bytes>>) -> Result<Response<Bytes>, Failure> {
        let answer = timeout(ANSWERED_WITHIN, self.sender.send_request(request)).await;
        let late = |_| Failure::Broken(format!("no answer within {} s", ANSWERED_WITHIN.as_secs()));
        let (head, body) = answer.map_err(late)?.map_err(|error| failure(&error))?.into_parts();
        Ok(Response::from_parts(head, collect(body, ANSWER_BYTES).await?))
    }
}

/// Go's servers of HTTPS answer so to one who speaks HTTP.
fn is_tls(answer: &Response<Bytes>) -> bool {
    answer.status() == StatusCode::BAD_REQUEST
        && String::from_utf8_lossy(answer.body()).contains("HTTP request to an HTTPS server")
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // It would wait for the server to say goodbye.
        self.forwarder.abort();
    }
}
