//! A scripted API server in this process: a test sees every request and says what is answered, byte for byte.

use std::{io, time::Duration};

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use k8s_pb::{
    api::core::v1 as core,
    apimachinery::pkg::{
        apis::meta::v1 as meta,
        runtime::{RawExtension, TypeMeta, Unknown},
    },
};
use kube::client::Body;
use prost::Message as _;
use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tower::BoxError;

use super::{Cluster, Mode};
use crate::{
    domain::{Args, Deed, Intent, Kind, Link, Moment, Name, Op, Proof, Source, Sub, Text, Verb, Write, sample},
    journal::{Journal, Ticket},
    store::Fact,
};

type Answer = UnsyncBoxBody<Bytes, io::Error>;

/// The server's end.
pub(super) struct Script(mpsc::Receiver<Asked>);

/// A request that waits for its answer. Dropping it cuts the connection.
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    answer: oneshot::Sender<Response<Answer>>,
}

/// A body that is still being sent. Dropping it ends the body.
pub(super) struct Pipe(mpsc::Sender<io::Result<Bytes>>);

/// A cluster that is only read, and the server behind it.
pub(super) fn cluster() -> (Cluster, Script) {
    reached(Mode::ReadOnly)
}

/// A cluster and the server behind it.
pub(super) fn reached(access: Mode) -> (Cluster, Script) {
    let (asked, script) = mpsc::channel(64);
    let service = tower::service_fn(move |request: Request<Body>| {
        let asked = asked.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let (answer, answered) = oneshot::channel();
            let question =
                Asked { method: head.method, uri: head.uri.to_string(), headers: head.headers, body, answer };
            let cut = || BoxError::from(io::Error::from(io::ErrorKind::ConnectionReset));
            asked.send(question).await.map_err(|_| cut())?;
            answered.await.map_err(|_| cut())
        }
    });
    (Cluster::over(Name::fixed("lab"), Name::fixed("default"), access, service), Script(script))
}

/// A write that pauses `shop/web`.
pub(super) fn pause() -> Write {
    let target = sample::deployment("web:1", 3).meta.at;
    let tests = vec![("/spec/paused".into(), Value::Null)];
    let ops = vec![Op::Put("/spec/paused".into(), Value::Bool(true))];
    Write { target, uid: "u1".into(), sub: Sub::Main, tests, ops }
}

/// What the journal gives for a write.
pub(super) fn tickets(write: &Write) -> Vec<Ticket> {
    let folder = tempfile::tempdir().unwrap();
    let deed = Deed {
        id: "1".into(),
        by: "alice@bastion".into(),
        at: Moment(0),
        intent: Intent { target: write.target.clone(), verb: Verb::Pause, args: Args::None },
        title: Text::default(),
        reason: Text::default(),
        writes: vec![write.clone()],
        flight: None,
        proof: Proof::default(),
    };
    Journal::at(folder.path().join("journal")).intend(&deed).unwrap()
}

impl Script {
    /// The next request, which must come within an hour of paused time.
    pub(super) async fn next(&mut self) -> Asked {
        self.within(3_600).await.expect("another request")
    }

    /// The next request, if one comes in time.
    pub(super) async fn within(&mut self, seconds: u64) -> Option<Asked> {
        timeout(Duration::from_secs(seconds), self.0.recv()).await.ok().flatten()
    }

    /// The next request, which must be for this.
    pub(super) async fn expect(&mut self, uri: &str) -> Asked {
        let asked = self.next().await;
        assert_eq!(asked.uri, uri);
        asked
    }
}

impl Asked {
    /// Answers with a whole body.
    pub(super) fn answer(self, code: u16, kind: &str, body: impl Into<Bytes>) {
        self.head(code, &[("content-type", kind)], body);
    }

    /// Answers with headers of choice.
    pub(super) fn head(self, code: u16, headers: &[(&'static str, &str)], body: impl Into<Bytes>) {
        let body = http_body_util::Full::new(body.into()).map_err(|never| match never {}).boxed_unsync();
        self.send(code, headers, body);
    }

    /// Answers with a Status in JSON.
    pub(super) fn refuse(self, code: u16, reason: &str, message: &str) {
        self.answer(code, JSON, status(code, reason, message).to_string());
    }

    /// Answers 200 with a list of Services in JSON.
    pub(super) fn list(self, version: &str, items: &[Value]) {
        self.answer(200, JSON, list(version, items).to_string());
    }

    /// Answers 200 and leaves the body open.
    pub(super) fn stream(self, kind: &str) -> Pipe {
        let (pipe, chunks) = mpsc::channel(1);
        let chunks = stream::unfold(chunks, |mut chunks: mpsc::Receiver<io::Result<Bytes>>| async move {
            chunks.recv().await.map(|chunk| (chunk.map(http_body::Frame::data), chunks))
        });
        self.send(200, &[("content-type", kind)], StreamBody::new(chunks).boxed_unsync());
        Pipe(pipe)
    }

    fn send(self, code: u16, headers: &[(&'static str, &str)], body: Answer) {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(code).unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        let _reader_gone = self.answer.send(response);
    }

    pub(super) fn accept(&self) -> &str {
        self.headers[header::ACCEPT].to_str().unwrap()
    }
}

impl Pipe {
    /// Sends a chunk; true unless the reader has gone.
    pub(super) async fn chunk(&self, bytes: impl Into<Bytes>) -> bool {
        self.0.send(Ok(bytes.into())).await.is_ok()
    }

    /// Sends a watch event in JSON.
    pub(super) async fn event(&self, word: &str, object: Value) -> bool {
        self.chunk(format!("{}\n", json!({"type": word, "object": object}))).await
    }

    /// Sends a bookmark.
    pub(super) async fn bookmark(&self, version: &str) -> bool {
        let object = json!({"kind": "Service", "apiVersion": "v1", "metadata": {"resourceVersion": version}});
        self.event("BOOKMARK", object).await
    }

    /// Sends the bookmark that ends the list part of a stream.
    pub(super) async fn initial_end(&self, version: &str) -> bool {
        let annotations = json!({"k8s.io/initial-events-end": "true"});
        let metadata = json!({"resourceVersion": version, "annotations": annotations});
        self.event("BOOKMARK", json!({"kind": "Service", "apiVersion": "v1", "metadata": metadata})).await
    }

    /// Cuts the connection in the middle of the body.
    pub(super) async fn cut(self) {
        self.0.send(Err(io::ErrorKind::ConnectionReset.into())).await.unwrap();
    }

    /// Waits until the reader has gone.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}

pub(super) const JSON: &str = "application/json";
pub(super) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// All Services.
pub(super) fn services() -> Source {
    Source { cluster: Name::fixed("lab"), kind: Kind::SERVICE, namespace: None }
}

/// A Service in JSON.
pub(super) fn service(name: &str, version: &str) -> Value {
    let metadata = json!({"name": name, "namespace": "shop", "uid": name, "resourceVersion": version});
    json!({"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": {"selector": {"app": name}}})
}

pub(super) fn list(version: &str, items: &[Value]) -> Value {
    json!({"kind": "ServiceList", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": items})
}

pub(super) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

/// A Service as the reference types write it.
pub(super) fn service_pb(name: &str, version: &str) -> core::Service {
    let metadata = meta::ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some("shop".to_owned()),
        uid: Some(name.to_owned()),
        resource_version: Some(version.to_owned()),
        ..Default::default()
    };
    core::Service { metadata: Some(metadata), ..Default::default() }
}

/// A list of Services in protobuf.
pub(super) fn list_pb(version: &str, items: &[core::Service]) -> Vec<u8> {
    let metadata = meta::ListMeta { resource_version: Some(version.to_owned()), ..Default::default() };
    let list = core::ServiceList { metadata: Some(metadata), items: items.to_vec() };
    envelope("ServiceList", list.encode_to_vec())
}

/// A watch frame in protobuf.
pub(super) fn frame_pb(word: &str, service: &core::Service) -> Vec<u8> {
    let raw = Some(envelope("Service", service.encode_to_vec()));
    let event = meta::WatchEvent { r#type: Some(word.to_owned()), object: Some(RawExtension { raw }) };
    let event = event.encode_to_vec();
    [&u32::try_from(event.len()).unwrap().to_be_bytes()[..], &event].concat()
}

fn envelope(kind: &str, raw: Vec<u8>) -> Vec<u8> {
    let unknown = Unknown {
        type_meta: Some(TypeMeta { api_version: Some("v1".to_owned()), kind: Some(kind.to_owned()) }),
        raw: Some(raw),
        content_encoding: Some(String::new()),
        content_type: Some(String::new()),
    };
    [&b"k8s\0"[..], &unknown.encode_to_vec()].concat()
}

/// A fact in few words: `page web api`, `put web`, `retrying: why`.
pub(super) fn words(fact: &Fact) -> String {
    match fact {
        Fact::Begin(_) => "begin".to_owned(),
        Fact::Page(_, objects) => {
            objects.iter().fold("page".to_owned(), |words, object| format!("{words} {}", object.at().name))
        }
        Fact::End(_) => "end".to_owned(),
        Fact::Put(_, object) => format!("put {}", object.at().name),
        Fact::Gone(_, at, _) => format!("gone {}", at.name),
        Fact::Spoke(_) => "spoke".to_owned(),
        Fact::Dropped(_) => "dropped".to_owned(),
        Fact::Link(_, Link::Connecting) => "connecting".to_owned(),
        Fact::Link(_, Link::Live) => "live".to_owned(),
        Fact::Link(_, Link::Retrying { why }) => format!("retrying: {why}"),
        Fact::Link(_, Link::Denied { why }) => format!("denied: {why}"),
        Fact::Tail(_) => "tail".to_owned(),
        Fact::LogState(ask, state) => format!("log of {}: {state:?}", ask.pod.name),
        Fact::Lines(lines) => lines.iter().fold("lines".to_owned(), |words, line| format!("{words} {:?}", line.says)),
        Fact::Packs { .. }
        | Fact::Samples(_)
        | Fact::Counted(_)
        | Fact::Curves(_)
        | Fact::Search { .. }
        | Fact::Usage { .. }
        | Fact::Gauge { .. } => "metrics".to_owned(),
        Fact::Plan(_) | Fact::Deed(_) | Fact::Journal(_) | Fact::Logs(_) | Fact::Diff(_) | Fact::Rights { .. } => {
            "nothing that a cluster says".to_owned()
        }
        Fact::Server { version, .. } => format!("server {version}"),
        Fact::Meter { requests, bytes, .. } => format!("meter {requests} {bytes}"),
        Fact::Skew { ahead_ms, .. } => format!("skew {ahead_ms}"),
        Fact::Places { .. } => "places".to_owned(),
        Fact::Aims { .. } => "aims".to_owned(),
        Fact::Burnt(_) => "burnt".to_owned(),
    }
}

/// The facts that are there as long as they come within a second, in few words.
pub(super) async fn told(facts: &mut mpsc::Receiver<Fact>) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(Some(fact)) = timeout(Duration::from_millis(1_100), facts.recv()).await {
        seen.push(words(&fact));
    }
    seen
}
