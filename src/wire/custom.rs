//! Custom resources: all that is said of one is kept, but for who wrote which field. What is in it is not judged here.

use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value;

use crate::domain::{Custom, Kind, Object};

use super::{Door, Encoding, meta::Head};

/// One custom resource out of its JSON; the error says why it is none. There is no protobuf of them.
pub(super) fn read(kind: &Kind, encoding: Encoding, body: &[u8], door: &mut Door) -> Result<Object, String> {
    if encoding == Encoding::Protobuf {
        return Err(format!("a {kind} is a custom resource, and those exist in JSON only"));
    }
    // As for the slim types, text that is not UTF-8 spoils itself and nothing else.
    let mut body: Value = serde_json::from_str(&String::from_utf8_lossy(body)).map_err(|error| error.to_string())?;
    let head = Head::deserialize(&body).map_err(|error| error.to_string())?;
    let metadata = head.metadata.filter(|metadata| !metadata.name.is_empty()).ok_or("an object has no name")?;
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    let meta = metadata.reduce_annotated(kind.clone(), door);
    Ok(Object::Custom(Arc::new(Custom { meta, body })))
}
