//! What the proof says when an action does not hold: somebody reverses it, the controller does not see it, the answer is lost.

use std::time::Duration;

use crate::{
    Verdict,
    audit::Audit,
    kube::{Lab, deployment, until},
    shift::{PATIENCE, SOON, Shift, WEB, card, confirm, finish, quit},
};

const PAUSED: &str = ".spec.paused";
/// The HPA looks every 15 s, a proof holds after 30.
const HELD: Duration = Duration::from_secs(50);

const HPA: &str = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
";

/// An HPA takes a scale back. The card warns of it, the proof catches it and says who.
pub(crate) fn autoscaler(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-hpa", 3)?;
    shift.place.apply(HPA)?;
    until(PATIENCE, || {
        let seen = shift.place.kubectl(&["get", "hpa", "web", "-o", "jsonpath={.status.conditions[*].type}"])?;
        if seen.contains("AbleToScale") { Ok(()) } else { Err(format!("the HPA does not work: {seen}")) }
    })?;
    let answer = shift.plan("scale", &["--replicas", "12"])?.expect(0)?;
    answer.says(&["HPA", "web", "2", "5"])?;
    let audit = Audit::start(lab);
    let answer = shift.plan("scale", &["--replicas", "12", "--apply"])?.expect(4)?;
    answer.says(&["reverted", "kube-controller-manager", "scale", "5"])?;
    shift.kubectl_sees(".spec.replicas", "5")?;
    shift.one_write(&audit)?;
    shift.wait_for_journal("reverted", 1)
}

/// A second manager takes the pause away: caught by the deck's proof and by the command's, and named.
pub(crate) fn second_manager(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-second", 2)?;
    // The whole manifest: kubectl hands over to it what was applied before.
    let manifest =
        deployment("web", 2, "registry.example/web:1").replacen("\nspec:\n", "\nspec:\n  paused: false\n", 1);
    let meddle = || shift.place.apply_as("second", &manifest);
    let mut deck = shift.deck()?;
    let audit = Audit::start(lab);
    card(&mut deck, "P")?;
    confirm(&mut deck, "")?;
    shift.wait_for_observed(1)?;
    meddle()?;
    deck.see("reverted, by whom", SOON, |text| text.contains("reverted") && text.contains("second"))?;
    shift.one_write(&audit)?;
    quit(deck)?;
    // The field was given back by the apply: the next pause takes it again.
    let audit = Audit::start(lab);
    let arguments = ["plan", "pause", WEB, "--apply"];
    let child = shift.start(&arguments)?;
    shift.wait_for_observed(2)?;
    meddle()?;
    finish(child, &arguments)?.expect(4)?.says(&["reverted", "second"])?;
    shift.one_write(&audit)?;
    shift.kubectl_sees(PAUSED, "")
}

/// A controller-manager that stands still: accepted, and not observed, with an exit code of its own; then it goes on.
pub(crate) fn frozen_controller(lab: &Lab) -> Verdict {
    let own = lab.at("lab-frozen");
    own.script("up", &["--port-base", "17100", "--nodes", "2"])?;
    let verdict = frozen(&own);
    let _ = own.signal("kube-controller-manager", "-CONT");
    own.script("down", &["--wipe"])?;
    verdict
}

fn frozen(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-frozen", 2)?;
    let mut deck = shift.deck()?;
    lab.signal("kube-controller-manager", "-STOP")?;
    let audit = Audit::start(lab);
    let answer = shift.plan("pause", &["--apply", "--timeout", "60s"])?.expect(6)?;
    answer.says(&["accepted", "not observed"])?;
    shift.kubectl_sees(PAUSED, "true")?;
    shift.one_write(&audit)?;
    card(&mut deck, "R")?;
    confirm(&mut deck, "")?;
    deck.see("accepted, not observed", Duration::from_secs(20), |text| text.contains("not observed"))?;
    lab.signal("kube-controller-manager", "-CONT")?;
    deck.see("it took effect after all", HELD, |text| text.contains("took effect"))?;
    quit(deck)
}

/// The answer to a write is lost on the wire: unknown, then resolved by reading, and never sent again.
pub(crate) fn lost_answer(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-lost", 2)?;
    let relay = shift.relay()?;
    let mut deck = shift.deck()?;
    let audit = Audit::start(lab);
    card(&mut deck, "P")?;
    relay.lose_answers();
    confirm(&mut deck, "")?;
    audit.wait_for_a_write(&shift.place.name)?;
    relay.cut();
    deck.see("the outcome is unknown", PATIENCE, |text| text.contains("unknown"))?;
    shift.wait_for_journal("unknown", 1)?;
    relay.mend();
    deck.see("resolved by reading", PATIENCE, |text| text.contains("took effect"))?;
    shift.one_write(&audit)?;
    shift.kubectl_sees(PAUSED, "true")?;
    // A request that never arrives is not there afterwards either, and is not sent again by itself.
    let audit = Audit::start(lab);
    deck.see_words("● live", PATIENCE)?;
    card(&mut deck, "R")?;
    relay.hold_requests();
    confirm(&mut deck, "")?;
    shift.wait_for_journal("intended", 2)?;
    relay.cut();
    relay.mend();
    deck.see("it did not arrive", PATIENCE, |text| text.contains("never sent"))?;
    let sent = audit.writes(&shift.place.name)?;
    if !sent.is_empty() {
        return Err(format!("a request that was lost was sent: {sent:#?}"));
    }
    shift.kubectl_sees(PAUSED, "true")?;
    quit(deck)
}
