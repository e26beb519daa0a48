//! The situations that screens are drawn of.

use rolldeck::domain::{Entry, Fleet, Health, Kind, Phase, Ref, Role, Rollout, Severity, Standing, Teller, Tone};

use super::{Ill, add, ago, at, deadline, entry, finding, fleet, rollout, share, source, version};

/// A rollout that is done: one version with all its pods.
pub(crate) fn healthy(namespace: &str, name: &str, tag: &str, pods: usize) -> Rollout {
    let mut it = rollout(namespace, name);
    it.desired = i32::try_from(pods).unwrap();
    it.says = format!("all {pods} pods run the newest version").into();
    it.versions = vec![version(&it, Role::Stable, tag, (pods, pods))];
    it
}

/// 20 pods, from 1.8.2 to 1.9.0, in the middle.
pub(crate) fn rolling() -> Rollout {
    let mut it = rollout("shop", "checkout");
    it.phase = Phase::Progressing;
    it.says = "12 of 20 pods run the new version, 9 of them ready; 11 old ones still serve".into();
    it.since = Some(ago(64));
    it.status.standing = Standing::Waiting;
    it.status.says =
        "Waiting for deployment \"checkout\" rollout to finish: 12 out of 20 new replicas have been updated...".into();
    deadline(&mut it, 536);
    let mut new = version(&it, Role::New, "1.9.0", (9, 12));
    add(&it, &mut new, Ill::Starting, 3);
    new.split = share(9, 20);
    new.cause = Some("kubectl set image deployment/checkout app=registry.example.com/shop/checkout:1.9.0".into());
    let mut old = version(&it, Role::Stable, "1.8.2", (11, 11));
    add(&it, &mut old, Ill::Terminating, 4);
    old.revision = Some(41);
    old.created = ago(12 * 86_400);
    old.split = share(11, 20);
    let mut older = version(&it, Role::Past, "1.8.1", (0, 0));
    older.revision = Some(40);
    it.versions = vec![new, old, older];
    it
}

/// The new image cannot be pulled.
pub(crate) fn image_pull() -> Rollout {
    let mut it = rollout("pay", "ledger");
    it.phase = Phase::Stuck;
    it.cause = Some("image pull".into());
    it.says = "5 new pods cannot pull their image; 16 old ones still serve".into();
    it.since = Some(ago(431));
    it.status.standing = Standing::Waiting;
    it.status.says =
        "Waiting for deployment \"ledger\" rollout to finish: 5 out of 20 new replicas have been updated...".into();
    deadline(&mut it, 169);
    let mut new = version(&it, Role::New, "3.1.1-rc.2", (0, 5));
    add(&it, &mut new, Ill::ImagePull, 5);
    let mut old = version(&it, Role::Stable, "3.1.0", (16, 16));
    old.revision = Some(41);
    old.created = ago(9 * 86_400);
    new.split = share(0, 16);
    old.split = share(16, 16);
    it.findings = vec![finding(
        &it.at,
        Severity::Critical,
        "image-pull",
        (
            "5 pods cannot pull registry.example.com/pay/ledger:3.1.1-rc.2: manifest unknown: not found",
            "check the tag in the registry; undo brings back revision 41, which still serves with 16 pods",
        ),
    )];
    it.versions = vec![new, old];
    it
}

/// The new version crashes; the end of its log is known.
pub(crate) fn crash_loop() -> Rollout {
    let mut it = rollout("pay", "gateway");
    it.phase = Phase::Stuck;
    it.cause = Some("crash loop".into());
    it.says = "3 of 5 new pods keep crashing; 16 old ones still serve".into();
    it.since = Some(ago(131));
    it.status.standing = Standing::Waiting;
    it.status.says =
        "Waiting for deployment \"gateway\" rollout to finish: 5 out of 20 new replicas have been updated...".into();
    deadline(&mut it, 41);
    let mut new = version(&it, Role::New, "2.4.0", (1, 5));
    add(&it, &mut new, Ill::CrashLoop, 3);
    add(&it, &mut new, Ill::NotReady, 1);
    let mut old = version(&it, Role::Stable, "2.3.7", (16, 16));
    old.revision = Some(41);
    old.created = ago(3 * 86_400);
    let mut crash = finding(
        &it.at,
        Severity::Critical,
        "crash-loop",
        (
            "container app of 3 pods keeps crashing: Error, exit code 1, 4 restarts in 2m (worst: gateway-7d9f8d0e-xk2bp)",
            "read the last lines of its previous run below; undo brings back revision 41",
        ),
    );
    crash.detail = [
        "2026-11-21T03:11:36Z INFO  starting gateway 2.4.0",
        "2026-11-21T03:11:36Z INFO  reading /etc/gateway/config.yaml",
        "2026-11-21T03:11:36Z ERROR unknown field `upstreams.timeout_ms`, expected one of `url`, `timeout`, `retries` at line 14 column 5",
        "2026-11-21T03:11:36Z ERROR cannot start: bad configuration",
        "exit status 1",
    ]
    .map(Into::into)
    .to_vec();
    let unready = finding(
        &it.at,
        Severity::Warning,
        "readiness",
        (
            "1 pod runs and is not ready: HTTP probe failed with statuscode: 503",
            "see what /healthz needs; it takes no traffic meanwhile",
        ),
    );
    it.findings = vec![crash, unready];
    it.versions = vec![new, old];
    it
}

/// Paused by a human with both versions serving.
pub(crate) fn paused() -> Rollout {
    let mut it = rollout("shop", "cart");
    it.phase = Phase::Paused;
    it.says = "paused with 5 new and 15 old pods".into();
    it.since = Some(ago(252));
    let mut new = version(&it, Role::New, "4.0.0", (5, 5));
    new.split = share(5, 20);
    let mut old = version(&it, Role::Stable, "3.9.14", (15, 15));
    old.revision = Some(41);
    old.split = share(15, 20);
    it.versions = vec![new, old];
    it
}

/// Twelve rollouts in all phases, with long and wide names.
pub(crate) fn board() -> Fleet {
    let mut degraded = healthy("search", "indexer", "0.31.0", 6);
    degraded.phase = Phase::Degraded;
    degraded.cause = Some("2 pods evicted".into());
    degraded.says = "serves with 4 of 6 pods; no update runs".into();
    let serving = version(&degraded, Role::Stable, "0.31.0", (4, 6));
    degraded.versions = vec![serving];
    let mut waiting = healthy("web", "front", "7.5", 8);
    waiting.phase = Phase::Waiting;
    waiting.system = "argo".into();
    waiting.since = Some(ago(500));
    waiting.says = "step 3 of 8 waits until somebody promotes it".into();
    let mut unknown = healthy("kube-system", "coredns", "v1.12.1", 2);
    unknown.phase = Phase::Unknown;
    unknown.says = "pods may not be read here".into();
    unknown.since = None;
    unknown.versions[0].pods.known = false;
    unknown.versions[0].pods.list.clear();
    let mut flapping = healthy("shop", "recommendations-personalised-by-region-and-season", "2026.11.20-1a2b3c4d", 40);
    flapping.since = Some(ago(86_400 * 2));
    fleet(vec![
        healthy("shop", "web", "1.9.0", 12),
        rolling(),
        image_pull(),
        crash_loop(),
        paused(),
        degraded,
        waiting,
        unknown,
        flapping,
        healthy("データ", "集計サービス", "v5", 3),
        healthy("web", "static", "latest", 2),
        healthy("pay", "fraud-scoring", "11.2.0", 9),
    ])
}

/// 1,600 pods of four versions in every state.
pub(crate) fn huge() -> Rollout {
    let mut it = rollout("edge", "proxy");
    it.phase = Phase::Progressing;
    it.desired = 1_500;
    it.says = "1,240 of 1,500 pods run the new version".into();
    it.since = Some(ago(40 * 60));
    let mut new = version(&it, Role::New, "6.0.0", (1_180, 1_240));
    add(&it, &mut new, Ill::Starting, 40);
    add(&it, &mut new, Ill::NotReady, 12);
    add(&it, &mut new, Ill::CrashLoop, 3);
    new.split = share(1_180, 1_440);
    let mut old = version(&it, Role::Stable, "5.9.2", (260, 260));
    add(&it, &mut old, Ill::Terminating, 85);
    old.revision = Some(41);
    old.split = share(260, 1_440);
    let mut older = version(&it, Role::Old, "5.9.1", (0, 0));
    add(&it, &mut older, Ill::Terminating, 3);
    older.revision = Some(40);
    let mut past = version(&it, Role::Past, "5.8.0", (0, 0));
    past.revision = Some(39);
    it.versions = vec![new, old, older, past];
    it
}

/// What happened to `checkout`.
pub(crate) fn timeline(of: &Ref) -> Vec<Entry> {
    let pod = |suffix: &str| of.sibling(Kind::POD, format!("{}-7d9f8d0e-{suffix}", of.name).into());
    let set = |hash: &str| of.sibling(Kind::REPLICA_SET, format!("{}-{hash}", of.name).into());
    let mut created = entry(63, Teller::Event, Tone::Plain, (set("7d9f8d0e"), "SuccessfulCreate: created 5 pods"));
    created.times = 5;
    let mut probe = entry(
        22,
        Teller::Event,
        Tone::Bad,
        (pod("xk2bp"), "Unhealthy: readiness probe failed: HTTP probe failed with statuscode: 503"),
    );
    probe.times = 12;
    vec![
        entry(3_720, Teller::Watch, Tone::Good, (of.clone(), "healthy again: 20 of 20 pods on 1.8.2")),
        entry(70, Teller::You, Tone::Plain, (of.clone(), "opened the deck")),
        entry(64, Teller::Watch, Tone::Plain, (of.clone(), "new version: 1.8.2 to 1.9.0, revision 42")),
        created,
        entry(58, Teller::Event, Tone::Plain, (set("7d9f8b01"), "scaled down from 20 to 15")),
        entry(41, Teller::Watch, Tone::Good, (pod("c9d2f"), "became ready after 11s")),
        entry(31, Teller::Watch, Tone::Bad, (pod("xk2bp"), "container app ended: Error, exit code 1")),
        probe,
        entry(4, Teller::Watch, Tone::Good, (pod("zz4h8"), "became ready after 9s")),
    ]
}

/// One source of each health.
pub(crate) fn troubled() -> Fleet {
    let mut it = board();
    it.sources = vec![
        source(Kind::DEPLOYMENT, Some("shop"), Health::Live, 6),
        source(Kind::REPLICA_SET, Some("shop"), Health::Loading, 120),
        source(
            Kind::POD,
            Some("shop"),
            Health::Stale { since: ago(124), why: Some("connection refused".into()) },
            3_214,
        ),
        source(Kind::EVENT, Some("shop"), Health::Down { why: "x509: certificate has expired".into() }, 0),
        source(
            Kind::POD,
            Some("pay"),
            Health::Denied {
                why: "pods is forbidden: User \"alice\" cannot list resource \"pods\" in the namespace \"pay\"".into(),
            },
            0,
        ),
    ];
    it
}

/// A board of which everything may be read but routers.
pub(crate) fn no_routers() -> Fleet {
    let mut it = board();
    let denied = |kind: Kind, resource: &str| {
        let why = format!("{resource} is forbidden: User \"alice\" cannot list resource \"{resource}\" in API group");
        source(kind, Some("shop"), Health::Denied { why: why.as_str().into() }, 0)
    };
    it.sources = vec![
        source(Kind::DEPLOYMENT, Some("shop"), Health::Live, 6),
        source(Kind::POD, Some("shop"), Health::Live, 3_214),
        denied(Kind::GRPC_ROUTE, "grpcroutes"),
        denied(Kind::HTTP_ROUTE, "httproutes"),
        denied(Kind::TRAEFIK_SERVICE, "traefikservices"),
    ];
    it
}

/// A fleet whose first lists are arriving.
pub(crate) fn loading() -> Fleet {
    let mut it = fleet(Vec::new());
    it.pods = 3_200;
    it.sources =
        vec![source(Kind::DEPLOYMENT, None, Health::Loading, 0), source(Kind::POD, None, Health::Loading, 3_200)];
    it
}

/// A fleet of which nothing may be listed.
pub(crate) fn denied() -> Fleet {
    let why =
        "deployments.apps is forbidden: User \"alice\" cannot list resource \"deployments\" in API group \"apps\"";
    let mut it = fleet(Vec::new());
    it.sources = vec![source(Kind::DEPLOYMENT, Some("shop"), Health::Denied { why: why.into() }, 0)];
    it
}

/// A rollout of three versions whose pods may not be read: only the controller's counts are known.
pub(crate) fn unreadable() -> Rollout {
    let mut it = rolling();
    for version in &mut it.versions {
        version.pods.list.clear();
        version.pods.known = false;
        version.split = rolldeck::domain::Split::default();
    }
    it
}

/// The deck that `rollout` alone would have, with a timeline.
pub(crate) fn alone(rollout: Rollout) -> (Fleet, Ref) {
    let at = rollout.at.clone();
    let mut fleet = fleet(vec![rollout]);
    fleet.timeline = timeline(&at);
    (fleet, at)
}

/// A rollout with hostile names and absurd numbers.
pub(crate) fn hostile() -> Rollout {
    let mut it = rolling();
    it.at = at("日本語日本語日本語", "\u{1b}[2J\u{202e}👨‍👩‍👧‍👦e\u{301}\u{301}\u{301}");
    it.says = "\u{9b}31m very \r\n long ".repeat(20).as_str().into();
    it.desired = i32::MAX;
    it.versions[0].pods.desired = 1_000_000;
    it.versions[1].pods.ready = -3;
    it.versions[0].images = Vec::new();
    it
}
