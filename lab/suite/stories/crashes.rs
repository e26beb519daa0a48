//! rolldeck is killed around the moment of writing, or its journal's disk is full: never two writes for one confirmation,
//! never a write without its line in the journal, and the next start says what became of it.

use std::{os::unix::fs::symlink, process::Command};

use crate::{
    Verdict,
    audit::Audit,
    kube::Lab,
    pty::Terminal,
    shift::{PATIENCE, SOON, Shift, back, card, confirm, lines_of, patches, quit},
};

const PAUSED: &str = ".spec.paused";
const IMAGE: &str = ".spec.template.spec.containers[0].image";

/// What the deck says of an action whose program is no more.
const IN_FLIGHT: &str = "in flight when the program ended";

fn kill(deck: Terminal) -> Verdict {
    let status = Command::new("kill").args(["-KILL", &deck.pid()?]).status().map_err(|e| e.to_string())?;
    if !status.success() {
        return Err("kill -9 failed".into());
    }
    deck.end(SOON).map(|_| ())
}

/// Killed after the journal's line and before the request leaves; then after the request and before its answer.
pub(crate) fn killed(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-killed", 2)?;
    let relay = shift.relay()?;
    let audit = Audit::start(lab);
    let mut deck = shift.deck()?;
    card(&mut deck, "P")?;
    relay.hold_requests();
    confirm(&mut deck, "before sending")?;
    shift.wait_for_journal("intended", 1)?;
    kill(deck)?;
    relay.cut();
    relay.mend();
    let sent = audit.writes(&shift.place.name)?;
    if !sent.is_empty() {
        return Err(format!("what was held back arrived: {sent:#?}"));
    }
    // The next start says that it was in flight; it is sure that it never arrived when it has not for a while.
    let mut deck = shift.deck()?;
    deck.see_words(IN_FLIGHT, SOON)?;
    deck.see_words("never sent", PATIENCE)?;
    audit.no_write_done(&shift.place.name)?;
    shift.kubectl_sees(PAUSED, "")?;
    tells(&mut deck, &["before sending", "never sent"])?;

    card(&mut deck, "P")?;
    relay.lose_answers();
    confirm(&mut deck, "before the answer")?;
    let request = audit.wait_for_a_write(&shift.place.name)?;
    kill(deck)?;
    relay.cut();
    relay.mend();
    if shift.journal().iter().any(|line| line["event"] == "accepted") {
        return Err("the answer was not lost: the story is wrong".into());
    }
    let mut deck = shift.deck()?;
    deck.see("what was in flight arrived", SOON, |text| text.contains("paused") && text.contains("accepted"))?;
    tells(&mut deck, &["before the answer", "accepted", "observed"])?;
    quit(deck)?;
    let sent = audit.one_write(&shift.place.name)?;
    if sent.body != request.body || !shift.journal().iter().flat_map(patches).any(|patch| patch == sent.body) {
        return Err(format!("sent was not what was journaled: {}", sent.line()));
    }
    // Once said, it is not said again.
    let mut deck = shift.deck()?;
    if deck.text().contains(IN_FLIGHT) {
        return Err("an action that was resolved is reported as in flight again".into());
    }
    quit(deck)
}

/// The screen of the journal says all of this; then it is left.
fn tells(deck: &mut Terminal, words: &[&str]) -> Verdict {
    deck.type_keys("J")?;
    deck.see(&format!("the journal tells {words:?}"), PATIENCE, |text| words.iter().all(|word| text.contains(word)))?;
    back(deck, "newest first")
}

/// No space for the journal: nothing is sent, another file is offered, and with it the undo goes through.
pub(crate) fn disk_full(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-full", 2)?;
    shift.set_image("2")?;
    shift.rolled_out()?;
    let file = shift.journal_file();
    let folder = file.parent().ok_or("a journal without a folder")?;
    std::fs::create_dir_all(folder).and_then(|()| symlink("/dev/full", &file)).map_err(|e| e.to_string())?;
    let audit = Audit::start(lab);
    let mut deck = shift.deck()?;
    card(&mut deck, "u")?;
    confirm(&mut deck, "full")?;
    deck.see("the journal cannot be written, and another file is offered", SOON, |text| {
        // The sentence goes on with the file's path: where it wraps depends on that.
        text.contains("nothing was sent") && text.contains("▸[ journal there and send ]")
    })?;
    let sent = audit.writes(&shift.place.name)?;
    if !sent.is_empty() {
        return Err(format!("sent without a journal: {sent:#?}"));
    }
    let other = shift.folder.join("other.jsonl");
    deck.type_keys(&["\x15", &other.to_string_lossy(), "\r"].concat())?;
    shift.kubectl_sees(IMAGE, "registry.example/web:1")?;
    let request = audit.one_write(&shift.place.name)?;
    if !lines_of(&other).iter().flat_map(patches).any(|patch| patch == request.body) {
        return Err(format!("{} does not hold what was sent: {:#?}", other.display(), lines_of(&other)));
    }
    quit(deck)?;
    shift.rolled_out()?;
    // The same without a screen.
    let audit = Audit::start(lab);
    let answer = shift.plan("undo", &["--apply"])?.expect(1)?;
    answer.says(&["journal.jsonl", "--journal", "no space"])?;
    audit.no_write_done(&shift.place.name)?;
    let third = shift.folder.join("third.jsonl");
    let third_name = third.to_string_lossy();
    shift.plan("undo", &["--apply", "--until", "observed", "--journal", third_name.as_ref()])?.expect(0)?;
    let request = audit.one_write(&shift.place.name)?;
    shift.kubectl_sees(IMAGE, "registry.example/web:2")?;
    if lines_of(&third).iter().flat_map(patches).any(|patch| patch == request.body) {
        Ok(())
    } else {
        Err(format!("{} does not hold what was sent", third.display()))
    }
}
