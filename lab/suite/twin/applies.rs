//! Server-side apply: the same requests to the real API server and to the simulated one must get the same answers: code,
//! message, causes, the object, and who owns which field.

use std::sync::Arc;

use http::{Method, Request};
use kube::Client;
use rolldeck::{
    domain::Moment,
    sim::{Alone, Resource, Simulator, World},
};
use serde_json::{Value, json};

use super::real;
use crate::{Verdict, kube::Lab};

const NAMESPACE: &str = "twin-applies";
const START: Moment = Moment(1_700_000_000_000);

const APPLY: &str = "application/apply-patch+yaml";
const MERGE: &str = "application/merge-patch+json";

const MAP: &str = "/api/v1/namespaces/twin-applies/configmaps/m";
const WEB: &str = "/apis/apps/v1/namespaces/twin-applies/deployments/web";

/// The Deployment that `x` applies. Paused: its controller writes no more than its status.
const WHOLE: &str = r#"{"paused":true,"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":
    {"app":"web"}},"spec":{"nodeName":"node-0","containers":[{"name":"a","image":"i:1","env":[{"name":"A","value":"1"},
    {"name":"B","value":"2"}],"ports":[{"containerPort":80}],"args":["x","y"],"resources":{"limits":{"cpu":"1"}}},
    {"name":"s","image":"s:1"}],"tolerations":[{"key":"a","operator":"Exists"}]}}}"#;

/// What is sent: media type, path, query, body. `DATA …` stands for a ConfigMap with that data, `META …` for one with that
/// metadata, `SPEC …` for a Deployment with that spec. In order: each acts on what those before it left.
const CASES: &[(&str, &str, &str, &str)] = &[
    (APPLY, MAP, "", r#"DATA {"a":"1"}"#),
    (APPLY, MAP, "fieldManager=x", r#"{"kind":"ConfigMap","data":{"a":"1"}}"#),
    (APPLY, MAP, "fieldManager=x", r#"{"apiVersion":"v1","data":{"a":"1"}}"#),
    (APPLY, MAP, "fieldManager=x", r#"{"apiVersion":"v2","kind":"ConfigMap","data":{"a":"1"}}"#),
    (APPLY, MAP, "fieldManager=x", r#"{"apiVersion":"v1","kind":"ConfigMap","data":{"a":"1"}}"#),
    (APPLY, MAP, "fieldManager=x", r#"META {"name":"other"}"#),
    (APPLY, MAP, "fieldManager=x", r#"META {"name":"m","managedFields":[{}]}"#),
    (APPLY, MAP, "fieldManager=x", r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"frob":1}"#),
    (
        APPLY,
        MAP,
        "fieldManager=x&dryRun=All",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  k: \"1\"\n",
    ),
    (MERGE, MAP, "force=true", "{}"),
    (APPLY, MAP, "fieldManager=x&dryRun=All", r#"DATA {"a":"1","b":"2"}"#),
    (APPLY, MAP, "fieldManager=x", r#"DATA {"a":"1","b":"2"}"#),
    (APPLY, MAP, "fieldManager=x", r#"DATA {"a":"1","b":"2"}"#),
    (APPLY, MAP, "fieldManager=y", r#"DATA {"a":"3","b":"2"}"#),
    (APPLY, MAP, "fieldManager=y&force=true&dryRun=All", r#"DATA {"a":"3","b":"2"}"#),
    (APPLY, MAP, "fieldManager=y&force=true", r#"DATA {"a":"3","b":"2"}"#),
    (APPLY, MAP, "fieldManager=x", r#"DATA {"c":"9"}"#),
    (APPLY, MAP, "fieldManager=x", "DATA {}"),
    (APPLY, MAP, "fieldManager=y", r#"META {"name":"m","labels":{"q":"r"},"finalizers":["a/c"]}"#),
    (
        APPLY,
        MAP,
        "fieldManager=x",
        r#"{"apiVersion":"v1","kind":"ConfigMap","data":{"l":"1"},
            "metadata":{"name":"m","labels":{"q":"r"},"finalizers":["a/d"]}}"#,
    ),
    (APPLY, MAP, "fieldManager=y", "DATA {}"),
    (APPLY, MAP, "fieldManager=x", r#"META {"name":"m","resourceVersion":"1"}"#),
    (MERGE, MAP, "fieldManager=z", r#"{"data":{"l":"2"}}"#),
    (APPLY, MAP, "fieldManager=x", r#"DATA {"l":"1"}"#),
    (APPLY, MAP, "fieldManager=x", r#"DATA {"l":"2"}"#),
    (APPLY, MAP, "fieldManager=x&force=true", r#"DATA {"l":"3"}"#),
    (APPLY, MAP, "fieldManager=x", "DATA {}"),
    (APPLY, WEB, "fieldManager=x", "SPEC WHOLE"),
    (
        APPLY,
        WEB,
        "fieldManager=y",
        r#"SPEC {"template":{"spec":{"containers":[{"name":"n","image":"n:1"},{"name":"a","env":[{"name":"C","value":"3"}],
            "ports":[{"containerPort":80,"protocol":"UDP"}]}]}}}"#,
    ),
    (APPLY, WEB, "fieldManager=y", r#"SPEC {"template":{"spec":{"containers":[{"name":"a","args":["x"]}]}}}"#),
    (
        APPLY,
        WEB,
        "fieldManager=y",
        r#"SPEC {"template":{"spec":{"containers":[{"name":"s","env":[{"name":"Q","value":"3"}]}]}}}"#,
    ),
    (
        APPLY,
        WEB,
        "fieldManager=x",
        r#"SPEC {"paused":true,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
            "spec":{"containers":[{"name":"a","image":"i:2"}]}}}"#,
    ),
    (APPLY, WEB, "fieldManager=w", r#"SPEC {"strategy":{"type":"Recreate"}}"#),
    (APPLY, WEB, "fieldManager=w", r#"SPEC {"minReadySeconds":4,"revisionHistoryLimit":3}"#),
    (APPLY, WEB, "fieldManager=w", "SPEC {}"),
    (APPLY, WEB, "fieldManager=w", r#"SPEC {"frob":1}"#),
    (MERGE, WEB, "fieldManager=edit", r#"{"spec":{"replicas":4}}"#),
    (APPLY, WEB, "fieldManager=x", "SPEC WHOLE"),
    (APPLY, WEB, "fieldManager=x", r#"SPEC {"template":{"spec":{"containers":[{"image":"q"}]}}}"#),
    (
        APPLY,
        WEB,
        "fieldManager=z&force=true",
        r#"SPEC {"replicas":7,"template":{"spec":{"containers":[{"name":"a","image":"q:1",
            "ports":[{"containerPort":80,"name":"x"}]}]}}}"#,
    ),
    (APPLY, WEB, "fieldManager=x", "SPEC WHOLE"),
    (APPLY, WEB, "fieldManager=x&force=true", "SPEC WHOLE"),
    (MERGE, WEB, "fieldManager=z", r#"{"metadata":{"managedFields":[{}]}}"#),
    (APPLY, "/api/v1/namespaces/nowhere/configmaps/m", "fieldManager=x", r#"DATA {"a":"1"}"#),
];

/// Sends all of it to both.
pub(crate) fn applies_agree(lab: &Lab) -> Verdict {
    let _namespace = lab.namespace(NAMESPACE)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let wrong = runtime.map_err(|e| e.to_string())?.block_on(compare(lab))?;
    println!("    {} of {} applies agree", CASES.len() - wrong.len(), CASES.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

async fn compare(lab: &Lab) -> Result<Vec<String>, String> {
    let real = real::client(lab).await?;
    let simulator = Simulator::start(World::new(7, START), Arc::new(|| START), 1.0, Box::new(Alone));
    simulator
        .act(|world| {
            let namespace = json!({"metadata": {"name": NAMESPACE}});
            drop(world.objects.create(Resource::Namespaces, namespace, "twin", START));
        })
        .await;
    let simulated = Client::new(simulator.service(), NAMESPACE);
    let mut wrong = Vec::new();
    for case in CASES {
        let (in_lab, here) = (seen(&real, case).await?, seen(&simulated, case).await?);
        if in_lab != here {
            wrong.push(format!("{case:?}\n      lab       {in_lab}\n      simulator {here}"));
        }
    }
    // The namespace goes, if nothing holds it.
    seen(&real, &(MERGE, MAP, "", r#"{"metadata":{"finalizers":null}}"#)).await?;
    Ok(wrong)
}

/// What is to be compared of an answer.
async fn seen(client: &Client, (media, path, query, body): &(&str, &str, &str, &str)) -> Result<Value, String> {
    let object = |kind: &str, version: &str, name: &str, member: &str, value: &str| {
        format!(r#"{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"{name}"}},"{member}":{value}}}"#)
    };
    let body = match body.split_once(' ') {
        Some(("DATA", data)) => object("ConfigMap", "v1", "m", "data", data),
        Some(("META", metadata)) => format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{metadata}}}"#),
        Some(("SPEC", spec)) => object("Deployment", "apps/v1", "web", "spec", &spec.replace("WHOLE", WHOLE)),
        _ => (*body).to_owned(),
    };
    let request = Request::builder().method(Method::PATCH).uri(format!("{path}?{query}"));
    let request = request.header("Content-Type", *media).body(body.into_bytes()).map_err(|e| e.to_string())?;
    match client.request::<Value>(request).await {
        Ok(answer) => Ok(facts(&answer)),
        Err(kube::Error::Api(status)) => {
            let mut causes: Vec<String> = status
                .details
                .iter()
                .flat_map(|details| &details.causes)
                .map(|cause| format!("{} {} {}", cause.reason, cause.field, cause.message))
                .collect();
            // The real server goes through a map.
            causes.sort();
            Ok(json!({"code": status.code, "reason": status.reason, "says": status.message, "causes": causes}))
        }
        Err(other) => Err(other.to_string()),
    }
}

/// An object without what is different in every cluster, and without what controllers own.
fn facts(object: &Value) -> Value {
    let metadata = |name: &str| object.pointer(&format!("/metadata/{name}")).cloned().unwrap_or_default();
    let entries = metadata("managedFields").as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut owners: Vec<Value> = entries
        .iter()
        .filter(|entry| text(entry, "subresource") != "status" && !text(entry, "manager").contains("controller"))
        .map(|entry| json!([text(entry, "manager"), text(entry, "operation"), entry.get("fieldsV1")]))
        .collect();
    // They are listed by time, which stands still here.
    owners.sort_by_key(Value::to_string);
    json!({
        "labels": metadata("labels"), "finalizers": metadata("finalizers"), "generation": metadata("generation"),
        "data": object.get("data"), "spec": object.get("spec"), "owners": owners,
    })
}
