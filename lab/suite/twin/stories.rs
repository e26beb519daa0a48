//! The scripts that were written by hand, by what they are about.

use serde_json::{Value, json};

use super::script::{
    Script,
    Step::{Annotate, Close, Create, Delete, Env, Evict, Image, Open, Pause, Resume, Scale, Settle, Spec, Undo, Until},
    Which::{All, Newest, Oldest},
    at_once, full, soon,
};

const EVERY: usize = usize::MAX;

fn ten() -> Value {
    json!({"replicas": 10})
}

fn rolling(replicas: i32, surge: Value, unavailable: Value) -> Value {
    let bounds = json!({"maxSurge": surge, "maxUnavailable": unavailable});
    json!({"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": bounds}})
}

fn recreate(replicas: i32) -> Value {
    json!({"replicas": replicas, "strategy": {"type": "Recreate"}})
}

/// Everything.
pub(super) fn scripts() -> Vec<Script> {
    [rolls(), pauses(), undos(), scales(), rollovers(), recreates(), super::trouble::scripts()].concat()
}

fn rolls() -> Vec<Script> {
    vec![
        Script::gated("roll", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Open(Newest, 5)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("roll-env", json!({"replicas": 4})).then([full(Env("new")), full(Open(Newest, 1)), full(Open(Newest, EVERY)), full(Open(Newest, EVERY))]),
        Script::gated("roll-graceful", json!({"replicas": 4})).graceful().then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("roll-thrice", json!({"replicas": 2})).then([
            full(Image("2")), full(Open(Newest, 1)), full(Open(Newest, 1)),
            full(Image("3")), full(Open(Newest, 1)), full(Open(Newest, 1)),
            full(Image("4")), full(Open(Newest, 1)), full(Open(Newest, 1)),
        ]),
        Script::gated("nothing-new", json!({"replicas": 2})).then([full(Image("1")), full(Annotate("team", "front")), full(Annotate("kubernetes.io/change-cause", "none"))]),
        Script::gated("cause-with-image", json!({"replicas": 2})).then([
            full(Annotate("kubernetes.io/change-cause", "first")),
            at_once(Annotate("kubernetes.io/change-cause", "second")),
            full(Image("2")),
            full(Open(Newest, EVERY)),
        ]),
        Script::bare("slow-birth", json!({"replicas": 5})).then([full(Create), full(Open(All, 1)), full(Open(All, 2)), full(Open(All, 1)), full(Open(All, 1))]),
        Script::bare("rolled-before-it-was-ready", json!({"replicas": 4})).then([
            full(Create), full(Open(All, 1)), full(Image("2")), full(Open(Newest, 2)), full(Open(Newest, EVERY)),
        ]),
        Script::gated("no-deadline", json!({"replicas": 3, "progressDeadlineSeconds": i32::MAX})).then([full(Image("2")), full(Open(Newest, 1)), full(Pause), full(Resume), full(Open(Newest, EVERY)), full(Open(Newest, EVERY))]),
        Script::gated("bounds-changed-midway", rolling(10, json!(1), json!(0))).then([
            full(Image("2")), full(Open(Newest, 1)),
            full(Spec(json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": "30%"}}}))),
            full(Open(Newest, 3)), full(Open(Newest, EVERY)),
        ]),
        Script::bare("bounds-of-nothing", rolling(3, json!(0), json!(0))).then([full(Create)]),
        Script::bare("deadline-below-min-ready", json!({"replicas": 1, "progressDeadlineSeconds": 5, "minReadySeconds": 5})).then([full(Create)]),
    ]
}

fn pauses() -> Vec<Script> {
    vec![
        Script::gated("pause-midway", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Pause),
            full(Open(Newest, 3)),
            full(Resume),
            full(Open(Newest, 4)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("pause-idle", json!({"replicas": 3})).then([
            full(Pause),
            full(Resume),
            full(Pause),
            full(Image("2")),
            full(Resume),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("hot-fix-while-paused", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Pause),
            full(Image("3")),
            full(Image("4")),
            full(Resume),
            full(Open(Newest, 2)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("back-to-the-first-while-paused", json!({"replicas": 5})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Pause),
            full(Image("1")),
            full(Resume),
        ]),
        Script::gated("scale-while-paused", json!({"replicas": 4})).then([
            full(Pause),
            full(Scale(7)),
            full(Open(All, EVERY)),
            full(Scale(2)),
            full(Resume),
        ]),
        Script::gated("scale-while-paused-midway", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 2)),
            full(Pause),
            full(Scale(20)),
            full(Scale(5)),
            full(Resume),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("hot-fix-and-scale-while-paused", json!({"replicas": 6})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Pause),
            full(Image("3")),
            full(Scale(12)),
            full(Resume),
            full(Open(Newest, 2)),
            full(Open(Newest, EVERY)),
        ]),
        Script::bare("born-paused", json!({"replicas": 3, "paused": true})).then([
            full(Create),
            full(Scale(2)),
            full(Resume),
            full(Open(All, EVERY)),
        ]),
        Script::gated("delete-while-paused", json!({"replicas": 4})).then([
            full(Image("2")),
            full(Pause),
            full(Delete(Oldest, 1)),
            full(Delete(Newest, 1)),
            full(Resume),
        ]),
        Script::gated("pause-recreate", recreate(3)).then([
            full(Pause),
            full(Image("2")),
            full(Scale(5)),
            full(Resume),
            full(Open(Newest, EVERY)),
        ]),
    ]
}

fn undos() -> Vec<Script> {
    vec![
        Script::gated("undo", json!({"replicas": 3})).little().then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
            full(Undo(0)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("undo-twice", json!({"replicas": 1})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Undo(0)),
            full(Open(Newest, 1)),
            full(Undo(0)),
            full(Open(Newest, 1)),
        ]),
        Script::gated("undo-midway", ten()).little().then([
            full(Image("2")),
            full(Open(Newest, 3)),
            full(Undo(0)),
            full(Open(Newest, EVERY)),
        ]),
        Script::gated("undo-midway-twice", json!({"replicas": 5})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Undo(0)),
            full(Undo(0)),
            full(Open(Newest, 1)),
        ]),
        Script::gated("undo-to-revision", json!({"replicas": 1})).then([
            full(Image("2")),
            full(Open(Newest, 1)),
            full(Image("3")),
            full(Open(Newest, 1)),
            full(Undo(1)),
            full(Open(Newest, 1)),
            full(Undo(2)),
            full(Open(Newest, 1)),
        ]),
        Script::gated("undo-takes-annotations", json!({"replicas": 1})).then([
            full(Annotate("team", "front")),
            full(Image("2")),
            full(Annotate("team", "back")),
            full(Open(Newest, 1)),
            full(Undo(0)),
            full(Open(Newest, 1)),
        ]),
        Script::gated("undo-of-a-bad-image", json!({"replicas": 4}))
            .graceful()
            .then([full(Image("2-bad")), full(Undo(0))]),
        Script::gated("undo-after-bad-and-bad", json!({"replicas": 4})).then([
            full(Image("2-unready")),
            full(Image("3-unready")),
            full(Undo(0)),
            full(Undo(1)),
        ]),
    ]
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
        Script::gated("scale-down-midway", ten()).little().then([
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
        Script::gated("scale-midway-without-surge", rolling(7, json!(0), json!(3))).then([
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
        Script::gated("recreate", recreate(3)).little().then([
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
