//! Each guard, and their order.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::{
    domain::{
        Args, Health, Intent, Kind, Measured, Outcome, Proof, Role, Rollout, Source, Verb,
        sample::{NOW, ago},
    },
    steer::{
        Basis, card, draft,
        fixture::{deed, hand, managed},
    },
    systems::fixture::{ask, deployment, intent, rollout, with},
};

fn told(fleet: &Fleet, rollout: &Rollout, intent: &Intent, whole: Value) -> Vec<String> {
    let whole = [whole];
    let ask = ask(rollout, intent, &whole);
    let basis = Basis { id: 1, fleet, ask: &ask, needs_reason: false };
    let card = card(&basis, draft(&ask).unwrap(), crate::domain::DryRun::Accepted(Vec::new()));
    assert_eq!(card.generation, 7);
    card.guards.iter().map(|guard| format!("{:?} {}: {}", guard.weight, guard.rule, guard.says)).collect()
}

fn calm() -> Rollout {
    rollout(&[(3, "web:3", 3, Role::Stable)])
}

fn force(by: &'static str, field: &'static str, bounds: Option<(i32, i32)>) -> Force {
    let says = Text::fixed("it writes too");
    Force { by: Name::fixed(by), field: Text::fixed(field), says, reverts_within_s: Some(15), bounds }
}

fn scale(to: i32) -> Intent {
    intent(Verb::Scale, Args::Replicas(to))
}

#[test]
fn an_old_view_stops_and_another_cluster_does_not() {
    let fleet = |cluster: &'static str, namespace: Option<&'static str>| {
        let source = Source { cluster: cluster.into(), kind: Kind::POD, namespace: namespace.map(Name::fixed) };
        let health = Health::Stale { since: ago(45), why: None };
        Fleet { sources: vec![SourceHealth { source, health, objects: 0 }], ..Fleet::default() }
    };
    let told = |fleet: &Fleet| told(fleet, &calm(), &intent(Verb::Pause, Args::None), deployment("web:3"));
    assert_eq!(told(&fleet("lab", None)), ["Stop stale-view: this view is 45 s old: too old to steer by"]);
    assert_eq!(told(&fleet("lab", Some("shop"))).len(), 1);
    assert!(told(&fleet("lab", Some("pay"))).is_empty());
    assert!(told(&fleet("other", None)).is_empty());
}

#[test]
fn an_hpa_says_what_it_will_make_of_a_number() {
    let mut web = calm();
    web.forces = vec![force("hpa", "/spec/replicas", Some((2, 10)))];
    let says = |to| told(&Fleet::default(), &web, &scale(to), deployment("web:3")).remove(0);
    assert_eq!(says(12), "Warn hpa: its HPA keeps 2 to 10 pods: it will set 12 to 10 within about 15 s");
    assert!(says(1).contains("it will set 1 to 2"));
    assert!(says(5).contains("it may set another one than 5"));
    assert!(says(0).contains("switches the HPA off"));
    let pause = intent(Verb::Pause, Args::None);
    assert!(told(&Fleet::default(), &web, &pause, deployment("web:3")).is_empty(), "it does not write paused");
}

#[test]
fn apply_warns_of_what_its_manifest_says() {
    let mut web = calm();
    web.forces = vec![force("kubectl-apply", "/spec", None)];
    let last = "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration";
    let applied = |manifest: &str| with(deployment("web:3"), last, json!(manifest));
    let scaled = |manifest| told(&Fleet::default(), &web, &scale(5), applied(manifest));
    assert_eq!(scaled(r#"{"spec":{"replicas":3}}"#), ["Warn kubectl-apply: it writes too"]);
    assert!(scaled(r#"{"spec":{"template":{}}}"#).is_empty());
    let image = intent(Verb::SetImage, Args::Images { images: vec![("app".into(), "web:4".into())], cause: None });
    let manifest = applied(r#"{"spec":{"template":{"spec":{"containers":[]}}}}"#);
    assert_eq!(told(&Fleet::default(), &web, &image, manifest).len(), 1);
}

#[test]
fn owners_of_the_whole_spec_warn_of_every_verb() {
    let mut web = calm();
    web.forces = vec![force("argo-cd", "/spec", None)];
    let told = told(&Fleet::default(), &web, &intent(Verb::Pause, Args::None), deployment("web:3"));
    assert_eq!(told, ["Warn argo-cd: it writes too"]);
}

#[test]
fn whoever_wrote_it_a_moment_ago_is_named() {
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let told = |fleet: &Fleet, hands: &[Value]| {
        told(fleet, &calm(), &intent(Verb::Pause, Args::None), managed(deployment("web:3"), hands))
    };
    let edit = hand("kubectl-edit", "", -130, &replicas);
    assert_eq!(
        told(&Fleet::default(), &[edit]),
        ["Note recent-writer: kubectl-edit 2 min ago wrote its spec: replicas"]
    );
    assert!(told(&Fleet::default(), &[hand("kubectl-edit", "", -601, &replicas)]).is_empty());
    let noted = hand("kube-controller-manager", "", -5, &json!({"f:metadata": {"f:annotations": {}}}));
    assert!(told(&Fleet::default(), &[noted]).is_empty(), "the revision is no spec");

    let ours = hand("rolldeck", "", -60, &replicas);
    assert_eq!(told(&Fleet::default(), std::slice::from_ref(&ours)).len(), 1, "another operator's");
    let mut done = deed(Verb::Pause, Args::None, &deployment("web:3"));
    done.proof = Proof { accepted: Some(ago(59)), outcome: Outcome::TookEffect, ..Proof::default() };
    let mut fleet = Fleet::default();
    fleet.desk.deeds.push(done.into());
    assert!(told(&fleet, &[ours]).is_empty(), "our own");
}

#[test]
fn fewer_pods_are_said_and_the_heaviest_comes_first() {
    let told = told(
        &Fleet::default(),
        &calm(),
        &scale(1),
        managed(deployment("web:3"), &[hand("helm", "", -9, &json!({"f:spec": {"f:template": {}}}))]),
    );
    assert_eq!(told, ["Warn pods-left: 3 pods serve now, 1 would", "Note recent-writer: helm 9 s ago wrote its spec"]);
    assert_eq!(NOW.since(ago(9)).as_secs(), 9);
}

#[test]
fn what_the_pods_that_are_left_would_carry_is_said() {
    let mut web = calm();
    web.versions[0].metrics = Some(Arc::new(Measured { rate: Some(90.0), at: NOW, ..Measured::default() }));
    let mut says = |peak| {
        web.versions[0].peak = peak;
        told(&Fleet::default(), &web, &scale(2), deployment("web:3")).join("; ")
    };
    let warned = "Warn capacity: each of them would carry 45.0 req/s; a pod has carried 30.0 at most";
    assert_eq!(says(Some(30.0)), format!("Warn pods-left: 3 pods serve now, 2 would; {warned}"));
    assert!(says(Some(50.0)).ends_with("Note capacity: each of them would carry 45.0 req/s; a pod has carried 50.0"));
}
