//! The commands and the arguments: bad input has its exact message, and what is printed is what is promised.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::home::Home;

/// What a run answered.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn run(home: &Home, arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolldeck"));
    command.env_clear().env("HOME", home.path()).env("TERM", "xterm").stdin(Stdio::null());
    let answer = command.args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: answer.status.code().unwrap(), out: text(answer.stdout), err: text(answer.stderr) }
}

/// `rolldeck demo --list | head -1`, where head is gone before the first line.
#[test]
fn who_reads_no_further_is_not_told_of_it() {
    let home = Home::new();
    let (reads, writes) = std::io::pipe().unwrap();
    drop(reads);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolldeck"));
    command.env_clear().env("HOME", home.path()).args(["demo", "--list"]).stdout(writes);
    let answer = command.output().unwrap();
    assert_eq!((answer.status.code(), String::from_utf8_lossy(&answer.stderr).as_ref()), (Some(141), ""));
}

/// Refused with this sentence, before anything is asked of a server.
#[track_caller]
fn assert_refused(arguments: &[&str], sentence: &str) {
    let answer = run(&Home::new(), arguments);
    assert_eq!(answer, Answer { code: 1, out: String::new(), err: format!("rolldeck: {sentence}\n") }, "{arguments:?}");
}

/// Wrong usage, with this first line.
#[track_caller]
fn assert_usage(arguments: &[&str], first: &str) {
    let Answer { code, out, err } = run(&Home::new(), arguments);
    assert_eq!((code, out.as_str(), err.lines().next()), (2, "", Some(first)), "{arguments:?}");
}

/// `tests/bad` holds one file for each way to be wrong. Its name begins with what it is; its first line says how the answer
/// goes on after `rolldeck: `, with FILE for its own path and FOLDER for the config folder.
#[test]
fn every_bad_file_has_its_exact_message() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 20, "{files:?}");
    for path in files {
        let (name, text) = (path.file_stem().unwrap().to_str().unwrap(), fs::read_to_string(&path).unwrap());
        let says = text.lines().next().and_then(|line| line.strip_prefix("# says: ")).unwrap();
        let home = Home::new();
        let folder = home.path().to_str().unwrap();
        let (place, flags): (_, &[&str]) = match name.split('-').next().unwrap() {
            "theme" => ("themes/bad.toml", &["--theme", "bad"]),
            "keymap" => ("keymaps/bad.toml", &["--keymap", "bad"]),
            "config" => ("config.toml", &[]),
            "scenario" => ("bad.toml", &[]),
            other => panic!("{name}: what is a {other}?"),
        };
        let file = home.write(place, &text);
        let says = says.replace("FILE", file.to_str().unwrap()).replace("FOLDER", folder);
        let file = file.to_str().unwrap();
        let played = vec!["demo", file, "--snapshot", "60x15"];
        let is_scenario = name.starts_with("scenario-");
        let asked = if is_scenario { played } else { [&["keys", "--config", folder], flags].concat() };
        let answer = run(&home, &asked);
        assert_eq!(answer, Answer { code: 1, out: String::new(), err: format!("rolldeck: {says}\n") }, "{name}");
    }
}

#[test]
fn names_that_stand_for_nothing_are_refused() {
    let home = Home::new();
    for (what, name, known) in [("theme", "drak", "dark, light, contrast"), ("keymap", "vim", "default, k9s")] {
        let answer = run(&home, &["keys", &format!("--{what}"), name]);
        let own = format!("{}/.config/rolldeck/{what}s has no {name}.toml", home.path().display());
        let sentence = format!("rolldeck: there is no {what} \"{name}\": built in are {known}, and {own}\n");
        assert_eq!(answer, Answer { code: 1, out: String::new(), err: sentence });
    }
    assert_refused(&["keys", "--config", "/no/such"], "the config folder /no/such does not exist");
    let path = "name a file of the folder themes without its path and ending";
    assert_refused(&["keys", "--theme", "../dark"], &format!("\"../dark\": {path}"));
}

#[test]
fn namespaces_are_names() {
    let rule = "is no name for a namespace: lower case letters, digits and '-', at most 63; several are written --namespaces a,b";
    for bad in ["Shop", "a,b", "-", "a_b", ""] {
        let flag = format!("--namespace={bad}");
        assert_refused(&["doctor", &flag], &format!("{bad:?} {rule}"));
    }
    assert_refused(&["doctor", "--namespaces", "a,,b"], &format!("\"\" {rule}"));
}

#[test]
fn targets_are_a_kind_and_a_name() {
    let bad = |command: &[&str], target: &str, why: &str| {
        let place = if command == ["status"] { "<KIND/NAME>" } else { "[KIND/NAME]" };
        let line = format!("error: invalid value '{target}' for '{place}': {why}");
        assert_usage(&[command, &[target]].concat(), &line);
    };
    bad(&["status"], "web", "write it as KIND/NAME: deployment/web?");
    bad(&[], "web", "write it as KIND/NAME: deployment/web?");
    bad(&["snapshot"], "deploy/", "write it as KIND/NAME: deployment/web");
    bad(&["status"], "deploy/a/b", "write it as KIND/NAME: deployment/web");
    bad(&["status"], "sts/db", "rollouts of kind \"sts\" are not read; write deployment/db or httproute/db");
}

#[test]
fn flags_that_exclude_each_other_are_wrong_usage() {
    for (one, other, line) in [
        ("-n=a", "-A", "error: the argument '--namespace <NAME>' cannot be used with '--all-namespaces'"),
        (
            "-n=a",
            "--namespaces=b",
            "error: the argument '--namespace <NAME>' cannot be used with '--namespaces <NAMES>'",
        ),
        ("--namespaces=a", "-A", "error: the argument '--namespaces <NAMES>' cannot be used with '--all-namespaces'"),
    ] {
        assert_usage(&["doctor", one, other], line);
    }
    let sentence = "-n, --namespaces and -A exclude each other: give one of them";
    assert_refused(&["-n", "a", "doctor", "-A"], sentence);
    assert_refused(&["-n", "a", "doctor", "--namespaces", "b"], sentence);
    assert_refused(
        &["deployment/web", "snapshot"],
        "the rollout goes behind the command: rolldeck snapshot deployment/web",
    );
}

#[test]
fn values_that_make_no_sense_are_wrong_usage() {
    assert_usage(
        &["status", "deploy/web", "--wait", "--timeout", "soon"],
        "error: invalid value 'soon' for '--timeout <TIME>': \"soon\" is no time; write 90s, 5m or 1h30m",
    );
    assert_usage(
        &["status", "deploy/web", "--timeout", "5m"],
        "error: the following required arguments were not provided:",
    );
    assert_usage(
        &["snapshot", "--size", "5000x10"],
        "error: invalid value '5000x10' for '--size <COLSxROWS>': \"5000x10\" is no size; write COLSxROWS, from 20x5 to 500x200",
    );
    assert_usage(&["--flat"], "error: unexpected argument '--flat' found");
}

#[test]
fn the_readme_holds_the_keys_as_they_are() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- keys -->\n").expect("README.md has no line <!-- keys -->");
    let (table, _) = rest.split_once("<!-- /keys -->").expect("README.md has no line <!-- /keys -->");
    let answer = run(&Home::new(), &["keys"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert_eq!(table, answer.out, "put the output of `rolldeck keys` into README.md");
    assert_ne!(run(&Home::new(), &["keys", "--keymap", "k9s"]).out, answer.out);
}

#[test]
fn a_server_that_is_away_is_named() {
    let home = Home::new();
    let server = home.unreachable();
    let answer = run(&home, &["status", "deployment/web"]);
    let sentence = format!(
        "rolldeck: deployment/web in namespace shop of closed cannot be read: {server}: connection refused: nothing listens there\n"
    );
    assert_eq!(answer, Answer { code: 1, out: String::new(), err: sentence });
    let waited = run(&home, &["status", "deployment/web", "--wait", "--timeout", "1s"]);
    assert_eq!(waited, answer);
    let doctor = run(&home, &["doctor"]);
    assert_eq!((doctor.code, doctor.err.as_str()), (1, ""));
    assert!(doctor.out.contains(&format!("not reached: {server}: connection refused")), "{}", doctor.out);
}

#[test]
fn contexts_that_are_not_there_are_refused_with_those_that_are() {
    let home = Home::new();
    home.unreachable();
    let file = home.path().join(".kube/config");
    let answer = run(&home, &["doctor", "--context", "prod"]);
    let sentence = format!("rolldeck: there is no context \"prod\" in {}. It has: closed.\n", file.display());
    assert_eq!((answer.code, answer.err), (1, sentence));
}

#[test]
fn rbac_prints_a_role_without_asking_anybody() {
    let role = |arguments: &[&str]| {
        let Answer { code, out, err } = run(&Home::new(), arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
        out
    };
    let all = role(&["rbac"]);
    assert!(all.contains("\nkind: Role\n") && all.contains("resources: [\"deployments/scale\"]"), "{all}");
    let rules: Vec<&str> = all.lines().filter(|line| line.trim_start().starts_with("verbs:")).collect();
    assert!(!rules.iter().any(|verbs| verbs.contains('*') || verbs.contains("delete")), "the least: {rules:?}");
    let reads = role(&["rbac", "--cluster", "--read-only"]);
    assert!(reads.contains("\nkind: ClusterRole\n") && !reads.contains("patch"), "{reads}");
}
