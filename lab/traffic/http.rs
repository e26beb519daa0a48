//! HTTP/1.1 of both servers: one connection, served until one side ends it.

use std::{convert::Infallible, future::Future};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What a request carries.
pub(crate) type Request = http::Request<Incoming>;
/// What is answered.
pub(crate) type Reply = Response<Full<Bytes>>;

/// Serves one connection with `answer`.
pub(crate) async fn serve<F>(stream: TcpStream, answer: impl Fn(Request) -> F)
where
    F: Future<Output = Reply>,
{
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let reply = answer(request);
        async { Ok::<_, Infallible>(reply.await) }
    });
    // A client that goes away is no mistake of ours.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An answer of plain text, which is also what Prometheus reads.
pub(crate) fn text(code: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = code;
    reply.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain; version=0.0.4"));
    reply
}
