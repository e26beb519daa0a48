//! From a route to the workloads behind it: rules, backends, Services, workloads. A version's share is the sum over the ways to
//! it of the product of the shares on the way.

use std::collections::BTreeMap;

use super::{
    ListRouter, custom,
    list::{Backend, Behind, Rule},
};
use crate::domain::{Custom, Deployment, Kind, Look, Name, Object, Ref, Service, num};

/// Routers that stand behind each other are followed so far; one that is behind itself ends there.
const DEEP: usize = 4;

/// A route with all that it leads to.
pub(super) struct Graph {
    /// The rules that share traffic between workloads, in the order of the route.
    pub(super) forks: Vec<Fork>,
    /// The Services that backends name and that do not exist, or that select no workload.
    pub(super) empty: Vec<Name>,
    /// The Services that its own rules name: their weights stand in this route.
    direct: Vec<Name>,
}

/// A rule that shares traffic between workloads.
pub(super) struct Fork {
    /// Whether it takes only what asks for it by more than a path.
    pub(super) is_narrow: bool,
    /// The shares of the workloads, 0 to 1; they add up to less than 1 where a part leads nowhere that is known.
    pub(super) shares: BTreeMap<Ref, f64>,
    /// The Services that lead to each, and to nobody else.
    pub(super) services: BTreeMap<Ref, Vec<Name>>,
}

/// What is on the way.
struct Walk<'l, 'a> {
    look: &'l mut dyn Look<'a>,
    deployments: Vec<&'a Deployment>,
    empty: Vec<Name>,
}

impl Graph {
    /// Follows a route.
    pub(super) fn of(router: &ListRouter, route: &Custom, look: &mut dyn Look<'_>) -> Self {
        let at = &route.meta.at;
        let deployments = look.all(&at.cluster, &Kind::DEPLOYMENT, &at.namespace).into_iter();
        let deployments =
            deployments.filter_map(|o| if let Object::Deployment(whole) = o { Some(&**whole) } else { None }).collect();
        let mut walk = Walk { look, deployments, empty: Vec::new() };
        let rules = router.rules_of(&route.body);
        let forks =
            rules.iter().map(|rule| walk.fork((router, at), rule)).filter(|fork| fork.shares.len() > 1).collect();
        let backends = rules.iter().flat_map(|rule| &rule.backends);
        let direct = backends.filter(|one| one.is == Behind::Service).map(|one| one.name.clone()).collect();
        Self { forks, empty: walk.empty, direct }
    }

    /// All workloads that share traffic.
    pub(super) fn workloads(&self) -> Vec<Ref> {
        let mut all: Vec<Ref> = self.forks.iter().flat_map(|fork| fork.shares.keys().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The share of a workload: that of the rules which take whatever comes, if they agree; None if they do not.
    pub(super) fn share(&self, workload: &Ref) -> Option<f64> {
        let mut shares = self.main().map(|fork| fork.shares.get(workload).copied().unwrap_or(0.0));
        let first = shares.next()?;
        shares.all(|other| (other - first).abs() < 1e-9).then_some(first)
    }

    /// The rules that take whatever comes; all of them if none does.
    pub(super) fn main(&self) -> impl Iterator<Item = &Fork> {
        let is_any_wide = self.forks.iter().any(|fork| !fork.is_narrow);
        self.forks.iter().filter(move |fork| !(is_any_wide && fork.is_narrow))
    }

    /// Whether a workload's weight stands in this route.
    pub(super) fn is_direct(&self, workload: &Ref) -> bool {
        self.services(workload).iter().any(|service| self.direct.contains(service))
    }

    /// The Services that lead to a workload.
    pub(super) fn services(&self, workload: &Ref) -> Vec<Name> {
        let of = self.forks.iter().filter_map(|fork| fork.services.get(workload));
        let mut all: Vec<Name> = of.flatten().cloned().collect();
        all.sort();
        all.dedup();
        all
    }
}

impl<'a> Walk<'_, 'a> {
    fn fork(&mut self, from: (&ListRouter, &Ref), rule: &Rule) -> Fork {
        let mut fork = Fork { is_narrow: rule.is_narrow, shares: BTreeMap::new(), services: BTreeMap::new() };
        self.follow(from, (rule, 1.0), &mut fork, DEEP);
        fork
    }

    fn follow(&mut self, from: (&ListRouter, &Ref), (rule, part): (&Rule, f64), fork: &mut Fork, deep: usize) {
        let whole = num::big_f64(rule.total());
        for backend in &rule.backends {
            let share = if whole > 0.0 { part * num::big_f64(backend.weight) / whole } else { 0.0 };
            match backend.is {
                Behind::Service => self.reach(from.1, (backend, share), fork),
                Behind::Router if deep > 0 => self.pass(from, (backend, share), fork, deep - 1),
                Behind::Router | Behind::Elsewhere => {}
            }
        }
    }

    /// Through another router of the same kind.
    fn pass(&mut self, (router, at): (&ListRouter, &Ref), (to, share): (&Backend, f64), fork: &mut Fork, deep: usize) {
        let next = at.sibling(router.kind.clone(), to.name.clone());
        let Some(route) = self.look.get(&next).and_then(custom) else { return };
        for rule in router.rules_of(&route.body) {
            self.follow((router, &next), (&rule, share), fork, deep);
        }
    }

    /// To the workloads that a Service selects. Several of them have its share by their available pods.
    fn reach(&mut self, from: &Ref, (to, share): (&Backend, f64), fork: &mut Fork) {
        let found = self.look.get(&from.sibling(Kind::SERVICE, to.name.clone()));
        let service = found.and_then(|o| if let Object::Service(service) = o { Some(&**service) } else { None });
        let reached: Vec<&Deployment> = service.map(|service| self.selected(service)).unwrap_or_default();
        if reached.is_empty() {
            self.empty.push(to.name.clone());
        }
        let available: i32 = reached.iter().map(|workload| workload.available).sum();
        for workload in &reached {
            let part = match (reached.len(), available) {
                (1, _) => 1.0,
                (many, 0) => 1.0 / num::count_f64(many),
                (_, all) => f64::from(workload.available) / f64::from(all),
            };
            *fork.shares.entry(workload.meta.at.clone()).or_default() += share * part;
            // A Service of several workloads tells none of them apart.
            if reached.len() == 1 {
                fork.services.entry(workload.meta.at.clone()).or_default().push(to.name.clone());
            }
        }
    }

    /// The workloads whose pods a Service would select.
    fn selected(&self, service: &Service) -> Vec<&'a Deployment> {
        let selects = |workload: &&&Deployment| {
            !service.selector.is_empty() && workload.template.labels.contains(&service.selector)
        };
        self.deployments.iter().filter(selects).copied().collect()
    }
}
