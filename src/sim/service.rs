//! The simulated API server as a tower service: HTTP requests to questions for the actor, its answers to HTTP responses.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited, StreamBody, combinators::UnsyncBoxBody};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    time::sleep,
};
use tower::BoxError;

use super::{
    actor::Asked,
    api::{Body, Call, LIMIT, Reply, Status, Stream},
};

/// The body of an answer.
pub type Answer = UnsyncBoxBody<Bytes, io::Error>;

/// The API server of one simulated cluster.
#[derive(Clone)]
pub struct Service {
    asked: mpsc::Sender<Asked>,
}

impl Service {
    pub(super) const fn new(asked: mpsc::Sender<Asked>) -> Self {
        Self { asked }
    }
}

impl<B> tower::Service<Request<B>> for Service
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Answer>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // That too many wait is an answer, too.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let asked = self.asked.clone();
        Box::pin(async move { Ok(response(answer(&asked, request).await?)) })
    }
}

async fn answer<B>(asked: &mpsc::Sender<Asked>, request: Request<B>) -> Result<Reply, BoxError>
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Ok(Status::too_large(LIMIT).reply()),
        Err(error) => return Err(error),
    };
    let call = Call::new(Request::from_parts(head, body));
    let (answer, answered) = oneshot::channel();
    let ended = || BoxError::from(io::Error::new(io::ErrorKind::ConnectionReset, "the simulated cluster has ended"));
    match asked.try_send(Asked::Call(Box::new(call), answer)) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => return Ok(Reply::too_many()),
        Err(TrySendError::Closed(_)) => return Err(ended()),
    }
    answered.await.map_err(|_| ended())
}

fn response(reply: Reply) -> Response<Answer> {
    let body = match reply.body {
        Body::Whole(bytes) => Full::new(bytes).map_err(|never| match never {}).boxed_unsync(),
        Body::Stream(stream) => streamed(stream),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.media));
    if let Some(seconds) = reply.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    for warning in reply.warnings {
        // 299 - "text", as RFC 7234 and the real server write it.
        if let Ok(value) = HeaderValue::from_str(&format!("299 - {warning:?}")) {
            headers.append(header::WARNING, value);
        }
    }
    response
}

/// What is there, then what comes, until it ends or its time is up.
fn streamed(body: Stream) -> Answer {
    let head = stream::iter(body.head);
    let rest = stream::unfold(body.rest, |rest| async move {
        let mut lines = rest?;
        lines.recv().await.map(|line| (line, Some(lines)))
    });
    let frames = head.chain(rest).take_until(sleep(body.within)).map(|bytes| Ok(Frame::data(bytes)));
    StreamBody::new(frames).boxed_unsync()
}
