//! What a rollout's own analysis names: beside the real controllers of Argo Rollouts and Flagger, rolldeck's queries are what
//! they ask, character for character, its Prometheus is the one that they name, and their thresholds are drawn.
//!
//! In the lab with traffic. Argo says in an `AnalysisRun` what it asks; what Flagger asks stands in Prometheus' own log. The
//! controllers run outside of the cluster's network: a proxy, which is the lab's way to Prometheus, takes them to any address.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, deployment, in_module, until},
    shift::{PATIENCE, Shift, quit},
    stories::traffic::Field,
};

const NAME: &str = "story-named";
const ARGO: &str = "github.com/argoproj/argo-rollouts@v1.9.1";
const OF_ARGO: [&str; 5] =
    ["rollout-crd", "analysis-run-crd", "analysis-template-crd", "cluster-analysis-template-crd", "experiment-crd"];
const FLAGGER: (&str, &str) = ("github.com/fluxcd/flagger@v1.44.0", "artifacts/flagger/crd.yaml");
/// The metric that rolldeck does not work out: its argument is in a Secret.
const SECRET: &str = "secret";

/// A query as rolldeck names it: what is asked, or why not, and above or below which numbers it hurts.
#[derive(Clone, Debug, PartialEq)]
struct Named {
    asked: Result<String, String>,
    limits: Vec<(Option<f64>, Option<f64>)>,
}

/// A controller; it ends with the story.
struct Controller(Child);

impl Drop for Controller {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The kinds of both controllers, which go with the story.
struct Kinds<'a>(&'a Lab, Vec<String>);

impl<'a> Kinds<'a> {
    fn install(lab: &'a Lab) -> Result<Self, String> {
        let of_argo = |name: &&str| in_module(ARGO, &format!("manifests/crds/{name}.yaml"));
        let mut files = OF_ARGO.iter().map(of_argo).collect::<Result<Vec<_>, _>>()?;
        files.push(in_module(FLAGGER.0, FLAGGER.1)?);
        for file in &files {
            lab.kubectl(&["apply", "--server-side", "--force-conflicts", "-f", file])?;
        }
        lab.kubectl(&["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"])?;
        Ok(Self(lab, files))
    }
}

impl Drop for Kinds<'_> {
    fn drop(&mut self) {
        for file in &self.1 {
            let _ = self.0.try_kubectl(&["delete", "-f", file, "--wait=false", "--ignore-not-found"]);
        }
    }
}

pub(crate) fn named_queries(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let shift = Shift::begin(&field.lab, NAME)?;
    let _kinds = Kinds::install(&field.lab)?;
    for name in ["api", "web", "pay"] {
        shift.place.apply(&deployment(name, 2, "registry.example/app:1"))?;
    }
    let manifest = field.lab.root.join("lab/manifests/analysis.yaml");
    let manifest = fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    until(PATIENCE, || shift.place.apply(&manifest))?;
    let _controllers = start(&field, &shift)?;
    begin_both(&shift)?;
    let argo = compared_with_argo(&shift)?;
    let flagger = compared_with_flagger(&field, &shift)?;
    println!("        {argo} of Argo's queries and {flagger} of Flagger's are rolldeck's");
    limits(&shift)?;
    found(&shift)?;
    drawn(&shift)
}

/// Starts both controllers.
fn start(field: &Field, shift: &Shift<'_>) -> Result<Vec<Controller>, String> {
    let proxy = format!("http://127.0.0.1:{}", field.port + 6);
    let kubeconfig = field.lab.kubeconfig().display().to_string();
    let namespace = &shift.place.name;
    let (metrics, health, port) = (free_port()?, free_port()?, free_port()?);
    // In one namespace only it would not read templates of the cluster.
    let argo =
        ["--kubeconfig", &kubeconfig, "--leader-elect=false", "--metricsPort", &metrics, "--healthzPort", &health];
    let server = "http://prometheus.monitoring:9090";
    let flagger = ["-kubeconfig", &kubeconfig, "-mesh-provider", "kubernetes", "-metrics-server", server];
    let flagger = [&flagger[..], &["-namespace", namespace, "-port", &port, "-control-loop-interval", "2s"]].concat();
    let run = |(name, arguments): (&str, &[&str])| {
        let log = File::create(shift.folder.join(format!("{name}.log"))).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let program = field.lab.root.join("target/lab/bin").join(name);
        let child = Command::new(&program)
            .args(arguments)
            .env("HTTP_PROXY", &proxy)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn();
        let why = |error| format!("{}: {error} (lab/build --with analysis makes it)", program.display());
        child.map(Controller).map_err(why)
    };
    [("rollouts-controller", argo.as_slice()), ("flagger", flagger.as_slice())].into_iter().map(run).collect()
}

fn free_port() -> Result<String, String> {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
    free.map(|at| at.port().to_string()).map_err(|error| error.to_string())
}

/// A first version, and then a second one that is analysed.
fn begin_both(shift: &Shift<'_>) -> Verdict {
    let field = |object: &str, path: &str| shift.place.kubectl(&["get", object, "-o", &format!("jsonpath={path}")]);
    until(PATIENCE * 2, || {
        let (argo, flagger) =
            (field("rollout/api", "{.status.phase}")?, field("canary/web-canary", "{.status.phase}")?);
        let is_there = argo == "Healthy" && flagger == "Initialized";
        if is_there { Ok(()) } else { Err(format!("Rollout {argo:?}, Canary {flagger:?}")) }
    })?;
    for name in ["api", "web"] {
        shift.place.kubectl(&["set", "image", &format!("deployment/{name}"), "app=registry.example/app:2"])?;
    }
    Ok(())
}

/// The queries that rolldeck names for a rollout. None of them is asked on the deck.
fn named(shift: &Shift<'_>, target: &str) -> Result<BTreeMap<String, Named>, String> {
    let out = shift.run(&["snapshot", target, "--output", "json"])?.expect(0)?.out;
    let report: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))?;
    let all = report["analysis"].as_array().ok_or_else(|| format!("no analysis: {report:#}"))?;
    let text = |of: &Value| of.as_str().map(str::to_owned);
    let one = |query: &Value| {
        let limits = query["limits"].as_array().into_iter().flatten();
        let limits = limits.map(|limit| (limit["above"].as_f64(), limit["below"].as_f64())).collect();
        let asked = text(&query["promql"]).ok_or_else(|| text(&query["why"]).unwrap_or_default());
        (text(&query["name"]).unwrap_or_default(), Named { asked, limits })
    };
    Ok(all.iter().map(one).collect())
}

/// What each metric of the analysis run asks, as Argo's controller has written it down.
fn compared_with_argo(shift: &Shift<'_>) -> Result<usize, String> {
    let mut theirs = BTreeMap::new();
    until(PATIENCE * 2, || {
        let runs = shift.place.kubectl(&["get", "analysisruns", "-o", "json"])?;
        let runs: Value = serde_json::from_str(&runs).map_err(|error| error.to_string())?;
        let results = runs["items"].as_array().into_iter().flatten();
        let results = results.flat_map(|run| run["status"]["metricResults"].as_array().into_iter().flatten());
        let asked = |result: &Value| {
            let query = result["metadata"]["ResolvedPrometheusQuery"].as_str()?;
            Some((result["name"].as_str()?.to_owned(), query.to_owned()))
        };
        theirs = results.filter_map(asked).collect();
        if theirs.len() == 5 { Ok(()) } else { Err(format!("measured: {theirs:?}; {runs:#}")) }
    })?;
    let ours = named(shift, "deployment/api")?;
    let names = |of: &BTreeMap<String, _>| of.keys().cloned().collect::<Vec<String>>();
    let keys = ours.keys().cloned().collect::<Vec<_>>();
    if names(&theirs) != keys {
        return Err(format!("metrics: {:?}, and rolldeck's: {keys:?}", names(&theirs)));
    }
    for (name, query) in &theirs {
        let own = ours.get(name).map(|own| own.asked.clone());
        if name == SECRET {
            let why = "its argument token is in a Secret, and Secrets are not read";
            if own != Some(Err(why.to_owned())) || !query.contains("hidden-word") {
                return Err(format!("{name}: {own:?}, and Argo asks {query:?}"));
            }
        } else if own.as_ref() != Some(&Ok(query.clone())) {
            return Err(format!("{name}: Argo asks\n{query:?}\nand rolldeck would\n{own:?}"));
        }
    }
    Ok(theirs.len() - 1)
}

/// What Prometheus was asked, by its own log: rolldeck has not drawn any of them yet.
fn compared_with_flagger(field: &Field, shift: &Shift<'_>) -> Result<usize, String> {
    let ours = named(shift, "deployment/web")?;
    let again = named(shift, "deployment/web-primary")?;
    if ours != again || ours.len() != 3 {
        return Err(format!("of web: {ours:#?}\nof web-primary: {again:#?}"));
    }
    let log = field.lab.home.join("log/queries.log");
    until(PATIENCE * 2, || {
        let log = fs::read_to_string(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let asked: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let is_asked = |query: &str| asked.iter().any(|line| line["params"]["query"] == query);
        let unasked = ours.iter().filter(|(_, own)| !own.asked.as_ref().is_ok_and(|query| is_asked(query)));
        let unasked: Vec<_> = unasked.collect();
        let like = |line: &&Value| line["params"]["query"].to_string().contains("vector(");
        let near: Vec<&Value> = asked.iter().filter(like).map(|line| &line["params"]["query"]).collect();
        let last = &near[near.len().saturating_sub(6)..];
        if unasked.is_empty() { Ok(()) } else { Err(format!("never asked: {unasked:#?}\nlast: {last:#?}")) }
    })?;
    Ok(ours.len())
}

/// The thresholds of both.
fn limits(shift: &Shift<'_>) -> Verdict {
    let (argo, flagger) = (named(shift, "deployment/api")?, named(shift, "deployment/web")?);
    let (above, below) = (|at| (Some(at), None), |at| (None, Some(at)));
    for (of, name, limits) in [
        (&argo, "of-cluster", vec![below(0.95)]),
        (&argo, "inner", vec![above(5.0)]),
        (&argo, "of-rollout", vec![]),
        (&flagger, "errors", vec![above(1.0)]),
        (&flagger, "unset", vec![below(1.0), above(3.0)]),
        (&flagger, "inline", vec![above(50.0)]),
    ] {
        let seen = of.get(name).map(|own| &own.limits);
        if seen != Some(&limits) {
            return Err(format!("limits of {name}: {seen:?}, not {limits:?}"));
        }
    }
    Ok(())
}

/// The Prometheus that is asked is the one that is named; the one outside of the cluster is told and left alone.
fn found(shift: &Shift<'_>) -> Verdict {
    shift.run(&["doctor"])?.expect(0)?.says(&[
        "found service monitoring/prometheus:9090 through the API server (named by ",
        "https://prometheus.example.org/x (named by MetricTemplate story-named/outside) is not asked: it is outside of the \
         cluster, and nothing is sent there by itself: --prometheus https://prometheus.example.org/x asks it",
    ])?;
    let mut deck = shift.open(&["deployment/api"])?;
    deck.type_keys("S")?;
    deck.see_words("found: service monitoring/prometheus:9090 through the API server, named by ", PATIENCE)?;
    quit(deck)
}

/// A query of each controller is drawn with its threshold and with who names it, and Flagger's limits on what is measured anyway.
fn drawn(shift: &Shift<'_>) -> Verdict {
    let charts = |target: &str, keys: &str, words: &[&str]| {
        let mut deck = shift.open(&[target])?;
        deck.see_words("traffic", PATIENCE)?;
        deck.type_keys(keys)?;
        for word in words {
            deck.see_words(word, PATIENCE)?;
        }
        quit(deck)
    };
    // Shift and tab, from the first measure backwards to the last query.
    let back = "\x1b[Z";
    charts(
        "deployment/api",
        &format!("c{back}"),
        &["of-cluster", "0.97", "wanted >= 0.95", "by clusteranalysistemplate/story-named"],
    )?;
    charts(
        "deployment/web",
        &format!("c{back}{back}"),
        &["unset", "wanted >= 1", "wanted <= 3", "by metrictemplate/unset"],
    )?;
    charts("deployment/pay", "c\t", &["failed", "wanted <= 1.00 %", "by canary/pay"])?;
    charts(
        "deployment/pay",
        &format!("c{back}"),
        &["it cannot be drawn", "its template holds {{if true}}, which is not worked out"],
    )
}
