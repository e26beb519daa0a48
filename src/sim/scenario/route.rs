//! Routes of a story: `HTTPRoute` objects with load that share it between the Services of Deployments, and how a step shifts one.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

use super::{Offset, nine_days_ago};
use crate::{
    domain::Sub,
    sim::{Refusal, Resource, World, objects::json::text},
};

/// An `HTTPRoute` and what clients want of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Route {
    pub(super) namespace: String,
    pub(super) name: Spanned<String>,
    /// When it was made.
    #[serde(default = "nine_days_ago")]
    pub(super) since: Offset,
    /// Requests a second.
    pub(super) load: f64,
    /// Clients stay with the version that answered them first, by a cookie.
    #[serde(default)]
    sticky: bool,
    pub(super) backends: Vec<Backend>,
}

/// A Service behind a route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backend {
    pub(super) service: Spanned<String>,
    weight: u32,
}

impl Route {
    /// Whether it is meant by `NAMESPACE/NAME`.
    pub(super) fn is(&self, named: &str) -> bool {
        named.split_once('/') == Some((self.namespace.as_str(), self.name.get_ref().as_str()))
    }

    pub(super) fn object(&self) -> Value {
        let backend = |one: &Backend| json!({"name": one.service, "port": 80, "weight": one.weight});
        let backends: Vec<Value> = self.backends.iter().map(backend).collect();
        let mut rule = json!({"backendRefs": backends});
        if let Some(rule) = rule.as_object_mut().filter(|_| self.sticky) {
            rule.insert("sessionPersistence".into(), json!({"type": "Cookie", "sessionName": self.name}));
        }
        json!({
            "metadata": {
                "name": self.name, "namespace": self.namespace,
                "annotations": {"rolldeck.sim/load": self.load.to_string()},
            },
            "spec": {
                "parentRefs": [{"name": "public", "namespace": "traefik"}],
                "hostnames": [format!("{}.{}.example", self.name.get_ref(), self.namespace)],
                "rules": [rule],
            },
        })
    }
}

/// Gives the backends of a route other weights, by Service; those that are not named keep theirs.
pub(super) fn shift(
    world: &mut World,
    (namespace, name): (&str, &str),
    weights: &BTreeMap<String, u32>,
    by: &str,
) -> Result<(), Refusal> {
    let Some(mut route) = world.objects.get(Resource::HttpRoutes, namespace, name).cloned() else { return Ok(()) };
    let now = world.now();
    let rules = route.pointer_mut("/spec/rules").and_then(Value::as_array_mut).into_iter().flatten();
    let backends = rules.filter_map(|rule| rule.get_mut("backendRefs")?.as_array_mut()).flatten();
    for backend in backends {
        if let Some(weight) = weights.get(text(backend, "/name")) {
            backend["weight"] = json!(weight);
        }
    }
    world.objects.replace((Resource::HttpRoutes, Sub::Main), route, by, now).map(drop)
}
