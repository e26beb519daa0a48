//! Each verb: its exact patch, what its card says, and when it refuses.

mod undo;

use serde_json::{Value, json};

use crate::{
    domain::{Args, Draft, Phase, Pods, Role, Rollout, Standing, Sub, Verb},
    systems::{
        self, Ask,
        fixture::{ask, deployment, intent, rollout, with},
    },
};

fn running() -> Rollout {
    rollout(&[(3, "web:3", 3, Role::Stable), (2, "web:2", 0, Role::Past)])
}

fn try_plan(rollout: &Rollout, verb: Verb, args: Args, whole: &[Value]) -> Result<Draft, String> {
    let intent = intent(verb, args);
    let row = systems::verb("deployment", verb).unwrap();
    (row.draft)(&ask(rollout, &intent, whole)).map_err(|why| why.to_string())
}

fn plan(verb: Verb, args: Args, whole: Value) -> Draft {
    try_plan(&running(), verb, args, &[whole]).unwrap()
}

fn refusal(verb: Verb, args: Args, whole: Value) -> String {
    try_plan(&running(), verb, args, &[whole]).unwrap_err()
}

fn paused(whole: Value) -> Value {
    with(whole, "/spec/paused", json!(true))
}

fn recreating() -> Value {
    with(deployment("web:3"), "/spec/strategy", json!({"type": "Recreate"}))
}

fn images(pairs: &[(&str, &str)]) -> Args {
    Args::Images { images: pairs.iter().map(|(name, image)| ((*name).into(), (*image).into())).collect(), cause: None }
}

/// The patch behind the test of the uid.
fn patch(draft: &Draft) -> Value {
    let mut patch = draft.writes[0].patch();
    let uid = patch.as_array_mut().unwrap().remove(0);
    assert_eq!(uid, json!({"op": "test", "path": "/metadata/uid", "value": "web"}));
    patch
}

fn test(path: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"op": "test", "path": path, "value": value})
}

fn put(path: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"op": "add", "path": path, "value": value})
}

fn changes(draft: &Draft) -> Vec<String> {
    draft.changes.iter().map(|c| format!("{}: {} → {}", c.what, c.before, c.after)).collect()
}

fn rules(draft: &Draft) -> Vec<&str> {
    draft.guards.iter().map(|guard| guard.rule.as_str()).collect()
}

#[test]
fn pause_tests_that_it_is_not() {
    let draft = plan(Verb::Pause, Args::None, deployment("web:3"));
    assert_eq!(patch(&draft), json!([test("/spec/paused", Value::Null), put("/spec/paused", json!(true))]));
    assert_eq!(draft.kubectl.unwrap(), "kubectl rollout pause deployment/web -n shop --context lab");
    assert_eq!(refusal(Verb::Pause, Args::None, paused(deployment("web:3"))), "deployment/web is already paused");
}

#[test]
fn a_cluster_that_no_kubeconfig_names_is_not_named_to_kubectl() {
    let (rollout, intent, whole) = (running(), intent(Verb::Pause, Args::None), [deployment("web:3")]);
    let row = systems::verb("deployment", Verb::Pause).unwrap();
    let draft = (row.draft)(&Ask { has_context: false, ..ask(&rollout, &intent, &whole) }).unwrap();
    assert_eq!(draft.kubectl.unwrap(), "kubectl rollout pause deployment/web -n shop");
}

#[test]
fn resume_tests_the_generation_and_says_what_rolls_out() {
    let draft = plan(Verb::Resume, Args::None, paused(deployment("web:4")));
    let tests = [test("/spec/paused", json!(true)), test("/metadata/generation", json!(7))];
    assert_eq!(patch(&draft), json!([tests[0], tests[1], {"op": "remove", "path": "/spec/paused"}]));
    assert_eq!(changes(&draft), ["paused: yes → no", "image of app: web:3 → web:4"]);
    assert!(!draft.destructive);
    assert!(plan(Verb::Resume, Args::None, paused(with(recreating(), "/spec/replicas", json!(2)))).guards.len() == 1);
    let edited = with(paused(deployment("web:4")), "/spec/strategy", json!({"type": "Recreate"}));
    let draft = plan(Verb::Resume, Args::None, edited);
    assert_eq!((draft.destructive, rules(&draft)), (true, vec!["downtime", "resumes"]));
    assert_eq!(refusal(Verb::Resume, Args::None, deployment("web:3")), "deployment/web is not paused");
}

#[test]
fn restart_annotates_the_template() {
    let at = "1970-01-12T13:46:40Z";
    let key = "kubectl.kubernetes.io/restartedAt";
    let map = "/spec/template/metadata/annotations";
    let draft = plan(Verb::Restart, Args::None, deployment("web:3"));
    let generation = test("/metadata/generation", json!(7));
    assert_eq!(patch(&draft), json!([generation, test(map, Value::Null), put(map, json!({key: at}))]));
    assert_eq!(
        changes(&draft),
        ["pods: 3 serve → 3 new ones replace them, a few at a time", &format!("restarted at: never → {at}")]
    );

    let noted = with(deployment("web:3"), map, json!({"a": "b"}));
    let draft = plan(Verb::Restart, Args::None, noted);
    let path = "/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
    assert_eq!(patch(&draft), json!([generation, put(path, json!(at))]));

    let refused = refusal(Verb::Restart, Args::None, paused(deployment("web:3")));
    assert_eq!(refused, "can't restart paused deployment (run rollout resume first)");
}

#[test]
fn recreate_makes_a_restart_destructive() {
    let draft = plan(Verb::Restart, Args::None, recreating());
    assert!(draft.destructive);
    assert_eq!(
        draft.guards[0].says,
        "strategy Recreate: all 3 pods that serve end before new ones start; nothing serves in between"
    );
    assert!(!plan(Verb::Restart, Args::None, deployment("web:3")).destructive);
}

#[test]
fn scale_goes_through_its_own_door_and_tests_the_number() {
    let draft = plan(Verb::Scale, Args::Replicas(5), deployment("web:3"));
    assert_eq!(draft.writes[0].sub, Sub::Scale);
    assert_eq!(patch(&draft), json!([test("/spec/replicas", json!(3)), put("/spec/replicas", json!(5))]));
    let command = "kubectl scale deployment/web --current-replicas=3 --replicas=5 -n shop --context lab";
    assert_eq!(draft.kubectl.unwrap(), command);

    let none = with(deployment("web:3"), "/spec/replicas", json!(0));
    let draft = plan(Verb::Scale, Args::Replicas(1), none);
    assert_eq!(patch(&draft), json!([test("/spec/replicas", Value::Null), put("/spec/replicas", json!(1))]));

    let destructive = |pods| plan(Verb::Scale, Args::Replicas(pods), deployment("web:3")).destructive;
    assert_eq!([0, 1, 2, 4].map(destructive), [true, true, false, false]);
    assert!(refusal(Verb::Scale, Args::Replicas(-1), deployment("web:3")).starts_with("-1 is no number of pods"));
    assert_eq!(refusal(Verb::Scale, Args::Replicas(3), deployment("web:3")), "deployment/web is already scaled to 3");
}

#[test]
fn set_image_brings_its_change_cause() {
    let draft = plan(Verb::SetImage, images(&[("app", "web:4")]), deployment("web:3"));
    assert_eq!(
        patch(&draft),
        json!([
            test("/metadata/generation", json!(7)),
            put("/spec/template/spec/containers/0/image", json!("web:4")),
            put("/metadata/annotations/kubernetes.io~1change-cause", json!("set image app=web:4")),
        ])
    );
    assert_eq!(changes(&draft), ["image of app: web:3 → web:4", "change-cause: none → set image app=web:4"]);
    assert_eq!(
        draft.kubectl.unwrap(),
        "kubectl set image deployment/web app=web:4 -n shop --context lab && kubectl annotate --overwrite \
         deployment/web 'kubernetes.io/change-cause=set image app=web:4' -n shop --context lab"
    );
}

#[test]
fn a_star_is_every_container_and_a_missing_map_is_made() {
    let bare = with(deployment("web:3"), "/metadata/annotations", Value::Null);
    let args = Args::Images { images: vec![("*".into(), "all:1".into())], cause: Some("ticket 9".into()) };
    assert_eq!(
        patch(&plan(Verb::SetImage, args, bare)),
        json!([
            test("/metadata/generation", json!(7)),
            test("/metadata/annotations", Value::Null),
            put("/spec/template/spec/containers/0/image", json!("all:1")),
            put("/spec/template/spec/initContainers/0/image", json!("all:1")),
            put("/metadata/annotations", json!({"kubernetes.io/change-cause": "ticket 9"})),
        ])
    );
}

#[test]
fn set_image_refuses_what_makes_no_sense() {
    let refused = |pairs: &[(&str, &str)]| refusal(Verb::SetImage, images(pairs), deployment("web:3"));
    assert_eq!(refused(&[("ap", "web:4")]), "unable to find container named \"ap\": there is app, migrate");
    assert_eq!(refused(&[("app", "web:3")]), "nothing would change: the template has these images already");
    assert!(refused(&[("app", "web 4")]).contains("without spaces"));
    assert!(refused(&[("app", "web:4"), ("app", "web:5")]).contains("twice"));
    assert!(refused(&[]).contains("CONTAINER=IMAGE"));

    let draft = plan(Verb::SetImage, images(&[("app", "web:4")]), paused(recreating()));
    assert_eq!((draft.destructive, rules(&draft)), (false, vec!["paused"]));
    assert_eq!(rules(&plan(Verb::SetImage, images(&[("app", "web:4")]), recreating())), ["downtime"]);
}

#[test]
fn nothing_is_planned_for_another_object_or_one_that_leaves() {
    let other = with(deployment("web:3"), "/metadata/uid", json!("other"));
    assert!(refusal(Verb::Pause, Args::None, other).contains("created again"));
    let leaving = with(deployment("web:3"), "/metadata/deletionTimestamp", json!("2026-11-21T03:12:00Z"));
    assert_eq!(refusal(Verb::Pause, Args::None, leaving), "deployment/web is being deleted");
    assert_eq!(try_plan(&running(), Verb::Pause, Args::None, &[]).unwrap_err(), "deployment/web was not read");
}

#[test]
fn done_is_what_the_controller_says() {
    let done =
        |verb, args, rollout: &Rollout| (systems::verb("deployment", verb).unwrap().done)(rollout, &intent(verb, args));
    let settled = running();
    let waiting = Rollout { status: settled.status.clone(), phase: Phase::Paused, ..running() };
    let mut rolling = running();
    (rolling.phase, rolling.status.standing) = (Phase::Progressing, Standing::Waiting);
    for verb in [Verb::Resume, Verb::Undo, Verb::Restart] {
        assert_eq!([&settled, &waiting, &rolling].map(|r| done(verb, Args::None, r)), [true, false, false]);
    }
    assert_eq!([&settled, &waiting, &rolling].map(|r| done(Verb::Pause, Args::None, r)), [false, true, false]);
    assert_eq!([&settled, &waiting, &rolling].map(|r| done(Verb::SetImage, images(&[]), r)), [true, true, false]);

    let scaled = |pods: Pods| {
        let mut rollout = Rollout { desired: 5, ..running() };
        rollout.versions[0].pods = pods;
        done(Verb::Scale, Args::Replicas(5), &rollout)
    };
    assert!(scaled(Pods { have: 5, available: 5, ..Pods::default() }));
    assert!(!scaled(Pods { have: 5, available: 4, ..Pods::default() }));
    assert!(!scaled(Pods { have: 6, available: 5, ..Pods::default() }));
    assert!(!done(Verb::Scale, Args::Replicas(5), &running()), "three are wanted");
}
