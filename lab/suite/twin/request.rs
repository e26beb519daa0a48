//! From a step to what is written: the same requests for both clusters, worked out from what is seen.

use serde_json::{Value, json};

use super::{
    script::{Script, Step, Which, image, merge},
    seen::{Seen, is_ready, list, may_be_ready, text},
};

/// One write.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// Creates the Deployment.
    Create(Value),
    /// Replaces the Deployment, if it still is what it was.
    Replace(Value),
    /// The Deployment's scale.
    Scale(i32),
    /// Sets the gate of a pod.
    Gate(String, bool),
    /// A pod is evicted: it fails.
    Evict(String),
    /// Deletes a pod.
    Delete(String),
    /// Sets the pods of the quota.
    Quota(i64),
}

/// Annotations that kubectl's undo leaves as they are.
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// What a step writes; what is missing for it, if something is.
pub(super) fn requests(script: &Script, step: &Step, seen: &Seen, namespace: &str) -> Result<Vec<Request>, String> {
    let edit = |change: &dyn Fn(&mut Value)| {
        let mut object = seen.deployment.clone().ok_or("there is no Deployment")?;
        change(&mut object);
        Ok(vec![Request::Replace(object)])
    };
    let pods = |which, how_many, fits: &dyn Fn(&Value) -> bool, request: &dyn Fn(String) -> Request| {
        let names = pick(seen, which, how_many, fits);
        if names.is_empty() {
            Err(format!("no pod for {step:?}"))
        } else {
            Ok(names.into_iter().map(request).collect())
        }
    };
    match step {
        Step::Create => Ok(vec![Request::Create(script.deployment(namespace))]),
        Step::Image(tag) => {
            edit(&|object| object["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image(tag)))
        }
        Step::Env(value) => edit(&|object| {
            object["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "MODE", "value": value}]);
        }),
        Step::Annotate(key, value) => edit(&|object| object["metadata"]["annotations"][*key] = json!(value)),
        Step::Spec(members) => edit(&|object| merge(&mut object["spec"], members)),
        Step::Pause => edit(&|object| merge(&mut object["spec"], &json!({"paused": true}))),
        Step::Resume => edit(&|object| merge(&mut object["spec"], &json!({"paused": null}))),
        Step::Undo(to) => undo(seen, *to),
        Step::Scale(replicas) => Ok(vec![Request::Scale(*replicas)]),
        Step::Open(which, n) => pods(*which, *n, &|pod| !may_be_ready(pod), &|name| Request::Gate(name, true)),
        Step::Close(which, n) => pods(*which, *n, &|pod| may_be_ready(pod), &|name| Request::Gate(name, false)),
        Step::Evict(which, n) => pods(*which, *n, &|_| true, &Request::Evict),
        Step::Delete(which, n) => pods(*which, *n, &|_| true, &Request::Delete),
        Step::Quota(pods) => Ok(vec![Request::Quota(*pods)]),
        Step::Until(_) | Step::Admitted | Step::Settle => Ok(Vec::new()),
    }
}

/// Names of pods that fit, the ready ones first.
fn pick(seen: &Seen, which: Which, how_many: usize, fits: &dyn Fn(&Value) -> bool) -> Vec<String> {
    let mut groups: Vec<Vec<&Value>> =
        seen.versions().iter().map(|(_, set)| seen.pods_of(set).filter(|pod| fits(pod)).collect()).collect();
    groups.retain(|pods| !pods.is_empty());
    let mut chosen: Vec<&Value> = match which {
        Which::Newest => groups.pop().unwrap_or_default(),
        Which::Oldest => groups.into_iter().next().unwrap_or_default(),
        Which::All => groups.into_iter().flatten().collect(),
    };
    chosen.sort_by_key(|pod| !is_ready(pod));
    chosen.into_iter().take(how_many).map(|pod| text(pod, "/metadata/name").to_owned()).collect()
}

/// What kubectl's undo writes.
fn undo(seen: &Seen, to: i64) -> Result<Vec<Request>, String> {
    let mut object = seen.deployment.clone().ok_or("there is no Deployment")?;
    let mut versions = seen.versions();
    versions.reverse();
    let target = match to {
        0 => versions.get(1),
        number => versions.iter().find(|(revision, _)| *revision == number),
    };
    let (_, set) = target.ok_or_else(|| format!("no version for an undo to {to}"))?;
    let mut template = set["spec"]["template"].clone();
    template["metadata"]["labels"].as_object_mut().unwrap().remove("pod-template-hash");
    object["spec"]["template"] = template;
    let annotations = |of: &Value, own: bool| -> Vec<(String, Value)> {
        let all = of.pointer("/metadata/annotations").and_then(Value::as_object).cloned().unwrap_or_default();
        all.into_iter().filter(|(key, _)| OWN.contains(&key.as_str()) == own).collect()
    };
    let after = annotations(&object, true).into_iter().chain(annotations(set, false));
    object["metadata"]["annotations"] = Value::Object(after.collect());
    Ok(vec![Request::Replace(object)])
}

/// Whether what a step waits for has come.
pub(super) fn has_come(step: &Step, seen: &Seen) -> bool {
    let condition = |kind: &str| {
        let all = seen.deployment.as_ref().map_or(&[][..], |one| list(one, "/status/conditions"));
        all.iter().find(|is| text(is, "/type") == kind).map(|is| text(is, "/reason").to_owned())
    };
    match step {
        Step::Until(reason) => condition("Progressing").as_deref() == Some(reason),
        Step::Admitted => condition("ReplicaFailure").is_none(),
        Step::Create
        | Step::Image(_)
        | Step::Env(_)
        | Step::Annotate(..)
        | Step::Spec(_)
        | Step::Pause
        | Step::Resume
        | Step::Scale(_)
        | Step::Undo(_)
        | Step::Open(..)
        | Step::Close(..)
        | Step::Evict(..)
        | Step::Delete(..)
        | Step::Quota(_)
        | Step::Settle => true,
    }
}
