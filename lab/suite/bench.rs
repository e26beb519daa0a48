//! The bench: how long until rolldeck knows 10,000 pods, and how much memory that takes, beside curl of the same lists in the
//! same run. Ratios, medians of five; never a verdict about absolute times.

pub(crate) mod demo;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use crate::{kube::Lab, pty::Terminal};

const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_mins(1);
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// The lists that the board reads.
const LISTS: [&str; 4] = [
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/api/v1/pods",
    "/apis/autoscaling/v2/horizontalpodautoscalers",
];

/// One run of everything, in seconds and MiB.
#[derive(Default)]
struct Run {
    deployments: f64,
    lists_protobuf: f64,
    lists_json: f64,
    first_rows: f64,
    all_pods: f64,
    memory: f64,
}

pub(crate) fn run(lab: &Lab) -> ExitCode {
    match measure(lab) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            println!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

fn measure(lab: &Lab) -> Result<bool, String> {
    let bench = Bench::new(lab)?;
    let pods = lab.kubectl(&["get", "--raw", "/api/v1/pods?limit=1"])?;
    let rest =
        serde_json::from_str::<serde_json::Value>(&pods).map_err(|e| e.to_string())?["metadata"]["remainingItemCount"]
            .as_u64()
            .unwrap_or(0);
    let deployments = lab.kubectl(&["get", "deployments", "-A", "-o", "name"])?.lines().count();
    println!("{deployments} Deployments, {} pods; median of {RUNS}, one uncounted run before", rest + 1);
    let mut runs = Vec::new();
    for number in 0..=RUNS {
        let run = bench.once()?;
        if number > 0 {
            runs.push(run);
        }
    }
    let curl_dep = median(&runs, |r| r.deployments);
    let curl_all = median(&runs, |r| r.lists_protobuf);
    let (first, all, memory) =
        (median(&runs, |r| r.first_rows), median(&runs, |r| r.all_pods), median(&runs, |r| r.memory));
    println!("curl, Deployments, gzip protobuf              {curl_dep:>7.3} s");
    println!("curl, the four lists in parallel, gzip protobuf {curl_all:>5.3} s");
    println!("curl, the four lists in parallel, gzip JSON    {:>6.3} s", median(&runs, |r| r.lists_json));
    println!(
        "rolldeck, first rows                          {first:>7.3} s   {:>5.2}x curl (promise 2)",
        first / curl_dep
    );
    println!(
        "rolldeck, all pods known                      {all:>7.3} s   {:>5.2}x curl (promise 1.5)",
        all / curl_all
    );
    println!("rolldeck, peak memory                         {memory:>7.1} MiB (promise 60)");
    for peer in ["k9s", "sofka"] {
        bench.peer(peer)?;
    }
    Ok(first <= 2.0 * curl_dep && all <= 1.5 * curl_all && memory <= 60.0)
}

fn median<R>(runs: &[R], of: impl Fn(&R) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

struct Bench<'a> {
    lab: &'a Lab,
    server: String,
    pki: PathBuf,
    pods: u64,
}

impl<'a> Bench<'a> {
    fn new(lab: &'a Lab) -> Result<Self, String> {
        let server = lab.kubectl(&["config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"])?;
        let pods = lab.kubectl(&["get", "pods", "-A", "-o", "name"])?.lines().count();
        Ok(Self { lab, server, pki: lab.home.join("pki"), pods: u64::try_from(pods).unwrap() })
    }

    fn once(&self) -> Result<Run, String> {
        let deployments = self.curl(&LISTS[..1], PROTOBUF)?;
        let lists_protobuf = self.curl(&LISTS, PROTOBUF)?;
        let lists_json = self.curl(&LISTS, "application/json")?;
        let (first_rows, all_pods, memory) = self.rolldeck()?;
        Ok(Run { deployments, lists_protobuf, lists_json, first_rows, all_pods, memory })
    }

    /// These lists at once, each by a curl of its own, answers thrown away still gzipped.
    fn curl(&self, lists: &[&str], accept: &str) -> Result<f64, String> {
        let started = Instant::now();
        let mut children = Vec::new();
        for list in lists {
            let child = Command::new("curl")
                .args(["-sSf", "-o", "/dev/null", "-H", "Accept-Encoding: gzip", "-H", &format!("Accept: {accept}")])
                .arg("--cacert")
                .arg(self.pki.join("ca.crt"))
                .arg("--cert")
                .arg(self.pki.join("admin.crt"))
                .arg("--key")
                .arg(self.pki.join("admin.key"))
                .arg(format!("{}{list}?resourceVersion=0", self.server))
                .stdin(Stdio::null())
                .spawn()
                .map_err(|e| format!("curl: {e}"))?;
            children.push(child);
        }
        for mut child in children {
            if !child.wait().map_err(|e| e.to_string())?.success() {
                return Err(format!("curl of {lists:?} failed"));
            }
        }
        Ok(started.elapsed().as_secs_f64())
    }

    /// First rows, all pods known, peak memory.
    fn rolldeck(&self) -> Result<(f64, f64, f64), String> {
        let kubeconfig = self.lab.kubeconfig();
        let arguments = ["--kubeconfig", &kubeconfig.to_string_lossy(), "-A"];
        let mut board = Terminal::open(self.lab.rolldeck(), &arguments, (140, 45))?;
        let first = board.see("first rows", PATIENCE, |text| text.contains("fleet-"))?;
        let all = board.see("all pods known", PATIENCE, |text| text.contains("● live"))?;
        let memory = peak(&board.pid()?)?;
        board.type_keys("\x03")?;
        board.end(PATIENCE)?;
        Ok((first.as_secs_f64(), all.as_secs_f64(), memory))
    }

    /// Another program on the same lists, if it is here.
    fn peer(&self, name: &str) -> Result<(), String> {
        let Some(program) = on_path(name) else {
            println!("{name}: not on PATH, so not measured");
            return Ok(());
        };
        // A home of its own: nothing of the operator's settings counts, and nothing is left in them.
        let home = self.lab.home.join("peer-home");
        fs::create_dir_all(&home).map_err(|e| e.to_string())?;
        let settings = [format!("HOME={}", home.display()), format!("KUBECONFIG={}", self.lab.kubeconfig().display())];
        let program = program.to_string_lossy();
        let mut arguments: Vec<&str> = settings.iter().map(String::as_str).chain([program.as_ref(), "-A"]).collect();
        arguments.extend(if name == "k9s" { &["-c", "pods"][..] } else { &["pods"] });
        let mut times = Vec::new();
        let mut memory = 0.0;
        for _ in 0..RUNS {
            let mut screen = Terminal::open(Path::new("/usr/bin/env"), &arguments, (140, 45))?;
            let count = self.pods.to_string();
            let grouped = format!("{},{:03}", self.pods / 1000, self.pods % 1000);
            match screen.see("all pods", PATIENCE, |text| text.contains(&count) || text.contains(&grouped)) {
                Ok(time) => times.push(time.as_secs_f64()),
                Err(why) => {
                    println!("{name}: its screen never showed {count} pods, so it is not measured\n{why}");
                    return Ok(());
                }
            }
            memory = peak(&screen.pid()?)?.max(memory);
        }
        times.sort_by(f64::total_cmp);
        println!("{name}, all pods known {:>36.3} s, peak memory {memory:.0} MiB", times[times.len() / 2]);
        Ok(())
    }
}

/// The most memory that a process ever held, MiB.
fn peak(pid: &str) -> Result<f64, String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| e.to_string())?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).ok_or("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).ok_or("no VmHWM")?;
    Ok(kib / 1024.0)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
