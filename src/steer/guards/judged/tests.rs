//! What is said of going on, of going back, and of what moves nothing.

use crate::{
    domain::{
        Args, Cause, Compared, Difference, Effect, Fleet, Judged, Judgement, Percent, Readout, Role, Rollout, Share,
        Split, Total, Verb, Verdict, Weight,
        sample::{NOW, later},
    },
    systems::fixture::{ask, intent, rollout},
};

const NOT_ENOUGH: Verdict = Verdict::NotEnough { requests: Some(6_700), time: None };

/// `web:3` with 10 % of the traffic beside `web:2`.
fn canary() -> Rollout {
    let mut rollout = rollout(&[(3, "web:3", 3, Role::New), (2, "web:2", 3, Role::Stable)]);
    for (version, share) in rollout.versions.iter_mut().zip([0.1, 0.9]) {
        version.split = Split { wanted: Some(Share(share)), ..Split::default() };
    }
    rollout
}

fn readout(compared: Compared, verdict: Verdict, guess: f64) -> Readout {
    let effect = Some(Effect { change: Difference { guess, ..Difference::default() }, ..Effect::default() });
    Readout { compared, verdict, effect, since: None, level: 0.01, matters: 0.005, noise: 1.0 }
}

/// What the guards say where errors and latency are judged so, and this hurts.
fn told(verdicts: [Verdict; 2], causes: Vec<Cause>, verb: Verb, args: Args) -> Vec<String> {
    let rollout = canary();
    let [errors, latency] = verdicts;
    let said = Judgement {
        new: "web-3".into(),
        stable: "web-2".into(),
        at: NOW,
        new_total: Total::default(),
        stable_total: Total::default(),
        errors: readout(Compared::Errors, errors, 0.0093),
        latency: readout(Compared::Latency { quantile: 0.95, slow: None }, latency, 0.31),
        causes,
        outliers: vec![],
        unequal: vec![],
    };
    let judged = Some(Judged { of: rollout.at.clone(), said: vec![said], crowds: vec![] });
    let fleet = Fleet { judged, ..Fleet::default() };
    let intent = intent(verb, args);
    let guards = super::all(&fleet, &ask(&rollout, &intent, &[]));
    guards.iter().map(|guard| format!("{:?} {}: {}", guard.weight, guard.rule, guard.says)).collect()
}

fn share(name: &str, percent: u32) -> Args {
    Args::Shares(vec![(name.into(), Percent::hundredths(percent * 100).unwrap())])
}

#[test]
fn more_traffic_for_what_is_called_worse_is_warned_of() {
    let worse = [Verdict::Worse, Verdict::Worse];
    let says = "Warn called-worse: web:3 is called worse than web:2: 0.93 points more errors, p95 31 % slower";
    assert_eq!(told(worse, vec![], Verb::Shift, share("web-3", 30)), [says]);
    assert_eq!(told(worse, vec![], Verb::Shift, share("web-2", 70)), [says], "the other one gets the rest");
    assert_eq!(told(worse, vec![], Verb::Resume, Args::None), [says]);
    assert_eq!(told(worse, vec![], Verb::Undo, Args::Revision(3)), [says], "back to the bad one");
    let slower = told([Verdict::Same, Verdict::Worse], vec![], Verb::Resume, Args::None);
    assert_eq!(slower, ["Warn called-worse: web:3 is called worse than web:2: p95 31 % slower"]);
}

#[test]
fn less_traffic_for_it_and_what_moves_none_is_not() {
    let worse = [Verdict::Worse, Verdict::Worse];
    for (verb, args) in [
        (Verb::Shift, share("web-3", 5)),
        (Verb::Shift, share("web-2", 100)),
        (Verb::Shift, share("web-3", 10)),
        (Verb::Undo, Args::None),
        (Verb::Pause, Args::None),
        (Verb::Scale, Args::Replicas(9)),
    ] {
        assert!(told(worse, vec![Cause::Release], verb, args.clone()).is_empty(), "{verb:?} {args:?}");
    }
}

#[test]
fn going_on_before_anything_can_be_said_is_noted() {
    let says = |verdicts| told(verdicts, vec![], Verb::Shift, share("web-3", 30));
    let waits = "Note not-judged: web:3 is not judged yet: errors take about 6,700 more requests";
    assert_eq!(says([NOT_ENOUGH, Verdict::Same]), [waits]);
    let unknown = Verdict::NotEnough { requests: None, time: None };
    assert_eq!(says([NOT_ENOUGH, unknown]), ["Note not-judged: web:3 is not judged yet: not enough data on latency"]);
    assert!(says([Verdict::Same, Verdict::Better]).is_empty());
    assert!(says([Verdict::Same, Verdict::TooFewPods { pods: 1 }]).is_empty(), "more time brings nothing");
}

#[test]
fn what_was_found_out_a_while_ago_says_so() {
    let rollout = canary();
    let intent = intent(Verb::Resume, Args::None);
    let mut old = ask(&rollout, &intent, &[]);
    let fresh = super::super::guard("called-worse", Weight::Warn, "web:3 is called worse");
    old.now = later(22 * 60);
    let said = super::aged(fresh.clone(), old.now.since(NOW));
    assert_eq!((said.weight, said.says.as_str()), (Weight::Note, "web:3 is called worse, as of 22 min ago"));
    assert_eq!(super::aged(fresh.clone(), later(60).since(NOW)), fresh);
}

#[test]
fn going_back_to_what_hurts_as_well_does_not_help() {
    let everywhere = || vec![Cause::Everywhere { since: NOW, before: 0.01, after: 0.1, neighbours: vec![] }];
    let says = "Warn not-the-release: web:2 hurts equally: this will not help";
    let worse = [Verdict::Worse, NOT_ENOUGH];
    assert_eq!(told(worse, everywhere(), Verb::Undo, Args::None), [says]);
    assert_eq!(told(worse, everywhere(), Verb::Shift, share("web-3", 0)), [says]);
    assert_eq!(told(worse, everywhere(), Verb::Resume, Args::None).len(), 1);
}
