//! Real traffic: what is written into a route is what requests get, and the router, the pods, Prometheus and whoever sends
//! the requests count the same.
//!
//! The lab is the given one, if it was started `--with traffic`; else one of its own, stopped at the end. Counts are compared
//! between moments at which nothing is under way, after each of which everything was scraped: then nobody has counted what
//! another has yet to count. Afterwards the route, the pods and the load are as they were.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
    time::Duration,
};

use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, until},
};

const PATIENCE: Duration = Duration::from_secs(40);
/// How soon a route must be obeyed, on a busy machine.
const SOON: Duration = Duration::from_secs(15);
const HOST: &str = "app.shop.example";
/// Prometheus, through the API server's service proxy.
const PROMETHEUS: &str = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy";
const VERSIONS: [&str; 2] = ["v1", "v2"];
/// How much wider a bucket's upper border is than its lower one, at most, and a little for the digits of the borders.
const BUCKET: f64 = 1.055;

pub(crate) fn counts_agree(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    for (name, act) in ACTS {
        act(&field).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// What is done one after the other on one lab.
type Act = fn(&Field) -> Verdict;
const ACTS: [(&str, Act); 3] = [("split", split), ("shift", shift), ("slower", slower)];

/// A thousand requests at 90/10: everybody counts the same of each version.
fn split(field: &Field) -> Verdict {
    field.shift(90, 10)?;
    let (before, after) = field.send(1_000, 200)?;
    let counts = Counted::between(&before, &after);
    println!("        split: {counts:?}");
    let of = |version: &str| counts.load.get(version).copied().unwrap_or_default();
    let (v1, v2) = (of("v1"), of("v2"));
    near("requests in all", v1 + v2, 1_000.0)?;
    near("share of v2", v2, 100.0)?;
    counts.agree()
}

/// 70/30, written by kubectl, is what requests get within seconds.
fn shift(field: &Field) -> Verdict {
    let took = field.shift(70, 30)?;
    let (before, after) = field.send(500, 200)?;
    let counts = Counted::between(&before, &after);
    println!("        shift: 30 of 100 by v2 after {:.1} s; then {counts:?}", took.as_secs_f32());
    near("share of v2", counts.traefik.get("v2").copied().unwrap_or_default(), 150.0)?;
    counts.agree()
}

/// v2 becomes slower by 30 %: Prometheus' quantiles of the router show it, within a bucket of what was measured outside.
fn slower(field: &Field) -> Verdict {
    field.shift(50, 50)?;
    // Slow ones, beside which the time that a busy machine takes to hand a request on is small.
    field.behave("v1", "median=300ms p99=600ms")?;
    field.behave("v2", "median=390ms p99=780ms")?;
    // The first answers may still be from before.
    field.burst(50, 200)?;
    let quiet = field.scraped()?;
    field.send(4_000, 150)?;
    let window = (field.now()? - quiet).floor();
    let mut medians = Vec::new();
    for (version, q) in VERSIONS.into_iter().flat_map(|version| [(version, 0.5), (version, 0.9)]) {
        let of = |buckets: &str| {
            field
                .query(&format!("histogram_quantile({q}, sum by (le) (rate({buckets}[{window}s])))"))
                .map(|all| total(&all))
        };
        let seen =
            of(&format!("traefik_service_request_duration_seconds_bucket{{service=~\".*-{version}-.*gateway\"}}"))?;
        let truth = of(&format!("load_request_duration_seconds_bucket{{host=\"{HOST}\",version=\"{version}\"}}"))?;
        println!("        slower: {version} quantile {q}: router {seen:.4} s, load {truth:.4} s");
        let apart = (seen / truth).max(truth / seen);
        if apart.is_nan() || apart > BUCKET {
            return Err(format!("{version}: quantile {q} is {seen} s at the router and {truth} s outside"));
        }
        medians.extend((q < 0.6).then_some(seen));
    }
    let slower = medians[1] / medians[0];
    if (1.2..1.4).contains(&slower) { Ok(()) } else { Err(format!("v2 is {slower} times as slow, not 1.3 times")) }
}

/// Within two in a hundred, or three.
pub(super) fn near(what: &str, seen: f64, wanted: f64) -> Verdict {
    let most = (wanted * 0.02).max(3.0);
    if (seen - wanted).abs() <= most { Ok(()) } else { Err(format!("{what}: {seen}, not {wanted} ± {most}")) }
}

/// Requests by version.
type ByVersion = BTreeMap<&'static str, f64>;

/// What each has counted at a quiet moment, or between two.
#[derive(Debug)]
struct Counted {
    /// Whoever sent them, by the header `x-version`.
    load: ByVersion,
    /// The pods themselves.
    pods: ByVersion,
    /// The pods, as Prometheus has it.
    scraped: ByVersion,
    /// Traefik, as Prometheus has it.
    traefik: ByVersion,
}

impl Counted {
    fn between(before: &Self, after: &Self) -> Self {
        let less = |before: &ByVersion, after: &ByVersion| {
            after.iter().map(|(version, count)| (*version, count - before.get(version).unwrap_or(&0.0))).collect()
        };
        Self {
            load: less(&before.load, &after.load),
            pods: less(&before.pods, &after.pods),
            scraped: less(&before.scraped, &after.scraped),
            traefik: less(&before.traefik, &after.traefik),
        }
    }

    fn agree(&self) -> Verdict {
        for (version, sent) in &self.load {
            for (who, counts) in [("pods", &self.pods), ("scraped", &self.scraped), ("traefik", &self.traefik)] {
                near(
                    &format!("{version} as counted by {who}"),
                    counts.get(version).copied().unwrap_or_default(),
                    *sent,
                )?;
            }
        }
        Ok(())
    }
}

/// A lab with traffic.
pub(super) struct Field {
    /// The lab.
    pub(super) lab: Lab,
    /// It was started for this story.
    own: bool,
    /// The API server's port; others count from it.
    pub(super) port: u16,
    load: String,
}

impl Field {
    /// Enters it, or starts one; no requests are sent from then on but those of the story.
    pub(super) fn enter(lab: &Lab) -> Result<Self, String> {
        let own = !lab.has("traffic");
        let lab = lab.at(if own { "lab-traffic" } else { lab.home.to_str().ok_or("the lab's folder is no text")? });
        if own {
            // What an earlier run left; its logs are there until now.
            lab.script("down", &["--wipe"])?;
            lab.script("up", &["--port-base", "17200", "--nodes", "4", "--with", "traffic"])?;
        }
        let settings = fs::read_to_string(lab.home.join("settings")).unwrap_or_default();
        let port = settings.lines().find_map(|line| line.strip_prefix("port=")?.parse::<u16>().ok());
        let port = port.ok_or("the lab has no port")?;
        let field = Self { load: format!("http://127.0.0.1:{}", port + 8), port, lab, own };
        field.order("steady", "rate=0")?;
        until(PATIENCE, || field.quiet().map(drop))?;
        Ok(field)
    }

    /// Tells the load what to send.
    pub(super) fn order(&self, stream: &str, order: &str) -> Result<String, String> {
        curl(&["-X", "PUT", &format!("{}/streams/{stream}?{order}", self.load)])
    }

    /// What the load has counted.
    pub(super) fn load(&self) -> Result<String, String> {
        curl(&[&format!("{}/metrics", self.load)])
    }

    fn burst(&self, requests: u32, rate: u32) -> Result<String, String> {
        self.burst_to(HOST, requests, rate)
    }

    /// Sends so many to a host at that rate, and waits for all answers; what was counted then.
    pub(super) fn burst_to(&self, host: &str, requests: u32, rate: u32) -> Result<String, String> {
        let tried = |counted: &str| sum(counted, "load_sent_total", "") + sum(counted, "load_dropped_total", "");
        let before = tried(&self.load()?);
        self.order("story", &format!("host={host}&rate={rate}&requests={requests}&seconds=120"))?;
        let mut counted = String::new();
        until(PATIENCE * 2, || {
            counted = self.quiet()?;
            let done = tried(&counted) - before;
            if done + 0.5 > f64::from(requests) {
                Ok(())
            } else {
                Err(format!("{done} of {requests} requests were sent"))
            }
        })?;
        Ok(counted)
    }

    /// What the load has counted when nothing is under way.
    pub(super) fn quiet(&self) -> Result<String, String> {
        let counted = self.load()?;
        let under_way = sum(&counted, "load_under_way", "");
        if under_way < 0.5 { Ok(counted) } else { Err(format!("{under_way} requests are under way")) }
    }

    /// The counts before and after so many requests.
    fn send(&self, requests: u32, rate: u32) -> Result<(Counted, Counted), String> {
        let before = self.counted()?;
        self.burst(requests, rate)?;
        Ok((before, self.counted()?))
    }

    /// All counts, when nothing is under way.
    fn counted(&self) -> Result<Counted, String> {
        self.scraped()?;
        let load = self.load()?;
        let each = |count: &dyn Fn(&str) -> Result<f64, String>| -> Result<ByVersion, String> {
            VERSIONS.into_iter().map(|version| Ok((version, count(version)?))).collect()
        };
        let prometheus = |query: &str| self.query(query).map(|all| total(&all));
        Ok(Counted {
            load: each(&|version| Ok(answers(&load, version)))?,
            pods: each(&|version| self.pods(version))?,
            scraped: each(&|version| prometheus(&format!("http_requests_total{{pod=~\"app-{version}-.*\"}}")))?,
            traefik: each(&|version| {
                prometheus(&format!("traefik_service_requests_total{{service=~\"shop-app-{version}-.*gateway\"}}"))
            })?,
        })
    }

    fn pods(&self, version: &str) -> Result<f64, String> {
        self.pods_in("shop", version)
    }

    /// How many requests the pods of a version say that they have answered, asked through the API server.
    pub(super) fn pods_in(&self, namespace: &str, version: &str) -> Result<f64, String> {
        Ok(sum(&self.told_in(namespace, version)?, "http_requests_total", ""))
    }

    /// All that the pods of a version tell of themselves, one after the other.
    pub(super) fn told_in(&self, namespace: &str, version: &str) -> Result<String, String> {
        let ask = |name: &String| {
            self.lab.kubectl(&[
                "get",
                "--raw",
                &format!("/api/v1/namespaces/{namespace}/pods/{name}:8080/proxy/metrics"),
            ])
        };
        self.names_in(namespace, &format!("app=app,version={version}"))?.iter().map(ask).collect()
    }

    /// Waits until Prometheus has scraped the router, the load and every pod again; a moment before that, on its clock.
    fn scraped(&self) -> Result<f64, String> {
        let now = self.now()?;
        let pods = self.names("app=app")?;
        until(PATIENCE, || {
            let all = self.query("timestamp(up)")?;
            let fresh = |result: &&Value| value(result).is_some_and(|at| at > now);
            let named = |result: &Value| {
                result["metric"]["pod"].as_str().or(result["metric"]["job"].as_str()).map(String::from)
            };
            let seen: BTreeSet<String> = results(&all).filter(fresh).filter_map(named).collect();
            let wanted = ["traefik", "load"].into_iter().chain(pods.iter().map(String::as_str));
            let missing: Vec<&str> = wanted.filter(|name| !seen.contains(*name)).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("Prometheus has nothing new of {missing:?}")) }
        })?;
        Ok(now)
    }

    fn names(&self, label: &str) -> Result<Vec<String>, String> {
        self.names_in("shop", label)
    }

    /// How many pods of a version there are.
    pub(super) fn pods_left(&self, namespace: &str, version: &str) -> Result<usize, String> {
        self.names_in(namespace, &format!("app=app,version={version}")).map(|names| names.len())
    }

    /// The pods with that label.
    fn names_in(&self, namespace: &str, label: &str) -> Result<Vec<String>, String> {
        let names = self.lab.kubectl(&["-n", namespace, "get", "pods", "-l", label, "-o", "name"])?;
        Ok(names.lines().map(|name| name.trim_start_matches("pod/").to_string()).collect())
    }

    fn now(&self) -> Result<f64, String> {
        self.query("vector(time())").map(|all| total(&all))
    }

    /// An instant query, asked as somebody would who has no way to Prometheus but the API server.
    fn query(&self, query: &str) -> Result<Value, String> {
        let plain = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        let query: String = query.bytes().map(plain).collect();
        let said = self.lab.kubectl(&["get", "--raw", &format!("{PROMETHEUS}/api/v1/query?query={query}")])?;
        serde_json::from_str(&said).map_err(|error| format!("{query}: {error}"))
    }

    /// Writes weights, and waits until requests are split so, within 3 of 100; how long that took.
    fn shift(&self, v1: u32, v2: u32) -> Result<Duration, String> {
        self.weigh(v1, v2)?;
        until(SOON, || {
            let (before, after) = (self.load()?, self.burst(100, 400)?);
            let seen = answers(&after, "v2") - answers(&before, "v2");
            let off = (seen - f64::from(v2)).abs();
            if off <= 3.0 { Ok(()) } else { Err(format!("{seen} of 100 requests were answered by v2, not {v2}")) }
        })
    }

    fn weigh(&self, v1: u32, v2: u32) -> Verdict {
        let at = |index: u32, weight: u32| {
            format!(r#"{{"op":"replace","path":"/spec/rules/0/backendRefs/{index}/weight","value":{weight}}}"#)
        };
        let patch = format!("[{},{}]", at(0, v1), at(1, v2));
        self.lab.kubectl(&["-n", "shop", "patch", "httproute", "app", "--type=json", "-p", &patch]).map(drop)
    }

    /// Makes the pods of a version behave so.
    fn behave(&self, version: &str, behaviour: &str) -> Verdict {
        let said = format!("lab.rolldeck/behaviour={behaviour}");
        let which = format!("app=app,version={version}");
        self.lab.kubectl(&["-n", "shop", "annotate", "pods", "--overwrite", "-l", &which, &said]).map(drop)
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        if self.own {
            let _ = self.lab.script("down", &[]);
            return;
        }
        let _ = self.weigh(90, 10);
        let _ = VERSIONS.map(|version| self.behave(version, "median=40ms p99=160ms"));
        let _ = self.order("steady", "rate=100");
    }
}

pub(super) fn curl(arguments: &[&str]) -> Result<String, String> {
    let curl = Command::new("curl").args(["-sS", "--fail-with-body", "--max-time", "10"]).args(arguments).output();
    let output = curl.map_err(|error| format!("curl: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("curl {arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// What an instant query has found.
fn results(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["data"]["result"].as_array().into_iter().flatten()
}

fn value(result: &Value) -> Option<f64> {
    result["value"][1].as_str()?.parse().ok()
}

/// The sum of its values.
fn total(answer: &Value) -> f64 {
    results(answer).filter_map(value).sum()
}

/// How many requests a version has answered, as the load has it.
fn answers(metrics: &str, version: &str) -> f64 {
    sum(metrics, "load_requests_total", &format!("host=\"{HOST}\",version=\"{version}\""))
}

/// The sum of a metric's samples whose labels begin with those.
pub(super) fn sum(metrics: &str, name: &str, labels: &str) -> f64 {
    let samples = metrics.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
    let ours = samples.filter(|(rest, _)| {
        rest.is_empty() && labels.is_empty() || rest.strip_prefix('{').is_some_and(|rest| rest.starts_with(labels))
    });
    ours.filter_map(|(_, value)| value.parse::<f64>().ok()).sum()
}
