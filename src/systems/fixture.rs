//! Whole objects and rollouts for tests of planning: Deployment `shop/web` of three pods, as the API server writes it.

use serde_json::{Value, json};

use super::Ask;
use crate::domain::{
    Args, Course, Intent, Kind, Labels, Phase, Pods, Ref, Role, Rollout, RolloutStatus, Split, Standing, Text, Verb,
    Version,
    sample::{self, NOW, ago},
};

/// A template of container `app` and init container `migrate`.
pub(crate) fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "app", "image": image, "resources": {}}],
            "initContainers": [{"name": "migrate", "image": "tool:1", "resources": {}}],
        },
    })
}

/// The Deployment, generation 7, revision 3.
pub(crate) fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "web", "generation": 7,
            "annotations": {"deployment.kubernetes.io/revision": "3"},
        },
        "spec": {"replicas": 3, "strategy": {"type": "RollingUpdate"}, "template": template(image)},
        "status": {"observedGeneration": 7},
    })
}

/// The same with a value put somewhere.
pub(crate) fn with(mut whole: Value, path: &str, value: Value) -> Value {
    let (parent, key) = path.rsplit_once('/').unwrap();
    whole.pointer_mut(parent).unwrap()[key.replace("~1", "/")] = value;
    whole
}

/// Version `web-NUMBER`, created in the order of the numbers.
pub(crate) fn set(number: i64, image: &str, available: i32) -> Value {
    let mut template = template(image);
    template["metadata"]["labels"]["pod-template-hash"] = json!(format!("h{number}"));
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("web-{number}"), "namespace": "shop", "uid": format!("web-{number}"),
            "creationTimestamp": format!("2026-11-21T03:{number:02}:00Z"),
            "annotations": {
                "deployment.kubernetes.io/revision": number.to_string(),
                "deployment.kubernetes.io/desired-replicas": "3",
                "deployment.kubernetes.io/max-replicas": "4",
            },
        },
        "spec": {"replicas": available, "template": template},
        "status": {"replicas": available, "availableReplicas": available},
    })
}

/// The rollout that has these versions (number, image, available pods, role), newest first.
pub(crate) fn rollout(versions: &[(i64, &str, i32, Role)]) -> Rollout {
    let version = |(number, image, available, role): &(i64, &str, i32, Role)| {
        let name = format!("web-{number}");
        let counts = Pods { desired: *available, have: *available, ready: *available, ..Pods::default() };
        Version {
            at: sample::at(Kind::REPLICA_SET, &name),
            uid: name.as_str().into(),
            role: *role,
            revision: Some(*number),
            images: vec![("app".into(), (*image).into()), ("migrate".into(), "tool:1".into())],
            cause: None,
            created: ago(3_600 - 60 * number),
            sets: vec![name.as_str().into()],
            pods: Pods { available: *available, ..counts },
            split: Split::default(),
            services: Vec::new(),
            metrics: None,
            peak: None,
        }
    };
    Rollout {
        at: sample::at(Kind::DEPLOYMENT, "web"),
        uid: "web".into(),
        labels: Labels::default(),
        system: "deployment".into(),
        parent: None,
        phase: Phase::Healthy,
        says: "all 3 pods available".into(),
        cause: None,
        since: None,
        status: RolloutStatus { standing: Standing::Done, says: Text::default() },
        created: ago(3_600),
        generation: 7,
        observed: 7,
        desired: 3,
        forces: Vec::new(),
        analysis: crate::domain::Analysis::default(),
        course: Course::default(),
        door: crate::domain::Doorstep::default(),
        versions: versions.iter().map(version).collect(),
        findings: Vec::new(),
        wants: Vec::new(),
        offers: Vec::new(),
        again: None,
    }
}

/// What is wanted of `web`.
pub(crate) fn intent(verb: Verb, args: Args) -> Intent {
    Intent { target: target(), verb, args }
}

/// `deployment/web`.
pub(crate) fn target() -> Ref {
    sample::at(Kind::DEPLOYMENT, "web")
}

/// A question about it, at [`NOW`].
pub(crate) fn ask<'a>(rollout: &'a Rollout, intent: &'a Intent, whole: &'a [Value]) -> Ask<'a> {
    Ask { rollout, intent, whole, has_context: true, now: NOW }
}
