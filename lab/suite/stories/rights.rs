//! Users with less rights: what may not be read degrades with a sentence, the rest works; and nothing but reading happens.

use std::time::Duration;

use super::watching::open;
use crate::{
    Verdict,
    audit::{Audit, listed},
    kube::Lab,
};

const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn degrade(lab: &Lab) -> Verdict {
    // No pods: the board and the counts of the controllers are there, and it says what is missing.
    let mut deck = open(lab, &["--context", "nopods", "-n", "shop"], (140, 45))?;
    deck.see_words("web", PATIENCE)?;
    deck.see("a sentence about pods", PATIENCE, |text| text.contains("no access to pods"))?;
    deck.type_keys("\x03")?;
    deck.end(PATIENCE)?;
    // One namespace only: all of it works there; elsewhere the refusal is named.
    let mut deck = open(lab, &["--context", "viewer", "-n", "shop"], (140, 45))?;
    deck.see_words("● live", PATIENCE)?;
    deck.see_words("web", PATIENCE)?;
    deck.type_keys("\x03")?;
    deck.end(PATIENCE)?;
    let mut deck = open(lab, &["--context", "viewer", "-n", "pay"], (140, 45))?;
    deck.see("the refusal", PATIENCE, |text| text.contains("Deployments may not be listed"))?;
    deck.type_keys("\x03")?;
    deck.end(PATIENCE)?;
    // Namespaces need not be listed to read them all.
    let mut deck = open(lab, &["--context", "nonamespaces", "-A"], (140, 45))?;
    deck.see_words("● live", PATIENCE)?;
    deck.type_keys("\x03")?;
    deck.end(PATIENCE)?;
    let doctor = lab.run(&["--context", "nopods", "-n", "shop", "doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    if said.contains("denied  Pod in shop") && said.contains("ok      Deployment in shop") {
        Ok(())
    } else {
        Err(format!("doctor does not name it:\n{said}"))
    }
}

/// Whatever is opened and pressed, the audit log holds nothing but reading; and a refusal is not asked about in a loop.
pub(crate) fn reads_only(lab: &Lab) -> Verdict {
    let audit = Audit::start(lab);
    let mut deck = open(lab, &["--context", "nopods", "-n", "shop"], (140, 45))?;
    deck.see_words("no access to pods", PATIENCE)?;
    for key in "\rjklhpotfsS?/web\r:\x1b\x1b\x0c12345qqzxcvbnmawertyuiZXCVBNMADFGHJKLWERTUIOP".chars() {
        if deck.type_keys(&key.to_string()).is_err() {
            break;
        }
        let _ = deck.text();
    }
    drop(deck);
    for arguments in [
        &["-n", "shop", "status", "deployment/web"][..],
        &["-n", "shop", "snapshot", "deployment/web"],
        &["-A", "snapshot", "--output", "svg"],
        &["-n", "shop", "doctor"],
    ] {
        let _ = lab.run(arguments);
    }
    let requests = audit.ours()?;
    let others: Vec<_> = requests.iter().filter(|request| !request.reads()).cloned().collect();
    if !others.is_empty() {
        return Err(format!("not reading:{}", listed(&others)));
    }
    if requests.len() < 10 {
        return Err(format!("only {} requests in the audit log: it does not see us", requests.len()));
    }
    println!("        {} requests in the audit log, all of them reading", requests.len());
    Ok(())
}
