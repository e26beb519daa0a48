//! Where the API server serves a kind, and the path of one object or one write. The transport and the journal
//! must name the same path, so both take it from here. Nothing is sent here.

use super::{Kind, Name, Ref, Write};

/// How a kind is served.
pub struct Served {
    /// The kind.
    pub kind: Kind,
    /// The path in front of namespace and plural (`/apis/apps/v1`).
    pub root: &'static str,
    /// The plural (`deployments`).
    pub plural: &'static str,
    /// What kubectl calls it besides (`deploy`).
    pub short: &'static [&'static str],
    /// Whether it is a custom resource: JSON only, and a cluster may not have it at all.
    pub custom: bool,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// Whether its objects only say what somebody asks of a rollout.
    pub advice: bool,
}

const fn builtin(kind: Kind, root: &'static str, plural: &'static str, short: &'static [&'static str]) -> Served {
    Served { kind, root, plural, short, custom: false, namespaced: true, advice: false }
}

const fn custom(kind: Kind, root: &'static str, plural: &'static str, short: &'static [&'static str]) -> Served {
    Served { kind, root, plural, short, custom: true, namespaced: true, advice: false }
}

/// A custom kind whose objects only give advice, below a root, by its plural and what kubectl calls it.
const fn advice(
    kind: Kind,
    root: &'static str,
    names: (&'static str, &'static [&'static str]),
    namespaced: bool,
) -> Served {
    Served { kind, root, plural: names.0, short: names.1, custom: true, namespaced, advice: true }
}

const ARGO: &str = "/apis/argoproj.io/v1alpha1";
const FLAGGER: &str = "/apis/flagger.app/v1beta1";

/// The kinds that are read.
pub static SERVED: [Served; 16] = [
    builtin(Kind::POD, "/api/v1", "pods", &["po"]),
    builtin(Kind::REPLICA_SET, "/apis/apps/v1", "replicasets", &["rs"]),
    builtin(Kind::DEPLOYMENT, "/apis/apps/v1", "deployments", &["deploy"]),
    builtin(Kind::SERVICE, "/api/v1", "services", &["svc"]),
    builtin(Kind::SLICE, "/apis/discovery.k8s.io/v1", "endpointslices", &[]),
    builtin(Kind::EVENT, "/api/v1", "events", &["ev"]),
    builtin(Kind::HPA, "/apis/autoscaling/v2", "horizontalpodautoscalers", &["hpa"]),
    Served {
        kind: Kind::NODE,
        root: "/api/v1",
        plural: "nodes",
        short: &["no"],
        custom: false,
        namespaced: false,
        advice: false,
    },
    custom(Kind::HTTP_ROUTE, "/apis/gateway.networking.k8s.io/v1", "httproutes", &[]),
    custom(Kind::GRPC_ROUTE, "/apis/gateway.networking.k8s.io/v1", "grpcroutes", &[]),
    custom(Kind::TRAEFIK_SERVICE, "/apis/traefik.io/v1alpha1", "traefikservices", &[]),
    advice(Kind::ARGO_ROLLOUT, ARGO, ("rollouts", &["ro"]), true),
    advice(Kind::ANALYSIS_TEMPLATE, ARGO, ("analysistemplates", &["at"]), true),
    advice(Kind::CLUSTER_ANALYSIS_TEMPLATE, ARGO, ("clusteranalysistemplates", &["cat"]), false),
    advice(Kind::CANARY, FLAGGER, ("canaries", &[]), true),
    advice(Kind::METRIC_TEMPLATE, FLAGGER, ("metrictemplates", &[]), true),
];

impl Served {
    /// How a kind is served; None for a kind that is not read.
    pub fn of(kind: &Kind) -> Option<&'static Self> {
        SERVED.iter().find(|served| served.kind == *kind)
    }

    /// The kind of a word as kubectl takes it, in any case: `deploy`, `httproutes`, `HTTPRoute`, `deployment.apps`.
    pub fn named(word: &str) -> Option<&'static Self> {
        let word = word.to_ascii_lowercase();
        let (word, group) = word.split_once('.').map_or((word.as_str(), None), |(word, group)| (word, Some(group)));
        SERVED.iter().find(|served| {
            let is_word = *word == *served.plural
                || *word == *served.kind.kind.to_ascii_lowercase()
                || served.short.contains(&word);
            is_word && group.is_none_or(|group| *group == *served.kind.group)
        })
    }
}

impl Kind {
    /// Whether it is a custom resource, as far as it is one of [`SERVED`].
    pub fn is_custom(&self) -> bool {
        Served::of(self).is_some_and(|served| served.custom)
    }

    /// Whether its objects only say what somebody asks of a rollout: whoever cannot read them lacks advice, and nothing else.
    pub fn is_advice(&self) -> bool {
        Served::of(self).is_some_and(|served| served.advice)
    }

    /// Whether its objects are in namespaces, as far as it is one of [`SERVED`].
    pub fn is_namespaced(&self) -> bool {
        Served::of(self).is_none_or(|served| served.namespaced)
    }

    /// The path of its collection, in one namespace or over all; None if it is not one of [`SERVED`], or the namespace is
    /// no name.
    pub fn collection(&self, namespace: Option<&Name>) -> Option<String> {
        let served = Served::of(self)?;
        match namespace {
            None => Some(format!("{}/{}", served.root, served.plural)),
            Some(namespace) => Some(format!("{}/namespaces/{}/{}", served.root, segment(namespace)?, served.plural)),
        }
    }
}

impl Ref {
    /// The path of the object; None if its kind is not one of [`SERVED`], or a name could say another path.
    pub fn path(&self) -> Option<String> {
        let namespace = Some(&self.namespace).filter(|namespace| !namespace.is_empty());
        Some(format!("{}/{}", self.kind.collection(namespace)?, segment(&self.name)?))
    }
}

impl Write {
    /// The path that it is sent to; None as for [`Ref::path`].
    pub fn path(&self) -> Option<String> {
        let object = self.target.path()?;
        let sub = self.sub.segment();
        Some(if sub.is_empty() { object } else { format!("{object}/{sub}") })
    }
}

/// A name as a segment of a path; None if it is no name that the API would accept, and so could say another path.
fn segment(name: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':');
    (!name.is_empty() && !name.starts_with('.') && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Sub, sample};

    #[test]
    fn a_write_goes_to_the_door_it_names() {
        let target = sample::deployment("web:1", 3).meta.at;
        let object = format!("/apis/apps/v1/namespaces/{}/deployments/{}", target.namespace, target.name);
        assert_eq!(target.path().as_ref(), Some(&object));
        for (sub, path) in
            [(Sub::Main, object.clone()), (Sub::Scale, object.clone() + "/scale"), (Sub::Status, object + "/status")]
        {
            let write = Write { target: target.clone(), uid: "u1".into(), sub, tests: vec![], ops: vec![] };
            assert_eq!(write.path(), Some(path));
        }
    }

    #[test]
    fn a_kind_is_named_as_kubectl_takes_it() {
        for word in ["deploy", "deployment", "Deployments", "deployment.apps"] {
            assert_eq!(Served::named(word).map(|served| &served.kind), Some(&Kind::DEPLOYMENT), "{word}");
        }
        assert_eq!(Served::named("httproute").map(|served| &served.kind), Some(&Kind::HTTP_ROUTE));
        for word in ["", "deployment.extensions", "statefulset"] {
            assert!(Served::named(word).is_none(), "{word}");
        }
    }

    #[test]
    fn a_name_cannot_become_another_path() {
        for name in ["", "..", "a/b", "a%2fb", "a?x=1", "a b", "ä"] {
            let name = Name::from(name);
            let at = Ref { cluster: "lab".into(), namespace: "shop".into(), kind: Kind::POD, name: name.clone() };
            assert_eq!(at.path(), None, "{name:?}");
            let at = Ref { cluster: "lab".into(), namespace: name.clone(), kind: Kind::POD, name: "web".into() };
            assert!(at.path().is_none_or(|path| name.is_empty() && path == "/api/v1/pods/web"), "{name:?}");
        }
    }
}
