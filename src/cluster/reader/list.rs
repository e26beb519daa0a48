//! A plain list: decoded while it arrives, told page by page.

use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt as _;
use http::Response;
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::time::timeout;

use super::{
    super::{
        api::content_type,
        request::Since,
        trouble::{Failure, failure},
    },
    Doing, PAGE, RESCUED, Reader, Stop,
};
use crate::{
    domain::{Object, Ref},
    store::Fact,
    wire::{Encoding, ListDecoder, ListEnd},
};

/// A server under load takes its time to answer a list.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);
/// A list that stops in the middle for so long has stopped.
const STALLED_AFTER: Duration = Duration::from_secs(30);

/// A kind without a row in the table of requests.
pub(super) fn unknown_kind() -> Failure {
    Failure::Garbled("this kind is not one that is read".to_owned())
}

/// How an answer is written.
pub(in crate::cluster) fn encoding(response: &Response<Body>) -> Result<Encoding, Failure> {
    let said = content_type(response.headers());
    Encoding::of(said).ok_or_else(|| Failure::Garbled(format!("the answer is \"{said}\", not protobuf or JSON")))
}

/// A chunk of a body: None at its end.
pub(in crate::cluster) fn chunk(
    frame: Option<Result<http_body::Frame<Bytes>, kube::Error>>,
) -> Result<Option<Bytes>, Failure> {
    match frame {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(error)) => Err(failure(&error)),
    }
}

impl Reader {
    /// Lists, and says what to do next.
    pub(super) async fn list(&mut self, since: &Since) -> Result<Doing, Stop> {
        let request = self.scope.list(since).ok_or_else(unknown_kind)?;
        let response = self.ask(request, ANSWER_WITHIN).await?;
        let encoding = encoding(&response)?;
        self.appear()?;
        self.outbox.put(Fact::Begin(self.scope.source.clone()))?;
        let end = self.pages(response.into_body(), encoding).await?;
        if end.resource_version.is_empty() {
            return Err(Failure::Garbled("the list has no resourceVersion".to_owned()).into());
        }
        let mut rescued = Vec::new();
        for at in end.skipped.iter().take(RESCUED) {
            rescued.extend(self.rescue(at).await?);
        }
        self.skip(end.skipped.get(RESCUED..).unwrap_or_default());
        self.page(&mut rescued).await?;
        self.outbox.put(Fact::End(self.scope.source.clone()))?;
        self.version = end.resource_version;
        Ok(Doing::Watch)
    }

    async fn pages(&mut self, mut body: Body, encoding: Encoding) -> Result<ListEnd, Stop> {
        let mut decoder = ListDecoder::new(&self.scope.source.kind, encoding).map_err(garbled)?;
        let mut page = Vec::new();
        loop {
            let frame = if let Some(frame) = body.frame().now_or_never() {
                frame
            } else {
                // The server pauses: the operator need not wait for a full page.
                self.page(&mut page).await?;
                let stalled = || Failure::Broken("the list stopped in the middle".to_owned());
                timeout(STALLED_AFTER, body.frame()).await.map_err(|_| stalled())?
            };
            let Some(chunk) = chunk(frame)? else { break };
            page.extend(decoder.push(&chunk, &mut self.door).map_err(garbled)?);
            if page.len() >= PAGE {
                self.page(&mut page).await?;
            }
        }
        let end = decoder.finish(&mut self.door).map_err(garbled)?;
        self.page(&mut page).await?;
        Ok(end)
    }

    /// Tells a page. A list may wait for a slow loop: unlike a watch, the server waits with it.
    async fn page(&mut self, page: &mut Vec<Object>) -> Result<(), Stop> {
        if !page.is_empty() {
            self.outbox.put(Fact::Page(self.scope.source.clone(), std::mem::take(page)))?;
        }
        Ok(self.outbox.drain().await?)
    }

    fn skip(&self, skipped: &[Ref]) {
        if !skipped.is_empty() {
            tracing::warn!(source = %self.scope.label(), objects = skipped.len(), "skipped objects that do not decode");
        }
    }
}

/// An answer that does not decode.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub(super) fn garbled(bad: crate::wire::Bad) -> Failure {
    Failure::Garbled(format!("the answer does not decode: {bad}"))
}
