//! Read-only: whatever is pressed and asked for, nothing but reading leaves the machine.

use crate::{
    Verdict,
    audit::{Audit, listed},
    kube::Lab,
    pty::frame,
    shift::{SOON, Shift, WEB, quit},
};

/// Every printable key, and those that confirm.
const KEYS: &str = "PRuXsi\r\t\rJLHdmu\r\x1bhjklpotfnN?/:!gGFwzxcvbaeyqQZWETYUIOADKXCVBM1234567890";

const STEERING: &[(&str, &str)] =
    &[("P", "pause"), ("R", "resume"), ("u", "undo"), ("X", "restart"), ("s", "scale"), ("i", "set-image")];

pub(crate) fn read_only(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-locked", 2)?;
    shift.set_image("2")?;
    shift.rolled_out()?;
    let before = shift.field(".metadata.generation")?;
    let audit = Audit::start(lab);
    keys_are_locked(&shift)?;
    mash(&shift)?;
    commands_are_refused(&shift)?;
    let requests = audit.ours()?;
    let others: Vec<_> = requests.iter().filter(|request| !request.reads()).cloned().collect();
    if !others.is_empty() {
        return Err(format!("not reading:{}", listed(&others)));
    }
    if requests.len() < 20 {
        return Err(format!("only {} requests in the audit log: it does not see us", requests.len()));
    }
    println!("        {} requests in the audit log, all of them reading", requests.len());
    let after = shift.field(".metadata.generation")?;
    if after != before {
        return Err(format!("generation {before} became {after}"));
    }
    if shift.journal().is_empty() { Ok(()) } else { Err(format!("journaled: {:#?}", shift.journal())) }
}

/// The frame says READ-ONLY, and each steering key says that it is locked.
fn keys_are_locked(shift: &Shift<'_>) -> Verdict {
    let mut deck = shift.open(&["--read-only", WEB])?;
    deck.see_words("READ-ONLY", SOON)?;
    deck.see_words("no key here changes the cluster", SOON)?;
    // One such sentence may stand there all the time: a key must say it again.
    let locks = |text: &str| text.to_lowercase().matches("read-only").count();
    let always = locks(&deck.text());
    for (key, verb) in STEERING {
        deck.type_keys(key)?;
        deck.see(&format!("{verb} is locked"), SOON, |text| text.contains("locked") && locks(text) > always)?;
        // Another key takes the sentence away.
        deck.type_keys("x")?;
        deck.see("the notice is gone", SOON, |text| locks(text) <= always)?;
    }
    quit(deck)
}

/// All keys on the board, the deck, and wherever they lead.
fn mash(shift: &Shift<'_>) -> Verdict {
    let places: [(Option<&str>, &[&str]); 2] = [(None, &["", "\r"]), (Some(WEB), &["", "H", "L", "J", "d", "\rp"])];
    for (target, keys) in places {
        let arguments: Vec<&str> = ["--read-only"].into_iter().chain(target).collect();
        for chunk in keys {
            let mut deck = shift.open(&arguments)?;
            deck.type_keys(chunk)?;
            for key in KEYS.chars() {
                // A key may leave; what was sent until then counts.
                if deck.type_keys(&key.to_string()).is_err() {
                    break;
                }
                let _ = deck.text();
            }
        }
    }
    Ok(())
}

fn commands_are_refused(shift: &Shift<'_>) -> Verdict {
    let arguments = |verb: &str| -> &[&str] {
        match verb {
            "scale" => &["--replicas", "5"],
            "set-image" => &["app=registry.example/web:3"],
            _ => &[],
        }
    };
    // What makes no sense is refused for that, before anything else is asked.
    shift.plan("resume", &["--apply", "--read-only"])?.expect(3)?;
    for (_, verb) in STEERING.iter().filter(|(_, verb)| *verb != "resume") {
        let all: Vec<&str> = arguments(verb).iter().chain(&["--apply", "--read-only"]).copied().collect();
        shift.plan(verb, &all)?.expect(3)?.says(&["read-only"])?;
    }
    // Without --apply the card is printed, and says why there was no dry run.
    let plan: Vec<&str> = vec!["--read-only"];
    shift.plan("pause", &plan)?.expect(0)?.says(&["not dry-run", "read-only"])?;
    for command in [&["status", "deployment/web"][..], &["snapshot", "deployment/web"], &["doctor"], &["rbac"]] {
        let all: Vec<&str> = command.iter().chain(&["--read-only"]).copied().collect();
        let answer = shift.run(&all)?;
        if answer.code == 2 {
            return Err(format!("{command:?} does not know --read-only\n{}", frame(&answer.err)));
        }
    }
    Ok(())
}
