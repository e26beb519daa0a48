//! The demo: what its scenarios look like at their best moments, what it refuses, and that the real kubectl believes it.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rolldeck::sim::Scenario;
use serde_json::Value;

use crate::support::{believes::believes, home::Home};

const ROLLDECK: &str = env!("CARGO_BIN_EXE_rolldeck");

/// What `rolldeck demo` answers: exit code, stdout, stderr.
fn demo(arguments: &[&str]) -> (i32, String, String) {
    let home = Home::new();
    let mut command = Command::new(ROLLDECK);
    command.env_clear().env("HOME", home.path()).env("TERM", "xterm").stdin(Stdio::null());
    let answer = command.arg("demo").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (answer.status.code().unwrap(), text(answer.stdout), text(answer.stderr))
}

/// Frames of these sizes.
fn frames(arguments: &[&str], sizes: &[(usize, usize)]) -> Vec<String> {
    let asked: Vec<String> = sizes.iter().map(|(columns, rows)| format!("{columns}x{rows}")).collect();
    let (code, out, err) = demo(&[arguments, &["--snapshot", &asked.join(",")]].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    let mut lines = out.lines();
    let frames: Vec<String> =
        sizes.iter().map(|(_, rows)| lines.by_ref().take(*rows).collect::<Vec<_>>().join("\n")).collect();
    assert_eq!(lines.next(), None, "the frames have their sizes");
    frames
}

const SIZES: [(usize, usize); 3] = [(60, 15), (80, 24), (140, 45)];

#[test]
fn the_best_moment_of_every_scenario() {
    for name in Scenario::names() {
        for ((columns, rows), frame) in SIZES.iter().zip(frames(&[name, "--deck"], &SIZES)) {
            insta::assert_snapshot!(format!("demo-{name}-{columns}x{rows}"), frame);
        }
    }
}

#[test]
fn the_board_of_the_day_and_the_plan_that_helps() {
    for ((columns, rows), frame) in SIZES.iter().zip(frames(&[], &SIZES)) {
        insta::assert_snapshot!(format!("demo-board-{columns}x{rows}"), frame);
    }
    let card = frames(&["--press", "enter u"], &[(140, 45)]).remove(0);
    assert!(card.contains("undo checkout to revision 3"), "{card}");
    assert!(card.contains("kubectl would take revision 4 (checkout:2.4.0-crash"), "{card}");
}

#[test]
fn what_a_team_asks_is_charted_with_its_limits() {
    let chart = frames(&["flagger", "--deck", "--press", "c up"], &[(140, 45)]).remove(0);
    let head = |words: &str| chart.lines().find(|line| line.contains(words)).unwrap_or_default();
    let own = head("▸ failed answers in percent");
    assert!(own.contains("a value") && own.contains("wanted <= 1  by metrictemplate/failed-answers"), "{chart}");
    assert!(head("  failed  ●").contains("wanted <= 1.00 %  by canary/podinfo"), "{chart}");
}

#[test]
fn another_seed_is_another_day() {
    let size = [(140, 45)];
    let one = frames(&["crash-loop", "--deck"], &size);
    assert_ne!(frames(&["crash-loop", "--deck", "--seed", "2"], &size), one);
}

#[test]
fn every_scenario_is_listed_with_what_is_to_be_seen() {
    let (code, out, _) = demo(&["--list"]);
    assert_eq!(code, 0);
    for name in Scenario::names() {
        let scenario = Scenario::named(name).unwrap();
        assert!(
            out.contains(&format!("{name:<15} {}", scenario.title)) && out.contains(&scenario.see),
            "{name}\n{out}"
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_a_sentence() {
    let refused = |arguments: &[&str]| demo(arguments).2;
    let known = Scenario::names().collect::<Vec<_>>().join(", ");
    assert_eq!(refused(&["nightmare"]), format!("rolldeck: there is no scenario \"nightmare\"; there are {known}\n"));
    assert_eq!(
        refused(&["--context", "prod"]),
        "rolldeck: the demo brings its own cluster: leave out --kubeconfig and --context\n"
    );
    assert_eq!(
        refused(&["--serve", "somewhere"]),
        "rolldeck: \"somewhere\" is no address to serve on: write PORT, or IP:PORT\n"
    );
    assert!(refused(&["--speed", "0"]).contains("write a number from 0.1 to 60"));
}

#[test]
fn the_real_kubectl_believes_it() {
    let Some(kubectl) = kubectl() else { return };
    if let Err(why) = believes(&kubectl, Path::new(ROLLDECK)) {
        panic!("{why}");
    }
}

/// The lab's kubectl, or one on the PATH that is made for such a server: a minor version apart at most, as Kubernetes' version
/// skew policy has it. None on a machine without: the lab suite asks then.
fn kubectl() -> Option<PathBuf> {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lab/bin");
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = std::iter::once(lab).chain(env::split_paths(&path));
    folders.find_map(|folder| Some(folder.join("kubectl")).filter(|file| file.is_file() && is_near(file)))
}

/// Whether a kubectl is no more than a minor version away from the simulated server, 1.36.
fn is_near(kubectl: &Path) -> bool {
    let told = Command::new(kubectl).args(["version", "--client", "--output", "json"]).output();
    let told: Option<Value> = told.ok().and_then(|told| serde_json::from_slice(&told.stdout).ok());
    let minor = told.as_ref().and_then(|told| told.pointer("/clientVersion/minor")?.as_str()?.parse::<u32>().ok());
    minor.is_some_and(|minor| (35..=37).contains(&minor))
}
