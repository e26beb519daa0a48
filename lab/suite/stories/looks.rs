//! What an operator looks at before and after steering: logs, history, differences, the journal. kubectl says what is right.

use crate::{
    Verdict,
    kube::{Lab, deployment, until},
    shift::{PATIENCE, SOON, Shift, WEB, back, card, confirm, quit},
};

/// Log lines of a pod and of a whole version are those that kubectl prints; they are searched and the previous run is shown.
pub(crate) fn logs(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-logs", 3)?;
    let pods = shift.place.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"])?;
    let pods: Vec<&str> = pods.split_whitespace().collect();
    let first = pods.first().ok_or("no pods")?;
    let mut deck = shift.deck()?;
    deck.type_keys("L")?;
    let printed = shift.place.kubectl(&["logs", first])?;
    for line in printed.lines().filter(|line| !line.is_empty()) {
        let words: String = line.chars().take(50).collect();
        deck.see(&format!("{words:?} of every pod"), SOON, |text| text.matches(&words).count() >= pods.len())?;
    }
    for pod in &pods {
        // The last part of a name is enough to tell pods apart.
        let tail = pod.rsplit('-').next().unwrap_or(pod);
        deck.see_words(tail, SOON)?;
    }
    deck.type_keys("/attempt=2\r")?;
    deck.see_words("attempt=2", SOON)?;
    back(&mut deck, "attempt=2")?;
    deck.see_words("current ·", SOON)?;
    quit(deck)?;
    previous_run(&shift)
}

/// The run before the last restart, and the current one again.
fn previous_run(shift: &Shift<'_>) -> Verdict {
    shift.place.apply(&deployment("loop", 1, "registry.example/loop:1-crash"))?;
    let pod = "jsonpath={.items[0].metadata.name} {.items[0].status.containerStatuses[0].restartCount}";
    let mut name = String::new();
    until(PATIENCE, || {
        let said = shift.place.kubectl(&["get", "pods", "-l", "app=loop", "-o", pod])?;
        let (pod, restarts) = said.split_once(' ').ok_or("no pod yet")?;
        name = pod.to_string();
        if restarts.parse::<u32>().is_ok_and(|n| n > 0) { Ok(()) } else { Err(format!("no restart: {said}")) }
    })?;
    let previous = shift.place.kubectl(&["logs", &name, "--previous"])?;
    let panic = previous.lines().find(|line| line.starts_with("panic")).ok_or("the lab has no panic to show")?;
    let panic: String = panic.chars().take(40).collect();
    let mut deck = shift.open(&["deployment/loop"])?;
    deck.see_words("crash", SOON)?;
    deck.type_keys("L")?;
    deck.see_words("configuration read", SOON)?;
    deck.type_keys("p")?;
    deck.see_words(&panic, SOON)?;
    deck.type_keys("p")?;
    deck.see("the current run again", SOON, |text| text.contains("listening") && !text.contains(&panic))?;
    quit(deck)
}

/// Revisions with images and causes as kubectl lists them, and the difference of templates.
pub(crate) fn history_and_diff(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-history", 2)?;
    shift.place.kubectl(&["annotate", WEB, "kubernetes.io/change-cause=the first"])?;
    let changes = [
        (
            r#"{"containers":[{"name":"app","image":"registry.example/web:2","env":[{"name":"MODE","value":"fast"}]}]}"#,
            "the second",
        ),
        (
            r#"{"containers":[{"name":"app","image":"registry.example/web:3","resources":{"limits":{"memory":"96Mi"}}}]}"#,
            "the third",
        ),
    ];
    for (spec, cause) in changes {
        let annotations = format!(r#"{{"annotations":{{"kubernetes.io/change-cause":"{cause}"}}}}"#);
        let patch = format!(r#"{{"metadata":{annotations},"spec":{{"template":{{"spec":{spec}}}}}}}"#);
        shift.place.kubectl(&["patch", WEB, "-p", &patch])?;
        shift.rolled_out()?;
    }
    let history = shift.place.kubectl(&["rollout", "history", WEB])?;
    let mut deck = shift.deck()?;
    deck.type_keys("H")?;
    for line in history.lines().skip(2).filter(|line| !line.trim().is_empty()) {
        let (revision, cause) = line.trim().split_once(char::is_whitespace).ok_or_else(|| history.clone())?;
        let cause = cause.trim();
        deck.see(&format!("revision {revision}, {cause:?} in one row"), SOON, |text| {
            text.lines().any(|row| row.contains(cause) && row.contains(&format!("web:{revision}")))
        })?;
    }
    // The oldest against what runs: image, variable and limit, each with the old and the new.
    deck.type_keys("G\r")?;
    deck.see("the difference", SOON, |text| {
        ["web:1", "web:3", "MODE", "fast", "96Mi"].iter().all(|words| text.contains(words))
    })?;
    back(&mut deck, "MODE")?;
    deck.see_words("the second", SOON)?;
    // Two revisions of which neither runs: the marked one and another.
    deck.type_keys("Gmkd")?;
    deck.see("revision 1 against 2", SOON, |text| {
        text.contains("web:1") && text.contains("web:2") && text.contains("MODE") && !text.contains("96Mi")
    })?;
    back(&mut deck, "MODE")?;
    deck.see_words("the second", SOON)?;
    back(&mut deck, "the second")?;
    deck.type_keys("d")?;
    deck.see("what the newest version changed", SOON, |text| {
        text.contains("web:2") && text.contains("web:3") && text.contains("96Mi")
    })?;
    quit(deck)
}

/// What was done is in the journal's screen, by whom, why and with which outcome; also in the next run.
pub(crate) fn journal(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-journal", 2)?;
    let mut deck = shift.deck()?;
    card(&mut deck, "P")?;
    confirm(&mut deck, "waiting for the database")?;
    shift.wait_for_observed(1)?;
    shift.plan("scale", &["--replicas", "3", "--apply", "--reason", "by a script", "--until", "done"])?.expect(0)?;
    deck.type_keys("J")?;
    let row = |text: &str, words: &[&str]| text.lines().any(|line| words.iter().all(|word| line.contains(word)));
    deck.see("the pause has taken effect", PATIENCE, |text| row(text, &["pause", "took effect"]))?;
    quit(deck)?;
    // In the next run both are there, the newest first and unfolded.
    let mut deck = shift.deck()?;
    deck.type_keys("J")?;
    deck.see("both actions", SOON, |text| row(text, &["pause", "took effect"]) && row(text, &["scale", "web"]))?;
    deck.see_words("by a script", SOON)?;
    deck.type_keys("j")?;
    deck.see_words("waiting for the database", SOON)?;
    let who = shift.journal().iter().find_map(|line| line["by"].as_str().map(str::to_string));
    let who = who.ok_or_else(|| format!("nobody did it: {:#?}", shift.journal()))?;
    deck.see_words(&who, SOON)?;
    quit(deck)
}
