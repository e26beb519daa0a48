//! The scripts about changes of size, of versions that overtake each other, and of Recreate.

use serde_json::json;

use super::{
    script::{
        Script,
        Step::{Close, Create, Evict, Image, Open, Scale, Settle, Spec, Undo, Until},
        Which::{All, Newest},
        at_once, full, soon,
    },
    stories::{EVERY, recreate, rolling, ten},
};

/// Everything.
pub(super) fn scripts() -> Vec<Script> {
    [scales(), more_scales(), rollovers(), recreates()].concat()
}

fn scales() -> Vec<Script> {
    vec![
        Script::gated("scale", json!({"replicas": 2})).then([
            full(Scale(5)),
            full(Open(All, EVERY)),
            full(Scale(1)),
            full(Scale(0)),
            full(Scale(2)),
            full(Open(All, EVERY)),
        ]),
        Script::gated("scale-up-midway", json!({"replicas": 5})).little().then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Scale(12)),
            full(Open(All, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("scale-down-midway", ten()).then([
            full(Image("2")),
            full(Open(Newest, 3)),
            full(Scale(4)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("scale-to-nothing-midway", json!({"replicas": 6})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Scale(0)),
            full(Scale(6)),
            full(Open(All, EVERY)),
        ]),
        Script::gated("scale-to-nothing-and-roll", json!({"replicas": 3})).then([
            full(Scale(0)),
            full(Image("2")),
            full(Scale(3)),
            full(Open(All, EVERY)),
        ]),
        Script::bare("born-with-none", json!({"replicas": 0})).then([
            full(Create),
            full(Image("2")),
            full(Scale(2)),
            full(Open(All, EVERY)),
        ]),
    ]
}

fn more_scales() -> Vec<Script> {
    vec![
        Script::gated("scale-three-versions-up", ten()).then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Image("3")),
            full(Scale(15)),
            full(Open(All, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("scale-three-versions-down", ten()).then([
            full(Image("2")),
            full(Open(Newest, 3)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Scale(6)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("scale-midway-without-surge", rolling(7, 0, 3)).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Scale(11)),
            full(Open(All, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("scale-with-an-image", json!({"replicas": 4})).then([
            full(Image("2")),
            at_once(Scale(8)),
            soon(Settle),
            full(Open(All, EVERY)),
        ]),
        Script::gated("scale-by-one-midway", json!({"replicas": 3})).then([
            full(Image("2")),
            full(Scale(4)),
            full(Scale(5)),
            full(Scale(6)),
            full(Scale(3)),
        ]),
    ]
}

fn rollovers() -> Vec<Script> {
    vec![
        Script::gated("rollover", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Image("3")),
            full(Open(Newest, 3)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("rollover-of-four", ten()).then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Image("4")),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("rollover-back", json!({"replicas": 6})).then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Image("1")),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("rollover-to-the-second", json!({"replicas": 6})).then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Image("2")),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("rollover-over-bad", json!({"replicas": 4})).then([
            full(Image("2-unready")),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
    ]
}

fn recreates() -> Vec<Script> {
    vec![
        Script::gated("recreate", recreate(3)).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("recreate-while-pods-end", recreate(3)).little().graceful().tag("1-drain").then([
            soon(Image("2")),
            full(Settle),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("recreate-undone-while-pods-end", recreate(2)).graceful().tag("1-drain").then([
            soon(Image("2")),
            soon(Undo(1)),
            full(Settle),
            full(Open(All, EVERY)),
        ]),
        Script::gated("recreate-scaled", recreate(3)).then([
            full(Image("2")),
            full(Scale(5)),
            full(Open(Newest, EVERY)),
            full(Scale(1)),
        ]),
        Script::gated("recreate-rollover", recreate(2)).then([
            full(Image("2")),
            full(Image("3")),
            full(Open(Newest, EVERY)),
            full(Undo(0)),
        ]),
        Script::gated("recreate-to-rolling", recreate(4)).then([
            full(Image("2")),
            full(Spec(json!({"strategy": {"type": "RollingUpdate"}}))),
            full(Open(All, 2)),
            full(Image("3")),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("rolling-to-recreate", json!({"replicas": 4})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Spec(recreate(4))),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated(
            "recreate-late",
            json!({"replicas": 2, "progressDeadlineSeconds": 6, "strategy": {"type": "Recreate"}}),
        )
        .then([
            full(Image("2")),
            full(Until("ProgressDeadlineExceeded")),
            full(Open(Newest, 1)),
            full(Open(Newest, 1)),
        ]),
        Script::gated("recreate-evicted", recreate(2)).then([
            full(Evict(All, 1)),
            full(Close(All, 1)),
            full(Image("2")),
            full(Open(Newest, EVERY)),
        ]),
    ]
}
