//! Query packs: which series count requests, which label names the version, what counts as failed. The built-in ones are the
//! files of the folder `packs`; `[packs.NAME]` in the configuration adds one, or stands for the built-in one of that name.
//! The queries that come of them are written in `query`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use super::settings::Queries;
use crate::domain::{self, Name, Naming, Text};

/// The built-in packs, in the order of preference: what is measured at the pods tells versions apart best.
const BUILT_IN: [(&str, &str); 11] = [
    ("istio", include_str!("../../packs/istio.toml")),
    ("linkerd", include_str!("../../packs/linkerd.toml")),
    ("app", include_str!("../../packs/app.toml")),
    ("histogram", include_str!("../../packs/histogram.toml")),
    ("opentelemetry", include_str!("../../packs/opentelemetry.toml")),
    ("micrometer", include_str!("../../packs/micrometer.toml")),
    ("grpc", include_str!("../../packs/grpc.toml")),
    ("waypoint", include_str!("../../packs/waypoint.toml")),
    ("traefik", include_str!("../../packs/traefik.toml")),
    ("nginx", include_str!("../../packs/nginx.toml")),
    ("simulated", include_str!("../../packs/simulated.toml")),
];

/// A pack as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Pack {
    pub(super) about: Text,
    /// The metric whose series choose it, where it is made of whole queries.
    pub(super) probe: Option<Metric>,
    pub(super) queries: Queries,
    pub(super) versions: Option<Side>,
    pub(super) clients: Option<Side>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    about: String,
    probe: Option<Metric>,
    #[serde(default)]
    queries: Queries,
    versions: Option<Side>,
    clients: Option<Side>,
}

/// One place where requests are measured: at the versions, or in front of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Side {
    /// The counter of requests. That its series exist chooses the pack.
    pub(super) requests: Metric,
    /// The buckets of a histogram of how long they took.
    pub(super) durations: Option<Metric>,
    /// The unit of the buckets.
    #[serde(default)]
    pub(super) unit: Unit,
    /// Which series of them.
    #[serde(default, rename = "where")]
    pub(super) which: Matchers,
    /// The label that says how a request ended; of several, the one that there is.
    pub(super) status: Vec<Label>,
    /// A regular expression for those that failed.
    pub(super) failed: Expression,
    /// Of the others, those that failed in another way.
    pub(super) also: Option<Matchers>,
    /// What counts as failed, in words.
    pub(super) means: String,
    /// What it cannot split or tell.
    pub(super) cannot: Option<String>,
    /// What names the version; of several, the first that there is.
    pub(super) labels: Vec<Labels>,
}

/// The unit of a histogram's buckets. What is asked for is always in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    #[default]
    S,
    Ms,
}

impl Unit {
    /// So many seconds it is.
    pub(super) const fn seconds(self) -> f64 {
        match self {
            Self::S => 1.0,
            Self::Ms => 0.001,
        }
    }
}

/// The labels that name a version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenLabels")]
pub(super) struct Labels {
    /// None where the namespace is a part of the name.
    pub(super) namespace: Option<Label>,
    pub(super) by: By,
}

/// What those labels hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A pod's name.
    Pod(Label),
    /// A workload's name, and the hash that tells its ReplicaSets apart.
    Hash(Label, Label),
    /// A workload's name.
    Workload(Label),
    /// A Service's name or a router's word for it; a later label, where it has a value, goes before an earlier one.
    Backend(Label, Vec<Label>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLabels {
    namespace: Option<Label>,
    pod: Option<Label>,
    workload: Option<Label>,
    hash: Option<Label>,
    #[serde(default)]
    backend: Vec<Label>,
}

/// The name of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label(pub(super) String);

/// The name of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Metric(pub(super) String);

/// Matchers of a selector, without its braces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matchers(pub(super) String);

/// A regular expression within a matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression(pub(super) String);

impl TryFrom<Written> for Pack {
    type Error = &'static str;

    fn try_from(Written { about, probe, queries, versions, clients }: Written) -> Result<Self, Self::Error> {
        let has_queries = queries != Queries::default();
        if versions.iter().chain(&clients).any(|side| side.labels.is_empty() || side.status.is_empty()) {
            return Err("status and labels hold one label at least");
        }
        match (&versions, &clients, probe.is_some()) {
            (None, None, false) => {
                return Err("a pack measures something: give [versions], [clients], or probe with queries");
            }
            (Some(_), _, true) => {
                return Err("probe and [versions] exclude each other: requests names the series already");
            }
            (None, _, true) if queries.rate.is_none() => {
                return Err("a pack of whole queries needs rate at least: write it under queries");
            }
            (_, _, false) if has_queries => {
                return Err("whole queries need probe: the metric whose series choose the pack");
            }
            (_, _, _) => {}
        }
        Ok(Self { about: Text::clean(&about), probe, queries, versions, clients })
    }
}

impl TryFrom<WrittenLabels> for Labels {
    type Error = &'static str;

    fn try_from(written: WrittenLabels) -> Result<Self, Self::Error> {
        let WrittenLabels { namespace, pod, workload, hash, backend } = written;
        let mut backend = backend.into_iter();
        let by = match (pod, workload, hash, backend.next()) {
            (Some(pod), None, None, None) => By::Pod(pod),
            (None, Some(workload), Some(hash), None) => By::Hash(workload, hash),
            (None, Some(workload), None, None) => By::Workload(workload),
            (None, None, None, Some(first)) => By::Backend(first, backend.collect()),
            _ => return Err("name the version by pod, by workload, by workload and hash, or by backend"),
        };
        if namespace.is_none() && !matches!(by, By::Backend(..)) {
            return Err("name the label that holds the namespace: only a backend may hold it in its own name");
        }
        Ok(Self { namespace, by })
    }
}

/// Deserializes a word that has to look like something.
macro_rules! words {
    ($( $word:ident $fits:expr, $what:literal; )*) => {
        $(
            impl<'de> Deserialize<'de> for $word {
                fn deserialize<D: Deserializer<'de>>(text: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(text)?;
                    let fits: fn(&str) -> bool = $fits;
                    if fits(&text) { Ok(Self(text)) } else { Err(de::Error::custom(format!("{text:?} is no {}", $what))) }
                }
            }
        )*
    };
}

words! {
    Label |text| is_word(text, ""), "name of a label: letters, digits and _";
    Metric |text| is_word(text, ":"), "name of a metric: letters, digits, _ and :";
    Matchers |text| !text.contains(['{', '}', '[', ']']), "list of matchers: write them as label=\"value\",other!=\"value\", without braces";
    Expression |text| !text.is_empty() && !text.contains(['"', '\\', '\n']), "regular expression that can stand between quotes";
}

/// A word of Prometheus' data model, with these characters besides.
fn is_word(text: &str, besides: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || besides.contains(c);
    text.chars().all(fits) && text.starts_with(|c: char| fits(c) && !c.is_ascii_digit())
}

impl Labels {
    /// What series with these labels call a version.
    pub(super) fn naming(&self) -> Naming {
        match self.by {
            By::Pod(_) | By::Hash(..) => Naming::ReplicaSet,
            By::Workload(_) => Naming::Workload,
            By::Backend(..) => Naming::Backend,
        }
    }
}

impl Side {
    /// What a screen says of it.
    pub(super) fn told(&self, name: &Name, about: &Text, naming: Naming) -> domain::Pack {
        let cannot = self.cannot.as_deref().map(Text::clean);
        domain::Pack { name: name.clone(), about: about.clone(), failed: Text::clean(&self.means), cannot, naming }
    }
}

/// All packs, the best first.
#[derive(Clone, Debug)]
pub(super) struct Library(pub(super) Vec<(Name, Pack)>);

impl Library {
    /// The configuration's own before the built-in ones; one of the same name stands for it, at its place.
    pub(super) fn with(own: &BTreeMap<String, Pack>) -> Self {
        let read = |(name, text): (&str, &str)| Some((Name::from(name), toml::from_str::<Pack>(text).ok()?));
        let mut all: Vec<(Name, Pack)> = BUILT_IN.into_iter().filter_map(read).collect();
        let mut added = Vec::new();
        for (name, pack) in own {
            match all.iter_mut().find(|(known, _)| *known == name.as_str()) {
                Some((_, held)) => *held = pack.clone(),
                None => added.push((Name::from(name.as_str()), pack.clone())),
            }
        }
        added.append(&mut all);
        Self(added)
    }
}

/// The names of all packs that can measure versions, given the configuration's own.
pub fn names(own: &BTreeMap<String, Pack>) -> Vec<String> {
    let all = Library::with(own).0.into_iter();
    all.filter(|(_, pack)| pack.versions.is_some() || pack.probe.is_some()).map(|(name, _)| name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pack_can_be_read() {
        for (name, text) in BUILT_IN {
            let read: Result<Pack, _> = toml::from_str(text);
            assert!(read.is_ok(), "{name}: {}", read.unwrap_err());
        }
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/packs")).unwrap();
        assert_eq!(folder.count(), BUILT_IN.len(), "a file that is not in the list");
    }

    #[test]
    fn own_packs_go_first_and_stand_for_those_of_their_name() {
        let text = "about = 'mine'\nprobe = 'hits_total'\n[queries]\nrate = 'hits'";
        let own = |name: &str| BTreeMap::from([(name.to_owned(), toml::from_str(text).unwrap())]);
        assert_eq!(names(&own("mine"))[..2], ["mine", "istio"]);
        let all = Library::with(&own("app")).0;
        let (place, (_, pack)) = all.iter().enumerate().find(|(_, (name, _))| *name == "app").unwrap();
        assert_eq!((place, pack.about.as_str(), all.len()), (2, "mine", BUILT_IN.len()));
    }
}
