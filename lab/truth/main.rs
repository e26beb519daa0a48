//! Every query pack against a real Prometheus: known truths are told to it with the names, labels, units and buckets of the
//! real exporters, rolldeck's own metrics client asks, and what it learns is compared. `lab/packs` starts a Prometheus and runs
//! it. Which pack is asked is the client's own choice. It stops no Prometheus and cleans up nothing.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program of tests: it prints its table and ends with the first thing that is not as it must be"
)]

mod cases;
mod export;
#[path = "../proof/remote.rs"]
mod remote;
mod troubles;

use std::{env, process::ExitCode, sync::Arc, time::Duration, time::SystemTime};

use cases::{Case, Expected};
use export::{Export, Truth};
use rolldeck::{
    domain::{Link, Measure, Measured, Moment, Naming, Packs, Sampled, Samples, is_backend, pod_prefix},
    metrics::{Polling, Scope, Settings, Way, Wish, settings::Address},
    sim::prom::Tsdb,
    store::Fact,
};
use tokio::{sync::mpsc, time::timeout};

/// Rates may be so far off: a restart loses what was counted since the scrape before it.
const RATE: f64 = 0.04;
/// Shares may be so far off, and by so much in any case.
const SHARE: (f64, f64) = (0.06, 0.000_5);
/// What is left of a rate over a minute whose last 20 s have no samples: nobody makes up for them.
const LATE: (f64, f64) = (0.6, 0.8);

#[tokio::main]
async fn main() -> ExitCode {
    let Some(url) = env::args().nth(1) else {
        println!("usage: truth URL-OF-AN-EMPTY-PROMETHEUS (see lab/packs --help)");
        return ExitCode::FAILURE;
    };
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let head = ("case", "pack", "version", "measure", "truth", "answer", "apart");
    println!("{:<9} {:<13} {:<14} {:<7} {:>10} {:>10}  {}", head.0, head.1, head.2, head.3, head.4, head.5, head.6);
    let (mut wrong, mut told) = (0, (0, 0, 0));
    for group in cases::GROUPS.into_iter().chain(troubles::GROUPS) {
        // Samples end now: what is asked much later would miss the newest.
        let mut export = Export { db: Tsdb::default(), now: now().0 / 1_000, natives: Vec::new() };
        let cases = group(&mut export);
        let samples = remote::send(&url, &export.db);
        remote::send_all(&url, &export.natives);
        told = (told.0 + export.db.len(), told.1 + samples, told.2 + cases.len());
        for case in &cases {
            let (packs, samples) = asked(&url, case.namespace).await;
            wrong += judged(case, &packs, &samples);
        }
    }
    println!("{} series, {} samples, {} cases", told.0, told.1, told.2);
    println!(
        "{}",
        if wrong == 0 { "all as they must be".to_owned() } else { format!("{wrong} are not as they must be") }
    );
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "the samples end now, by the clock of the Prometheus beside it")]
fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Moment::from_secs(i64::try_from(since.as_secs()).unwrap())
}

/// What the client learns of a namespace in its first poll.
async fn asked(url: &str, namespace: &str) -> (Packs, Samples) {
    let settings = Settings { way: Some(Way::Url(Address::parse(url).unwrap())), ..Settings::default() };
    let scope = Scope { cluster: "lab".into(), namespaces: vec![namespace.into()] };
    let wish = Wish::over(Duration::from_mins(1));
    let (facts, mut heard) = mpsc::channel(64);
    let proxied: rolldeck::metrics::Proxied = Arc::new(|_| Box::pin(async { Err("not by this way".into()) }));
    let _polling = Polling::start(&settings, scope, (wish, proxied), (facts, Arc::new(now))).unwrap();
    let mut chosen = Packs::default();
    loop {
        let fact = timeout(Duration::from_secs(20), heard.recv()).await.expect("an answer in time").unwrap();
        if let Fact::Gauge { link: Link::Retrying { why }, .. } = &fact {
            println!("{namespace}: {why}");
        }
        if let Fact::Packs { packs, .. } = fact {
            chosen = *packs;
        } else if let Fact::Samples(samples) = fact {
            assert!(samples.failed.is_empty(), "{:?}", samples.failed);
            return (chosen, *samples);
        }
    }
}

/// Prints the rows of a case; how many are wrong.
fn judged(case: &Case, packs: &Packs, samples: &Samples) -> usize {
    let chosen = packs.versions.as_ref().map_or("none", |pack| pack.name.as_str());
    let mut wrong = 0;
    if chosen != case.pack {
        println!("{:<9} {chosen:<13} WRONG: the pack must be {}", case.namespace, case.pack);
        wrong += 1;
    }
    for (version, expected) in &case.versions {
        let answer = found(&samples.of, case, version, case.naming);
        let rows = expectations(*expected, &case.bounds);
        wrong += rows.into_iter().filter(|row| !row.is_met((case, chosen, version), answer.as_ref())).count();
    }
    if let Some((service, truth)) = &case.clients {
        let answer = found(&samples.clients, case, service, Naming::Backend);
        let pack = packs.clients.as_ref().map_or("none", |pack| pack.name.as_str());
        let rows = [Row::rate(*truth), Row::share(*truth)];
        let name = format!("clients {service}");
        wrong += rows.into_iter().filter(|row| !row.is_met((case, pack, &name), answer.as_ref())).count();
    }
    wrong
}

/// What the series of a version come to, as the store joins them.
fn found(all: &[Sampled], case: &Case, version: &str, naming: Naming) -> Option<Measured> {
    let is_it = |sampled: &&Sampled| match naming {
        Naming::ReplicaSet => sampled.set == pod_prefix(version) || sampled.set == version,
        Naming::Workload => sampled.set == version,
        Naming::Backend => is_backend(&sampled.set, case.namespace, version),
    };
    let here = |sampled: &&Sampled| sampled.namespace.is_empty() || sampled.namespace == case.namespace;
    Measured::joined(all.iter().filter(here).filter(is_it).filter_map(|sampled| sampled.points.last()))
}

/// A number that must come back.
struct Row {
    measure: Measure,
    /// None where it must be unknown.
    truth: Option<f64>,
    /// What may come.
    between: (f64, f64),
}

fn expectations(expected: Expected, bounds: &[f64]) -> Vec<Row> {
    let latency = |truth: Truth, is_known: bool| {
        [(Measure::P50, 0.5), (Measure::P95, 0.95), (Measure::P99, 0.99)].map(|(measure, share)| {
            let truth = truth.quantile(share);
            let above = bounds.iter().copied().find(|bound| *bound >= truth).unwrap_or(f64::INFINITY);
            let below = bounds.iter().copied().rfind(|bound| *bound < truth).unwrap_or(0.0);
            Row { measure, truth: is_known.then_some(truth), between: (below, above) }
        })
    };
    let (truth, knows_failures, knows_latency) = match expected {
        Expected::All(truth) | Expected::Late(truth) => (truth, true, true),
        Expected::NoLatency(truth) => (truth, true, false),
        Expected::NoFailures(truth) => (truth, false, false),
        Expected::Nothing => (Truth { rate: 0.0, failed: 0.0, mean: 1.0 }, false, false),
    };
    let (mut rate, mut share) = (Row::rate(truth), Row::share(truth));
    rate.truth = rate.truth.filter(|rate| *rate > 0.0);
    if let Expected::Late(Truth { rate: all, .. }) = expected {
        rate.between = (all * LATE.0, all * LATE.1);
    }
    share.truth = share.truth.filter(|_| knows_failures);
    [rate, share].into_iter().chain(latency(truth, knows_latency)).collect()
}

impl Row {
    fn rate(Truth { rate, .. }: Truth) -> Self {
        Self { measure: Measure::Rate, truth: Some(rate), between: (rate * (1.0 - RATE), rate * (1.0 + RATE)) }
    }

    fn share(Truth { failed, .. }: Truth) -> Self {
        let room = failed * SHARE.0 + SHARE.1;
        Self { measure: Measure::Errors, truth: Some(failed), between: (failed - room, failed + room) }
    }

    /// Prints it.
    fn is_met(&self, (case, pack, version): (&Case, &str, &str), answer: Option<&Measured>) -> bool {
        let answer = answer.and_then(|measured| measured.get(self.measure));
        let is_met = match (self.truth, answer) {
            (None, None) => true,
            (Some(_), Some(answer)) => (self.between.0..=self.between.1).contains(&answer),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let number = |number: Option<f64>| number.map_or("unknown".to_owned(), |number| format!("{number:.5}"));
        let apart = match (self.truth, answer) {
            (Some(truth), Some(answer)) if truth > 0.0 => format!("{:+.1} %", (answer / truth - 1.0) * 100.0),
            (Some(_) | None, _) => String::new(),
        };
        let version: String = version.chars().rev().take(14).collect::<Vec<_>>().into_iter().rev().collect();
        println!(
            "{:<9} {pack:<13} {version:<14} {:<7} {:>10} {:>10}  {apart}{}",
            case.namespace,
            self.measure.word(),
            number(self.truth),
            number(answer),
            if is_met { "" } else { "  WRONG" }
        );
        is_met
    }
}
