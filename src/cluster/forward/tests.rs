//! Stories of port-forwards, told to a server that lists a Service and its slices and forwards to pods, which behave by their
//! names. What it is asked for is told in order.

use std::{convert::Infallible, time::Duration};

use futures::SinkExt as _;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server, service::service_fn, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use kube::client::Body;
use serde_json::{Value, json};
use tokio::{sync::watch, task::yield_now, time::timeout};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};
use tower::BoxError;

use super::*;
use crate::cluster::{
    Cluster, Mode,
    script::{JSON, list, status},
};

const PORT: u16 = 9090;
const QUERY: &str = "/api/v1/query?query=up";

/// The ready pods, now.
type Ready = watch::Sender<Vec<&'static str>>;

/// A server's end of the story.
struct Field {
    cluster: Cluster,
    ready: Ready,
    told: mpsc::Receiver<String>,
}

fn field(ready: &[&'static str]) -> Field {
    reached(Mode::Steer, ready)
}

fn reached(mode: Mode, ready: &[&'static str]) -> Field {
    let ready = Ready::new(ready.to_vec());
    let (tell, told) = mpsc::channel(64);
    let now = ready.subscribe();
    let service = tower::service_fn(move |request: Request<Body>| {
        let server = Server { ready: now.clone(), tell: tell.clone() };
        async move { Ok::<_, BoxError>(server.converse(request).await?) }
    });
    Field { cluster: Cluster::over("lab".into(), "default".into(), mode, service), ready, told }
}

impl Field {
    fn forward(&self) -> Forward {
        self.cluster.forward("m", "prometheus:9090").unwrap()
    }

    /// What was asked of the server and of pods since.
    async fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Ok(Some(said)) = timeout(Duration::from_millis(10), self.told.recv()).await {
            told.push(said);
        }
        told
    }
}

async fn ask(forward: &Forward) -> Result<String, String> {
    let answer = forward.get(QUERY.to_owned()).await.map_err(|trouble| trouble.what.to_string())?;
    Ok(String::from_utf8_lossy(answer.body()).into_owned())
}

fn whole(value: &Value) -> Response<Full<Bytes>> {
    Response::builder().header("content-type", JSON).body(Full::from(value.to_string())).unwrap()
}

fn refused(code: u16, message: &str) -> Response<Full<Bytes>> {
    let mut response = whole(&status(code, "", message));
    *response.status_mut() = StatusCode::from_u16(code).unwrap();
    response
}

#[derive(Clone)]
struct Server {
    ready: watch::Receiver<Vec<&'static str>>,
    tell: mpsc::Sender<String>,
}

impl Server {
    /// One request over a connection of its own, so that it can be upgraded.
    async fn converse(self, request: Request<Body>) -> Result<Response<Incoming>, hyper::Error> {
        let (near, far) = tokio::io::duplex(1 << 16);
        let service = service_fn(move |request| {
            let server = self.clone();
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        tokio::spawn(server::conn::http1::Builder::new().serve_connection(TokioIo::new(far), service).with_upgrades());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(near)).await?;
        tokio::spawn(connection.with_upgrades());
        sender.send_request(request).await
    }

    async fn say(&self, what: String) {
        self.tell.send(what).await.unwrap();
    }

    async fn answer(self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (path, query) = (request.uri().path().to_owned(), request.uri().query().unwrap_or_default().to_owned());
        if path == "/api/v1/namespaces/m/services" && query == "fieldSelector=metadata.name%3Dprometheus" {
            let ports = json!([{"name": "grpc", "port": 10901}, {"name": "web", "port": 9090}]);
            let item =
                json!({"metadata": {"name": "prometheus", "namespace": "m", "uid": "s"}, "spec": {"ports": ports}});
            return whole(&list("1", &[item]));
        }
        if path == "/apis/discovery.k8s.io/v1/namespaces/m/endpointslices" {
            assert_eq!(query, "labelSelector=kubernetes.io%2Fservice-name%3Dprometheus");
            return whole(&self.slices());
        }
        if path.starts_with("/api/v1/namespaces/m/services") {
            return whole(&list("1", &[]));
        }
        let pod = path.strip_prefix("/api/v1/namespaces/m/pods/").and_then(|rest| rest.strip_suffix("/portforward"));
        let pod = pod.unwrap_or_else(|| panic!("{path}")).to_owned();
        self.say(format!("open {pod} {query}")).await;
        match pod.as_str() {
            "forbidden" => refused(403, "pods \"forbidden\" is forbidden: "),
            "away" => refused(502, "error dialing backend: no route to host"),
            _ => self.upgrade(request, pod),
        }
    }

    /// One slice with the ready pods and others, at the port that the pods really have.
    fn slices(&self) -> Value {
        let endpoint = |name: &str, ready: bool| json!({"conditions": {"ready": ready}, "targetRef": {"kind": "Pod", "name": name, "namespace": "m"}});
        let mut endpoints = vec![endpoint("starting", false), json!({"conditions": {}, "targetRef": null})];
        endpoints.extend(self.ready.borrow().iter().map(|name| endpoint(name, true)));
        let ports = json!([{"name": "grpc", "port": 1}, {"name": "web", "port": PORT}]);
        json!({"kind": "EndpointSliceList", "items": [{"endpoints": endpoints, "ports": ports}, {"endpoints": null, "ports": null}]})
    }

    fn upgrade(self, request: Request<Incoming>, pod: String) -> Response<Full<Bytes>> {
        let key = derive_accept_key(request.headers()["sec-websocket-key"].as_bytes());
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            self.be(&pod, socket).await;
            self.say(format!("closed {pod}")).await;
        });
        let response = Response::builder().status(101).header("connection", "Upgrade").header("upgrade", "websocket");
        let response =
            response.header("sec-websocket-accept", key).header("sec-websocket-protocol", "v4.channel.k8s.io");
        response.body(Full::default()).unwrap()
    }

    /// A pod: `dead` has nobody who listens, `silent` never answers, `once` ends after an answer, `tls` wants TLS.
    async fn be(&self, pod: &str, mut socket: WebSocketStream<TokioIo<Upgraded>>) {
        let [low, high] = PORT.to_le_bytes();
        for channel in [0, 1] {
            socket.send(Message::binary(vec![channel, low, high])).await.unwrap();
        }
        while let Some(Ok(message)) = socket.next().await {
            let Message::Binary(data) = message else { continue };
            let text = String::from_utf8_lossy(&data[1..]).into_owned();
            let line = text.lines().next().unwrap_or_default();
            self.say(format!("{pod}: {line}")).await;
            if pod.starts_with("dead") {
                let why = b"\x01error forwarding port 9090: connection refused\n";
                socket.send(Message::binary(why.to_vec())).await.unwrap();
                let _asker_gone = socket.close(None).await;
                return;
            }
            let (code, body) = match pod {
                "silent" => continue,
                "tls" => ("400 Bad Request", "Client sent an HTTP request to an HTTPS server.\n".to_owned()),
                _ => ("200 OK", format!("I am {pod}")),
            };
            let answer = format!("\0HTTP/1.1 {code}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            socket.send(Message::binary(answer.into_bytes())).await.unwrap();
            if pod == "once" {
                let _asker_gone = socket.close(None).await;
                return;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_ready_pod_is_asked_at_its_own_port_and_the_connection_is_kept() {
    let mut field = field(&["b", "a"]);
    let forward = field.forward();
    assert!(field.told().await.is_empty(), "nothing is open before there is a question");
    for _ in 0..3 {
        assert_eq!(ask(&forward).await.as_deref(), Ok("I am a"));
    }
    let question = format!("a: GET {QUERY} HTTP/1.1");
    assert_eq!(field.told().await, ["open a &ports=9090", &question, &question, &question]);
    drop(forward);
    assert_eq!(field.told().await, ["closed a"]);
}

#[tokio::test(start_paused = true)]
async fn questions_at_the_same_time_have_connections_of_their_own() {
    let mut field = field(&["a"]);
    let forward = field.forward();
    let answers = futures::future::join_all((0..8).map(|_| ask(&forward))).await;
    assert!(answers.iter().all(|answer| answer.as_deref() == Ok("I am a")), "{answers:?}");
    let told = field.told().await;
    let opened = told.iter().filter(|said| said.starts_with("open")).count();
    assert_eq!((opened, told.len()), (LANES, LANES + 8), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn another_pod_takes_over() {
    let mut field = field(&["once"]);
    let forward = field.forward();
    assert_eq!(ask(&forward).await.as_deref(), Ok("I am once"));
    field.ready.send_replace(vec!["b"]);
    assert_eq!(ask(&forward).await.as_deref(), Ok("I am b"));
    assert_eq!(field.told().await.last().map(String::as_str), Some("b: GET /api/v1/query?query=up HTTP/1.1"));
    // While it is still listed, another one is tried first.
    field.ready.send_replace(vec!["once", "z"]);
    let forward = field.forward();
    let both = [ask(&forward).await, ask(&forward).await];
    assert_eq!(both, [Ok("I am once".to_owned()), Ok("I am z".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_few_pods_are_tried_and_the_last_one_is_quoted() {
    let mut field = field(&["away", "dead-1", "dead-2", "dead-3", "good"]);
    let why = "the simulated cluster: pod m/dead-2, port 9090: error forwarding port 9090: connection refused";
    assert_eq!(ask(&field.forward()).await, Err(why.to_owned()));
    let told = field.told().await;
    let opened: Vec<&str> = told.iter().filter_map(|said| said.strip_prefix("open ")).collect();
    assert_eq!(opened, ["away &ports=9090", "dead-1 &ports=9090", "dead-2 &ports=9090"]);
    field.ready.send_replace(vec!["dead", "good"]);
    assert_eq!(ask(&field.forward()).await.as_deref(), Ok("I am good"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_open_while_nobody_asks() {
    let mut field = field(&["a"]);
    let forward = field.forward();
    for _ in 0..2 {
        assert!(ask(&forward).await.is_ok());
        assert!(field.told().await.contains(&"open a &ports=9090".to_owned()));
        assert!(timeout(Duration::from_secs(29), field.told.recv()).await.is_err(), "it is kept for the next poll");
        assert_eq!(timeout(Duration::from_secs(2), field.told.recv()).await, Ok(Some("closed a".to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_any_longer_leaves_nothing_open() {
    let mut field = field(&["silent", "willing"]);
    let forward = field.forward();
    assert!(timeout(Duration::from_secs(1), ask(&forward)).await.is_err());
    assert_eq!(field.told().await.last().map(String::as_str), Some("closed silent"));
    assert_eq!(ask(&forward).await.as_deref(), Ok("I am willing"));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_forwarded_to_is_a_sentence() {
    let field = field(&["tls"]);
    let said = async |service: &str| match field.cluster.forward("m", service) {
        Ok(forward) => ask(&forward).await,
        Err(trouble) => Err(trouble.what.to_string()),
    };
    let tls = "it speaks TLS, and a port-forward only plain HTTP: name it by url or by service";
    for (service, ready, why) in [
        ("prometheus:9090", "tls", format!("the simulated cluster: pod m/tls, port 9090: {tls}")),
        ("https:prometheus:9090", "a", format!("m/https:prometheus:9090: {tls}")),
        ("prometheus", "a", "m/prometheus: a port-forward needs the name and the port of a Service".to_owned()),
        ("prometheus:80", "a", "the simulated cluster: the Service m/prometheus has no port 80".to_owned()),
        ("other:80", "a", "the simulated cluster: there is no Service m/other".to_owned()),
        (
            "prometheus:web",
            "forbidden",
            "pods \"forbidden\" is forbidden: a port-forward needs get and create on pods/portforward".to_owned(),
        ),
    ] {
        field.ready.send_replace(vec![ready]);
        assert_eq!(said(service).await, Err(why), "{service} {ready}");
    }
    field.ready.send_replace(Vec::new());
    let why = "the simulated cluster: m/prometheus:9090 has no ready pod to forward to";
    assert_eq!(said("prometheus:9090").await, Err(why.to_owned()));
    let other = field.forward().get("/api/v1/admin/tsdb/snapshot".to_owned()).await.unwrap_err();
    assert!(
        other.what.ends_with("/api/v1/admin/tsdb/snapshot is no query of a Prometheus; it was not asked"),
        "{other}"
    );
}

#[tokio::test(start_paused = true)]
async fn read_only_has_no_client_for_it() {
    let mut field = reached(Mode::ReadOnly, &["a"]);
    let trouble = field.cluster.forward("m", "prometheus:9090").err().unwrap();
    assert_eq!(trouble.what.as_str(), "read-only: no port-forward is tried");
    yield_now().await;
    assert!(!field.cluster.forwards() && field.told().await.is_empty());
}
