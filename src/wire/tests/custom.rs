//! Custom resources: kept whole, told apart, and spoiled by nothing but themselves.

use serde_json::{Value, json};

use super::{decode, door, envelope};
use crate::{
    domain::{Custom, Kind, Object},
    wire::{Bad, Encoding, Heard, ListDecoder, WatchDecoder},
};

fn route(name: &str) -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "shop", "uid": "u1", "generation": 4, "resourceVersion": "42",
            "labels": {"app": "web"}, "creationTimestamp": "1970-01-01T00:00:02Z",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "note": "n"},
            "managedFields": [
                {"manager": "kubectl", "time": "2026-11-21T03:08:00Z", "fieldsV1": {"f:spec": {}}},
                {"manager": "traefik", "time": "2026-11-21T03:09:00Z", "subresource": "status", "fieldsV1": {}},
            ],
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u0", "controller": true}]},
        "spec": {"rules": [{"backendRefs": [{"name": "v1", "weight": 90}, {"name": "v2", "weight": 10}]}]}})
}

fn custom(object: &Object) -> &Custom {
    let Object::Custom(custom) = object else { panic!("{object:?}") };
    custom
}

fn listed(items: &str, chunk: usize) -> Result<(Vec<Object>, Vec<String>), Bad> {
    let body = format!(r#"{{"kind":"HTTPRouteList","metadata":{{"resourceVersion":"77"}},"items":[{items}]}}"#);
    let (mut list, mut door) = (ListDecoder::new(&Kind::HTTP_ROUTE, Encoding::Json)?, door());
    let mut objects = Vec::new();
    for chunk in body.as_bytes().chunks(chunk) {
        objects.extend(list.push(chunk, &mut door)?);
    }
    let skipped = list.finish(&mut door)?.skipped;
    Ok((objects, skipped.into_iter().map(|at| at.to_string()).collect()))
}

#[test]
fn all_of_it_is_kept_but_for_who_wrote_which_field() {
    let object = decode(&Kind::HTTP_ROUTE, Encoding::Json, route("app").to_string()).unwrap();
    let Custom { meta, body } = custom(&object);
    assert_eq!((meta.at.to_string().as_str(), meta.generation, meta.created.0), ("httproute/app", 4, 2_000));
    assert_eq!((meta.at.kind.clone(), meta.at.cluster.as_str()), (Kind::HTTP_ROUTE, "lab"));
    assert_eq!((meta.labels.get("app").unwrap().as_str(), meta.owner.as_ref().unwrap().uid.as_str()), ("web", "u0"));
    assert_eq!(meta.annotations.get("note").unwrap().as_str(), "n");
    let mut whole = route("app");
    whole["metadata"]["managedFields"] = json!([{"manager": "kubectl", "time": "2026-11-21T03:08:00Z"}]);
    assert_eq!(*body, whole);
}

#[test]
fn lists_and_watches_read_alike_in_chunks_of_any_size() {
    let items = format!("{},{}", route("a"), route("b"));
    let whole = listed(&items, usize::MAX).unwrap();
    assert_eq!(whole.0.iter().map(|object| object.at().name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    for chunk in [1, 7, 64] {
        assert_eq!(listed(&items, chunk).unwrap(), whole);
    }
    let mut watch = WatchDecoder::new(&Kind::HTTP_ROUTE, Encoding::Json).unwrap();
    let event = json!({"type": "MODIFIED", "object": route("a")}).to_string();
    let heard: Vec<Heard> =
        event.as_bytes().chunks(5).flat_map(|chunk| watch.push(chunk, &mut door()).unwrap()).collect();
    let [Heard::Put(object, version)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((object, version.as_str()), (&whole.0[0], "42"));
}

#[test]
fn what_does_not_decode_is_named_and_skipped() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let deep = format!(r#"{{"metadata":{{"name":"deep","namespace":"shop"}},"spec":{deep}}}"#);
    let (objects, skipped) = listed(&format!("{deep},{}", route("app")), 50).unwrap();
    assert_eq!((objects.len(), skipped), (1, vec!["httproute/deep".to_owned()]));
    for nothing in ["{}", r#"{"metadata":{}}"#, r#"{"metadata":null,"spec":{}}"#, r#"{"metadata":[]}"#] {
        assert!(matches!(listed(nothing, 9), Err(Bad::Malformed(_))), "{nothing}");
    }
    assert_eq!(listed("1", 9).unwrap().0, []);
}

#[test]
fn a_field_of_another_type_is_kept_as_it_is() {
    let odd = r#"{"metadata":{"name":"odd"},"spec":[null,1e400,"x"]}"#;
    assert!(listed(odd, 9).is_err() || !listed(odd, 9).unwrap().1.is_empty(), "no number is that large");
    let odd = r#"{"metadata":{"name":"odd","managedFields":7},"spec":[null,-1.5,"x"]}"#;
    let (objects, _) = listed(odd, 9).unwrap();
    assert_eq!(custom(&objects[0]).body, json!({"metadata": {"name": "odd"}, "spec": [null, -1.5, "x"]}));
}

#[test]
fn text_that_is_not_utf8_spoils_only_itself() {
    let mut body = route("app").to_string().into_bytes();
    let at = body.windows(2).position(|window| window == b"v2").unwrap();
    body[at] = 0xff;
    let object = decode(&Kind::HTTP_ROUTE, Encoding::Json, body).unwrap();
    let name = custom(&object).body.pointer("/spec/rules/0/backendRefs/1/name").unwrap();
    assert_eq!(name, "\u{fffd}2");
}

#[test]
fn another_kind_and_another_encoding_are_refused() {
    let other = decode(&Kind::GRPC_ROUTE, Encoding::Json, route("app").to_string());
    assert!(matches!(other, Err(Bad::Unexpected { .. })));
    let protobuf = decode(&Kind::HTTP_ROUTE, Encoding::Protobuf, envelope("HTTPRoute", b"\x0a\x05\x0a\x03app"));
    assert_eq!(
        protobuf.unwrap_err().to_string(),
        "the answer cannot be decoded: a HTTPRoute is a custom resource, and those exist in JSON only"
    );
    assert!(matches!(
        ListDecoder::new(&Kind::fixed("gateway.networking.k8s.io", "Gateway"), Encoding::Json),
        Err(Bad::Unread(_))
    ));
}
