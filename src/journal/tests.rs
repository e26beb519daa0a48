use std::{fs, os::unix::fs::PermissionsExt as _, process::Command, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::domain::{Args, Intent, Op, Outcome, Sub, Verb, sample};

const AT: Moment = Moment(1_795_280_400_123);

fn deed(number: u64) -> Deed {
    let target = sample::deployment("web:1", 3).meta.at;
    let write = Write {
        target: target.clone(),
        uid: "u1".into(),
        sub: Sub::Main,
        tests: vec![("/spec/paused".into(), Value::Null)],
        ops: vec![Op::Put("/spec/paused".into(), Value::Bool(true))],
    };
    Deed {
        id: new_id(AT, &Me::of_process(), number),
        by: "alice@bastion".into(),
        at: AT,
        intent: Intent { target, verb: Verb::Pause, args: Args::None },
        title: "pause web".into(),
        reason: "it hurts".into(),
        writes: vec![write],
        flight: None,
        proof: Proof::default(),
    }
}

fn in_folder(folder: &TempDir) -> Journal {
    Journal::at(folder.path().join("state/rolldeck/journal.jsonl"))
}

fn lines(journal: &Journal) -> Vec<Value> {
    let text = fs::read_to_string(journal.file()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_intent_is_a_line_for_people_and_one_ticket_per_request() {
    let folder = TempDir::new().unwrap();
    let journal = in_folder(&folder);
    let tickets = journal.intend(&deed(1)).unwrap();
    assert_eq!(tickets.iter().map(Ticket::write).collect::<Vec<_>>(), deed(1).writes.iter().collect::<Vec<_>>());
    let line = lines(&journal).remove(0);
    let target = deed(1).intent.target;
    assert_eq!(
        (&line["v"], &line["event"], &line["at"]),
        (&json!(1), &json!("intended"), &json!("2026-11-21T17:00:00.123Z"))
    );
    assert_eq!((&line["by"], &line["pid"]), (&json!("alice@bastion"), &json!(std::process::id())));
    assert_eq!((&line["object"], &line["uid"]), (&json!(target.to_string()), &json!("u1")));
    assert_eq!((&line["verb"], &line["reason"]), (&json!("pause"), &json!("it hurts")));
    let request = &line["requests"][0];
    assert_eq!((&request["method"], &request["path"]), (&json!("PATCH"), &json!(target.path())));
    assert_eq!(request["patch"], deed(1).writes[0].patch());
    let first = fs::read_to_string(journal.file()).unwrap();
    assert!(first.starts_with(r#"{"v":1,"id":""#), "{first}");
}

#[test]
fn the_folder_and_the_file_are_for_their_owner() {
    let folder = TempDir::new().unwrap();
    let journal = in_folder(&folder);
    journal.intend(&deed(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(journal.file()), mode(journal.file().parent().unwrap())), (0o600, 0o700));
}

#[test]
fn what_was_noted_last_is_what_is_read() {
    let folder = TempDir::new().unwrap();
    let journal = in_folder(&folder);
    assert_eq!(journal.read().unwrap(), Past::default(), "no file is no past");
    journal.intend(&deed(1)).unwrap();
    journal.intend(&deed(2)).unwrap();
    let accepted = Proof { accepted: Some(AT), generation: Some(7), ..Proof::default() };
    journal.note(&deed(1).id, AT, &accepted).unwrap();
    let held = Proof { outcome: Outcome::TookEffect, ..accepted };
    journal.note(&deed(1).id, AT, &held).unwrap();
    journal.note("of a deed further back", AT, &held).unwrap();
    let past = journal.read().unwrap();
    assert_eq!(past.deeds, [Deed { proof: held, ..deed(1) }, deed(2)]);
    assert_eq!((past.unreadable, past.orphans.len()), (0, 0), "this program still runs");
    let events: Vec<_> = lines(&journal).iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["intended", "intended", "accepted", "held", "held"]);
}

#[test]
fn actions_of_a_dead_program_of_this_machine_are_orphans() {
    let folder = TempDir::new().unwrap();
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let me = Me::of_process();
    let other = Me { pid: child.id(), started: me::start(child.id()), ..me.clone() };
    let file = folder.path().join("journal");
    Journal::of(file.clone(), other.clone()).intend(&deed(1)).unwrap();
    Journal::of(file.clone(), other.clone()).intend(&deed(2)).unwrap();
    Journal::of(file.clone(), Me { host: "elsewhere".into(), ..other }).intend(&deed(3)).unwrap();
    let journal = Journal::of(file, me);
    journal.intend(&deed(4)).unwrap();
    let done = Proof { outcome: Outcome::Refused("no".into()), ..Proof::default() };
    journal.note(&deed(2).id, AT, &done).unwrap();
    assert_eq!(journal.read().unwrap().orphans, [""; 0], "the other program runs");
    child.kill().unwrap();
    while journal.read().unwrap().orphans.is_empty() {
        thread::yield_now();
    }
    assert_eq!(journal.read().unwrap().orphans, [deed(1).id], "a zombie does not run any more");
    child.wait().unwrap();
    assert_eq!(journal.read().unwrap().orphans, [deed(1).id]);
}

#[test]
fn a_torn_line_costs_only_itself() {
    let folder = TempDir::new().unwrap();
    let journal = in_folder(&folder);
    journal.intend(&deed(1)).unwrap();
    let whole = fs::read(journal.file()).unwrap();
    fs::write(journal.file(), [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
    journal.intend(&deed(2)).unwrap();
    let past = journal.read().unwrap();
    assert_eq!((past.deeds, past.unreadable), (vec![deed(1), deed(2)], 1));
    let foreign = b"{\"v\":2,\"id\":\"x\",\"proof\":{}}\n{\"v\":1,\"id\":\"x\"}\n\xff\xfe\n[]\n\n";
    fs::write(journal.file(), [&foreign[..], &whole].concat()).unwrap();
    assert_eq!(journal.read().unwrap().unreadable, 4);
    fs::write(journal.file(), &whole[..whole.len() - 1]).unwrap();
    assert_eq!(journal.read().unwrap().deeds, [deed(1)], "only its line break is missing");
}

#[test]
fn two_programs_write_whole_lines() {
    const EACH: u64 = 100;
    let folder = TempDir::new().unwrap();
    let journals = [in_folder(&folder), in_folder(&folder)];
    thread::scope(|threads| {
        for (number, journal) in journals.iter().enumerate() {
            let first = u64::try_from(number).unwrap() * EACH;
            threads.spawn(move || {
                for number in first..first + EACH {
                    journal.note(&number.to_string(), AT, &Proof::default()).unwrap();
                    journal.intend(&deed(number)).unwrap();
                }
            });
        }
    });
    let past = journals[0].read().unwrap();
    assert_eq!((past.deeds.len(), past.unreadable), (200, 0));
}

#[test]
fn why_nothing_can_be_written_is_the_systems_sentence() {
    let folder = TempDir::new().unwrap();
    let blocked = folder.path().join("a-file");
    fs::write(&blocked, "").unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for (file, says) in [
        (PathBuf::from("/dev/full"), "No space left on device"),
        (PathBuf::from("/dev/null"), "Invalid argument"),
        (PathBuf::from("/proc/no/journal"), "No such file or directory"),
        (blocked.join("journal"), ""),
        (folder.path().to_owned(), "it is a folder"),
        (fifo.clone(), "it is not a regular file"),
    ] {
        let unwritable = Journal::at(file.clone()).intend(&deed(1)).unwrap_err();
        let said = unwritable.to_string();
        assert!(said.starts_with(&format!("the journal {} cannot be written: ", file.display())), "{said}");
        assert!(said.contains(says), "{said}");
    }
    assert!(Journal::at(PathBuf::from("/dev/full")).note("x", AT, &Proof::default()).is_err());
    assert_eq!(Journal::at(PathBuf::from("/dev/zero")).read().unwrap(), Past::default(), "a device keeps nothing");
    assert!(Journal::at(fifo).read().is_err(), "nobody waits for a FIFO");
}

#[test]
fn a_stamp_is_spent_once_however_often_it_is_cloned() {
    let folder = TempDir::new().unwrap();
    let stamp = in_folder(&folder).intend(&deed(1)).unwrap().remove(0).stamp();
    let twin = stamp.clone();
    assert_eq!((stamp.spend(), twin.spend(), stamp.spend()), (true, false, false));
}
