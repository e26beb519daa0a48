//! The only door to the API server: it connects, reads one source per task, probes, and fetches what rules want. Its
//! client can only read (see `allow`); a second one, if it is wanted, sends dry runs and what was journaled (see `steers`), and a
//! third one opens port-forwards to a Prometheus (see `forward`). It holds no objects: what it learns leaves as facts.
#![deny(missing_docs)]

mod access;
mod allow;
mod api;
mod backoff;
mod client;
mod connect;
mod forward;
mod logs;
mod meter;
mod nodes;
mod outbox;
mod probe;
mod proxy;
mod reader;
mod request;
#[cfg(test)]
mod script;
mod services;
mod steers;
mod trouble;
mod usage;
mod warning;
mod writer;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use kube::client::Body;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tower::{BoxError, Service as Sends};

pub use self::{
    allow::NotReading,
    connect::Where,
    forward::Forward,
    probe::Clock,
    proxy::ProxyEnv,
    request::Narrow,
    trouble::{Trouble, TroubleKind},
    writer::{Rehearsed, Sent, Writer},
};
use self::{
    api::Api,
    logs::Follower,
    probe::{Probe, Pulse},
    reader::Reader,
    request::Scope,
    trouble::Failure,
};
use crate::{
    domain::{Access, LogAsk, LogTail, Name, Ref, Right, Service, Source, Text, Want},
    store::Fact,
};

/// The answer of `/version` is at most this long.
const VERSION_BYTES: usize = 64 << 10;
/// The metadata of all namespaces of a large cluster.
const NAMESPACES_BYTES: usize = 16 << 20;
/// One object.
const OBJECT_BYTES: usize = 8 << 20;

/// What something behind the API server answers.
const ANSWER_BYTES: usize = 64 << 20;

/// What may be sent to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing that writes: there is no client for it.
    ReadOnly,
    /// Dry runs, and what was journaled. Port-forwards to a Prometheus may be opened too.
    Steer,
}

/// Decides what may be sent to the cluster of a context, as soon as its name is known: before a client is made.
pub type ModeOf = Arc<dyn Fn(&str) -> Mode + Send + Sync>;

/// A cluster that can be read, and written to unless that was not wanted. Clones share its client, its probe and its meter.
#[derive(Clone)]
pub struct Cluster {
    /// The context.
    pub name: Name,
    /// The namespace of the context.
    pub namespace: Name,
    api: Api,
    pulse: watch::Sender<Pulse>,
    streaming: bool,
    pace: watch::Sender<f64>,
    has_context: bool,
}

/// Finds the cluster and makes a client for it. Files are read and a credential plugin may run; nothing is sent yet, so
/// a server that is away is no error here.
///
/// A crypto provider of rustls must be installed in the process before.
pub async fn connect(at: &Where, access: ModeOf) -> Result<Cluster, Trouble> {
    client::connect(at.clone(), access).await
}

impl Cluster {
    /// A cluster behind a service in this process: a simulator, or a test.
    pub fn over<S, B>(name: Name, namespace: Name, access: Mode, service: S) -> Self
    where
        S: Sends<Request<Body>, Response = Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError> + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        client::over(name, namespace, access, service)
    }

    fn new(name: Name, namespace: Name, api: Api) -> Self {
        Self {
            name,
            namespace,
            api,
            pulse: watch::Sender::new(Pulse::default()),
            streaming: false,
            has_context: false,
            pace: watch::Sender::new(1.0),
        }
    }

    /// Whether its name is that of a context of a kubeconfig, so that kubectl knows it too.
    pub const fn has_context(&self) -> bool {
        self.has_context
    }

    /// Asks for lists as the first part of a watch (`sendInitialEvents`), where the server can. It spares the server
    /// memory; plain lists are compressed, arrive faster and work everywhere, so they are the default.
    #[must_use]
    pub fn streaming_lists(self, streaming: bool) -> Self {
        Self { streaming, ..self }
    }

    /// A server whose time passes so much faster than ours, from now on, is probed as much more often.
    pub fn pace(&self, pace: f64) {
        self.pace.send_replace(pace);
    }

    /// The server's address, as sentences name it.
    pub fn server(&self) -> &str {
        &self.api.server
    }

    /// The server's version (`v1.36.1`).
    pub async fn version(&self) -> Result<Text, Trouble> {
        let body = self.fetch(request::plain("/version"), VERSION_BYTES).await?;
        probe::git_version(&body)
            .ok_or_else(|| Failure::Garbled("the answer to /version is not that of Kubernetes".to_owned()))
            .map_err(|failure| failure.trouble(&self.api.server))
    }

    /// Starts to read a source, or the part of it that is wanted.
    #[must_use = "dropping it stops the reading"]
    pub fn watch(&self, source: Source, narrow: &Narrow, facts: mpsc::Sender<Fact>) -> Watching {
        let scope = Scope { source, narrow: narrow.clone() };
        let reader = Reader::new(self.api.clone(), scope, facts, self.pulse.subscribe()).streaming(self.streaming);
        Watching(tokio::spawn(reader.run()))
    }

    /// Starts to probe the server; once per cluster. Without it, quiet sources are stale between bookmarks.
    #[must_use = "dropping it stops the probing"]
    pub fn probe(&self, facts: mpsc::Sender<Fact>, clock: Clock) -> Watching {
        let probe = Probe::new(self.api.clone(), self.pulse.clone(), facts, clock);
        Watching(tokio::spawn(probe.paced(self.pace.subscribe()).run()))
    }

    /// The last five lines of the previous run of a container, or why there are none.
    pub async fn previous_log(&self, want: &Want) -> LogTail {
        logs::previous(&self.api, want).await
    }

    /// One whole object as JSON.
    pub async fn get_json(&self, at: &Ref) -> Result<serde_json::Value, Trouble> {
        let body = self.fetch(request::object(at), OBJECT_BYTES).await?;
        serde_json::from_slice(&body)
            .map_err(|error| Failure::Garbled(format!("the answer is not JSON: {error}")).trouble(&self.api.server))
    }

    /// The way to write; None in read-only mode.
    pub fn writer(&self) -> Option<Writer> {
        Writer::new(&self.api)
    }

    /// Reads the lines of a container as they are written, until this is dropped: [`Fact::LogState`] and [`Fact::Lines`].
    #[must_use = "dropping it stops the reading"]
    pub fn follow_log(&self, ask: LogAsk, facts: mpsc::Sender<Fact>) -> Watching {
        Watching(tokio::spawn(Follower::new(self.api.clone(), ask, facts, self.pulse.subscribe()).run()))
    }

    /// The names of all namespaces, sorted; [`TroubleKind::Denied`] if they may not be listed.
    pub async fn namespaces(&self) -> Result<Vec<Name>, Trouble> {
        let body = self.fetch(request::namespaces(), NAMESPACES_BYTES).await?;
        access::names(&body).map_err(|failure| failure.trouble(&self.api.server))
    }

    /// The Services of a namespace, or of all, read once: at most ten thousand. [`TroubleKind::Denied`] if they may not be listed.
    pub async fn services(&self, namespace: Option<&Name>) -> Result<Vec<Arc<Service>>, Trouble> {
        services::list(&self.api, namespace).await.map_err(|failure| failure.trouble(&self.api.server))
    }

    /// What a service answers to a GET of this path and query through the API server's proxy, whatever its status. Only the
    /// query paths of a Prometheus are let through, below a few known prefixes (see `allow`). `service` is its name and port as the proxy takes them.
    pub async fn proxied(&self, namespace: &str, service: &str, path: &str) -> Result<Response<Bytes>, Trouble> {
        let request = request::proxied(namespace, service, path)
            .ok_or_else(|| Failure::Garbled(format!("{namespace}/{service} is not the name of a service")));
        let answer = async { self.api.pass(request?, ANSWER_BYTES).await }.await;
        answer.map_err(|failure| failure.trouble(&self.api.server))
    }

    /// Whether port-forwards can be opened: not in read-only mode.
    pub fn forwards(&self) -> bool {
        self.api.forwards()
    }

    /// A way to a service through port-forwards to its pods; `service` is its name and port as the API server's proxy takes them.
    /// Nothing is sent before it is asked.
    ///
    /// # Errors
    /// This is read-only, or the service is none that can be forwarded to: it speaks TLS, or has no port.
    pub fn forward(&self, namespace: &str, service: &str) -> Result<Forward, Trouble> {
        Forward::new(&self.api, namespace, service)
    }

    /// Asks what the pods of a namespace use, until this is dropped: [`Fact::Usage`].
    #[must_use = "dropping it stops the asking"]
    pub fn follow_usage(&self, namespace: &Name, facts: mpsc::Sender<Fact>) -> Watching {
        Watching(tokio::spawn(usage::follow(self.api.clone(), namespace.clone(), facts)))
    }

    /// Reads the zones and pools of nodes now and then, until this is dropped: [`Fact::Places`], without them where they may not be
    /// listed. `age` is how old the last answer is; None if there was none.
    #[must_use = "dropping it stops the reading"]
    pub fn follow_nodes(&self, age: Option<Duration>, facts: mpsc::Sender<Fact>) -> Watching {
        Watching(tokio::spawn(nodes::follow(self.api.clone(), age, facts)))
    }

    /// What it takes to read them.
    pub fn right_to_nodes() -> Right {
        nodes::right()
    }

    /// What we may do; answers in the order of the questions.
    pub async fn access(&self, rights: Vec<Right>) -> Vec<Access> {
        access::review(&self.api, rights).await
    }

    async fn fetch(&self, request: Option<Request<Body>>, limit: usize) -> Result<Bytes, Trouble> {
        let request = request.ok_or_else(|| Failure::Garbled("this name is not one that the API accepts".to_owned()));
        let fetched = async { self.api.fetch(request?, limit).await }.await;
        fetched.map_err(|failure| failure.trouble(&self.api.server))
    }
}

/// A task that stops when this is dropped.
#[derive(Debug)]
pub struct Watching(JoinHandle<()>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
