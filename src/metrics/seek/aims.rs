//! Who is asked, and in which order: those that analyses name and that look like a Prometheus too, then those that look like one,
//! then those that somebody names. Nothing is asked here.

use std::sync::Arc;

use super::Listed;
use crate::{
    domain::{Candidate, Fate, Name, Named, Service, Text},
    metrics::{Upstream, Way, catalog::Found, named::way},
};

/// One to be asked.
pub(super) struct Aim {
    pub(super) way: Way,
    /// What it looks like, or who names it.
    pub(super) product: Text,
    pub(super) why: Because,
}

/// Why one is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// An analysis names it, and it looks like one too, or nothing but the namespace of that analysis is looked at.
    Named,
    /// It looks like one.
    Looks,
    /// An analysis names it, and nothing else speaks for it. Whoever may write such an object must not choose for all others, nor
    /// have this machine open port-forwards: it is asked last, and through the proxy only.
    Hearsay,
}

impl Aim {
    /// A Service that looks like one.
    pub(super) fn of(found: &Found) -> Self {
        let (namespace, service) = (found.namespace.to_string(), found.service.clone());
        let way = Way::Proxy(Upstream { namespace, service, prefix: found.prefix.to_owned() });
        Self { way, product: Text::fixed(found.product), why: Because::Looks }
    }
}

/// Puts the addresses that are named among those that look like one, each at its place; answers those that are not asked.
/// `scope` is what is looked at; none for all namespaces.
pub(super) fn add_named(aims: &mut Vec<Aim>, (named, scope): (&[Named], &[Name]), listed: &Listed) -> Vec<Candidate> {
    let (mut first, mut asides) = (Vec::new(), Vec::new());
    for one in named {
        let by = &one.said_by;
        let namespace = if by.namespace.is_empty() { String::new() } else { format!("{}/", by.namespace) };
        let product = Text::clean(&format!("named by {} {namespace}{}", by.kind, by.name));
        let fate = match way(one) {
            Ok(way) if listed.lacks(&way) => Fate::Failed(Text::fixed("the cluster has no such Service")),
            Ok(way) => {
                let is_own = *scope == [by.namespace.clone()];
                place((&mut first, aims), Aim { way, product, why: Because::Hearsay }, is_own);
                continue;
            }
            Err(why) => Fate::Aside(Text::clean(&why)),
        };
        asides.push(Candidate { place: one.address.clone(), product, fate });
    }
    aims.splice(0..0, first);
    asides
}

/// Puts one that is named among the first, or at the end of the others.
fn place((first, others): (&mut Vec<Aim>, &mut Vec<Aim>), aim: Aim, is_own: bool) {
    let is_it = |held: &Aim| held.way == aim.way;
    if first.iter().any(is_it) {
        return;
    }
    match others.iter().position(is_it) {
        Some(place) if others.get(place).is_some_and(|held| held.why == Because::Looks) => {
            others.remove(place);
            first.push(Aim { why: Because::Named, ..aim });
        }
        Some(_) => {}
        None if is_own => first.push(Aim { why: Because::Named, ..aim }),
        None => others.push(aim),
    }
}

impl Listed {
    /// Whether it is known that there is no such Service.
    fn lacks(&self, way: &Way) -> bool {
        let Way::Proxy(Upstream { namespace, service, .. }) = way else { return false };
        let name = service.strip_prefix("https:").unwrap_or(service);
        let name = name.split(':').next().unwrap_or(name);
        let is_it = |known: &Arc<Service>| *known.meta.at.namespace == **namespace && *known.meta.at.name == *name;
        self.within.is_none() && self.trouble.is_none() && !self.services.iter().any(is_it)
    }
}
