//! The cells of a pod: its status in one word is made here, as the real server makes it (`printPod`).

use serde_json::{Value, json};

use super::{age, count, items, text, text_or_none};
use crate::{
    domain::{Moment, num},
    sim::api::moment,
};

pub(super) fn pod(pod: &Value, now: Moment) -> Vec<Value> {
    let summary = Summary::of(pod);
    let restarts = match summary.last_restart {
        Some(last) if summary.restarts > 0 => format!("{} ({} ago)", summary.restarts, age::human(last, now)),
        _ => summary.restarts.to_string(),
    };
    let gates: Vec<bool> =
        items(pod, "/spec/readinessGates").iter().map(|gate| is_true(pod, text(gate, "/conditionType"))).collect();
    let gates = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        format!("{}/{}", gates.iter().filter(|passed| **passed).count(), gates.len())
    };
    vec![
        json!(text(pod, "/metadata/name")),
        json!(format!("{}/{}", summary.ready, items(pod, "/spec/containers").len())),
        json!(summary.status),
        json!(restarts),
        json!(age::since(pod, "/metadata/creationTimestamp", now)),
        json!(text_or_none(pod, "/status/podIP")),
        json!(text_or_none(pod, "/spec/nodeName")),
        json!(text_or_none(pod, "/status/nominatedNodeName")),
        json!(gates),
    ]
}

struct Summary {
    status: String,
    ready: usize,
    restarts: i64,
    last_restart: Option<Moment>,
}

impl Summary {
    fn of(pod: &Value) -> Self {
        let phase = text(pod, "/status/phase");
        let reason = Some(text(pod, "/status/reason")).filter(|reason| !reason.is_empty()).unwrap_or(phase);
        let mut summary = Self { status: reason.to_owned(), ready: 0, restarts: 0, last_restart: None };
        if !summary.init(pod) {
            summary.containers(pod);
        }
        if pod.pointer("/metadata/deletionTimestamp").is_some() {
            let status = if text(pod, "/status/reason") == "NodeLost" { Some("Unknown") } else { None };
            let ended = matches!(phase, "Succeeded" | "Failed");
            if let Some(status) = status.or(if ended { None } else { Some("Terminating") }) {
                status.clone_into(&mut summary.status);
            }
        }
        summary
    }

    /// Looks at the init containers; whether one of them still holds the pod up.
    fn init(&mut self, pod: &Value) -> bool {
        let all = items(pod, "/spec/initContainers").len();
        for (n, container) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
            self.restarted(container);
            let terminated = container.pointer("/state/terminated");
            if terminated.is_some_and(|ended| count(ended, "/exitCode") == 0) {
                continue;
            }
            let waiting = text(container, "/state/waiting/reason");
            self.status = match terminated {
                Some(ended) => format!("Init:{}", end(ended)),
                None if !matches!(waiting, "" | "PodInitializing") => format!("Init:{waiting}"),
                None => format!("Init:{n}/{all}"),
            };
            return true;
        }
        false
    }

    fn containers(&mut self, pod: &Value) {
        let mut is_running = false;
        for container in items(pod, "/status/containerStatuses").iter().rev() {
            self.restarted(container);
            let waiting = text(container, "/state/waiting/reason");
            let is_ready = container.get("ready").and_then(Value::as_bool).unwrap_or_default();
            if !waiting.is_empty() {
                waiting.clone_into(&mut self.status);
            } else if let Some(ended) = container.pointer("/state/terminated") {
                self.status = end(ended);
            } else if is_ready && container.pointer("/state/running").is_some() {
                is_running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" && is_running {
            let status = if is_true(pod, "Ready") { "Running" } else { "NotReady" };
            status.clone_into(&mut self.status);
        }
    }

    fn restarted(&mut self, container: &Value) {
        self.restarts += count(container, "/restartCount");
        let ended = moment(text(container, "/lastState/terminated/finishedAt"));
        self.last_restart = self.last_restart.max(ended);
    }
}

/// Why a container ended, in one word.
fn end(ended: &Value) -> String {
    match (text(ended, "/reason"), count(ended, "/signal")) {
        ("", 0) => format!("ExitCode:{}", count(ended, "/exitCode")),
        ("", signal) => format!("Signal:{}", num::clamp_u64(signal)),
        (reason, _) => reason.to_owned(),
    }
}

fn is_true(pod: &Value, condition: &str) -> bool {
    items(pod, "/status/conditions").iter().any(|c| text(c, "/type") == condition && text(c, "/status") == "True")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(status: &Value, deleted: bool) -> String {
        let mut object = json!({
            "metadata": {"name": "p", "creationTimestamp": "1970-01-01T00:00:00Z"},
            "spec": {"containers": [{"name": "app"}]},
            "status": status,
        });
        if deleted {
            object["metadata"]["deletionTimestamp"] = json!("1970-01-01T00:00:30Z");
        }
        let cells = pod(&object, Moment::from_secs(300));
        format!("{} {} {}", cells[1].as_str().unwrap(), cells[2].as_str().unwrap(), cells[3].as_str().unwrap())
    }

    #[test]
    fn a_pod_in_one_word() {
        let container = |state: &Value| json!({"phase": "Running", "containerStatuses": [state]});
        let running = container(&json!({"ready": true, "restartCount": 0, "state": {"running": {}}}));
        assert_eq!(cells(&running, false), "1/1 Running 0");
        assert_eq!(cells(&running, true), "1/1 Terminating 0");
        assert_eq!(cells(&json!({"phase": "Pending"}), false), "0/1 Pending 0");
        let crashing = container(&json!({
            "ready": false, "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "1970-01-01T00:04:00Z"}},
        }));
        assert_eq!(cells(&crashing, false), "0/1 CrashLoopBackOff 3 (60s ago)");
        let ended = container(&json!({"restartCount": 0, "state": {"terminated": {"exitCode": 2}}}));
        assert_eq!(cells(&ended, false), "0/1 ExitCode:2 0");
        let init =
            json!({"phase": "Pending", "initContainerStatuses": [{"restartCount": 0, "state": {"running": {}}}]});
        assert_eq!(cells(&init, false), "0/1 Init:0/0 0");
    }
}
