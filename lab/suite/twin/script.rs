//! What a script is: a Deployment and the moves that are made with it, as data. Nothing here knows who plays it.

use serde_json::{Value, json};

use super::seen::{Point, Seen};

/// Marks everything of a script, so that it can be watched.
pub(super) const MARK: &str = "rolldeck.twin";

/// The readiness gate of pods that wait for the script.
pub(super) const GATE: &str = "rolldeck.twin/open";

/// One change, or a wait.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Creates the Deployment.
    Create,
    /// Another tag of the image.
    Image(&'static str),
    /// Another value of an environment variable.
    Env(&'static str),
    /// An annotation of the Deployment.
    Annotate(&'static str, &'static str),
    /// Members of the spec, null for one that goes.
    Spec(Value),
    /// `spec.paused` true.
    Pause,
    /// `spec.paused` gone.
    Resume,
    /// The scale subresource.
    Scale(i32),
    /// `kubectl rollout undo --to-revision` (0: the second highest).
    Undo(i64),
    /// Lets pods that wait become ready.
    Open(Which, usize),
    /// Takes readiness from pods.
    Close(Which, usize),
    /// Pods fail for good, as evicted ones do.
    Evict(Which, usize),
    /// Deletes pods, the ready ones first.
    Delete(Which, usize),
    /// How many pods the namespace's quota admits.
    Quota(i64),
    /// Waits until the condition Progressing has a reason.
    Until(&'static str),
    /// Waits until every version could create its pods.
    Admitted,
    /// Waits until all pods that are ready are available, and none is ending.
    Settle,
}

/// Whose pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those of the highest revision that has pods which a step can be done to.
    Newest,
    /// Those of the lowest.
    Oldest,
    /// All.
    All,
}

/// When a move is over, and whether what is seen then is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing changes, nothing is ending, all that is ready is available.
    Full,
    /// Nothing changes for now: pods may be ending, or be ready and not available yet.
    Early,
    /// At once, without comparing.
    None,
}

/// A step, and what is waited for after it.
#[derive(Clone, Debug)]
pub(super) struct Move {
    pub(super) step: Step,
    pub(super) rest: Rest,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// Every point of rest.
    Points,
    /// The end only: pods become ready by themselves.
    End,
}

/// A script.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) name: String,
    /// Part of the small run.
    pub(super) little: bool,
    pub(super) judged: Judged,
    /// The most pods that versions may have together, and the fewest that must be ready once all were.
    pub(super) bounds: Option<(i64, i64)>,
    /// Pods that the quota of its own namespace admits.
    pub(super) quota: Option<i64>,
    /// Members of the Deployment's spec.
    pub(super) spec: Value,
    /// Pods live as they do elsewhere in the lab; others start quickly and end at once.
    pub(super) graceful: bool,
    pub(super) tag: &'static str,
    pub(super) moves: Vec<Move>,
}

impl Script {
    /// Pods wait for the script; it begins with all of them open.
    pub(super) fn gated(name: impl Into<String>, spec: Value) -> Self {
        let mut script = Self::bare(name, spec);
        script.moves = vec![full(Step::Create), full(Step::Open(Which::All, usize::MAX))];
        script
    }

    /// The same without its first moves.
    pub(super) fn bare(name: impl Into<String>, spec: Value) -> Self {
        let (name, moves) = (name.into(), Vec::new());
        Self {
            name,
            little: false,
            judged: Judged::Points,
            bounds: None,
            quota: None,
            spec,
            graceful: false,
            tag: "1",
            moves,
        }
    }

    /// Pods become ready by themselves; bounds that hold all the way.
    pub(super) fn free(name: impl Into<String>, spec: Value, bounds: Option<(i64, i64)>) -> Self {
        let mut script = Self::bare(name, spec);
        script.bounds = bounds;
        script.judged = Judged::End;
        script.moves = vec![full(Step::Create)];
        script
    }

    pub(super) fn little(mut self) -> Self {
        self.little = true;
        self
    }

    pub(super) fn graceful(mut self) -> Self {
        self.graceful = true;
        self
    }

    pub(super) fn quota(mut self, pods: i64) -> Self {
        self.quota = Some(pods);
        self
    }

    pub(super) fn tag(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    pub(super) fn then(mut self, moves: impl IntoIterator<Item = Move>) -> Self {
        self.moves.extend(moves);
        self
    }

    /// What is compared of what is seen.
    pub(super) fn facts(&self, seen: &Seen) -> Point {
        match self.judged {
            Judged::Points => seen.point(),
            Judged::End => seen.end(),
        }
    }

    /// The namespace that it plays in: a quota's is its own.
    pub(super) fn namespace(&self, all: &str) -> String {
        if self.quota.is_some() { format!("{all}-{}", self.name) } else { all.to_owned() }
    }

    /// Its quota.
    pub(super) fn quota_object(&self, namespace: &str) -> Option<Value> {
        let pods = self.quota?;
        Some(json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods", "namespace": namespace},
            "spec": {"hard": {"pods": pods.to_string()}},
        }))
    }

    /// Its Deployment as it is created.
    pub(super) fn deployment(&self, namespace: &str) -> Value {
        let mut labels = json!({MARK: "yes", "app": self.name});
        if !self.graceful {
            labels["lab.rolldeck/quick"] = json!("true");
        }
        let mut pod = json!({
            "terminationGracePeriodSeconds": if self.graceful { 30 } else { 0 },
            "containers": [{"name": "app", "image": image(self.tag)}],
        });
        if self.judged == Judged::Points {
            pod["readinessGates"] = json!([{"conditionType": GATE}]);
        }
        let mut spec = json!({
            "selector": {"matchLabels": {"app": self.name}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        });
        merge(&mut spec, &self.spec);
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "spec": spec,
            "metadata": {"name": self.name, "namespace": namespace, "labels": labels},
        })
    }
}

/// The image of a tag.
pub(super) fn image(tag: &str) -> String {
    format!("registry.example/web:{tag}")
}

/// Puts members in, and takes those out that are null.
pub(super) fn merge(into: &mut Value, members: &Value) {
    for (name, value) in members.as_object().into_iter().flatten() {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            into[name] = value.clone();
        }
    }
}

/// A step that is over when everything rests.
pub(super) const fn full(step: Step) -> Move {
    Move { step, rest: Rest::Full }
}

/// A step that is over when nothing changes for now.
pub(super) const fn soon(step: Step) -> Move {
    Move { step, rest: Rest::Early }
}

/// A step that is followed at once by the next.
pub(super) const fn at_once(step: Step) -> Move {
    Move { step, rest: Rest::None }
}
