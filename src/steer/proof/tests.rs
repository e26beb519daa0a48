//! Proofs as short stories: what the picture and readings show, second by second.

use serde_json::json;

use super::*;
use crate::{
    domain::{
        Args, Phase, Role, Verb,
        sample::{NOW, later},
    },
    steer::fixture::{deed, hand, managed},
    systems::fixture::{deployment, rollout, target, with},
};

fn at(generation: i64, observed: i64, whole: Value) -> Value {
    let whole = with(whole, "/metadata/generation", json!(generation));
    with(whole, "/status/observedGeneration", json!(observed))
}

fn paused() -> Value {
    with(deployment("web:3"), "/spec/paused", json!(true))
}

/// What the board shows.
fn seen(generation: i64, observed: i64, phase: Phase) -> Rollout {
    let web = rollout(&[(3, "web:3", 3, Role::Stable)]);
    Rollout { phase, generation, observed, ..web }
}

fn pausing() -> Watch {
    let mut watch = Watch::accepted(deed(Verb::Pause, Args::None, &deployment("web:3")), &at(8, 7, paused()), NOW);
    assert_eq!(watch.look(Some(&seen(7, 7, Phase::Healthy)), NOW), [Step::Tell]);
    watch
}

/// The last reading, which finds the Deployment still paused.
fn holds(watch: &mut Watch, rollout: &Rollout, secs: u64) {
    assert_eq!(watch.look(Some(rollout), later(secs)), [Step::Read(target())]);
    let whole = at(rollout.generation, rollout.observed, paused());
    assert_eq!(watch.read(Ok(Some(&whole)), later(secs)), [Step::Tell]);
}

fn outcome(watch: &Watch) -> String {
    match &watch.deed.proof.outcome {
        Outcome::Refused(why) | Outcome::Reverted(why) | Outcome::Unknown(why) | Outcome::NeverSent(why) => {
            format!("{}: {why}", watch.deed.proof.outcome.word())
        }
        Outcome::Open | Outcome::NotObserved | Outcome::TookEffect => watch.deed.proof.outcome.word().to_owned(),
    }
}

#[test]
fn accepted_observed_done_held() {
    let mut watch = pausing();
    assert_eq!(watch.look(Some(&seen(8, 7, Phase::Paused)), later(1)), []);
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(2)), [Step::Tell]);
    let times = |proof: &Proof| (proof.accepted, proof.observed, proof.done, proof.since);
    assert_eq!(times(&watch.deed.proof), (Some(NOW), Some(later(2)), Some(later(2)), Some(NOW)));
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(31)), []);
    holds(&mut watch, &seen(8, 8, Phase::Paused), 32);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.since), ("took-effect", Some(later(32))));
    assert!(watch.is_over(later(32)));
    assert_eq!(watch.look(Some(&seen(9, 9, Phase::Healthy)), later(99)), [], "another story");
}

#[test]
fn held_does_not_wait_for_done_and_done_may_come_later() {
    let mut watch = pausing();
    watch.look(Some(&seen(8, 8, Phase::Progressing)), later(2));
    holds(&mut watch, &seen(8, 8, Phase::Progressing), 32);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.done), ("took-effect", None));
    assert!(!watch.is_over(later(40)));
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(50)), [Step::Tell]);
    assert_eq!(watch.deed.proof.done, Some(later(50)));
    assert!(watch.is_over(later(50)));
}

#[test]
fn a_controller_that_sleeps_is_named_and_may_wake_up() {
    let mut watch = pausing();
    assert_eq!(watch.look(Some(&seen(8, 7, Phase::Healthy)), later(9)), []);
    assert_eq!(watch.look(Some(&seen(8, 7, Phase::Healthy)), later(10)), [Step::Tell]);
    assert_eq!(outcome(&watch), "not-observed");
    assert_eq!(watch.look(Some(&seen(8, 7, Phase::Healthy)), later(40)), []);
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(50)), [Step::Tell]);
    assert_eq!(outcome(&watch), "open");
    holds(&mut watch, &seen(8, 8, Phase::Paused), 80);
    assert_eq!(outcome(&watch), "took-effect");
}

#[test]
fn who_resets_paused_is_caught() {
    let mut watch = pausing();
    watch.look(Some(&seen(8, 8, Phase::Paused)), later(1));
    assert_eq!(watch.look(Some(&seen(9, 8, Phase::Progressing)), later(12)), [Step::Read(target())]);
    assert_eq!(watch.look(Some(&seen(9, 8, Phase::Progressing)), later(13)), [], "one reading at a time");
    let reset = managed(at(9, 9, deployment("web:3")), &[hand("argocd-controller", "", 12, &json!({"f:spec": {}}))]);
    assert_eq!(watch.read(Ok(Some(&reset)), later(13)), [Step::Tell]);
    assert_eq!(
        outcome(&watch),
        "reverted: paused is no now; the spec was last written by argocd-controller 12 s later"
    );
    assert!(watch.is_over(later(13)));
}

#[test]
fn nobody_is_accused_who_wrote_before() {
    let spec = json!({"f:spec": {}});
    let before = hand("kubectl-set", "", -9, &spec);
    let ours = hand("rolldeck", "", 0, &spec);
    let answer = managed(at(8, 7, paused()), &[before.clone(), ours.clone()]);
    let mut watch = Watch::accepted(deed(Verb::Pause, Args::None, &deployment("web:3")), &answer, NOW);
    watch.look(Some(&seen(8, 8, Phase::Paused)), NOW);
    watch.look(Some(&seen(9, 8, Phase::Progressing)), later(12));
    watch.read(Ok(Some(&managed(at(9, 9, deployment("web:3")), &[before, ours]))), later(13));
    assert_eq!(outcome(&watch), "reverted: by somebody who left no name: paused is no now");
}

#[test]
fn another_change_beside_ours_is_no_reversal() {
    let mut watch = pausing();
    watch.look(Some(&seen(8, 8, Phase::Paused)), later(1));
    watch.look(Some(&seen(9, 9, Phase::Paused)), later(5));
    let scaled = with(at(9, 9, paused()), "/spec/replicas", json!(9));
    assert_eq!(watch.read(Ok(Some(&scaled)), later(6)), []);
    holds(&mut watch, &seen(9, 9, Phase::Paused), 31);
    assert_eq!(outcome(&watch), "took-effect");
}

#[test]
fn what_is_not_verified_does_not_hold() {
    let mut watch = pausing();
    watch.look(Some(&seen(8, 8, Phase::Paused)), later(1));
    assert_eq!(watch.look(Some(&seen(9, 9, Phase::Paused)), later(20)), [Step::Read(target())]);
    assert_eq!(watch.read(Err("timeout".into()), later(21)), []);
    assert_eq!(watch.look(Some(&seen(9, 9, Phase::Paused)), later(40)), [Step::Read(target())]);
    assert_eq!(outcome(&watch), "open");
    assert_eq!(watch.read(Ok(Some(&at(9, 9, paused()))), later(41)), [Step::Tell]);
    assert_eq!(outcome(&watch), "took-effect");
}

#[test]
fn a_scale_reads_its_generation_and_names_the_hpa() {
    let deed = deed(Verb::Scale, Args::Replicas(5), &deployment("web:3"));
    let answer = json!({"kind": "Scale", "metadata": {"uid": "web"}, "spec": {"replicas": 5}});
    let mut watch = Watch::accepted(deed, &answer, NOW);
    assert_eq!(watch.look(Some(&seen(7, 7, Phase::Healthy)), NOW), [Step::Read(target()), Step::Tell]);
    let five = with(at(8, 7, deployment("web:3")), "/spec/replicas", json!(5));
    assert_eq!(watch.read(Ok(Some(&five)), NOW), [Step::Tell]);
    assert_eq!(watch.deed.proof.generation, Some(8));
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Progressing)), later(1)), [Step::Tell]);
    assert_eq!(watch.look(Some(&seen(9, 9, Phase::Progressing)), later(16)), [Step::Read(target())]);
    let by = hand("kube-controller-manager", "scale", 15, &json!({"f:spec": {"f:replicas": {}}}));
    let two = managed(with(at(9, 9, deployment("web:3")), "/spec/replicas", json!(2)), &[by]);
    watch.read(Ok(Some(&two)), later(16));
    assert_eq!(outcome(&watch), "reverted: by an HPA (kube-controller-manager, scale) 15 s later: replicas is 2 now");
}

#[test]
fn scaled_to_nothing_the_answer_has_no_number() {
    let deed = deed(Verb::Scale, Args::Replicas(0), &deployment("web:3"));
    let mut watch = Watch::accepted(deed, &json!({"metadata": {"uid": "web"}, "spec": {}}), NOW);
    watch.look(None, NOW);
    let none = with(at(8, 8, deployment("web:3")), "/spec/replicas", json!(0));
    assert_eq!(watch.read(Ok(Some(&none)), later(1)), [Step::Tell]);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.observed), ("open", Some(later(1))));
}

#[test]
fn a_lost_answer_is_found_there() {
    let mut watch = Watch::lost(deed(Verb::Pause, Args::None, &deployment("web:3")), "connection reset", NOW);
    assert_eq!(watch.look(Some(&seen(7, 7, Phase::Healthy)), NOW), [Step::Read(target()), Step::Tell]);
    assert_eq!(outcome(&watch), "unknown: connection reset");
    assert_eq!(watch.read(Ok(Some(&at(8, 8, paused()))), later(1)), [Step::Tell]);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.accepted), ("open", Some(later(1))));
    watch.look(Some(&seen(8, 8, Phase::Paused)), later(2));
    holds(&mut watch, &seen(8, 8, Phase::Paused), 32);
    assert_eq!(outcome(&watch), "took-effect");
}

#[test]
fn a_view_that_stands_still_does_not_prove_that_it_held() {
    let mut watch = pausing();
    watch.look(Some(&seen(8, 8, Phase::Paused)), later(1));
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(31)), [Step::Read(target())]);
    let by = hand("kubectl-edit", "", 9, &json!({"f:spec": {}}));
    watch.read(Ok(Some(&managed(at(9, 9, deployment("web:3")), &[by]))), later(31));
    assert_eq!(outcome(&watch), "reverted: paused is no now; the spec was last written by kubectl-edit 9 s later");
}

#[test]
fn a_lost_answer_that_never_arrived_is_waited_for_and_then_said() {
    let mut watch = Watch::lost(deed(Verb::Pause, Args::None, &deployment("web:3")), "timeout", NOW);
    let mut asked = 0;
    for secs in 0..25 {
        let steps = watch.look(Some(&seen(7, 7, Phase::Healthy)), later(secs));
        if steps.contains(&Step::Read(target())) {
            asked += 1;
            watch.read(Ok(Some(&deployment("web:3"))), later(secs));
        }
    }
    assert_eq!(asked, 11, "every 2 s, for 20 s");
    assert_eq!(outcome(&watch), "never-sent: it did not arrive: the object is as it was, nothing was written");
}

#[test]
fn what_cannot_be_told_is_asked_once() {
    let lost = || {
        let mut watch = Watch::lost(deed(Verb::Pause, Args::None, &deployment("web:3")), "timeout", NOW);
        watch.look(None, NOW);
        watch
    };
    let mut watch = lost();
    watch.read(Ok(None), later(1));
    assert!(outcome(&watch).starts_with("unknown: deployment/web is gone"));
    assert_eq!(watch.look(None, later(9)), []);

    let mut watch = lost();
    assert_eq!(watch.read(Err("refused".into()), later(1)), []);
    assert_eq!(watch.look(None, later(3)), [Step::Read(target())]);
    assert_eq!(watch.read(Err("refused".into()), later(601)), []);
    assert_eq!(watch.read(Err("refused".into()), later(602)), [Step::Tell]);
    assert!(outcome(&watch).contains("cannot be read"));
    assert!(watch.is_over(later(602)));
}

#[test]
fn a_deployment_that_is_deleted_is_a_reversal() {
    let mut watch = pausing();
    assert_eq!(watch.look(None, later(3)), [Step::Read(target())]);
    watch.read(Ok(None), later(3));
    assert_eq!(outcome(&watch), "reverted: deployment/web was deleted");
}

#[test]
fn what_was_in_flight_when_its_program_died_is_looked_up() {
    let old = deed(Verb::Pause, Args::None, &deployment("web:3"));
    let mut unsent = Watch::resume(old.clone(), later(600));
    assert_eq!(unsent.look(None, later(600)), [Step::Read(target()), Step::Tell]);
    assert_eq!(unsent.read(Ok(Some(&deployment("web:3"))), later(601)), []);
    unsent.look(None, later(607));
    assert_eq!(unsent.read(Ok(Some(&deployment("web:3"))), later(607)), [Step::Tell]);
    assert!(outcome(&unsent).starts_with("never-sent"), "it had its time");

    let mut accepted = old;
    accepted.proof = Proof { accepted: Some(NOW), generation: Some(8), since: Some(NOW), ..Proof::default() };
    let mut watch = Watch::resume(accepted, later(600));
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(600)), [Step::Read(target()), Step::Tell]);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.done), ("open", None));
    assert_eq!(watch.read(Ok(Some(&at(8, 8, paused()))), later(601)), []);
    assert_eq!(watch.look(Some(&seen(8, 8, Phase::Paused)), later(602)), [Step::Tell]);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.done), ("open", Some(later(602))));
    holds(&mut watch, &seen(8, 8, Phase::Paused), 631);
    assert_eq!(outcome(&watch), "took-effect");
}

#[test]
fn a_server_that_stood_still_may_still_do_it_when_it_wakes_up() {
    let mut watch = Watch::lost(deed(Verb::Pause, Args::None, &deployment("web:3")), "no answer within 20 s", NOW);
    watch.look(None, NOW);
    watch.read(Err("no answer".into()), later(15));
    watch.look(None, later(60));
    assert_eq!(watch.read(Ok(Some(&deployment("web:3"))), later(60)), [], "its first answer after a minute");
    watch.look(None, later(62));
    assert_eq!(watch.read(Ok(Some(&at(8, 8, paused()))), later(62)), [Step::Tell]);
    assert_eq!((outcome(&watch).as_str(), watch.deed.proof.accepted), ("open", Some(later(62))));
}

#[test]
fn what_became_of_it_while_nobody_looked_is_no_reversal() {
    let mut old = deed(Verb::Pause, Args::None, &deployment("web:3"));
    old.proof = Proof { accepted: Some(NOW), generation: Some(8), since: Some(NOW), ..Proof::default() };
    let by = hand("helm", "", 86_000, &json!({"f:spec": {}}));
    let next_day = managed(at(12, 12, deployment("web:3")), &[by]);
    let mut watch = Watch::resume(old.clone(), later(90_000));
    watch.look(None, later(90_000));
    watch.read(Ok(Some(&next_day)), later(90_000));
    let says = "unknown: accepted; nobody watched whether it held. Since then: paused is no now; \
                the spec was last written by helm 86000 s later";
    assert_eq!(outcome(&watch), says);

    let mut again = Watch::resume(watch.deed.clone(), later(99_000));
    assert_eq!(again.look(None, later(99_000)), [Step::Read(target())]);
    assert_eq!(again.read(Ok(Some(&next_day)), later(99_000)), [], "it is not told at every start");

    // The context may name another cluster by now.
    let mut watch = Watch::resume(old.clone(), later(90_000));
    watch.look(None, later(90_000));
    watch.read(Ok(None), later(90_000));
    assert!(outcome(&watch).starts_with("unknown: accepted; nobody watched"), "{}", outcome(&watch));

    let mut watch = Watch::resume(old, later(20));
    watch.look(None, later(20));
    watch.read(Ok(Some(&managed(at(9, 9, deployment("web:3")), &[]))), later(20));
    assert!(outcome(&watch).starts_with("reverted: "), "within its time it is one");
}

#[test]
fn what_cannot_be_told_is_not_told_again_at_the_next_start() {
    let mut watch = Watch::resume(deed(Verb::Pause, Args::None, &deployment("web:3")), later(600));
    assert_eq!(watch.look(None, later(600)), [Step::Read(target()), Step::Tell]);
    assert_eq!(watch.read(Ok(None), later(600)), [Step::Tell]);
    let said = outcome(&watch);
    let mut next = Watch::resume(watch.deed, later(900));
    assert_eq!(next.look(None, later(900)), [Step::Read(target())]);
    assert_eq!(next.read(Ok(None), later(900)), []);
    assert_eq!((outcome(&next), next.is_over(later(900))), (said, true));
}
