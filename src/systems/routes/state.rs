//! The state of a route as a rollout: who gets what, whether the router took it, and whether anybody is there to answer.

use std::cmp::{Ordering, Reverse};

use super::{ListRouter, graph::Graph, named, taken::Standing as Taken};
use crate::{
    domain::{
        Custom, Deployment, Look, Moment, Name, Object, Offer, Percent, Phase, Role, RolloutStatus, Share, Split,
        Standing, Text, Verb, Why, num,
    },
    systems::{Reading, Side},
};

/// What is known of a route.
pub(super) struct State<'a> {
    route: &'a Custom,
    /// The heaviest first; of equal ones the newest.
    members: Vec<Member<'a>>,
    /// Services that lead to nobody.
    empty: Vec<Name>,
    observed: i64,
    taken: Taken,
    /// Its router says nothing about it.
    is_silent: bool,
}

/// A workload behind the route.
struct Member<'a> {
    workload: &'a Deployment,
    share: Option<f64>,
    services: Vec<Name>,
    is_direct: bool,
}

impl<'a> State<'a> {
    /// Looks at it.
    pub(super) fn of(
        router: &ListRouter,
        route: &'a Custom,
        graph: Graph,
        look: &mut dyn Look<'a>,
        now: Moment,
    ) -> Self {
        let mut members = Vec::new();
        for at in graph.workloads() {
            if let Some(Object::Deployment(workload)) = look.get(&at) {
                let (share, services, is_direct) = (graph.share(&at), graph.services(&at), graph.is_direct(&at));
                members.push(Member { workload, share, services, is_direct });
            }
        }
        members.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then(b.age().cmp(&a.age())));
        let (observed, taken) = router.taken(route, now);
        let is_silent = router.is_silent();
        Self { route, members, empty: graph.empty, observed, taken, is_silent }
    }

    /// All of it.
    pub(super) fn reading(self) -> Reading {
        let (phase, says) = self.phase();
        let is_soon = self.taken == Taken::Unseen;
        Reading {
            uid: self.route.meta.uid.clone(),
            phase,
            says: Text::clean(&says),
            since: None,
            status: self.status(&says),
            generation: self.route.meta.generation,
            observed: self.observed,
            desired: self.members.iter().map(|member| member.workload.replicas).sum(),
            versions: self.sides(),
            countdowns: Vec::new(),
            offers: vec![Offer { verb: Verb::Shift, able: self.able() }],
            again: is_soon.then(|| self.route.meta.created.shifted(super::taken::PATIENCE_MS)),
        }
    }

    /// The newest first, as everywhere.
    fn sides(&self) -> Vec<Side> {
        // The heaviest that serves beside a newer one: what is compared stays the same until that one has all of the traffic.
        let serves = |member: &&Member<'_>| member.weight() > 0.0;
        let newest = self.members.iter().filter(serves).map(Member::age).max();
        let beside = self.members.iter().filter(serves).find(|member| Some(member.age()) != newest);
        let stable = beside.or(self.members.first()).map(Member::age);
        let role = |member: &Member<'_>| match Some(member.age()).cmp(&stable) {
            Ordering::Equal => Role::Stable,
            Ordering::Greater => Role::New,
            Ordering::Less => Role::Old,
        };
        let is_taken = matches!(self.taken, Taken::Taken(_));
        let mut sides: Vec<(&Member<'_>, Side)> = Vec::new();
        for member in &self.members {
            let wanted = member.share.map(Share);
            let split = Split { wanted, routed: wanted.filter(|_| is_taken), ..Split::default() };
            let (body, services) = (member.workload.meta.at.clone(), member.services.clone());
            sides.push((member, Side { body, role: role(member), split, services }));
        }
        sides.sort_by_key(|(member, side)| (side.role, Reverse(member.age())));
        sides.into_iter().map(|(_, side)| side).collect()
    }

    fn phase(&self) -> (Phase, String) {
        let split = self.split();
        match &self.taken {
            Taken::Refused(why) => return (Phase::Stuck, format!("the router refuses it: {why}")),
            Taken::Nobody => return (Phase::Degraded, "no router answers for it: nothing routes by it".to_owned()),
            Taken::Broken(why) => return (Phase::Degraded, format!("a part of it leads nowhere: {why}")),
            Taken::Unseen => {
                let (seen, now) = (self.observed, self.route.meta.generation);
                return (
                    Phase::Progressing,
                    format!("{split}; the router has not seen it yet ({seen} of {now} changes)"),
                );
            }
            Taken::Taken(_) => {}
        }
        if let Some(missing) =
            self.members.iter().find(|member| member.weight() > 0.0 && member.workload.available == 0)
        {
            let (share, name) = (percent(missing.weight()), named(&missing.workload.meta.at));
            return (Phase::Degraded, format!("{share} of the traffic goes to {name}, which has no available pod"));
        }
        if let Some(service) = self.empty.first() {
            return (Phase::Degraded, format!("a part of the traffic goes to Service {service}, which selects nobody"));
        }
        let is_whole = self.members.first().is_some_and(|member| member.weight() > 0.999_999);
        (if is_whole { Phase::Healthy } else { Phase::Progressing }, split)
    }

    /// `90 % to app-v1, 10 % to app-v2`.
    fn split(&self) -> String {
        if self.members.iter().any(|member| member.share.is_none()) {
            return "its rules share the traffic differently".to_owned();
        }
        let part = |member: &Member<'_>| format!("{} to {}", percent(member.weight()), named(&member.workload.meta.at));
        let parts: Vec<String> = self.members.iter().filter(|member| member.weight() > 0.0).map(part).collect();
        if parts.is_empty() { "all weights are 0: nobody gets anything".to_owned() } else { parts.join(", ") }
    }

    /// There is no command of the ecosystem's own: done is what a router took, and pods answer for.
    fn status(&self, says: &str) -> RolloutStatus {
        let is_served = |member: &Member<'_>| member.weight() <= 0.0 || member.workload.available > 0;
        let standing = match &self.taken {
            Taken::Refused(_) | Taken::Broken(_) | Taken::Nobody => Standing::Failed,
            Taken::Taken(_) if self.members.iter().all(is_served) => Standing::Done,
            Taken::Taken(_) | Taken::Unseen => Standing::Waiting,
        };
        let by = match &self.taken {
            Taken::Taken(Some(by)) => format!("; accepted by {by}"),
            Taken::Taken(None) if self.is_silent => "; the router does not report whether it took it".to_owned(),
            Taken::Taken(None) | Taken::Unseen | Taken::Nobody | Taken::Refused(_) | Taken::Broken(_) => String::new(),
        };
        let at = &self.route.meta.at;
        RolloutStatus {
            standing,
            says: Text::clean(&format!("{} \"{}\": {says}{by}", at.kind.kind.to_lowercase(), at.name)),
        }
    }

    fn able(&self) -> Result<(), Why> {
        let direct = self.members.iter().filter(|member| member.is_direct).count();
        if self.route.meta.deleting.is_some() {
            return Err(Why(Text::fixed("the route is being deleted")));
        }
        if direct < 2 {
            return Err(Why(Text::fixed(
                "the weights of its versions do not stand in it: they are behind another route, or share a Service",
            )));
        }
        Ok(())
    }
}

impl<'a> Member<'a> {
    fn weight(&self) -> f64 {
        self.share.unwrap_or(0.0)
    }

    /// What was made later is newer. Creation has whole seconds, and one manifest often makes all: then names decide, so
    /// that `app-v2` is newer than `app-v1`, `app-v10` than `app-v9`, `app-canary` than `app`.
    fn age(&self) -> (Moment, usize, &'a str) {
        let (meta, name) = (&self.workload.meta, named(&self.workload.meta.at));
        (meta.created, name.len(), name)
    }
}

/// A share in percent, to a hundredth of it.
pub(super) fn percent(share: f64) -> Percent {
    Percent::hundredths(num::round_u32(share * 10_000.0)).unwrap_or(Percent::ALL)
}
