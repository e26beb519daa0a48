//! The scripts in which something goes wrong, and those in which pods become ready by themselves.

use serde_json::{Value, json};

use super::{
    script::{
        Script,
        Step::{
            Admitted, Close, Create, Delete, Evict, Image, Open, Pause, Quota, Resume, Scale, Settle, Spec, Undo, Until,
        },
        Which::{All, Newest, Oldest},
        at_once, full, soon,
    },
    stories::{EVERY, rolling},
};

const LATE: &str = "ProgressDeadlineExceeded";

/// Everything.
pub(super) fn scripts() -> Vec<Script> {
    [late(), history(), young(), lost(), refused(), free()].concat()
}

fn hurried(replicas: i32) -> Value {
    json!({"replicas": replicas, "progressDeadlineSeconds": 8})
}

fn late() -> Vec<Script> {
    vec![
        Script::gated("late-and-recovered", hurried(3)).little().then([
            full(Image("2")),
            full(Until(LATE)),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("late-and-undone", hurried(4)).then([full(Image("2")), full(Until(LATE)), full(Undo(0))]),
        Script::gated("late-and-paused", hurried(4)).then([
            full(Image("2")),
            full(Until(LATE)),
            full(Pause),
            full(Open(Newest, 1)),
            full(Resume),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("late-and-scaled", hurried(4)).then([
            full(Image("2")),
            full(Until(LATE)),
            full(Scale(8)),
            full(Open(All, EVERY)),
        ]),
        Script::gated("late-and-rolled-over", hurried(4)).then([
            full(Image("2-unready")),
            full(Until(LATE)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
        ]),
        Script::bare("late-at-birth", hurried(2)).then([
            full(Create),
            full(Until(LATE)),
            full(Open(All, 1)),
            full(Open(All, 1)),
        ]),
        Script::gated("paused-and-not-late", hurried(4)).then([
            full(Image("2")),
            full(Pause),
            full(Resume),
            full(Until(LATE)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("complete-is-never-late", hurried(2)).then([
            full(Close(All, 1)),
            full(Open(All, 1)),
            full(Delete(All, 1)),
            full(Open(All, EVERY)),
        ]),
    ]
}

fn history() -> Vec<Script> {
    let kept = |limit: i32| json!({"replicas": 1, "revisionHistoryLimit": limit});
    let next = |tag| [full(Image(tag)), full(Open(Newest, 1))];
    vec![
        Script::gated("history-0", kept(0)).then(["2", "3"].into_iter().flat_map(next)),
        Script::gated("history-2", kept(2)).then(["2", "3", "4", "5"].into_iter().flat_map(next)),
        Script::gated("history-2-undone", kept(2))
            .then(["2", "3"].into_iter().flat_map(next))
            .then([full(Undo(1)), full(Open(Newest, 1))])
            .then(["4", "5"].into_iter().flat_map(next)),
        Script::gated("history-of-bad-ones", json!({"replicas": 3, "revisionHistoryLimit": 1})).then([
            full(Image("2-unready")),
            full(Image("3-unready")),
            full(Image("4")),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("history-shortened", kept(10))
            .then(["2", "3", "4"].into_iter().flat_map(next))
            .then([full(Spec(json!({"revisionHistoryLimit": 1})))]),
        Script::gated("history-shortened-while-paused", kept(10))
            .then(["2", "3", "4"].into_iter().flat_map(next))
            .then([full(Pause), full(Spec(json!({"revisionHistoryLimit": 1}))), full(Resume)]),
    ]
}

fn young() -> Vec<Script> {
    let after = |seconds: i32| json!({"replicas": 4, "minReadySeconds": seconds});
    vec![
        Script::gated("min-ready", after(5)).then([
            full(Image("2")),
            soon(Open(Newest, 1)),
            full(Settle),
            soon(Open(Newest, EVERY)),
            full(Settle),
            full(Open(Newest, EVERY)),
        ]),
        Script::bare("min-ready-for-long", after(400)).then([
            soon(Create),
            soon(Open(All, EVERY)),
            soon(Image("2")),
            soon(Open(Newest, EVERY)),
        ]),
        Script::gated("min-ready-raised", after(0)).then([
            soon(Spec(json!({"minReadySeconds": 300}))),
            soon(Image("2")),
            soon(Open(Newest, 1)),
            soon(Spec(json!({"minReadySeconds": null}))),
            soon(Open(Newest, EVERY)),
            soon(Image("3")),
        ]),
    ]
}

fn lost() -> Vec<Script> {
    let four = || json!({"replicas": 4});
    vec![
        Script::gated("delete-midway", json!({"replicas": 6})).little().then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Delete(Oldest, 1)),
            full(Delete(Newest, 1)),
            full(Open(All, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("delete-all", four()).then([full(Delete(All, EVERY)), full(Open(All, EVERY))]),
        Script::gated("delete-graceful", four()).graceful().tag("1-drain").then([
            soon(Delete(All, 1)),
            full(Settle),
            full(Open(All, 1)),
        ]),
        Script::gated("evict-midway", four()).then([
            full(Image("2")),
            full(Evict(Oldest, 1)),
            full(Evict(Newest, 1)),
            full(Open(All, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("unready-before-the-roll", json!({"replicas": 8})).then([
            full(Close(All, 3)),
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("unready-midway", json!({"replicas": 8})).then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Close(Oldest, 2)),
            full(Close(Newest, 1)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("unready-when-done", four()).then([
            full(Close(All, 1)),
            full(Close(All, 1)),
            full(Open(All, 1)),
            full(Open(All, 1)),
        ]),
    ]
}

fn refused() -> Vec<Script> {
    let surging = |replicas| rolling(replicas, "100%", 0);
    vec![
        Script::gated("quota-refuses-the-surge", surging(3)).quota(4).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            at_once(Quota(9)),
            full(Admitted),
            full(Open(All, EVERY)),
        ]),
        Script::gated("quota-and-undo", surging(3)).quota(4).little().then([full(Image("2")), full(Undo(0))]),
        Script::bare("quota-at-birth", json!({"replicas": 4})).quota(2).then([
            full(Create),
            full(Open(All, EVERY)),
            full(Scale(2)),
            full(Admitted),
        ]),
        Script::gated("quota-scale", json!({"replicas": 2})).quota(3).then([
            full(Scale(6)),
            full(Open(All, EVERY)),
            full(Scale(3)),
        ]),
        Script::bare("quota-and-late", json!({"replicas": 2, "progressDeadlineSeconds": 6})).quota(1).then([
            full(Create),
            full(Until(LATE)),
            full(Open(All, 1)),
            at_once(Quota(5)),
            full(Admitted),
            full(Open(All, EVERY)),
        ]),
    ]
}

fn free() -> Vec<Script> {
    vec![
        Script::free("free-roll", json!({"replicas": 10}), Some((13, 8))).then([full(Image("2"))]).little(),
        Script::free("free-surge", rolling(8, "100%", 0), Some((16, 8))).then([full(Image("2"))]),
        Script::free("free-without-surge", rolling(6, 0, 2), Some((6, 4))).then([full(Image("2"))]),
        Script::free("free-one-by-one", rolling(5, 1, 0), Some((6, 5))).then([full(Image("2")), full(Undo(0))]),
        Script::free("free-graceful", rolling(6, 2, 1), Some((8, 5))).graceful().then([full(Image("2"))]),
        Script::free("free-recreate", json!({"replicas": 5, "strategy": {"type": "Recreate"}}), Some((5, 0)))
            .graceful()
            .then([full(Image("2"))]),
        // Whoever changes templates faster than the real controller hears of its own ReplicaSets is given the surge of each.
        Script::free("free-rollover", json!({"replicas": 10}), Some((19, 8))).then([
            at_once(Image("2")),
            at_once(Image("3")),
            full(Image("4")),
        ]),
        Script::free("free-scaled-midway", json!({"replicas": 10}), None).then([
            at_once(Image("2")),
            at_once(Scale(16)),
            full(Scale(6)),
        ]),
        Script::free("free-paused-midway", json!({"replicas": 10}), Some((13, 8))).then([
            at_once(Image("2")),
            full(Pause),
            full(Resume),
        ]),
        Script::free("free-undone-midway", json!({"replicas": 10}), Some((13, 8)))
            .then([at_once(Image("2")), full(Undo(1))]),
    ]
}
