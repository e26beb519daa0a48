//! What is seen of one script's Deployment, whoever runs it: the objects as watches tell them, the facts that are compared at a
//! point of rest, and when that is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use serde_json::Value;

use super::script::{GATE, Rest};

/// The facts at a point of rest, by name.
pub(super) type Point = BTreeMap<String, String>;

/// One event of a watch: what happened to which object.
pub(super) struct News {
    pub(super) gone: bool,
    pub(super) object: Value,
}

/// The objects of a script, and the extremes that were seen on the way.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) deployment: Option<Value>,
    pub(super) sets: BTreeMap<String, Value>,
    pub(super) pods: BTreeMap<String, Value>,
    /// The most pods that versions were to have together.
    pub(super) most: i64,
    /// The fewest pods that were ready, since all were.
    pub(super) least: Option<i64>,
}

impl Seen {
    /// Takes in one event.
    pub(super) fn take(&mut self, news: News) {
        let News { gone, object } = news;
        let name = text(&object, "/metadata/name").to_owned();
        match text(&object, "/kind") {
            "Deployment" => self.deployment = (!gone).then_some(object),
            "ReplicaSet" => put(&mut self.sets, name, object, gone),
            _ => put(&mut self.pods, name, object, gone),
        }
        self.most = self.most.max(self.sets.values().map(|set| int(set, "/spec/replicas")).sum());
        let wanted = self.deployment.as_ref().map_or(0, |one| int(one, "/spec/replicas"));
        let ready = i64::try_from(self.pods.values().filter(|pod| is_active(pod) && is_ready(pod)).count()).unwrap();
        if self.least.is_some() || ready == wanted && wanted > 0 {
            self.least = Some(self.least.map_or(ready, |least| least.min(ready)));
        }
    }

    /// Forgets objects of a kind that are not there any more.
    pub(super) fn keep(&mut self, kind: &str, names: &BTreeSet<String>) {
        match kind {
            "Deployment" => {
                self.deployment.take_if(|one| !names.contains(text(one, "/metadata/name")));
            }
            "ReplicaSet" => self.sets.retain(|name, _| names.contains(name)),
            _ => self.pods.retain(|name, _| names.contains(name)),
        }
    }

    /// Whether an answer of the API server is not newer than what is seen.
    pub(super) fn knows(&self, answer: &Value) -> bool {
        let version = |object: &Value| text(object, "/metadata/resourceVersion").parse::<u64>().unwrap_or(0);
        let here = match text(answer, "/kind") {
            "Deployment" | "Scale" => self.deployment.as_ref(),
            "Pod" => self.pods.get(text(answer, "/metadata/name")),
            _ => return true,
        };
        // A pod that is gone was seen to go.
        here.map_or(text(answer, "/kind") == "Pod", |here| version(here) >= version(answer))
    }

    /// The versions, by revision.
    pub(super) fn versions(&self) -> Vec<(i64, &Value)> {
        let mut all: Vec<(i64, &Value)> = self.sets.values().map(|set| (revision(set), set)).collect();
        all.sort_by_key(|(number, set)| (*number, text(set, "/metadata/name")));
        all
    }

    /// Pods of a version that are neither over nor ending.
    pub(super) fn pods_of<'s>(&'s self, set: &'s Value) -> impl Iterator<Item = &'s Value> {
        let uid = text(set, "/metadata/uid");
        self.pods.values().filter(move |pod| owner(pod) == uid && is_active(pod))
    }

    /// The facts.
    pub(super) fn point(&self) -> Point {
        let Some(one) = &self.deployment else { return Point::new() };
        let status = |name: &str| int(one, &format!("/status/{name}"));
        let mut facts = Point::new();
        facts.insert(
            "generation".into(),
            format!("{} observed {}", int(one, "/metadata/generation"), status("observedGeneration")),
        );
        facts.insert("revision".into(), text(one, "/metadata/annotations/deployment.kubernetes.io~1revision").into());
        for name in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"] {
            facts.insert(name.into(), status(name).to_string());
        }
        facts.insert("terminatingReplicas".into(), status("terminatingReplicas").to_string());
        for is in list(one, "/status/conditions") {
            let says = format!("{} {}: {}", text(is, "/status"), text(is, "/reason"), self.plain(text(is, "/message")));
            facts.insert(format!("condition {}", text(is, "/type")), says);
        }
        for (number, set) in self.versions() {
            facts.insert(format!("version {number}"), self.version(set));
        }
        facts
    }

    /// The facts at the end of a script whose way is left to luck: no revisions, which depend on what the controllers
    /// came to see, and no sentences.
    pub(super) fn end(&self) -> Point {
        let mut facts = self.point();
        facts.retain(|name, _| !name.starts_with("version") && name != "revision" && name != "generation");
        for (_, says) in facts.iter_mut().filter(|(name, _)| name.starts_with("condition")) {
            says.truncate(says.find(':').unwrap_or(says.len()));
        }
        for set in self.sets.values().filter(|set| int(set, "/spec/replicas") > 0) {
            facts.insert(format!("version {}", tag(set)), format!("size {}", int(set, "/spec/replicas")));
        }
        facts
    }

    fn version(&self, set: &Value) -> String {
        let own = |name: &str| text(set, &format!("/metadata/annotations/deployment.kubernetes.io~1{name}"));
        let status = |name: &str| int(set, &format!("/status/{name}"));
        let mut says = format!(
            "{} size {}, has {} ready {} available {} ending {}; for {} of at most {}; was {:?}",
            tag(set),
            int(set, "/spec/replicas"),
            status("replicas"),
            status("readyReplicas"),
            status("availableReplicas"),
            status("terminatingReplicas"),
            own("desired-replicas"),
            own("max-replicas"),
            own("revision-history"),
        );
        for is in list(set, "/status/conditions") {
            let message = self.plain(text(is, "/message"));
            let _ = write!(says, "; {} {}: {message}", text(is, "/type"), text(is, "/reason"));
        }
        says
    }

    /// A sentence without the names that luck made: versions by their tag, pods by their version.
    fn plain(&self, message: &str) -> String {
        let mut plain = message.to_owned();
        for (name, set) in &self.sets {
            while let Some((before, after)) = plain.split_once(name.as_str()) {
                let suffix = after.find(|c: char| c != '-' && !c.is_ascii_alphanumeric()).unwrap_or(after.len());
                plain = format!("{before}<{}>{}", tag(set), &after[suffix..]);
            }
        }
        plain
    }

    /// The facts, and what of the pods says that something still goes on.
    pub(super) fn fingerprint(&self) -> (Point, Vec<String>) {
        let pod = |(name, pod): (&String, &Value)| {
            format!("{name} {} {} {}", text(pod, "/status/phase"), is_ready(pod), is_going(pod))
        };
        (self.point(), self.pods.iter().map(pod).collect())
    }

    /// What has still to happen before this can be a point of rest; None when nothing has.
    pub(super) fn awaits(&self, rest: Rest) -> Option<String> {
        let one = self.deployment.as_ref()?;
        if int(one, "/status/observedGeneration") < int(one, "/metadata/generation") {
            return Some("the generation is not observed".into());
        }
        let sum = |name: &str| self.sets.values().map(|set| int(set, &format!("/status/{name}"))).sum::<i64>();
        for name in ["replicas", "readyReplicas", "availableReplicas", "terminatingReplicas"] {
            if sum(name) != int(one, &format!("/status/{name}")) {
                return Some(format!("the Deployment has not counted its {name}"));
            }
        }
        self.sets.iter().find_map(|(name, set)| self.set_awaits(name, set, rest)).or_else(|| {
            self.pods.iter().find_map(|(name, pod)| {
                let what = pod_awaits(pod, rest)?;
                Some(format!("pod {name} {what}"))
            })
        })
    }

    fn set_awaits(&self, name: &str, set: &Value, rest: Rest) -> Option<String> {
        let status = |name: &str| int(set, &format!("/status/{name}"));
        let active: Vec<&Value> = self.pods_of(set).collect();
        let count = |pods: usize| i64::try_from(pods).unwrap();
        let uid = text(set, "/metadata/uid");
        let ending = self.pods.values().filter(|pod| owner(pod) == uid && is_going(pod) && !is_over(pod)).count();
        let refusal = list(set, "/status/conditions").first().map(|is| text(is, "/message"));
        if status("observedGeneration") < int(set, "/metadata/generation") {
            Some(format!("{name} is not observed"))
        } else if status("replicas") != count(active.len())
            || status("readyReplicas") != count(active.iter().filter(|pod| is_ready(pod)).count())
            || status("terminatingReplicas") != count(ending)
        {
            Some(format!("{name} has not counted its pods"))
        } else if refusal.is_none() && status("replicas") != int(set, "/spec/replicas") {
            Some(format!("{name} has not its size"))
        } else if refusal.is_some_and(|why| count(self.pods.len()) < limited(why)) {
            Some(format!("{name} will try again to create pods"))
        } else if rest == Rest::Full && status("readyReplicas") != status("availableReplicas") {
            Some(format!("{name} has pods that are not available yet"))
        } else {
            None
        }
    }
}

fn pod_awaits(pod: &Value, rest: Rest) -> Option<&'static str> {
    if is_over(pod) {
        None
    } else if is_going(pod) {
        (rest == Rest::Full).then_some("is ending")
    } else if tag(pod).contains("-bad") {
        let reason = text(pod, "/status/containerStatuses/0/state/waiting/reason");
        (!matches!(reason, "ErrImagePull" | "ImagePullBackOff")).then_some("has not failed yet")
    } else if text(pod, "/status/phase") != "Running" {
        Some("does not run")
    } else if tag(pod).contains("unready") {
        None
    } else if is_ready(pod) != may_be_ready(pod) {
        Some("has not noticed its gate")
    } else {
        None
    }
}

fn put(into: &mut BTreeMap<String, Value>, name: String, object: Value, gone: bool) {
    if gone {
        into.remove(&name);
    } else {
        into.insert(name, object);
    }
}

/// The pods that a quota's refusal says are admitted.
fn limited(refusal: &str) -> i64 {
    refusal.rsplit_once("limited: pods=").and_then(|(_, pods)| pods.parse().ok()).unwrap_or(0)
}

/// Whether a pod has no gate, or one that is open.
pub(super) fn may_be_ready(pod: &Value) -> bool {
    list(pod, "/spec/readinessGates").is_empty() || condition(pod, GATE)
}

pub(super) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready")
}

fn condition(pod: &Value, kind: &str) -> bool {
    list(pod, "/status/conditions").iter().any(|is| text(is, "/type") == kind && text(is, "/status") == "True")
}

fn is_over(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

fn is_going(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp").is_some()
}

fn is_active(pod: &Value) -> bool {
    !is_over(pod) && !is_going(pod)
}

fn owner(object: &Value) -> &str {
    text(object, "/metadata/ownerReferences/0/uid")
}

/// The revision of a version or a Deployment; 0 without one.
pub(super) fn revision(object: &Value) -> i64 {
    text(object, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap_or(0)
}

/// What the template, or the pod, says of itself: the image's tag and the environment.
fn tag(object: &Value) -> String {
    let spec = object.pointer("/spec/template/spec").or_else(|| object.pointer("/spec")).unwrap();
    let tag = text(spec, "/containers/0/image").rsplit(':').next().unwrap_or_default();
    match text(spec, "/containers/0/env/0/value") {
        "" => format!("v{tag}"),
        value => format!("v{tag} {value}"),
    }
}

pub(super) fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn int(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
