//! The controller of a router, as Traefik's provider for Gateway API does its work: it takes a route about a second after it
//! changed, and says so in `status.parents`: for each Gateway whether the route is accepted, and whether its backends are
//! there. (The sentences are Traefik's.) Gateways themselves, grants over namespaces and backends that are no Services are
//! not modelled: every Gateway that is named is there and takes every route, and another namespace permits nothing.

use serde_json::{Value, json};

use crate::{
    domain::Sub,
    sim::{
        Objects, Resource, World,
        objects::json::{int, list, set, stamp, text},
        world::Named,
    },
};

/// As it signs, and as the field manager of what it writes.
const CONTROLLER: &str = "traefik.io/gateway-controller";
const MANAGER: &str = "traefik";

/// What a condition says: its type, whether it holds, reason, message.
type Said = (&'static str, bool, &'static str, String);

/// Takes a route as it is now, and says so.
pub(in crate::sim) fn sync(world: &mut World, (namespace, name): &Named) {
    let Some(route) = world.objects.get(Resource::HttpRoutes, namespace, name) else { return };
    let now = world.now();
    let resolved = resolved(&world.objects, route);
    let mut parents: Vec<Value> = list(route, "/status/parents").iter().filter(|one| !is_ours(one)).cloned().collect();
    for parent in list(route, "/spec/parentRefs") {
        let said = if is_gateway(parent) {
            vec![("Accepted", true, "Accepted", String::new()), resolved.clone()]
        } else {
            vec![("Accepted", false, "NoMatchingParent", String::new())]
        };
        let conditions: Vec<Value> = said.into_iter().map(|said| condition(route, said, &stamp(now))).collect();
        parents.push(json!({"parentRef": parent, "controllerName": CONTROLLER, "conditions": conditions}));
    }
    if without_times(&parents) == without_times(list(route, "/status/parents")) {
        return;
    }
    let mut route = route.clone();
    set(&mut route, &["status", "parents"], parents);
    // It was read above, and nothing happens in between.
    drop(world.objects.replace((Resource::HttpRoutes, Sub::Status), route, MANAGER, now));
}

/// Whether the router has taken a route as it stands.
pub(in crate::sim) fn is_taken(route: &Value) -> bool {
    let takes = |condition: &Value| {
        text(condition, "/type") == "Accepted"
            && text(condition, "/status") == "True"
            && int(condition, "/observedGeneration") == int(route, "/metadata/generation")
    };
    list(route, "/status/parents").iter().any(|parent| is_ours(parent) && list(parent, "/conditions").iter().any(takes))
}

fn is_ours(parent: &Value) -> bool {
    text(parent, "/controllerName") == CONTROLLER
}

fn is_gateway(parent: &Value) -> bool {
    (text(parent, "/group"), text(parent, "/kind")) == ("gateway.networking.k8s.io", "Gateway")
}

/// Whether all backends are there; of several that are not, the last one is named.
fn resolved(objects: &Objects, route: &Value) -> Said {
    let backends = list(route, "/spec/rules").iter().flat_map(|rule| list(rule, "/backendRefs"));
    let wrong = backends.filter_map(|backend| missing(objects, route, backend)).next_back();
    wrong.map_or(("ResolvedRefs", true, "ResolvedRefs", String::new()), |(reason, why)| {
        ("ResolvedRefs", false, reason, why)
    })
}

/// Why a backend of a route leads nowhere, if it does: reason and message.
pub(in crate::sim) fn missing(objects: &Objects, route: &Value, backend: &Value) -> Option<(&'static str, String)> {
    let own = text(route, "/metadata/namespace");
    let namespace = Some(text(backend, "/namespace")).filter(|namespace| !namespace.is_empty()).unwrap_or(own);
    let (kind, name) = (text(backend, "/kind"), text(backend, "/name"));
    let group = Some(text(backend, "/group")).filter(|group| !group.is_empty()).unwrap_or("core");
    let said = |reason, why: &str| {
        Some((reason, format!("Cannot load HTTPBackendRef {group}/{kind}/{namespace}/{name}{why}")))
    };
    if namespace != own {
        return said("RefNotPermitted", ": missing ReferenceGrant");
    }
    if (group, kind) != ("core", "Service") {
        return said("InvalidKind", &format!(": unsupported HTTPBackendRef {group}/{kind}/{name}"));
    }
    let port = int(backend, "/port");
    if port == 0 {
        return said("UnsupportedProtocol", " port is required");
    }
    let Some(service) = objects.get(Resource::Services, namespace, name) else {
        return said("BackendNotFound", ": service not found");
    };
    if list(service, "/spec/ports").iter().all(|one| int(one, "/port") != port) {
        return said("BackendNotFound", &format!(": service port {port} not found"));
    }
    let is_of =
        |slice: &Value| slice.pointer("/metadata/labels/kubernetes.io~1service-name") == Some(&Value::from(name));
    if !objects.list(Resource::Slices, Some(namespace)).any(is_of) {
        return said("BackendNotFound", ": endpointslices not found");
    }
    None
}

fn condition(route: &Value, (kind, holds, reason, message): Said, now: &str) -> Value {
    json!({
        "type": kind, "status": if holds { "True" } else { "False" }, "reason": reason, "message": message,
        "observedGeneration": int(route, "/metadata/generation"), "lastTransitionTime": now,
    })
}

/// What is said, whenever that was.
fn without_times(parents: &[Value]) -> Vec<Value> {
    let mut parents = parents.to_vec();
    for condition in parents.iter_mut().filter_map(|parent| parent.get_mut("conditions")?.as_array_mut()).flatten() {
        set(condition, &["lastTransitionTime"], Value::Null);
    }
    parents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Moment;

    const START: Moment = Moment::from_secs(1_000);

    /// A world with a route to a Service that is there and one that is named; both have a port 80.
    fn world(second: &str) -> World {
        let mut world = World::new(1, START);
        world.objects.define(Resource::HttpRoutes);
        let service = json!({
            "metadata": {"name": "one", "namespace": "shop"},
            "spec": {"selector": {"app": "one"}, "ports": [{"port": 80}]},
        });
        let backend = |name: &str| json!({"name": name, "port": 80});
        let route = json!({
            "metadata": {"name": "app", "namespace": "shop"},
            "spec": {"parentRefs": [{"name": "public"}], "rules": [{"backendRefs": [backend("one"), backend(second)]}]},
        });
        for (resource, object) in [
            (Resource::Namespaces, json!({"metadata": {"name": "shop"}})),
            (Resource::Services, service),
            (Resource::HttpRoutes, route),
        ] {
            world.objects.create(resource, object, "test", START).unwrap();
        }
        world.settle();
        world
    }

    /// What the world says of the route: for each condition of the first parent its type, status, reason and message.
    fn told(world: &World) -> Vec<[&str; 4]> {
        let route = world.objects.get(Resource::HttpRoutes, "shop", "app").unwrap();
        let conditions = list(route, "/status/parents/0/conditions").iter();
        conditions.map(|one| ["/type", "/status", "/reason", "/message"].map(|at| text(one, at))).collect()
    }

    #[test]
    fn a_route_is_taken_after_a_second_and_again_after_each_change_of_its_spec() {
        let mut world = world("one");
        world.run_to(START.shifted(999));
        assert_eq!(told(&world), [[""; 4]; 0]);
        world.run_to(START.shifted(1_000));
        let all_is_well = [["Accepted", "True", "Accepted", ""], ["ResolvedRefs", "True", "ResolvedRefs", ""]];
        assert_eq!(told(&world), all_is_well);
        let taken = |world: &World| is_taken(world.objects.get(Resource::HttpRoutes, "shop", "app").unwrap());
        assert!(taken(&world));
        let mut route = world.objects.get(Resource::HttpRoutes, "shop", "app").unwrap().clone();
        set(&mut route, &["spec", "hostnames"], json!(["app.example"]));
        world.objects.replace((Resource::HttpRoutes, Sub::Main), route, "test", START.shifted(1_000)).unwrap();
        world.run_to(START.shifted(1_999));
        assert!(!taken(&world));
        world.run_to(START.shifted(2_000));
        assert!(taken(&world));
        let version = world.objects.version();
        world.run_to(START.shifted(60_000));
        assert_eq!(world.objects.version(), version, "what is said already is not said again");
    }

    #[test]
    fn a_backend_that_is_not_there_is_named_until_it_comes() {
        let mut world = world("two");
        world.run_to(START.shifted(1_000));
        let why = "Cannot load HTTPBackendRef core/Service/shop/two: service not found";
        assert_eq!(told(&world)[1], ["ResolvedRefs", "False", "BackendNotFound", why]);
        let port = |number: i64| {
            json!({
                "metadata": {"name": "two", "namespace": "shop"},
                "spec": {"selector": {"app": "two"}, "ports": [{"port": number}]},
            })
        };
        world.objects.create(Resource::Services, port(81), "test", world.now()).unwrap();
        world.run_to(START.shifted(2_000));
        assert!(told(&world)[1][3].ends_with("shop/two: service port 80 not found"));
        let mut two = world.objects.get(Resource::Services, "shop", "two").unwrap().clone();
        set(&mut two, &["spec"], port(80)["spec"].clone());
        world.objects.replace((Resource::Services, Sub::Main), two, "test", world.now()).unwrap();
        world.run_to(START.shifted(3_000));
        assert_eq!(told(&world)[1], ["ResolvedRefs", "True", "ResolvedRefs", ""]);
    }
}
