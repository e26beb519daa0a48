use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::*;
use crate::{
    domain::{Finding, Name, Pod, Role, Severity, sample},
    systems::fixture::{ask, deployment, intent, rollout, set},
};

/// So many pods that took `took` seconds to become ready, long ago.
fn ready(pods: usize, took: i64) -> Vec<Pod> {
    let pod = |n| {
        let mut pod = sample::ready(&format!("r{n}"));
        pod.meta.created = sample::ago(300 + took);
        pod
    };
    (0..pods).map(pod).collect()
}

/// A rollout of versions: number, image, pods, role; their ReplicaSets want as many as there are.
fn of(versions: Vec<(i64, &str, Vec<Pod>, Role)>) -> Rollout {
    let plain: Vec<_> = versions.iter().map(|(number, image, _, role)| (*number, *image, 0, *role)).collect();
    let mut rollout = rollout(&plain);
    for (version, (.., list, _)) in rollout.versions.iter_mut().zip(versions) {
        let count = |is: fn(&Pod) -> bool| num::count_i32(list.iter().filter(|pod| is(pod)).count());
        let pods = &mut version.pods;
        (pods.desired, pods.have) = (count(|_| true), count(|_| true));
        (pods.ready, pods.available) = (count(Pod::is_ready), count(Pod::is_ready));
        (pods.list, pods.known) = (list.into_iter().map(Arc::new).collect(), true);
    }
    rollout
}

/// The Deployment, its spec bent.
fn whole(image: &str, replicas: i32, updated: i32, spec: &Value) -> Value {
    let mut whole = deployment(image);
    whole["spec"]["replicas"] = json!(replicas);
    whole["status"]["updatedReplicas"] = json!(updated);
    for (key, value) in spec.as_object().into_iter().flatten() {
        whole["spec"][key] = value.clone();
    }
    whole
}

fn rolling(surge: &Value, unavailable: &Value) -> Value {
    json!({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}})
}

fn fly(rollout: &Rollout, (verb, args): (Verb, Args), whole: &[Value]) -> Flight {
    let intent = intent(verb, args);
    let ask = ask(rollout, &intent, whole);
    let row = verbs::VERBS.iter().find(|row| row.verb == verb).unwrap();
    let draft = (row.draft)(&ask).unwrap();
    flight(&ask, &draft.writes).unwrap()
}

const fn secs(fastest: u64, likely: u64, slowest: u64) -> Estimate {
    Estimate { fastest, likely, slowest }
}

fn told(texts: &[crate::domain::Text]) -> Vec<&str> {
    texts.iter().map(crate::domain::Text::as_str).collect()
}

#[test]
fn a_quarter_more_and_a_quarter_less_of_twenty() {
    // At most 25, at least 15. At once: 5 new, 5 old stop, 5 more new: 15 old are ready. After 10 s: 10 new are, 10 old
    // stop, 10 new start: 15 are ready. After 20 s: all 20 are, and the last 5 old ones stop.
    let rollout = of(vec![(3, "web:3", ready(20, 10), Role::Stable)]);
    let spec = rolling(&json!("25%"), &json!("25%"));
    let flight = fly(&rollout, (Verb::Restart, Args::None), &[whole("web:3", 20, 20, &spec)]);
    assert_eq!(flight.says(), "20 pods start, 20 stop, about 20 s, lowest ready 15 of 20");
    assert_eq!(told(&flight.assumes), ["pods become ready after 10 s, as 20 of other versions did"]);
    let waits = whole("web:3", 20, 20, &json!({"minReadySeconds": 5, "strategy": spec["strategy"]}));
    assert_eq!(fly(&rollout, (Verb::Restart, Args::None), &[waits]).takes, Some(secs(30, 30, 30)));
}

#[test]
fn recreating_five_has_a_downtime() {
    let recreate = whole("web:3", 5, 5, &json!({"strategy": {"type": "Recreate"}}));
    let mut rollout = of(vec![(3, "web:3", ready(5, 10), Role::Stable)]);
    let unseen = fly(&rollout, (Verb::Restart, Args::None), std::slice::from_ref(&recreate));
    assert_eq!((unseen.start, unseen.stop, unseen.lowest_ready, unseen.takes), (5, 5, 0, Some(secs(10, 40, 40))));
    assert!(told(&unseen.assumes).contains(&"pods end within 30 s, their grace period: none was seen ending"));
    rollout.versions[0].pods.ended = vec![Duration::from_secs(2); 3];
    let seen = fly(&rollout, (Verb::Restart, Args::None), &[recreate]);
    assert_eq!(seen.says(), "5 pods start, 5 stop, about 12 s, none ready for about 12 s");
}

#[test]
fn one_more_and_none_less_of_three_goes_one_by_one() {
    let rollout = of(vec![(3, "web:3", ready(3, 10), Role::Stable)]);
    let whole = whole("web:3", 3, 3, &rolling(&json!(1), &json!(0)));
    let image = Args::Images { images: vec![("app".into(), "web:4".into())], cause: None };
    let flight = fly(&rollout, (Verb::SetImage, image), &[whole]);
    assert_eq!(flight.says(), "3 pods start, 3 stop, about 30 s, lowest ready 3 of 3");
    assert!(flight.lost.is_empty() && flight.limits.is_empty());
}

#[test]
fn an_undo_half_way_brings_back_what_is_missing() {
    // 13 exist, the most there may be: 5 new ones stop, as 8 must stay; 2 old ones start.
    let mut standing = of(vec![(2, "web:2", ready(5, 4), Role::New), (1, "web:1", ready(8, 10), Role::Stable)]);
    standing.phase = crate::domain::Phase::Paused;
    let spec = json!({"paused": true, "strategy": rolling(&json!("25%"), &json!("25%"))["strategy"]});
    let flight = fly(
        &standing,
        (Verb::Undo, Args::Revision(1)),
        &[whole("web:2", 10, 5, &spec), set(2, "web:2", 5), set(1, "web:1", 8)],
    );
    assert_eq!(flight.says(), "2 pods start, 5 stop, about 10 s, lowest ready 8 of 10");
    assert_eq!(told(&flight.lost), ["the 5 ready pods of web:2 go"]);
    assert_eq!(told(&flight.assumes), ["pods become ready after 10 s, as 8 of this version did"]);
}

#[test]
fn what_was_never_rolled_out_is_lost() {
    let standing = of(vec![(2, "web:2", ready(3, 4), Role::Stable), (1, "web:1", Vec::new(), Role::Past)]);
    let standing = Rollout { phase: crate::domain::Phase::Paused, ..standing };
    let edited = whole("web:9", 3, 0, &json!({"paused": true}));
    let all = [edited, set(2, "web:2", 3), set(1, "web:1", 0)];
    let flight = fly(&standing, (Verb::Undo, Args::Revision(2)), &all);
    assert_eq!(flight.says(), "no pod starts or stops, at once");
    assert_eq!(told(&flight.lost), ["the change that it is paused with is never rolled out"]);
    let resumed = fly(&standing, (Verb::Resume, Args::None), &all[..1]);
    assert_eq!((resumed.start, resumed.stop), (3, 3));
}

#[test]
fn scaling_up_waits_for_pods_on_their_way_too() {
    let mut pods = ready(3, 10);
    pods.push(sample::starting("s", 4));
    let rollout = of(vec![(3, "web:3", pods, Role::Stable)]);
    let whole = whole("web:3", 4, 4, &json!({}));
    let flight = fly(&rollout, (Verb::Scale, Args::Replicas(6)), std::slice::from_ref(&whole));
    assert_eq!(flight.says(), "2 pods start, about 10 s, lowest ready 3 of 6");
    let none = fly(&rollout, (Verb::Scale, Args::Replicas(0)), std::slice::from_ref(&whole));
    assert_eq!(none.says(), "4 pods stop, at once, none ready afterwards");
    let mut scaled = rollout;
    scaled.forces = vec![crate::domain::Force {
        by: "hpa".into(),
        field: "/spec/replicas".into(),
        says: "".into(),
        reverts_within_s: None,
        bounds: Some((2, 5)),
    }];
    let flight = fly(&scaled, (Verb::Scale, Args::Replicas(6)), &[whole]);
    assert_eq!(told(&flight.limits), ["its HPA keeps 2 to 5 pods and sets 6 to 5"]);
}

#[test]
fn what_fails_does_not_get_done_by_itself() {
    let failing: Vec<Pod> = ["a", "b"].map(|name| sample::waiting(name, "ImagePullBackOff", "no")).into();
    let mut stuck = of(vec![(2, "web:2", failing, Role::New), (1, "web:1", ready(3, 10), Role::Stable)]);
    let finding = Finding {
        rule: Name::fixed("image-pull"),
        severity: Severity::Critical,
        message: "2 pods of web:2 cannot pull their image".into(),
        advice: "".into(),
        about: stuck.at.clone(),
        version: Some(stuck.versions[0].uid.clone()),
        since: None,
        sticks: true,
        label: "image pull".into(),
        detail: Vec::new(),
    };
    stuck.findings.push(finding);
    stuck.phase = crate::domain::Phase::Paused;
    let spec = json!({"paused": true, "strategy": rolling(&json!("25%"), &json!("25%"))["strategy"]});
    let resumed = fly(&stuck, (Verb::Resume, Args::None), &[whole("web:2", 4, 2, &spec)]);
    assert_eq!(resumed.stuck.unwrap(), "web:2 fails: image pull");
    assert_eq!(resumed.takes, None);
    let all = [whole("web:2", 4, 2, &spec), set(2, "web:2", 0), set(1, "web:1", 3)];
    let undone = fly(&stuck, (Verb::Undo, Args::Revision(1)), &all);
    assert_eq!(undone.says(), "1 pod starts, 2 stop, about 10 s, lowest ready 3 of 4");
}

#[test]
fn no_time_is_told_that_was_not_seen() {
    let rollout = of(vec![(3, "web:3", Vec::new(), Role::Stable)]);
    let flight = fly(&rollout, (Verb::Scale, Args::Replicas(2)), &[whole("web:3", 0, 0, &json!({}))]);
    assert_eq!(flight.says(), "2 pods start, time unknown, lowest ready 0 of 2");
    assert_eq!(told(&flight.assumes), ["how long pods take to become ready is not known: none was seen"]);
}

#[test]
fn different_times_make_a_range() {
    let mut pods = ready(2, 4);
    pods.extend(ready(1, 9));
    let rollout = of(vec![(3, "web:3", pods, Role::Stable)]);
    let flight = fly(&rollout, (Verb::Scale, Args::Replicas(4)), &[whole("web:3", 3, 3, &json!({}))]);
    assert_eq!(flight.takes, Some(secs(4, 4, 9)));
    let flight = fly(
        &rollout,
        (Verb::Scale, Args::Replicas(6)),
        &[whole("web:3", 3, 3, &json!({"progressDeadlineSeconds": 8}))],
    );
    assert_eq!(flight.takes, Some(secs(4, 9, 9)), "of three, one is slow");
    assert_eq!(told(&flight.limits), ["at the slowest pace seen the progress deadline of 8 s passes on the way"]);
}

#[test]
fn the_way_back_is_the_one_that_undo_takes() {
    use crate::domain::sample::World;
    let rollout = of(vec![
        (3, "web:3", ready(2, 4), Role::New),
        (2, "web:2", Vec::new(), Role::Past),
        (1, "web:1", ready(3, 10), Role::Stable),
    ]);
    let world = World::default()
        .and(crate::domain::Deployment { replicas: 4, ..sample::deployment("web:3", 4) })
        .and(sample::set(3, "web:3", 2))
        .and(sample::set(2, "web:2", 0))
        .and(sample::set(1, "web:1", 3));
    let driver = crate::systems::driver("deployment").unwrap();
    let way = driver.way_back(&rollout, &mut &world, sample::NOW).unwrap();
    assert_eq!((way.revision, way.says().as_str()), (1, "undo to 1: 1 pod, about 10 s"));
    let alone = World::default().and(sample::deployment("web:1", 3)).and(sample::set(1, "web:1", 3));
    let only = of(vec![(1, "web:1", ready(3, 10), Role::Stable)]);
    assert_eq!(driver.way_back(&only, &mut &alone, sample::NOW), None);
}
