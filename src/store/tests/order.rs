//! Properties: the picture does not depend on the order in which sources speak, nor on how it came about.

use std::collections::{BTreeMap, VecDeque};

use proptest::{prelude::*, sample::Index};

use super::*;
use crate::domain::{Endpoint, LogTail, Pod, Service, Slice, Uid};

/// Objects of two rollouts and around them, by number, each in some states.
const OBJECTS: usize = 15;
const STATES: i32 = 5;

fn object(which: usize, state: i32) -> Object {
    let deployment = |state| {
        let mut deployment = sample::deployment(if state % 2 == 0 { "web:1" } else { "web:2" }, state);
        deployment.paused = state == 4;
        deployment.available -= i32::from(state == 3);
        deployment
    };
    let endpoint =
        |pod: &str| Endpoint { pod: pod.into(), ready: state % 2 == 0, serving: true, terminating: false, zone: None };
    match which {
        0 => deployment(state).into(),
        1 => renamed(&deployment(state).into(), "api"),
        2 => sample::set(1, "web:1", state).into(),
        3 => sample::set(2, "web:2", state).into(),
        4 => renamed(&sample::set(1, "web:1", state).into(), "api"),
        5..=8 => pod(["a", "b", "c", "d"][which - 5], state).into(),
        9 => renamed(&pod("a", state).into(), "api"),
        10 => event(sample::event(&pod("a", 0).meta, "FailedMount", &format!("volume {state}"))),
        11 => {
            let mut about = sample::event(&deployment(0).meta, "ScalingReplicaSet", &format!("to {state}"));
            about.meta = sample::meta(Kind::EVENT, "about web");
            event(about)
        }
        12 => {
            let mut hpa = sample::hpa();
            hpa.max = 2 + state;
            hpa.desired = 2 + state;
            hpa.into()
        }
        13 => {
            let selector = sample::labels(&[("app", if state == 0 { "other" } else { "web" })]);
            Object::Service(Arc::new(Service {
                meta: sample::meta(Kind::SERVICE, "web"),
                selector,
                ports: Box::default(),
                is_sticky: false,
            }))
        }
        _ => {
            let endpoints = Box::new([endpoint("a"), endpoint("b"), endpoint("c")]);
            let meta = sample::meta(Kind::SLICE, "web-x");
            Object::Slice(Arc::new(Slice { meta, service: "web".into(), endpoints }))
        }
    }
}

/// A pod that changes its version with its state, as no real one does, and its uid.
fn pod(name: &str, state: i32) -> Pod {
    let mut pod = match state {
        0 => sample::ready(name),
        1 => sample::starting(name, 20),
        2 => sample::crashing(name, 1, "Error", 3),
        3 => sample::unready(name, sample::ago(30)),
        _ => sample::waiting(name, "ImagePullBackOff", "not found"),
    };
    if state % 2 == 1 {
        let owner = pod.meta.owner.as_mut().unwrap();
        (owner.name, owner.uid) = ("web-2".into(), "web-2".into());
        pod.meta.uid = format!("{name}-second").into();
    }
    pod
}

/// The state in which each object is, if it is there.
type Situation = Vec<Option<i32>>;

fn situation() -> impl Strategy<Value = Situation> {
    prop::collection::vec(prop::option::of(0..STATES), OBJECTS)
}

fn objects(situation: &Situation) -> Vec<Object> {
    let there = situation.iter().enumerate().filter_map(|(which, state)| state.map(|state| (which, state)));
    there.map(|(which, state)| object(which, state)).collect()
}

/// A change of one object.
fn changes() -> impl Strategy<Value = Vec<(usize, Option<i32>)>> {
    prop::collection::vec((0..OBJECTS, prop::option::weighted(0.8, 0..STATES)), 0..40)
}

/// What each source says of a history: a list, then changes, perhaps another list.
fn streams(first: &Situation, changes: &[(usize, Option<i32>)], relist: bool) -> BTreeMap<Source, VecDeque<Fact>> {
    let mut streams = lists(first);
    let mut now = first.clone();
    for (which, state) in changes {
        let source = source_of(&object(*which, 0));
        let stream = streams.get_mut(&source).unwrap();
        match (state, now[*which]) {
            (Some(state), _) => stream.push_back(Fact::Put(source, object(*which, *state))),
            (None, Some(held)) => {
                let held = object(*which, held);
                stream.push_back(Fact::Gone(source, held.at().clone(), held.meta().uid.clone()));
            }
            (None, None) => stream.push_back(Fact::Gone(source, object(*which, 0).at().clone(), Uid::from("older"))),
        }
        now[*which] = *state;
    }
    if relist {
        for (source, mut list) in lists(&now) {
            streams.get_mut(&source).unwrap().append(&mut list);
        }
    }
    streams
}

/// Each source lists what is there, a page for every object.
fn lists(situation: &Situation) -> BTreeMap<Source, VecDeque<Fact>> {
    let begin = |kind: &Kind| (source(kind), VecDeque::from([Fact::Begin(source(kind))]));
    let mut streams: BTreeMap<Source, VecDeque<Fact>> = KINDS.iter().map(begin).collect();
    for object in objects(situation) {
        let source = source_of(&object);
        streams.get_mut(&source).unwrap().push_back(Fact::Page(source, vec![object]));
    }
    for (source, stream) in &mut streams {
        stream.extend([Fact::End(source.clone()), Fact::Link(source.clone(), Link::Live)]);
    }
    streams
}

/// Lets the sources speak in an order of chance, with a look at the picture now and then.
fn told(mut streams: BTreeMap<Source, VecDeque<Fact>>, order: &[(Index, bool)]) -> Fleet {
    let mut world = World::connecting();
    let mut turns = order.iter().cycle();
    while !streams.is_empty() {
        let (index, look) = turns.next().unwrap();
        let source = index.get(&streams.keys().collect::<Vec<_>>()).to_owned().clone();
        match streams.get_mut(&source).and_then(VecDeque::pop_front) {
            Some(fact) => world.say(fact),
            None => drop(streams.remove(&source)),
        }
        if *look {
            world.fleet();
        }
    }
    world.fleet().clone()
}

fn order() -> impl Strategy<Value = Vec<(Index, bool)>> {
    prop::collection::vec((any::<Index>(), any::<bool>()), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn any_order_of_sources_ends_in_the_same_picture(
        first in situation(), changes in changes(), relist: bool, one in order(), other in order(),
    ) {
        let streams = streams(&first, &changes, relist);
        prop_assert_eq!(told(streams.clone(), &one), told(streams, &other));
    }

    #[test]
    fn a_list_wipes_out_whatever_was_said_before(
        first in situation(), changes in changes(), last in situation(), order in order(),
    ) {
        let mut all = streams(&first, &changes, false);
        for (source, mut list) in lists(&last) {
            all.get_mut(&source).unwrap().append(&mut list);
        }
        prop_assert_eq!(told(all, &order), World::of(objects(&last)).fleet().clone());
    }

    #[test]
    fn facts_survive_being_written_down(first in situation(), changes in changes()) {
        let streams = streams(&first, &changes, true);
        for fact in streams.into_values().flatten().chain(rare()) {
            let text = serde_json::to_string(&fact).unwrap();
            prop_assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact, "{}", text);
        }
    }
}

/// Facts that no history here holds.
fn rare() -> Vec<Fact> {
    let (pods, cluster) = (source(&Kind::POD), || "lab".into());
    let tail = |lines| LogTail {
        pod: sample::at(Kind::POD, "a"),
        uid: "a".into(),
        container: "app".into(),
        restarts: 1,
        lines,
    };
    vec![
        Fact::Spoke(Source { namespace: Some("shop".into()), ..pods.clone() }),
        Fact::Dropped(pods.clone()),
        Fact::Link(pods.clone(), Link::Retrying { why: "reset".into() }),
        Fact::Link(pods, Link::Denied { why: "日本 \u{1b}[2J".into() }),
        Fact::Tail(tail(Ok(vec!["line".into()]))),
        Fact::Tail(tail(Err("gone".into()))),
        Fact::Server { cluster: cluster(), version: "v1.36.1".into() },
        Fact::Meter { cluster: cluster(), requests: u64::MAX, bytes: 0 },
        Fact::Skew { cluster: cluster(), ahead_ms: -1 },
    ]
}
