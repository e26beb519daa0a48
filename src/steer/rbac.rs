//! The rights that reading and steering need: as questions to the API server, and as a role to hand out.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::{Name, Right, Verb},
    systems::DRIVERS,
};

/// What every view reads: group, resources, verbs, what for.
const READS: [(&str, &str, &str, &str); 6] = [
    ("apps", "deployments, replicasets", "get, list, watch", "rollouts, their history and differences"),
    ("", "pods", "list, watch", "what runs"),
    ("", "pods/log", "get", "logs, and why a container crashed"),
    ("", "events", "list, watch", "what the cluster says about it"),
    ("", "services", "list, watch", "who gets traffic"),
    ("discovery.k8s.io", "endpointslices", "list, watch", "who gets traffic"),
];
const SCALERS: (&str, &str, &str, &str) =
    ("autoscaling", "horizontalpodautoscalers", "list, watch", "who else sets the number of pods");
const NAMESPACES: (&str, &str, &str, &str) = ("", "namespaces", "list", "doctor says how many there are");

/// A right of the drivers' table: RBAC's verb, group, resource.
type Needed = (&'static str, &'static str, &'static str);

/// The rights that steering a rollout of these systems needs, in a namespace: one batch of questions.
pub fn rights(namespace: &str) -> Vec<Right> {
    let right = |(verb, group, resource)| Right {
        verb: Name::fixed(verb),
        group: Name::fixed(group),
        resource: Name::fixed(resource),
        namespace: Some(Name::from(namespace)),
    };
    needed().into_keys().map(right).collect()
}

/// Each right, and the verbs that need it.
fn needed() -> BTreeMap<Needed, BTreeSet<Verb>> {
    let mut all: BTreeMap<Needed, BTreeSet<Verb>> = BTreeMap::new();
    for row in DRIVERS.iter().flat_map(|driver| driver.verbs()) {
        for right in row.rights {
            all.entry(*right).or_default().insert(row.verb);
        }
    }
    all
}

/// Not granted by default: a Prometheus of the cluster is reached by it, and so is every other Service of that name.
const PROXY: &str = "  # only where the config names a Prometheus by its Service: take away the # and put its name there, with its port\n  \
                     #- apiGroups: [\"\"]\n  #  resources: [\"services/proxy\"]\n  #  resourceNames: [\"prometheus:9090\"]\n  #  verbs: [\"get\"]\n";

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
    if !namespaced {
        let (group, resources, verbs, what) = NAMESPACES;
        yaml += &rule(what, (group, resources, verbs));
    }
    yaml += PROXY;
    if !read_only {
        // What is only read is granted above.
        for ((verb, group, resource), by) in needed().into_iter().filter(|((verb, ..), _)| *verb != "get") {
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

    #[test]
    fn each_right_is_asked_for_once() {
        let told = |right: &Right| format!("{} {}/{}", right.verb, right.group, right.resource);
        let asked = rights("shop");
        assert_eq!(
            asked.iter().map(told).collect::<Vec<_>>(),
            ["get apps/deployments", "get apps/replicasets", "patch apps/deployments", "patch apps/deployments/scale"]
        );
        assert!(asked.iter().all(|right| right.namespace.as_deref() == Some("shop")));
    }

    #[test]
    fn a_role_says_what_each_rule_is_for() {
        let all = role(true, false);
        assert!(all.contains("kind: Role\nmetadata:\n  name: rolldeck\n"));
        let rule = "  # pause, resume, undo, restart, set-image\n  - apiGroups: [\"apps\"]\n    \
                    resources: [\"deployments\"]\n    verbs: [\"patch\"]\n";
        assert!(all.contains(rule), "{all}");
        assert!(all.contains("  # scale\n") && !all.contains("namespaces"));
        let reads = role(false, true);
        assert!(reads.contains("kind: ClusterRole\n") && reads.contains("\"namespaces\""));
        assert!(!reads.contains("patch"), "{reads}");
    }
}
