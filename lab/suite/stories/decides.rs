//! What operators decide by, from requests that were really sent: an error budget that burns, shares that are off and why, and
//! that a verdict is held to the criteria of the configuration. The export of it is what the pods counted.
//!
//! Two rollouts behind the real router: one whose new version fails and gets requests by another route too, and one whose
//! clients keep the cookie that they were given.

use std::{fs, thread::sleep, time::Duration};

use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, until},
    shift::Shift,
    stories::{
        seen::{SCRAPED, measured_by},
        shifting::{HTTP_ROUTE, TRAEFIK_SERVICE, begin_at, counts, plan},
        traffic::{Field, sum},
    },
};

/// Requests a second to each route.
const RATE: f64 = 60.0;
/// And to app-v2 by the other one.
const BESIDE: f64 = 30.0;
/// Pods are cold for a minute.
const WARM: Duration = Duration::from_secs(65);
/// How soon all of it must be said: shares settle for a window of a minute, and errors of 40 % need few requests.
const SAID: Duration = Duration::from_mins(5);
/// What app-v2 fails.
const FAILS: f64 = 0.4;
/// 99.9 % must not fail.
const ALLOWED: f64 = 0.001;
/// Each client of the second rollout stays at the version that it met first.
const CLIENTS: u32 = 60;
/// How much a rate of the last minute and counts of the same minute may be apart, and a burn rate and what was counted.
const NEAR: f64 = 0.15;
/// Nothing has the same requests under way at both of its ends.
const ENDS: Duration = Duration::from_mins(1);

/// Another route that sends all of its requests to app-v2.
const OTHER: &str = r"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: preview}
spec:
  parentRefs: [{name: web, namespace: traefik}]
  hostnames: [preview.decide.example]
  rules:
  - backendRefs: [{name: app-v2, port: 80}]
";

pub(crate) fn numbers_decide(lab: &Lab) -> Verdict {
    let field = Field::enter(lab)?;
    let burning = begin_at(&field, "story-decide", "decide", [90, 10])?;
    let sticky = begin_at(&field, "story-sticky", "sticky", [90, 10])?;
    let fails = format!("lab.rolldeck/behaviour=median=40ms p99=160ms errors={}%", FAILS * 100.0);
    burning.place.kubectl(&["annotate", "pods", "-l", "version=v2", "--overwrite", &fails])?;
    burning.place.apply(OTHER)?;
    let cookie = r#"{"spec":{"weighted":{"sticky":{"cookie":{"name":"stays"}}}}}"#;
    sticky.place.kubectl(&["patch", "traefikservice", "app", "--type=merge", "-p", cookie])?;
    for shift in [&burning, &sticky] {
        measured_by(&field, shift, (SCRAPED, Duration::from_mins(1)))?;
    }
    configure(&burning, "[[slo]]\nobjective = 99.9\n")?;
    sleep(WARM);
    let verdict = told(&field, &burning, &sticky);
    for stream in ["app", "preview", "sticky"] {
        field.order(stream, "rate=0")?;
    }
    verdict
}

fn told(field: &Field, burning: &Shift<'_>, sticky: &Shift<'_>) -> Verdict {
    let lasts = (SAID * 2).as_secs();
    let began = failures(field, burning)?;
    for (stream, host, rate, clients) in [
        ("app", "app.decide.example", RATE, 0),
        ("preview", "preview.decide.example", BESIDE, 0),
        ("sticky", "app-crd.sticky.example", RATE, CLIENTS),
    ] {
        field.order(stream, &format!("host={host}&rate={rate}&seconds={lasts}&clients={clients}"))?;
    }
    // Every client has met a version by then.
    sleep(Duration::from_secs(15));
    plan(sticky, &TRAEFIK_SERVICE, &["app-v2=50", "--apply", "--reason", "sticky", "--until", "done"])?.expect(0)?;
    let off = until(SAID, || finding(burning, HTTP_ROUTE.name, "share-off", &["httproute/preview sends requests"]))?;
    println!("        the other route is named after {:.0} s", off.as_secs_f32());
    let off = until(SAID, || finding(sticky, TRAEFIK_SERVICE.name, "share-off", &["sets a sticky cookie"]))?;
    println!("        the sticky cookie is named after {:.0} s", off.as_secs_f32());
    until(SAID, || finding(burning, HTTP_ROUTE.name, "budget-burns", &["app-v2 makes 100 % of it"]))?;
    burn(field, burning, began)?;
    criteria(burning)?;
    exported(field, burning)
}

/// What the report says of a rollout.
fn report(shift: &Shift<'_>, rollout: &str) -> Result<Value, String> {
    let answer = shift.run(&["status", rollout, "--output", "json"])?;
    serde_json::from_str(&answer.out).map_err(|error| format!("{error}: {}", answer.out))
}

/// A finding of that rule whose message has these words.
fn finding(shift: &Shift<'_>, rollout: &str, rule: &str, words: &[&str]) -> Verdict {
    let report = report(shift, rollout)?;
    let all = report["findings"].as_array().into_iter().flatten();
    let found = all.filter(|finding| finding["rule"] == rule).find_map(|finding| finding["message"].as_str());
    match found {
        Some(message) if words.iter().all(|word| message.contains(word)) => {
            println!("        {rule}: {message}");
            Ok(())
        }
        other => Err(format!("{rule} says {other:?}: {:#}", report["findings"])),
    }
}

/// Requests and failures of both versions, as their pods have counted them.
fn failures(field: &Field, shift: &Shift<'_>) -> Result<(f64, f64), String> {
    let told = ["v1", "v2"].map(|version| field.told_in(&shift.place.name, version));
    let told = told.into_iter().collect::<Result<String, String>>()?;
    Ok((sum(&told, "http_requests_total", ""), sum(&told, "http_requests_total", "code=\"500\"")))
}

/// The budget burns as fast as the pods failed.
fn burn(field: &Field, shift: &Shift<'_>, began: (f64, f64)) -> Verdict {
    let report = report(shift, HTTP_ROUTE.name)?;
    let now = failures(field, shift)?;
    let counted = (now.1 - began.1) / (now.0 - began.0) / ALLOWED;
    let burns = report["budget"]["burns"].as_array().cloned().unwrap_or_default();
    let shortest = burns.iter().min_by_key(|burn| burn["window_s"].as_u64()).and_then(|burn| burn["rate"].as_f64());
    let seen = shortest.ok_or_else(|| format!("no burn rate: {:#}", report["budget"]))?;
    println!("        the budget burns {seen:.1}x, and the pods failed {counted:.1}x of what is allowed");
    near("burn rate", seen, counted)
}

/// The same numbers are worse, or not, by what the configuration says matters.
fn criteria(shift: &Shift<'_>) -> Verdict {
    let word = || -> Result<String, String> {
        let report = report(shift, HTTP_ROUTE.name)?;
        let version = report["versions"].as_array().into_iter().flatten().find(|one| one["name"] == "app-v2");
        let said = version.and_then(|one| one["verdict"]["errors"].as_str());
        said.map(str::to_owned).ok_or_else(|| format!("nothing is said of app-v2: {report:#}"))
    };
    until(SAID, || if word()? == "worse" { Ok(()) } else { Err(format!("errors are {}", word()?)) })?;
    configure(shift, "[verdict]\nerror_points = 50\nerror_least = 50\n")?;
    let loose = word()?;
    println!("        errors are worse; where only 50 points matter they are {loose}");
    if loose == "worse" { Err("40 points are worse although only 50 matter".to_owned()) } else { Ok(()) }
}

/// The exported rates of the last minute are what the pods counted in it.
fn exported(field: &Field, shift: &Shift<'_>) -> Verdict {
    let before = counts(field, shift)?;
    sleep(ENDS);
    let after = counts(field, shift)?;
    // A rate is of the minute until the newest sample.
    sleep(SCRAPED * 2);
    let csv = shift.run(&["snapshot", HTTP_ROUTE.name, "-o", "csv"])?.expect(0)?.out;
    let mut lines = csv.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for (version, counted) in [("app-v1", after.0 - before.0), ("app-v2", after.1 - before.1)] {
        let column = head.iter().position(|title| *title == format!("{version} requests (1/s)"));
        let column = column.ok_or_else(|| format!("no column of {version}: {head:?}"))?;
        let newest = rows.iter().rev().find_map(|row| row.get(column)?.parse::<f64>().ok());
        let (exported, counted) = (newest.unwrap_or(0.0), counted / ENDS.as_secs_f64());
        println!("        {version}: {exported:.1} requests a second exported, {counted:.1} counted by its pods");
        near(version, exported, counted)?;
    }
    let markdown = shift.run(&["snapshot", HTTP_ROUTE.name, "-o", "md"])?.expect(0)?;
    markdown.says(&["app-v1", "app-v2", "requests"]).map(|_| ())
}

fn near(what: &str, seen: f64, counted: f64) -> Verdict {
    let apart = (seen / counted - 1.0).abs();
    if apart <= NEAR { Ok(()) } else { Err(format!("{what}: {seen:.2}, and the pods counted {counted:.2}")) }
}

/// Adds to the configuration.
fn configure(shift: &Shift<'_>, more: &str) -> Verdict {
    let file = shift.folder.join("config/rolldeck/config.toml");
    let held = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    fs::write(&file, held + more).map_err(|error| format!("{}: {error}", file.display()))
}
