//! Every verb by keystroke and as a command: kubectl agrees after each, and the audit log holds exactly one write, which is
//! the one that the journal holds.

use serde_json::Value;

use crate::{
    Verdict,
    audit::Audit,
    kube::{Lab, deployment, until},
    pty::{Terminal, frame},
    shift::{PATIENCE, SOON, Shift, WEB, back, card, confirm, patches, quit, typed},
};

const IMAGE: &str = ".spec.template.spec.containers[0].image";
const PAUSED: &str = ".spec.paused";
const REPLICAS: &str = ".spec.replicas";
const RESTARTED: &str = r".spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt";
const CAUSE: &str = r".metadata.annotations.kubernetes\.io/change-cause";

/// Confirms the card that is shown: it is sent once, as it was journaled, and the deck says that it was accepted.
fn done(shift: &Shift<'_>, deck: &mut Terminal, audit: &Audit<'_>) -> Verdict {
    let before = shift.journal().iter().filter(|line| line["event"] == "intended").count();
    confirm(deck, "a story")?;
    shift.wait_for_observed(before + 1).map_err(|why| format!("{why}\n{}", frame(&deck.text())))?;
    shift.one_write(audit)?;
    let last = shift.journal().into_iter().rfind(|line| line["event"] == "intended").unwrap_or_default();
    if last["reason"] == "a story" { Ok(()) } else { Err(format!("the reason is not in the journal: {last:#}")) }
}

/// One key, its card, enter; then kubectl sees what was wanted.
fn key(shift: &Shift<'_>, deck: &mut Terminal, keys: &str, (field, wanted): (&str, &str)) -> Verdict {
    let audit = Audit::start(shift.lab);
    card(deck, keys)?;
    done(shift, deck, &audit).map_err(|why| format!("{keys}: {why}"))?;
    shift.kubectl_sees(field, wanted).map_err(|why| format!("{keys}: {why}"))
}

pub(crate) fn by_key(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-keys", 4)?;
    let mut deck = shift.deck()?;
    key(&shift, &mut deck, "P", (PAUSED, "true"))?;
    deck.see_words("paused", SOON)?;
    key(&shift, &mut deck, "R", (PAUSED, ""))?;
    typed(&mut deck, "i", "app=registry.example/web:2")?;
    key(&shift, &mut deck, "", (IMAGE, "registry.example/web:2"))?;
    if shift.field(CAUSE)?.is_empty() {
        return Err("no change-cause came with the image".into());
    }
    shift.rolled_out()?;
    key(&shift, &mut deck, "u", (IMAGE, "registry.example/web:1"))?;
    shift.rolled_out()?;
    key(&shift, &mut deck, "X", (IMAGE, "registry.example/web:1"))?;
    if shift.field(RESTARTED)?.is_empty() {
        return Err("no restartedAt in the template".into());
    }
    shift.rolled_out()?;
    typed(&mut deck, "s", "6")?;
    key(&shift, &mut deck, "", (REPLICAS, "6"))?;
    shift.rolled_out()?;
    deck.see_words("6/6", PATIENCE)?;
    undo_while_paused(&shift, &mut deck)?;
    undo_from_history(&shift, &mut deck)?;
    shift.rolled_out()?;
    deck.see("the last action has taken effect", PATIENCE, |text| text.contains("took effect"))?;
    quit(deck)
}

/// A paused Deployment with an image that must never roll in: one patch brings the old template and takes the pause away.
fn undo_while_paused(shift: &Shift<'_>, deck: &mut Terminal) -> Verdict {
    shift.place.kubectl(&["rollout", "pause", WEB])?;
    shift.set_image("9-bad")?;
    deck.see_words("paused", SOON)?;
    let audit = Audit::start(shift.lab);
    let text = card(deck, "u")?;
    if !text.contains("resume") {
        return Err(format!("the card does not say that it resumes\n{}", frame(&text)));
    }
    done(shift, deck, &audit)?;
    shift.kubectl_sees(PAUSED, "")?;
    shift.rolled_out()?;
    let images = shift.place.kubectl(&[
        "get",
        "replicasets",
        "-o",
        "jsonpath={.items[*].spec.template.spec.containers[0].image}",
    ])?;
    if images.contains("9-bad") { Err(format!("the bad template rolled in: {images}")) } else { Ok(()) }
}

/// The oldest revision of the screen of history, by `u` there.
fn undo_from_history(shift: &Shift<'_>, deck: &mut Terminal) -> Verdict {
    let (revision, image) = oldest(shift)?;
    deck.type_keys("H")?;
    deck.see_words(&image, SOON)?;
    deck.type_keys("G")?;
    let audit = Audit::start(shift.lab);
    let text = card(deck, "u")?;
    if !text.contains(&format!("revision {revision}")) {
        return Err(format!("the card is not about revision {revision}\n{}", frame(&text)));
    }
    done(shift, deck, &audit)?;
    shift.kubectl_sees(IMAGE, &image)?;
    back(deck, "undo to it")
}

/// The oldest revision by kubectl, and its image.
fn oldest(shift: &Shift<'_>) -> Result<(u64, String), String> {
    let history = shift.place.kubectl(&["rollout", "history", WEB])?;
    let numbers = history.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    let revision = numbers.min().ok_or_else(|| format!("no revisions:\n{history}"))?;
    let shown = shift.place.kubectl(&["rollout", "history", WEB, &format!("--revision={revision}")])?;
    let image = shown.lines().find_map(|line| line.trim().strip_prefix("Image:").map(|image| image.trim().to_string()));
    image.map(|image| (revision, image)).ok_or_else(|| format!("no image:\n{shown}"))
}

pub(crate) fn by_plan(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-plan", 4)?;
    let audit = Audit::start(lab);
    printed(&shift)?;
    let sent = audit.writes(&shift.place.name)?;
    if !sent.is_empty() {
        return Err(format!("a plan without --apply wrote: {sent:#?}"));
    }
    shift.apply("pause", &[])?;
    shift.kubectl_sees(PAUSED, "true")?;
    // kubectl refuses what makes no sense; so do we, without asking the server to do it.
    for verb in ["pause", "restart"] {
        let audit = Audit::start(lab);
        shift.plan(verb, &["--apply"])?.expect(3)?.says(&["paused"])?;
        audit.no_write_done(&shift.place.name)?;
    }
    shift.apply("resume", &[])?;
    shift.kubectl_sees(PAUSED, "")?;
    shift.apply("set-image", &["app=registry.example/web:2", "--cause", "release two"])?;
    shift.kubectl_sees(IMAGE, "registry.example/web:2")?;
    shift.kubectl_sees(CAUSE, "release two")?;
    let second = r#"{.items[?(@.spec.template.spec.containers[0].image=="registry.example/web:2")].metadata.annotations.kubernetes\.io/change-cause}"#;
    until(SOON, || {
        let cause = shift.place.kubectl(&["get", "replicasets", "-o", &format!("jsonpath={second}")])?;
        if cause == "release two" { Ok(()) } else { Err(format!("the cause of its ReplicaSet: {cause:?}")) }
    })?;
    shift.apply("undo", &[])?;
    shift.kubectl_sees(IMAGE, "registry.example/web:1")?;
    shift.apply("undo", &["--to-revision", "2"])?;
    shift.kubectl_sees(IMAGE, "registry.example/web:2")?;
    shift.apply("restart", &[])?;
    if shift.field(RESTARTED)?.is_empty() {
        return Err("no restartedAt in the template".into());
    }
    shift.apply("scale", &["--replicas", "0"])?;
    shift.kubectl_sees(REPLICAS, "0")?;
    shift.apply("scale", &["--replicas", "3"])?;
    shift.kubectl_sees(REPLICAS, "3")?;
    shift.plan("undo", &["--to-revision", "77", "--apply"])?.expect(3)?.says(&["77"])?;
    shift.plan("scale", &["--replicas", "-1", "--apply"])?.expect(2)?;
    let answer = shift.run(&["plan", "pause", "deployment/nothing", "--apply"])?.expect(1)?;
    answer.says(&["nothing"])?;
    shift.plan("pause", &["--apply", "--reason", "held"])?.expect(0)?.says(&["took effect"]).map(|_| ())
}

/// The card as text and as JSON, of every verb: nothing but dry runs is sent for it.
fn printed(shift: &Shift<'_>) -> Verdict {
    let verbs: [(&str, &[&str], &str); 4] = [
        ("pause", &[], "kubectl rollout pause"),
        ("restart", &[], "kubectl rollout restart"),
        ("scale", &["--replicas", "7"], "kubectl scale"),
        ("set-image", &["app=registry.example/web:8"], "kubectl set image"),
    ];
    for (verb, arguments, kubectl) in verbs {
        shift.plan(verb, arguments)?.expect(0)?.says(&[kubectl, "dry run"])?;
        let all: Vec<&str> = arguments.iter().chain(&["--output", "json"]).copied().collect();
        let answer = shift.plan(verb, &all)?.expect(0)?;
        let card: Value = serde_json::from_str(&answer.out).map_err(|e| format!("{e}:\n{}", frame(&answer.out)))?;
        if patches(&card).len() != 1 {
            return Err(format!("{verb}: not one request in {card:#}"));
        }
    }
    shift.plan("resume", &[])?.expect(3)?.says(&["not paused"]).map(|_| ())
}

/// kubectl undoes one of two twins, rolldeck the other: template and annotations are the same afterwards.
pub(crate) fn undo_twins(lab: &Lab) -> Verdict {
    let ours = Shift::begin(lab, "story-twin")?;
    let theirs = Shift::begin(lab, "story-twin-kubectl")?;
    for twin in [&ours, &theirs] {
        twin.place.apply(&deployment("web", 3, "registry.example/web:1"))?;
        twin.place.kubectl(&["annotate", WEB, "kubernetes.io/change-cause=first", "team=shop"])?;
        twin.rolled_out()?;
        twin.set_image("2")?;
        twin.place.kubectl(&[
            "annotate",
            WEB,
            "--overwrite",
            "kubernetes.io/change-cause=second",
            "later=yes",
            "team-",
        ])?;
        twin.rolled_out()?;
        twin.place.kubectl(&["patch", WEB, "-p", r#"{"spec":{"template":{"spec":{"dnsPolicy":"Default","containers":[{"name":"app","env":[{"name":"A","value":"1"}]}]}}}}"#])?;
        twin.rolled_out()?;
    }
    for target in [None, Some("1")] {
        let revision = target.map(|n| format!("--to-revision={n}"));
        let all: Vec<&str> = ["rollout", "undo", WEB].into_iter().chain(revision.as_deref()).collect();
        theirs.place.kubectl(&all)?;
        let arguments: Vec<&str> = target.iter().flat_map(|n| ["--to-revision", n]).collect();
        ours.apply("undo", &arguments)?;
        for twin in [&ours, &theirs] {
            twin.rolled_out()?;
        }
        let (ours, theirs) = (picture(&ours)?, picture(&theirs)?);
        if ours != theirs {
            return Err(format!("undo to {target:?} differs:\n  rolldeck {ours:#}\n  kubectl {theirs:#}"));
        }
    }
    Ok(())
}

/// Template and annotations of `web`, whatever its namespace.
fn picture(shift: &Shift<'_>) -> Result<Value, String> {
    let text = shift.place.kubectl(&["get", WEB, "-o", "json"])?;
    let text = text.replace(&format!(r#"\"namespace\":\"{}\""#, shift.place.name), r#"\"namespace\":\"here\""#);
    let object: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
    Ok(serde_json::json!({"template": object["spec"]["template"], "annotations": object["metadata"]["annotations"]}))
}
