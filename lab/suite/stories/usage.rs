//! What pods use: what rolldeck shows of each version is the sum of what its pods were given, by way of the real metrics-server;
//! whose right to it is missing reads which one, and a metrics server that is away is said and takes nothing else with it.
//!
//! The lab is the given one, if it was started `--with usage`; else one of its own, stopped at the end.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Verdict,
    audit::{Audit, Request, listed},
    kube::{Lab, until},
    shift::{PATIENCE, SOON, Shift, WEB, quit},
    stories::permits::{become_user, grant},
};

const NAME: &str = "story-usage";
/// A pod has numbers once its node was asked twice, every ten seconds; a machine may be busy.
const MEASURED: Duration = Duration::from_secs(90);
/// A metrics server that did not answer is asked again after a minute.
const AGAIN: Duration = Duration::from_mins(3);
/// Processor time comes from a counter and two moments: so much it may be off.
const OFF: f64 = 0.02;
const MIB: u64 = 1 << 20;

/// What the two versions have: role, pods, and what each of their two containers is given, in cores and MiB.
const GIVEN: [(&str, usize, f64, u64); 2] = [("stable", 4, 0.25, 96), ("canary", 2, 0.4, 300)];
const RIGHT: &str = "needs list on pods.metrics.k8s.io in namespace story-usage";
const AWAY: &str = "usage    unknown: the metrics server does not answer";

pub(crate) fn seen(lab: &Lab) -> Verdict {
    let ground = Ground::enter(lab)?;
    let shift = Shift::begin(&ground.lab, NAME)?;
    for ((_, pods, cores, mib), tag) in GIVEN.into_iter().zip(["1", "2-unready"]) {
        // The first version is whole; the second does not get ready, and stays beside it.
        shift.place.apply(&web(tag, cores, mib))?;
        let version = format!("--selector=tag=t{tag}");
        until(PATIENCE, || {
            let found = shift.place.kubectl(&["get", "pods", &version, "--no-headers"])?;
            if found.matches("Running").count() == pods { Ok(()) } else { Err(found) }
        })?;
    }
    for (name, act) in ACTS {
        let told = act(&shift).map_err(|why| format!("{name}: {why}"))?;
        println!("        {name}: {told}");
    }
    Ok(())
}

/// What is tried one after the other; each says what it saw.
type Act = fn(&Shift<'_>) -> Result<String, String>;
const ACTS: [(&str, Act); 3] = [("given", given), ("without the right", unread), ("the server is away", away)];

/// The printed role reads the sum of what was given, and nothing that is asked is refused.
fn given(shift: &Shift<'_>) -> Result<String, String> {
    let role = shift.run(&["rbac", "--read-only"])?.expect(0)?.out;
    grant(shift, &role, NAME)?;
    become_user(shift, NAME)?;
    let audit = Audit::start(shift.lab);
    until(MEASURED, || measured(shift))?;
    let mut deck = shift.deck()?;
    deck.see("what both versions use", SOON * 2, shows_both)?;
    quit(deck)?;
    let wrong: Vec<Request> = audit.ours()?.into_iter().filter(|sent| matches!(sent.code, 401 | 403)).collect();
    if !wrong.is_empty() {
        return Err(format!("refused:{}", listed(&wrong)));
    }
    shift
        .run(&["doctor"])?
        .expect(0)?
        .says(&["usage of pods in story-usage: the metrics server measures 6 of them"])?;
    Ok(format!("{:?}", report(shift)?))
}

/// The same role without the rule: which one it is, and everything else.
fn unread(shift: &Shift<'_>) -> Result<String, String> {
    let whole = shift.lab.kubectl(&["-n", NAME, "get", "role", "rolldeck-read-only", "-o", "json"])?;
    let mut role: Value = serde_json::from_str(&whole).map_err(|error| error.to_string())?;
    role["metadata"] = serde_json::json!({"name": "rolldeck-read-only"});
    let back = role.to_string();
    let rules = role["rules"].as_array_mut().ok_or("a role without rules")?;
    rules.retain(|rule| rule["apiGroups"] != serde_json::json!(["metrics.k8s.io"]));
    shift.place.apply(&role.to_string())?;
    until(SOON, || unmeasured(shift))?;
    shift.run(&["doctor"])?.expect(0)?.says(&[RIGHT])?;
    let mut deck = shift.deck()?;
    deck.see_words(RIGHT, SOON)?;
    deck.see_words("4/4 ready", SOON)?;
    quit(deck)?;
    shift.place.apply(&back)?;
    until(SOON, || measured(shift))?;
    Ok(RIGHT.to_owned())
}

/// The metrics server ends under an open deck, and comes back.
fn away(shift: &Shift<'_>) -> Result<String, String> {
    let mut deck = shift.deck()?;
    deck.see("what both versions use", SOON * 2, shows_both)?;
    shift.lab.signal("metrics-server", "-TERM")?;
    let gone = deck.see_words(AWAY, PATIENCE)?;
    let text = deck.text();
    if text.contains(" cores ") || !text.contains("4/4 ready") || !text.contains("● live") {
        return Err(format!("not only what pods use is gone:\n{text}"));
    }
    unmeasured(shift)?;
    // The new pods' numbers of before are none of today's.
    shift.lab.script("up", &[])?;
    let back = deck.see("what both versions use", AGAIN, shows_both)?;
    quit(deck)?;
    until(MEASURED, || measured(shift))?;
    Ok(format!("{AWAY}; numbers again {:.0} s later", back.saturating_sub(gone).as_secs_f32()))
}

/// What one version uses by `status`: cores, bytes, and of how many pods.
type Seen = (Option<f64>, Option<u64>, Option<u64>);

fn report(shift: &Shift<'_>) -> Result<Vec<(String, Seen)>, String> {
    let answer = shift.run(&["status", WEB, "--output", "json"])?;
    let report: Value = serde_json::from_str(&answer.out).map_err(|error| format!("{error}: {}", answer.out))?;
    let version = |of: &Value| {
        let seen = (of["cpu_cores"].as_f64(), of["memory_bytes"].as_u64(), of["measured_pods"].as_u64());
        (of["role"].as_str().unwrap_or_default().to_owned(), seen)
    };
    let versions = report["versions"].as_array().ok_or_else(|| format!("no versions: {report:#}"))?;
    Ok(versions.iter().map(version).collect())
}

/// Both versions use what they were given.
fn measured(shift: &Shift<'_>) -> Verdict {
    let report = report(shift)?;
    let holds = |(role, pods, cores, mib): (&str, usize, f64, u64)| {
        let pods = u32::try_from(pods).unwrap_or(0);
        let seen = report.iter().find(|(of, _)| of == role).map(|(_, seen)| *seen);
        let Some((Some(used), Some(bytes), Some(measured))) = seen else { return false };
        let given = f64::from(2 * pods) * cores;
        measured == u64::from(pods) && bytes == u64::from(2 * pods) * mib * MIB && (used / given - 1.0).abs() < OFF
    };
    if GIVEN.into_iter().all(holds) { Ok(()) } else { Err(format!("{report:?} of {GIVEN:?}")) }
}

/// Neither is known, and the rest is.
fn unmeasured(shift: &Shift<'_>) -> Verdict {
    let report = report(shift)?;
    let is_whole = report.len() == 2 && report.iter().all(|(_, seen)| *seen == (None, None, None));
    if is_whole { Ok(()) } else { Err(format!("{report:?}")) }
}

/// `uses 2.00 cores · 768 MiB` of the one and `uses 1.60 cores · 1.1 GiB` of the other, cores within a hundredth or two.
fn shows_both(text: &str) -> bool {
    let uses: Vec<(f64, &str)> = text.split("uses ").skip(1).filter_map(used).collect();
    let near = |cores: f64, wanted: f64| (cores / wanted - 1.0).abs() < OFF;
    let shows = |wanted: f64, memory: &str| uses.iter().any(|(cores, said)| near(*cores, wanted) && *said == memory);
    shows(2.0, "768 MiB") && shows(1.6, "1.1 GiB")
}

fn used(text: &str) -> Option<(f64, &str)> {
    let (cores, rest) = text.trim_start().split_once(" cores ")?;
    let memory = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = memory.find("iB")? + 2;
    Some((cores.parse().ok()?, memory.get(..end)?))
}

/// `web` of four pods of two containers each; what each uses is in the template.
fn web(tag: &str, cores: f64, mib: u64) -> String {
    format!(
        r#"
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 4
  strategy: {{rollingUpdate: {{maxSurge: 2, maxUnavailable: 0}}}}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata:
      labels: {{app: web, tag: t{tag}}}
      annotations: {{lab.rolldeck/cpu: "{cores}", lab.rolldeck/memory: {mib}Mi}}
    spec:
      containers:
      - {{name: app, image: "registry.example/web:{tag}"}}
      - {{name: proxy, image: "registry.example/proxy:1"}}
"#
    )
}

/// The lab of the story.
struct Ground {
    lab: Lab,
    /// It was started for this story.
    own: bool,
}

impl Ground {
    fn enter(lab: &Lab) -> Result<Self, String> {
        let own = !lab.has("usage");
        let lab = lab.at(if own { "lab-usage" } else { lab.home.to_str().ok_or("the lab's folder is no text")? });
        if own {
            lab.script("down", &["--wipe"])?;
            lab.script("up", &["--port-base", "17400", "--nodes", "4", "--with", "usage"])?;
        }
        Ok(Self { lab, own })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if self.own {
            let _ = self.lab.script("down", &[]);
        }
    }
}
