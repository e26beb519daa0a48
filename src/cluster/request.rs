//! Paths, queries and headers of what is asked for. Nothing is sent here.

use http::{Request, header};
use jiff::Timestamp;
use kube::client::Body;

use crate::domain::{Kind, LogAsk, Name, Ref, SERVED, Source, Write};

/// Lists of built-in kinds: protobuf where the server has it. Both are named: a gateway may know only one.
const LIST: &str = "application/vnd.kubernetes.protobuf, application/json";
/// Watches of built-in kinds.
const WATCH: &str = "application/vnd.kubernetes.protobuf;stream=watch, application/json";
/// Whole objects, to be read by people or patched; and all that there is of custom resources.
pub(super) const JSON: &str = "application/json";
/// JSON patches (RFC 6902).
pub(super) const JSON_PATCH: &str = "application/json-patch+json";
/// Who a field belongs to after we wrote it.
pub(super) const MANAGER: &str = "rolldeck";
/// Lines of a log before now, of a previous run, and at most of what was missed: as many as are kept.
const LINES_FIRST: &str = "200";
const LINES_PREVIOUS: &str = "1000";
const LINES_SINCE: &str = "5000";
/// Objects of a list that is read page by page.
const PAGE: &str = "500";
/// How long the server is asked to keep a watch open, seconds: below the usual five minutes of idle timers on the way.
pub(super) const WATCH_FOR_S: u64 = 290;

/// How old the answer to a list may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// Whatever the server has at hand: the fastest, for a first list.
    Cached,
    /// Not older than what was seen: on several servers the cache of one may be behind that of another.
    NotOlder(String),
    /// The newest there is, however long it takes.
    Latest,
}

/// Which part of a collection is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    /// A label selector as kubectl's `-l` takes it; None or empty for all.
    pub labels: Option<String>,
    /// Only the object of that name.
    pub name: Option<Name>,
}

impl Narrow {
    /// What a label selector selects.
    pub fn to_labels(selector: Option<&str>) -> Self {
        Self { labels: selector.filter(|text| !text.is_empty()).map(str::to_owned), name: None }
    }

    /// One object.
    pub fn to_name(name: &Name) -> Self {
        Self { labels: None, name: Some(name.clone()) }
    }

    fn ask(&self, query: &mut Query) {
        query.optional("labelSelector", self.labels.as_deref());
        if let Some(name) = &self.name {
            query.add("fieldSelector", &format!("metadata.name={name}"));
        }
    }
}

/// What a source reads.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The source.
    pub(super) source: Source,
    /// Which part of it.
    pub(super) narrow: Narrow,
}

impl Scope {
    /// A list. None if the kind is not one that is read.
    pub(super) fn list(&self, since: &Since) -> Option<Request<Body>> {
        let mut query = Query::new(self.source.kind.collection(self.source.namespace.as_ref())?);
        self.narrow.ask(&mut query);
        since.ask(&mut query);
        query.get(if self.source.kind.is_custom() { JSON } else { LIST })
    }

    /// The newest list as JSON, for what is read once and not kept.
    pub(super) fn read(&self) -> Option<Request<Body>> {
        let mut query = Query::new(self.source.kind.collection(self.source.namespace.as_ref())?);
        self.narrow.ask(&mut query);
        query.get(JSON)
    }

    /// A watch of what happens after a version.
    pub(super) fn watch(&self, after: &str) -> Option<Request<Body>> {
        let mut query = self.watching()?;
        query.add("resourceVersion", after);
        self.get_watch(query)
    }

    /// A watch that lists first: objects, then a bookmark that says so, then what happens.
    pub(super) fn stream(&self, since: &Since) -> Option<Request<Body>> {
        let mut query = self.watching()?;
        // All three, or the server answers 422, or never ends the list.
        query.add("sendInitialEvents", "true");
        query.add("resourceVersionMatch", "NotOlderThan");
        query.optional("resourceVersion", since.version());
        self.get_watch(query)
    }

    fn get_watch(&self, query: Query) -> Option<Request<Body>> {
        query.get(if self.source.kind.is_custom() { JSON } else { WATCH }).map(identity)
    }

    fn watching(&self) -> Option<Query> {
        let mut query = Query::new(self.source.kind.collection(self.source.namespace.as_ref())?);
        self.narrow.ask(&mut query);
        query.add("watch", "true");
        query.add("allowWatchBookmarks", "true");
        query.add("timeoutSeconds", &WATCH_FOR_S.to_string());
        Some(query)
    }

    /// The source in few words, for the log: `prod-eu: pods in shop`.
    pub(super) fn label(&self) -> String {
        let namespace = self.source.namespace.as_deref().unwrap_or("all namespaces");
        format!("{}: {} in {namespace}", self.source.cluster, self.resource())
    }

    /// What is asked for, in the words of `kubectl api-resources`: `deployments.apps`.
    pub(super) fn resource(&self) -> String {
        let kind = &self.source.kind;
        match SERVED.iter().find(|served| served.kind == *kind) {
            Some(served) if kind.group.is_empty() => served.plural.to_owned(),
            Some(served) => format!("{}.{}", served.plural, kind.group),
            None => kind.to_string(),
        }
    }
}

impl Since {
    fn version(&self) -> Option<&str> {
        match self {
            Self::Cached => Some("0"),
            Self::NotOlder(version) => Some(version),
            Self::Latest => None,
        }
    }

    fn ask(&self, query: &mut Query) {
        query.optional("resourceVersion", self.version());
        if let Self::NotOlder(_) = self {
            query.add("resourceVersionMatch", "NotOlderThan");
        }
    }
}

/// One whole object, as JSON.
pub(super) fn object(at: &Ref) -> Option<Request<Body>> {
    Query::new(at.path()?).get(JSON)
}

/// A write, or its dry run. None if its object has no path.
pub(super) fn patch(write: &Write, dry_run: bool) -> Option<Request<Body>> {
    let mut query = Query::new(write.path()?);
    query.add("fieldManager", MANAGER);
    query.optional("dryRun", dry_run.then_some("All"));
    Request::patch(query.text)
        .header(header::CONTENT_TYPE, JSON_PATCH)
        .header(header::ACCEPT, JSON)
        .body(Body::from(serde_json::to_vec(&write.patch()).ok()?))
        .ok()
}

/// Something that is asked for by its path alone, as JSON.
pub(super) fn plain(path: &str) -> Option<Request<Body>> {
    Query::new(path.to_owned()).get(JSON)
}

/// A GET of a path below a service, through the API server's proxy. None if the names are not names.
pub(super) fn proxied(namespace: &str, service: &str, path: &str) -> Option<Request<Body>> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    let is_name = |text: &str| !text.is_empty() && text.chars().all(plain) && !text.starts_with('.');
    if !is_name(namespace) || !is_name(service) {
        return None;
    }
    Query::new(format!("/api/v1/namespaces/{namespace}/services/{service}/proxy{path}")).get(JSON)
}

/// The names of all namespaces: their metadata is enough.
pub(super) fn namespaces() -> Option<Request<Body>> {
    let mut query = Query::new("/api/v1/namespaces".to_owned());
    query.add("resourceVersion", "0");
    query.get("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json")
}

/// The metadata of all nodes, out of the server's cache.
pub(super) fn nodes() -> Option<Request<Body>> {
    let mut query = Query::new(Kind::NODE.collection(None)?);
    query.add("resourceVersion", "0");
    query.get(
        "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, \
         application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json",
    )
}

/// A page of the Services of a namespace, or of all; `token` says where the page before ended.
pub(super) fn services(namespace: Option<&Name>, token: Option<&str>) -> Option<Request<Body>> {
    let mut query = Query::new(Kind::SERVICE.collection(namespace)?);
    query.add("limit", PAGE);
    query.optional("continue", token);
    query.get(LIST)
}

/// The last lines that the previous run of a container wrote.
pub(super) fn previous_log(pod: &Ref, container: &Name, lines: u32, bytes: u32) -> Option<Request<Body>> {
    let mut query = Query::new(log_path(pod)?);
    query.add("container", container);
    query.add("previous", "true");
    query.add("tailLines", &lines.to_string());
    query.add("limitBytes", &bytes.to_string());
    query.get("*/*")
}

/// Lines of a container with their times: as they are written, or those of its previous run. `since` begins where an earlier
/// answer ended, in whole seconds, which is all that the kubelet is told.
pub(super) fn log(ask: &LogAsk, since: Option<Timestamp>) -> Option<Request<Body>> {
    let mut query = Query::new(log_path(&ask.pod)?);
    query.add("container", &ask.container);
    query.add(if ask.previous { "previous" } else { "follow" }, "true");
    query.add("timestamps", "true");
    let since = since.and_then(|since| Timestamp::from_second(since.as_second()).ok());
    query.optional("sinceTime", since.map(|since| since.to_string()).as_deref());
    let lines = if since.is_some() {
        LINES_SINCE
    } else if ask.previous {
        LINES_PREVIOUS
    } else {
        LINES_FIRST
    };
    query.add("tailLines", lines);
    query.get("*/*").map(identity)
}

fn log_path(pod: &Ref) -> Option<String> {
    Some(format!("{}/log", pod.path()?)).filter(|_| pod.kind == Kind::POD && !pod.namespace.is_empty())
}

/// kube asks for gzip unless something else is asked for; servers from 1.37 on would then compress each event.
fn identity(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
    request
}

/// A path and the query after it.
struct Query {
    text: String,
    started: bool,
}

impl Query {
    fn new(path: String) -> Self {
        Self { text: path, started: false }
    }

    fn optional(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }

    fn add(&mut self, key: &str, value: &str) {
        self.text.push(if self.started { '&' } else { '?' });
        self.started = true;
        self.text.push_str(key);
        self.text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                self.text.push(char::from(byte));
            } else {
                self.text.push('%');
                self.text.extend([byte >> 4, byte & 15].map(hex));
            }
        }
    }

    fn get(self, accept: &str) -> Option<Request<Body>> {
        Request::get(self.text).header(header::ACCEPT, accept).body(Body::empty()).ok()
    }
}

/// A hexadecimal digit, upper case.
fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kind: Kind, namespace: Option<&'static str>, selector: Option<&str>) -> Scope {
        let source = Source { cluster: Name::fixed("lab"), kind, namespace: namespace.map(Name::fixed) };
        Scope { source, narrow: Narrow::to_labels(selector) }
    }

    fn uri(request: Option<Request<Body>>) -> String {
        request.unwrap().uri().to_string()
    }

    #[test]
    fn lists_say_how_old_they_may_be() {
        let pods = scope(Kind::POD, None, None);
        assert_eq!(uri(pods.list(&Since::Cached)), "/api/v1/pods?resourceVersion=0");
        assert_eq!(uri(pods.list(&Since::Latest)), "/api/v1/pods");
        assert_eq!(
            uri(pods.list(&Since::NotOlder("7".to_owned()))),
            "/api/v1/pods?resourceVersion=7&resourceVersionMatch=NotOlderThan"
        );
        let hpas = scope(Kind::HPA, Some("shop"), Some("app in (web,api),tier!=x"));
        assert_eq!(
            uri(hpas.list(&Since::Cached)),
            "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers\
             ?labelSelector=app%20in%20%28web%2Capi%29%2Ctier%21%3Dx&resourceVersion=0"
        );
    }

    #[test]
    fn one_object_is_watched_by_its_name() {
        let source =
            Source { cluster: Name::fixed("lab"), kind: Kind::DEPLOYMENT, namespace: Some(Name::fixed("shop")) };
        let web = Scope { source, narrow: Narrow::to_name(&Name::fixed("web")) };
        assert_eq!(
            uri(web.list(&Since::Cached)),
            "/apis/apps/v1/namespaces/shop/deployments?fieldSelector=metadata.name%3Dweb&resourceVersion=0"
        );
    }

    #[test]
    fn watches_are_not_compressed_and_lists_may_be() {
        let sets = scope(Kind::REPLICA_SET, Some("shop"), None);
        let watch = sets.watch("41").unwrap();
        assert_eq!(
            watch.uri().to_string(),
            "/apis/apps/v1/namespaces/shop/replicasets\
             ?watch=true&allowWatchBookmarks=true&timeoutSeconds=290&resourceVersion=41"
        );
        assert_eq!(watch.headers()[header::ACCEPT_ENCODING], "identity");
        assert_eq!(watch.headers()[header::ACCEPT], WATCH);
        assert!(!sets.list(&Since::Cached).unwrap().headers().contains_key(header::ACCEPT_ENCODING));
    }

    #[test]
    fn a_streaming_list_names_all_it_needs() {
        assert_eq!(
            uri(scope(Kind::POD, None, None).stream(&Since::Cached)),
            "/api/v1/pods?watch=true&allowWatchBookmarks=true&timeoutSeconds=290\
             &sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0"
        );
    }

    #[test]
    fn custom_resources_are_asked_for_as_json() {
        let routes = scope(Kind::HTTP_ROUTE, Some("shop"), Some("app=web"));
        let path = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";
        let list = routes.list(&Since::Cached).unwrap();
        assert_eq!(list.uri().to_string(), format!("{path}?labelSelector=app%3Dweb&resourceVersion=0"));
        for request in [list, routes.watch("41").unwrap(), routes.stream(&Since::Cached).unwrap()] {
            assert_eq!(request.headers()[header::ACCEPT], JSON, "{}", request.uri());
        }
    }

    #[test]
    fn every_kind_that_is_read_passes_the_allow_list() {
        for served in &SERVED {
            for namespace in [None, Some("shop")] {
                let scope = scope(served.kind.clone(), namespace, None);
                let request = scope.list(&Since::Cached).unwrap();
                assert!(super::super::allow::reads(request.method(), request.uri().path(), request.headers()));
            }
        }
        assert!(namespaces().is_some());
    }

    #[test]
    fn resources_are_named_as_kubectl_names_them() {
        assert_eq!(scope(Kind::DEPLOYMENT, None, None).resource(), "deployments.apps");
        assert_eq!(scope(Kind::POD, None, None).resource(), "pods");
    }
}
