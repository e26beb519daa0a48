//! Sending one request and judging its answer: time limits, error statuses, and a client that can be replaced when its
//! credentials no longer do. Retrying is the caller's concern.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt as _, Limited};
use kube::{Client, client::Body};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use super::{
    meter::Meter,
    trouble::{Failure, failure},
};
use crate::{domain::Name, wire};

/// An error answer is at most this long; the rest is cut off.
const ERROR_BYTES: usize = 64 << 10;
/// A small answer arrives within this.
const SMALL_WITHIN: Duration = Duration::from_secs(15);

/// The way to one API server. Clones share the client, and its replacement.
#[derive(Clone)]
pub(super) struct Api {
    /// The context.
    pub(super) cluster: Name,
    /// The address, for sentences.
    pub(super) server: Arc<str>,
    /// What it costs.
    pub(super) meter: Meter,
    client: watch::Receiver<Client>,
    renew: mpsc::Sender<()>,
}

impl Api {
    /// A way through the newest of `client`; `renew` asks whoever feeds it for another.
    pub(super) fn new(
        cluster: Name,
        server: Arc<str>,
        meter: Meter,
        client: watch::Receiver<Client>,
        renew: mpsc::Sender<()>,
    ) -> Self {
        Self { cluster, server, meter, client, renew }
    }

    /// Sends a request. The answer is a success, and its headers came `within` the time; its body is still to be read.
    pub(super) async fn send(&self, request: Request<Body>, within: Duration) -> Result<Response<Body>, Failure> {
        let client = self.client.borrow().clone();
        let answer = timeout(within, client.send(request)).await;
        let response = match answer {
            Err(_) => return Err(Failure::Broken(format!("no answer within {} s", within.as_secs()))),
            Ok(Err(error)) => Err(failure(&error)),
            Ok(Ok(response)) if response.status().is_success() => return Ok(response),
            Ok(Ok(response)) => Err(Failure::Refused(refusal(response).await)),
        };
        if response.as_ref().is_err_and(needs_new_credentials) {
            // Full means that somebody has asked already.
            let _asked = self.renew.try_send(());
        }
        response
    }

    /// Sends a request with a small answer and reads all of it.
    pub(super) async fn fetch(&self, request: Request<Body>, limit: usize) -> Result<Bytes, Failure> {
        let response = self.send(request, SMALL_WITHIN).await?;
        collect(response.into_body(), limit).await
    }

    /// Waits until the client was replaced; forever if it never is.
    pub(super) async fn renewed(&self) {
        let mut client = self.client.clone();
        client.mark_unchanged();
        if client.changed().await.is_err() {
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
pub(super) async fn collect(body: Body, limit: usize) -> Result<Bytes, Failure> {
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
