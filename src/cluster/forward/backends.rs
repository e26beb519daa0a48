//! Which pods stand behind a Service and at which port they listen, as the cluster's own endpoint controller has worked it out
//! (EndpointSlices): named and numbered target ports, selectors and readiness are its business, and pods need not be read.

use std::collections::BTreeSet;

use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    cluster::{
        api::Api,
        request::{Narrow, Scope},
        services,
        trouble::{Failure, Trouble},
    },
    domain::{Kind, Name, Source},
};

/// The slices of a Service are at most this long.
const BYTES: usize = 8 << 20;

/// What is said of one that speaks TLS: the certificate is for a name that a port-forward does not have.
pub(super) const TLS: &str = "it speaks TLS, and a port-forward only plain HTTP: name it by url or by service";

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outlet {
    pub(super) namespace: Name,
    pub(super) service: Name,
    /// Its number or its name.
    pub(super) port: Name,
}

/// A ready pod, and where it listens. In the order of names, so that the same one is asked every time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Backend {
    pub(super) pod: Name,
    pub(super) port: u16,
}

impl Outlet {
    /// Reads name and port as the API server's proxy takes them (`prometheus:9090`, `http:prometheus:web`).
    pub(super) fn read(namespace: &str, service: &str) -> Result<Self, Trouble> {
        let wrong = |why: &str| Trouble::config(&format!("{namespace}/{service}: {why}"), "");
        let parts: Vec<&str> = service.split(':').collect();
        let (service, port) = match parts.as_slice() {
            ["https", _, _] => return Err(wrong(TLS)),
            [name, port] | ["http" | "", name, port] if !name.is_empty() && !port.is_empty() => (*name, *port),
            _ => return Err(wrong("a port-forward needs the name and the port of a Service")),
        };
        Ok(Self { namespace: namespace.into(), service: service.into(), port: port.into() })
    }

    /// The pods that are ready behind it, by name. They may be none.
    pub(super) async fn backends(&self, api: &Api) -> Result<Vec<Backend>, Failure> {
        let Self { namespace, service, port } = self;
        let found = services::named(api, namespace, service).await?;
        let found = found.ok_or_else(|| Failure::Garbled(format!("there is no Service {namespace}/{service}")))?;
        let is_it = |of: &&crate::domain::Port| of.name == *port || of.number.to_string() == port.as_str();
        let named = found.ports.iter().find(is_it).map(|of| of.name.clone());
        let named =
            named.ok_or_else(|| Failure::Garbled(format!("the Service {namespace}/{service} has no port {port}")))?;
        let source = Source { cluster: api.cluster.clone(), kind: Kind::SLICE, namespace: Some(namespace.clone()) };
        let narrow = Narrow::to_labels(Some(&format!("kubernetes.io/service-name={service}")));
        let slices: Vec<Slice> = read(api, &Scope { source, narrow }).await?;
        let backends: BTreeSet<Backend> = slices.into_iter().flat_map(|slice| slice.ready(&named)).collect();
        Ok(backends.into_iter().collect())
    }
}

async fn read<T: DeserializeOwned>(api: &Api, scope: &Scope) -> Result<Vec<T>, Failure> {
    let request = scope.read().ok_or_else(|| Failure::Garbled("this is not the name of a namespace".to_owned()))?;
    let body = api.fetch(request, BYTES).await?;
    let list: List<T> = serde_json::from_slice(&body)
        .map_err(|error| Failure::Garbled(format!("the list of EndpointSlices does not decode: {error}")))?;
    Ok(list.items.unwrap_or_default())
}

#[derive(Deserialize)]
struct List<T> {
    items: Option<Vec<T>>,
}

/// Of a `discovery.k8s.io/v1` EndpointSlice what matters here. Its ports are those of the pods, by the names of the Service's.
#[derive(Deserialize)]
struct Slice {
    endpoints: Option<Vec<Endpoint>>,
    ports: Option<Vec<SlicePort>>,
}

#[derive(Deserialize)]
struct SlicePort {
    #[serde(default)]
    name: Option<Name>,
    port: Option<u16>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(default)]
    conditions: Conditions,
    #[serde(rename = "targetRef")]
    target: Option<Target>,
}

#[derive(Default, Deserialize)]
struct Conditions {
    ready: Option<bool>,
}

#[derive(Deserialize)]
struct Target {
    kind: Name,
    name: Name,
}

impl Slice {
    fn ready(self, named: &Name) -> impl Iterator<Item = Backend> {
        let is_it = |of: &SlicePort| of.name.clone().unwrap_or_default() == *named;
        let port = self.ports.iter().flatten().find(|of| is_it(of)).and_then(|of| of.port);
        // No word about it means ready: the API's rule.
        let is_ready = |of: &Endpoint| of.conditions.ready != Some(false);
        let pod = |of: Endpoint| of.target.filter(|target| target.kind.as_str() == "Pod").map(|target| target.name);
        let pods = self.endpoints.unwrap_or_default().into_iter().filter(is_ready).filter_map(pod);
        pods.filter_map(move |pod| Some(Backend { pod, port: port? }))
    }
}
