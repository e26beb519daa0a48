//! The verdict on real traffic: a version that is slower and fails is called worse, an equal one never anything else but the
//! same, and one that hardly gets requests is not judged. And what a verdict rests on is what the pods counted.
//!
//! Three rollouts behind the real router, at the same time, asked by `rolldeck status` over and over as somebody would who
//! watches. The requests that were sent are counted by who sent them: where the load was not kept, nothing is proved.

use std::{
    fmt::Write,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, until},
    shift::{PATIENCE, Shift},
    stories::{
        seen::{SCRAPED, measured_by, versions},
        shifting::begin_at,
        traffic::{Field, near, sum},
    },
};

/// Requests a second to each rollout.
const RATE: f64 = 100.0;
/// How soon it must be known, and for how long an equal one must not be called worse.
const TIME: Duration = Duration::from_mins(10);
/// Pods are cold for a minute, and requests that they get then are not compared.
const WARM: Duration = Duration::from_secs(65);
/// What the load may miss of its rate by chance: five times the deviation of a Poisson count of 60,000.
const BY_CHANCE: f64 = 0.02;
/// Below so many requests a quantile of the slowest hangs on single ones.
const MANY: f64 = 1_000.0;
/// Equal versions without failures are the same once a difference of 0.1 % would have shown: after several thousand requests.
const NEEDS: std::ops::RangeInclusive<u64> = 1_000..=100_000;

/// One rollout.
struct Trial<'a> {
    name: &'static str,
    host: String,
    shift: Shift<'a>,
    /// What was said of errors and of latency, each time that it changed.
    said: [Vec<(Duration, String)>; 2],
    /// How often it was not known in time what was counted.
    blind: u32,
}

pub(crate) fn seen(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let mut trials = [("worse", [90, 10]), ("equal", [90, 10]), ("starved", [999, 1])]
        .into_iter()
        .map(|(name, weights)| Trial::begin(&field, name, weights))
        .collect::<Result<Vec<_>, String>>()?;
    let worse = "lab.rolldeck/behaviour=median=52ms p99=208ms errors=1%";
    trials[0].shift.place.kubectl(&["annotate", "pods", "-l", "version=v2", "--overwrite", worse])?;
    sleep(WARM);
    let before = quiet(&field, &trials)?;
    let verdict = watched(&field, &mut trials);
    for trial in &trials {
        field.order(trial.name, "rate=0")?;
        println!("        {}: {}", trial.name, trial.story());
    }
    kept(&field, &trials, &before)?;
    let counted = counted(&field, &trials, &before);
    verdict.and(counted)
}

impl<'a> Trial<'a> {
    fn begin(field: &'a Field, name: &'static str, weights: [u32; 2]) -> Result<Self, String> {
        let shift = begin_at(field, &format!("story-verdict-{name}"), name, weights)?;
        measured_by(field, &shift, (SCRAPED, Duration::from_mins(1)))?;
        Ok(Self { name, host: format!("app.{name}.example"), shift, said: [Vec::new(), Vec::new()], blind: 0 })
    }

    /// Takes in what is said of app-v2 now.
    fn hear(&mut self, at: Duration) -> Result<Value, String> {
        let [_, v2] = versions(&self.shift)?;
        self.blind += u32::from(v2["verdict"].is_null());
        for (said, of) in self.said.iter_mut().zip(["errors", "latency"]) {
            let Some(word) = v2["verdict"][of].as_str().map(str::to_owned) else { continue };
            if said.last().is_none_or(|(_, last)| *last != word) {
                said.push((at, word));
            }
        }
        Ok(v2)
    }

    /// When something was said first.
    fn first(&self, words: &[&str]) -> [Option<Duration>; 2] {
        let first = |said: &Vec<(Duration, String)>| {
            said.iter().find(|(_, word)| words.contains(&word.as_str())).map(|(at, _)| *at)
        };
        self.said.each_ref().map(first)
    }

    fn story(&self) -> String {
        let mut told = String::new();
        for (said, of) in self.said.iter().zip(["errors", "latency"]) {
            let steps: Vec<String> =
                said.iter().map(|(at, word)| format!("{word} {:.0} s", at.as_secs_f32())).collect();
            let _ = write!(told, "{of}: {}; ", steps.join(", "));
        }
        let _ = write!(told, "not answered in time: {}", self.blind);
        told
    }
}

/// Ten minutes of requests to all of them, and what is said meanwhile.
fn watched(field: &Field, trials: &mut [Trial<'_>]) -> Verdict {
    let seconds = TIME.as_secs();
    for trial in trials.iter() {
        field.order(trial.name, &format!("host={}&rate={RATE}&seconds={seconds}", trial.host))?;
    }
    let (started, mut looks, mut needs) = (Instant::now(), 0, Vec::new());
    while started.elapsed() < TIME {
        for trial in trials.iter_mut() {
            let v2 = trial.hear(started.elapsed())?;
            if trial.name == "starved" {
                let need = |of: &str| v2["verdict"][of].as_u64();
                needs.extend(need("needs_requests").zip(need("needs_seconds")));
            }
        }
        looks += 1;
        sleep(Duration::from_secs(2));
    }
    println!("        looked {looks} times in {seconds} s");
    judged(trials, &needs)
}

/// Whether what was said is as it must be.
fn judged(trials: &[Trial<'_>], needs: &[(u64, u64)]) -> Verdict {
    let mut wrong = Vec::new();
    for trial in trials {
        let (worse, better) = (trial.first(&["worse"]), trial.first(&["better"]));
        let is_right = match trial.name {
            "worse" => worse.iter().all(Option::is_some),
            "equal" => worse == [None; 2],
            _ => trial.first(&["worse", "same", "too-few-pods", "buckets-too-coarse"]) == [None; 2],
        };
        if !is_right || better != [None; 2] {
            wrong.push(format!("{}: {}", trial.name, trial.story()));
        }
    }
    let rates: Vec<f64> = needs.iter().map(|(requests, seconds)| *requests as f64 / *seconds as f64).collect();
    let (first, last) = (needs.first(), needs.last());
    println!("        starved: {} times a number, first {first:?}, last {last:?} (requests, seconds)", needs.len());
    let is_right = |(at, (requests, _)): (usize, &(u64, u64))| {
        NEEDS.contains(requests) && (0.5..2.0).contains(&(rates[at] / (RATE / 1_000.0)))
    };
    if needs.is_empty() || !needs.iter().enumerate().all(is_right) {
        wrong.push(format!("starved: it takes {needs:?} more requests and seconds"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// What one version's pods have counted, and what rolldeck has, when nothing is under way.
struct Counts {
    /// By the pods: requests, failures.
    own: [f64; 2],
    /// By the pods: requests at most so long, by bound.
    buckets: Vec<(f64, f64)>,
    /// By rolldeck: requests, failures.
    rolldeck: [f64; 2],
    /// What rolldeck measures.
    metrics: Value,
}

/// The counts of app-v1 and app-v2 of all trials, and what the load has sent.
struct Quiet {
    counts: Vec<[Counts; 2]>,
    load: String,
}

/// Waits until everything was answered, scraped and counted.
fn quiet(field: &Field, trials: &[Trial<'_>]) -> Result<Quiet, String> {
    let mut load = String::new();
    until(PATIENCE, || {
        load = field.quiet()?;
        Ok(())
    })?;
    // The next whole block after the next scrape, and until it can be asked for.
    sleep(Duration::from_secs(35));
    let counts = trials.iter().map(|trial| counts(field, trial)).collect::<Result<_, String>>()?;
    Ok(Quiet { counts, load })
}

fn counts(field: &Field, trial: &Trial<'_>) -> Result<[Counts; 2], String> {
    let mut said = [Value::Null, Value::Null];
    until(PATIENCE, || {
        said = versions(&trial.shift)?;
        if said[1]["counted"].is_null() { Err(format!("{}: nothing is counted", trial.name)) } else { Ok(()) }
    })?;
    let [v1, v2] = said;
    let of = |version: &str, said: &Value| -> Result<Counts, String> {
        let told = field.told_in(&trial.shift.place.name, version)?;
        let own = ["", "code=\"500\""].map(|labels| sum(&told, "http_requests_total", labels));
        let rolldeck = ["requests", "failed"].map(|name| said["counted"][name].as_f64().unwrap_or(0.0));
        Ok(Counts { own, buckets: buckets(&told), rolldeck, metrics: said["metrics"].clone() })
    };
    Ok([of("v1", &v1)?, of("v2", &v2)?])
}

/// The buckets of all pods together, in the order in which each tells them.
fn buckets(told: &str) -> Vec<(f64, f64)> {
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for line in told.lines() {
        let rest = line.strip_prefix("http_request_duration_seconds_bucket{le=\"");
        let Some((bound, count)) = rest.and_then(|rest| rest.split_once("\"} ")) else { continue };
        let (bound, count) = (bound.replace("+Inf", "inf").parse::<f64>().unwrap(), count.parse::<f64>().unwrap());
        match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
            Some((_, sum)) => *sum += count,
            None => buckets.push((bound, count)),
        }
    }
    buckets
}

/// Whether everybody got the requests that were meant for him.
fn kept(field: &Field, trials: &[Trial<'_>], before: &Quiet) -> Verdict {
    let load = field.load()?;
    let more = |name: &str, labels: &str| sum(&load, name, labels) - sum(&before.load, name, labels);
    let dropped = more("load_dropped_total", "");
    for trial in trials {
        let (host, wanted) = (&trial.host, RATE * TIME.as_secs_f64());
        let sent = more("load_sent_total", &format!("host=\"{host}\""));
        println!("        load: {sent} requests to {host} of {wanted} on average, {dropped} dropped in all");
        if (sent / wanted - 1.0).abs() > BY_CHANCE || dropped > 0.5 {
            return Err(format!(
                "the load was not kept: {sent} requests sent to {host}, not {wanted}; {dropped} dropped"
            ));
        }
    }
    Ok(())
}

/// Counts and quantiles of rolldeck beside those of the pods.
fn counted(field: &Field, trials: &[Trial<'_>], before: &Quiet) -> Verdict {
    // From before the first request, so that quantiles are those of all of them.
    let whole = TIME + Duration::from_mins(3);
    trials.iter().try_for_each(|trial| measured_by(field, &trial.shift, (SCRAPED, whole)))?;
    let after = quiet(field, trials)?;
    let mut wrong = Vec::new();
    println!("        {:<8} {:<3} {:<9} {:>10} {:>10}", "rollout", "", "", "pods", "rolldeck");
    for ((trial, before), after) in trials.iter().zip(&before.counts).zip(&after.counts) {
        for ((version, before), after) in ["v1", "v2"].into_iter().zip(before).zip(after) {
            let mut row = |what: &str, pods: String, rolldeck: f64, is_right: bool| {
                let mark = if is_right { "" } else { "  WRONG" };
                let line = format!("{:<8} {version:<3} {what:<9} {pods:>15} {rolldeck:>10.2}{mark}", trial.name);
                println!("        {line}");
                wrong.extend((!is_right).then_some(line));
            };
            for (at, what) in ["requests", "failures"].into_iter().enumerate() {
                let (own, ours) = (after.own[at] - before.own[at], after.rolldeck[at] - before.rolldeck[at]);
                row(what, format!("{own}"), ours, near(what, ours, own).is_ok());
            }
            for (what, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
                let Some((low, high)) = bucket(before, after, share) else { continue };
                let ours = after.metrics[format!("{what}_ms")].as_f64().unwrap_or(f64::NAN);
                let is_right = (low.0..=high.0).contains(&ours);
                row(&format!("{what} ms"), format!("{:.1}-{:.1}", low.1, high.1), ours, is_right);
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// The ends of the bucket in which the pods' own quantile lies, in milliseconds, and before each that of the next bucket
/// beyond; None where there were few requests.
fn bucket(before: &Counts, after: &Counts, share: f64) -> Option<((f64, f64), (f64, f64))> {
    let all = after.own[0] - before.own[0];
    if all < MANY {
        return None;
    }
    let upto = |at: usize| after.buckets[at].1 - before.buckets.get(at).map_or(0.0, |(_, count)| *count);
    let at = (0..after.buckets.len()).find(|at| upto(*at) >= share * all)?;
    let bound = |at: Option<usize>| at.and_then(|at| after.buckets.get(at)).map_or(0.0, |(bound, _)| bound * 1_000.0);
    Some(((bound(at.checked_sub(2)), bound(at.checked_sub(1))), (bound(Some(at + 1)), bound(Some(at)))))
}
