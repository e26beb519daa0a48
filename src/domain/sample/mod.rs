//! Sample objects for tests, as a healthy cluster would show them; a test bends what its story needs. Not part of the
//! program.

mod pods;
mod world;

use std::{sync::Arc, time::Duration};

pub(crate) use pods::{crashing, ready, starting, unready, waiting};
pub(crate) use world::World;

use super::{
    Amount, Condition, Deployment, Event, EventKind, Hpa, Kind, Labels, Meta, Moment, Name, Owner, Ref, ReplicaSet,
    Selector, Strategy, Template, Text, Truth, Uid,
};

/// The moment at which the stories are told.
pub(crate) const NOW: Moment = Moment::from_secs(1_000_000);

/// That many seconds before [`NOW`].
pub(crate) fn ago(secs: i64) -> Moment {
    NOW.shifted(-1_000 * secs)
}

/// That many seconds after [`NOW`].
pub(crate) fn later(secs: u64) -> Moment {
    NOW.plus(Duration::from_secs(secs))
}

/// An object of namespace `shop` in cluster `lab`.
pub(crate) fn at(kind: Kind, name: &str) -> Ref {
    Ref { cluster: "lab".into(), namespace: "shop".into(), kind, name: name.into() }
}

/// Labels out of pairs.
pub(crate) fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(key, value)| (Name::from(*key), Name::from(*value))).collect()
}

/// Metadata of an object that is an hour old; its uid is its name.
pub(crate) fn meta(kind: Kind, name: &str) -> Meta {
    Meta {
        at: at(kind, name),
        uid: name.into(),
        generation: 1,
        created: ago(3_600),
        deleting: None,
        grace_s: None,
        owner: None,
        labels: labels(&[("app", "web")]),
        annotations: Labels::default(),
    }
}

/// A condition that was last written when it last changed.
pub(crate) fn condition(name: &str, truth: Truth, reason: &str, since: Moment) -> Condition {
    Condition {
        name: name.into(),
        truth,
        reason: reason.into(),
        message: Text::default(),
        since: Some(since),
        updated: Some(since),
    }
}

/// A template of one container `app`; equal images are equal templates.
pub(crate) fn template(image: &str) -> Template {
    let sum = image.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Template {
        fingerprint: sum << 1,
        images: vec![("app".into(), image.into())],
        readiness_gates: Vec::new(),
        restarted: None,
        labels: labels(&[("app", "web")]),
    }
}

/// Deployment `web`, revision 1, rolled out for half an hour with all pods available.
pub(crate) fn deployment(image: &str, replicas: i32) -> Deployment {
    Deployment {
        meta: Meta { annotations: revision(1), ..meta(Kind::DEPLOYMENT, "web") },
        replicas,
        paused: false,
        strategy: Strategy::Rolling { surge: Amount::DEFAULT, unavailable: Amount::DEFAULT },
        min_ready_s: 0,
        deadline_s: Some(600),
        history_limit: Some(10),
        selector: Selector::labels(labels(&[("app", "web")])),
        template: template(image),
        observed: 1,
        have: replicas,
        updated: replicas,
        ready: replicas,
        available: replicas,
        terminating: Some(0),
        conditions: vec![
            condition("Available", Truth::Yes, "MinimumReplicasAvailable", ago(1_800)),
            condition("Progressing", Truth::Yes, "NewReplicaSetAvailable", ago(1_800)),
        ],
    }
}

/// The annotation that numbers a version.
pub(crate) fn revision(number: i64) -> Labels {
    labels(&[("deployment.kubernetes.io/revision", &number.to_string())])
}

/// Version `web-REVISION` of Deployment `web`, with all of its pods available.
pub(crate) fn set(number: i64, image: &str, pods: i32) -> ReplicaSet {
    let owner = Owner { kind: Kind::DEPLOYMENT, name: "web".into(), uid: "web".into() };
    let created = ago(3_600 - 60 * number);
    let name = format!("web-{number}");
    ReplicaSet {
        meta: Meta { owner: Some(owner), annotations: revision(number), created, ..meta(Kind::REPLICA_SET, &name) },
        replicas: pods,
        template: Arc::new(template(image)),
        observed: 1,
        have: pods,
        ready: pods,
        available: pods,
        terminating: Some(0),
        conditions: Vec::new(),
    }
}

/// A warning about an object, first seen two minutes ago and last ten seconds ago.
pub(crate) fn event(about: &Meta, reason: &str, message: &str) -> Event {
    Event {
        meta: meta(Kind::EVENT, "event"),
        about: about.at.clone(),
        about_uid: about.uid.clone(),
        container: None,
        kind: EventKind::Warning,
        reason: reason.into(),
        message: message.into(),
        count: 3,
        first: ago(120),
        last: ago(10),
        by: "kubelet".into(),
    }
}

/// HPA `web` of 2 to 10 pods that wants four and has them.
pub(crate) fn hpa() -> Hpa {
    Hpa {
        meta: meta(Kind::HPA, "web"),
        target_kind: Kind::DEPLOYMENT,
        target: "web".into(),
        min: 2,
        max: 10,
        current: 4,
        desired: 4,
        scaled: Some(ago(900)),
        conditions: vec![condition("ScalingActive", Truth::Yes, "ValidMetricFound", ago(900))],
    }
}

/// A pod's owner.
fn owner(of: &str) -> Owner {
    Owner { kind: Kind::REPLICA_SET, name: of.into(), uid: Uid::from(of) }
}
