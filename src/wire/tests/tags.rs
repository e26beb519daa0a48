//! The tags: what the reference types encode must reduce to what the same object in JSON reduces to.

use prost::Message;
use serde_json::Value;

use super::{decode, envelope, fixtures, values};
use crate::{
    domain::{Kind, Object, Template},
    wire::Encoding,
};

/// What the two encodings reduce to, fingerprints apart.
fn both(kind: &Kind, reference: &impl Message, json: &Value) -> (Object, Object) {
    let protobuf = envelope(&kind.kind, &reference.encode_to_vec());
    let protobuf = decode(kind, Encoding::Protobuf, protobuf).unwrap();
    let json = decode(kind, Encoding::Json, json.to_string()).unwrap();
    (plain(&protobuf), plain(&json))
}

/// The object without its fingerprint, which tells the encodings apart.
fn plain(object: &Object) -> Object {
    let bare = |template: &Template| Template { fingerprint: 0, ..template.clone() };
    let mut object = object.clone();
    if let Object::Deployment(deployment) = &mut object {
        let deployment = std::sync::Arc::make_mut(deployment);
        deployment.template = bare(&deployment.template);
    } else if let Object::Set(set) = &mut object {
        let set = std::sync::Arc::make_mut(set);
        set.template = bare(&set.template).into();
    }
    object
}

macro_rules! equal_and_as_recorded {
    ($($kind:ident $name:ident),*) => {
        $(#[test]
        fn $name() {
            let (protobuf, json) = both(&Kind::$kind, &fixtures::$name(), &values::$name());
            assert_eq!(protobuf, json);
            insta::assert_debug_snapshot!(protobuf);
        })*
    };
}

equal_and_as_recorded!(
    POD pod, DEPLOYMENT deployment, REPLICA_SET replica_set, SERVICE service, SLICE slice, HPA hpa, EVENT event
);

#[test]
fn a_deployment_and_its_set_have_one_fingerprint() {
    let set = decode(&Kind::REPLICA_SET, Encoding::Protobuf, {
        let mut set = fixtures::replica_set();
        let template = set.spec.as_mut().unwrap().template.as_mut().unwrap();
        template.metadata.as_mut().unwrap().labels.insert("pod-template-hash".to_owned(), "abc".to_owned());
        envelope("ReplicaSet", &set.encode_to_vec())
    });
    let deployment = envelope("Deployment", &fixtures::deployment().encode_to_vec());
    let deployment = decode(&Kind::DEPLOYMENT, Encoding::Protobuf, deployment);
    let (Ok(Object::Set(set)), Ok(Object::Deployment(deployment))) = (set, deployment) else { panic!("not decoded") };
    assert_eq!(*set.template, deployment.template);
    assert_ne!(set.template.fingerprint, 0);
}
