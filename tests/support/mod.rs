//! Fleets made by hand, of domain objects only: what screens draw, without store, systems or rules.

pub(crate) mod believes;
pub(crate) mod cards;
pub(crate) mod home;
pub(crate) mod pty;
pub(crate) mod stories;

use std::sync::Arc;

use rolldeck::domain::{
    ClusterHealth, Condition, Container, ContainerRole, ContainerState, Countdown, Course, Desk, Ended, Entry, Finding,
    Fleet, Gauges, Health, Kind, Labels, Meta, Moment, Phase, Pod, PodPhase, Pods, Ref, Role, Rollout, RolloutStatus,
    Severity, Share, Source, SourceHealth, Split, Standing, Teller, Text, Tone, Truth, Version,
};

/// 2026-11-21 03:12:07 UTC.
pub(crate) const NOW: Moment = Moment::from_secs(1_795_230_727);

/// That many seconds before [`NOW`].
pub(crate) fn ago(secs: i64) -> Moment {
    Moment(NOW.0 - secs * 1_000)
}

pub(crate) fn at(namespace: &str, name: &str) -> Ref {
    Ref { cluster: "prod-eu".into(), namespace: namespace.into(), kind: Kind::DEPLOYMENT, name: name.into() }
}

fn meta(at: Ref, created: Moment) -> Meta {
    Meta {
        uid: format!("uid-{}", at.name).into(),
        at,
        generation: 1,
        created,
        deleting: None,
        grace_s: None,
        owner: None,
        labels: Labels::default(),
        annotations: Labels::default(),
    }
}

/// A rollout of 20 that is healthy on `web:1.8.2`, to be changed.
pub(crate) fn rollout(namespace: &str, name: &str) -> Rollout {
    let at = at(namespace, name);
    Rollout {
        uid: format!("uid-{name}").into(),
        at,
        labels: Labels::default(),
        system: "deployment".into(),
        parent: None,
        phase: Phase::Healthy,
        says: "all 20 pods run the newest version".into(),
        cause: None,
        since: Some(ago(12 * 60)),
        status: RolloutStatus {
            standing: Standing::Done,
            says: Text::from(format!("deployment \"{name}\" successfully rolled out").as_str()),
        },
        created: ago(41 * 86_400),
        generation: 1,
        observed: 1,
        desired: 20,
        forces: Vec::new(),
        analysis: rolldeck::domain::Analysis::default(),
        course: Course::default(),
        door: rolldeck::domain::Doorstep::default(),
        versions: Vec::new(),
        findings: Vec::new(),
        wants: Vec::new(),
        offers: Vec::new(),
        again: None,
    }
}

/// A version of a rollout with that many ready pods of that many.
pub(crate) fn version(of: &Rollout, role: Role, tag: &str, (ready, desired): (usize, usize)) -> Version {
    let hash =
        format!("{:x}", 0x7d9f_8c00_u32 + tag.bytes().fold(0, |hash, byte| (hash * 31 + u32::from(byte)) % 0x2_0000));
    let name = format!("{}-{hash}", of.at.name);
    let image = format!("registry.example.com/{}/{}:{tag}", of.at.namespace, of.at.name);
    let list: Vec<Arc<Pod>> =
        (0..ready).map(|n| Arc::new(pod(&of.at, &format!("{name}-{}", suffix(n)), &image))).collect();
    Version {
        uid: format!("uid-{name}").into(),
        at: of.at.sibling(Kind::REPLICA_SET, name.as_str().into()),
        role,
        revision: Some(42),
        images: vec![("app".into(), image.as_str().into())],
        cause: None,
        created: ago(184),
        sets: vec![name.into()],
        pods: Pods {
            desired: i32::try_from(desired).unwrap(),
            have: i32::try_from(ready).unwrap(),
            ready: i32::try_from(ready).unwrap(),
            available: i32::try_from(ready).unwrap(),
            list,
            known: true,
            ended: Vec::new(),
        },
        split: Split::default(),
        services: Vec::new(),
        metrics: None,
        peak: None,
    }
}

/// Five letters, as the controller appends them.
fn suffix(n: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    (0..5).map(|i| char::from(LETTERS[(n * 7 + i * (n + 11)) % LETTERS.len()])).collect()
}

/// A ready pod with one container.
pub(crate) fn pod(of: &Ref, name: &str, image: &str) -> Pod {
    let ready = Condition {
        name: "Ready".into(),
        truth: Truth::Yes,
        reason: "".into(),
        message: "".into(),
        since: Some(ago(150)),
        updated: None,
    };
    Pod {
        meta: meta(of.sibling(Kind::POD, name.into()), ago(180)),
        node: Some(
            format!("node-{}.eu-west-1", name.len() % 5 + name.bytes().map(usize::from).sum::<usize>() % 4)
                .as_str()
                .into(),
        ),
        phase: PodPhase::Running,
        reason: "".into(),
        message: "".into(),
        conditions: Box::new([ready]),
        containers: Box::new([Container {
            name: "app".into(),
            image: image.into(),
            digest: "".into(),
            role: ContainerRole::Main,
            ready: true,
            restarts: 0,
            state: ContainerState::Running { since: Some(ago(170)) },
            last: None,
        }]),
        gates_missing: Box::new([]),
    }
}

/// What may be wrong with a pod.
#[derive(Clone, Copy)]
pub(crate) enum Ill {
    Starting,
    NotReady,
    ImagePull,
    CrashLoop,
    Terminating,
}

/// Adds pods that are not well to a version.
pub(crate) fn add(of: &Rollout, version: &mut Version, ill: Ill, count: usize) {
    for _ in 0..count {
        let name = format!("{}-{}", version.at.name, suffix(version.pods.list.len() + 40));
        let mut pod = pod(&of.at, &name, &version.images[0].1);
        sicken(&mut pod, ill);
        version.pods.list.push(Arc::new(pod));
        if !matches!(ill, Ill::Terminating) {
            version.pods.have += 1;
        }
    }
}

fn sicken(pod: &mut Pod, ill: Ill) {
    let waiting =
        |reason: &str, message: &str| ContainerState::Waiting { reason: reason.into(), message: message.into() };
    pod.conditions[0].truth = Truth::No;
    let container = &mut pod.containers[0];
    container.ready = false;
    match ill {
        Ill::Starting => {
            pod.phase = PodPhase::Pending;
            container.state = waiting("ContainerCreating", "");
        }
        Ill::NotReady => pod.conditions[0].since = Some(ago(20)),
        Ill::ImagePull => {
            pod.phase = PodPhase::Pending;
            let message = format!("Back-off pulling image \"{}\": not found", container.image);
            container.state = waiting("ImagePullBackOff", &message);
        }
        Ill::CrashLoop => {
            container.restarts = 4;
            container.state = waiting("CrashLoopBackOff", "back-off 1m20s restarting failed container");
            container.last =
                Some(Ended { reason: "Error".into(), message: "".into(), exit: 1, signal: 0, at: Some(ago(31)) });
        }
        Ill::Terminating => pod.meta.deleting = Some(NOW.plus(std::time::Duration::from_secs(20))),
    }
}

pub(crate) fn finding(of: &Ref, severity: Severity, rule: &str, (message, advice): (&str, &str)) -> Finding {
    Finding {
        rule: rule.into(),
        severity,
        message: message.into(),
        advice: advice.into(),
        about: of.clone(),
        version: None,
        since: Some(ago(131)),
        sticks: severity == Severity::Critical,
        label: rule.replace('-', " ").into(),
        detail: Vec::new(),
    }
}

pub(crate) fn share(part: usize, whole: usize) -> Split {
    Split { routed: Share::of(part, whole), ..Split::default() }
}

pub(crate) fn entry(secs_ago: i64, teller: Teller, tone: Tone, (about, says): (Ref, &str)) -> Entry {
    Entry { at: ago(secs_ago), teller, tone, about, says: says.into(), times: 1 }
}

pub(crate) fn source(kind: Kind, namespace: Option<&str>, health: Health, objects: usize) -> SourceHealth {
    let source = Source { cluster: "prod-eu".into(), kind, namespace: namespace.map(Into::into) };
    SourceHealth { source, health, objects }
}

/// A live fleet of these rollouts.
pub(crate) fn fleet(rollouts: Vec<Rollout>) -> Fleet {
    let pods = rollouts.iter().flat_map(|r| &r.versions).map(|v| v.pods.list.len()).sum();
    let live = |kind, objects| source(kind, None, Health::Live, objects);
    Fleet {
        sources: vec![
            live(Kind::DEPLOYMENT, rollouts.len()),
            live(Kind::REPLICA_SET, rollouts.len() * 3),
            live(Kind::POD, pods),
        ],
        rollouts: rollouts.into_iter().map(|r| (r.at.clone(), Arc::new(r))).collect(),
        clusters: vec![ClusterHealth {
            name: "prod-eu".into(),
            version: Some("v1.36.1".into()),
            requests_per_minute: 9,
            bytes: 3_456_000,
        }],
        way_back: None,
        judged: None,
        timeline: Vec::new(),
        pods,
        desk: Desk::default(),
        gauges: Gauges::default(),
    }
}

pub(crate) fn deadline(rollout: &mut Rollout, secs: u64) {
    let at = NOW.plus(std::time::Duration::from_secs(secs));
    rollout.course.countdowns.push(Countdown { what: "progress deadline".into(), at });
}
