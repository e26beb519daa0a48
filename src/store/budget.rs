//! Error budgets: from what failed over long windows to what is left, and how fast it goes. Clients' failures count, where they
//! are measured: whichever version answered them, or none; else those of all versions together.

use std::sync::Arc;

use super::{
    Store,
    joins::{self, Named, Told},
    sensing::Beside,
    series::{Meter, joined},
};
use crate::domain::{Budget, Measured, Moment, Rollout, Sampled, Samples, Slo, Uid, Version};

/// What failed over one long window.
#[derive(Debug, Default)]
pub(super) struct Burnt {
    versions: Named<Arc<Measured>>,
    clients: Named<Arc<Measured>>,
}

impl Meter {
    /// What is left of a rollout's budget; None while nothing is known.
    pub(super) fn budget(&self, rollout: &Rollout, slo: &Slo) -> Option<Budget> {
        let windows = self.burnt.iter();
        let shares = windows.filter_map(|(window, burnt)| Some((*window, self.share(burnt, rollout)?)));
        let burns: Vec<_> = shares.map(|(window, share)| (window, share / slo.allowed())).collect();
        let shortest = burns.first().and_then(|(window, _)| self.burnt.get(window))?;
        let by = self.by_version(shortest, rollout);
        let spent = burns.iter().find(|(window, _)| *window == slo.over).map(|(_, burn)| *burn);
        Some(Budget { slo: slo.clone(), left: spent.map(|spent| 1.0 - spent), burns, by })
    }

    /// The share of requests that failed.
    fn share(&self, burnt: &Burnt, rollout: &Rollout) -> Option<f64> {
        let seen = joins::services(&burnt.clients, &rollout.at.namespace, &rollout.door.services);
        let clients = joined(&seen).and_then(|seen| seen.errors);
        let versions = || {
            let all = rollout.versions.iter().flat_map(|version| self.told(burnt, rollout, version));
            joined(&all.collect::<Vec<_>>())?.errors
        };
        clients.or_else(versions)
    }

    /// The part of the failures that each version made.
    fn by_version(&self, burnt: &Burnt, rollout: &Rollout) -> Vec<(Uid, f64)> {
        let failed = |version: &Version| {
            let told = self.told(burnt, rollout, version);
            told.into_iter().filter_map(|one| Some(one.rate? * one.errors?)).sum::<f64>()
        };
        let failed: Vec<(&Uid, f64)> = rollout.living().map(|version| (&version.uid, failed(version))).collect();
        let all: f64 = failed.iter().map(|(_, failed)| failed).sum();
        let part = |(uid, failed): (&Uid, f64)| (uid.clone(), failed / all);
        if all > 0.0 { failed.into_iter().map(part).collect() } else { Vec::new() }
    }

    fn told<'b>(&self, burnt: &'b Burnt, rollout: &Rollout, version: &Version) -> Vec<&'b Arc<Measured>> {
        match joins::version(self.naming(), &burnt.versions, rollout, version) {
            Told::By(all) => all,
            Told::Apart | Told::Silent => Vec::new(),
        }
    }
}

impl Store {
    /// Takes in what failed over a long window.
    pub(super) fn keep_burnt(&mut self, samples: Samples, local: Moment) {
        let now = self.feeds.cluster_time(&samples.cluster, local);
        let Some(meter) = self.meters.0.get_mut(&samples.cluster) else { return };
        let burnt = Burnt { versions: by_name(samples.of), clients: by_name(samples.clients) };
        meter.burnt.insert(samples.window, burnt);
        let Some(aims) = self.aims.get(&samples.cluster) else { return };
        let beside = Beside { judged: self.fleet.judged.as_ref(), aims: Some(aims), now };
        let ours = self.fleet.rollouts.values_mut().filter(|rollout| rollout.at.cluster == samples.cluster);
        for rollout in ours.filter(|rollout| aims.of(&rollout.at).is_some()) {
            meter.sense(Arc::make_mut(rollout), &beside);
        }
    }
}

fn by_name(all: Vec<Sampled>) -> Named<Arc<Measured>> {
    let newest = |sampled: Sampled| Some(((sampled.namespace, sampled.set), Arc::new(*sampled.points.last()?)));
    all.into_iter().filter_map(newest).collect()
}
