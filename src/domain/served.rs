//! Where the API server serves a built-in kind, and the path of one object or one write. The transport and the journal
//! must name the same path, so both take it from here. Nothing is sent here.

use super::{Kind, Name, Ref, Write};

/// How a built-in kind is served.
pub struct Served {
    /// The kind.
    pub kind: Kind,
    /// The path in front of namespace and plural (`/apis/apps/v1`).
    pub root: &'static str,
    /// The plural (`deployments`).
    pub plural: &'static str,
}

const fn served(kind: Kind, root: &'static str, plural: &'static str) -> Served {
    Served { kind, root, plural }
}

/// The kinds that the decoders know.
pub static SERVED: [Served; 7] = [
    served(Kind::POD, "/api/v1", "pods"),
    served(Kind::REPLICA_SET, "/apis/apps/v1", "replicasets"),
    served(Kind::DEPLOYMENT, "/apis/apps/v1", "deployments"),
    served(Kind::SERVICE, "/api/v1", "services"),
    served(Kind::SLICE, "/apis/discovery.k8s.io/v1", "endpointslices"),
    served(Kind::EVENT, "/api/v1", "events"),
    served(Kind::HPA, "/apis/autoscaling/v2", "horizontalpodautoscalers"),
];

impl Kind {
    /// The path of its collection, in one namespace or over all; None if it is not one of [`SERVED`], or the namespace is
    /// no name.
    pub fn collection(&self, namespace: Option<&Name>) -> Option<String> {
        let served = SERVED.iter().find(|served| served.kind == *self)?;
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
