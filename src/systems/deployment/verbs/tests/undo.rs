//! Where undo goes, and what it writes.

use super::*;
use crate::{
    domain::{Finding, Severity, Weight, sample},
    systems::fixture::{set, target, template},
};

/// bad:2 and bad:3 over a:1, which works.
fn bad_over_good() -> (Rollout, Vec<Value>) {
    let rollout = rollout(&[(3, "bad:3", 0, Role::New), (1, "a:1", 3, Role::Stable), (2, "bad:2", 0, Role::Past)]);
    (rollout, vec![deployment("bad:3"), set(3, "bad:3", 0), set(1, "a:1", 3), set(2, "bad:2", 0)])
}

fn undo((rollout, whole): &(Rollout, Vec<Value>), args: Args) -> Result<Draft, String> {
    try_plan(rollout, Verb::Undo, args, whole)
}

fn says<'a>(draft: &'a Draft, rule: &str) -> Option<&'a str> {
    draft.guards.iter().find(|guard| guard.rule == *rule).map(|guard| guard.says.as_str())
}

#[test]
fn what_works_goes_before_the_number() {
    let draft = undo(&bad_over_good(), Args::None).unwrap();
    assert_eq!(draft.title, "undo web to revision 1");
    assert_eq!(
        says(&draft, "undo-target"),
        Some(
            "kubectl would take revision 2 (bad:2, 0 available), by its number; revision 1 (a:1, 3 available) serves now"
        )
    );
    assert_eq!(changes(&draft), ["revision: 3 → 1, which becomes 4", "image of app: bad:3 → a:1"]);
    assert_eq!(patch(&draft), json!([test("/metadata/generation", json!(7)), put("/spec/template", template("a:1"))]));
    let command = "kubectl rollout undo deployment/web --to-revision=1 -n shop --context lab";
    assert_eq!(draft.kubectl.unwrap(), command);
}

#[test]
fn without_evidence_kubectls_rule_holds() {
    let world = (
        rollout(&[(3, "web:3", 3, Role::Stable), (2, "web:2", 0, Role::Past), (1, "web:1", 0, Role::Past)]),
        vec![deployment("web:3"), set(3, "web:3", 3), set(2, "web:2", 0), set(1, "web:1", 0)],
    );
    let draft = undo(&world, Args::None).unwrap();
    assert_eq!(draft.title, "undo web to revision 2");
    let said = says(&draft, "undo-target").unwrap();
    assert_eq!(said, "no other revision has available pods now: revision 2 (web:2, 0 available) is kubectl's choice");
    assert_eq!(says(&draft, "cold-target"), Some("revision 2 has no available pod now: 3 must start"));
    assert_eq!(undo(&world, Args::Revision(0)).unwrap(), draft, "0 means the previous one, as for kubectl");
}

#[test]
fn numbers_are_read_as_kubectl_reads_them() {
    let number =
        |set: Value, number: Value| with(set, "/metadata/annotations/deployment.kubernetes.io~1revision", number);
    let (rollout, _) = bad_over_good();
    let target = |sets: [Value; 3]| {
        let whole: Vec<Value> = std::iter::once(deployment("web:3")).chain(sets).collect();
        undo(&(rollout.clone(), whole), Args::None).unwrap().title.to_string()
    };
    let unreadable = number(set(2, "web:2", 0), json!("x"));
    assert_eq!(target([set(3, "web:3", 3), unreadable.clone(), set(1, "web:1", 0)]), "undo web to revision 1");
    let missing = number(set(2, "web:2", 0), Value::Null);
    assert_eq!(target([set(3, "web:3", 3), missing, unreadable]), "undo web to revision 0");
}

#[test]
fn a_revision_may_be_named() {
    let (rollout, whole) = bad_over_good();
    let row = systems::verb("deployment", Verb::Undo).unwrap();
    let needs = |rollout: &Rollout, args| (row.needs)(rollout, &intent(Verb::Undo, args));
    let two = needs(&rollout, Args::Revision(2));
    assert_eq!(two, [target(), sample::at(crate::domain::Kind::REPLICA_SET, "web-2")]);
    assert_eq!(needs(&rollout, Args::None).len(), 4);
    let standing = Rollout { phase: Phase::Paused, ..rollout.clone() };
    assert_eq!(needs(&standing, Args::Revision(2)).len(), 4);

    let draft = undo(&(rollout.clone(), vec![whole[0].clone(), whole[3].clone()]), Args::Revision(2)).unwrap();
    assert_eq!(draft.changes[0].after, "2, which becomes 4");
    let only = (rollout, vec![whole[0].clone()]);
    assert_eq!(undo(&only, Args::Revision(9)).unwrap_err(), "unable to find specified revision 9 in history");
    assert!(undo(&only, Args::Revision(-1)).unwrap_err().starts_with("unable to find specified revision"));
    let current = undo(&bad_over_good(), Args::Revision(3)).unwrap_err();
    assert_eq!(current, "skipped rollback (current template already matches revision 3)");
}

#[test]
fn there_must_be_somewhere_to_go() {
    let alone = (rollout(&[(3, "web:3", 3, Role::Stable)]), vec![deployment("web:3"), set(3, "web:3", 3)]);
    assert_eq!(
        undo(&alone, Args::None).unwrap_err(),
        "no rollout history found for deployment/web: there is no earlier revision"
    );
    let twins = (alone.0, vec![deployment("web:3"), set(3, "web:3", 3), set(2, "web:3", 0)]);
    assert_eq!(undo(&twins, Args::None).unwrap_err(), "skipped rollback (current template already matches revision 2)");
}

#[test]
fn a_paused_one_is_undone_and_resumed_at_once() {
    let mut world = bad_over_good();
    world.0.phase = Phase::Paused;
    world.1[0] = paused(deployment("edit:9"));
    let draft = undo(&world, Args::None).unwrap();
    assert_eq!(draft.title, "undo web to revision 1 and resume");
    assert_eq!(
        patch(&draft),
        json!([
            test("/metadata/generation", json!(7)),
            test("/spec/paused", json!(true)),
            put("/spec/template", template("a:1")),
            {"op": "remove", "path": "/spec/paused"},
        ])
    );
    assert_eq!(draft.changes[0].before, "the template has none yet");
    let newest = undo(&world, Args::Revision(3)).unwrap();
    assert_eq!((newest.changes[0].after.as_str(), says(&newest, "renumbered")), ("3", None));
    assert_eq!(changes(&draft)[1..], ["image of app: edit:9 → a:1", "paused: yes → no"]);
    assert!(draft.kubectl.unwrap_err().to_string().contains("refuses to undo while paused"));
}

#[test]
fn annotations_become_those_of_the_revision() {
    let mut world = bad_over_good();
    let last = "kubectl.kubernetes.io/last-applied-configuration";
    world.1[0]["metadata"]["annotations"] =
        json!({"deployment.kubernetes.io/revision": "3", last: "{}", "note": "mine", "team": "web"});
    world.1[2]["metadata"]["annotations"]["kubernetes.io/change-cause"] = json!("first");
    world.1[2]["metadata"]["annotations"]["team"] = json!("shop");
    world.1[2]["metadata"]["annotations"][last] = json!("{\"old\":1}");
    let draft = undo(&world, Args::None).unwrap();
    assert_eq!(
        patch(&draft).as_array().unwrap()[2..],
        [
            json!({"op": "remove", "path": "/metadata/annotations/note"}),
            put("/metadata/annotations/kubernetes.io~1change-cause", json!("first")),
            put("/metadata/annotations/team", json!("shop")),
        ]
    );
    assert_eq!(
        changes(&draft)[2..],
        [
            "annotation note: mine → none",
            "annotation team: web → shop",
            "annotation kubernetes.io/change-cause: none → first"
        ]
    );
    assert_eq!(rules(&draft), ["undo-target", "kubectl-apply", "renumbered"]);
}

#[test]
fn parts_of_the_template_are_named() {
    let mut world = bad_over_good();
    world.1[2]["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{"name": "LOG", "value": "debug"}]);
    let draft = undo(&world, Args::None).unwrap();
    assert!(changes(&draft)[2].starts_with("env of app: none → ["), "{:?}", changes(&draft));
    let same = (world.0, vec![deployment("a:1"), set(3, "a:1", 0), world.1[2].clone()]);
    let draft = undo(&same, Args::None).unwrap();
    assert_eq!(changes(&draft)[1], "image of app: a:1 → the same");
}

#[test]
fn the_card_warns_of_a_target_that_fails_and_of_downtime() {
    let mut world = bad_over_good();
    world.0.findings = vec![Finding {
        rule: "image-pull".into(),
        severity: Severity::Critical,
        message: "bad:2 cannot be pulled".into(),
        advice: "".into(),
        about: target(),
        version: Some("web-2".into()),
        since: None,
        sticks: true,
        label: "image pull".into(),
        detail: Vec::new(),
    }];
    world.1[0]["spec"]["strategy"] = json!({"type": "Recreate"});
    let draft = undo(&world, Args::Revision(2)).unwrap();
    assert!(draft.destructive);
    assert_eq!(says(&draft, "target-fails"), Some("revision 2 fails itself: bad:2 cannot be pulled"));
    assert_eq!(draft.guards[0].weight, Weight::Warn);
    assert!(says(&draft, "downtime").is_some());
    assert!(says(&undo(&world, Args::None).unwrap(), "target-fails").is_none());
}
