//! Objects of a story that are written out whole: those of custom kinds that only readers look at. No controller of theirs is
//! simulated, so nothing ever acts on one.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use toml::Spanned;

use crate::sim::Resource;

/// An object as it would be applied, but in TOML. It is there before anything else happens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Manifest {
    api_version: String,
    pub(super) kind: Spanned<String>,
    metadata: Map<String, Value>,
    spec: Map<String, Value>,
}

impl Manifest {
    /// Its resource and itself; None when it is of no kind that may be written so.
    pub(super) fn object(&self) -> Option<(Resource, Value)> {
        let kind = self.kind.get_ref();
        let resource = kinds().find(|one| one.kind() == kind && one.api_version() == self.api_version)?;
        Some((resource, json!({"metadata": self.metadata, "spec": self.spec})))
    }

    /// What is wrong with its kind.
    pub(super) fn strange(&self) -> String {
        let known: Vec<String> = kinds().map(|one| format!("{} of {}", one.kind(), one.api_version())).collect();
        let (kind, version) = (self.kind.get_ref(), &self.api_version);
        format!("{kind} of {version} is no kind to write out; there are {}", known.join(", "))
    }
}

fn kinds() -> impl Iterator<Item = Resource> {
    Resource::ALL.into_iter().filter(|one| one.is_inert())
}
