//! Routers whose weights stand in lists: one row of a table each. A row says where the rules are, where the backends of a rule
//! are, and what an absent weight means; everything else is common to all of them.
//!
//! Such a route is a rollout if one of its rules shares traffic between workloads: they are its versions, and stay rollouts of
//! their own inside it. Backends of other namespaces are not followed, and who may revert a weight is the owners' concern.

mod bends;
mod graph;
mod list;
mod shift;
mod state;
mod taken;
#[cfg(test)]
mod tests;
mod told;

pub use bends::bends;
pub use told::told;

use self::{graph::Graph, state::State};
use super::{Claim, Driver, Reading, VerbRow};
use crate::domain::{Custom, Kind, Look, Moment, Name, Object, Ref};

/// A pair goes before the workloads that it is made of.
const PAIR: u8 = 100;

/// How a router of one kind writes its weights down. Pointers are JSON pointers (RFC 6901).
pub(super) struct ListRouter {
    /// Its name, as the board shows it.
    system: &'static str,
    /// Its kind.
    kind: Kind,
    /// The kinds that are read for it.
    kinds: &'static [Kind],
    /// The list of rules; empty where the object is the only rule itself.
    rules: &'static str,
    /// Where a rule says what it matches, if it may match only a part of the traffic.
    matches: &'static str,
    /// The list of backends of a rule.
    backends: &'static str,
    /// The weight of a backend that has none.
    absent: u64,
    /// The status that says whether the router took it.
    taken: Taken,
    /// What can be done to it.
    verbs: &'static [VerbRow],
}

/// How a router says that it took what was written.
enum Taken {
    /// `status.parents[].conditions`, each with its `observedGeneration` (Gateway API).
    Parents,
    /// It does not say.
    Unsaid,
}

/// Gateway API, `v1`: weights are relative, 1 when absent; a share without a valid backend is answered with 500.
const fn gateway(system: &'static str, kinds: &'static [Kind], verbs: &'static [VerbRow], kind: Kind) -> ListRouter {
    ListRouter {
        system,
        kind,
        kinds,
        rules: "/spec/rules",
        matches: "/matches",
        backends: "/backendRefs",
        absent: 1,
        taken: Taken::Parents,
        verbs,
    }
}

/// HTTP behind Gateway API.
pub(super) static HTTP_ROUTE: ListRouter = gateway(
    "httproute",
    const { &[Kind::HTTP_ROUTE, Kind::SERVICE, Kind::SLICE, Kind::DEPLOYMENT, Kind::REPLICA_SET] },
    const {
        &[shift::row(&[
            ("patch", "gateway.networking.k8s.io", "httproutes"),
            ("get", "gateway.networking.k8s.io", "httproutes"),
        ])]
    },
    Kind::HTTP_ROUTE,
);

/// gRPC behind Gateway API.
pub(super) static GRPC_ROUTE: ListRouter = gateway(
    "grpcroute",
    const { &[Kind::GRPC_ROUTE, Kind::SERVICE, Kind::SLICE, Kind::DEPLOYMENT, Kind::REPLICA_SET] },
    const {
        &[shift::row(&[
            ("patch", "gateway.networking.k8s.io", "grpcroutes"),
            ("get", "gateway.networking.k8s.io", "grpcroutes"),
        ])]
    },
    Kind::GRPC_ROUTE,
);

/// Traefik's weighted round robin, `traefik.io/v1alpha1`: relative, 1 when absent. A service may be another `TraefikService`.
pub(super) static TRAEFIK_SERVICE: ListRouter = ListRouter {
    system: "traefik",
    kind: Kind::TRAEFIK_SERVICE,
    kinds: &[Kind::TRAEFIK_SERVICE, Kind::SERVICE, Kind::SLICE, Kind::DEPLOYMENT, Kind::REPLICA_SET],
    rules: "",
    matches: "",
    backends: "/spec/weighted/services",
    absent: 1,
    taken: Taken::Unsaid,
    verbs: &[shift::row(&[("patch", "traefik.io", "traefikservices"), ("get", "traefik.io", "traefikservices")])],
};

/// The table.
static ROUTERS: &[&ListRouter] = &[&HTTP_ROUTE, &GRPC_ROUTE, &TRAEFIK_SERVICE];

impl ListRouter {
    /// The row of a kind.
    fn of(kind: &Kind) -> Option<&'static Self> {
        ROUTERS.iter().find(|router| router.kind == *kind).copied()
    }
}

impl Driver for ListRouter {
    fn system(&self) -> &'static str {
        self.system
    }

    fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }

    fn roots(&self) -> &'static [Kind] {
        self.kinds.get(..1).unwrap_or_default()
    }

    fn claim(&self, cluster: &Name, namespace: &Name, look: &mut dyn Look<'_>) -> Vec<Claim> {
        let mut claims = Vec::new();
        for route in look.all(cluster, &self.kind, namespace).into_iter().filter_map(custom) {
            let members = Graph::of(self, route, look).workloads();
            if members.len() > 1 {
                claims.push(Claim { root: route.meta.at.clone(), rank: PAIR, members, hides: Vec::new() });
            }
        }
        claims
    }

    fn read(&self, claim: &Claim, look: &mut dyn Look<'_>, now: Moment) -> Option<Reading> {
        let route = custom(look.get(&claim.root)?)?;
        let graph = Graph::of(self, route, look);
        Some(State::of(self, route, graph, look, now).reading())
    }

    fn verbs(&self) -> &'static [VerbRow] {
        self.verbs
    }
}

fn custom(object: &Object) -> Option<&Custom> {
    if let Object::Custom(custom) = object { Some(custom) } else { None }
}

/// A workload, as sentences name it.
fn named(at: &Ref) -> &str {
    &at.name
}
