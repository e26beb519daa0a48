//! The desk: what was done and what it says of itself, lines of logs, and verbs that RBAC refuses.

use super::*;
use crate::{
    domain::{
        Access, Args, Deed, Intent, LogAsk, LogLine, LogState, Look, Name, Outcome, Proof, Right, Text, Verb, Why,
    },
    systems::{Claim, Driver, Reading, VerbRow, deployment::Deployments},
};

fn deed(id: &str, at_s: i64) -> Deed {
    Deed {
        id: id.into(),
        by: "alice@bastion".into(),
        at: Moment::from_secs(at_s),
        intent: Intent { target: web("web"), verb: Verb::Undo, args: Args::Revision(1) },
        title: "undo web to revision 1".into(),
        reason: Text::default(),
        writes: Vec::new(),
        flight: None,
        proof: Proof::default(),
    }
}

impl World {
    fn deed(&mut self, deed: &Deed) {
        self.say(Fact::Deed(Arc::new(deed.clone())));
    }

    fn ids(&mut self) -> Vec<String> {
        self.fleet().desk.deeds.iter().map(|deed| format!("{} {}", deed.id, deed.proof.outcome.word())).collect()
    }

    /// `container: line` of the book, oldest first.
    fn lines(&mut self) -> Vec<String> {
        self.fleet().desk.logs.lines.iter().map(|line| format!("{}: {}", line.of.container, line.says)).collect()
    }
}

#[test]
fn each_stage_of_a_deed_is_told_once_and_at_its_time() {
    let mut world = World::of(family(&["a"]));
    let mut it = deed("1", 100);
    world.deed(&it);
    it.reason = "1.9 leaks".into();
    it.proof.accepted = Some(Moment(100_100));
    world.deed(&it);
    world.deed(&it);
    it.proof.observed = Some(Moment(100_900));
    world.deed(&it);
    it.proof.done = Some(Moment(112_000));
    world.deed(&it);
    (it.proof.outcome, it.proof.since) = (Outcome::Reverted("by flux: image of app".into()), Some(Moment(130_000)));
    world.deed(&it);
    world.store.focus(Some(&web("web")));
    let told: Vec<_> = world.fleet().timeline.iter().map(|line| (line.at.0, line.says.to_string())).collect();
    let says = |text: &str| format!("undo web to revision 1: {text}");
    let expected = [
        (100_100, says("accepted (1.9 leaks)")),
        (100_900, says("its controller saw it after 0.9 s")),
        (112_000, says("done after 12.0 s")),
        (130_000, says("reversed: by flux: image of app")),
    ];
    assert_eq!(told, expected);
    assert_eq!(world.ids(), ["1 reverted"]);
}

#[test]
fn how_it_ended_is_told_in_words() {
    let endings = [
        (Outcome::TookEffect, "took effect, and nobody reversed it"),
        (Outcome::NotObserved, "accepted, but its controller has not seen it"),
        (Outcome::Refused("the object changed".into()), "refused: the object changed"),
        (Outcome::Unknown("the connection broke".into()), "unknown whether it arrived: the connection broke"),
        (Outcome::NeverSent("the generation is the same".into()), "never sent: the generation is the same"),
    ];
    for (outcome, says) in endings {
        let mut world = World::of(family(&["a"]));
        let mut it = deed("1", 100);
        world.deed(&it);
        it.proof.outcome = outcome;
        world.deed(&it);
        assert_eq!(world.told(), [format!("web: undo web to revision 1: {says}")]);
    }
}

#[test]
fn the_journal_may_come_before_or_after_what_is_done_now() {
    let ended = |id: &str, at_s| {
        let proof = Proof { outcome: Outcome::TookEffect, ..Proof::default() };
        Arc::new(Deed { proof, ..deed(id, at_s) })
    };
    let journal = || Fact::Journal(Ok(vec![ended("old", 1), Arc::new(deed("in-flight", 2))]));
    let mut resolved = deed("in-flight", 2);
    resolved.proof.outcome = Outcome::NeverSent("it is as before".into());
    for journal_first in [true, false] {
        let mut world = World::of(family(&["a"]));
        if journal_first {
            world.say(journal());
        }
        world.deed(&deed("own", 9));
        world.deed(&resolved);
        if !journal_first {
            world.say(journal());
        }
        assert_eq!(world.ids(), ["old took-effect", "in-flight never-sent", "own open"], "{journal_first}");
    }
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Journal(Err("permission denied".into())));
    assert_eq!(world.fleet().desk.journal_trouble, Some("permission denied".into()));
    world.say(Fact::Journal(Ok((0..3_000).map(|n| ended(&n.to_string(), n)).collect())));
    assert_eq!((world.fleet().desk.journal_trouble.clone(), world.ids().len()), (None, 1_000));
    assert_eq!(world.ids().last().map(String::as_str), Some("2999 took-effect"));
}

fn ask(container: &str) -> LogAsk {
    LogAsk { pod: sample::at(Kind::POD, "web-1-a"), container: container.into(), previous: false }
}

fn line(container: &str, at_s: i64, says: &str) -> LogLine {
    let at = (at_s > 0).then(|| Moment::from_secs(at_s));
    LogLine { of: ask(container), at, says: says.into() }
}

fn reading(containers: &[&str]) -> World {
    let mut world = World::of(family(&["a"]));
    world.say(Fact::Logs(containers.iter().map(|container| ask(container)).collect()));
    world
}

#[test]
fn lines_of_several_containers_are_one_by_time() {
    let mut world = reading(&["a", "b"]);
    world.say(Fact::Lines(vec![line("a", 10, "1"), line("a", 20, "2"), line("a", 40, "4")]));
    world.say(Fact::Lines(vec![line("b", 5, "0"), line("b", 20, "2b"), line("b", 0, "no time"), line("b", 30, "3")]));
    let expected = ["b: 0", "a: 1", "a: 2", "b: 2b", "b: no time", "b: 3", "a: 4"];
    assert_eq!(world.lines(), expected);
    world.say(Fact::Lines(vec![line("a", 15, "its clock was set back"), line("b", 50, "5")]));
    let after = world.lines().split_off(6);
    assert_eq!(after, ["a: 4", "a: its clock was set back", "b: 5"], "a container's own order is kept");
}

#[test]
fn what_nobody_wants_is_ignored_and_forgotten() {
    let mut world = reading(&["a", "b"]);
    world.say(Fact::Lines(vec![line("a", 1, "x"), line("b", 2, "y"), line("c", 3, "not wanted")]));
    world.say(Fact::LogState(ask("a"), LogState::Following));
    world.say(Fact::LogState(ask("c"), LogState::Following));
    world.say(Fact::Logs(vec![ask("a"), ask("d")]));
    assert_eq!(world.lines(), ["a: x"]);
    let states: Vec<_> = world.fleet().desk.logs.streams.clone().into_iter().collect();
    assert_eq!(states, [(ask("a"), LogState::Following), (ask("d"), LogState::Opening)]);
    world.say(Fact::Logs(Vec::new()));
    world.say(Fact::Lines(vec![line("a", 4, "too late")]));
    assert_eq!(world.fleet().desk.logs, crate::domain::LogBook::default());
}

#[test]
fn only_so_many_lines_are_kept_and_the_others_counted() {
    let mut world = reading(&["a", "b"]);
    world.say(Fact::Lines((0..7_000).map(|n| line("a", n + 1_000, "a")).collect()));
    world.say(Fact::Lines((0..7_000).map(|n| line("b", n + 1, "b")).collect()));
    let logs = &world.fleet().desk.logs;
    assert_eq!((logs.lines.len(), logs.dropped), (5_000, 9_000));
    assert!(logs.lines.iter().zip(logs.lines.iter().skip(1)).all(|(one, next)| one.at <= next.at));
    assert_eq!(logs.lines.back().map(|line| line.at), Some(Some(Moment::from_secs(7_999))));
    world.say(Fact::Logs(vec![ask("d")]));
    assert_eq!(world.fleet().desk.logs.dropped, 0, "other lines: counted afresh");
}

#[test]
fn colours_and_cursors_are_taken_out_of_lines() {
    let mut world = reading(&["a"]);
    let said = [
        ("\u{1b}[1;31mERROR\u{1b}[0m it broke\u{1b}[K", "ERROR it broke"),
        ("\u{1b}(B\u{1b}[m\u{1b}[38:2::255:0:0mred\u{1b}[39m", "red"),
        ("bell \u{7} and a lone \u{1b}", "bell \u{fffd} and a lone \u{fffd}"),
        ("\u{1b}[31", "\u{fffd}[31"),
        ("list[0] = [31m", "list[0] = [31m"),
    ];
    world.say(Fact::Lines(said.iter().map(|(raw, _)| line("a", 1, raw)).collect()));
    assert_eq!(world.lines(), said.map(|(_, shown)| format!("a: {shown}")));
}

/// Deployments of which one verb needs a right.
struct Guarded;

static ROWS: [VerbRow; 1] = [VerbRow {
    verb: Verb::Scale,
    rights: &[("get", "apps", "deployments"), ("patch", "apps", "deployments/scale")],
    needs: |_, _| Vec::new(),
    draft: |_| Err(Why(Text::fixed("not planned here"))),
    done: |_, _| false,
}];

impl Driver for Guarded {
    fn system(&self) -> &'static str {
        "deployment"
    }
    fn kinds(&self) -> &'static [Kind] {
        Deployments.kinds()
    }
    fn roots(&self) -> &'static [Kind] {
        Deployments.roots()
    }
    fn claim(&self, cluster: &Name, namespace: &Name, look: &mut dyn Look<'_>) -> Vec<Claim> {
        Deployments.claim(cluster, namespace, look)
    }
    fn read(&self, claim: &Claim, look: &mut dyn Look<'_>, now: Moment) -> Option<Reading> {
        Deployments.read(claim, look, now)
    }
    fn verbs(&self) -> &'static [VerbRow] {
        &ROWS
    }
}

#[test]
fn a_verb_that_rbac_refuses_says_what_is_missing_until_it_is_granted() {
    let mut world = World { store: Store::new(&[&Guarded]), now: NOW };
    world.connect("lab");
    for object in family(&["a"]) {
        world.put(object);
    }
    let rights = |cluster: &str, namespace: &str, allowed: Option<bool>| {
        let (verb, group, resource) = ("patch".into(), "apps".into(), "deployments/scale".into());
        let right = Right { verb, group, resource, namespace: Some(namespace.into()) };
        Fact::Rights { cluster: cluster.into(), access: vec![Access { right, allowed, reason: Text::default() }] }
    };
    let mut after = |fact: Option<Fact>| {
        if let Some(fact) = fact {
            world.say(fact);
        }
        let rollout = world.rollout("web");
        let able = |verb| rollout.offers.iter().find(|offer| offer.verb == verb).unwrap().able.clone();
        assert_eq!(able(Verb::SetImage), Ok(()), "no other verb is touched");
        able(Verb::Scale)
    };
    assert_eq!(after(None), Ok(()), "nothing is known yet");
    assert_eq!(after(Some(rights("lab", "pay", Some(false)))), Ok(()), "another namespace");
    assert_eq!(after(Some(rights("prod", "shop", Some(false)))), Ok(()), "another cluster");
    let why = "RBAC refuses it: it needs patch on deployments/scale of group apps in namespace shop";
    assert_eq!(after(Some(rights("lab", "shop", Some(false)))), Err(Why(why.into())));
    assert_eq!(after(Some(rights("lab", "shop", None))), Ok(()), "not known is not refused");
    assert_eq!(after(Some(rights("lab", "shop", Some(false)))), Err(Why(why.into())));
    assert_eq!(after(Some(rights("lab", "shop", Some(true)))), Ok(()));
}

#[test]
fn the_journal_read_again_says_how_far_others_are_and_takes_nothing_back() {
    let mut world = World::of(family(&["a"]));
    let with = |id: &str, at_s: i64, outcome: Outcome, since: i64| {
        let proof = Proof { outcome, since: Some(Moment::from_secs(since)), ..Proof::default() };
        Arc::new(Deed { proof, ..deed(id, at_s) })
    };
    world.say(Fact::Journal(Ok(vec![with("theirs", 1, Outcome::Open, 1)])));
    world.deed(&with("ours", 2, Outcome::TookEffect, 40));
    let read = vec![
        with("theirs", 1, Outcome::TookEffect, 31),
        with("ours", 2, Outcome::Open, 2),
        with("new", 3, Outcome::Open, 3),
    ];
    world.say(Fact::Journal(Ok(read)));
    assert_eq!(world.ids(), ["theirs took-effect", "ours took-effect", "new open"]);
}
