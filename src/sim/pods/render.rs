//! The status of a pod as its kubelet writes it. Conditions of others (readiness gates) stay; transition times stay while a
//! status does.

use serde_json::{Map, Value, json};

use super::{
    container::{Container, Ended, State},
    image::image_id,
    run::Run,
};
use crate::{
    domain::Moment,
    sim::{
        controllers::condition,
        objects::json::{list, set, stamp, text},
    },
};

/// Conditions that the kubelet writes.
const OURS: [&str; 4] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];

/// The pod with its status.
pub(super) fn status(run: &Run, pod: &Value, now: Moment) -> Value {
    let mut after = pod.clone();
    let mut put = |name: &str, value: Value| set(&mut after, &["status", name], value);
    put("phase", json!(phase(run)));
    put("startTime", json!(stamp(run.started)));
    if !run.host.is_empty() {
        put("hostIP", json!(run.host));
        put("hostIPs", json!([{"ip": run.host}]));
    }
    if !run.address.is_empty() {
        put("podIP", json!(run.address));
        put("podIPs", json!([{"ip": run.address}]));
    }
    put("conditions", json!(conditions(run, pod, now)));
    put("containerStatuses", run.containers.iter().map(container).collect());
    if !run.inits.is_empty() {
        put("initContainerStatuses", run.inits.iter().map(container).collect());
    }
    after
}

fn phase(run: &Run) -> &'static str {
    let never_ran = |one: &Container| matches!(one.state, State::Waiting { .. }) && one.last.is_none();
    if run.is_initialized() && !run.containers.iter().any(never_ran) { "Running" } else { "Pending" }
}

fn conditions(run: &Run, pod: &Value, now: Moment) -> Vec<Value> {
    let names =
        |all: &mut dyn Iterator<Item = &Container>| all.map(|one| one.name.clone()).collect::<Vec<_>>().join(" ");
    let unready = names(&mut run.containers.iter().filter(|one| !one.ready));
    let unfinished = names(&mut run.inits.iter().filter(|one| !one.is_done()));
    let because = |reason: &'static str, what: &str, of: &str| {
        if of.is_empty() { None } else { Some((reason, format!("containers with {what} status: [{of}]"))) }
    };
    let containers = because("ContainersNotReady", "unready", &unready);
    let wrong = |kind: &str| match kind {
        "PodReadyToStartContainers" => run.lacks_volume().then(|| ("", String::new())),
        "Initialized" => because("ContainersNotInitialized", "incomplete", &unfinished),
        "ContainersReady" => containers.clone(),
        _ => containers.clone().or_else(|| closed_gates(pod)),
    };
    let ours = OURS.iter().map(|kind| {
        let wrong = wrong(kind);
        let status = if wrong.is_some() { "False" } else { "True" };
        let same = condition(pod, kind).filter(|is| text(is, "/status") == status);
        let since = same.map_or_else(|| stamp(now), |is| text(is, "/lastTransitionTime").to_owned());
        let mut fresh = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": since});
        if let Some((reason, message)) = wrong.filter(|(reason, _)| !reason.is_empty()) {
            set(&mut fresh, &["reason"], reason);
            set(&mut fresh, &["message"], message);
        }
        fresh
    });
    let others = list(pod, "/status/conditions").iter().filter(|one| !OURS.contains(&text(one, "/type")));
    ours.chain(others.cloned()).collect()
}

/// What readiness gates that are not open say.
fn closed_gates(pod: &Value) -> Option<(&'static str, String)> {
    let closed = list(pod, "/spec/readinessGates").iter().filter_map(|gate| {
        let kind = text(gate, "/conditionType");
        match condition(pod, kind) {
            None => Some(format!("corresponding condition of pod readiness gate {kind:?} does not exist.")),
            Some(is) if text(is, "/status") == "True" => None,
            Some(is) => {
                let status = text(is, "/status");
                Some(format!("the status of pod readiness gate {kind:?} is not \"True\", but {status}"))
            }
        }
    });
    let closed: Vec<String> = closed.collect();
    if closed.is_empty() { None } else { Some(("ReadinessGatesNotReady", closed.join(", "))) }
}

fn container(one: &Container) -> Value {
    let ran = !one.id.is_empty();
    let mut status = json!({
        "name": one.name,
        "image": one.image,
        "imageID": if ran { image_id(&one.image) } else { String::new() },
        "ready": one.ready,
        "started": matches!(one.state, State::Running { .. }),
        "restartCount": one.restarts,
        "state": state(&one.state),
        "lastState": one.last.as_ref().map_or_else(|| Value::Object(Map::new()), ended),
    });
    if ran {
        set(&mut status, &["containerID"], one.id.clone());
    }
    status
}

fn state(state: &State) -> Value {
    match state {
        State::Waiting { reason, message } if message.is_empty() => json!({"waiting": {"reason": reason}}),
        State::Waiting { reason, message } => json!({"waiting": {"reason": reason, "message": message}}),
        State::Running { since } => json!({"running": {"startedAt": stamp(*since)}}),
        State::Ended(how) => ended(how),
    }
}

fn ended(how: &Ended) -> Value {
    json!({"terminated": {
        "exitCode": how.exit, "reason": how.reason, "containerID": how.id,
        "startedAt": stamp(how.from), "finishedAt": stamp(how.to),
    }})
}
