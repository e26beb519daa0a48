//! Metrics by port-forward, where the way through the API server's proxy is barred: who has only the rights that
//! `rolldeck rbac --metrics … --forward` prints reads numbers, and sends nothing that is refused on the way; with `--read-only`, and
//! without either right, no port-forward is asked for, and it is said why.
//!
//! In the lab with traffic, where kwok forwards to Prometheus' process.

use serde_json::{Value, json};

use crate::{
    Verdict,
    audit::{Audit, Request, listed},
    kube::{Lab, until},
    shift::{PATIENCE, Shift, quit},
    stories::{
        found::{Act, FORWARD, MONITORING, change_role, doctor, permit, played, rates},
        shifting::{HTTP_ROUTE, begin},
        traffic::Field,
    },
};

const NAME: &str = "story-forwarded";
const SERVICE: &str = "monitoring/prometheus:9090";
const LACKS: &str = "needs get on services/proxy; a port-forward is not permitted";

pub(crate) fn metrics_forwarded(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, NAME)?;
    let _restored = Restored(&field.lab);
    played(&field, (&shift, NAME), &ACTS)
}

/// What is tried one after the other.
const ACTS: [(&str, Act); 5] = [
    ("forwarded", forwarded),
    ("its pod goes away", replaced),
    ("read-only", read_only),
    ("without create", without_create),
    ("without both rights", without_both),
];

/// With the printed rights: numbers of both versions by port-forward, and no request that was refused.
fn forwarded(shift: &Shift<'_>) -> Result<String, String> {
    permit(shift, NAME, &[SERVICE, "--forward"])?;
    let audit = Audit::start(shift.lab);
    until(PATIENCE, || {
        let rates = rates(shift)?;
        let are_there = rates.len() == 2 && rates.iter().all(|rate| rate.is_some_and(|rate| rate > 1.0));
        if are_there { Ok(()) } else { Err(format!("requests per second: {rates:?}")) }
    })?;
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    deck.see_words("req/s", PATIENCE)?;
    deck.type_keys("S")?;
    deck.see_words("found: service monitoring/prometheus:9090 by port-forward", PATIENCE)?;
    quit(deck)?;
    let sent = audit.ours()?;
    let opened = sent.iter().filter(|r| is_forward(r) && r.verb == "get" && r.code == 101).count();
    // The proxy is asked in vain at first: only the answer says whether this one Service may be asked.
    let is_tried = |r: &Request| r.code == 403 && r.uri.contains("/services/prometheus:9090/proxy/api/v1/query");
    let is_permitted = |r: &Request| !matches!(r.code, 401 | 403) && (r.reads() || r.uri.contains("/portforward"));
    let wrong: Vec<Request> = sent.iter().filter(|r| !is_permitted(r) && !is_tried(r)).cloned().collect();
    if !wrong.is_empty() || opened == 0 {
        return Err(format!("{opened} port-forwards; refused, or not for reading:{}", listed(&wrong)));
    }
    let rule = "not permitted: get on services/proxy for prometheus:9090 in namespace monitoring";
    doctor(shift, &["found service monitoring/prometheus:9090 by port-forward", "it answers", rule])?;
    Ok(format!("numbers of both versions over {opened} port-forwards; nothing refused but the questions by the proxy"))
}

/// The deck goes on with the next pod.
fn replaced(shift: &Shift<'_>) -> Result<String, String> {
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    deck.see_words("req/s", PATIENCE)?;
    let before = shift.lab.kubectl(&["-n", MONITORING, "get", "pods", "-o", "jsonpath={.items[0].metadata.name}"])?;
    shift.lab.kubectl(&["-n", MONITORING, "delete", "pods", "--all", "--wait"])?;
    shift.lab.kubectl(&["-n", MONITORING, "rollout", "status", "deployment/prometheus", "--timeout=60s"])?;
    // kwok's streams outlive their pods, which a kubelet's do not: it ends all of them.
    let audit = Audit::start(shift.lab);
    for without in ["kwok", "none"] {
        shift.lab.script("up", &["--without", without])?;
    }
    until(PATIENCE, || {
        let to = |r: &Request| is_forward(r) && r.code == 101 && !r.uri.contains(before.trim());
        if audit.ours()?.iter().any(to) { Ok(()) } else { Err("no port-forward to another pod".to_owned()) }
    })?;
    quit(deck)?;
    Ok("the next pod was forwarded to".to_owned())
}

/// Nothing but reading: no port-forward is asked for, and there is no need to ask whether it may be.
fn read_only(shift: &Shift<'_>) -> Result<String, String> {
    let audit = Audit::start(shift.lab);
    let why = "needs get on services/proxy; read-only: no port-forward is tried";
    let answer = shift.run(&["doctor", "--read-only"])?.expect(0)?;
    answer.says(&[&format!("none    metrics: {SERVICE}: {why}")])?;
    none_sent(&audit)?;
    Ok(why.to_owned())
}

/// Since 1.35 `get` is not enough.
fn without_create(shift: &Shift<'_>) -> Result<String, String> {
    let role = shift.lab.kubectl(&["-n", MONITORING, "get", "role", FORWARD, "-o", "json"])?;
    let mut role: Value = serde_json::from_str(&role).map_err(|error| format!("{error}: {role}"))?;
    for rule in role["rules"].as_array_mut().into_iter().flatten() {
        if let Some(verbs) = rule["verbs"].as_array_mut() {
            verbs.retain(|verb| verb != "create");
        }
    }
    let rules = json!({"rules": role["rules"]}).to_string();
    shift.lab.kubectl(&["-n", MONITORING, "patch", "role", FORWARD, "--type=merge", "-p", &rules])?;
    lacks(shift, "create on pods/portforward")
}

/// Neither way: what is missing is named, with both rules.
fn without_both(shift: &Shift<'_>) -> Result<String, String> {
    change_role(shift, MONITORING, "endpointslices")?;
    change_role(shift, MONITORING, "pods/portforward")?;
    lacks(shift, "list on endpointslices, get on pods/portforward, create on pods/portforward")
}

/// These rights are missing for a port-forward: it is said, the rule is named, and none is sent.
fn lacks(shift: &Shift<'_>, rights: &str) -> Result<String, String> {
    let audit = Audit::start(shift.lab);
    let rule = "in namespace monitoring (rolldeck rbac --metrics monitoring/prometheus:9090 --forward prints it)";
    doctor(
        shift,
        &[
            &format!("none    metrics: {SERVICE}: {LACKS}"),
            &format!("not permitted: {rights} for prometheus:9090 {rule}"),
            "not permitted: get on services/proxy for prometheus:9090 in namespace monitoring",
        ],
    )?;
    none_sent(&audit)?;
    Ok(format!("{LACKS}: {rights}"))
}

fn none_sent(audit: &Audit<'_>) -> Verdict {
    let sent: Vec<Request> = audit.ours()?.into_iter().filter(is_forward).collect();
    if sent.is_empty() { Ok(()) } else { Err(format!("port-forwards were asked for:{}", listed(&sent))) }
}

/// A port-forward that is asked for; both its answer's beginning and its end are in the log.
fn is_forward(request: &Request) -> bool {
    !request.ended && request.uri.contains("/portforward")
}

/// Takes away what the story made in the namespace of Prometheus.
struct Restored<'a>(&'a Lab);

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let gone = ["-n", MONITORING, "delete", "--ignore-not-found"];
        for (kind, name) in [("rolebinding", NAME), ("role", FORWARD)] {
            let _ = self.0.try_kubectl(&[&gone[..], &[kind, name]].concat());
        }
    }
}
