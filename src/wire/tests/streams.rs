//! Lists and watches in pieces of any size, cut anywhere.

use prost::Message;
use serde_json::json;

use super::{door, envelope, fixtures, fixtures::s, frame, list_of, pod_bytes};
use crate::{
    domain::{Kind, Object},
    wire::{Bad, Encoding, Heard, ListDecoder, ListEnd, WatchDecoder},
};

const BOTH: [Encoding; 2] = [Encoding::Protobuf, Encoding::Json];

fn named(name: &str) -> Vec<u8> {
    let mut pod = fixtures::pod();
    pod.metadata.as_mut().unwrap().name = s(name);
    pod.encode_to_vec()
}

fn list_body(encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => list_of("Pod", &[named("a"), named("b"), named("c")]),
        Encoding::Json => {
            let pod = |name: &str| json!({"metadata": {"name": name, "annotations": {"a": "]}\\\"{\"items\":["}}, "spec": {"items": [{}]}});
            let metadata = json!({"resourceVersion": "77", "continue": "next", "remainingItemCount": 5});
            let items = [pod("a"), pod("b"), pod("c")];
            format!(r#"{{"kind":"PodList","metadata":{metadata},"items" : {}}}"#, json!(items)).into_bytes()
        }
    }
}

fn read(encoding: Encoding, body: &[u8], chunk: usize) -> Result<(Vec<Object>, ListEnd), Bad> {
    let (mut list, mut door) = (ListDecoder::new(&Kind::POD, encoding)?, door());
    let mut items = Vec::new();
    for chunk in body.chunks(chunk) {
        items.extend(list.push(chunk, &mut door)?);
    }
    Ok((items, list.finish(&mut door)?))
}

#[test]
fn a_list_reads_alike_in_chunks_of_any_size() {
    for encoding in BOTH {
        let body = list_body(encoding);
        let whole = read(encoding, &body, body.len()).unwrap();
        let names: Vec<_> = whole.0.iter().map(|pod| pod.at().name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let end = ListEnd {
            resource_version: "77".to_owned(),
            continue_token: Some("next".to_owned()),
            remaining: Some(5),
            skipped: Vec::new(),
        };
        assert_eq!(whole.1, end);
        for chunk in 1..body.len() {
            assert_eq!(read(encoding, &body, chunk).unwrap(), whole, "{encoding:?} in chunks of {chunk}");
        }
    }
}

#[test]
fn items_come_before_the_list_ends() {
    for encoding in BOTH {
        let body = list_body(encoding);
        let mut list = ListDecoder::new(&Kind::POD, encoding).unwrap();
        assert_eq!(list.push(&body[..body.len() - 60], &mut door()).unwrap().len(), 2, "{encoding:?}");
    }
}

#[test]
fn a_cut_list_is_an_error_wherever_it_is_cut() {
    for encoding in BOTH {
        let body = list_body(encoding);
        // Behind the protobuf list stand two empty fields of its envelope; without one of them it is still whole.
        let whole_at = if encoding == Encoding::Protobuf { [4, 2] } else { [0, 0] };
        for len in 0..body.len() {
            if !whole_at.contains(&(body.len() - len)) {
                assert_eq!(read(encoding, &body[..len], 50), Err(Bad::Cut), "{encoding:?} cut at {len}");
            }
        }
    }
}

#[test]
fn an_empty_list_is_whole() {
    assert_eq!(read(Encoding::Protobuf, &list_of("Pod", &[]), 3).unwrap().0, []);
    for items in ["[]", "null", "[ ]"] {
        let body = format!(r#"{{"kind":"PodList","metadata":{{"resourceVersion":"77"}},"items":{items}}}"#);
        let (objects, end) = read(Encoding::Json, body.as_bytes(), 3).unwrap();
        assert_eq!((objects.len(), end.resource_version.as_str()), (0, "77"));
    }
}

#[test]
fn another_kind_is_refused() {
    let wrong = |encoding, body: &[u8]| matches!(read(encoding, body, 7), Err(Bad::Unexpected { .. }));
    assert!(wrong(Encoding::Protobuf, &list_of("Service", &[pod_bytes()])));
    assert!(wrong(Encoding::Json, br#"{"kind":"Status","code":403}"#));
    assert_eq!(read(Encoding::Protobuf, br#"{"kind":"PodList"}"#, 7), Err(Bad::NotProtobuf));
    assert!(matches!(ListDecoder::new(&Kind::fixed("", "Secret"), Encoding::Json), Err(Bad::Unread(_))));
}

#[test]
fn a_list_without_a_version_is_none() {
    assert!(matches!(read(Encoding::Protobuf, &envelope("PodList", &[]), 7), Err(Bad::Malformed(_))));
    assert!(matches!(read(Encoding::Json, br#"{"kind":"PodList"}"#, 7), Err(Bad::Malformed(_))));
}

fn watch(encoding: Encoding, body: &[u8], chunk: usize) -> Result<Vec<Heard>, Bad> {
    let (mut watch, mut door) = (WatchDecoder::new(&Kind::POD, encoding)?, door());
    let mut heard = Vec::new();
    for chunk in body.chunks(chunk) {
        heard.extend(watch.push(chunk, &mut door)?);
    }
    watch.finish().map(|()| heard)
}

fn watch_body(encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => {
            let status = b"\x12\x07Failure\x1a\x03old\x22\x07Expired\x30\x9a\x03";
            [
                frame("ADDED", "Pod", &named("a")),
                frame("MODIFIED", "Pod", &named("b")),
                frame("DELETED", "Pod", &named("c")),
                frame("BOOKMARK", "Pod", &bookmark_bytes()),
                frame("ERROR", "Status", status),
            ]
            .concat()
        }
        Encoding::Json => {
            let pod = |word: &str, name: &str| json!({"type": word, "object": {"kind": "Pod", "metadata": {"name": name, "uid": "uid-1", "namespace": "shop", "resourceVersion": "42"}}});
            let annotations = json!({"k8s.io/initial-events-end": "true"});
            let events = [
                pod("ADDED", "a"),
                pod("MODIFIED", "b"),
                pod("DELETED", "c"),
                json!({"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "88", "annotations": annotations}}}),
                json!({"type": "ERROR", "object": {"kind": "Status", "message": "old", "reason": "Expired", "code": 410}}),
            ];
            events.map(|event| format!("{event}\n")).concat().into_bytes()
        }
    }
}

fn bookmark_bytes() -> Vec<u8> {
    let annotations = [("k8s.io/initial-events-end".to_owned(), "true".to_owned())].into();
    let metadata = k8s_pb::apimachinery::pkg::apis::meta::v1::ObjectMeta {
        resource_version: s("88"),
        annotations,
        ..Default::default()
    };
    k8s_pb::api::core::v1::Pod { metadata: Some(metadata), ..Default::default() }.encode_to_vec()
}

#[test]
fn a_watch_reads_alike_in_chunks_of_any_size() {
    for encoding in BOTH {
        let body = watch_body(encoding);
        let whole = watch(encoding, &body, body.len()).unwrap();
        let [Heard::Put(a, rv), Heard::Put(b, _), Heard::Gone(c, uid, _), bookmark, Heard::Refused(status)] =
            &whole[..]
        else {
            panic!("{whole:?}")
        };
        assert_eq!((a.at().name.as_str(), rv.as_str(), b.at().name.as_str()), ("a", "42", "b"));
        assert_eq!((c.name.as_str(), c.namespace.as_str(), uid.as_str()), ("c", "shop", "uid-1"));
        let expected = Heard::Bookmark { resource_version: "88".to_owned(), initial_events_end: true };
        assert_eq!(*bookmark, expected);
        assert_eq!((status.code, status.reason.as_str(), status.message.as_str()), (410, "Expired", "old"));
        for chunk in 1..body.len() {
            assert_eq!(watch(encoding, &body, chunk).unwrap(), whole, "{encoding:?} in chunks of {chunk}");
        }
    }
}

#[test]
fn a_watch_that_ends_within_a_frame_says_so() {
    for encoding in BOTH {
        let body = watch_body(encoding);
        assert_eq!(watch(encoding, &body[..body.len() - 3], 9), Err(Bad::Cut));
    }
}

#[test]
fn a_bookmark_without_the_annotation_ends_nothing() {
    let body = br#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}"#;
    let bookmark = Heard::Bookmark { resource_version: "9".to_owned(), initial_events_end: false };
    assert_eq!(watch(Encoding::Json, body, 5), Ok(vec![bookmark]));
}

#[test]
fn what_a_watch_never_says_is_an_error() {
    assert_eq!(watch(Encoding::Protobuf, &[0xff; 8], 8), Err(Bad::TooLarge));
    let unknown = frame("RENAMED", "Pod", &pod_bytes());
    assert_eq!(watch(Encoding::Protobuf, &unknown, 8), Err(Bad::EventType("RENAMED".into())));
    assert!(matches!(watch(Encoding::Json, b"nonsense", 8), Err(Bad::Malformed(_))));
    let other = frame("ADDED", "Service", &pod_bytes());
    assert!(matches!(watch(Encoding::Protobuf, &other, 8), Err(Bad::Unexpected { .. })));
}

#[test]
fn nodes_are_read_by_their_metadata_whole_or_not() {
    for kind in ["PartialObjectMetadata", "Node"] {
        let mut list = ListDecoder::new(&Kind::NODE, Encoding::Protobuf).unwrap();
        let nodes = list.push(&list_of(kind, &[fixtures::node()]), &mut door()).unwrap();
        let [Object::Node(node)] = nodes.as_slice() else { panic!("{nodes:?}") };
        assert_eq!((node.meta.at.name.as_str(), node.meta.labels.get("app").unwrap().as_str()), ("n1", "web"));
    }
}
