//! The versions in the history of a Deployment, and which of them undo goes back to.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use crate::domain::{Guard, Ref, Weight, Why};
use crate::systems::subject::{guard, why};

const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
const HASH: &str = "pod-template-hash";

/// A version: a ReplicaSet, whole.
#[derive(Clone, Debug)]
pub(super) struct Past<'a> {
    whole: &'a Value,
    /// Its uid.
    pub(super) uid: &'a str,
    /// When it was created (RFC 3339, which sorts by time), and its name: of equal templates the oldest counts.
    pub(super) born: (&'a str, &'a str),
    /// Its number as kubectl reads it: 0 without an annotation, None if that is no number.
    pub(super) number: Option<i64>,
    /// Pods that serve now.
    pub(super) available: i64,
    /// Its template without the hash.
    pub(super) template: Value,
}

impl<'a> Past<'a> {
    pub(super) fn of(whole: &'a Value) -> Self {
        let text = |path| whole.pointer(path).and_then(Value::as_str).unwrap_or_default();
        Self {
            whole,
            uid: text("/metadata/uid"),
            born: (text("/metadata/creationTimestamp"), text("/metadata/name")),
            number: match noted(whole) {
                None => Some(0),
                Some(number) => number.parse().ok(),
            },
            available: whole.pointer("/status/availableReplicas").and_then(Value::as_i64).unwrap_or(0),
            template: whole.pointer("/spec/template").map(bare).unwrap_or_default(),
        }
    }

    /// Its annotations.
    pub(super) fn annotations(&self) -> Option<&'a Map<String, Value>> {
        self.whole.pointer("/metadata/annotations").and_then(Value::as_object)
    }

    /// `revision 2 (web:2, 0 available)`.
    fn told(&self) -> String {
        let image = self.template.pointer("/spec/containers/0/image").and_then(Value::as_str).unwrap_or("?");
        let short = image.rsplit('/').next().unwrap_or(image);
        format!("revision {} ({short}, {} available)", self.number.unwrap_or_default(), self.available)
    }
}

/// The number that an object is annotated with, as it is written.
pub(super) fn noted(whole: &Value) -> Option<&str> {
    whole.pointer(REVISION).and_then(Value::as_str)
}

/// A template as it is compared and written: without the hash that the controller puts on each version's.
pub(in crate::systems::deployment) fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    if let Some(meta) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        // Servers before 1.33 write it as null.
        meta.retain(|_, value| !value.is_null());
    }
    template
}

/// Where undo goes, and why.
#[derive(Debug)]
pub(super) struct Choice<'a> {
    /// The version.
    pub(super) to: Past<'a>,
    /// What is to be said about the choice.
    pub(super) guards: Vec<Guard>,
}

/// The revision that was asked for.
pub(super) fn named<'a>(all: &[Past<'a>], template: &Value, number: i64) -> Result<Choice<'a>, Why> {
    if number < 0 {
        return Err(why("unable to find specified revision: it must be 1 or more"));
    }
    let found = all.iter().find(|past| past.number == Some(number));
    let to = found.ok_or_else(|| why(format!("unable to find specified revision {number} in history")))?.clone();
    if to.template == *template {
        return Err(skipped(number));
    }
    Ok(Choice { to, guards: Vec::new() })
}

/// The newest version with another template that has available pods now; without such evidence the one that kubectl
/// takes: the second-highest number, whatever became of it.
pub(super) fn choose<'a>(all: &[Past<'a>], template: &Value, at: &Ref) -> Result<Choice<'a>, Why> {
    let mut numbered: Vec<&Past<'a>> = all.iter().filter(|past| past.number.is_some()).collect();
    numbered.sort_by_key(|past| Reverse(past.number));
    let kubectls = numbered.get(1).copied();
    let others: Vec<&Past<'a>> = numbered.iter().copied().filter(|past| past.template != *template).collect();
    let Some(newest) = others.first().copied() else {
        return Err(match kubectls {
            Some(past) => skipped(past.number.unwrap_or_default()),
            None => why(format!("no rollout history found for {at}: there is no earlier revision")),
        });
    };
    let is_other = |past: &&Past<'_>| others.iter().any(|other| other.uid == past.uid);
    if let Some(best) = others.iter().copied().find(|past| past.available > 0) {
        let differs = kubectls.is_none_or(|past| past.uid != best.uid);
        let says = || match kubectls {
            Some(past) => format!("kubectl would take {}, by its number; {} serves now", past.told(), best.told()),
            None => format!("kubectl would find no history; {} serves now", best.told()),
        };
        let guards = differs.then(|| guard("undo-target", Weight::Note, says())).into_iter().collect();
        return Ok(Choice { to: best.clone(), guards });
    }
    let (to, says) = match kubectls.filter(is_other) {
        Some(past) => (past, format!("no other revision has available pods now: {} is kubectl's choice", past.told())),
        None => {
            (newest, format!("no other revision has available pods now: {} is the newest other one", newest.told()))
        }
    };
    Ok(Choice { to: to.clone(), guards: vec![guard("undo-target", Weight::Warn, says)] })
}

fn skipped(number: i64) -> Why {
    why(format!("skipped rollback (current template already matches revision {number})"))
}
