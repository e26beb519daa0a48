//! Is it the release at all? Two versions with pods in two pools of nodes, across two zones; the pods of one pool fail, whatever
//! they run. What rolldeck says of it, from numbers of real requests, names the pool: not the release, and not a zone.
//!
//! In the lab with traffic. The labels of the nodes are as they were at the end, also of a story that failed.

use std::{thread::sleep, time::Duration};

use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, until},
    shift::{PATIENCE, Shift, quit},
    stories::{
        seen::{SCRAPED, measured_by},
        shifting::{HTTP_ROUTE, begin_at},
        traffic::Field,
    },
};

const NAME: &str = "story-blame";
/// Requests a second, to both versions alike.
const RATE: u32 = 80;
/// Pods are cold for a minute; then a change needs a minute of before to be seen.
const BEFORE: Duration = Duration::from_secs(150);
/// A place shows after a few blocks of ten seconds; a machine may be busy.
const TIME: Duration = Duration::from_mins(3);
const POOL: &str = "cloud.google.com/gke-nodepool";
const ZONE: &str = "topology.kubernetes.io/zone";
/// The ill one.
const SPOT: &str = "spot";
const ILL: &str = "lab.rolldeck/behaviour=median=40ms p99=160ms errors=20%";

pub(crate) fn seen(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let pools = Pools::make(&field.lab)?;
    let shift = begin_at(&field, NAME, "blame", [50, 50])?;
    for version in ["v1", "v2"] {
        spread(&shift, version)?;
    }
    measured_by(&field, &shift, (SCRAPED, Duration::from_mins(1)))?;
    // It ends by itself if the story does not get so far.
    field.order("blame", &format!("host=app.blame.example&rate={RATE}&seconds=600"))?;
    let verdict = told(&shift, &pools);
    field.order("blame", "rate=0")?;
    verdict
}

/// What is said before and after the pool falls ill.
fn told(shift: &Shift<'_>, pools: &Pools<'_>) -> Verdict {
    sleep(BEFORE);
    let before = findings(shift)?;
    if let Some(blamed) = before.iter().find(|finding| finding.contains("the release")) {
        return Err(format!("nothing is ill, and yet: {blamed}"));
    }
    for node in &pools.ill {
        let on = format!("--field-selector=spec.nodeName={node}");
        shift.place.kubectl(&["annotate", "pods", &on, "--overwrite", ILL])?;
    }
    let (mut said, place) = (Vec::new(), format!("in pool {SPOT}"));
    let took = until(TIME, || {
        said = findings(shift)?;
        if said.iter().any(|finding| finding.contains(&place)) { Ok(()) } else { Err(said.join("\n")) }
    })?;
    println!("        after {:.0} s: {}", took.as_secs_f32(), said.join("\n        "));
    let mut deck = shift.open(&[HTTP_ROUTE.name])?;
    deck.see_words(&place, PATIENCE)?;
    quit(deck)?;
    match said.iter().find(|finding| finding.contains("in zone") || finding.contains("on node")) {
        Some(wrong) => Err(format!("it is neither a zone nor a node: {wrong}")),
        None => Ok(()),
    }
}

/// What was found, each with its details.
fn findings(shift: &Shift<'_>) -> Result<Vec<String>, String> {
    let answer = shift.run(&["status", HTTP_ROUTE.name, "--output", "json"])?;
    let report: Value = serde_json::from_str(&answer.out).map_err(|error| format!("{error}: {}", answer.out))?;
    let all = report["findings"].as_array().ok_or_else(|| format!("no findings: {report:#}"))?;
    let word = |of: &Value| of.as_str().unwrap_or_default().to_owned();
    let one = |finding: &Value| {
        let details = finding["detail"].as_array().into_iter().flatten().map(word);
        [word(&finding["rule"]), word(&finding["message"])].into_iter().chain(details).collect::<Vec<_>>().join(" | ")
    };
    Ok(all.iter().map(one).collect())
}

/// Six pods of a version, three in each pool.
fn spread(shift: &Shift<'_>, version: &str) -> Verdict {
    let selector = serde_json::json!({"matchLabels": {"app": "app", "version": version}});
    let even = serde_json::json!({"maxSkew": 1, "topologyKey": POOL, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector});
    let template = serde_json::json!({"spec": {"topologySpreadConstraints": [even]}});
    let patch = serde_json::json!({"spec": {"replicas": 6, "template": template}}).to_string();
    let deployment = format!("deployment/app-{version}");
    shift.place.kubectl(&["patch", &deployment, "--patch", &patch])?;
    shift.place.kubectl(&["rollout", "status", &deployment, "--timeout=120s"]).map(drop)
}

/// The nodes of the lab in two pools, each of which lies in two zones.
struct Pools<'a> {
    lab: &'a Lab,
    ill: Vec<String>,
}

impl<'a> Pools<'a> {
    fn make(lab: &'a Lab) -> Result<Self, String> {
        let mut pools = Self { lab, ill: Vec::new() };
        let nodes = lab.kubectl(&["get", "nodes", "-o", "name"])?;
        for (at, node) in nodes.lines().enumerate() {
            let pool = if at % 2 == 0 { SPOT } else { "general" };
            let zone = if at / 2 % 2 == 0 { "zone-a" } else { "zone-b" };
            lab.kubectl(&["label", node, "--overwrite", &format!("{POOL}={pool}"), &format!("{ZONE}={zone}")])?;
            let name = node.trim_start_matches("node/").to_owned();
            pools.ill.extend((pool == SPOT).then_some(name));
        }
        Ok(pools)
    }
}

impl Drop for Pools<'_> {
    fn drop(&mut self) {
        let (pool, zone) = (format!("{POOL}-"), format!("{ZONE}=zone-a"));
        let _ = self.lab.try_kubectl(&["label", "nodes", "--all", "--overwrite", &pool, &zone]);
    }
}
