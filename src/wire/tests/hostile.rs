//! Invalid text, items that do not decode, refusals in any form, and bytes that are nothing at all.

use proptest::prelude::*;
use prost::Message;

use super::{decode, delimited, door, envelope, fixtures, fixtures::s, frame, list_of, pod_bytes};
use crate::{
    domain::{Kind, Object},
    wire::{Bad, Encoding, Heard, ListDecoder, WatchDecoder, decode_status},
};

const KINDS: [Kind; 8] = [
    Kind::DEPLOYMENT,
    Kind::REPLICA_SET,
    Kind::POD,
    Kind::SERVICE,
    Kind::SLICE,
    Kind::EVENT,
    Kind::HPA,
    Kind::HTTP_ROUTE,
];

/// An Event whose message is not UTF-8, as the API server stores and serves it.
fn bad_event() -> Vec<u8> {
    let mut bytes = fixtures::event().encode_to_vec();
    let at = bytes.windows(8).position(|window| window == b"Back-off").unwrap();
    bytes[at..at + 4].copy_from_slice(&[0xff, 0xfe, 0xc3, 0x28]);
    bytes
}

/// A pod whose metadata decodes and whose spec is a number.
fn broken_pod(name: &str) -> Vec<u8> {
    let mut pod = fixtures::pod();
    pod.metadata.as_mut().unwrap().name = s(name);
    (pod.spec, pod.status) = (None, None);
    let mut bytes = pod.encode_to_vec();
    bytes.extend_from_slice(&[0x10, 1]);
    bytes
}

#[test]
fn invalid_text_spoils_neither_the_list_nor_the_item() {
    let body = list_of("Event", &[fixtures::event().encode_to_vec(), bad_event()]);
    let mut list = ListDecoder::new(&Kind::EVENT, Encoding::Protobuf).unwrap();
    let items = list.push(&body, &mut door()).unwrap();
    let Object::Event(event) = &items[1] else { panic!("{items:?}") };
    assert_eq!(event.message, "\u{fffd}\u{fffd}\u{fffd}(-off restarting");
    assert_eq!(list.finish(&mut door()).unwrap().skipped, []);
}

#[test]
fn an_item_that_does_not_decode_is_named_and_skipped() {
    let body = list_of("Pod", &[pod_bytes(), broken_pod("odd"), pod_bytes()]);
    let mut list = ListDecoder::new(&Kind::POD, Encoding::Protobuf).unwrap();
    assert_eq!(list.push(&body, &mut door()).unwrap().len(), 2);
    let skipped = list.finish(&mut door()).unwrap().skipped;
    assert_eq!(skipped.iter().map(|at| (&*at.namespace, &*at.name)).collect::<Vec<_>>(), [("shop", "odd")]);

    let mut list = ListDecoder::new(&Kind::POD, Encoding::Json).unwrap();
    let body = br#"{"kind":"PodList","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"odd","namespace":"shop"},"spec":1}]}"#;
    assert_eq!(list.push(body, &mut door()).unwrap(), []);
    assert_eq!(list.finish(&mut door()).unwrap().skipped, skipped);
}

#[test]
fn an_item_without_a_name_is_no_item() {
    let mut list = ListDecoder::new(&Kind::POD, Encoding::Protobuf).unwrap();
    assert!(matches!(list.push(&list_of("Pod", &[Vec::new()]), &mut door()), Err(Bad::Malformed(_))));
}

#[test]
fn a_watched_object_that_does_not_decode_is_named() {
    let mut watch = WatchDecoder::new(&Kind::POD, Encoding::Protobuf).unwrap();
    let heard = watch.push(&frame("MODIFIED", "Pod", &broken_pod("odd")), &mut door()).unwrap();
    let [Heard::Undecodable { at, resource_version }] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((at.name.as_str(), resource_version.as_str()), ("odd", "42"));
}

#[test]
fn an_item_may_not_reach_beyond_its_list() {
    let mut body = list_of("Pod", &[pod_bytes()]);
    let raw = 4 + 2 + 4 + 9;
    assert_eq!(body[raw], 0x12, "the list begins here");
    body[raw + 1] -= 1;
    let mut list = ListDecoder::new(&Kind::POD, Encoding::Protobuf).unwrap();
    assert!(matches!(list.push(&body, &mut door()), Err(Bad::Malformed(_))));
}

#[test]
fn refusals_come_in_three_forms() {
    let mut details = Vec::new();
    delimited(5, &[0x28, 3], &mut details);
    let raw = [&b"\x12\x07Failure\x1a\x02no\x22\x09Forbidden\x30\x93\x03"[..], &details].concat();
    let protobuf = decode_status("application/vnd.kubernetes.protobuf", 403, &envelope("Status", &raw));
    let json = br#"{"kind":"Status","message":"no","reason":"Forbidden","details":{"retryAfterSeconds":3},"code":403}"#;
    assert_eq!(protobuf, decode_status("application/json; charset=utf-8", 403, json));
    assert_eq!((protobuf.code, protobuf.reason.as_str()), (403, "Forbidden"));
    assert_eq!((protobuf.retry_after_s, protobuf.to_string().as_str()), (Some(3), "403 Forbidden: no"));
    let plain = decode_status("text/plain; charset=utf-8", 404, b"404 page not found\n");
    assert_eq!((plain.code, plain.message.as_str()), (404, "404 page not found"));
    assert_eq!(decode_status("application/vnd.kubernetes.protobuf", 502, b"k8s").code, 502);
}

#[test]
fn the_content_type_tells_the_encoding() {
    assert_eq!(Encoding::of("application/vnd.kubernetes.protobuf;stream=watch"), Some(Encoding::Protobuf));
    assert_eq!(Encoding::of("Application/JSON; charset=utf-8"), Some(Encoding::Json));
    assert_eq!(Encoding::of("application/json-patch+json"), None);
    assert_eq!(Encoding::of("text/plain"), None);
}

#[test]
fn an_object_is_not_taken_for_another_kind() {
    let body = envelope("Pod", &pod_bytes());
    assert_eq!(decode(&Kind::POD, Encoding::Protobuf, body.clone()).unwrap().at().name, "web-1");
    assert!(matches!(decode(&Kind::SERVICE, Encoding::Protobuf, body.clone()), Err(Bad::Unexpected { .. })));
    assert!(matches!(decode(&Kind::POD, Encoding::Json, &b"{}"[..]), Err(Bad::Unexpected { .. })));
    assert!(decode(&Kind::POD, Encoding::Protobuf, body[..body.len() - 9].to_vec()).is_err());
}

fn read_all(kind: &Kind, encoding: Encoding, bytes: &[u8]) {
    let mut list = ListDecoder::new(kind, encoding).unwrap();
    let mut watch = WatchDecoder::new(kind, encoding).unwrap();
    for chunk in bytes.chunks(7) {
        let _ = list.push(chunk, &mut door());
        let _ = watch.push(chunk, &mut door());
    }
    let _ = (list.finish(&mut door()), watch.finish());
    let _ = decode(kind, encoding, bytes.to_vec());
    let _ = decode_status("application/json", 500, bytes);
    let _ = decode_status("application/vnd.kubernetes.protobuf", 500, bytes);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for kind in KINDS {
            for body in [&bytes[..], &[b"k8s\0".as_slice(), &bytes].concat(), &list_of(&kind.kind, std::slice::from_ref(&bytes))] {
                read_all(&kind, Encoding::Protobuf, body);
                read_all(&kind, Encoding::Json, body);
            }
        }
    }

    #[test]
    fn no_broken_bytes_make_it_panic(at in 0_usize..1_000, byte in any::<u8>()) {
        let mut body = list_of("Pod", &[pod_bytes()]);
        let at = at % body.len();
        body[at] = byte;
        read_all(&Kind::POD, Encoding::Protobuf, &body);
    }
}
