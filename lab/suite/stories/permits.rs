//! Rights: with exactly what `rolldeck rbac` prints everything works; without one rule its key says which one is missing.

use std::{fs, process::Command};

use serde_json::Value;

use crate::{
    Verdict,
    audit::Audit,
    kube::Lab,
    pty::frame,
    shift::{PATIENCE, SOON, Shift, back, card, confirm, quit},
};

const PAUSED: &str = ".spec.paused";

/// A user with a certificate of the lab's own authority, whom the shift's kubeconfig is from now on.
pub(super) fn become_user(shift: &Shift<'_>, name: &str) -> Verdict {
    let pki = shift.lab.home.join("pki");
    let file = |end: &str| shift.folder.join(format!("{name}.{end}")).to_string_lossy().into_owned();
    let (ca, ca_key) = (pki.join("ca.crt"), pki.join("ca.key"));
    let (ca, ca_key) = (ca.to_string_lossy(), ca_key.to_string_lossy());
    let subject = format!("/O=lab-users/CN={name}");
    let (key, request, certificate, usage) = (file("key"), file("csr"), file("crt"), file("ext"));
    fs::write(&usage, "extendedKeyUsage=clientAuth\n").map_err(|e| e.to_string())?;
    let steps: [&[&str]; 3] = [
        &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &key],
        &["req", "-new", "-key", &key, "-subj", &subject, "-out", &request],
        &[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-days",
            "2",
            "-sha256",
            "-extfile",
            &usage,
            "-out",
            &certificate,
        ],
    ];
    for arguments in steps {
        let output = Command::new("openssl").args(arguments).output().map_err(|e| format!("openssl: {e}"))?;
        if !output.status.success() {
            return Err(format!("openssl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    let (certificate, key) = (format!("--client-certificate={certificate}"), format!("--client-key={key}"));
    shift.configure(&["set-credentials", name, &certificate, &key, "--embed-certs=true"])?;
    shift.configure(&["set-context", "lab", &format!("--user={name}")])
}

/// Applies a role that was printed and gives it to a user; the role's name.
pub(super) fn grant(shift: &Shift<'_>, role: &str, user: &str) -> Verdict {
    shift.place.apply(role)?;
    let name = role.lines().find_map(|line| line.trim().strip_prefix("name:")).map(str::trim);
    let name = name.ok_or_else(|| format!("a role without a name:\n{}", frame(role)))?.trim_matches('"');
    let binding = format!("{user}-{name}");
    let (role, user) = (format!("--role={name}"), format!("--user={user}"));
    shift.place.kubectl(&["create", "rolebinding", &binding, &role, &user]).map(|_| ())
}

pub(crate) fn least_role(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-role", 2)?;
    let role = shift.run(&["rbac"])?.expect(0)?.out;
    if role.contains('*') {
        return Err(format!("the least role has a star:\n{}", frame(&role)));
    }
    grant(&shift, &role, "story-steers")?;
    become_user(&shift, "story-steers")?;
    let mut deck = shift.deck()?;
    quiet(&mut deck)?;
    let audit = Audit::start(lab);
    card(&mut deck, "P")?;
    confirm(&mut deck, "")?;
    shift.kubectl_sees(PAUSED, "true")?;
    shift.one_write(&audit)?;
    quit(deck)?;
    shift.apply("resume", &[])?;
    shift.apply("set-image", &["app=registry.example/web:2"])?;
    shift.apply("undo", &[])?;
    shift.apply("restart", &[])?;
    shift.apply("scale", &["--replicas", "3"])?;
    let mut deck = shift.deck()?;
    deck.type_keys("L")?;
    deck.see_words("listening", SOON)?;
    quit(deck)
}

/// Nothing on the screen says that something may not be read.
fn quiet(deck: &mut crate::pty::Terminal) -> Verdict {
    let text = deck.text();
    if text.contains("no access") || text.contains("may not be") {
        Err(format!("the least role is not enough\n{}", frame(&text)))
    } else {
        Ok(())
    }
}

/// The role of `--read-only` sees everything, and each steering key names the rule that it lacks.
pub(crate) fn reading_role(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-reads", 2)?;
    shift.set_image("2")?;
    shift.rolled_out()?;
    let role = shift.run(&["rbac", "--read-only"])?.expect(0)?.out;
    for verb in ["patch", "update", "create", "delete"] {
        if role.lines().any(|line| !line.trim_start().starts_with('#') && line.contains(verb)) {
            return Err(format!("the role of --read-only allows {verb}:\n{}", frame(&role)));
        }
    }
    grant(&shift, &role, "story-reader")?;
    become_user(&shift, "story-reader")?;
    let audit = Audit::start(lab);
    let mut deck = shift.deck()?;
    quiet(&mut deck)?;
    for key in ["P", "u", "X", "i"] {
        names_the_rule(&mut deck, key, &["patch", "deployments"])?;
    }
    names_the_rule(&mut deck, "s", &["patch", "deployments/scale"])?;
    deck.type_keys("L")?;
    deck.see_words("listening", SOON)?;
    back(&mut deck, "listening")?;
    deck.type_keys("H")?;
    deck.see_words("web:1", SOON)?;
    quit(deck)?;
    shift.plan("pause", &["--apply"])?.expect(3)?.says(&["patch", "deployments"])?;
    let sent = audit.writes(&shift.place.name)?;
    if sent.is_empty() { Ok(()) } else { Err(format!("written without the right to: {sent:#?}")) }
}

/// Presses a key and waits for the rule that it names.
pub(super) fn names_the_rule(deck: &mut crate::pty::Terminal, key: &str, words: &[&str]) -> Verdict {
    deck.type_keys(key)?;
    deck.see(&format!("{key} names {words:?}"), PATIENCE, |text| words.iter().all(|word| text.contains(word)))?;
    // Another key takes the sentence away.
    deck.type_keys("x")?;
    deck.see("the notice is gone", SOON, |text| !words.iter().all(|word| text.contains(word))).map(|_| ())
}

/// Everything but the right to scale: only that key is refused.
pub(crate) fn one_rule_missing(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-noscale", 2)?;
    let printed = shift.run(&["rbac"])?.expect(0)?.out;
    grant(&shift, &printed, "story-noscale")?;
    let role = shift.place.kubectl(&["get", "roles", "-o", "jsonpath={.items[0]}"])?;
    shift.place.apply(&without(&role, "deployments/scale")?)?;
    become_user(&shift, "story-noscale")?;
    let mut deck = shift.deck()?;
    names_the_rule(&mut deck, "s", &["deployments/scale"])?;
    card(&mut deck, "P")?;
    confirm(&mut deck, "")?;
    shift.kubectl_sees(PAUSED, "true")?;
    quit(deck)?;
    let audit = Audit::start(lab);
    shift.plan("scale", &["--replicas", "5", "--apply"])?.expect(3)?.says(&["deployments/scale"])?;
    audit.no_write_done(&shift.place.name)
}

/// A role in JSON without its rules for a resource.
pub(super) fn without(role: &str, resource: &str) -> Result<String, String> {
    let mut role: Value = serde_json::from_str(role).map_err(|e| e.to_string())?;
    let before = role["rules"].clone();
    for rule in role["rules"].as_array_mut().into_iter().flatten() {
        if let Some(resources) = rule["resources"].as_array_mut() {
            resources.retain(|one| one != resource);
        }
    }
    if let Some(rules) = role["rules"].as_array_mut() {
        rules.retain(|rule| rule["resources"].as_array().is_some_and(|resources| !resources.is_empty()));
    }
    if role["rules"] == before {
        return Err(format!("no rule for {resource}: {before}"));
    }
    Ok(role.to_string())
}
