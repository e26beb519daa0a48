//! The flight plan held against the real controllers: twenty changes, each predicted by its card and then watched pod by pod.
//! The table that it prints is the measured error of the prediction.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::Child,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Verdict,
    kube::{Lab, Namespace, deployment_like, until},
    shift::{Answer, PATIENCE, Shift, finish},
};

/// Changes that are measured at the same time: more would measure how busy this machine is.
const AT_A_TIME: usize = 5;
/// A prediction may be off by more than half and five seconds so often: pods do not promise anything.
const MAY_BE_OFF: usize = 3;

/// Words of the watch that may wait until they are counted.
const WORDS: usize = 100_000;

/// One change of a Deployment of its own.
struct Case {
    name: &'static str,
    replicas: u32,
    /// `maxSurge/maxUnavailable`, or `Recreate`.
    strategy: &'static str,
    min_ready: u32,
    tag: &'static str,
    /// What kubectl does to it before, one word after the other; `;` between commands, `rolled`, `fails` and `updated N`
    /// wait for that.
    before: &'static str,
    /// What rolldeck does then.
    change: &'static [&'static str],
}

const fn case(
    name: &'static str,
    (replicas, strategy, tag): (u32, &'static str, &'static str),
    before: &'static str,
    change: &'static [&'static str],
) -> Case {
    Case { name, replicas, strategy, min_ready: 0, tag, before, change }
}

const IMAGE_2: &[&str] = &["set-image", "app=registry.example/web:2"];
const CASES: [Case; 20] = [
    case("restart-a", (6, "25%/25%", "1"), "", &["restart"]),
    case("restart-b", (12, "25%/25%", "1"), "", &["restart"]),
    case("restart-c", (5, "1/0", "1"), "", &["restart"]),
    case("restart-d", (4, "0/1", "1-slow"), "", &["restart"]),
    case("restart-e", (8, "25%/25%", "1-slow"), "", &["restart"]),
    case("restart-f", (5, "Recreate", "1"), "", &["restart"]),
    case("restart-g", (4, "Recreate", "1-slow"), "", &["restart"]),
    case("image-a", (10, "50%/0", "1"), "", IMAGE_2),
    case("image-b", (6, "50%/50%", "1-slow"), "", &["set-image", "app=registry.example/web:2-slow"]),
    Case { min_ready: 5, ..case("image-c", (6, "1/1", "1"), "", IMAGE_2) },
    case("image-d", (6, "Recreate", "1"), "", IMAGE_2),
    case("scale-a", (4, "25%/25%", "1"), "", &["scale", "--replicas", "10"]),
    case("scale-b", (10, "25%/25%", "1"), "", &["scale", "--replicas", "3"]),
    case("scale-c", (3, "25%/25%", "1-slow"), "", &["scale", "--replicas", "9"]),
    case("scale-d", (6, "25%/25%", "1"), "", &["scale", "--replicas", "0"]),
    case("undo-a", (8, "25%/25%", "1"), "image 2; rolled", &["undo"]),
    case("undo-b", (6, "100%/0", "1-slow"), "image 2-slow; rolled", &["undo"]),
    case("undo-c", (8, "25%/25%", "1"), "image 2-bad; fails", &["undo"]),
    case("undo-d", (10, "25%/25%", "1"), "image 2-slow; updated 5; pause", &["undo"]),
    case("undo-e", (5, "25%/25%", "1"), "pause; image 2", &["undo"]),
];

impl Case {
    fn object(&self) -> String {
        format!("deployment/{}", self.name)
    }

    fn manifest(&self) -> String {
        let Self { name, replicas, min_ready, tag, .. } = self;
        let amount = |text: &str| if text.ends_with('%') { format!("{text:?}") } else { text.to_owned() };
        let strategy = match self.strategy.split_once('/') {
            Some((surge, unavailable)) => {
                format!("{{rollingUpdate: {{maxSurge: {}, maxUnavailable: {}}}}}", amount(surge), amount(unavailable))
            }
            None => format!("{{type: {}}}", self.strategy),
        };
        let spec = format!("minReadySeconds: {min_ready}\n  strategy: {strategy}");
        deployment_like(name, *replicas, &format!("registry.example/web:{tag}"), &spec)
    }

    /// Does what is to be done before.
    fn prepare(&self, place: &Namespace<'_>) -> Verdict {
        let object = self.object();
        for step in self.before.split(';').map(str::trim).filter(|step| !step.is_empty()) {
            match step.split_once(' ').unwrap_or((step, "")) {
                ("image", tag) => {
                    let image = format!("app=registry.example/web:{tag}");
                    place.kubectl(&["set", "image", &object, &image])?;
                }
                ("pause", _) => drop(place.kubectl(&["rollout", "pause", &object])?),
                ("updated", pods) => {
                    until(PATIENCE, || {
                        let seen = place.kubectl(&["get", &object, "-o", "jsonpath={.status.updatedReplicas}"])?;
                        if seen == pods { Ok(()) } else { Err(format!("{object} has {seen} updated pods, not {pods}")) }
                    })?;
                }
                ("rolled", _) => rolled_out(place, &object)?,
                _ => {
                    until(PATIENCE, || {
                        let reasons = "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}";
                        let said =
                            place.kubectl(&["get", "pods", "-l", &format!("app={}", self.name), "-o", reasons])?;
                        if said.contains("ImagePull") { Ok(()) } else { Err(format!("{object} does not fail: {said}")) }
                    })?;
                }
            }
        }
        Ok(())
    }

    fn arguments(&self) -> Vec<String> {
        let (verb, rest) = self.change.split_first().unwrap();
        let how = ["--apply", "--reason", "a story", "--until", "done", "--timeout", "240s", "--output", "json"];
        let object = self.object();
        let all = ["plan", verb, object.as_str()].into_iter().chain(rest.iter().copied()).chain(how);
        all.map(str::to_owned).collect()
    }
}

fn rolled_out(place: &Namespace<'_>, object: &str) -> Verdict {
    place.kubectl(&["rollout", "status", object, "--timeout=240s"]).map(|_| ())
}

/// What the watch said of a pod: when, whose it is, its uid, whether it ends, whether it is ready.
#[derive(Clone, Debug)]
struct Word {
    at: Timestamp,
    app: String,
    uid: String,
    ends: bool,
    ready: bool,
}

/// A watch of all pods of a namespace, and what it said so far.
struct Watch {
    child: Child,
    heard: Receiver<Word>,
    words: Vec<Word>,
}

impl Watch {
    fn start(place: &Namespace<'_>) -> Result<Self, String> {
        let said = concat!(
            "jsonpath={.metadata.labels.app},{.metadata.uid},{.metadata.deletionTimestamp},",
            "{.status.conditions[?(@.type==\"Ready\")].status}{\"\\n\"}"
        );
        let mut child = place.start(&["get", "pods", "--watch", "-o", said])?;
        let out = child.stdout.take().ok_or("kubectl has no stdout")?;
        let (tell, heard) = sync_channel(WORDS);
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                let mut parts = line.split(',').map(str::to_owned);
                let mut next = || parts.next().unwrap_or_default();
                let (app, uid, ends, ready) = (next(), next(), !next().is_empty(), next() == "True");
                let word = Word { at: Timestamp::now(), app, uid, ends, ready: ready && !ends };
                if tell.send(word).is_err() {
                    break;
                }
            }
        });
        // The list comes first.
        let count = place.kubectl(&["get", "pods", "-o", "name"])?.lines().count();
        let listed = (0..count).map(|_| heard.recv_timeout(PATIENCE).map_err(|e| format!("the watch is silent: {e}")));
        let words = listed.collect::<Result<Vec<Word>, String>>()?;
        Ok(Self { child, heard, words })
    }

    /// Pods created, pods told to end, and the fewest that were ready, from a moment on.
    fn seen(&self, app: &str, from: Timestamp) -> (usize, usize, usize) {
        let ours = || self.words.iter().filter(|word| word.app == app);
        let (before, after): (Vec<&Word>, Vec<&Word>) = ours().partition(|word| word.at < from);
        let mut ready: BTreeMap<&str, bool> = BTreeMap::new();
        for word in &before {
            ready.insert(&word.uid, word.ready);
        }
        let count = |ready: &BTreeMap<&str, bool>| ready.values().filter(|ready| **ready).count();
        let mut lowest = count(&ready);
        for word in &after {
            ready.insert(&word.uid, word.ready);
            lowest = lowest.min(count(&ready));
        }
        let uids = |words: &[&Word], ends: bool| -> BTreeSet<String> {
            words.iter().filter(|word| !ends || word.ends).map(|word| word.uid.clone()).collect()
        };
        let new = |ends| uids(&after, ends).difference(&uids(&before, ends)).count();
        (new(false), new(true), lowest)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A prediction and what became of it.
struct Row {
    name: &'static str,
    says: String,
    predicted: Option<f64>,
    range: String,
    took: f64,
    /// Started, stopped, lowest ready: predicted and seen.
    counts: [(i64, i64); 3],
}

impl Row {
    fn of(case: &Case, answer: &Answer, watch: &Watch) -> Result<Self, String> {
        let card: Value = serde_json::from_str(&answer.out)
            .map_err(|error| format!("{}: exit {}: {error}\n{}{}", case.name, answer.code, answer.out, answer.err))?;
        let (flight, applied) = (&card["plan"]["flight"], &card["applied"]);
        let at = applied["at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let (Some(at), Some(took)) = (at, applied["seconds"].as_f64()) else {
            return Err(format!("{}: exit {}: not done: {applied:#}\n{}", case.name, answer.code, answer.err));
        };
        let (started, stopped, lowest) = watch.seen(case.name, at);
        let pair =
            |key: &'static str, seen: usize| Ok((flight[key].as_i64().ok_or(key)?, i64::try_from(seen).unwrap()));
        let counts = [pair("pods_start", started), pair("pods_stop", stopped), pair("lowest_ready", lowest)];
        let counts: Result<Vec<(i64, i64)>, &str> = counts.into_iter().collect();
        let counts = counts.map_err(|key| format!("{}: no {key} in {flight:#}", case.name))?;
        let seconds = |key: &str| flight["seconds"][key].as_f64();
        Ok(Self {
            name: case.name,
            says: format!("{} x{} {} {}", case.change[0], case.replicas, case.strategy, case.tag),
            predicted: seconds("likely"),
            range: match (seconds("fastest"), seconds("slowest")) {
                (Some(fastest), Some(slowest)) => format!("{fastest} to {slowest}"),
                _ => "unknown".to_owned(),
            },
            took,
            counts: counts.try_into().map_err(|_| "three counts".to_owned())?,
        })
    }

    /// How far off the time was, seconds.
    fn error(&self) -> Option<f64> {
        self.predicted.map(|predicted| (predicted - self.took).abs())
    }

    fn is_off(&self) -> bool {
        self.error().is_none_or(|error| error > 5.0 && error > self.took / 2.0)
    }

    fn line(&self) -> String {
        let [start, stop, lowest] = self.counts.map(|(told, seen)| format!("{told}/{seen}"));
        let predicted = self.predicted.map_or_else(|| "?".to_owned(), |secs| format!("{secs:.0}"));
        let mark = if self.is_off() { " off" } else { "" };
        let (name, says, range, took) = (self.name, &self.says, &self.range, self.took);
        format!("  {name:<10} {says:<30} {start:>7} {stop:>7} {lowest:>7} {predicted:>5} {range:>10} {took:>6.1}{mark}")
    }
}

/// Twenty changes: what starts and stops is as the card says, and so is the time, mostly.
pub(crate) fn error(lab: &Lab) -> Verdict {
    let shift = Shift::begin(lab, "story-flight")?;
    shift.place.apply(&CASES.iter().map(Case::manifest).collect::<String>())?;
    for case in &CASES {
        rolled_out(&shift.place, &case.object())?;
    }
    for case in &CASES {
        case.prepare(&shift.place)?;
    }
    // Pods that were told to end before are none of the changes' doing.
    thread::sleep(Duration::from_secs(5));
    let mut watch = Watch::start(&shift.place)?;
    let mut rows = Vec::new();
    for group in CASES.chunks(AT_A_TIME) {
        let mut running = Vec::new();
        for case in group {
            let arguments = case.arguments();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            running.push((case, shift.start(&arguments)?));
        }
        for (case, child) in running {
            rows.push((case, finish(child, case.change)?));
        }
    }
    thread::sleep(Duration::from_secs(2));
    watch.words.extend(watch.heard.try_iter());
    let rows: Result<Vec<Row>, String> = rows.iter().map(|(case, answer)| Row::of(case, answer, &watch)).collect();
    judge(&rows?)
}

fn judge(rows: &[Row]) -> Verdict {
    println!("  predicted/seen                              pods started stopped  lowest  secs      range   seen");
    for row in rows {
        println!("{}", row.line());
    }
    let mut errors: Vec<f64> = rows.iter().filter_map(Row::error).collect();
    errors.sort_by(f64::total_cmp);
    let median = errors.get(errors.len() / 2).copied().unwrap_or_default();
    let worst = errors.last().copied().unwrap_or_default();
    let lowest = rows.iter().filter(|row| row.counts[2].0 == row.counts[2].1).count();
    let off: Vec<&str> = rows.iter().filter(|row| row.is_off()).map(|row| row.name).collect();
    println!(
        "  error of the time: median {median:.1} s, worst {worst:.1} s; lowest ready right in {lowest} of {}",
        rows.len()
    );
    let wrong: Vec<&str> =
        rows.iter().filter(|row| row.counts[..2].iter().any(|(a, b)| a != b)).map(|row| row.name).collect();
    if !wrong.is_empty() {
        return Err(format!("other pods started or stopped than predicted: {wrong:?}"));
    }
    if off.len() > MAY_BE_OFF {
        return Err(format!("the time was off by more than half and 5 s: {off:?}"));
    }
    Ok(())
}
