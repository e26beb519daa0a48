//! The simulated cluster behind the same door as any cluster: rolldeck's own client, reader and store on top of it.

use std::{sync::Arc, time::Duration};

use rolldeck::{
    cluster::{Cluster, Mode, Narrow, TroubleKind, Watching},
    domain::{Kind, Link, Moment, Name, Ref, Source, Standing, Sub},
    sim::{Alone, Resource, Simulator, World},
    store::{Fact, Store},
    systems::DRIVERS,
};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// When the simulated day begins.
const MORNING: Moment = Moment::from_secs(1_800_000_000);

/// A simulated cluster and all that reads it. Time is tokio's, and paused.
struct Deck {
    simulator: Simulator,
    store: Store,
    facts: mpsc::Receiver<Fact>,
    _watching: Vec<Watching>,
}

impl Deck {
    #[expect(clippy::disallowed_methods, reason = "a clock that the test holds")]
    async fn open(streaming: bool) -> Self {
        let started = Instant::now();
        let clock = move || MORNING.plus(started.elapsed());
        let simulator = Simulator::start(World::new(3, MORNING), Arc::new(clock), 1.0, Box::new(Alone));
        simulator.act(furnish).await;
        let cluster = Cluster::over(Name::fixed("demo"), Name::fixed("shop"), Mode::Steer, simulator.service())
            .streaming_lists(streaming);
        assert_eq!(cluster.namespaces().await.unwrap(), ["shop"]);
        assert!(cluster.version().await.unwrap().starts_with("v1.36.1"));
        let (sender, facts) = mpsc::channel(1_024);
        let mut store = Store::new(DRIVERS);
        let kinds =
            [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::POD, Kind::SERVICE, Kind::SLICE, Kind::EVENT, Kind::HPA];
        let sources = kinds.map(|kind| Source { cluster: Name::fixed("demo"), kind, namespace: None });
        for source in &sources {
            store.apply(Fact::Link(source.clone(), Link::Connecting), MORNING);
        }
        let watching = sources.map(|source| cluster.watch(source, &Narrow::default(), sender.clone()));
        Self { simulator, store, facts, _watching: watching.into() }
    }

    /// Reads until the rollout is as wanted, for an hour of the paused clock at the most.
    async fn until(&mut self, what: &str, is_so: impl Fn(&rolldeck::domain::Rollout) -> bool) {
        let waiting = async {
            loop {
                let now = self.simulator.now();
                if self.store.derive(now).rollouts.get(&web()).is_some_and(|web| is_so(web)) {
                    return;
                }
                let fact = self.facts.recv().await.unwrap();
                self.store.apply(fact, now);
            }
        };
        let came = timeout(Duration::from_hours(1), waiting).await;
        assert!(came.is_ok(), "{what}: {:#?}", self.store.fleet().rollouts.get(&web()));
    }

    /// Changes the Deployment from inside.
    async fn edit(&self, edit: impl FnOnce(&mut Value) + Send + 'static) {
        let edit = move |world: &mut World| {
            let now = world.now();
            let mut web = world.objects.get(Resource::Deployments, "shop", "web").unwrap().clone();
            edit(&mut web);
            world.objects.replace((Resource::Deployments, Sub::Main), web, "test", now).unwrap();
        };
        self.simulator.act(edit).await;
    }
}

fn web() -> Ref {
    Ref {
        cluster: Name::fixed("demo"),
        namespace: Name::fixed("shop"),
        kind: Kind::DEPLOYMENT,
        name: Name::fixed("web"),
    }
}

/// Two nodes, a namespace and a Deployment.
fn furnish(world: &mut World) {
    world.add_nodes(2);
    let now = world.now();
    let web = json!({
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "app", "image": "registry/web:1.0"}]},
            },
        },
    });
    let shop = (Resource::Namespaces, json!({"metadata": {"name": "shop"}}));
    for (resource, object) in [shop, (Resource::Deployments, web)] {
        world.objects.create(resource, object, "kubectl", now).unwrap();
    }
}

/// The whole way: a rollout that completes, a release that cannot, and the way back, as the deck's own store sees them.
async fn a_day(streaming: bool) {
    let mut deck = Deck::open(streaming).await;
    deck.until("the first version is rolled out", |web| web.status.standing == Standing::Done).await;
    deck.edit(|web| web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry/web:2.0-crash".into()).await;
    deck.until("two versions are told apart", |web| web.versions.len() == 2).await;
    deck.until("the bad one is found", |web| !web.findings.is_empty()).await;
    deck.edit(|web| web["spec"]["template"]["spec"]["containers"][0]["image"] = "registry/web:1.0".into()).await;
    deck.until("it is as it was", |web| web.status.standing == Standing::Done && web.findings.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn lists_and_watches_reach_the_store() {
    a_day(false).await;
}

#[tokio::test(start_paused = true)]
async fn streaming_lists_reach_the_store() {
    a_day(true).await;
}

/// More requests than may be in flight: the server answers 429 with `Retry-After: 1`, and the reader waits that long.
#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the test asks how much of the paused time has gone")]
async fn too_many_requests_are_answered_429_and_tried_again_after_a_second() {
    let simulator = Simulator::start(World::new(3, MORNING), Arc::new(|| MORNING), 1.0, Box::new(Alone));
    simulator.act(furnish).await;
    let flood = || {
        let service = simulator.service();
        async move {
            for _ in 0..40 {
                let request = http::Request::get("/version").body(String::new()).unwrap();
                let answer = tower::ServiceExt::oneshot(service.clone(), request).await.unwrap();
                if answer.status() == 429 {
                    assert_eq!(answer.headers()["retry-after"], "1");
                    tokio::task::yield_now().await;
                }
            }
        }
    };
    let flood: Vec<_> = (0..400).map(|_| tokio::spawn(flood())).collect();
    let cluster = Cluster::over(Name::fixed("demo"), Name::fixed("shop"), Mode::Steer, simulator.service());
    let (sender, mut facts) = mpsc::channel(64);
    let source = Source { cluster: Name::fixed("demo"), kind: Kind::DEPLOYMENT, namespace: None };
    let started = Instant::now();
    let _watching = cluster.watch(source, &Narrow::default(), sender);
    let mut links = Vec::new();
    while links.last() != Some(&Link::Live) {
        if let Fact::Link(_, link) = facts.recv().await.unwrap() {
            links.push(link);
        }
    }
    let why = "429: Too many requests, please try again later.".into();
    assert_eq!(links, [Link::Connecting, Link::Retrying { why }, Link::Live]);
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    for one in flood {
        one.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_simulated_is_one_that_the_cluster_does_not_have() {
    let deck = Deck::open(false).await;
    let cluster = Cluster::over(Name::fixed("demo"), Name::fixed("shop"), Mode::Steer, deck.simulator.service());
    let route = Ref { kind: Kind::HTTP_ROUTE, ..web() };
    assert_eq!(cluster.get_json(&route).await.unwrap_err().kind, TroubleKind::NotFound);
    let (sender, mut facts) = mpsc::channel(8);
    for namespace in [None, Some(Name::fixed("shop"))] {
        let source = Source { cluster: Name::fixed("demo"), kind: Kind::HTTP_ROUTE, namespace };
        let _watching = cluster.watch(source.clone(), &Narrow::default(), sender.clone());
        assert_eq!(facts.recv().await, Some(Fact::Link(source.clone(), Link::Connecting)));
        assert_eq!(facts.recv().await, Some(Fact::Dropped(source)));
    }
}

#[tokio::test(start_paused = true)]
async fn rights_and_whole_objects_are_answered() {
    let deck = Deck::open(false).await;
    let cluster = Cluster::over(Name::fixed("demo"), Name::fixed("shop"), Mode::Steer, deck.simulator.service());
    let right = rolldeck::domain::Right {
        verb: Name::fixed("patch"),
        group: Name::fixed("apps"),
        resource: Name::fixed("deployments/scale"),
        namespace: None,
    };
    assert_eq!(cluster.access(vec![right]).await[0].allowed, Some(true));
    assert_eq!(cluster.get_json(&web()).await.unwrap()["spec"]["replicas"], 3);
    let gone = Ref { name: Name::fixed("gone"), ..web() };
    let trouble = cluster.get_json(&gone).await.unwrap_err().to_string();
    assert!(trouble.contains("deployments.apps \"gone\" not found"), "{trouble}");
}
