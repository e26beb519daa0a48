//! Metrics beside the cluster: what is polled follows from what is shown, and whether anybody can see it.

use std::{sync::Arc, time::Duration};

use super::{clock::Clock, follow::Follower, follow::Scope};
use crate::{
    cluster::Cluster,
    domain::{CurveAsk, Health, Link, Name, Past, Text},
    metrics::{self, Polling, Proxied, Settings, Way, Wish},
    session::Session,
    store::Fact,
};

/// A source of metrics and what is wanted of it; nothing when none is configured.
pub(crate) struct Gauges {
    polling: Option<(Polling, Duration)>,
    past: Option<Past>,
    curves: Option<CurveAsk>,
}

impl Gauges {
    /// Starts to poll, if a source is configured for the cluster.
    pub(crate) fn start(
        cluster: &Arc<Cluster>,
        (settings, scope): (Option<&Settings>, &Scope),
        clock: Clock,
        follower: &mut Follower,
    ) -> Self {
        let Some(settings) = settings else { return Self { polling: None, past: None, curves: None } };
        let namespaces = scope.namespaces.iter().cloned().collect::<Option<Vec<_>>>().unwrap_or_default();
        let of = metrics::Scope { cluster: cluster.name.clone(), namespaces };
        let window = settings.window.0;
        let wish = Wish { looked: true, window, pack: None, past: None, curves: None, pace: 1.0 };
        let reach = (follower.sender(), Arc::new(move || clock.now()) as metrics::Clock);
        let (polling, link) = match Polling::start(settings, of, (wish, proxied(cluster, settings)), reach) {
            Ok(polling) => (Some((polling, window)), Link::Connecting),
            Err(why) => (None, Link::Denied { why }),
        };
        let place = settings.way.as_ref().map(|way| Text::clean(&way.to_string())).unwrap_or_default();
        follower.tell(Fact::Gauge { cluster: cluster.name.clone(), place, every: settings.every.0, link });
        Self { polling, past: None, curves: None }
    }

    /// What is wanted from now on.
    pub(crate) fn want(&mut self, session: &Session, looked: bool, follower: &Follower) {
        let Some((polling, usual)) = &self.polling else { return };
        (self.past, self.curves) = (session.charting(follower.fleet()), session.curving(follower.fleet()));
        let (window, pack) = (session.rate_window().unwrap_or(*usual), session.deck.pack.clone());
        let (past, curves) = (self.past.clone(), self.curves.clone());
        polling.want(Wish { looked, window, pack, past, curves, pace: session.pace() });
    }

    /// Whether all that is wanted has been answered, or will not be.
    pub(crate) fn are_settled(&self, follower: &Follower) -> bool {
        let gauges = &follower.fleet().gauges;
        let asked = |ask: &CurveAsk| gauges.curves.as_ref().is_some_and(|curves| curves.of == *ask);
        let is_drawn = self.curves.as_ref().is_none_or(asked);
        gauges.sources.iter().all(|gauge| match gauge.health {
            Health::Loading => false,
            Health::Live if !is_drawn => false,
            Health::Live => self.past.as_ref().is_none_or(|past| {
                let is_counted =
                    |(namespace, sets): &(Name, Vec<Name>)| *namespace == past.namespace && *sets == past.sets;
                gauge.past.as_ref() == Some(past) && gauge.counted.as_ref().is_some_and(is_counted)
            }),
            Health::Stale { .. } | Health::Down { .. } | Health::Denied { .. } => true,
        })
    }
}

/// The way through the API server to the service that the settings name.
fn proxied(cluster: &Arc<Cluster>, settings: &Settings) -> Proxied {
    let (namespace, service) = match &settings.way {
        Some(Way::Proxy { namespace, service }) => (namespace.clone(), service.clone()),
        Some(Way::Url(_)) | None => Default::default(),
    };
    let cluster = Arc::clone(cluster);
    Arc::new(move |path| {
        let (cluster, namespace, service) = (Arc::clone(&cluster), namespace.clone(), service.clone());
        Box::pin(async move { cluster.proxied(&namespace, &service, &path).await.map_err(|trouble| trouble.what) })
    })
}
