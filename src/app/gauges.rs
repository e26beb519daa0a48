//! Metrics beside the cluster: what is polled follows from what is shown, and whether anybody can see it.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{
    clock::Clock,
    follow::{Follower, Scope},
    reach,
};
use crate::{
    cluster::Cluster,
    domain::{CurveAsk, Fleet, Health, Link, Name, Named, Past, Ref, Span, Text},
    metrics::{self, Polling, Settings, Wish},
    session::Session,
    store::Fact,
};

/// More addresses than these are not looked at: one cluster has one Prometheus, or a few. They must leave a search room for others.
const NAMED: usize = 4;

/// A source of metrics and what is wanted of it; nothing when none is configured and none is to be looked for.
pub(crate) struct Gauges {
    polling: Option<(Polling, Duration)>,
    /// What is wanted.
    wish: Wish,
    /// A search begins once it is known what rollouts name.
    may_begin: watch::Sender<bool>,
    /// About so many long windows it is asked.
    budgets: usize,
}

impl Gauges {
    /// Starts to poll the source that is configured for the cluster, or to look for one once the first rows are there.
    pub(crate) fn start(
        cluster: &Arc<Cluster>,
        (settings, scope): (Option<&Settings>, &Scope),
        clock: Clock,
        follower: &mut Follower,
    ) -> Self {
        let (may_begin, begins) = watch::channel(false);
        let Some(settings) = settings else {
            return Self { polling: None, wish: Wish::over(Duration::ZERO), may_begin, budgets: 0 };
        };
        let namespaces = scope.namespaces.iter().cloned().collect::<Option<Vec<_>>>().unwrap_or_default();
        let of = metrics::Scope { cluster: cluster.name.clone(), namespaces };
        let window = settings.window.0;
        // Whoever looks once, such as doctor, wants to know it all.
        let wish = Wish::over(window);
        let reach = (follower.sender(), Arc::new(move || clock.now()) as metrics::Clock);
        let started = match &settings.way {
            Some(way) => Polling::start(settings, of, (wish.clone(), reach::proxied(cluster, way)), reach),
            None => Ok(Polling::seek(settings, of, (wish.clone(), reach::of(cluster, begins)), reach)),
        };
        let (polling, link) = match started {
            Ok(polling) => (Some((polling, window)), Link::Connecting),
            Err(why) => (None, Link::Denied { why }),
        };
        let place = settings.way.as_ref().map(|way| Text::clean(&way.to_string())).unwrap_or_default();
        follower.tell(Fact::Gauge { cluster: cluster.name.clone(), place, every: settings.every.0, link });
        Self { polling, wish, may_begin, budgets: settings.budgets.len() }
    }

    /// What is wanted from now on.
    pub(crate) fn want(&mut self, session: &Session, looked: bool, follower: &Follower) {
        let Some((_, usual)) = &self.polling else { return };
        let (past, curves) = (session.charting(follower.fleet()), session.curving(follower.fleet()));
        self.wish = Wish {
            looked,
            brief: past.is_none() && curves.is_none(),
            window: session.rate_window().unwrap_or(*usual),
            pack: session.deck.pack.clone(),
            past,
            curves,
            named: Vec::new(),
            pace: session.pace(),
        };
        self.tell_named(follower);
    }

    /// One rollout is wanted, with what its verdict rests on. No line is drawn, so the shortest history will do.
    pub(crate) fn want_counts(&mut self, of: &Ref, follower: &Follower) {
        let Some((_, window)) = &self.polling else { return };
        let past = follower.fleet().rollouts.get(of).map(|rollout| Past::of(rollout, Span::Minutes5, *window));
        self.wish = Wish { past, ..Wish::over(*window) };
        self.tell_named(follower);
    }

    /// Says what is wanted, and which addresses the analyses of rollouts name. What looks for a source begins with these.
    pub(crate) fn tell_named(&mut self, follower: &Follower) {
        let Some((polling, _)) = &self.polling else { return };
        self.wish.named = named(follower.fleet());
        polling.want(self.wish.clone());
        if follower.knows_analyses() {
            self.may_begin.send_if_modified(|may| !std::mem::replace(may, true));
        }
    }

    /// Whether all that is wanted has been answered, or will not be.
    pub(crate) fn are_settled(&self, follower: &Follower) -> bool {
        let gauges = &follower.fleet().gauges;
        let asked = |ask: &CurveAsk| gauges.curves.as_ref().is_some_and(|curves| curves.of == *ask);
        let is_drawn = self.wish.curves.as_ref().is_none_or(asked);
        gauges.sources.iter().all(|gauge| match gauge.health {
            Health::Loading => false,
            Health::Live if gauge.budgets < self.budgets || !is_drawn => false,
            Health::Live => self.wish.past.as_ref().is_none_or(|past| {
                let is_counted =
                    |(namespace, sets): &(Name, Vec<Name>)| *namespace == past.namespace && *sets == past.sets;
                gauge.past.as_ref() == Some(past) && gauge.counted.as_ref().is_some_and(is_counted)
            }),
            Health::Stale { .. } | Health::Down { .. } | Health::Denied { .. } => true,
        })
    }
}

/// The addresses that rollouts name, those first that most of them name.
fn named(fleet: &Fleet) -> Vec<Named> {
    let mut all: BTreeMap<&Text, (usize, &Named)> = BTreeMap::new();
    for named in fleet.rollouts.values().flat_map(|rollout| &rollout.analysis.addresses) {
        all.entry(&named.address).or_insert((0, named)).0 += 1;
    }
    let mut all: Vec<(usize, &Named)> = all.into_values().collect();
    all.sort_by_key(|(count, _)| Reverse(*count));
    all.into_iter().take(NAMED).map(|(_, named)| named.clone()).collect()
}
