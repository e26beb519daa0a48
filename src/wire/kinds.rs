//! Which slim type reads which kind, and one object decoded on its own.

use bytes::Bytes;
use prost::Message;
use serde::de::DeserializeOwned;

use crate::domain::{Kind, Object, Ref, Served, Text};

use super::{
    Bad, Door, Encoding, apps, autoscaling, custom,
    envelope::{TypeMeta, Unknown},
    event,
    meta::{Head, ObjectMeta},
    network, node, pod,
};

/// A slim type.
pub(super) trait Slim: Message + Default + DeserializeOwned {
    /// Its metadata.
    fn metadata(&self) -> Option<&ObjectMeta>;
    /// The domain object it stands for.
    fn reduce(self, encoding: Encoding, door: &mut Door) -> Object;
}

/// The kinds that have a slim type, and the custom ones, which are kept whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Deployment,
    ReplicaSet,
    Pod,
    Service,
    Slice,
    Hpa,
    Event,
    Node,
    /// A custom resource of that kind.
    Custom(&'static Kind),
}

impl Shape {
    const BUILTIN: [Self; 8] =
        [Self::Deployment, Self::ReplicaSet, Self::Pod, Self::Service, Self::Slice, Self::Hpa, Self::Event, Self::Node];

    /// The shape of a kind; an error for a kind that is not read.
    pub(super) fn of(kind: &Kind) -> Result<Self, Bad> {
        let builtin = Self::BUILTIN.into_iter().find(|shape| shape.kind() == *kind);
        let custom = || Served::of(kind).filter(|served| served.custom).map(|served| Self::Custom(&served.kind));
        builtin.or_else(custom).ok_or_else(|| Bad::Unread(kind.clone()))
    }

    /// Its kind.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Deployment => Kind::DEPLOYMENT,
            Self::ReplicaSet => Kind::REPLICA_SET,
            Self::Pod => Kind::POD,
            Self::Service => Kind::SERVICE,
            Self::Slice => Kind::SLICE,
            Self::Hpa => Kind::HPA,
            Self::Event => Kind::EVENT,
            Self::Node => Kind::NODE,
            Self::Custom(kind) => kind.clone(),
        }
    }

    /// An error unless `got` is the kind that was asked for, followed by `suffix` (`List`). Of nodes the metadata is asked for,
    /// which a server that does not know that answers with whole ones.
    pub(super) fn expect(self, got: &[u8], suffix: &str) -> Result<(), Bad> {
        let wanted = self.kind().kind;
        let of = got.strip_suffix(suffix.as_bytes());
        if of == Some(wanted.as_bytes()) || (self == Self::Node && of == Some(b"PartialObjectMetadata")) {
            return Ok(());
        }
        Err(Bad::Unexpected { wanted: Text::from(format!("{wanted}{suffix}")), got: Text::lossy(got) })
    }

    /// One object out of its encoded bytes (without an envelope). The error says why it does not decode.
    pub(super) fn read(self, encoding: Encoding, body: Bytes, door: &mut Door) -> Result<Object, String> {
        match self {
            Self::Deployment => slim::<apps::Deployment>(encoding, body, door),
            Self::ReplicaSet => slim::<apps::ReplicaSet>(encoding, body, door),
            Self::Pod => slim::<pod::Pod>(encoding, body, door),
            Self::Service => slim::<network::Service>(encoding, body, door),
            Self::Slice => slim::<network::EndpointSlice>(encoding, body, door),
            Self::Hpa => slim::<autoscaling::HorizontalPodAutoscaler>(encoding, body, door),
            Self::Event => slim::<event::Event>(encoding, body, door),
            Self::Node => slim::<node::Node>(encoding, body, door),
            Self::Custom(kind) => custom::read(kind, encoding, &body, door),
        }
    }

    /// One item of a list: itself, or only which one it is when the rest does not decode. It is an error when not even
    /// that can be told.
    pub(super) fn item(self, encoding: Encoding, body: Bytes, door: &mut Door) -> Result<Result<Object, Ref>, Bad> {
        let why = match self.read(encoding, body.clone(), door) {
            Ok(object) => return Ok(Ok(object)),
            Err(why) => why,
        };
        let head: Head = parse(encoding, body).map_err(|_| Bad::malformed(&why))?;
        let metadata = head.metadata.filter(|metadata| !metadata.name.is_empty());
        let metadata = metadata.ok_or_else(|| Bad::malformed(&why))?;
        Ok(Err(metadata.at(self.kind(), door)))
    }
}

fn slim<T: Slim>(encoding: Encoding, body: Bytes, door: &mut Door) -> Result<Object, String> {
    let slim: T = parse(encoding, body)?;
    if slim.metadata().is_none_or(|metadata| metadata.name.is_empty()) {
        return Err("an object has no name".to_owned());
    }
    Ok(slim.reduce(encoding, door))
}

/// A message out of bytes of either encoding.
pub(super) fn parse<T: Message + Default + DeserializeOwned>(encoding: Encoding, body: Bytes) -> Result<T, String> {
    match encoding {
        Encoding::Protobuf => T::decode(body).map_err(|error| error.to_string()),
        Encoding::Json => serde_json::from_slice(&body).map_err(|error| error.to_string()),
    }
}

/// One whole object: the answer to a GET. For items that a list had to skip, ask for JSON.
pub fn decode_object(kind: &Kind, encoding: Encoding, body: Bytes, door: &mut Door) -> Result<Object, Bad> {
    let shape = Shape::of(kind)?;
    let object = match encoding {
        Encoding::Protobuf => {
            let unknown = Unknown::open(body)?;
            shape.expect(unknown.kind(), "")?;
            unknown.raw.ok_or(Bad::Cut)?
        }
        Encoding::Json => {
            let meta: TypeMeta = parse(encoding, body.clone()).map_err(|error| Bad::malformed(&error))?;
            shape.expect(&meta.kind, "")?;
            body
        }
    };
    shape.read(encoding, object, door).map_err(|error| Bad::malformed(&error))
}
