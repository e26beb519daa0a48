//! What goes wrong around the deck: the API server dies, its connections freeze, the terminal is slow or goes away.

use std::{process::Command, time::Duration};

use crate::{
    Verdict,
    kube::{Lab, deployment},
    pty::Terminal,
    shift::{Shift, WEB},
};

const PATIENCE: Duration = Duration::from_secs(30);
const SIZE: (u16, u16) = (140, 45);

/// The board of a namespace, once it is live.
fn open<'a>(lab: &'a Lab, namespace: &'a str, target: Option<&'a str>) -> Result<Terminal, String> {
    let kubeconfig = lab.kubeconfig();
    let kubeconfig = kubeconfig.to_string_lossy();
    let mut arguments = vec!["--kubeconfig", kubeconfig.as_ref(), "-n", namespace];
    arguments.extend(target);
    let mut deck = Terminal::open(lab.rolldeck(), &arguments, SIZE)?;
    deck.see_words("● live", PATIENCE)?;
    Ok(deck)
}

pub(crate) fn kill(lab: &Lab) -> Verdict {
    let restart = || lab.script("up", &[]).map(|_| ());
    outage(lab, "story-kill", || lab.signal("kube-apiserver", "-KILL"), restart)
}

pub(crate) fn freeze(lab: &Lab) -> Verdict {
    let thaw = || lab.signal("kube-apiserver", "-CONT");
    outage(lab, "story-freeze", || lab.signal("kube-apiserver", "-STOP"), thaw)
}

/// The deck says since when it is stale, answers keys meanwhile, and recovers by itself once the API server is back.
fn outage(lab: &Lab, name: &str, stop: impl FnOnce() -> Verdict, mend: impl FnOnce() -> Verdict) -> Verdict {
    let place = lab.namespace(name)?;
    place.apply(&deployment("web", 4, "registry.example/web:1"))?;
    place.kubectl(&["rollout", "status", "deployment/web", "--timeout=60s"])?;
    let mut deck = open(lab, &place.name, Some("deployment/web"))?;
    stop()?;
    let stale = deck.see_words("stale since", PATIENCE);
    let alive =
        deck.type_keys("?").and_then(|()| deck.see_words("help", PATIENCE)).and_then(|_| deck.type_keys("\x1b"));
    mend()?;
    let late = stale?;
    alive?;
    let begun = deck.see_words("● live", Duration::from_mins(1))?.saturating_sub(late);
    println!("        live again {:.1} s after it was said to be stale", begun.as_secs_f32());
    place.kubectl(&["scale", "deployment/web", "--replicas=6"])?;
    deck.see_words("6/6", PATIENCE)?;
    quit(deck)
}

fn quit(mut deck: Terminal) -> Verdict {
    deck.type_keys("\x03")?;
    let (code, deck) = deck.end(PATIENCE)?;
    restored(&deck, code, 0)
}

/// The terminal is as it was: main screen, cursor, no modes left on.
fn restored(deck: &Terminal, code: u32, wanted: u32) -> Verdict {
    if code != wanted {
        return Err(format!("exit code {code}, not {wanted}"));
    }
    if deck.is_taken() {
        return Err("the alternate screen is still shown, or the cursor hidden".into());
    }
    let raw = String::from_utf8_lossy(deck.raw()).into_owned();
    for (on, off, what) in [("\x1b[?2004h", "\x1b[?2004l", "bracketed paste"), ("\x1b[?1049h", "\x1b[?1049l", "screen")]
    {
        if raw.matches(on).count() != raw.matches(off).count() {
            return Err(format!("{what} is left on"));
        }
    }
    Ok(())
}

pub(crate) fn leaves_the_terminal(lab: &Lab) -> Verdict {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let deck = open(lab, "shop", None)?;
        let status = Command::new("kill").args([signal, &deck.pid()?]).status().map_err(|e| e.to_string())?;
        if !status.success() {
            return Err(format!("kill {signal} failed"));
        }
        let (seen, deck) = deck.end(PATIENCE)?;
        restored(&deck, seen, code).map_err(|why| format!("{signal}: {why}"))?;
    }
    quit(open(lab, "shop", None)?)?;
    let here = std::env::current_exe().map_err(|e| e.to_string())?;
    let (code, deck) = Terminal::open(&here, &["panic-on-screen"], SIZE)?.end(PATIENCE)?;
    restored(&deck, code, 101).map_err(|why| format!("panic: {why}"))?;
    let raw = String::from_utf8_lossy(deck.raw()).into_owned();
    let after = raw.rsplit("\x1b[?1049l").next().unwrap_or_default();
    if after.contains("a defect, on purpose") { Ok(()) } else { Err(format!("the report was lost: {raw:?}")) }
}

/// The relay itself does what the stories of crashes rely on: a lost answer's request arrives, also on a new connection; a
/// request that was held back does not, even after the wire is mended.
pub(crate) fn relay_itself(lab: &Lab) -> Verdict {
    let shift = Shift::begin(lab, "story-relay")?;
    let relay = shift.relay()?;
    let file = shift.folder.join("kubeconfig").to_string_lossy().into_owned();
    let ask = |what: &str| {
        let path = format!("/version?relay={what}-{}", relay.port);
        let output = lab.try_kubectl(&["--kubeconfig", &file, "--request-timeout=2s", "get", "--raw", &path]);
        let log = std::fs::read_to_string(lab.home.join("audit.log")).map_err(|e| e.to_string())?;
        Ok::<_, String>((output.status.success(), log.contains(&path)))
    };
    let expect = |what: &str, found: (bool, bool), wanted: (bool, bool)| {
        if found == wanted { Ok(()) } else { Err(format!("{what}: (answered, arrived) is {found:?}, not {wanted:?}")) }
    };
    expect("passing", ask("pass")?, (true, true))?;
    relay.lose_answers();
    expect("losing answers", ask("lose")?, (false, true))?;
    relay.mend();
    relay.hold_requests();
    expect("holding requests", ask("hold")?, (false, false))?;
    relay.cut();
    expect("cut", ask("cut")?, (false, false))?;
    relay.mend();
    expect("mended", ask("mend")?, (true, true))?;
    let log = std::fs::read_to_string(lab.home.join("audit.log")).map_err(|e| e.to_string())?;
    if log.contains(&format!("relay=hold-{}", relay.port)) {
        Err("what was held back arrived later".into())
    } else {
        Ok(())
    }
}

/// The wire loses answers, holds requests back, is cut: each time the deck says that it is stale, and recovers by itself.
pub(crate) fn broken_wire(lab: &Lab) -> Verdict {
    let shift = Shift::begin_with_web(lab, "story-wire", 2)?;
    let relay = shift.relay()?;
    let mut deck = shift.deck()?;
    for (replicas, what) in [(3, "answers lost"), (4, "requests held"), (5, "cut")] {
        match what {
            "answers lost" => relay.lose_answers(),
            "requests held" => relay.hold_requests(),
            _ => relay.cut(),
        }
        let case = |why: String| format!("{what}: {why}");
        deck.see_words("stale since", PATIENCE).map_err(case)?;
        shift.place.kubectl(&["scale", WEB, &format!("--replicas={replicas}")])?;
        relay.mend();
        deck.see_words("● live", PATIENCE).map_err(case)?;
        deck.see_words(&format!("{replicas}/{replicas}"), PATIENCE).map_err(case)?;
    }
    quit(deck)
}

/// A terminal that nobody reads for a while must not stop the watches: afterwards the newest picture is there at once.
pub(crate) fn slow_terminal(lab: &Lab) -> Verdict {
    let place = lab.namespace("story-slow")?;
    place.apply(&deployment("web", 2, "registry.example/web:1"))?;
    let mut deck = open(lab, &place.name, None)?;
    deck.pause_reading(true);
    for replicas in 3..=12 {
        lab.kubectl(&["scale", "deployment/web", "-n", &place.name, &format!("--replicas={replicas}")])?;
    }
    lab.kubectl(&["rollout", "status", "deployment/web", "-n", &place.name, "--timeout=60s"])?;
    deck.pause_reading(false);
    deck.see_words("12/12", Duration::from_secs(5))?;
    quit(deck)
}
