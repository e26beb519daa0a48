//! What a rollout's own analysis names, as its controller uses it: queries, limits of what is measured anyway, and where its
//! Prometheus is. Which objects say so is the systems' concern; nothing is asked here.

use serde::{Deserialize, Serialize};

use super::{Limit, Measure, OwnQuery, Ref, Text};

/// The analysis of a rollout; empty where nothing analyses it, and where its objects are not read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Its queries.
    pub queries: Vec<OwnQuery>,
    /// Its limits of what is measured for every rollout.
    pub bounds: Vec<Bound>,
    /// The addresses that it asks.
    pub addresses: Vec<Named>,
}

/// A limit of one of our own measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The measure.
    pub measure: Measure,
    /// The limit, in the unit of the measure.
    pub limit: Limit,
    /// The object that sets it.
    pub said_by: Ref,
}

/// The address of a Prometheus that an object of the cluster names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The address, without credentials. Nothing is sent there because it stands here.
    pub address: Text,
    /// The object that names it.
    pub said_by: Ref,
}

impl Named {
    /// An address as an object writes it. Credentials in it are left out: they are nobody's business here.
    pub fn of(address: &str, said_by: &Ref) -> Self {
        let (scheme, rest) = address.trim().split_once("://").unwrap_or(("", address.trim()));
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = host.rsplit('@').next().unwrap_or(host);
        let address = if scheme.is_empty() { format!("{host}{path}") } else { format!("{scheme}://{host}{path}") };
        Self { address: Text::clean(&address), said_by: said_by.clone() }
    }
}

impl Analysis {
    /// No rollout shows more queries, limits or addresses: nobody would look through them, and they are worked out each time
    /// that it is read.
    pub const MOST: usize = 24;

    /// The limits of a measure.
    pub fn limits(&self, measure: Measure) -> impl Iterator<Item = &Bound> {
        self.bounds.iter().filter(move |bound| bound.measure == measure)
    }

    /// Whether no more queries are taken in.
    pub fn is_full(&self) -> bool {
        self.queries.len() >= Self::MOST
    }

    /// Adds what another object names. What is said twice is kept once, and of more than anybody looks through the first.
    pub fn add(&mut self, other: Self) {
        let Self { queries, bounds, addresses } = other;
        for query in queries {
            let is_like = |held: &OwnQuery| {
                (&held.name, &held.promql, &held.limits) == (&query.name, &query.promql, &query.limits)
            };
            if !self.is_full() && !self.queries.iter().any(is_like) {
                self.queries.push(query);
            }
        }
        for bound in bounds {
            if self.bounds.len() < Self::MOST && !self.bounds.contains(&bound) {
                self.bounds.push(bound);
            }
        }
        for named in addresses {
            let is_known = self.addresses.iter().any(|held| held.address == named.address);
            if self.addresses.len() < Self::MOST && !is_known {
                self.addresses.push(named);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Kind, sample};

    #[test]
    fn of_endless_queries_the_first_are_taken_in() {
        let by = sample::at(Kind::METRIC_TEMPLATE, "errors");
        let one = |n: usize| Analysis {
            queries: vec![OwnQuery::typed(&format!("up == {n}"))],
            bounds: Vec::new(),
            addresses: vec![Named::of(&format!("http://p{n}.ops"), &by)],
        };
        let mut all = Analysis::default();
        (0..1_000).for_each(|n| all.add(one(n)));
        assert_eq!((all.queries.len(), all.addresses.len()), (Analysis::MOST, Analysis::MOST));
        assert!(all.is_full() && all.queries[0] == OwnQuery::typed("up == 0"));
    }

    #[test]
    fn an_address_is_kept_without_its_credentials() {
        let by = sample::at(Kind::METRIC_TEMPLATE, "errors");
        let kept = |address: &str| Named::of(address, &by).address.to_string();
        assert_eq!(kept("http://prometheus.monitoring:9090"), "http://prometheus.monitoring:9090");
        assert_eq!(kept(" https://me:p@ss@prom.example.org/x@y "), "https://prom.example.org/x@y");
        assert_eq!(kept("me:secret@prometheus:9090"), "prometheus:9090");
    }
}
