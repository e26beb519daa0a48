//! From a path to what it names. Methods are judged by those who answer.

use super::{
    call::decode,
    catalog::{ROWS, Row, served},
};
use crate::sim::Objects;

/// What a path names.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Version,
    /// `/livez`, `/readyz`, `/healthz` and what is below them.
    Health,
    /// `/api`.
    Core,
    /// `/apis`.
    Groups,
    /// `/apis/GROUP`.
    Group(String),
    /// `/api/v1`, `/apis/GROUP/VERSION`.
    Resources(String, String),
    /// `/openapi/v3`, and what is below it.
    OpenApi(Option<String>),
    /// A review of one's own rights: its kind.
    Review(&'static str),
    Collection(&'static Row, Option<String>),
    Object(At, Part),
    /// Below a group that is served, but nothing.
    Nothing,
    /// Elsewhere.
    Nowhere,
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) row: &'static Row,
    /// Empty for what has none.
    pub(super) namespace: String,
    pub(super) name: String,
}

/// What of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Main,
    Scale,
    Status,
    Log,
    /// `pods/NAME/eviction`: a deletion that asks the disruption budgets first.
    Eviction,
    /// `services/NAME/proxy`, and the path behind it.
    Proxy(String),
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.plural)
    }
}

impl Target {
    /// Reads a path.
    pub(super) fn of(path: &str) -> Self {
        let segments: Vec<String> = path.split('/').skip(1).map(|segment| decode(segment, false)).collect();
        let mut segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if segments.last().is_some_and(|last| last.is_empty()) && !segments.contains(&"proxy") {
            segments.pop();
        }
        match segments.as_slice() {
            ["version"] => Self::Version,
            ["livez" | "readyz" | "healthz", ..] => Self::Health,
            ["openapi", "v3"] => Self::OpenApi(None),
            ["openapi", "v3", rest @ ..] => Self::OpenApi(Some(rest.join("/"))),
            ["api"] => Self::Core,
            ["apis"] => Self::Groups,
            ["apis", group] if serves(group) => Self::Group((*group).to_owned()),
            ["api", "v1", rest @ ..] => Self::below("", "v1", rest),
            ["apis", group, version, rest @ ..] if serves(group) => Self::below(group, version, rest),
            _ => Self::Nowhere,
        }
    }

    /// What it names in a cluster that may have no custom resources: nothing at all, if it is one of those.
    pub(super) fn had_by(self, objects: &Objects) -> Self {
        let has = |group: &str| group == AUTHORIZATION || served(objects).any(|row| row.group == group);
        let is_had = if let Self::Collection(row, _) | Self::Object(At { row, .. }, _) = &self {
            objects.serves(row.resource)
        } else if let Self::Group(group) | Self::Resources(group, _) = &self {
            has(group)
        } else {
            true
        };
        if is_had { self } else { Self::Nowhere }
    }

    fn below(group: &str, version: &str, rest: &[&str]) -> Self {
        match (group, version, rest) {
            (_, _, []) => Self::Resources(group.to_owned(), version.to_owned()),
            (AUTHORIZATION, "v1", ["selfsubjectaccessreviews"]) => Self::Review("SelfSubjectAccessReview"),
            (AUTHORIZATION, "v1", ["selfsubjectrulesreviews"]) => Self::Review("SelfSubjectRulesReview"),
            ("", "v1", ["namespaces", name, sub @ ("status" | "finalize")]) => {
                Self::object(Row::find("", "v1", "namespaces"), "", name, &[sub])
            }
            (_, _, ["namespaces", namespace, plural]) => match Row::find(group, version, plural) {
                Some(row) if row.namespaced() => Self::Collection(row, Some((*namespace).to_owned())),
                _ => Self::Nothing,
            },
            (_, _, ["namespaces", namespace, plural, name, sub @ ..]) => {
                let row = Row::find(group, version, plural).filter(|row| row.namespaced());
                Self::object(row, namespace, name, sub)
            }
            (_, _, [plural]) => {
                Row::find(group, version, plural).map_or(Self::Nothing, |row| Self::Collection(row, None))
            }
            (_, _, [plural, name, sub @ ..]) => {
                Self::object(Row::find(group, version, plural).filter(|row| !row.namespaced()), "", name, sub)
            }
        }
    }

    fn object(row: Option<&'static Row>, namespace: &str, name: &str, sub: &[&str]) -> Self {
        let Some(row) = row else { return Self::Nothing };
        let part = match sub {
            [] => Part::Main,
            [sub, ..] if !row.subs.contains(sub) => return Self::Nothing,
            ["scale"] => Part::Scale,
            ["status"] => Part::Status,
            ["log"] => Part::Log,
            ["eviction"] => Part::Eviction,
            ["proxy", path @ ..] => Part::Proxy(format!("/{}", path.join("/"))),
            _ => return Self::Nothing,
        };
        Self::Object(At { row, namespace: namespace.to_owned(), name: name.to_owned() }, part)
    }
}

/// The group of the reviews.
pub(super) const AUTHORIZATION: &str = "authorization.k8s.io";

fn serves(group: &str) -> bool {
    group == AUTHORIZATION || (!group.is_empty() && ROWS.iter().any(|row| row.group == group))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str) -> String {
        match Target::of(path) {
            Target::Collection(row, namespace) => format!("{row:?} in {namespace:?}"),
            Target::Object(at, part) => format!("{:?} {}/{} {part:?}", at.row, at.namespace, at.name),
            other @ (Target::Version
            | Target::Health
            | Target::Core
            | Target::Groups
            | Target::Group(_)
            | Target::Resources(..)
            | Target::OpenApi(_)
            | Target::Review(_)
            | Target::Nothing
            | Target::Nowhere) => format!("{other:?}"),
        }
    }

    #[test]
    fn paths_name_things() {
        for (path, names) in [
            ("/api/v1/pods", "pods in None"),
            ("/api/v1/namespaces", "namespaces in None"),
            ("/api/v1/namespaces/shop", "namespaces /shop Main"),
            ("/api/v1/namespaces/shop/status", "namespaces /shop Status"),
            ("/api/v1/namespaces/shop/pods/web-1/log", "pods shop/web-1 Log"),
            ("/api/v1/namespaces/shop/pods/web-1/eviction", "pods shop/web-1 Eviction"),
            ("/apis/apps/v1/namespaces/shop/deployments/web/scale", "deployments shop/web Scale"),
            ("/apis/apps/v1/namespaces/shop/deployments/web/log", "Nothing"),
            ("/apis/apps/v1/namespaces/shop/nonsense", "Nothing"),
            ("/apis/apps/v1/deployments", "deployments in None"),
            ("/apis/batch/v1/jobs", "Nowhere"),
            ("/apis/apps", "Group(\"apps\")"),
            ("/nonsense", "Nowhere"),
            (
                "/api/v1/namespaces/mon/services/http:prometheus:9090/proxy/api/v1/query",
                "services mon/http:prometheus:9090 Proxy(\"/api/v1/query\")",
            ),
        ] {
            assert_eq!(shown(path), names, "{path}");
        }
    }
}
