//! Steering while other things happen: a rollout that never stands still, somebody who changes the object between card and
//! enter, and a history of bad releases.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Verdict,
    audit::Audit,
    kube::{Lab, until},
    pty::frame,
    shift::{PATIENCE, SOON, Shift, WEB, back, card, choose_confirm, confirm, is_card, quit, typed},
};

const IMAGE: &str = ".spec.template.spec.containers[0].image";

/// Twenty pods are being replaced, and resourceVersion moves all the time: every verb goes through at the first try.
pub(crate) fn while_rolling(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-rolling", 20)?;
    let mut deck = shift.deck()?;
    let version = || shift.field(".metadata.resourceVersion");
    let keys: [(&str, &str, &str, &str); 4] = [
        ("P", "", ".spec.paused", "true"),
        ("R", "", ".spec.paused", ""),
        ("s", "24", ".spec.replicas", "24"),
        ("u", "", IMAGE, "registry.example/web:4"),
    ];
    for (number, (key, text, field, wanted)) in keys.into_iter().enumerate() {
        if key != "R" {
            shift.set_image(&format!("{}", number + 2))?;
        }
        let before = version()?;
        let audit = Audit::start(lab);
        if text.is_empty() {
            deck.type_keys(key)?;
        } else {
            typed(&mut deck, key, text)?;
        }
        card(&mut deck, "")?;
        if key != "R" {
            until(SOON, || if version()? == before { Err("resourceVersion stands still".into()) } else { Ok(()) })?;
        }
        confirm(&mut deck, "")?;
        shift.kubectl_sees(field, wanted).map_err(|why| format!("{key}: {why}\n{}", frame(&deck.text())))?;
        shift.one_write(&audit).map_err(|why| format!("{key}: {why}"))?;
        if key == "P" {
            continue;
        }
        shift.rolled_out()?;
    }
    shift.set_image("7")?;
    shift.apply("scale", &["--replicas", "20"])?;
    quit(deck)
}

/// The object is changed by kubectl while a card is open: nothing is written, who and what is named, a fresh card is there.
pub(crate) fn changed_in_between(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-between", 3)?;
    shift.set_image("2")?;
    shift.rolled_out()?;
    let relay = shift.relay()?;
    let mut deck = shift.deck()?;
    // A new image under an undo, before the deck hears of it: the server refuses what the card says.
    let audit = Audit::start(lab);
    card(&mut deck, "u")?;
    choose_confirm(&mut deck)?;
    shift.refused_behind_its_back((&mut deck, &relay, &audit), || shift.set_image("3"))?;
    deck.see("a fresh card that says what was changed, and by whom", SOON, |text| {
        text.contains("changed: ") && text.contains("kubectl-set") && text.contains("web:3") && is_card(text)
    })?;
    audit.no_write_done(&shift.place.name)?;
    shift.kubectl_sees(IMAGE, "registry.example/web:3")?;
    // The fresh card is about the object as it is now.
    shift.rolled_out()?;
    let audit = Audit::start(lab);
    card(&mut deck, "")?;
    confirm(&mut deck, "")?;
    shift.kubectl_sees(IMAGE, "registry.example/web:2")?;
    shift.one_write(&audit)?;
    shift.rolled_out()?;
    // Another number of pods under a scale that the deck does hear of: the card is another one by itself.
    let audit = Audit::start(lab);
    typed(&mut deck, "s", "5")?;
    card(&mut deck, "")?;
    shift.place.kubectl(&["scale", WEB, "--replicas=4"])?;
    deck.see("a fresh card that says what was changed, and by whom", SOON, |text| {
        text.contains("changed: ") && text.contains("by kubectl") && text.contains("4 → 5") && is_card(text)
    })?;
    back(&mut deck, "confirm ]")?;
    audit.no_write_done(&shift.place.name)?;
    shift.kubectl_sees(".spec.replicas", "4")?;
    quit(deck)
}

/// Several releases, the newest ones bad: undo goes to the newest that has pods that serve, and says what kubectl would do.
pub(crate) fn undo_after_bad(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-bad", 4)?;
    for tag in ["2-bad", "3-bad"] {
        shift.set_image(tag)?;
        until(PATIENCE, || {
            let pods = shift.place.kubectl(&["get", "pods"])?;
            if pods.contains("ImagePull") { Ok(()) } else { Err(pods) }
        })?;
        until(SOON, || {
            let sets = shift.place.kubectl(&["get", "replicasets", "-o", "wide"])?;
            if sets.contains(tag) { Ok(()) } else { Err(sets) }
        })?;
    }
    let answer = shift.plan("undo", &[])?.expect(0)?;
    answer.says(&["revision 1", "web:1", "kubectl", "revision 2", "web:2-bad"])?;
    let answer = shift.plan("undo", &["--output", "json"])?.expect(0)?;
    let card_of: Value = serde_json::from_str(&answer.out).map_err(|e| e.to_string())?;
    if !card_of.to_string().contains("web:2-bad") {
        return Err(format!("the JSON does not say where kubectl would go: {card_of:#}"));
    }
    let mut deck = shift.deck()?;
    let text = card(&mut deck, "u")?;
    for words in ["revision 1", "web:1", "revision 2", "2-bad", "3-bad"] {
        if !text.contains(words) {
            return Err(format!("the card does not say {words:?}\n{}", frame(&text)));
        }
    }
    let audit = Audit::start(lab);
    confirm(&mut deck, "bad twice")?;
    shift.kubectl_sees(IMAGE, "registry.example/web:1")?;
    shift.one_write(&audit)?;
    shift.place.kubectl(&["rollout", "status", WEB, "--timeout=60s"])?;
    deck.see("healthy again", PATIENCE, |text| text.contains("healthy") && text.contains("4/4"))?;
    quit(deck)?;
    without_evidence(&shift)
}

/// Where no other revision has pods, kubectl's rule is followed, and that is said.
fn without_evidence(shift: &Shift<'_>) -> Verdict {
    shift.set_image("5")?;
    shift.rolled_out()?;
    until(Duration::from_secs(30), || {
        let images = shift.place.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}"])?;
        if images.split_whitespace().all(|image| image.ends_with("web:5")) { Ok(()) } else { Err(images) }
    })?;
    shift.plan("undo", &[])?.expect(0)?.says(&["web:1", "kubectl", "no other revision"]).map(|_| ())
}
