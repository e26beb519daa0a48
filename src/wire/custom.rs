//! Custom resources: all that is said of one is kept; of who wrote its fields, who and when. What is in it is not judged here.

use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::{Value, json};

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
        let writers = metadata.remove("managedFields");
        let writers = writers.iter().filter_map(Value::as_array).flatten().filter_map(writer);
        let writers: Vec<Value> = writers.collect();
        if !writers.is_empty() {
            metadata.insert("managedFields".to_owned(), Value::Array(writers));
        }
    }
    let meta = metadata.reduce_annotated(kind.clone(), door);
    Ok(Object::Custom(Arc::new(Custom { meta, body })))
}

/// Who wrote to the object itself, and when: which fields is much text, and status is written all the time.
fn writer(of: &Value) -> Option<Value> {
    let is_status = of.get("subresource").and_then(Value::as_str).is_some_and(|sub| !sub.is_empty());
    (!is_status).then(|| json!({"manager": of.get("manager"), "time": of.get("time")}))
}
