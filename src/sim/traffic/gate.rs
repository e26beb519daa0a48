//! What matters of an `HTTPRoute` for traffic: how many requests it has, and who shares them. The first rule that takes
//! requests without asking for a header, a method or a parameter counts; paths, filters and its other rules do not.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{Named, scene::load};
use crate::{
    domain::num,
    sim::{
        Objects, Resource,
        controllers::gateway::{is_taken, missing},
        objects::json::{int, list, text},
    },
};

/// A route with load, as its router took it last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gate {
    /// Requests a second.
    pub(super) load: f64,
    pub(super) backends: Vec<Backend>,
    /// Clients stay with the backend that answered them first.
    pub(super) is_sticky: bool,
}

/// Who shares the requests of a route.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Backend {
    pub(super) service: String,
    /// What the router calls it.
    pub(super) label: Arc<str>,
    /// Relative to the others.
    pub(super) weight: f64,
    /// Whether it is a Service that the router can find.
    pub(super) is_there: bool,
}

impl Gate {
    /// The sum of the weights.
    pub(super) fn total(&self) -> f64 {
        self.backends.iter().map(|backend| backend.weight).sum()
    }
}

/// The routes with load: those that are taken as they stand, and what was `known` of those that are not yet.
pub(super) fn gates(objects: &Objects, known: &BTreeMap<Named, Gate>) -> BTreeMap<Named, Gate> {
    let gate = |route: &Value| {
        let named = (text(route, "/metadata/namespace").to_owned(), text(route, "/metadata/name").to_owned());
        let gate = if is_taken(route) { read(objects, route) } else { known.get(&named).cloned() };
        Some((named, Gate { load: load(route), ..gate? }))
    };
    objects.list(Resource::HttpRoutes, None).filter_map(gate).filter(|(_, gate)| gate.load > 0.0).collect()
}

fn read(objects: &Objects, route: &Value) -> Option<Gate> {
    let rule = list(route, "/spec/rules").iter().find(|rule| list(rule, "/matches").iter().any(is_wide))?;
    let namespace = text(route, "/metadata/namespace");
    let backend = |backend: &Value| {
        let (service, port) = (text(backend, "/name"), int(backend, "/port"));
        Backend {
            service: service.to_owned(),
            label: format!("{namespace}-{service}-http-{port}@kubernetesgateway").into(),
            weight: num::float(int(backend, "/weight")),
            is_there: missing(objects, route, backend).is_none(),
        }
    };
    let backends = list(rule, "/backendRefs").iter().map(backend).collect();
    Some(Gate { load: 0.0, backends, is_sticky: rule.get("sessionPersistence").is_some() })
}

/// Whether a match asks for nothing but a path.
fn is_wide(one: &Value) -> bool {
    ["headers", "queryParams", "method"].iter().all(|name| one.get(*name).is_none())
}
