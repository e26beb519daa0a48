//! What a flight needs to know of a Deployment's spec, and a spec as a patch would leave it.

use serde_json::Value;

use crate::{
    domain::{Amount, Deployment, Op, Strategy as Slim, Write},
    systems::deployment::arithmetic::Strategy,
};

/// The API's default of `terminationGracePeriodSeconds`.
const GRACE_S: i64 = 30;

/// The part of a spec that decides how pods are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) strategy: Strategy,
    pub(super) replicas: i32,
    pub(super) is_paused: bool,
    pub(super) min_ready_ms: i64,
    /// `progressDeadlineSeconds`; None when it is switched off.
    pub(super) deadline_s: Option<i64>,
    /// The grace period of its pods.
    pub(super) grace_s: i64,
}

impl Spec {
    /// Of a Deployment as the API server writes it, defaults filled in.
    pub(super) fn of(whole: &Value) -> Self {
        let number = |path: &str| whole.pointer(path).and_then(Value::as_i64);
        let amount = |field: &str| {
            let value = whole.pointer(&format!("/spec/strategy/rollingUpdate/{field}"));
            let pods = value.and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok()).map(Amount::Pods);
            pods.or_else(|| value.and_then(Value::as_str).and_then(Amount::parse)).unwrap_or(Amount::DEFAULT)
        };
        let recreates = whole.pointer("/spec/strategy/type").and_then(Value::as_str) == Some("Recreate");
        let deadline = number("/spec/progressDeadlineSeconds").filter(|secs| *secs < i64::from(i32::MAX));
        Self {
            strategy: if recreates {
                Strategy::Recreate
            } else {
                Strategy::Rolling { surge: amount("maxSurge"), unavailable: amount("maxUnavailable") }
            },
            replicas: number("/spec/replicas").and_then(|n| i32::try_from(n).ok()).unwrap_or(1),
            is_paused: whole.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false),
            min_ready_ms: number("/spec/minReadySeconds").unwrap_or(0) * 1_000,
            deadline_s: deadline,
            grace_s: number("/spec/template/spec/terminationGracePeriodSeconds").unwrap_or(GRACE_S),
        }
    }

    /// Of a Deployment as it is watched: it does not tell the grace period of its pods, so the default stands for it.
    pub(super) fn watched(deployment: &Deployment) -> Self {
        Self {
            strategy: match deployment.strategy {
                Slim::Recreate => Strategy::Recreate,
                Slim::Rolling { surge, unavailable } => Strategy::Rolling { surge, unavailable },
            },
            replicas: deployment.replicas,
            is_paused: deployment.paused,
            min_ready_ms: i64::from(deployment.min_ready_s) * 1_000,
            deadline_s: deployment.deadline_s.map(i64::from),
            grace_s: GRACE_S,
        }
    }
}

/// Container and image, of containers and init containers.
pub(super) fn images(whole: &Value) -> Vec<(&str, &str)> {
    let lists = ["containers", "initContainers"].map(|list| whole.pointer(&format!("/spec/template/spec/{list}")));
    let containers = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
    containers
        .filter_map(|container| Some((container.get("name")?.as_str()?, container.get("image")?.as_str()?)))
        .collect()
}

/// An object as writes would leave it.
pub(super) fn with(whole: &Value, writes: &[Write]) -> Value {
    let mut whole = whole.clone();
    for op in writes.iter().flat_map(|write| &write.ops) {
        let Some((parent, key)) = op.path().rsplit_once('/') else { continue };
        let Some(parent) = whole.pointer_mut(parent) else { continue };
        let key = key.replace("~1", "/").replace("~0", "~");
        match (op, parent) {
            (Op::Put(_, value), Value::Object(map)) => drop(map.insert(key, value.clone())),
            (Op::Remove(_), Value::Object(map)) => drop(map.remove(&key)),
            (Op::Put(_, value), Value::Array(list)) => {
                if let Some(held) = key.parse().ok().and_then(|at: usize| list.get_mut(at)) {
                    *held = value.clone();
                }
            }
            (Op::Put(..) | Op::Remove(_), _) => {}
        }
    }
    whole
}
