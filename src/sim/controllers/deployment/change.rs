//! Changes of size: one version scaled, and all of them when the Deployment was scaled in the middle of a rollout or while
//! it is paused.

use serde_json::Value;

use super::{
    Sync, size,
    versions::{DESIRED, MAX},
};
use crate::{
    sim::objects::json::{annotation, count, flag, set, text},
    systems::deployment::arithmetic::{Share, Strategy},
};

impl Sync<'_> {
    /// Whether the Deployment was scaled: an active version was scaled for another number of replicas.
    pub(super) fn is_scaling_event(&mut self) -> bool {
        self.new_version(false);
        let wanted = self.replicas();
        let desired = |set: &Value| annotation(set, DESIRED).and_then(|number| number.parse::<i32>().ok());
        self.sets.iter().filter(|set| size(set) > 0).any(|set| desired(set).is_some_and(|desired| desired != wanted))
    }

    /// The sync of a Deployment that was scaled or is paused: sizes, and counts without a word of progress.
    pub(super) fn rescale(&mut self) {
        let new = self.new_version(false);
        self.scale_all(new);
        if flag(&self.object, "/spec/paused") {
            self.prune(new);
        }
        self.write_counts(new);
    }

    fn scale_all(&mut self, new: Option<usize>) {
        let active: Vec<usize> = (0..self.sets.len()).filter(|at| size(self.set(*at)) > 0).collect();
        let only = match active.as_slice() {
            [] => new.or_else(|| self.sets.len().checked_sub(1)),
            [one] => Some(*one),
            [..] => None,
        };
        if let Some(only) = only {
            self.scale(only, self.replicas(), false);
        } else if new.is_some_and(|new| self.is_saturated(new)) {
            for at in active.into_iter().filter(|at| Some(*at) != new) {
                self.scale(at, 0, false);
            }
        } else if matches!(self.strategy(), Strategy::Rolling { .. }) {
            self.scale_in_proportion(&active);
        }
    }

    fn scale_in_proportion(&mut self, active: &[usize]) {
        let share = |at: &usize| Share {
            replicas: size(self.set(*at)),
            max: annotation(self.set(*at), MAX).and_then(|max| max.parse().ok()),
        };
        let shares: Vec<Share> = active.iter().map(share).collect();
        let sizes = self.bounds().proportional(&shares, count(&self.object, "/status/replicas"));
        for (at, to) in active.iter().zip(sizes) {
            self.scale(*at, to, true);
        }
    }

    /// Whether the new version is all that is wanted, and available.
    fn is_saturated(&self, new: usize) -> bool {
        let (set, wanted) = (self.set(new), self.replicas());
        let desired = annotation(set, DESIRED).and_then(|number| number.parse::<i32>().ok());
        size(set) == wanted && desired == Some(wanted) && count(set, "/status/availableReplicas") == wanted
    }

    /// Scales one version; `annotate` writes the sizes it is scaled for even when its own does not change. Whether its
    /// size changed.
    pub(super) fn scale(&mut self, at: usize, to: i32, annotate: bool) -> bool {
        let is = size(self.set(at));
        if is == to && !annotate {
            return false;
        }
        let mut after = self.set(at).clone();
        set(&mut after, &["spec", "replicas"], to);
        self.annotate_sizes(&mut after);
        if &after == self.set(at) {
            return false;
        }
        self.put_set(at, after);
        if is != to {
            let way = if is < to { "up" } else { "down" };
            let name = text(self.set(at), "/metadata/name");
            let message = format!("Scaled {way} replica set {name} from {is} to {to}");
            self.tell("Normal", "ScalingReplicaSet", &message);
        }
        is != to
    }
}
