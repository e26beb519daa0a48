//! What kubectl asks before anything else: the version, the groups and their resources, in the old form and in the
//! aggregated one, and one's own rights (all of them).

use serde_json::{Value, json};

use super::{
    call::Call,
    catalog::{Row, served},
    reply::Reply,
    route::AUTHORIZATION,
    status::Status,
    write::parsed,
};
use crate::sim::Objects;

/// The media type of aggregated discovery.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// What can be done with an object.
const VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];
/// Its fields are those that kube-apiserver 1.36 sends.
const MINOR: &str = "36";

/// `/version`. The suffix tells people that this is no real cluster; kubectl reads what is before it.
pub(super) fn version() -> Value {
    json!({
        "major": "1", "minor": MINOR, "emulationMajor": "1", "emulationMinor": MINOR, "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "35", "gitVersion": "v1.36.1-rolldeck.demo", "gitCommit": "simulated",
        "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z", "goVersion": "none", "compiler": "rustc",
        "platform": "simulated",
    })
}

/// `/api`.
pub(super) fn core(objects: &Objects, call: &Call) -> Reply {
    if is_aggregated(call) {
        return aggregated(objects, &[""]);
    }
    let addresses = json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]);
    let versions = json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses});
    Reply::json(200, &versions)
}

/// `/apis`.
pub(super) fn groups(objects: &Objects, call: &Call) -> Reply {
    if is_aggregated(call) {
        let named: Vec<&str> = named(objects).into_iter().map(|(group, _)| group).collect();
        return aggregated(objects, &named);
    }
    let groups: Vec<Value> = named(objects).into_iter().map(|(group, version)| about(group, version)).collect();
    Reply::json(200, &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
}

/// `/apis/GROUP`.
pub(super) fn group(objects: &Objects, name: &str) -> Result<Value, Status> {
    let (group, version) =
        named(objects).into_iter().find(|(group, _)| *group == name).ok_or_else(Status::no_resource)?;
    let mut about = about(group, version);
    if let Some(about) = about.as_object_mut() {
        about.insert("kind".to_owned(), "APIGroup".into());
        about.insert("apiVersion".to_owned(), "v1".into());
    }
    Ok(about)
}

/// `/apis/GROUP/VERSION`, `/api/v1`.
pub(super) fn resources(objects: &Objects, (group, version): (&str, &str)) -> Result<Value, Status> {
    let rows = served(objects).filter(|row| (row.group, row.version) == (group, version));
    let mut resources: Vec<Value> = rows.flat_map(legacy).collect();
    if (group, version) == (AUTHORIZATION, "v1") {
        resources.extend(REVIEWS.iter().map(|(plural, singular, kind)| {
            json!({"name": plural, "singularName": singular, "namespaced": false, "kind": kind, "verbs": ["create"]})
        }));
    }
    if resources.is_empty() {
        return Err(Status::no_resource());
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Ok(json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}))
}

/// The answer to a review of one's own rights: everything is allowed, as to the admin of a real cluster.
pub(super) fn review(kind: &str, call: &Call) -> Result<Value, Status> {
    let asked = parsed(call, kind)?;
    let status = if kind == "SelfSubjectAccessReview" {
        json!({"allowed": true})
    } else {
        json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        })
    };
    let spec = asked.get("spec").cloned().unwrap_or_else(|| json!({}));
    Ok(json!({
        "kind": kind, "apiVersion": format!("{AUTHORIZATION}/v1"), "metadata": {}, "spec": spec, "status": status,
    }))
}

const REVIEWS: [(&str, &str, &str); 2] = [
    ("selfsubjectaccessreviews", "selfsubjectaccessreview", "SelfSubjectAccessReview"),
    ("selfsubjectrulesreviews", "selfsubjectrulesreview", "SelfSubjectRulesReview"),
];

/// The groups that have a name, and their version.
fn named(objects: &Objects) -> Vec<(&'static str, &'static str)> {
    let mut named = vec![(AUTHORIZATION, "v1")];
    for row in served(objects).filter(|row| !row.group.is_empty()) {
        if !named.contains(&(row.group, row.version)) {
            named.push((row.group, row.version));
        }
    }
    named
}

fn about(group: &str, version: &str) -> Value {
    let version = json!({"groupVersion": format!("{group}/{version}"), "version": version});
    json!({"name": group, "versions": [version], "preferredVersion": version})
}

fn legacy(row: &Row) -> Vec<Value> {
    let mut whole = json!({
        "name": row.plural, "singularName": row.singular, "namespaced": row.namespaced(), "kind": row.kind,
        "verbs": VERBS,
    });
    names(row, &mut whole);
    let below = row.subs.iter().map(|sub| {
        let (kind, verbs) = below(row, sub);
        let mut resource = json!({
            "name": format!("{}/{sub}", row.plural), "singularName": "", "namespaced": row.namespaced(), "kind": kind,
            "verbs": verbs,
        });
        if let (Some(resource), Some((group, version))) = (resource.as_object_mut(), elsewhere(kind)) {
            resource.insert("group".to_owned(), group.into());
            resource.insert("version".to_owned(), version.into());
        }
        resource
    });
    let mut all = vec![whole];
    all.extend(below);
    all
}

/// Short names and categories.
fn names(row: &Row, resource: &mut Value) {
    let Some(resource) = resource.as_object_mut() else { return };
    if !row.short.is_empty() {
        resource.insert("shortNames".to_owned(), json!(row.short));
    }
    if !row.categories.is_empty() {
        resource.insert("categories".to_owned(), json!(row.categories));
    }
}

/// Kind and verbs of a subresource.
fn below(row: &Row, sub: &str) -> (&'static str, &'static [&'static str]) {
    match sub {
        "scale" => ("Scale", &["get", "patch", "update"]),
        "log" => ("Pod", &["get"]),
        "eviction" => ("Eviction", &["create"]),
        "proxy" => ("ServiceProxyOptions", &["create", "get"]),
        _ => (row.kind, &["get", "patch", "update"]),
    }
}

/// Group and version of what a subresource takes, where they are not its resource's.
fn elsewhere(kind: &str) -> Option<(&'static str, &'static str)> {
    match kind {
        "Scale" => Some(("autoscaling", "v1")),
        "Eviction" => Some(("policy", "v1")),
        _ => None,
    }
}

/// kubectl names the aggregated form first; who does not name it gets the old one.
fn is_aggregated(call: &Call) -> bool {
    let form = |media: &str| media.contains("as=APIGroupDiscoveryList") && media.contains("v=v2");
    call.accept().split(',').any(|media| form(media) && !media.contains("v2beta1"))
}

fn aggregated(objects: &Objects, groups: &[&str]) -> Reply {
    let item = |group: &&str| {
        let group = *group;
        let rows = || served(objects).filter(|row| row.group == group);
        let version = rows().next().map_or("v1", |row| row.version);
        let mut resources: Vec<Value> = rows().map(discovered).collect();
        if group == AUTHORIZATION {
            resources.extend(REVIEWS.iter().map(|(plural, singular, kind)| {
                json!({
                    "resource": plural, "responseKind": {"group": "", "version": "", "kind": kind}, "scope": "Cluster",
                    "singularResource": singular, "verbs": ["create"],
                })
            }));
        }
        let metadata = if group.is_empty() { json!({}) } else { json!({"name": group}) };
        json!({
            "metadata": metadata,
            "versions": [{"version": version, "freshness": "Current", "resources": resources}],
        })
    };
    let items: Vec<Value> = groups.iter().map(item).collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items,
    });
    Reply { media: AGGREGATED, ..Reply::json(200, &list) }
}

fn discovered(row: &Row) -> Value {
    let subresource = |sub: &&str| {
        let (kind, verbs) = below(row, sub);
        let (group, version) = elsewhere(kind).unwrap_or_default();
        json!({
            "subresource": sub, "responseKind": {"group": group, "version": version, "kind": kind}, "verbs": verbs,
        })
    };
    let mut resource = json!({
        "resource": row.plural,
        "responseKind": {"group": row.group, "version": row.version, "kind": row.kind},
        "scope": if row.namespaced() { "Namespaced" } else { "Cluster" },
        "singularResource": row.singular,
        "verbs": VERBS,
        "subresources": row.subs.iter().map(subresource).collect::<Vec<_>>(),
    });
    names(row, &mut resource);
    resource
}
