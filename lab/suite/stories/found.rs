//! Metrics that nobody has named: who has only the rights that `rolldeck rbac` prints finds the lab's Prometheus through the API
//! server, sends nothing that is refused on the way, and reads for each right and each Service that is missing what it is.
//!
//! In the lab with traffic. The Service of Prometheus is as it was at the end, also of a story that failed.

use serde_json::Value;

use crate::{
    Verdict,
    audit::{Audit, Request, listed},
    kube::{Lab, until},
    shift::{PATIENCE, Shift, quit},
    stories::{
        permits::{become_user, grant, without},
        shifting::{HTTP_ROUTE, begin},
        traffic::Field,
    },
};

const NAME: &str = "story-found";
pub(super) const MONITORING: &str = "monitoring";
const DEPLOYMENT: &str = "deployment/app-v1";
/// The Roles that are printed.
const METRICS: &str = "rolldeck-metrics";
pub(super) const FORWARD: &str = "rolldeck-forward";
/// A label of the pod that says nothing to anybody.
const PLAIN: &str = "story=numbers";

pub(crate) fn metrics_found(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = begin(&field, NAME)?;
    let _restored = Restored(&field.lab);
    field.lab.kubectl(&["-n", MONITORING, "label", "pods", "--all", "--overwrite", PLAIN])?;
    played(&field, (&shift, NAME), &ACTS)
}

/// What is tried one after the other; each says what it saw.
pub(super) type Act = fn(&Shift<'_>) -> Result<String, String>;

/// While requests are sent, a user who has only what is printed for reading tries it all.
pub(super) fn played(field: &Field, (shift, user): (&Shift<'_>, &str), acts: &[(&str, Act)]) -> Verdict {
    // It ends by itself if the story does not get so far.
    field.order("story", &format!("host={}&rate=100&seconds=900", HTTP_ROUTE.host))?;
    let role = shift.run(&["rbac", "--read-only"])?.expect(0)?.out;
    grant(shift, &role, user)?;
    become_user(shift, user)?;
    let verdict = acts.iter().try_for_each(|(name, act)| {
        let told = act(shift).map_err(|why| format!("{name}: {why}"));
        println!("        {name}: {}", told.as_deref().unwrap_or("FAILED"));
        told.map(drop)
    });
    field.order("story", "rate=0")?;
    verdict
}

const ACTS: [(&str, Act); 6] = [
    ("found", found),
    ("without services/proxy", unasked),
    ("without list there", unlisted),
    ("without list at all", blind),
    ("unrecognisable", unrecognisable),
    ("the better name is dead", second),
];

/// With the printed rights: numbers of both versions, and no request that was refused.
fn found(shift: &Shift<'_>) -> Result<String, String> {
    permit(shift, NAME, &["monitoring/prometheus:9090"])?;
    let audit = Audit::start(shift.lab);
    until(PATIENCE, || {
        let rates = rates(shift)?;
        let are_there = rates.len() == 2 && rates.iter().all(|rate| rate.is_some_and(|rate| rate > 1.0));
        if are_there { Ok(()) } else { Err(format!("requests per second: {rates:?}")) }
    })?;
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    deck.see_words("req/s", PATIENCE)?;
    deck.type_keys("S")?;
    deck.see_words("found: service monitoring/prometheus:9090 through the API server", PATIENCE)?;
    quit(deck)?;
    let sent = audit.ours()?;
    let is_query = |r: &Request| r.verb == "get" && r.uri.contains("/services/prometheus:9090/proxy/api/v1/query");
    // What is cut off because the deck is closed is a 503 in the log, and the lab has no metrics server.
    let is_permitted = |r: &Request| !matches!(r.code, 401 | 403) && (r.reads() || is_query(r));
    let wrong: Vec<Request> = sent.iter().filter(|r| !is_permitted(r)).cloned().collect();
    let queries = sent.iter().filter(|r| is_query(r)).count();
    if !wrong.is_empty() || queries == 0 {
        return Err(format!("{queries} queries; refused, or not for reading:{}", listed(&wrong)));
    }
    doctor(shift, &["found service monitoring/prometheus:9090 through the api server", "it answers"])?;
    Ok(format!("numbers of both versions; {} requests, {queries} of them queries, none refused", sent.len()))
}

/// It may be found, and not asked.
fn unasked(shift: &Shift<'_>) -> Result<String, String> {
    change_role(shift, MONITORING, "services/proxy")?;
    doctor(shift, &["not permitted: get on services/proxy for prometheus:9090 in namespace monitoring"])?;
    let then = "a port-forward is not permitted";
    nothing_but(shift, &format!("monitoring/prometheus:9090: needs get on services/proxy; {then}"))
}

/// The namespace of the story may be looked through, that of Prometheus may not.
fn unlisted(shift: &Shift<'_>) -> Result<String, String> {
    shift.lab.kubectl(&["-n", MONITORING, "delete", "rolebinding", NAME])?;
    doctor(shift, &["not permitted: list on services in all namespaces, or in that of the Prometheus"])?;
    nothing_but(shift, "no Service in story-found looks like a Prometheus; --prometheus URL names one")
}

/// No Services at all: a route is no rollout then, and the Deployment behind it still is one.
fn blind(shift: &Shift<'_>) -> Result<String, String> {
    let role = shift.place.kubectl(&["get", "role", "rolldeck-read-only", "-o", "json"])?;
    change_role(shift, &shift.place.name, "services")?;
    let said =
        nothing_of(shift, DEPLOYMENT, "Services may not be listed: needs list on services; --prometheus URL names one");
    shift.place.apply(&bare(&role)?)?;
    said
}

/// A Service that says by nothing what it is.
fn unrecognisable(shift: &Shift<'_>) -> Result<String, String> {
    permit(shift, NAME, &[MONITORING])?;
    shift.lab.kubectl(&["-n", MONITORING, "delete", "service", "prometheus"])?;
    shift.lab.apply_to(MONITORING, &service("numbers", PLAIN))?;
    nothing_but(shift, "no Service in story-found, monitoring looks like a Prometheus; --prometheus URL names one")
}

/// The one with the better name selects nobody.
fn second(shift: &Shift<'_>) -> Result<String, String> {
    shift.lab.apply_to(MONITORING, &service("prometheus", "story=nobody"))?;
    shift.lab.apply_to(MONITORING, &service("team-prometheus", PLAIN))?;
    doctor(
        shift,
        &[
            "found service monitoring/team-prometheus:9090 through the api server",
            "monitoring/prometheus:9090 (prometheus) was tried: the api server answers 503: no endpoints available",
        ],
    )?;
    let rates = rates(shift)?;
    if rates.len() == 2 && rates.iter().all(Option::is_some) {
        Ok("the other one was taken".to_owned())
    } else {
        Err(format!("requests per second: {rates:?}"))
    }
}

/// The Role that is printed for the Prometheus, for the user of a story.
pub(super) fn permit(shift: &Shift<'_>, user: &str, of: &[&str]) -> Verdict {
    let role = shift.run(&[&["rbac", "--metrics"], of].concat())?.expect(0)?.out;
    shift.lab.apply_to(MONITORING, &role)?;
    let (named, who) = (if of.contains(&"--forward") { FORWARD } else { METRICS }, format!("--user={user}"));
    let binding = ["-n", MONITORING, "create", "rolebinding", user, &format!("--role={named}"), &who];
    let _ = shift.lab.try_kubectl(&["-n", MONITORING, "delete", "rolebinding", user, "--ignore-not-found"]);
    shift.lab.kubectl(&binding).map(drop)
}

/// Takes the rules for a resource out of the only Role of rolldeck in a namespace.
pub(super) fn change_role(shift: &Shift<'_>, namespace: &str, resource: &str) -> Verdict {
    let role = shift.lab.kubectl(&["-n", namespace, "get", "roles", "-o", "jsonpath={.items[0]}"])?;
    shift.lab.apply_to(namespace, &without(&bare(&role)?, resource)?)
}

/// An object without the version that would make its later apply a conflict.
fn bare(object: &str) -> Result<String, String> {
    let mut object: Value = serde_json::from_str(object).map_err(|error| format!("{error}: {object}"))?;
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|key, _| matches!(key.as_str(), "name" | "namespace"));
    }
    Ok(object.to_string())
}

/// A Service of Prometheus' port that selects these pods.
fn service(name: &str, selector: &str) -> String {
    let selector = selector.replace('=', ": ");
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: {name}, labels: {{of: story}}}}, \
         spec: {{selector: {{{selector}}}, ports: [{{name: http-web, port: 9090, targetPort: http-web}}]}}}}"
    )
}

/// No numbers of the route, and why.
fn nothing_but(shift: &Shift<'_>, why: &str) -> Result<String, String> {
    nothing_of(shift, HTTP_ROUTE.name, why)
}

/// No numbers, and why, wherever it is said: by doctor and on the deck. All else works.
fn nothing_of(shift: &Shift<'_>, target: &str, why: &str) -> Result<String, String> {
    doctor(shift, &[&format!("none    metrics: {why}")])?;
    let rates = rates_of(shift, target)?;
    if rates.is_empty() || rates.iter().any(Option::is_some) {
        return Err(format!("requests per second: {rates:?}"));
    }
    shift.run(&["snapshot", target])?.expect(0)?.says(&[&format!("metrics  none: {why}"), "ready"])?;
    Ok(why.to_owned())
}

/// What `doctor` must say.
pub(super) fn doctor(shift: &Shift<'_>, words: &[&str]) -> Verdict {
    shift.run(&["doctor"])?.expect(0)?.says(words).map(drop)
}

/// Requests per second of each version of the route.
pub(super) fn rates(shift: &Shift<'_>) -> Result<Vec<Option<f64>>, String> {
    rates_of(shift, HTTP_ROUTE.name)
}

/// Requests per second of each version, as `status` has them.
fn rates_of(shift: &Shift<'_>, target: &str) -> Result<Vec<Option<f64>>, String> {
    let answer = shift.run(&["status", target, "--output", "json"])?;
    let report: Value = serde_json::from_str(&answer.out).map_err(|error| format!("{error}: {}", answer.out))?;
    let versions = report["versions"].as_array().ok_or_else(|| format!("no versions: {report:#}"))?;
    Ok(versions.iter().map(|version| version["metrics"]["rps"].as_f64()).collect())
}

/// Puts the Service of Prometheus back, and takes away what the story made there.
struct Restored<'a>(&'a Lab);

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        let gone = ["-n", MONITORING, "delete", "--ignore-not-found"];
        let services = ["service", "prometheus", "numbers", "team-prometheus"];
        let _ = self.0.try_kubectl(&[&gone[..], &services].concat());
        let _ = self.0.try_kubectl(&[&gone[..], &["rolebinding", NAME]].concat());
        let _ = self.0.try_kubectl(&[&gone[..], &["role", METRICS]].concat());
        let _ = self.0.try_kubectl(&["-n", MONITORING, "label", "pods", "--all", "story-"]);
        let file = self.0.root.join("lab/manifests/traffic.yaml").to_string_lossy().into_owned();
        let _ = self.0.try_kubectl(&["apply", "--server-side", "--force-conflicts", "-f", &file]);
    }
}
