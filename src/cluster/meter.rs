//! Counts what reading costs: requests sent and bytes of answers. The counters are the only thing that tasks of this
//! room share. Bytes are counted as the decoders see them, after decompression.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::{Buf as _, Bytes};
use futures::{FutureExt as _, TryFutureExt as _, future::BoxFuture};
use http::{Request, Response};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

/// Shared counters of one cluster.
#[derive(Clone, Debug, Default)]
pub(super) struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Meter {
    /// Requests sent and bytes received so far.
    pub(super) fn read(&self) -> (u64, u64) {
        (self.0.requests.load(Ordering::Relaxed), self.0.bytes.load(Ordering::Relaxed))
    }

    fn request(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn received(&self, bytes: &Bytes) {
        self.0.bytes.fetch_add(u64::try_from(bytes.remaining()).unwrap_or(0), Ordering::Relaxed);
    }
}

impl<S> Layer<S> for Meter {
    type Service = Metered<S>;

    fn layer(&self, inner: S) -> Metered<S> {
        Metered { inner, meter: self.clone() }
    }
}

/// A client whose traffic is counted.
#[derive(Clone)]
pub(super) struct Metered<S> {
    inner: S,
    meter: Meter,
}

impl<S, B> Service<Request<Body>> for Metered<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError> + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<UnsyncBoxBody<Bytes, BoxError>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.meter.request();
        let meter = self.meter.clone();
        let counted = move |body: B| {
            let count = move |frame: http_body::Frame<Bytes>| {
                if let Some(data) = frame.data_ref() {
                    meter.received(data);
                }
                frame
            };
            body.map_err(Into::into).map_frame(count).boxed_unsync()
        };
        self.inner.call(request).map_ok(|response| response.map(counted)).map_err(Into::into).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_and_bytes_are_counted() {
        let meter = Meter::default();
        let answer = |_: Request<Body>| async { Ok::<_, BoxError>(Response::new(Body::from(vec![7; 1_234]))) };
        let mut client = meter.layer(tower::service_fn(answer));
        for _ in 0..2 {
            let response = client.call(Request::new(Body::empty())).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
        assert_eq!(meter.read(), (2, 2_468));
    }
}
