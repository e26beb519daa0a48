//! The rights that reading and steering need: as questions to the API server, and as a role to hand out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{Kind, Name, Ref, Right, Served, Verb},
    systems::{ANALYSED, DRIVERS, Driver},
};

/// What every view reads of built-in kinds: group, resources, verbs, what for.
const READS: [(&str, &str, &str, &str); 7] = [
    ("apps", "deployments, replicasets", "get, list, watch", "rollouts, their history and differences"),
    ("", "pods", "list, watch", "what runs"),
    ("", "pods/log", "get", "logs, and why a container crashed"),
    ("", "events", "list, watch", "what the cluster says about it"),
    ("", "services", "list, watch", "who gets traffic"),
    ("discovery.k8s.io", "endpointslices", "list, watch", "who gets traffic"),
    ("metrics.k8s.io", "pods", "list", "processor time and memory, where there is a metrics server"),
];
const SCALERS: (&str, &str, &str, &str) =
    ("autoscaling", "horizontalpodautoscalers", "list, watch", "who else sets the number of pods");
/// Not of a namespace, and so in a `ClusterRole` only; a Role says how to make one.
const NODES: (&str, &str, &str, &str) = (
    "",
    "nodes",
    "list",
    "optional: pools and zones, to tell a bad place from a bad release; only labels are asked for",
);
const NODES_BESIDE: &str = "  # optional: pools and zones, to tell a bad place from a bad release; nodes are in no namespace:\n  \
                            # kubectl create clusterrole rolldeck-nodes --verb=list --resource=nodes\n  \
                            # kubectl create clusterrolebinding rolldeck-nodes --clusterrole=rolldeck-nodes --user=WHO\n";
const NAMESPACES: (&str, &str, &str, &str) = ("", "namespaces", "list", "doctor says how many there are");

/// What is read of custom kinds.
const ROUTED: (&str, &str) = ("get, list, watch", "who is sent where; a cluster without this kind does not mind");
/// The same of what names a rollout's own analysis.
const NAMED: (&str, &str) =
    ("list, watch", "the queries and limits of a rollout's own analysis; a cluster without these kinds does not mind");

/// A right of the drivers' table: RBAC's verb, group, resource.
type Needed = (&'static str, &'static str, &'static str);

/// The rights that steering this rollout needs, in its namespace: one batch of questions.
pub fn rights(of: &Ref) -> Vec<Right> {
    let right = |(verb, group, resource)| Right {
        verb: Name::fixed(verb),
        group: Name::fixed(group),
        resource: Name::fixed(resource),
        namespace: Some(of.namespace.clone()),
    };
    needed(|driver| driver.roots().contains(&of.kind)).into_keys().map(right).collect()
}

/// Each right that these drivers' verbs need, and the verbs that need it.
fn needed(of: impl Fn(&dyn Driver) -> bool) -> BTreeMap<Needed, BTreeSet<Verb>> {
    let mut all: BTreeMap<Needed, BTreeSet<Verb>> = BTreeMap::new();
    for row in DRIVERS.iter().filter(|driver| of(**driver)).flat_map(|driver| driver.verbs()) {
        for right in row.rights {
            all.entry(*right).or_default().insert(row.verb);
        }
    }
    all
}

/// The plurals of the custom kinds among these, by group; of those in namespaces only, if so.
fn custom<'k>(kinds: impl Iterator<Item = &'k Kind>, namespaced: bool) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let kinds: BTreeSet<&Kind> = kinds.filter(|kind| !namespaced || kind.is_namespaced()).collect();
    for served in kinds.into_iter().filter_map(Served::of).filter(|served| served.custom) {
        all.entry(&served.kind.group).or_default().push(served.plural);
    }
    all
}

/// Not granted by default: a Prometheus of the cluster is reached by it, and so is every other Service of that name.
const PROXY: &str = "  # metrics through the API server need a Role where the Prometheus is: \
                     rolldeck rbac --metrics monitoring/prometheus:9090\n";

/// What a port-forward to a Prometheus needs in its namespace: which pods are behind a Service, and the port-forward. That is a
/// GET; servers from 1.35 on also ask for `create`, as they always have for the POST of older clients.
const FORWARD: [(&str, &str, &str); 2] =
    [("discovery.k8s.io", "endpointslices", "list"), ("", "pods/portforward", "get, create")];

/// The rights that a port-forward needs in a namespace, beside that to list Services: one batch of questions.
pub fn forward_rights(namespace: &Name) -> Vec<Right> {
    let each = |(group, resource, verbs): (&'static str, &'static str, &'static str)| {
        verbs.split(", ").map(move |verb| (verb, group, resource))
    };
    let right = |(verb, group, resource)| Right {
        verb: Name::fixed(verb),
        group: Name::fixed(group),
        resource: Name::fixed(resource),
        namespace: Some(namespace.clone()),
    };
    FORWARD.into_iter().flat_map(each).map(right).collect()
}

/// The least Role in the namespace of a Prometheus to find it and to ask it by a port-forward. Names of pods change, so no rule
/// can name them.
pub fn forward_role(namespace: &str) -> String {
    let [slices, forward] = FORWARD;
    let mut yaml = metrics_head("rolldeck-forward", namespace);
    yaml += &rule("which pods are behind it", slices);
    yaml + &rule("metrics, by port-forward: it leads to every port of every pod of this namespace", forward)
}

/// The least Role in the namespace of a Prometheus to find it and to ask it through the API server. Without the name and port of
/// its Service every Service there may be asked, by GET.
pub fn metrics_role(namespace: &str, service: Option<&str>) -> String {
    let mut yaml = metrics_head("rolldeck-metrics", namespace);
    yaml += &rule("metrics, through the API server", ("", "services/proxy", "get"));
    let only = service.map(|service| format!("    resourceNames: [\"{service}\"]\n"));
    yaml + &only.unwrap_or_default()
}

/// How a Role of metrics begins: with finding them.
fn metrics_head(name: &str, namespace: &str) -> String {
    let head = format!(
        "# Bind it with: kubectl create rolebinding {name} -n {namespace} --role={name} --user=WHO\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: {name}\n  namespace: {namespace}\nrules:\n",
    );
    head + &rule("what looks like a Prometheus", ("", "services", "list"))
}

/// The least Role (`namespaced`) or `ClusterRole` as YAML, each rule with a comment that says which verbs need it.
pub fn role(namespaced: bool, read_only: bool) -> String {
    let (kind, binding) = if namespaced { ("Role", "rolebinding") } else { ("ClusterRole", "clusterrolebinding") };
    let name = if read_only { "rolldeck-read-only" } else { "rolldeck" };
    let mut yaml = format!(
        "# The least that rolldeck needs. Bind it with: kubectl create {binding} {name} --{}={name} --user=WHO\n\
         # Asking what one may do, and the server's version, are granted to everybody by default.\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\nrules:\n",
        kind.to_lowercase(),
    );
    for (group, resources, verbs, what) in READS.into_iter().chain([SCALERS]) {
        yaml += &rule(what, (group, resources, verbs));
    }
    let routers = custom(DRIVERS.iter().flat_map(|driver| driver.kinds()), namespaced);
    let analysed = custom(ANALYSED.iter().flat_map(|(kind, templates)| templates.iter().chain([kind])), namespaced);
    for (kinds, (verbs, what)) in [(routers, ROUTED), (analysed, NAMED)] {
        for (group, plurals) in kinds {
            yaml += &rule(what, (group, &plurals.join(", "), verbs));
        }
    }
    if namespaced {
        yaml += NODES_BESIDE;
    } else {
        for (group, resources, verbs, what) in [NAMESPACES, NODES] {
            yaml += &rule(what, (group, resources, verbs));
        }
    }
    yaml += PROXY;
    if !read_only {
        // What is only read is granted above.
        for ((verb, group, resource), by) in needed(|_| true).into_iter().filter(|((verb, ..), _)| *verb != "get") {
            let by: Vec<&str> = by.into_iter().map(Verb::word).collect();
            yaml += &rule(&by.join(", "), (group, resource, verb));
        }
    }
    yaml
}

fn rule(what: &str, (group, resources, verbs): (&str, &str, &str)) -> String {
    let list = |words: &str| words.split(", ").map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let (group, resources, verbs) = (list(group), list(resources), list(verbs));
    format!("  # {what}\n  - apiGroups: [{group}]\n    resources: [{resources}]\n    verbs: [{verbs}]\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample;

    #[test]
    fn each_right_is_asked_for_once() {
        let at = sample::deployment("web:1", 3).meta.at;
        let told = |right: &Right| format!("{} {}/{}", right.verb, right.group, right.resource);
        let asked = rights(&at);
        assert_eq!(
            asked.iter().map(told).collect::<Vec<_>>(),
            ["get apps/deployments", "get apps/replicasets", "patch apps/deployments", "patch apps/deployments/scale"]
        );
        assert!(asked.iter().all(|right| right.namespace.as_deref() == Some("shop")));
        let routed = rights(&at.sibling(Kind::HTTP_ROUTE, "web".into()));
        let routed: Vec<String> = routed.iter().map(told).collect();
        assert!(routed.contains(&"patch gateway.networking.k8s.io/httproutes".to_owned()), "{routed:?}");
        assert!(!routed.iter().any(|right| right.contains("scale")), "{routed:?}");
    }

    #[test]
    fn a_role_says_what_each_rule_is_for() {
        let all = role(true, false);
        assert!(all.contains("kind: Role\nmetadata:\n  name: rolldeck\n"));
        let rule = "  # pause, resume, undo, restart, set-image\n  - apiGroups: [\"apps\"]\n    \
                    resources: [\"deployments\"]\n    verbs: [\"patch\"]\n";
        assert!(all.contains(rule), "{all}");
        assert!(all.contains("  # scale\n") && !all.contains("[\"namespaces\"]") && !all.contains("[\"nodes\"]"));
        assert!(all.contains("  # kubectl create clusterrole rolldeck-nodes --verb=list --resource=nodes\n"), "{all}");
        let routers = "    resources: [\"grpcroutes\", \"httproutes\"]\n    verbs: [\"get\", \"list\", \"watch\"]\n";
        assert!(all.contains(routers), "{all}");
        let named = |kinds: &str| format!("    resources: [{kinds}]\n    verbs: [\"list\", \"watch\"]\n");
        assert!(all.contains(&named("\"analysistemplates\", \"rollouts\"")), "{all}");
        assert!(all.contains(&named("\"canaries\", \"metrictemplates\"")), "{all}");
        let reads = role(false, true);
        assert!(reads.contains(routers), "{reads}");
        let with_those_of_the_cluster = named("\"analysistemplates\", \"clusteranalysistemplates\", \"rollouts\"");
        assert!(reads.contains(&with_those_of_the_cluster), "a Role could not grant them: {reads}");
        assert!(reads.contains("kind: ClusterRole\n") && reads.contains("\"namespaces\""));
        assert!(reads.contains("    resources: [\"nodes\"]\n    verbs: [\"list\"]\n"), "{reads}");
        assert!(!reads.contains("patch"), "{reads}");
    }

    #[test]
    fn a_prometheus_has_a_role_of_its_own() {
        let one = metrics_role("monitoring", Some("prometheus:9090"));
        let rule =
            "    resources: [\"services/proxy\"]\n    verbs: [\"get\"]\n    resourceNames: [\"prometheus:9090\"]\n";
        assert!(one.contains("  namespace: monitoring\n") && one.ends_with(rule), "{one}");
        assert!(!metrics_role("monitoring", None).contains("resourceNames"));
    }

    #[test]
    fn what_a_port_forward_needs_is_what_is_asked_for() {
        let printed = forward_role("monitoring");
        let rule = "    resources: [\"pods/portforward\"]\n    verbs: [\"get\", \"create\"]\n";
        assert!(printed.contains("  name: rolldeck-forward\n") && printed.ends_with(rule), "{printed}");
        let rights = forward_rights(&"monitoring".into());
        let told: Vec<String> = rights.iter().map(|right| format!("{} {}", right.verb, right.resource)).collect();
        assert_eq!(told, ["list endpointslices", "get pods/portforward", "create pods/portforward"]);
    }
}
