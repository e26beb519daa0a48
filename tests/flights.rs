//! Flight plans held against the simulated cluster: the same change, computed and run. The simulator stands on the same
//! arithmetic, so that this holds the fork against the controllers around it; the lab's story `flight` holds both against the
//! real ones.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use proptest::prelude::*;
use rolldeck::{
    domain::{Args, Card, DryRun, Flight, Intent, Kind, Link, Moment, Object, Ref, Rollout, Source, Sub, Verb, Write},
    sim::{Resource, World, scale_of},
    steer::{self, Basis},
    store::{Fact, Store},
    systems::{Ask, DRIVERS},
    wire::{Door, Encoding, decode_object},
};
use serde_json::{Value, json};

const START: Moment = Moment(1_700_000_000_000);
const KINDS: [(Kind, Resource); 3] = [
    (Kind::DEPLOYMENT, Resource::Deployments),
    (Kind::REPLICA_SET, Resource::ReplicaSets),
    (Kind::POD, Resource::Pods),
];

fn web() -> Ref {
    Ref { cluster: "sim".into(), namespace: "shop".into(), kind: Kind::DEPLOYMENT, name: "web".into() }
}

/// A world in which version 1 of `web` runs for a minute.
fn world(seed: u64, replicas: i32, spec: &Value) -> World {
    let mut world = World::new(seed, START);
    world.add_nodes(3);
    let mut object = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
            "terminationGracePeriodSeconds": 5, "containers": [{"name": "app", "image": "reg/web:1"}]}},
    }});
    for (name, value) in spec.as_object().into_iter().flatten() {
        object["spec"][name] = value.clone();
    }
    for (resource, object) in
        [(Resource::Namespaces, json!({"metadata": {"name": "shop"}})), (Resource::Deployments, object)]
    {
        world.objects.create(resource, object, "kubectl", START).unwrap();
    }
    pass(&mut world, 60);
    world
}

fn pass(world: &mut World, secs: i64) {
    world.run_to(world.now().shifted(secs * 1_000));
    assert_eq!(world.trouble(), None);
}

fn deployment(world: &World) -> &Value {
    world.objects.get(Resource::Deployments, "shop", "web").unwrap()
}

fn edit(world: &mut World, change: impl FnOnce(&mut Value)) {
    let mut object = deployment(world).clone();
    change(&mut object);
    world.objects.replace((Resource::Deployments, Sub::Main), object, "kubectl", world.now()).unwrap();
    world.settle();
}

fn image(world: &mut World, tag: &str) {
    edit(world, |web| web["spec"]["template"]["spec"]["containers"][0]["image"] = json!(format!("reg/web:{tag}")));
}

/// The rollout as rolldeck reads it from the world's objects.
fn read(world: &World) -> (Store, Arc<Rollout>) {
    let mut store = Store::new(DRIVERS);
    let mut door = Door::new("sim".into());
    for (kind, resource) in KINDS {
        let source = Source { cluster: "sim".into(), kind: kind.clone(), namespace: None };
        let body = |object: &Value| Bytes::from(object.to_string());
        let all = world.objects.list(resource, Some("shop"));
        let objects: Vec<Object> =
            all.map(|object| decode_object(&kind, Encoding::Json, body(object), &mut door).unwrap()).collect();
        for fact in [
            Fact::Link(source.clone(), Link::Connecting),
            Fact::Begin(source.clone()),
            Fact::Page(source.clone(), objects),
            Fact::End(source.clone()),
            Fact::Link(source, Link::Live),
        ] {
            store.apply(fact, world.now());
        }
    }
    let rollout = Arc::clone(&store.derive(world.now()).rollouts[&web()]);
    (store, rollout)
}

/// The card of an intent; None where the verb is refused.
fn card(world: &World, verb: Verb, args: Args) -> Option<Card> {
    let (store, rollout) = read(world);
    let intent = Intent { target: web(), verb, args };
    let whole: Vec<Value> = steer::needs(&rollout, &intent)
        .unwrap()
        .iter()
        .map(|at| {
            let resource = KINDS.iter().find(|(kind, _)| *kind == at.kind).unwrap().1;
            world.objects.get(resource, "shop", &at.name).unwrap().clone()
        })
        .collect();
    let ask = Ask { rollout: &rollout, intent: &intent, whole: &whole, has_context: false, now: world.now() };
    let draft = steer::draft(&ask).ok()?;
    let basis = Basis { id: 1, fleet: store.fleet(), ask: &ask, needs_reason: false };
    Some(steer::card(&basis, draft, DryRun::Accepted(Vec::new())))
}

fn send(world: &mut World, write: &Write) {
    let object = deployment(world);
    let mut object = if write.sub == Sub::Scale { scale_of(object) } else { object.clone() };
    // Its tests were made for a server that reads `null` as "nothing there".
    let Value::Array(mut patch) = write.patch() else { panic!("no patch: {write:?}") };
    patch.retain(|op| op["op"] != "test");
    let patch: json_patch::Patch = serde_json::from_value(Value::Array(patch)).unwrap();
    json_patch::patch(&mut object, &patch).unwrap();
    world.objects.replace((Resource::Deployments, write.sub), object, "rolldeck", world.now()).unwrap();
}

/// What was seen when it was sent.
#[derive(Debug, PartialEq)]
struct Seen {
    start: i32,
    stop: i32,
    lowest_ready: i32,
}

/// Sends it and lets ten minutes pass, event by event.
fn fly(world: &mut World, card: &Card) -> Seen {
    let pods = |world: &World, is: fn(&Value) -> bool| -> HashSet<String> {
        let all = world.objects.list(Resource::Pods, Some("shop")).filter(|pod| is(pod));
        all.map(|pod| pod["metadata"]["uid"].as_str().unwrap().to_owned()).collect()
    };
    let is_ending = |pod: &Value| pod["metadata"]["deletionTimestamp"].is_string();
    let is_ready = |pod: &Value| {
        let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let is = conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
        is && !pod["metadata"]["deletionTimestamp"].is_string()
    };
    let (before, ending) = (pods(world, |_| true), pods(world, is_ending));
    let (mut all, mut ended) = (before.clone(), ending.clone());
    let mut lowest = pods(world, is_ready).len();
    let end = world.now().shifted(600_000);
    for write in &card.writes {
        send(world, write);
    }
    world.settle();
    loop {
        all.extend(pods(world, |_| true));
        ended.extend(pods(world, is_ending));
        lowest = lowest.min(pods(world, is_ready).len());
        let Some(next) = world.next().filter(|next| *next < end) else { break };
        world.run_to(next);
    }
    let count = |n: usize| i32::try_from(n).unwrap();
    Seen {
        start: count(all.len() - before.len()),
        stop: count(ended.len() - ending.len()),
        lowest_ready: count(lowest),
    }
}

fn predicted(flight: &Flight) -> Seen {
    Seen { start: flight.start, stop: flight.stop, lowest_ready: flight.lowest_ready }
}

/// What somebody wants, in a rollout of which somebody had done something so many seconds ago.
#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    replicas: i32,
    spec: Value,
    rolls: bool,
    wait: i64,
    pauses: bool,
    verb: (Verb, Args),
}

fn amount() -> impl Strategy<Value = Value> {
    prop_oneof![(0..4_i32).prop_map(|pods| json!(pods)), (0..=100_i32).prop_map(|percent| json!(format!("{percent}%")))]
}

/// `0` or `0%`: the API refuses two of them.
fn is_none(amount: &Value) -> bool {
    *amount == json!(0) || *amount == json!("0%")
}

fn case() -> impl Strategy<Value = Case> {
    let strategy = prop_oneof![
        4 => (amount(), amount()).prop_filter("both 0", |both| !is_none(&both.0) || !is_none(&both.1)).prop_map(|(surge, unavailable)| json!(
            {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}})),
        1 => Just(json!({"type": "Recreate"})),
    ];
    let image = |tag: &str| Args::Images {
        images: vec![("app".into(), format!("reg/web:{tag}").as_str().into())],
        cause: None,
    };
    let verb = prop_oneof![
        Just((Verb::Undo, Args::None)),
        Just((Verb::Restart, Args::None)),
        Just((Verb::Resume, Args::None)),
        Just((Verb::SetImage, image("3"))),
        Just((Verb::SetImage, image("1"))),
        (0..14_i32).prop_map(|replicas| (Verb::Scale, Args::Replicas(replicas))),
    ];
    let numbers = (any::<u64>(), 0..12_i32, 0..30_i64, 0..2_i32);
    (numbers, strategy, any::<bool>(), any::<bool>(), verb).prop_map(
        |((seed, replicas, wait, min_ready), strategy, rolls, pauses, verb)| {
            let spec = json!({"strategy": strategy, "minReadySeconds": min_ready * 5});
            Case { seed, replicas, spec, rolls, wait, pauses, verb }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn pods_start_and_stop_as_the_simulated_controllers_do_it(case in case()) {
        let mut world = world(case.seed, case.replicas, &case.spec);
        if case.rolls {
            image(&mut world, "2");
            pass(&mut world, case.wait);
        }
        if case.pauses {
            edit(&mut world, |web| web["spec"]["paused"] = json!(true));
        }
        let (verb, args) = case.verb;
        if let Some(card) = card(&world, verb, args) {
            let flight = card.flight.clone().expect("the arithmetic of Deployments is known");
            let seen = fly(&mut world, &card);
            let told = predicted(&flight);
            prop_assert_eq!((told.start, told.stop), (seen.start, seen.stop), "{:?}", flight);
        }
    }
}

#[test]
fn a_whole_rollout_takes_as_long_as_it_was_told() {
    let rolling =
        json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}});
    let mut world = world(7, 20, &rolling);
    let card = card(&world, Verb::Restart, Args::None).unwrap();
    let flight = card.flight.clone().unwrap();
    assert_eq!(fly(&mut world, &card), Seen { start: 20, stop: 20, lowest_ready: 15 });
    assert_eq!(predicted(&flight), Seen { start: 20, stop: 20, lowest_ready: 15 });
    let done = deployment(&world)["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["type"] == "Progressing")
        .map(|c| c["lastUpdateTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap())
        .unwrap();
    let took = Moment(done.as_millisecond()).since(card.made).as_secs();
    let span = flight.takes.unwrap();
    assert!((span.fastest..=span.slowest).contains(&took), "{took} s, but {}", flight.says());
}
