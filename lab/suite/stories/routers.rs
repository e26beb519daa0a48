//! Kinds that a cluster may not have: absent, installed while rolldeck runs, removed again, and forbidden. The CRDs are those
//! of the projects themselves, out of Go's module cache.

use std::{thread::sleep, time::Duration};

use crate::{
    Verdict,
    kube::{Lab, deployment, in_module, until},
    pty::{Terminal, frame},
    shift::{PATIENCE, SOON, Shift, quit},
};

const GATEWAY_API: (&str, &str) = ("sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard");
const TRAEFIK: (&str, &str) = (
    "github.com/traefik/traefik/v3@v3.5.3",
    "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
);
/// A server that was away for so long has missed a probe, whenever the last one was.
const AWAY: Duration = Duration::from_secs(16);

const ROUTE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: front}]
  rules: [{backendRefs: [{name: app-v1, port: 80, weight: 90}, {name: app-v2, port: 80, weight: 10}]}]
";

/// An API server of its own: others may need these kinds while this story removes them.
pub(crate) fn custom_kinds(lab: &Lab) -> Verdict {
    let own = lab.at("lab-kinds");
    own.script("up", &["--port-base", "17200", "--nodes", "1"])?;
    let verdict = come_and_go(&own);
    own.script("down", &["--wipe"])?;
    verdict
}

fn come_and_go(lab: &Lab) -> Verdict {
    let shift = Shift::begin(lab, "story-kinds")?;
    for name in ["app-v1", "app-v2"] {
        shift.place.apply(&deployment(name, 1, "registry.example/app:1"))?;
    }
    absent(&shift)?;
    forbidden(lab)?;
    let relay = shift.relay()?;
    let mut board = shift.open(&[])?;
    board.type_keys("S")?;
    let is_plain = |text: &str| !lists(text, "Route") && !lists(text, "Service") && lists(text, "Deployment");
    board.see("neither routers nor what is behind them", SOON, is_plain)?;
    for round in 1..=2 {
        for (module, path) in [GATEWAY_API, TRAEFIK] {
            let crds = in_module(module, path)?;
            lab.kubectl(&["apply", "--server-side", "-f", &crds])?;
        }
        lab.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"])?;
        until(PATIENCE, || shift.place.apply(ROUTE))?;
        // A server that was away may have other kinds than before: nobody waits five minutes for the next question.
        relay.cut();
        sleep(AWAY);
        relay.mend();
        let is_there =
            |text: &str| holds(text, "HTTPRoute", 1) && holds(text, "TraefikService", 0) && holds(text, "Service", 2);
        board.see(&format!("the kinds are there, and what is behind them: round {round}"), PATIENCE, is_there)?;
        is_a_rollout(&shift, &mut board)?;
        let (module, path) = GATEWAY_API;
        lab.kubectl(&["delete", "-f", &in_module(module, path)?, "--wait=true", "--timeout=60s"])?;
        let is_gone = |text: &str| !lists(text, "Route") && holds(text, "Service", 2);
        board.see("its source has gone, the others stay as they are", PATIENCE, is_gone)?;
        board.see_words("● live", SOON)?;
    }
    quit(board)
}

/// Whether the sources screen has a line of a kind that ends so.
fn lists(text: &str, kind: &str) -> bool {
    let is_it = |line: &str| {
        let mut words = line.split_whitespace();
        words.next() == Some("lab") && words.next().is_some_and(|word| word.ends_with(kind))
    };
    text.lines().any(is_it)
}

/// Whether the sources screen has a live line of that kind with so many objects.
fn holds(text: &str, kind: &str, objects: usize) -> bool {
    let count = objects.to_string();
    let is_it = |words: &[&str]| words.contains(&kind) && words.contains(&count.as_str()) && words.contains(&"live");
    text.lines().any(|line| is_it(&line.split_whitespace().collect::<Vec<_>>()))
}

/// Without the kinds nothing is missed, and who asks for one is told.
fn absent(shift: &Shift<'_>) -> Verdict {
    let doctor = shift.run(&["doctor"])?.expect(0)?;
    doctor.says(&["none    HTTPRoute: the cluster does not have that kind"])?;
    for command in [&["status", "httproute/app"][..], &["plan", "shift", "httproute/app", "app-v2=30"]] {
        shift.run(command)?.expect(1)?.says(&["there is no HTTPRoute here: the cluster does not have that kind"])?;
    }
    shift.run(&["status", "service/app-v1"])?.expect(1)?.says(&["service/app-v1 is no rollout", "httproute"])?;
    Ok(())
}

/// Who may read everything but routers has a board like any other, and one line that says so where sources are listed.
fn forbidden(lab: &Lab) -> Verdict {
    let file = lab.kubeconfig();
    let file = file.to_string_lossy();
    let arguments = ["--kubeconfig", file.as_ref(), "--context", "reader", "-n", "story-kinds"];
    let mut board = Terminal::open(lab.rolldeck(), &arguments, (140, 45))?;
    board.see_words("● live", PATIENCE)?;
    board.type_keys("S")?;
    board.see("it is denied", PATIENCE, |text| text.contains("denied") && text.contains("HTTPRoute"))?;
    let text = board.text();
    if text.contains("no access") || text.matches("is forbidden").count() > 1 {
        return Err(format!("routers that may not be read are in the way\n{}", frame(&text)));
    }
    let doctor = lab.run(&["--context", "reader", "-n", "story-kinds", "doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    if doctor.status.code() != Some(0) || !said.contains("denied  HTTPRoute in story-kinds: httproutes") {
        return Err(format!("doctor ended with {:?}:\n{said}", doctor.status.code()));
    }
    quit(board)
}

/// The route shares traffic between two Deployments, so it is a rollout: here, and for a command.
fn is_a_rollout(shift: &Shift<'_>, board: &mut Terminal) -> Verdict {
    board.type_keys("\x1b")?;
    board
        .see("the route is on the board", SOON, |text| text.contains("httproute") && text.contains("90 % to app-v1"))?;
    board.type_keys("S")?;
    shift.run(&["status", "httproute/app", "-o", "json"])?.says(&["\"httproute\"", "app-v2"])?;
    shift
        .run(&["plan", "shift", "httproute/app", "app-v2=30"])?
        .expect(0)?
        .says(&["PATCH httproute/app", "accepted"])?;
    Ok(())
}
