//! The only way to write: a client that lets through dry runs, and requests that carry the journal's stamp.
//!
//! A write is sent once. kube's own retry layer is off (`default_retry`, see `connect`), and nothing here tries again. hyper-util
//! hands a request to another connection only if the one it waited for died before any of the request was written (HTTP/1,
//! hyper's `Dispatcher` gives the request back "never even started"); so one call is at most one request on the wire.

use std::time::Duration;

use http::{Request, StatusCode};
use kube::client::Body;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    OBJECT_BYTES, Trouble,
    api::{Answer, Api, collect},
    request,
    trouble::{Failure, TroubleKind},
    warning::warnings,
};
use crate::{
    domain::{Text, Uid, Write},
    journal::Ticket,
};

/// A dry run that takes longer says nothing; admission webhooks have 10 s, up to 30 if somebody wished so.
const REHEARSED_WITHIN: Duration = Duration::from_secs(15);
/// An answer that takes longer is lost.
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);

/// A cluster that can be written to. There is none in read-only mode.
#[derive(Clone)]
pub struct Writer {
    api: Api,
}

/// What came back for a write that was sent once.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// The server did it: the object as it is now.
    Accepted(Value),
    /// Nothing was written: the server refused, or was not reached, or the request was not let out.
    Refused(Trouble),
    /// No answer that can be trusted: it may have been done or not.
    Lost(Text),
}

/// A dry run's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// The object as it would be.
    pub object: Value,
    /// The server's `Warning` headers.
    pub warnings: Vec<Text>,
}

impl Writer {
    /// A way to write through the API's writing client, if it has one.
    pub(super) fn new(api: &Api) -> Option<Self> {
        api.steers().then(|| Self { api: api.clone() })
    }

    /// Asks the server what a write would do (`dryRun=All`).
    ///
    /// # Errors
    /// The server would refuse it, or gave no answer within 15 s.
    pub async fn rehearse(&self, write: &Write) -> Result<Rehearsed, Trouble> {
        let server = &self.api.server;
        let request = request::patch(write, true).ok_or_else(|| nowhere(write))?;
        let answer = async {
            let response = self.api.steer(request).await.map_err(|answer| answer.failure)?;
            if !response.status().is_success() {
                return Err(Failure::Refused(self.api.refused(response).await));
            }
            let (head, body) = response.into_parts();
            let object = object(&collect(body, OBJECT_BYTES).await?, &write.uid)?;
            Ok(Rehearsed { object, warnings: warnings(&head.headers) })
        };
        let late = || Failure::Broken(format!("no answer to the dry run within {} s", REHEARSED_WITHIN.as_secs()));
        let answer = timeout(REHEARSED_WITHIN, answer).await.unwrap_or_else(|_| Err(late()));
        answer.map_err(|failure| failure.trouble(server))
    }

    /// Sends a write, once. Nobody tries again: what is [`Sent::Lost`] is found out by reading.
    pub async fn send(&self, ticket: Ticket) -> Sent {
        let Some(mut request) = request::patch(ticket.write(), false) else {
            return Sent::Refused(nowhere(ticket.write()));
        };
        let uid = ticket.write().uid.clone();
        request.extensions_mut().insert(ticket.stamp());
        let path = request.uri().path().to_owned();
        let lost = |why: &str| Sent::Lost(Text::clean(&format!("{}: {why}", self.api.server)));
        let sent = match timeout(ANSWERED_WITHIN, self.answer(request, &uid)).await {
            Ok(Ok(object)) => Sent::Accepted(object),
            Ok(Err(answer)) if answer.undone => Sent::Refused(answer.failure.trouble(&self.api.server)),
            Ok(Err(answer)) => lost(&answer.failure.sentence()),
            Err(_) => lost(&format!("no answer within {} s", ANSWERED_WITHIN.as_secs())),
        };
        match &sent {
            Sent::Accepted(_) => tracing::info!(path, "accepted"),
            Sent::Refused(trouble) => tracing::warn!(path, %trouble, "refused"),
            Sent::Lost(why) => tracing::error!(path, %why, "the answer was lost"),
        }
        sent
    }

    /// The object of a success. What else came is judged by whether it proves that nothing was done.
    async fn answer(&self, request: Request<Body>, uid: &Uid) -> Result<Value, Answer> {
        let response = self.api.steer(request).await?;
        let status = response.status();
        if status.is_success() {
            let body = collect(response.into_body(), OBJECT_BYTES).await;
            return body.and_then(|body| object(&body, uid)).map_err(Answer::doubtful);
        }
        let failure = Failure::Refused(self.api.refused(response).await);
        Err(Answer { undone: proves_nothing_done(status), failure })
    }
}

/// Whether an error status proves that nothing was written. 4xx are said before anything is stored; but 408 is a gateway's word
/// about a connection. 500, 502, 503 and 504 come also after a write: from a server whose etcd, or a gateway whose server, did
/// not answer in time. Redirections do not come from an API server at all.
fn proves_nothing_done(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT
}

/// The answer, if it is the object that was meant (`/scale` has its uid too).
fn object(body: &[u8], uid: &Uid) -> Result<Value, Failure> {
    let object: Value = serde_json::from_slice(body)
        .map_err(|error| Failure::Garbled(format!("it said yes, but its answer is not JSON: {error}")))?;
    if object.pointer("/metadata/uid").and_then(Value::as_str) == Some(uid.as_str()) {
        Ok(object)
    } else {
        Err(Failure::Garbled("it said yes, but its answer is not the object that was written to".to_owned()))
    }
}

fn nowhere(write: &Write) -> Trouble {
    Trouble::new(TroubleKind::Config, &format!("{} is nothing that can be written to", write.target), "")
}

#[cfg(test)]
mod tests;
