//! `rolldeck status` and `kubectl rollout status --watch=false` agree, over situations that nobody wrote by hand: an API
//! server without controllers keeps whatever status is written to it.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::{Verdict, kube::Lab};

/// The lab without controllers, beside the main one.
const HOME: &str = "lab-bare";
const PORT: &str = "17000";
const NAMESPACE: &str = "situations";

pub(crate) fn all_situations(lab: &Lab) -> Verdict {
    agree(lab, 264, 200)
}

pub(crate) fn some_situations(lab: &Lab) -> Verdict {
    agree(lab, 30, 20)
}

/// Writes `tried` situations; at least `enough` of them must be accepted by the server, and all of those must agree.
fn agree(lab: &Lab, tried: u64, enough: usize) -> Verdict {
    let bare = lab.at(HOME);
    bare.script("up", &["--port-base", PORT, "--without", "controller-manager,scheduler,kwok"])?;
    let verdict = compare(&bare, tried, enough);
    bare.script("down", &["--wipe"])?;
    verdict
}

fn compare(lab: &Lab, tried: u64, enough: usize) -> Verdict {
    // Without a namespace controller a namespace is never emptied: the lab is wiped instead.
    lab.kubectl(&["create", "namespace", NAMESPACE])?;
    let situations: Vec<Situation> = (0..tried).map(Situation::number).collect();
    let list: Vec<Value> = situations.iter().map(Situation::object).collect();
    lab.apply_to(NAMESPACE, &json!({"apiVersion": "v1", "kind": "List", "items": list}).to_string())?;
    let (mut accepted, mut complaints) = (0, String::new());
    for situation in situations {
        if !situation.write_status(lab) {
            continue;
        }
        accepted += 1;
        if let Err(why) = situation.judge(lab) {
            let _ = writeln!(complaints, "situation {}: {why}", situation.number);
        }
    }
    if accepted < enough {
        return Err(format!("the server accepted only {accepted} of {tried} situations"));
    }
    println!("        {accepted} situations compared with kubectl");
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

/// A Deployment with a status that might be.
struct Situation {
    number: u64,
    paused: bool,
    replicas: u64,
    /// Which generation the controller has observed, relative to the newest.
    behind: u64,
    have: u64,
    updated: u64,
    ready: u64,
    available: u64,
    /// Reason of the condition Progressing, if there is one.
    reason: Option<&'static str>,
}

impl Situation {
    fn number(number: u64) -> Self {
        let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1));
        let replicas = dice.below(6);
        let have = dice.below(9);
        // Mostly what the server accepts: available ≤ ready ≤ have, updated ≤ have; sometimes not.
        let updated = dice.below(have + 2);
        let ready = dice.below(have + 1);
        let available = dice.below(ready + 1);
        let reasons = [
            None,
            Some("ReplicaSetUpdated"),
            Some("NewReplicaSetCreated"),
            Some("NewReplicaSetAvailable"),
            Some("ProgressDeadlineExceeded"),
            Some("DeploymentPaused"),
        ];
        let reason = reasons[usize::try_from(dice.below(6)).unwrap()];
        let settled = dice.below(4) == 0;
        Self {
            number,
            paused: dice.below(5) == 0,
            replicas,
            behind: u64::from(dice.below(5) == 0),
            have: if settled { replicas } else { have },
            updated: if settled { replicas } else { updated },
            ready: if settled { replicas } else { ready },
            available: if settled { replicas } else { available },
            reason,
        }
    }

    fn name(&self) -> String {
        format!("s{}", self.number)
    }

    fn object(&self) -> Value {
        let labels = json!({"app": self.name()});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": self.name(), "namespace": NAMESPACE},
            "spec": {
                "replicas": self.replicas, "paused": self.paused, "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]},
                },
            },
        })
    }

    /// Writes the status; whether the server accepts it.
    fn write_status(&self, lab: &Lab) -> bool {
        let condition = self.reason.map(|reason| {
            let status = if reason == "ProgressDeadlineExceeded" { "False" } else { "True" };
            let now = "2026-01-02T03:04:05Z";
            json!({"type": "Progressing", "status": status, "reason": reason, "message": "said so",
                   "lastUpdateTime": now, "lastTransitionTime": now})
        });
        let status = json!({"status": {
            "observedGeneration": 1 - self.behind, "replicas": self.have, "updatedReplicas": self.updated,
            "readyReplicas": self.ready, "availableReplicas": self.available,
            "conditions": condition.into_iter().collect::<Vec<_>>(),
        }});
        let patch = status.to_string();
        let name = self.name();
        let arguments =
            ["patch", "deployment", &name, "-n", NAMESPACE, "--subresource=status", "--type=merge", "-p", &patch];
        lab.try_kubectl(&arguments).status.success()
    }

    fn judge(&self, lab: &Lab) -> Result<(), String> {
        let target = format!("deployment/{}", self.name());
        let theirs = lab.try_kubectl(&["rollout", "status", &target, "-n", NAMESPACE, "--watch=false"]);
        let said = if theirs.status.success() { &theirs.stdout } else { &theirs.stderr };
        let said = String::from_utf8_lossy(said).trim().trim_start_matches("error: ").to_string();
        let standing = match (theirs.status.success(), said.contains("successfully rolled out")) {
            (false, _) => "failed",
            (true, true) => "done",
            (true, false) => "waiting",
        };
        let ours = lab.run(&["status", &target, "-n", NAMESPACE, "-o", "json"]);
        let report: Value = serde_json::from_slice(&ours.stdout)
            .map_err(|e| format!("{e}: {}", String::from_utf8_lossy(&ours.stderr)))?;
        let code = match (self.paused, standing) {
            (true, _) => 8,
            (false, "failed") => 5,
            (false, "done") => 0,
            (false, _) => 7,
        };
        let seen = (report["status"]["standing"].as_str(), report["status"]["message"].as_str(), ours.status.code());
        let wanted = (Some(standing), Some(said.as_str()), Some(code));
        if seen == wanted { Ok(()) } else { Err(format!("kubectl {wanted:?}, rolldeck {seen:?}")) }
    }
}

/// A small generator with a fixed seed (SplitMix64): every run tries the same situations.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}
