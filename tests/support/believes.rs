//! The real kubectl against `rolldeck demo --serve`: exit codes and the words that its users go by. Used by the tests and by
//! the lab suite.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

/// What kubectl is asked, its exit code, and words of its answer. A story in the order of its rows.
const ASKED: &[(&str, i32, &[&str])] = &[
    ("get namespaces", 0, &["shop", "monitoring"]),
    ("get deployments", 0, &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "cart", "3/3"]),
    ("get pods -l app=cart -o wide", 0, &["Running", "1/1", "node-"]),
    ("get deploy cart -o jsonpath={.spec.replicas}", 0, &["3"]),
    ("get deployments -o json", 0, &["\"kind\": \"List\"", "registry.example/shop/cart:1.19.5"]),
    ("get nothing-like-this", 1, &["the server doesn't have a resource type"]),
    ("get deployment absent", 1, &["deployments.apps \"absent\" not found"]),
    (
        "describe deployment cart",
        0,
        &["StrategyType:", "RollingUpdate", "NewReplicaSet:", "3 desired | 3 updated | 3 total"],
    ),
    ("rollout status deployment/cart", 0, &["deployment \"cart\" successfully rolled out"]),
    ("set image deployment/cart app=registry.example/shop/cart:1.20.0", 0, &["deployment.apps/cart image updated"]),
    ("rollout status deployment/cart --timeout=60s", 0, &["Waiting for deployment", "successfully rolled out"]),
    ("rollout history deployment/cart", 0, &["REVISION", "1 ", "2 "]),
    ("rollout history deployment/cart --revision=2", 0, &["registry.example/shop/cart:1.20.0"]),
    ("rollout undo deployment/cart", 0, &["deployment.apps/cart rolled back"]),
    ("rollout status deployment/cart --timeout=60s", 0, &["successfully rolled out"]),
    ("get deploy cart -o jsonpath={.spec.template.spec.containers[0].image}", 0, &["cart:1.19.5"]),
    ("rollout pause deployment/cart", 0, &["deployment.apps/cart paused"]),
    ("rollout pause deployment/cart", 1, &["already paused"]),
    ("rollout restart deployment/cart", 1, &["can't restart paused deployment"]),
    ("rollout resume deployment/cart", 0, &["deployment.apps/cart resumed"]),
    ("rollout restart deployment/cart", 0, &["deployment.apps/cart restarted"]),
    ("rollout status deployment/cart --timeout=60s", 0, &["successfully rolled out"]),
    ("scale deployment/cart --replicas=5", 0, &["deployment.apps/cart scaled"]),
    ("rollout status deployment/cart --timeout=60s", 0, &["successfully rolled out"]),
    ("get deployment cart", 0, &["5/5"]),
    ("scale deployment/cart --replicas=1 --dry-run=server", 0, &["scaled (server dry run)"]),
    ("get deployment cart", 0, &["5/5"]),
    ("set image deployment/cart app=registry.example/shop/cart:1.21.0-bad", 0, &["image updated"]),
    ("rollout status deployment/cart --timeout=4s", 1, &["timed out waiting for the condition"]),
    ("rollout undo deployment/cart", 0, &["rolled back"]),
    ("rollout status deployment/cart --timeout=60s", 0, &["successfully rolled out"]),
    ("get events", 0, &["ScalingReplicaSet", "Scaled up replica set"]),
    ("events", 0, &["LAST SEEN", "ScalingReplicaSet"]),
    ("wait --for=condition=Available deployment/cart --timeout=30s", 0, &["condition met"]),
    ("label deployment cart team=fruit", 0, &["deployment.apps/cart labeled"]),
    ("annotate deployment cart note=hello", 0, &["deployment.apps/cart annotated"]),
    ("get deploy -l team=fruit -o yaml", 0, &["note: hello"]),
    ("edit deployment cart", 0, &["deployment.apps/cart edited"]),
    ("get deploy cart -o jsonpath={.metadata.annotations.note}", 0, &["goodbye"]),
    ("logs deployment/cart --tail=1", 0, &["level="]),
    ("auth can-i create pods", 0, &["yes"]),
    ("top pods", 1, &["Metrics API not available"]),
    ("expose deployment cart --name=basket --port=80", 0, &["service/basket exposed"]),
    // These are sent as protobuf.
    ("create configmap settings --from-literal=a=b", 0, &["configmap/settings created"]),
    (
        "create deployment kiosk --image=registry.example/shop/kiosk:1 --replicas=2",
        0,
        &["deployment.apps/kiosk created"],
    ),
    ("rollout status deployment/kiosk --timeout=60s", 0, &["successfully rolled out"]),
    (
        "autoscale deployment kiosk --min=2 --max=4 --cpu=50%",
        0,
        &["horizontalpodautoscaler.autoscaling/kiosk autoscaled"],
    ),
    ("delete deployment kiosk", 0, &["deployment.apps \"kiosk\" deleted"]),
    (
        "create poddisruptionbudget cart --selector=app=cart --min-available=100%",
        0,
        &["poddisruptionbudget.policy/cart created"],
    ),
    ("get pdb", 0, &["MIN AVAILABLE", "ALLOWED DISRUPTIONS", "100%", "N/A"]),
    // Nodes are drained by evictions, which a budget may refuse: 429 with a reason, and kubectl tries again every 5 s.
    (
        "drain -l kubernetes.io/os=linux --pod-selector=app=cart --force --timeout=4s",
        1,
        &["violate the pod's disruption budget"],
    ),
    ("uncordon -l kubernetes.io/os=linux", 0, &["node/node-1 uncordoned"]),
    ("delete pdb cart", 0, &["poddisruptionbudget.policy \"cart\" deleted"]),
    ("drain node-1 --force --timeout=90s", 0, &["node/node-1 cordoned", "node/node-1 drained"]),
    ("uncordon node-1", 0, &["node/node-1 uncordoned"]),
    // Server-side apply of what was applied on the client's side first: kubectl migrates who owns what.
    ("apply -f APPLIED", 0, &["deployment.apps/stall created"]),
    ("apply --server-side -f APPLIED", 0, &["deployment.apps/stall serverside-applied"]),
    ("scale deployment/stall --replicas=3", 0, &["scaled"]),
    (
        "apply --server-side --dry-run=server -f APPLIED",
        1,
        &[
            "Apply failed with 1 conflict: conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas",
        ],
    ),
    ("apply --server-side --force-conflicts -f APPLIED", 0, &["serverside-applied"]),
    ("get deploy stall -o jsonpath={.spec.replicas}", 0, &["1"]),
    ("diff -f APPLIED", 0, &[]),
    ("delete -f APPLIED", 0, &["deployment.apps \"stall\" deleted"]),
];

/// What is applied.
const APPLIED: &str = r#"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "stall"}, "spec": {
    "replicas": 1, "selector": {"matchLabels": {"app": "stall"}}, "template": {
        "metadata": {"labels": {"app": "stall"}},
        "spec": {"containers": [{"name": "app", "image": "registry.example/shop/stall:1"}]}}}}"#;

/// A demo that is served, ended with its test.
pub(crate) struct Served {
    child: Child,
    /// Its first line, and the rest: nobody else may close it.
    _said: BufReader<ChildStdout>,
    /// Where: `127.0.0.1:40123`.
    pub(crate) address: String,
}

impl Served {
    /// Serves a scenario.
    pub(crate) fn of(rolldeck: &Path, scenario: &str) -> Result<Self, String> {
        let mut command = Command::new(rolldeck);
        command.args(["demo", scenario, "--serve", "127.0.0.1:0"]).stdout(Stdio::piped()).stdin(Stdio::null());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let mut said = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut first = String::new();
        said.read_line(&mut first).map_err(|error| error.to_string())?;
        let address = first.split_whitespace().find_map(|word| word.strip_prefix("http://"));
        let address = address.map(|at| at.trim_end_matches(';').to_owned());
        let mut served = Self { child, _said: said, address: String::new() };
        served.address = address.ok_or_else(|| format!("no address in {first:?}"))?;
        Ok(served)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves a simulated cluster and asks kubectl everything about it; what was not as it should be.
pub(crate) fn believes(kubectl: &Path, rolldeck: &Path) -> Result<(), String> {
    let served = Served::of(rolldeck, "smooth")?;
    let applied = std::env::temp_dir().join(format!("rolldeck-applied-{}.json", std::process::id()));
    std::fs::write(&applied, APPLIED).map_err(|error| error.to_string())?;
    let answers = ask_all(kubectl, &served.address, &applied.display().to_string());
    std::fs::remove_file(&applied).map_err(|error| error.to_string())?;
    answers
}

/// Asks kubectl everything; `applied` is the file in the place of APPLIED.
fn ask_all(kubectl: &Path, address: &str, applied: &str) -> Result<(), String> {
    for (asked, code, words) in ASKED {
        let Output { status, stdout, stderr } = Command::new(kubectl)
            .args(["--kubeconfig", "/dev/null", "--server", &format!("http://{address}"), "-n", "shop"])
            .args(asked.split(' ').map(|word| if word == "APPLIED" { applied } else { word }))
            .env("HOME", std::env::temp_dir())
            .env("KUBE_EDITOR", "sed -i s/hello/goodbye/")
            .output()
            .map_err(|error| format!("{}: {error}", kubectl.display()))?;
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        if status.code() != Some(*code) {
            return Err(format!("kubectl {asked}: exit code {:?} instead of {code}\n{text}", status.code()));
        }
        if let Some(missing) = words.iter().find(|word| !text.contains(**word)) {
            return Err(format!("kubectl {asked}: {missing:?} is not in its answer\n{text}"));
        }
    }
    Ok(())
}
