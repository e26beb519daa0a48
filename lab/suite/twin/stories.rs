//! The scripts that were written by hand, by what they are about: rolls, pauses, undos; the others in `sizes` and `trouble`.

use serde_json::{Value, json};

use super::{
    script::{
        Script,
        Step::{Annotate, Create, Delete, Env, Image, Open, Pause, Resume, Scale, Spec, Undo},
        Which::{All, Newest, Oldest},
        at_once, full,
    },
    sizes, trouble,
};

pub(super) const EVERY: usize = usize::MAX;

pub(super) fn ten() -> Value {
    json!({"replicas": 10})
}

pub(super) fn rolling(replicas: i32, surge: impl Into<Value>, unavailable: impl Into<Value>) -> Value {
    let bounds = json!({"maxSurge": surge.into(), "maxUnavailable": unavailable.into()});
    json!({"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": bounds}})
}

pub(super) fn recreate(replicas: i32) -> Value {
    json!({"replicas": replicas, "strategy": {"type": "Recreate", "rollingUpdate": null}})
}

/// Everything.
pub(super) fn scripts() -> Vec<Script> {
    [rolls(), pauses(), changes_while_paused(), undos(), sizes::scripts(), trouble::scripts()].concat()
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
        Script::gated("bounds-changed-midway", rolling(10, 1, 0)).then([
            full(Image("2")), full(Open(Newest, 1)),
            full(Spec(json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "50%", "maxUnavailable": "30%"}}}))),
            full(Open(Newest, 3)), full(Open(Newest, EVERY)),
        ]),
        Script::bare("bounds-of-nothing", rolling(3, 0, 0)).then([full(Create)]),
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
    ]
}

fn changes_while_paused() -> Vec<Script> {
    vec![
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
        Script::gated("undo-midway", ten()).then([
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
