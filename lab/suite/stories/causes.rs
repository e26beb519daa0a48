//! The deck names each cause in the right words within a second of the API server knowing it.

use std::{
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use super::watching::{open, running, same_as_fresh};
use crate::{
    Verdict,
    kube::{Lab, Namespace, until},
    pty::{Terminal, frame},
};

const PATIENCE: Duration = Duration::from_mins(1);
/// The promise: said within a second of the API server knowing it.
const PROMISE: Duration = Duration::from_secs(1);

/// Makes something happen and waits until both kubectl and the deck know it; the deck may be later by no more than promised.
fn said_in_time(
    place: &Namespace<'_>,
    deck: &mut Terminal,
    known: (&[&str], &str),
    words: &[&str],
    cause: impl FnOnce() -> Result<String, String>,
) -> Verdict {
    let (sender, told) = channel();
    let (arguments, pattern) = (known.0.iter().map(ToString::to_string).collect::<Vec<_>>(), known.1.to_string());
    cause()?;
    thread::scope(|scope| {
        scope.spawn(move || {
            let started = Instant::now();
            while started.elapsed() < PATIENCE {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                if place.kubectl(&arguments).is_ok_and(|said| said.contains(&pattern)) {
                    let _ = sender.send(Instant::now());
                    return;
                }
            }
        });
        let seen = deck
            .see(&format!("{words:?}"), PATIENCE, |text| words.iter().all(|w| text.contains(w)))
            .map(|_| Instant::now());
        let known = told.recv_timeout(PATIENCE).map_err(|_| format!("kubectl never saw {:?}", known.1))?;
        let late = seen?.saturating_duration_since(known);
        println!("        {words:?} {} ms after kubectl saw it", late.as_millis());
        if late <= PROMISE { Ok(()) } else { Err(format!("said {late:?} after the API server knew it")) }
    })
}

/// kubectl's view of the containers' waiting reasons.
const REASONS: &[&str] =
    &["get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}"];

fn deck_of(lab: &Lab, place: &Namespace<'_>) -> Result<Terminal, String> {
    let mut deck = open(lab, &["-n", &place.name, "deployment/web"], (140, 45))?;
    deck.see_words("● live", PATIENCE)?;
    Ok(deck)
}

pub(crate) fn bad_image(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-image")?;
    running(&place, 20)?;
    let mut deck = deck_of(lab, &place)?;
    let cause = || place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:bad"]);
    said_in_time(&place, &mut deck, (REASONS, "ErrImagePull"), &["stuck", "image pull"], cause)?;
    deck.see("the old version still serves", PATIENCE, |text| text.contains("web:1") && text.contains("web:bad"))?;
    same_as_fresh(lab, deck, &["-n", &place.name, "deployment/web"])
}

pub(crate) fn crash_loop(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-crash")?;
    running(&place, 20)?;
    let mut deck = deck_of(lab, &place)?;
    let cause = || place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:crash"]);
    said_in_time(&place, &mut deck, (REASONS, "CrashLoopBackOff"), &["stuck", "crash loop"], cause)?;
    // The last five lines of what kubectl logs --previous prints.
    let restarts =
        "jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}";
    let mut pod = String::new();
    until(PATIENCE, || {
        let lines = place.kubectl(&["get", "pods", "-o", restarts])?;
        let mut counts = lines.lines().filter_map(|line| line.split_once(' '));
        let crashed = counts.find(|(_, n)| n.parse::<u32>().is_ok_and(|n| n > 0));
        pod = crashed.ok_or(lines.clone())?.0.to_string();
        Ok(())
    })?;
    let log = place.kubectl(&["logs", &pod, "--previous", "--tail=5"])?;
    let last = log.lines().last().unwrap_or_default().trim();
    let last: String = last.chars().take(40).collect();
    if last.is_empty() {
        return Err("the lab has no previous log".into());
    }
    deck.see_words(&last, PATIENCE)?;
    deck.see_words("exit", PATIENCE).map(|_| ())
}

pub(crate) fn paused_midway(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-pause")?;
    running(&place, 20)?;
    let mut deck = deck_of(lab, &place)?;
    place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:slow"])?;
    deck.see_words("web:slow", PATIENCE)?;
    let paused: &[&str] = &["get", "deployment", "web", "-o", "jsonpath=paused={.spec.paused}"];
    said_in_time(&place, &mut deck, (paused, "paused=true"), &["paused"], || {
        place.kubectl(&["rollout", "pause", "deployment/web"])
    })?;
    thread::sleep(Duration::from_secs(3));
    let text = deck.text();
    if !(text.contains("web:1") && text.contains("web:slow")) {
        return Err(format!("both versions should stay on screen\n{}", frame(&text)));
    }
    place.kubectl(&["rollout", "resume", "deployment/web"])?;
    deck.see("progressing again", PATIENCE, |text| text.contains("progressing")).map(|_| ())
}

pub(crate) fn quota(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-quota")?;
    running(&place, 10)?;
    place.kubectl(&["create", "quota", "small-quota", "--hard=pods=10"])?;
    let mut deck = deck_of(lab, &place)?;
    let cause = || {
        place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:2"])?;
        place.kubectl(&["scale", "deployment/web", "--replicas=20"])
    };
    let failure: &[&str] =
        &["get", "deployment", "web", "-o", "jsonpath={.status.conditions[?(@.type=='ReplicaFailure')].message}"];
    said_in_time(&place, &mut deck, (failure, "exceeded quota"), &["quota", "small-quota"], cause)
}

pub(crate) fn config_missing(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-config")?;
    running(&place, 4)?;
    let mut deck = deck_of(lab, &place)?;
    let cause = || place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:config"]);
    said_in_time(&place, &mut deck, (REASONS, "CreateContainerConfigError"), &["stuck", "web-config"], cause)
}

pub(crate) fn unschedulable(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-sched")?;
    running(&place, 4)?;
    let mut deck = deck_of(lab, &place)?;
    let patch = r#"{"spec":{"template":{"spec":{"nodeSelector":{"disk":"of-diamond"}}}}}"#;
    let cause = || place.kubectl(&["patch", "deployment", "web", "-p", patch]);
    let reasons: &[&str] =
        &["get", "pods", "-o", "jsonpath={.items[*].status.conditions[?(@.type=='PodScheduled')].reason}"];
    said_in_time(&place, &mut deck, (reasons, "Unschedulable"), &["stuck", "unschedulable"], cause)
}

/// One Deployment of 20 through all of it, under one deck that stays open; in the end it equals a fresh start.
pub(crate) fn whole_day(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-day")?;
    running(&place, 20)?;
    let mut deck = deck_of(lab, &place)?;
    let image =
        |tag: &str| place.kubectl(&["set", "image", "deployment/web", &format!("app=registry.example/web:{tag}")]);
    image("2")?;
    deck.see("v1 and v2 side by side", PATIENCE, |text| text.contains("web:1") && text.contains("web:2"))?;
    deck.see("v2 everywhere", PATIENCE, |text| text.contains("healthy") && text.contains("20/20 ready"))?;
    let stuck: &[(&str, &str, &[&str])] = &[
        ("3-bad", "ErrImagePull", &["stuck: image pull", "web:3-bad", "web:2"]),
        ("4-crash", "CrashLoopBackOff", &["stuck: crash loop", "web:4-crash", "web:2"]),
    ];
    for (tag, reason, words) in stuck {
        said_in_time(&place, &mut deck, (REASONS, reason), words, || image(tag))?;
    }
    image("5-slow")?;
    deck.see("the slow version on its way", PATIENCE, |text| text.contains("new ·") && text.contains("web:5-slow"))?;
    let paused: &[&str] = &["get", "deployment", "web", "-o", "jsonpath=paused={.spec.paused}"];
    let pause = || place.kubectl(&["rollout", "pause", "deployment/web"]);
    said_in_time(&place, &mut deck, (paused, "paused=true"), &["paused mid-way", "web:5-slow", "web:2"], pause)?;
    place.kubectl(&["create", "quota", "small-quota", "--hard=pods=22"])?;
    let failure: &[&str] =
        &["get", "deployment", "web", "-o", "jsonpath={.status.conditions[?(@.type=='ReplicaFailure')].message}"];
    let resume = || {
        image("6")?;
        place.kubectl(&["rollout", "resume", "deployment/web"])?;
        place.kubectl(&["scale", "deployment/web", "--replicas=30"])
    };
    said_in_time(&place, &mut deck, (failure, "exceeded quota"), &["quota", "small-quota"], resume)?;
    place.kubectl(&["delete", "quota", "small-quota"])?;
    place.kubectl(&["rollout", "status", "deployment/web", "--timeout=180s"])?;
    deck.see("healthy again", PATIENCE, |text| text.contains("healthy") && text.contains("30/30 ready"))?;
    same_as_fresh(lab, deck, &["-n", &place.name, "deployment/web"])
}
