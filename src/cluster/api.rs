//! Sending one request and judging its answer: time limits, error statuses, and clients that can be replaced when their
//! credentials no longer do. Retrying is the caller's concern.

use std::{error::Error, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt as _, Limited};
use k8s_openapi::api::core::v1::Pod;
use kube::{Client, api::Portforwarder, client::Body};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tower::{Layer as _, service_fn};

use super::{
    Mode,
    allow::OnlyReads,
    forward::OnlyForwards,
    meter::Meter,
    steers::OnlySteers,
    trouble::{Failure, failure, never_left},
};
use crate::{
    domain::{Name, Text},
    wire,
};

/// An error answer is at most this long; the rest is cut off.
const ERROR_BYTES: usize = 64 << 10;
/// A small answer arrives within this.
const SMALL_WITHIN: Duration = Duration::from_secs(15);

/// The clients of one server: one that only reads, and unless this is read-only one that only steers and one that only opens
/// port-forwards. They share their connections and credentials.
#[derive(Clone)]
pub(super) struct Doors {
    reads: Client,
    steers: Option<Client>,
    forwards: Option<Client>,
}

impl Doors {
    /// The guards around a client that would send anything, which nobody else has.
    pub(super) fn new(open: Client, access: Mode) -> Self {
        let namespace = open.default_namespace().to_owned();
        let open = service_fn(move |request: Request<Body>| {
            let open = open.clone();
            async move { open.send(request).await }
        });
        let (steers, forwards) = match access {
            Mode::ReadOnly => (None, None),
            Mode::Steer => (
                Some(Client::new(OnlySteers.layer(open.clone()), namespace.as_str())),
                Some(Client::new(OnlyForwards.layer(open.clone()), namespace.as_str())),
            ),
        };
        Self { reads: Client::new(OnlyReads.layer(open), namespace), steers, forwards }
    }
}

/// Why there is no success to a write.
pub(super) struct Answer {
    /// Whether it is certain that nothing was written.
    pub(super) undone: bool,
    /// What happened.
    pub(super) failure: Failure,
}

impl Answer {
    /// It may have been written.
    pub(super) fn doubtful(failure: Failure) -> Self {
        Self { undone: false, failure }
    }
}

/// The way to one API server. Clones share the clients, and their replacements.
#[derive(Clone)]
pub(super) struct Api {
    /// The context.
    pub(super) cluster: Name,
    /// The address, for sentences.
    pub(super) server: Arc<str>,
    /// What it costs.
    pub(super) meter: Meter,
    doors: watch::Receiver<Doors>,
    renew: mpsc::Sender<()>,
}

impl Api {
    /// A way through the newest of `doors`; `renew` asks whoever feeds it for another.
    pub(super) fn new(
        cluster: Name,
        server: Arc<str>,
        meter: Meter,
        doors: watch::Receiver<Doors>,
        renew: mpsc::Sender<()>,
    ) -> Self {
        Self { cluster, server, meter, doors, renew }
    }

    /// The clients of this moment.
    pub(super) fn doors(&self) -> Doors {
        self.doors.borrow().clone()
    }

    /// Whether there is a client to write with.
    pub(super) fn steers(&self) -> bool {
        self.doors.borrow().steers.is_some()
    }

    /// Sends a request. The answer is a success, and its headers came `within` the time; its body is still to be read.
    pub(super) async fn send(&self, request: Request<Body>, within: Duration) -> Result<Response<Body>, Failure> {
        let answer = timeout(within, self.doors().reads.send(request)).await;
        let response = match answer {
            Err(_) => return Err(Failure::Broken(format!("no answer within {} s", within.as_secs()))),
            Ok(Err(error)) => Err(failure(&error)),
            Ok(Ok(response)) if response.status().is_success() => return Ok(response),
            Ok(Ok(response)) => Err(Failure::Refused(refusal(response).await)),
        };
        if let Err(failure) = &response {
            self.renew_after(failure);
        }
        response
    }

    /// Sends a request through the client that only steers. The answer may be an error status; see [`Self::refused`].
    pub(super) async fn steer(&self, request: Request<Body>) -> Result<Response<Body>, Answer> {
        let Some(client) = self.doors().steers else {
            let failure = Failure::Garbled("this is read-only".to_owned());
            return Err(Answer { undone: true, failure });
        };
        client.send(request).await.map_err(|error| {
            let failure = failure(&error);
            self.renew_after(&failure);
            Answer { undone: never_left(&error), failure }
        })
    }

    /// Whether there is a client to open port-forwards with.
    pub(super) fn forwards(&self) -> bool {
        self.doors.borrow().forwards.is_some()
    }

    /// Opens the stream of a port of a pod.
    pub(super) async fn forward(&self, namespace: &str, pod: &str, port: u16) -> Result<Portforwarder, Failure> {
        let Some(client) = self.doors().forwards else { return Err(Failure::Garbled("this is read-only".to_owned())) };
        let opened = kube::Api::<Pod>::namespaced(client, namespace).portforward(pod, &[port]).await;
        opened.map_err(|error| {
            let failure = if let kube::Error::Api(status) = error {
                let status = *status;
                // Of a missing `create` the server says no more than that it forbids it.
                let needs = "a port-forward needs get and create on pods/portforward";
                let says = status.message.trim_end_matches([' ', ':']);
                let message = if status.code == 403 { format!("{says}: {needs}") } else { says.to_owned() };
                let message = Text::clean(&message);
                Failure::Refused(wire::Status {
                    code: status.code,
                    reason: status.reason,
                    message,
                    retry_after_s: None,
                })
            } else {
                failure(&error)
            };
            self.renew_after(&failure);
            failure
        })
    }

    /// The status of an error answer. Its code is the one that HTTP gave.
    pub(super) async fn refused(&self, response: Response<Body>) -> wire::Status {
        let code = response.status().as_u16();
        let status = wire::Status { code, ..refusal(response).await };
        self.renew_after(&Failure::Refused(status.clone()));
        status
    }

    /// Asks for other clients if a failure is one that they might not have.
    fn renew_after(&self, failure: &Failure) {
        if needs_new_credentials(failure) {
            // Full means that somebody has asked already.
            let _asked = self.renew.try_send(());
        }
    }

    /// Sends a request with a small answer and reads all of it.
    pub(super) async fn fetch(&self, request: Request<Body>, limit: usize) -> Result<Bytes, Failure> {
        let response = self.send(request, SMALL_WITHIN).await?;
        collect(response.into_body(), limit).await
    }

    /// Sends a request to something behind the API server and reads all of its answer, whatever its status.
    pub(super) async fn pass(&self, request: Request<Body>, limit: usize) -> Result<Response<Bytes>, Failure> {
        let answer = timeout(SMALL_WITHIN, self.doors().reads.send(request)).await;
        let response = match answer {
            Err(_) => return Err(Failure::Broken(format!("no answer within {} s", SMALL_WITHIN.as_secs()))),
            Ok(Err(error)) => {
                let failure = failure(&error);
                self.renew_after(&failure);
                return Err(failure);
            }
            Ok(Ok(response)) => response,
        };
        let (head, body) = response.into_parts();
        Ok(Response::from_parts(head, collect(body, limit).await?))
    }

    /// Waits until the clients were replaced; forever if they never are.
    pub(super) async fn renewed(&self) {
        let mut doors = self.doors.clone();
        doors.mark_unchanged();
        if doors.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Whether another client, made from the kubeconfig as it is now, might do better.
fn needs_new_credentials(failure: &Failure) -> bool {
    match failure {
        Failure::Refused(status) => status.code == 401,
        Failure::Untrusted(_) | Failure::Login(_) => true,
        Failure::Garbled(_) | Failure::Broken(_) => false,
    }
}

/// A whole body, if it is small enough and arrives in time.
pub(super) async fn collect<B>(body: B, limit: usize) -> Result<Bytes, Failure>
where
    B: http_body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match timeout(SMALL_WITHIN, Limited::new(body, limit).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) => Err(failure(&*error)),
        Err(_) => Err(Failure::Broken("the answer stopped in the middle".to_owned())),
    }
}

/// An error answer as a status, whatever it is made of.
async fn refusal(response: Response<Body>) -> wire::Status {
    let (head, body) = response.into_parts();
    let code = head.status.as_u16();
    let body = collect(body, ERROR_BYTES).await.unwrap_or_default();
    let mut status = wire::decode_status(content_type(&head.headers), code, &body);
    status.retry_after_s = status.retry_after_s.or_else(|| retry_after(&head.headers));
    status
}

/// The `Content-Type`, empty if there is none.
pub(super) fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `Retry-After` in seconds. The API server never sends its other form, a date.
fn retry_after(headers: &HeaderMap) -> Option<u32> {
    headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}
