//! The board and the deck while things go well: what is on screen is what kubectl says.

use std::time::Duration;

use crate::{
    Verdict,
    kube::{Lab, Namespace, deployment, until},
    pty::{Terminal, frame},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// A deck or board in a terminal.
pub(crate) fn open(lab: &Lab, arguments: &[&str], size: (u16, u16)) -> Result<Terminal, String> {
    let kubeconfig = lab.kubeconfig();
    let kubeconfig = kubeconfig.to_string_lossy();
    let arguments: Vec<&str> =
        ["--kubeconfig", kubeconfig.as_ref()].into_iter().chain(arguments.iter().copied()).collect();
    Terminal::open(lab.rolldeck(), &arguments, size)
}

/// Every Deployment of the cluster is on the board.
pub(crate) fn board(lab: &Lab) -> Verdict {
    let names = lab.kubectl(&["get", "deployments", "-n", "shop", "-o", "jsonpath={.items[*].metadata.name}"])?;
    let mut board = open(lab, &["-n", "shop"], (140, 45))?;
    board.see_words("● live", PATIENCE)?;
    for name in names.split_whitespace() {
        board.see_words(name, PATIENCE)?;
    }
    let count = names.split_whitespace().count();
    board.see_words(&format!("{count} rollouts"), PATIENCE)?;
    board.type_keys("\x03")?;
    board.end(PATIENCE).map(|_| ())
}

/// A Deployment of that many pods of version 1, all of them ready.
pub(crate) fn running(place: &Namespace<'_>, replicas: u32) -> Verdict {
    place.apply(&deployment("web", replicas, "registry.example/web:1"))?;
    place.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]).map(|_| ())
}

/// From version 1 to version 2, both side by side while it happens; the final screen equals a fresh start.
pub(crate) fn update(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-update")?;
    running(&place, 20)?;
    let arguments = ["-n", "story-update", "deployment/web"];
    let mut deck = open(lab, &arguments, (140, 45))?;
    deck.see_words("20/20 ready", PATIENCE)?;
    place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:2"])?;
    deck.see("both versions side by side, neither complete", PATIENCE, |text| {
        text.contains("web:1") && text.contains("web:2") && text.contains("new ·") && text.contains("current ·")
    })?;
    place.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"])?;
    gone_but(&place, "web:2")?;
    deck.see("only version 2, healthy", PATIENCE, |text| text.contains("healthy") && text.contains("20/20 ready"))?;
    same_as_fresh(lab, deck, &arguments)
}

/// Waits until every pod left is of that image.
fn gone_but(place: &Namespace<'_>, image: &str) -> Verdict {
    until(PATIENCE, || {
        let images = place.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}"])?;
        if images.split_whitespace().all(|i| i.ends_with(image)) { Ok(()) } else { Err(images) }
    })
    .map(|_| ())
}

/// What the running deck shows above its timeline equals what one shows that starts now: nothing was missed.
pub(crate) fn same_as_fresh(lab: &Lab, mut deck: Terminal, arguments: &[&str]) -> Verdict {
    let mut fresh = open(lab, arguments, (140, 45))?;
    fresh.see_words("● live", PATIENCE)?;
    let verdict = until(Duration::from_secs(10), || {
        let (ours, theirs) = (stable_part(&deck.text()), stable_part(&fresh.text()));
        if ours == theirs { Ok(()) } else { Err(format!("\n{}\n  a fresh start:\n{}", frame(&ours), frame(&theirs))) }
    });
    for mut terminal in [deck, fresh] {
        terminal.type_keys("\x03")?;
        terminal.end(PATIENCE)?;
    }
    verdict.map(|_| ())
}

/// A screen above its timeline, without ages, clock times and request counts.
fn stable_part(text: &str) -> String {
    let above = text.lines().take_while(|line| !line.contains("timeline")).skip(1);
    above
        .map(|line| line.split_whitespace().filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ") + "\n")
        .collect()
}

/// `4m12s`, `35s`, `0:41`, `03:12:07`.
fn is_time(word: &str) -> bool {
    let word = word.trim_matches(|c: char| "(),·".contains(c));
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || "smhd:".contains(c))
        && word.contains(|c: char| "smhd:".contains(c))
}

/// The three sizes, and a change of size that keeps the place.
pub(crate) fn sizes(lab: &Lab) -> Verdict {
    for size in [(140, 45), (80, 24), (60, 15)] {
        let mut deck = open(lab, &["-n", "shop", "deployment/web"], size)?;
        deck.see_words("live", PATIENCE)?;
        deck.see_words("web", PATIENCE)?;
        deck.resize((100, 30))?;
        deck.see_words("web", PATIENCE)?;
        deck.resize((20, 4))?;
        deck.see_words("rolldeck needs", PATIENCE)?;
        deck.resize(size)?;
        deck.see_words("web", PATIENCE)?;
        deck.type_keys("\x03")?;
        deck.end(PATIENCE)?;
    }
    Ok(())
}

/// The exit codes of `status`, with and without waiting.
pub(crate) fn status_codes(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-status")?;
    running(&place, 3)?;
    let expect = |arguments: &[&str], wanted: i32| {
        let all: Vec<&str> =
            ["status", "deployment/web", "-n", "story-status"].iter().chain(arguments).copied().collect();
        let output = lab.run(&all);
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.code() == Some(wanted) {
            Ok(said)
        } else {
            Err(format!("{arguments:?}: exit {:?}, not {wanted}\n{}", output.status.code(), frame(&said)))
        }
    };
    expect(&[], 0)?;
    place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:bad"])?;
    expect(&["--wait", "--timeout", "6s"], 7)?;
    let said = expect(&["--wait", "--timeout", "60s", "--fail-fast"], 5)?;
    if !said.contains("image pull") {
        return Err(format!("the cause is not named:\n{}", frame(&said)));
    }
    place.kubectl(&["rollout", "pause", "deployment/web"])?;
    expect(&["--wait"], 8)?;
    place.kubectl(&["rollout", "resume", "deployment/web"])?;
    place.kubectl(&["set", "image", "deployment/web", "app=registry.example/web:3"])?;
    expect(&["--wait", "--timeout", "90s"], 0)?;
    let output = lab.run(&["status", "deployment/nothing", "-n", "story-status"]);
    if output.status.code() == Some(1) {
        Ok(())
    } else {
        Err(format!("a missing one exits {:?}", output.status.code()))
    }
}

/// Several namespaces, all of them, a label selector: what is shown is what kubectl lists for the same.
pub(crate) fn scopes(lab: &Lab) -> Verdict {
    let names = |arguments: &[&str]| {
        let all: Vec<&str> = ["get", "deployments", "-o", "jsonpath={.items[*].metadata.name}"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        lab.kubectl(&all).map(|said| said.split_whitespace().map(str::to_string).collect::<Vec<_>>())
    };
    let shows = |arguments: &[&str], wanted: &[String]| {
        let all: Vec<&str> = arguments.iter().chain(&["snapshot", "--size", "140x45"]).copied().collect();
        let frame = String::from_utf8_lossy(&lab.run(&all).stdout).into_owned();
        let count = format!("{} rollout", wanted.len());
        let missing: Vec<_> = wanted.iter().filter(|name| !frame.contains(name.as_str())).collect();
        if missing.is_empty() && frame.contains(&count) {
            Ok(())
        } else {
            Err(format!("{arguments:?}: wanted {count}, missing {missing:?}\n{frame}"))
        }
    };
    let (shop, pay) = (names(&["-n", "shop"])?, names(&["-n", "pay"])?);
    let both: Vec<String> = shop.iter().chain(&pay).cloned().collect();
    shows(&["-n", "shop"], &shop)?;
    shows(&["--namespaces", "shop,pay"], &both)?;
    // What earlier stories left may still be going away.
    until(PATIENCE, || shows(&["-A"], &names(&["-A"])?))?;
    let web = names(&["-n", "shop", "-l", "app=web"])?;
    if web.len() != 1 || shop.len() < 2 {
        return Err(format!("the lab's fleet has {web:?} of {shop:?}: nothing to select from"));
    }
    shows(&["-n", "shop", "-l", "app=web"], &web)
}
