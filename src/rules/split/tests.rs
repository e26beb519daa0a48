use std::sync::Arc;

use super::super::{story::Story, watch};
use crate::domain::{
    Accord, Bend, Bending, Crowd, Finding, Judged, Measured, Name, Observed, Role, Rollout, Severity, Share, Split,
    sample::{self, ago},
};

/// A canary that is due 30 % and gets 10 %, beside the current version, which is due the rest.
fn off() -> Rollout {
    let mut story = Story::of(vec![sample::ready("n")]).with(Role::Stable, "web:1", vec![sample::ready("s")]);
    for (version, (due, got)) in story.rollout.versions.iter_mut().zip([(0.3, 600.0), (0.7, 5_400.0)]) {
        let accord = Accord::Apart { since: ago(60), low: Share(0.08), high: Share(0.12) };
        let due = Some(Share(due));
        version.split = Split { wanted: due, routed: due, seen: Observed::of(got, 6_000.0), accord };
        version.services = vec![Name::from(format!("{}-{}", story.deployment.meta.at.name, version.role.word()))];
    }
    story.rollout
}

fn found(rollout: &mut Rollout, judged: Option<&Judged>) -> Vec<Finding> {
    watch(rollout, judged);
    rollout.findings.clone()
}

fn one(mut rollout: Rollout) -> Finding {
    <[Finding; 1]>::try_from(found(&mut rollout, None)).unwrap().into_iter().next().unwrap()
}

fn bent(kind: Bending, says: &str, gain: &[&str]) -> Finding {
    let mut rollout = off();
    let gain = gain.iter().map(|name| Name::from(*name)).collect();
    rollout.door.bends = vec![Bend { kind, says: says.into(), gain }];
    one(rollout)
}

#[test]
fn without_evidence_reasons_are_possible_ones() {
    let finding = one(off());
    assert_eq!(
        finding.message,
        "web:2 gets 10 % of the requests (8 to 12), and 30 % is routed to it: no reason is to be seen"
    );
    assert!(finding.advice.starts_with("possible: clients that keep their session"), "{}", finding.advice);
    assert_eq!((finding.severity, finding.since, finding.sticks), (Severity::Warning, Some(ago(60)), false));
}

#[test]
fn what_agrees_or_settles_is_no_finding() {
    for accord in [Accord::Unknown, Accord::Together, Accord::Settling { until: ago(-9) }] {
        let mut rollout = off();
        rollout.versions.iter_mut().for_each(|version| version.split.accord = accord);
        assert_eq!(found(&mut rollout, None), []);
    }
}

#[test]
fn a_finding_goes_when_it_is_over_and_others_stay() {
    let mut rollout = off();
    let other = Finding { rule: "image-pull".into(), severity: Severity::Critical, ..one(off()) };
    rollout.findings.push(other);
    assert_eq!(
        found(&mut rollout, None).iter().map(|f| f.rule.as_str()).collect::<Vec<_>>(),
        ["image-pull", "share-off"]
    );
    rollout.versions.iter_mut().for_each(|version| version.split.accord = Accord::Together);
    assert_eq!(found(&mut rollout, None).len(), 1);
}

#[test]
fn sticky_sessions_are_named() {
    let finding = bent(Bending::Sticky, "rule 1 has sessionPersistence", &[]);
    assert!(finding.message.ends_with(": sticky sessions: rule 1 has sessionPersistence"), "{}", finding.message);
    assert!(finding.advice.contains("only new ones follow the weights"));
}

#[test]
fn another_way_is_the_reason_only_where_it_leads_to_who_gets_more() {
    let says = "httproute/debug sends requests to web-current too";
    assert!(bent(Bending::OtherWay, says, &["web-current"]).message.ends_with(says));
    assert!(bent(Bending::OtherWay, says, &["web-new"]).message.ends_with("no reason is to be seen"));
    let copies = "rule 1 mirrors requests to Service web-current";
    assert!(bent(Bending::Mirror, copies, &["web-current"]).advice.starts_with("copies are counted"));
    let older = "httproute/old is older and takes the same requests";
    assert!(bent(Bending::Shadow, older, &[]).message.ends_with(older));
}

#[test]
fn retries_are_named_but_not_blamed() {
    let finding = bent(Bending::Retry, "rule 1 sends failed requests again", &[]);
    assert!(finding.message.ends_with("no reason is to be seen"));
    assert!(finding.advice.contains("retries (rule 1 sends failed requests again)"));
}

#[test]
fn a_router_that_has_not_taken_it_is_the_first_reason() {
    let mut rollout = off();
    (rollout.generation, rollout.observed) = (4, 3);
    rollout.versions.iter_mut().for_each(|version| version.split.routed = None);
    rollout.door.bends =
        vec![Bend { kind: Bending::Sticky, says: "rule 1 has sessionPersistence".into(), gain: vec![] }];
    let finding = one(rollout);
    assert!(finding.message.ends_with("and 30 % is wanted: its router has not taken it yet (3 of 4 changes)"));
    assert_eq!(finding.detail, ["also: sticky sessions: rule 1 has sessionPersistence"]);
}

#[test]
fn requests_that_pass_the_router_by_are_counted() {
    let mut rollout = off();
    let rate = |rate| Some(Arc::new(Measured { rate: Some(rate), ..Measured::default() }));
    rollout.versions.iter_mut().for_each(|version| version.metrics = rate(65.0));
    rollout.door.measured = rate(100.0);
    let says = ": its pods answer 130 requests a second, and only 100 come by the router";
    assert!(one(rollout.clone()).message.ends_with(says));
    rollout.door.measured = rate(125.0);
    assert!(one(rollout).message.ends_with("no reason is to be seen"));
}

#[test]
fn few_connections_show_in_the_pods() {
    let mut rollout = off();
    let version = &mut rollout.versions[0];
    version.pods.ready = 4;
    let crowd = |busy, requests| Judged {
        of: rollout_at(),
        said: vec![],
        crowds: vec![Crowd { version: version.uid.clone(), busy, part: 0.97, requests }],
    };
    let (few, even, starved) = (crowd(1, 600.0), crowd(3, 600.0), crowd(1, 60.0));
    let says = |rollout: &mut Rollout, judged: &Judged| found(rollout, Some(judged))[0].message.to_string();
    let blamed = ": few connections that are kept: 1 of 4 ready pods of web:2 answers 97 % of its requests";
    assert!(says(&mut rollout, &few).ends_with(blamed));
    assert!(says(&mut rollout, &even).ends_with("no reason is to be seen"));
    assert!(says(&mut rollout, &starved).ends_with("no reason is to be seen"));
}

fn rollout_at() -> crate::domain::Ref {
    off().at
}

#[test]
fn without_a_router_it_is_worth_knowing_only() {
    let mut rollout = off();
    rollout.versions.iter_mut().for_each(|version| version.split.wanted = None);
    let finding = one(rollout);
    assert_eq!(finding.severity, Severity::Info);
    assert!(finding.message.ends_with("over 2 ready pods, one pod being 50 %"), "{}", finding.message);
}

#[test]
fn another_writer_is_another_sentence() {
    let mut rollout = off();
    for version in &mut rollout.versions {
        version.split.accord = Accord::Unknown;
        version.split.wanted = version.split.routed.map(|Share(routed)| Share(1.0 - routed));
    }
    let found = found(&mut rollout, None);
    assert_eq!(found[0].message, "70 % is wanted for web:2, and the router is told 30 %");
    assert!(found[0].advice.starts_with("another writer, or its controller is behind"));
}
