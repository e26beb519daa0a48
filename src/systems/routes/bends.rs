//! What is set up at a route, beside it and behind it that makes requests go otherwise than its weights say. Whether they do is
//! seen elsewhere.

use serde_json::Value;

use super::{ListRouter, custom};
use crate::domain::{Bend, Bending, Custom, Kind, Look, Moment, Name, Object, Rollout, Text};

/// What bends the requests of a rollout, and when the shares of its router were last written, as far as its writers say.
pub fn bends(rollout: &Rollout, look: &mut dyn Look<'_>) -> (Vec<Bend>, Option<Moment>) {
    let at = &rollout.at;
    let mut found = Vec::new();
    let route = ListRouter::of(&at.kind).and_then(|router| Some((router, custom(look.get(at)?)?)));
    if let Some((router, route)) = route {
        let own: Vec<&Name> = rollout.versions.iter().flat_map(|version| &version.services).collect();
        found.extend(inside(router, route, &own));
        let others = look.all(&at.cluster, &at.kind, &at.namespace).into_iter().filter_map(custom);
        for other in others.filter(|other| other.meta.at != *at && other.meta.deleting.is_none()) {
            found.extend(beside(router, route, other, &own));
        }
    }
    if route.is_none() {
        found.extend(services(rollout, look));
    }
    let written = route.and_then(|(_, route)| written(route));
    (found, written)
}

/// When anybody last wrote to it, but for its status.
fn written(route: &Custom) -> Option<Moment> {
    let writers = list(&route.body, "/metadata/managedFields");
    let times = writers.iter().filter_map(|one| one.get("time")?.as_str()?.parse::<jiff::Timestamp>().ok());
    times.map(|time| Moment(time.as_millisecond())).max()
}

/// What stands in the route itself.
fn inside(router: &ListRouter, route: &Custom, own: &[&Name]) -> Vec<Bend> {
    let mut found = Vec::new();
    if route.body.pointer("/spec/weighted/sticky/cookie").is_some() {
        found.push(bend(Bending::Sticky, &format!("{} sets a sticky cookie", route.meta.at), Vec::new()));
    }
    let rules = router.rules_of(&route.body);
    let is_any_wide = rules.iter().any(|rule| !rule.is_narrow);
    for (index, rule) in rules.iter().enumerate() {
        let number = index + 1;
        let Some(body) = route.body.pointer(&rule.pointer) else { continue };
        if body.get("sessionPersistence").is_some() {
            found.push(bend(Bending::Sticky, &format!("rule {number} has sessionPersistence"), Vec::new()));
        }
        if body.get("retry").is_some() {
            found.push(bend(Bending::Retry, &format!("rule {number} sends failed requests again"), Vec::new()));
        }
        for copy in mirrors(body).filter(|copy| own.contains(&copy)) {
            let says = format!("rule {number} mirrors requests to Service {copy}");
            found.push(bend(Bending::Mirror, &says, vec![copy]));
        }
        let gain: Vec<Name> = named(rule.backends.iter().filter(|one| one.weight > 0).map(|one| &one.name), own);
        if is_any_wide && rule.is_narrow && !gain.is_empty() {
            let says = format!("rule {number} sends what {} to {}", asks(body), joined(&gain));
            found.push(bend(Bending::OtherWay, &says, gain));
        }
    }
    found
}

/// What another route does to the requests of this one, or adds to them.
fn beside(router: &ListRouter, route: &Custom, other: &Custom, own: &[&Name]) -> Vec<Bend> {
    let mut found = Vec::new();
    let theirs = router.rules_of(&other.body);
    let backends = theirs.iter().flat_map(|rule| &rule.backends).filter(|one| one.weight > 0);
    let gain = named(backends.map(|one| &one.name), own);
    if takes_the_same(route, other) && other.meta.created < route.meta.created {
        let says = format!("{} is older and takes the same requests", other.meta.at);
        found.push(bend(Bending::Shadow, &says, gain));
    } else if !gain.is_empty() {
        let says = format!("{} sends requests to {} too", other.meta.at, joined(&gain));
        found.push(bend(Bending::OtherWay, &says, gain));
    }
    let bodies = theirs.iter().filter_map(|rule| other.body.pointer(&rule.pointer));
    for copy in bodies.flat_map(mirrors).filter(|copy| own.contains(&copy)) {
        let says = format!("{} mirrors requests to Service {copy}", other.meta.at);
        found.push(bend(Bending::Mirror, &says, vec![copy]));
    }
    found
}

/// Of routes that match the same at the same Gateway, the oldest wins (Gateway API, `HTTPRouteRule.matches`).
fn takes_the_same(route: &Custom, other: &Custom) -> bool {
    let part = |of: &Custom, what: &str| of.body.pointer(what).cloned().unwrap_or_default();
    let matches = |of: &Custom| -> Vec<Value> {
        list(&of.body, "/spec/rules").iter().map(|rule| rule.get("matches").cloned().unwrap_or_default()).collect()
    };
    let is_same = |what| part(route, what) == part(other, what);
    !list(&route.body, "/spec/parentRefs").is_empty()
        && is_same("/spec/parentRefs")
        && is_same("/spec/hostnames")
        && matches(route).iter().any(|one| matches(other).contains(one))
}

/// Services that keep clients at their pods. Routers go to pods past the Service, so this counts where there is none.
fn services(rollout: &Rollout, look: &mut dyn Look<'_>) -> Vec<Bend> {
    let mut found = Vec::new();
    for name in &rollout.door.services {
        let at = rollout.at.sibling(Kind::SERVICE, name.clone());
        if let Some(Object::Service(service)) = look.get(&at)
            && service.is_sticky
        {
            let says = format!("Service {name} has sessionAffinity ClientIP");
            found.push(bend(Bending::Sticky, &says, Vec::new()));
        }
    }
    found
}

/// The Services that get copies of what a rule takes.
fn mirrors(rule: &Value) -> impl Iterator<Item = Name> {
    let filters = list(rule, "/filters").iter();
    filters.filter_map(|filter| Some(Name::from(filter.pointer("/requestMirror/backendRef/name")?.as_str()?)))
}

/// `has the header x-canary`.
fn asks(rule: &Value) -> String {
    let first = list(rule, "/matches").first();
    let name = |what: &str| first?.pointer(what)?.as_str();
    if let Some(header) = name("/headers/0/name") {
        return format!("has the header {header}");
    }
    if let Some(parameter) = name("/queryParams/0/name") {
        return format!("has the parameter {parameter}");
    }
    name("/method").map_or_else(|| "matches more than a path".to_owned(), |method| format!("is a {method}"))
}

fn named<'n>(all: impl Iterator<Item = &'n Name>, own: &[&Name]) -> Vec<Name> {
    let mut found: Vec<Name> = all.filter(|name| own.contains(name)).cloned().collect();
    found.sort();
    found.dedup();
    found
}

fn joined(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

fn bend(kind: Bending, says: &str, gain: Vec<Name>) -> Bend {
    Bend { kind, says: Text::clean(says), gain }
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
