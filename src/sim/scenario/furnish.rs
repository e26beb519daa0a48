//! The objects of a story, as somebody would have applied them.

use serde_json::{Value, json};

use super::{Amount, Deployment, Hpa, Quota};
use crate::sim::Resource;

/// Where the Prometheus of every story is.
pub(super) const MONITORING: &str = "monitoring";

/// What every cluster of a story has.
pub(super) fn prometheus() -> [(Resource, Value); 2] {
    [
        (Resource::Namespaces, namespace(MONITORING)),
        (
            Resource::Services,
            json!({
                "metadata": {"name": "prometheus", "namespace": MONITORING},
                "spec": {"ports": [{"name": "web", "port": 9090}], "selector": {"app": "prometheus"}},
            }),
        ),
    ]
}

pub(super) fn namespace(name: &str) -> Value {
    json!({"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}})
}

impl Quota {
    pub(super) fn object(&self) -> Value {
        json!({
            "metadata": {"name": "team", "namespace": self.namespace.get_ref()},
            "spec": {"hard": {"pods": self.pods.to_string()}},
        })
    }
}

impl Hpa {
    pub(super) fn object(&self, of: &Deployment) -> Value {
        json!({
            "metadata": {"name": of.name, "namespace": of.namespace},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": of.name},
                "minReplicas": self.min,
                "maxReplicas": self.max,
                "metrics": [{"type": "Resource", "resource": {
                    "name": "cpu", "target": {"type": "Utilization", "averageUtilization": self.cpu}}}],
            },
        })
    }
}

impl Deployment {
    /// Whether it is meant by `NAMESPACE/NAME`.
    pub(super) fn is(&self, named: &str) -> bool {
        named.split_once('/') == Some((self.namespace.as_str(), self.name.get_ref().as_str()))
    }

    /// The name of its Service.
    pub(super) fn served_by(&self) -> &str {
        self.service.as_deref().unwrap_or(self.name.get_ref())
    }

    pub(super) fn service(&self) -> Value {
        let annotations = if self.load > 0.0 { json!({"rolldeck.sim/load": self.load.to_string()}) } else { json!({}) };
        json!({
            "metadata": {"name": self.served_by(), "namespace": self.namespace, "annotations": annotations},
            "spec": {"selector": {"app": self.name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        })
    }

    pub(super) fn object(&self) -> Value {
        let mut labels = json!({"app": self.name});
        if let Some(labels) = labels.as_object_mut() {
            labels.extend(self.labels.iter().map(|(key, value)| (key.clone(), json!(value))));
        }
        let mut spec = json!({
            "replicas": self.replicas,
            "selector": {"matchLabels": {"app": self.name}},
            "strategy": self.strategy(),
            "minReadySeconds": self.min_ready.0 / 1_000,
            "template": {
                "metadata": {"labels": labels, "annotations": self.manner()},
                "spec": {"containers": [self.container()], "terminationGracePeriodSeconds": 30},
            },
        });
        if let (Some(deadline), Some(spec)) = (self.progress_deadline, spec.as_object_mut()) {
            spec.insert("progressDeadlineSeconds".into(), json!(deadline.0 / 1_000));
        }
        json!({"metadata": {"name": self.name, "namespace": self.namespace, "labels": labels}, "spec": spec})
    }

    fn strategy(&self) -> Value {
        if self.recreate {
            return json!({"type": "Recreate"});
        }
        let amount = |amount: &Option<Amount>| match amount {
            Some(Amount::Pods(pods)) => json!(pods),
            Some(Amount::Share(share)) => json!(share),
            None => json!("25%"),
        };
        let rolling = json!({"maxSurge": amount(&self.max_surge), "maxUnavailable": amount(&self.max_unavailable)});
        json!({"type": "RollingUpdate", "rollingUpdate": rolling})
    }

    /// What traffic is to know of its pods.
    fn manner(&self) -> Value {
        let known = [
            ("rolldeck.sim/capacity", self.capacity.map(f64::from)),
            ("rolldeck.sim/p50-ms", self.median_ms.map(f64::from)),
            ("rolldeck.sim/error-share", self.errors),
        ];
        known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?.to_string())))).collect()
    }

    fn container(&self) -> Value {
        let usual = || format!("registry.example/{}/{}", self.namespace, self.name.get_ref());
        let image = self.image.clone().unwrap_or_else(usual);
        let mut container = json!({
            "name": "app",
            "image": format!("{image}:{}", self.tag),
            "ports": [{"name": "http", "containerPort": 8080}],
            "readinessProbe": {
                "httpGet": {"path": "/ready", "port": "http"},
                "initialDelaySeconds": self.ready_after.0 / 1_000,
                "periodSeconds": 5,
            },
            "resources": {"requests": {"cpu": self.cpu, "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        });
        if let (Some(pre_stop), Some(container)) = (self.pre_stop, container.as_object_mut()) {
            let sleep = json!({"preStop": {"sleep": {"seconds": pre_stop.0 / 1_000}}});
            container.insert("lifecycle".into(), sleep);
        }
        container
    }
}
