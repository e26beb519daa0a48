//! The status of a Deployment: counts, conditions and reasons word for word, and the progress deadline.

use serde_json::{Map, Value, json};

use super::{super::condition, Sync};
use crate::{
    domain::Moment,
    sim::{
        objects::json::{count, flag, int, moment, set, stamp, text},
        world::{Job, Timer},
    },
    systems::deployment::arithmetic::{Counts, late_after},
};

impl Sync<'_> {
    /// Seconds without progress until the rollout counts as failed; None when that is switched off.
    pub(super) fn deadline(&self) -> Option<i32> {
        Some(count(&self.object, "/spec/progressDeadlineSeconds")).filter(|seconds| *seconds != i32::MAX)
    }

    pub(super) fn condition(&self, kind: &str) -> Option<&Value> {
        condition(&self.object, kind)
    }

    /// Says when a Deployment is paused and when it goes on, so that the pause does not count as lack of progress. A
    /// rollout that is late already stays so.
    pub(super) fn check_paused(&mut self) {
        let reason = self.condition("Progressing").map(|is| text(is, "/reason").to_owned()).unwrap_or_default();
        if self.deadline().is_none() || reason == "ProgressDeadlineExceeded" {
            return;
        }
        let (paused, said) = (flag(&self.object, "/spec/paused"), reason == "DeploymentPaused");
        if paused && !said {
            self.set_condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
        } else if !paused && said {
            self.set_condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
        } else {
            return;
        }
        self.put_status();
    }

    /// Sets a condition unless it says the same already; its transition time stays while its status does.
    pub(super) fn set_condition(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let before = self.condition(kind);
        if before.is_some_and(|is| text(is, "/status") == status && text(is, "/reason") == reason) {
            return;
        }
        let now = stamp(self.world.now());
        let same = before.filter(|is| text(is, "/status") == status);
        let since = same.map_or_else(|| now.clone(), |is| text(is, "/lastTransitionTime").to_owned());
        self.push_condition(json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastUpdateTime": now, "lastTransitionTime": since,
        }));
    }

    fn push_condition(&mut self, fresh: Value) {
        self.drop_condition(text(&fresh, "/type"));
        let mut all = self.conditions();
        all.push(fresh);
        set(&mut self.object, &["status", "conditions"], all);
    }

    fn conditions(&self) -> Vec<Value> {
        self.object.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default()
    }

    fn drop_condition(&mut self, kind: &str) {
        let mut all = self.conditions();
        let before = all.len();
        all.retain(|one| text(one, "/type") != kind);
        if all.len() != before {
            set(&mut self.object, &["status", "conditions"], all);
        }
    }

    /// Whether the status, as it was told last, says that the rollout is complete.
    pub(super) fn is_complete(&self) -> bool {
        let observed = int(&self.object, "/status/observedGeneration") >= int(&self.object, "/metadata/generation");
        observed && counts(&self.object).complete(self.replicas())
    }

    /// The counts, and whether enough pods are available. Nothing of progress.
    pub(super) fn write_counts(&mut self, new: Option<usize>) {
        self.count(new);
        self.put_status();
    }

    /// The counts, progress, and what keeps pods from being created.
    pub(super) fn write_progress(&mut self, new: Option<usize>) {
        let before = self.object.clone();
        self.count(new);
        match self.deadline() {
            None => self.drop_condition("Progressing"),
            Some(deadline) => self.judge(new, counts(&before), deadline),
        }
        self.tell_failures(new);
        if self.object != before {
            self.put_status();
        }
        self.look_again();
    }

    fn judge(&mut self, new: Option<usize>, before: Counts, deadline_s: i32) {
        let is = self.condition("Progressing").cloned();
        let reason = is.as_ref().map_or("", |is| text(is, "/reason"));
        let now_counts = counts(&self.object);
        if now_counts.replicas == now_counts.updated && reason == "NewReplicaSetAvailable" {
            return;
        }
        let subject = match new {
            Some(new) => format!("ReplicaSet {:?}", text(self.set(new), "/metadata/name")),
            None => format!("Deployment {:?}", self.name()),
        };
        if self.is_complete() {
            let message = format!("{subject} has successfully progressed.");
            self.set_condition("Progressing", "True", "NewReplicaSetAvailable", &message);
        } else if now_counts.progressed(before) {
            // Progress renews lastUpdateTime, also when reason and status stay: the deadline counts from it.
            let now = stamp(self.world.now());
            let on = is.as_ref().filter(|is| text(is, "/status") == "True");
            let since = on.map_or_else(|| now.clone(), |is| text(is, "/lastTransitionTime").to_owned());
            self.push_condition(json!({
                "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated",
                "message": format!("{subject} is progressing."),
                "lastUpdateTime": now, "lastTransitionTime": since,
            }));
        } else if self.is_late(deadline_s) {
            let message = format!("{subject} has timed out progressing.");
            self.set_condition("Progressing", "False", "ProgressDeadlineExceeded", &message);
        }
    }

    fn is_late(&self, deadline_s: i32) -> bool {
        let Some(is) = self.condition("Progressing") else { return false };
        match text(is, "/reason") {
            "NewReplicaSetAvailable" => false,
            "ProgressDeadlineExceeded" => true,
            _ => updated(is).is_some_and(|from| self.world.now() > late_after(from, deadline_s)),
        }
    }

    /// Looks again when the deadline will have passed, a second late as the real one does.
    fn look_again(&mut self) {
        let Some((deadline, is)) = self.deadline().zip(self.condition("Progressing")) else { return };
        if self.is_complete() || text(is, "/reason") == "ProgressDeadlineExceeded" {
            return;
        }
        let Some(late) = updated(is).map(|from| Moment(late_after(from, deadline).0 + 1_000)) else { return };
        if late > self.world.now() {
            let named = (text(&self.object, "/metadata/namespace").to_owned(), self.name().to_owned());
            self.world.at(late, Timer::Again(Job::Deployment(named)));
        }
    }

    /// Takes over the first failure of a version to create its pods, the new version's before all.
    fn tell_failures(&mut self, new: Option<usize>) {
        let failure = |set: &Value| condition(set, "ReplicaFailure").cloned();
        let of_new = new.and_then(|new| failure(self.set(new)));
        match of_new.or_else(|| self.sets.iter().find_map(|set| failure(set))) {
            None => self.drop_condition("ReplicaFailure"),
            Some(is) => {
                let part = |pointer| text(&is, pointer).to_owned();
                let same = self.condition("ReplicaFailure").is_some_and(|had| {
                    text(had, "/status") == part("/status") && text(had, "/reason") == part("/reason")
                });
                if !same {
                    let at = part("/lastTransitionTime");
                    self.push_condition(json!({
                        "type": "ReplicaFailure", "status": part("/status"), "reason": part("/reason"),
                        "message": part("/message"), "lastUpdateTime": at, "lastTransitionTime": at,
                    }));
                }
            }
        }
    }

    /// Counts the pods of all versions into the status.
    fn count(&mut self, new: Option<usize>) {
        let sum = |name: &str| self.sets.iter().map(|set| count(set, &format!("/status/{name}"))).sum::<i32>();
        let available = sum("availableReplicas");
        let updated = new.map_or(0, |new| count(self.set(new), "/status/replicas"));
        let mut status = Map::new();
        let all = [
            ("replicas", sum("replicas")),
            ("updatedReplicas", updated),
            ("readyReplicas", sum("readyReplicas")),
            ("availableReplicas", available),
            ("unavailableReplicas", (self.total() - available).max(0)),
        ];
        for (name, count) in all.into_iter().filter(|(_, count)| *count != 0) {
            status.insert(name.to_owned(), count.into());
        }
        status.insert("terminatingReplicas".to_owned(), sum("terminatingReplicas").into());
        status.insert("observedGeneration".to_owned(), int(&self.object, "/metadata/generation").into());
        for kept in ["conditions", "collisionCount"] {
            if let Some(value) = self.object.pointer(&format!("/status/{kept}")) {
                status.insert(kept.to_owned(), value.clone());
            }
        }
        set(&mut self.object, &["status"], Value::Object(status));
        if available >= self.bounds().least() {
            let message = "Deployment has minimum availability.";
            self.set_condition("Available", "True", "MinimumReplicasAvailable", message);
        } else {
            let message = "Deployment does not have minimum availability.";
            self.set_condition("Available", "False", "MinimumReplicasUnavailable", message);
        }
    }
}

/// When a condition was last renewed.
fn updated(condition: &Value) -> Option<Moment> {
    moment(text(condition, "/lastUpdateTime"))
}

/// The counts of a Deployment's status.
fn counts(object: &Value) -> Counts {
    let of = |name: &str| count(object, &format!("/status/{name}"));
    Counts {
        replicas: of("replicas"),
        updated: of("updatedReplicas"),
        ready: of("readyReplicas"),
        available: of("availableReplicas"),
    }
}
