//! Metrics beside the cluster: what is polled follows from what is shown, and whether anybody can see it.

use std::{sync::Arc, time::Duration};

use super::{
    clock::Clock,
    follow::{Follower, Scope},
    reach,
};
use crate::{
    cluster::Cluster,
    domain::{CurveAsk, Health, Link, Name, Past, Ref, Span, Text},
    metrics::{self, Polling, Settings, Wish},
    session::Session,
    store::Fact,
};

/// A source of metrics and what is wanted of it; nothing when none is configured and none is to be looked for.
pub(crate) struct Gauges {
    polling: Option<(Polling, Duration)>,
    past: Option<Past>,
    /// About so many long windows it is asked.
    budgets: usize,
    curves: Option<CurveAsk>,
}

impl Gauges {
    /// Starts to poll the source that is configured for the cluster, or to look for one once the first rows are there.
    pub(crate) fn start(
        cluster: &Arc<Cluster>,
        (settings, scope): (Option<&Settings>, &Scope),
        clock: Clock,
        follower: &mut Follower,
    ) -> Self {
        let Some(settings) = settings else { return Self { polling: None, past: None, budgets: 0, curves: None } };
        let namespaces = scope.namespaces.iter().cloned().collect::<Option<Vec<_>>>().unwrap_or_default();
        let of = metrics::Scope { cluster: cluster.name.clone(), namespaces };
        let window = settings.window.0;
        // Whoever looks once, such as doctor, wants to know it all.
        let wish = Wish { looked: true, brief: false, window, pack: None, past: None, curves: None, pace: 1.0 };
        let reach = (follower.sender(), Arc::new(move || clock.now()) as metrics::Clock);
        let started = match &settings.way {
            Some(way) => Polling::start(settings, of, (wish, reach::proxied(cluster, way)), reach),
            None => Ok(Polling::seek(settings, of, (wish, reach::of(cluster, follower.first_rows())), reach)),
        };
        let (polling, link) = match started {
            Ok(polling) => (Some((polling, window)), Link::Connecting),
            Err(why) => (None, Link::Denied { why }),
        };
        let place = settings.way.as_ref().map(|way| Text::clean(&way.to_string())).unwrap_or_default();
        follower.tell(Fact::Gauge { cluster: cluster.name.clone(), place, every: settings.every.0, link });
        Self { polling, past: None, budgets: settings.budgets.len(), curves: None }
    }

    /// What is wanted from now on.
    pub(crate) fn want(&mut self, session: &Session, looked: bool, follower: &Follower) {
        let Some((polling, usual)) = &self.polling else { return };
        (self.past, self.curves) = (session.charting(follower.fleet()), session.curving(follower.fleet()));
        let (window, pack) = (session.rate_window().unwrap_or(*usual), session.deck.pack.clone());
        let (past, curves) = (self.past.clone(), self.curves.clone());
        let brief = past.is_none() && curves.is_none();
        polling.want(Wish { looked, brief, window, pack, past, curves, pace: session.pace() });
    }

    /// One rollout is wanted, with what its verdict rests on. No line is drawn, so the shortest history will do.
    pub(crate) fn want_counts(&mut self, of: &Ref, follower: &Follower) {
        let Some((polling, window)) = &self.polling else { return };
        let past = follower.fleet().rollouts.get(of).map(|rollout| Past::of(rollout, Span::Minutes5, *window));
        if past != self.past {
            self.past = past;
            let past = self.past.clone();
            let wish = Wish { looked: true, brief: false, window: *window, pack: None, past, curves: None, pace: 1.0 };
            polling.want(wish);
        }
    }

    /// Whether all that is wanted has been answered, or will not be.
    pub(crate) fn are_settled(&self, follower: &Follower) -> bool {
        let gauges = &follower.fleet().gauges;
        let asked = |ask: &CurveAsk| gauges.curves.as_ref().is_some_and(|curves| curves.of == *ask);
        let is_drawn = self.curves.as_ref().is_none_or(asked);
        gauges.sources.iter().all(|gauge| match gauge.health {
            Health::Loading => false,
            Health::Live if gauge.budgets < self.budgets || !is_drawn => false,
            Health::Live => self.past.as_ref().is_none_or(|past| {
                let is_counted =
                    |(namespace, sets): &(Name, Vec<Name>)| *namespace == past.namespace && *sets == past.sets;
                gauge.past.as_ref() == Some(past) && gauge.counted.as_ref().is_some_and(is_counted)
            }),
            Health::Stale { .. } | Health::Down { .. } | Health::Denied { .. } => true,
        })
    }
}
