//! What a rollout's own analysis names: the queries of Argo Rollouts and Flagger as their controllers ask them, with their
//! thresholds, and the address of the Prometheus that answers. One file per controller.
//!
//! Neither of them drives a rollout here, and nothing is asked: objects in, plain data out. Providers other than Prometheus are
//! left out; a query that cannot be worked out says why.

mod argo;
mod condition;
mod flagger;

use serde_json::Value;

use crate::domain::{Analysis, Custom, Kind, Look, Object, OwnQuery, Promql, Ref, Rollout, SaidBy, Text, Why};

/// The kinds that name an analysis, each with those that are read where there are objects of it. All of them are custom.
pub static KINDS: [(Kind, &[Kind]); 2] = [
    (Kind::ARGO_ROLLOUT, &[Kind::ANALYSIS_TEMPLATE, Kind::CLUSTER_ANALYSIS_TEMPLATE]),
    (Kind::CANARY, &[Kind::METRIC_TEMPLATE]),
];

/// A longer query is no query: what objects say a thousand times over must not fill the memory.
const LONGEST: usize = 16 << 10;

/// What the analysis of a rollout names; empty where nothing analyses it. Every lookup goes through `look`, found or not.
pub fn analysis(rollout: &Rollout, look: &mut dyn Look<'_>) -> Analysis {
    let of = Subject::of(rollout);
    let mut all = argo::named(&of, look);
    all.add(flagger::named(&of, look));
    all
}

/// The rollout that an analysis may be of.
struct Subject<'r> {
    /// The object that names it.
    root: &'r Ref,
    /// What is rolled out: the workloads that are its versions, else the object itself.
    workloads: Vec<&'r Ref>,
}

impl<'r> Subject<'r> {
    fn of(rollout: &'r Rollout) -> Self {
        let root = &rollout.at;
        let mut workloads: Vec<&Ref> =
            rollout.versions.iter().filter(|version| version.is_workload()).map(|version| &version.at).collect();
        if workloads.is_empty() {
            workloads.push(root);
        }
        Self { root, workloads }
    }

    /// Whether an object that analyses these Deployments analyses this: it names the rollout, or knows all that it consists of.
    fn is_of(&self, object: &Ref, deployments: &[String]) -> bool {
        let is_known = |at: &&Ref| at.kind == Kind::DEPLOYMENT && deployments.iter().any(|name| *at.name == **name);
        self.root == object || self.workloads.iter().all(is_known)
    }

    /// The objects of a kind in its namespace.
    fn all<'a>(&self, kind: &Kind, look: &mut dyn Look<'a>) -> Vec<&'a Custom> {
        look.all(&self.root.cluster, kind, &self.root.namespace).into_iter().filter_map(custom).collect()
    }
}

/// The name of a Deployment that a reference leads to, if it leads to one.
fn deployment(reference: Option<&Value>) -> Option<&str> {
    let reference = reference?;
    text(reference, "/name").filter(|_| text(reference, "/kind") == Some("Deployment"))
}

/// An object that is referred to, or why there is none.
fn found<'a>(at: &Ref, look: &mut dyn Look<'a>) -> Result<&'a Custom, Why> {
    if let Some(object) = look.get(at).and_then(custom) {
        return Ok(object);
    }
    let is_read = look.readable(&at.cluster, &at.kind, &at.namespace);
    Err(why(&if is_read { format!("there is no {at}") } else { format!("{at} is not read: see rolldeck doctor") }))
}

/// A query of an object.
fn query(name: &str, promql: Result<String, Why>, said_by: &Ref) -> OwnQuery {
    OwnQuery {
        name: Text::clean(name),
        promql: promql.map(Promql::Verbatim),
        unit: Text::default(),
        limits: Vec::new(),
        said_by: SaidBy::Object(said_by.clone()),
    }
}

fn custom(object: &Object) -> Option<&Custom> {
    if let Object::Custom(custom) = object { Some(custom) } else { None }
}

/// A text at a JSON pointer; None where there is none, or an empty one.
fn text<'v>(of: &'v Value, pointer: &str) -> Option<&'v str> {
    of.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The elements of a list at a JSON pointer.
fn list<'v>(of: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    of.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// A query that grows while it is filled in, as long as it is one.
fn within(text: &str) -> Result<(), Why> {
    if text.len() > LONGEST { Err(why("it is longer than 16 kB")) } else { Ok(()) }
}

fn why(says: &str) -> Why {
    Why(Text::clean(says))
}

#[cfg(test)]
mod tests;
