//! Edge cases of single values: times, amounts, nulls and absences.

use serde_json::{Value, json};

use super::decode;
use crate::{
    domain::{Amount, Deployment, Event, EventKind, Kind, Moment, Object, Pod, PodPhase, Strategy},
    wire::Encoding,
};

fn read(kind: &Kind, mut value: Value) -> Object {
    value["kind"] = json!(kind.kind.as_str());
    value["metadata"]["name"] = json!("x");
    decode(kind, Encoding::Json, value.to_string()).unwrap()
}

fn deployment(spec: &Value) -> Deployment {
    let Object::Deployment(it) = read(&Kind::DEPLOYMENT, json!({"spec": spec})) else { panic!("another kind") };
    (*it).clone()
}

fn event(value: Value) -> Event {
    let Object::Event(it) = read(&Kind::EVENT, value) else { panic!("another kind") };
    (*it).clone()
}

#[test]
fn absent_fields_are_what_the_api_says_they_are() {
    let it = deployment(&json!({}));
    assert_eq!((it.replicas, it.deadline_s, it.history_limit, it.terminating), (1, None, None, None));
    assert_eq!(it.strategy, Strategy::Rolling { surge: Amount::DEFAULT, unavailable: Amount::DEFAULT });
    assert_eq!(deployment(&json!({"progressDeadlineSeconds": i32::MAX})).deadline_s, None);
    assert_eq!(deployment(&json!({"replicas": 0})).replicas, 0);
}

#[test]
fn null_is_absence_everywhere() {
    let spec = json!({"replicas": null, "template": null, "selector": {"matchLabels": null, "matchExpressions": null},
        "strategy": {"type": null, "rollingUpdate": {"maxSurge": null}}, "paused": null, "minReadySeconds": null});
    assert_eq!(deployment(&spec), deployment(&json!({"template": {}})));
}

#[test]
fn amounts_are_numbers_or_percentages() {
    let strategy = |surge: Value| deployment(&json!({"strategy": {"rollingUpdate": {"maxSurge": surge}}})).strategy;
    let expect = |surge| Strategy::Rolling { surge, unavailable: Amount::DEFAULT };
    assert_eq!(strategy(json!(0)), expect(Amount::Pods(0)));
    assert_eq!(strategy(json!("0%")), expect(Amount::Percent(0)));
    assert_eq!(strategy(json!("nonsense")), expect(Amount::DEFAULT));
    assert_eq!(deployment(&json!({"strategy": {"type": "Recreate"}})).strategy, Strategy::Recreate);
}

#[test]
fn times_of_events_fall_back_one_by_one() {
    let created = json!({"creationTimestamp": "1970-01-01T00:00:01Z"});
    let old = event(json!({"metadata": created, "firstTimestamp": "1970-01-01T00:00:02Z", "lastTimestamp": null}));
    assert_eq!((old.first, old.last, old.count), (Moment(2_000), Moment(2_000), 1));
    let new = event(json!({"metadata": created, "eventTime": "1970-01-01T00:00:03.5Z", "lastTimestamp": null}));
    assert_eq!((new.first, new.last), (Moment(3_500), Moment(3_500)));
    let zero = event(json!({"metadata": created, "firstTimestamp": "0001-01-01T00:00:00Z", "type": "Warning"}));
    assert_eq!((zero.first, zero.last, zero.kind), (Moment(1_000), Moment(1_000), EventKind::Warning));
    let by = event(json!({"source": {"component": "kubelet"}, "reportingComponent": ""}));
    assert_eq!((by.by.as_str(), by.kind), ("kubelet", EventKind::Normal));
}

#[test]
fn a_pod_just_made_has_no_states_yet() {
    let spec = json!({"containers": [{"name": "app", "image": "a"}], "readinessGates": [{"conditionType": "g"}]});
    let Object::Pod(pod) = read(&Kind::POD, json!({"spec": spec, "status": {}})) else { panic!("another kind") };
    let Pod { node, phase, gates_missing, containers, .. } = &*pod;
    assert_eq!((node, phase, gates_missing.len()), (&None, &PodPhase::Pending, 1));
    assert_eq!(containers[0].state, crate::domain::ContainerState::Unreported);
}
