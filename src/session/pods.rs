//! The pods of one version: worst first, and a cursor that stays on its pod.

use std::sync::Arc;

use super::{
    Done, Screen, Session,
    motion::{beside, step},
    refuse,
};
use crate::{
    domain::{Fleet, Pod, Ref, Uid, Version},
    input::Move,
};

impl Session {
    /// The version whose pods are shown, if it still exists.
    pub fn pods_version<'f>(&self, fleet: &'f Fleet) -> Option<&'f Version> {
        let Screen::Pods(at, version) = self.screen() else { return None };
        fleet.rollouts.get(at)?.version(version)
    }

    /// The rows of the screen of pods: the worst state first, then the oldest. Empty on other screens.
    pub fn pods<'f>(&self, fleet: &'f Fleet) -> Vec<&'f Arc<Pod>> {
        let mut pods: Vec<_> = self.pods_version(fleet).map(|v| v.pods.list.iter().collect()).unwrap_or_default();
        pods.sort_by_cached_key(|pod: &&Arc<Pod>| (pod.state(), pod.meta.created, pod.meta.at.name.clone()));
        pods
    }

    /// The row of the selected pod; the row it was last seen in once it is gone. None only when there are no rows.
    pub fn pod_row(&self, pods: &[&Arc<Pod>]) -> Option<usize> {
        let last = pods.len().checked_sub(1)?;
        let seen = self.deck.pod.as_ref().and_then(|uid| pods.iter().position(|pod| pod.meta.uid == *uid));
        Some(seen.unwrap_or_else(|| self.deck.pod_row.min(last)))
    }

    pub(super) fn settle_pods(&mut self, fleet: &Fleet) {
        let pods = self.pods(fleet);
        if let Some(row) = self.pod_row(&pods) {
            self.put_pod(&pods, row);
        }
    }

    fn put_pod(&mut self, pods: &[&Arc<Pod>], row: usize) {
        if let Some(pod) = pods.get(row) {
            self.deck.pod = Some(pod.meta.uid.clone());
            self.deck.pod_row = row;
        }
    }

    /// Up and down along the pods, left and right to the pods of the neighbouring version.
    pub(super) fn move_in_pods(&mut self, motion: Move, at: &Ref, version: &Uid, fleet: &Fleet) -> Done {
        let rollout = super::deck::alive(at, fleet)?;
        let panes = self.panes(rollout);
        let pane = panes.iter().position(|v| v.uid == *version).unwrap_or(0);
        if let Some(to) = beside(motion, pane, panes.len()).and_then(|to| panes.get(to)) {
            self.deck.version = Some(to.uid.clone());
            self.show_pods(at.clone(), to.uid.clone());
            return Ok(None);
        }
        let pods = self.pods(fleet);
        let row = self.pod_row(&pods).ok_or_else(|| refuse("this version has no pods"))?;
        if let Some(to) = step(motion, row, pods.len(), self.page()) {
            self.put_pod(&pods, to);
        }
        Ok(None)
    }

    /// Shows the pods of a version, instead of another's if those are shown.
    pub(super) fn show_pods(&mut self, at: Ref, version: Uid) {
        self.screens.pop_if(|screen| matches!(screen, Screen::Pods(..)));
        self.screens.push(Screen::Pods(at, version));
        (self.deck.pod, self.deck.pod_row) = (None, 0);
    }
}
