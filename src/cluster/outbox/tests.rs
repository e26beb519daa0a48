use std::sync::Arc;

use super::*;
use crate::domain::{Kind, Labels, Meta, Moment, Name, Object, Ref, Service};

fn source() -> Source {
    Source { cluster: Name::fixed("lab"), kind: Kind::SERVICE, namespace: None }
}

fn at(name: &str) -> Ref {
    Ref { cluster: Name::fixed("lab"), namespace: Name::fixed("shop"), kind: Kind::SERVICE, name: Name::from(name) }
}

fn put(name: &str, generation: i64) -> Fact {
    let meta = Meta {
        at: at(name),
        uid: Uid::from(name),
        generation,
        created: Moment(0),
        deleting: None,
        grace_s: None,
        owner: None,
        labels: Labels::default(),
        annotations: Labels::default(),
    };
    Fact::Put(
        source(),
        Object::Service(Arc::new(Service {
            meta,
            selector: Labels::default(),
            ports: Box::default(),
            is_sticky: false,
        })),
    )
}

fn gone(name: &str) -> Fact {
    Fact::Gone(source(), at(name), Uid::from(name))
}

/// An outbox whose channel is full with one fact.
fn full() -> (Outbox, mpsc::Receiver<Fact>) {
    let (facts, loop_end) = mpsc::channel(1);
    let mut outbox = Outbox::new(facts);
    outbox.put(Fact::Begin(source())).unwrap();
    (outbox, loop_end)
}

async fn all(mut outbox: Outbox, mut loop_end: mpsc::Receiver<Fact>) -> Vec<Fact> {
    let mut seen = Vec::new();
    while outbox.is_waiting() {
        seen.push(loop_end.recv().await.unwrap());
        outbox.send_one().await.unwrap();
    }
    drop(outbox);
    while let Some(fact) = loop_end.recv().await {
        seen.push(fact);
    }
    seen
}

#[tokio::test]
async fn only_the_newest_state_of_an_object_waits() {
    let (mut outbox, loop_end) = full();
    for generation in 1..=1_000 {
        outbox.put(put("web", generation)).unwrap();
        outbox.put(put("api", generation)).unwrap();
    }
    assert_eq!(outbox.waiting.len(), 2);
    assert_eq!(all(outbox, loop_end).await, [Fact::Begin(source()), put("web", 1_000), put("api", 1_000)]);
}

#[tokio::test]
async fn a_deletion_replaces_what_it_deletes() {
    let (mut outbox, loop_end) = full();
    outbox.put(put("web", 1)).unwrap();
    outbox.put(gone("web")).unwrap();
    assert_eq!(all(outbox, loop_end).await, [Fact::Begin(source()), gone("web")]);
}

#[tokio::test]
async fn no_state_moves_across_the_end_of_a_list() {
    let (mut outbox, loop_end) = full();
    let end = Fact::End(source());
    for fact in [put("web", 1), end.clone(), put("web", 2), put("web", 3)] {
        outbox.put(fact).unwrap();
    }
    assert_eq!(all(outbox, loop_end).await, [Fact::Begin(source()), put("web", 1), end, put("web", 3)]);
}

#[tokio::test]
async fn places_stay_right_while_the_front_leaves() {
    let (mut outbox, mut loop_end) = full();
    outbox.put(put("a", 1)).unwrap();
    outbox.put(put("b", 1)).unwrap();
    loop_end.recv().await.unwrap();
    outbox.send_one().await.unwrap();
    outbox.put(put("b", 2)).unwrap();
    outbox.put(put("a", 2)).unwrap();
    assert_eq!(all(outbox, loop_end).await, [put("a", 1), put("b", 2), put("a", 2)]);
}

#[tokio::test]
async fn a_sign_of_life_does_not_queue_behind_news() {
    let (mut outbox, loop_end) = full();
    outbox.put(put("web", 1)).unwrap();
    outbox.spoke(&source()).unwrap();
    assert_eq!(all(outbox, loop_end).await, [Fact::Begin(source()), put("web", 1)]);
}

#[tokio::test]
async fn a_loop_that_has_gone_is_noticed() {
    let (mut outbox, loop_end) = full();
    outbox.put(put("web", 1)).unwrap();
    drop(loop_end);
    assert_eq!(outbox.send_one().await, Err(Gone));
}
