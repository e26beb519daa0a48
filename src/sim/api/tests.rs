//! The server without a network: requests in, answers and watch lines out.

mod apply;
mod evict;
mod flagger;
mod gateway;
mod logs;

use bytes::Bytes;
use http::Request;
use serde_json::json;

use super::*;
use crate::sim::Resource;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
const WEB: &str = "/apis/apps/v1/namespaces/shop/deployments/web";
const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const MAP: &str = "/api/v1/namespaces/shop/configmaps/web";
const PODS: &str = "/api/v1/namespaces/shop/pods";
const MERGE: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// The server of a world with one namespace.
fn server() -> Server {
    let mut server = Server::new(World::new(7, Moment::from_secs(1_000)), Box::new(Alone));
    server.act(|world| {
        let now = world.now();
        let shop = json!({"metadata": {"name": "shop"}});
        world.objects.create(Resource::Namespaces, shop, "test", now).unwrap();
    });
    server
}

fn deployment(name: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "app", "image": "r/web:1"}]},
            },
        },
    })
}

impl Server {
    fn send(&mut self, method: &str, uri: &str, headers: [&str; 2], body: &str) -> Reply {
        let [accept, media] = headers;
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("accept", accept)
            .header("content-type", media)
            .header("user-agent", "kubectl/v1.36.1 (linux/amd64)")
            .body(Bytes::from(body.to_owned()))
            .unwrap();
        self.call(&Call::new(request))
    }

    fn ask(&mut self, method: &str, uri: &str, media: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        whole(self.send(method, uri, ["application/json", media], &text))
    }

    fn get(&mut self, uri: &str) -> (u16, Value) {
        self.ask("GET", uri, "", &Value::Null)
    }

    fn create(&mut self, name: &str) -> Value {
        let (code, object) = self.ask("POST", DEPLOYMENTS, "application/json", &deployment(name, 2));
        assert_eq!(code, 201, "{object}");
        object
    }

    fn patch(&mut self, uri: &str, media: &str, patch: &Value) -> (u16, Value) {
        self.ask("PATCH", uri, media, patch)
    }

    /// Creates a `ConfigMap`: nobody else writes to it.
    fn map(&mut self, name: &str) {
        let map = json!({"metadata": {"name": name, "labels": {"app": name}}});
        assert_eq!(self.ask("POST", MAPS, "application/json", &map).0, 201);
    }

    /// Begins a watch.
    fn watch(&mut self, uri: &str) -> Heard {
        let reply = self.send("GET", uri, ["application/json", ""], "");
        let Body::Stream(Stream { head, rest, .. }) = reply.body else { panic!("a watch: {reply:?}") };
        Heard { head, rest }
    }
}

/// The end of a watch that hears.
struct Heard {
    head: Vec<Bytes>,
    rest: Option<tokio::sync::mpsc::Receiver<Bytes>>,
}

impl Heard {
    /// What it heard since it was asked last.
    fn news(&mut self) -> Vec<Value> {
        let mut lines = std::mem::take(&mut self.head);
        while let Some(line) = self.rest.as_mut().and_then(|rest| rest.try_recv().ok()) {
            lines.push(line);
        }
        lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// The same in few words: `ADDED web`.
    fn words(&mut self) -> Vec<String> {
        let word = |event: Value| {
            let name = event.pointer("/object/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
            format!("{} {name}", event["type"].as_str().unwrap()).trim_end().to_owned()
        };
        self.news().into_iter().map(word).collect()
    }
}

fn whole(reply: Reply) -> (u16, Value) {
    let Body::Whole(bytes) = reply.body else { panic!("a whole body: {reply:?}") };
    (reply.code, serde_json::from_slice(&bytes).unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into()))
}

fn refusal((code, status): &(u16, Value)) -> (u16, &str, &str) {
    assert_eq!(status["kind"], "Status", "{status}");
    (*code, status["reason"].as_str().unwrap_or_default(), status["message"].as_str().unwrap())
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

/// Codes, reasons and sentences as kube-apiserver 1.36.1 wrote them.
#[test]
fn refusals_are_those_of_the_real_server() {
    let mut server = server();
    server.create("web");
    let nope = server.get(&format!("{DEPLOYMENTS}/nope"));
    assert_eq!(refusal(&nope), (404, "NotFound", "deployments.apps \"nope\" not found"));
    assert_eq!(nope.1["details"], json!({"name": "nope", "group": "apps", "kind": "deployments"}));
    let nothing = "the server could not find the requested resource";
    assert_eq!(refusal(&server.get(&format!("{WEB}/nonsense"))), (404, "NotFound", nothing));
    assert_eq!(server.get("/nonsense"), (404, json!("404 page not found\n")));
    let method = server.ask("POST", WEB, "application/json", &json!({}));
    assert_eq!(refusal(&method).0, 405);
    let again = server.ask("POST", DEPLOYMENTS, "application/json", &deployment("web", 1));
    assert_eq!(refusal(&again), (409, "AlreadyExists", "deployments.apps \"web\" already exists"));
    let elsewhere = DEPLOYMENTS.replace("shop", "nowhere");
    let lost = server.ask("POST", &elsewhere, "application/json", &deployment("web", 1));
    assert_eq!(refusal(&lost), (404, "NotFound", "namespaces \"nowhere\" not found"));
    let media = server.patch(WEB, "application/json", &json!({}));
    assert_eq!(refusal(&media), (415, "UnsupportedMediaType", "415: Unsupported Media Type"));
    let protobuf = server.send("GET", WEB, ["application/vnd.kubernetes.protobuf", ""], "");
    assert_eq!(refusal(&whole(protobuf)).0, 406);
    let version = server.get(&format!("{DEPLOYMENTS}?resourceVersion=99999"));
    assert_eq!(refusal(&version).0, 504);
    let other = server.ask("PUT", WEB, "application/json", &deployment("api", 1));
    let message = "the name of the object (api) does not match the name on the URL (web)";
    assert_eq!(refusal(&other), (400, "BadRequest", message));
}

#[test]
fn patches_of_all_kinds_go_through_one_door() {
    let mut server = server();
    let created = server.create("web");
    let (code, web) = server.patch(WEB, MERGE, &json!({"spec": {"paused": true}}));
    assert_eq!((code, &web["spec"]["paused"], &web["metadata"]["generation"]), (200, &json!(true), &json!(2)));
    let stale =
        json!({"metadata": {"resourceVersion": created["metadata"]["resourceVersion"]}, "spec": {"paused": false}});
    let modified = "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply \
                    your changes to the latest version and try again";
    assert_eq!(refusal(&server.patch(WEB, MERGE, &stale)), (409, "Conflict", modified));
    let failed = server.patch(WEB, JSON_PATCH, &json!([{"op": "test", "path": "/spec/replicas", "value": 9}]));
    let bare = "the server rejected our request due to an error in our request";
    assert_eq!(refusal(&failed), (422, "Invalid", bare));
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "r/web:2"}]}}}});
    let (_, web) = server.patch(WEB, STRATEGIC, &image);
    assert_eq!(web["spec"]["template"]["spec"]["containers"][0]["image"], "r/web:2");
    assert_eq!(web["spec"]["template"]["spec"]["containers"].as_array().unwrap().len(), 1);
    let (code, status) = server.patch(WEB, MERGE, &json!({"spec": {"replicas": -1}}));
    assert_eq!((code, &status["details"]["causes"][0]["field"]), (422, &json!("spec.replicas")));
    let wrong = server.patch(WEB, MERGE, &json!({"spec": {"replicas": "many"}}));
    assert_eq!(refusal(&wrong).0, 422);
    let strict = server.patch(&format!("{WEB}?fieldValidation=Strict"), MERGE, &json!({"spec": {"frobs": 1}}));
    assert!(refusal(&strict).2.ends_with("strict decoding error: unknown field \"spec.frobs\""), "{strict:?}");
    let warned = server.send("PATCH", WEB, ["", MERGE], r#"{"spec": {"frobs": 1}}"#);
    assert_eq!(warned.warnings, ["unknown field \"spec.frobs\""]);
    let mine = server.patch(&format!("{WEB}?fieldManager=rolldeck"), MERGE, &json!({"spec": {"minReadySeconds": 5}}));
    let owners = mine.1["metadata"]["managedFields"].as_array().unwrap();
    let owners: Vec<&str> = owners.iter().map(|owner| owner["manager"].as_str().unwrap()).collect();
    assert_eq!((owners.first(), owners.last()), (Some(&"kubectl"), Some(&"rolldeck")));
}

#[test]
fn the_scale_is_a_door_of_its_own() {
    let mut server = server();
    server.create("web");
    let uri = format!("{WEB}/scale");
    let (_, scale) = server.get(&uri);
    assert_eq!((&scale["kind"], &scale["spec"]), (&json!("Scale"), &json!({"replicas": 2})));
    let (code, scale) = server.patch(&uri, MERGE, &json!({"spec": {"replicas": 5}}));
    assert_eq!((code, &scale["spec"]["replicas"]), (200, &json!(5)));
    assert_eq!(server.get(WEB).1["spec"]["replicas"], 5);
    server.patch(&uri, JSON_PATCH, &json!([{"op": "test", "path": "/spec/replicas", "value": 5}, {"op": "add", "path": "/spec/replicas", "value": 0}]));
    assert_eq!(server.get(&uri).1["spec"], json!({}));
    let guarded = server.patch(&uri, JSON_PATCH, &json!([{"op": "test", "path": "/spec/replicas", "value": null}]));
    assert_eq!(guarded.0, 200);
}

#[test]
fn a_dry_run_answers_and_leaves_no_trace() {
    let mut server = server();
    server.create("web");
    let before = server.get(WEB).1;
    let mut watch = server.watch(&format!("{DEPLOYMENTS}?watch=1"));
    assert_eq!(watch.words(), ["ADDED web"]);
    let (code, would) = server.patch(&format!("{WEB}?dryRun=All"), MERGE, &json!({"spec": {"replicas": 9}}));
    assert_eq!((code, &would["spec"]["replicas"], &would["metadata"]["generation"]), (200, &json!(9), &json!(2)));
    assert_eq!(would["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
    let uri = format!("{DEPLOYMENTS}?dryRun=All");
    let (code, would) = server.ask("POST", &uri, "application/json", &deployment("api", 1));
    assert_eq!((code, would["metadata"].get("resourceVersion")), (201, None));
    assert_eq!(server.ask("DELETE", &format!("{WEB}?dryRun=All"), "", &Value::Null).1["status"], "Success");
    assert_eq!(names(&server.get(DEPLOYMENTS).1), ["web"]);
    assert_eq!(server.get(WEB).1["spec"]["replicas"], 2);
    assert_eq!(watch.words(), Vec::<String>::new());
    let odd = server.patch(&format!("{WEB}?dryRun=Some"), MERGE, &json!({}));
    assert_eq!(refusal(&odd).0, 422);
}

#[test]
fn pages_show_the_collection_as_it_was() {
    let mut server = server();
    for name in ["a", "b", "c"] {
        server.create(name);
    }
    let (_, first) = server.get(&format!("{DEPLOYMENTS}?limit=1"));
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a"], &json!(2)));
    server.ask("DELETE", &format!("{DEPLOYMENTS}/b"), "", &Value::Null);
    server.create("bb");
    let token = first["metadata"]["continue"].as_str().unwrap();
    let (_, second) = server.get(&format!("{DEPLOYMENTS}?limit=5&continue={token}"));
    assert_eq!(names(&second), ["b", "c"]);
    assert_eq!(second["metadata"], json!({"resourceVersion": first["metadata"]["resourceVersion"]}));
    assert_eq!(names(&server.get(DEPLOYMENTS).1), ["a", "bb", "c"]);
    assert_eq!(refusal(&server.get(&format!("{DEPLOYMENTS}?limit=1&continue=x"))).0, 400);
    let selected =
        server.get(&format!("{DEPLOYMENTS}?labelSelector=app%20in%20(a,c)&fieldSelector=metadata.name!%3Da"));
    assert_eq!(names(&selected.1), ["c"]);
}

#[test]
fn a_watch_tells_who_enters_and_who_leaves_its_selector() {
    let mut server = server();
    let version = server.get(MAPS).1["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    server.map("web");
    let mut watch = server.watch(&format!("{MAPS}?watch=1&labelSelector=app%3Dweb&resourceVersion={version}"));
    assert_eq!(watch.words(), ["ADDED web"]);
    server.map("api");
    server.patch(MAP, MERGE, &json!({"data": {"a": "b"}}));
    assert_eq!(watch.words(), ["MODIFIED web"]);
    let (_, gone) = server.patch(MAP, MERGE, &json!({"metadata": {"labels": {"app": "other"}}}));
    let news = watch.news();
    assert_eq!(news[0]["type"], "DELETED");
    assert_eq!(news[0]["object"]["metadata"]["labels"]["app"], "web");
    assert_eq!(news[0]["object"]["metadata"]["resourceVersion"], gone["metadata"]["resourceVersion"]);
    server.patch(MAP, MERGE, &json!({"metadata": {"labels": {"app": "web"}}}));
    server.ask("DELETE", MAP, "", &Value::Null);
    assert_eq!(watch.words(), ["ADDED web", "DELETED web"]);
    server.bookmark();
    assert_eq!(watch.words(), Vec::<String>::new(), "it did not ask for bookmarks");
}

#[test]
fn a_streaming_list_ends_with_its_bookmark() {
    let mut server = server();
    server.create("web");
    let stream = format!("{DEPLOYMENTS}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true");
    assert_eq!(refusal(&server.get(&stream)).0, 422, "without resourceVersionMatch");
    let mut watch = server.watch(&format!("{stream}&resourceVersionMatch=NotOlderThan"));
    let news = watch.news();
    assert_eq!(news.len(), 2);
    assert_eq!(news[1]["type"], "BOOKMARK");
    assert_eq!(news[1]["object"]["metadata"]["annotations"], json!({"k8s.io/initial-events-end": "true"}));
    server.bookmark();
    let (version, bookmark) = (server.get(DEPLOYMENTS).1, watch.news());
    assert_eq!(bookmark[0]["object"]["metadata"], json!({"resourceVersion": version["metadata"]["resourceVersion"]}));
}

#[test]
fn a_watch_from_a_forgotten_version_is_told_so_and_a_slow_one_is_ended() {
    let mut server = server();
    server.map("web");
    let mut slow = server.watch(&format!("{MAPS}?watch=1"));
    let write = |world: &mut World, n: i32| {
        let mut web = world.objects.get(Resource::ConfigMaps, "shop", "web").unwrap().clone();
        web["data"]["n"] = n.to_string().into();
        let now = world.now();
        world.objects.replace((Resource::ConfigMaps, crate::domain::Sub::Main), web, "test", now).unwrap();
    };
    for n in 0..1_100 {
        server.act(|world| write(world, n));
    }
    let told = slow.words().len();
    assert!((1_000..1_100).contains(&told), "{told}");
    assert!(slow.rest.unwrap().is_closed());
    server.act(|world| (0..4_200).for_each(|n| write(world, n)));
    let mut late = server.watch(&format!("{MAPS}?watch=1&resourceVersion=1"));
    let news = late.news();
    assert_eq!((news.len(), &news[0]["type"], &news[0]["object"]["code"]), (1, &json!("ERROR"), &json!(410)));
    assert!(late.rest.is_none(), "and that is the end of it");
}

#[test]
fn kubectl_gets_a_table() {
    let mut server = server();
    server.create("web");
    server.act(|world| world.run_to(Moment::from_secs(1_004)));
    let (_, table) = whole(server.send("GET", DEPLOYMENTS, [TABLE, ""], ""));
    assert_eq!(table["kind"], "Table");
    assert_eq!(table["columnDefinitions"][3]["name"], "Available");
    let cells = table["rows"][0]["cells"].as_array().unwrap();
    assert_eq!((&cells[0], &cells[4], &cells[6]), (&json!("web"), &json!("4s"), &json!("r/web:1")));
    assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    let (_, none) = whole(server.send("GET", MAPS, [TABLE, ""], ""));
    assert_eq!((&none["rows"], none["columnDefinitions"].as_array().unwrap().len()), (&json!([]), 3));
}

#[test]
fn discovery_says_the_same_in_both_forms() {
    let mut server = server();
    let (_, list) = server.get("/apis/apps/v1");
    let plain: Vec<&str> =
        list["resources"].as_array().unwrap().iter().map(|resource| resource["name"].as_str().unwrap()).collect();
    assert!(plain.contains(&"deployments") && plain.contains(&"deployments/scale"), "{plain:?}");
    let form = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    let (_, groups) = whole(server.send("GET", "/apis", [form, ""], ""));
    let apps = groups["items"].as_array().unwrap().iter().find(|item| item["metadata"]["name"] == "apps").unwrap();
    let deployments = &apps["versions"][0]["resources"][0];
    assert_eq!(
        (&deployments["resource"], &deployments["subresources"][0]["subresource"]),
        (&json!("deployments"), &json!("scale"))
    );
    assert_eq!(server.get("/apis").1["kind"], "APIGroupList");
    assert!(server.get("/version").1["gitVersion"].as_str().unwrap().starts_with("v1.36.1"));
    let review = json!({"spec": {"resourceAttributes": {"verb": "patch", "resource": "deployments"}}});
    let reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let (code, answer) = server.ask("POST", reviews, "application/json", &review);
    assert_eq!((code, &answer["status"]["allowed"], &answer["spec"]), (201, &json!(true), &review["spec"]));
}

/// A Prometheus that says what it was asked, and pods that are asked every second.
struct Echo;

impl Around for Echo {
    fn prometheus(&self, (path, query, form): (&str, &str, &[u8]), now: Moment) -> (u16, Value) {
        (200, json!([now.0, path, query, String::from_utf8_lossy(form)]))
    }

    fn requests(&self, _: &World, _: &Value, (from, to): (Moment, Moment)) -> Vec<Line> {
        (from.0..=to.0).step_by(1_000).skip(1).map(|at| (Moment(at), format!("GET / at {at}"))).collect()
    }
}

#[test]
fn a_prometheus_is_reached_through_its_service() {
    let mut server = server();
    let uri = |name: &str| format!("/api/v1/namespaces/shop/services/{name}/proxy/api/v1/query?query=up");
    assert_eq!(refusal(&server.get(&uri("prometheus"))), (404, "NotFound", "services \"prometheus\" not found"));
    for name in ["prometheus", "web"] {
        let service = json!({"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}});
        let (code, _) = server.ask("POST", "/api/v1/namespaces/shop/services", "application/json", &service);
        assert_eq!(code, 201);
    }
    assert_eq!(server.get(&uri("http:prometheus:9090")).0, 503, "nobody has taken the part of the Prometheus");
    server.around = Box::new(Echo);
    assert_eq!(server.get(&uri("http:prometheus:9090")), (200, json!([1_000_000, "/api/v1/query", "query=up", ""])));
    let form = server.send("POST", &uri("prometheus:80"), ["*/*", "application/x-www-form-urlencoded"], "time=7");
    assert_eq!(whole(form), (200, json!([1_000_000, "/api/v1/query", "query=up", "time=7"])));
    let elsewhere = server.get(&uri("web"));
    assert_eq!(refusal(&elsewhere), (503, "ServiceUnavailable", "no endpoints available for service \"web\""));
}
