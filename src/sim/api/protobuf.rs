//! Bodies in protobuf, as kubectl writes them with its typed clients (`kubectl create deployment`, `autoscale`), read into the
//! JSON that they stand for. Only reading: every answer is JSON. What the tables do not list is refused, never dropped.

mod messages;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use self::messages::{Field, Kind, Message};

/// Its media type.
pub(super) const MEDIA: &str = "application/vnd.kubernetes.protobuf";

/// What such a body begins with, before its `runtime.Unknown`.
const MAGIC: &[u8] = b"k8s\0";

/// The object in a body, of a kind. The error says what cannot be read.
pub(super) fn read(body: &[u8], kind: &str) -> Result<Value, String> {
    let mut envelope = body.strip_prefix(MAGIC).ok_or("it does not begin with \"k8s\\0\"")?;
    let (mut meta, mut raw): (&[u8], &[u8]) = (&[], &[]);
    while let Some((tag, wire)) = next(&mut envelope)? {
        match (tag, wire) {
            (1, Wire::Bytes(bytes)) => meta = bytes,
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let known = messages::of(kind).ok_or_else(|| format!("a {kind} is read as JSON only"))?;
    let mut object = message(known, raw)?;
    object.append(&mut message(&messages::TYPE_META, meta)?);
    Ok(Value::Object(object))
}

/// A value on the wire.
enum Wire<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

/// The next field: its number and value; None at the end.
fn next<'b>(bytes: &mut &'b [u8]) -> Result<Option<(u64, Wire<'b>)>, String> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let key = varint(bytes)?;
    let wire = match key & 7 {
        0 => Wire::Number(varint(bytes)?),
        2 => {
            let length = usize::try_from(varint(bytes)?).unwrap_or(usize::MAX);
            let (value, rest) = bytes.split_at_checked(length).ok_or("it ends in the middle of a field")?;
            *bytes = rest;
            Wire::Bytes(value)
        }
        other => return Err(format!("wire type {other} is not used by Kubernetes")),
    };
    Ok(Some((key >> 3, wire)))
}

fn varint(bytes: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or("it ends in the middle of a number")?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err("a number has more than 64 bits".to_owned())
}

fn message(known: &Message, mut bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let mut object = Map::new();
    while let Some((tag, wire)) = next(&mut bytes)? {
        let Some(field) = known.fields.iter().find(|field| field.tag == tag) else {
            // What Go has no pointer for is written even when it is nothing.
            if matches!(wire, Wire::Number(0) | Wire::Bytes(&[])) {
                continue;
            }
            return Err(format!("field {tag} of {} is not read", known.name));
        };
        put(&mut object, field, wire).map_err(|why| format!("{}.{}: {why}", known.name, field.name))?;
    }
    Ok(object)
}

fn put(object: &mut Map<String, Value>, field: &Field, wire: Wire<'_>) -> Result<(), String> {
    let value = match (field.kind, wire) {
        (Kind::Ignored, _) | (Kind::Flag | Kind::Number, Wire::Number(0)) => return Ok(()),
        (Kind::Text, Wire::Bytes(bytes)) => {
            let text = text(bytes)?;
            if text.is_empty() && !field.repeated {
                return Ok(());
            }
            text.into()
        }
        (Kind::Flag, Wire::Number(_)) => true.into(),
        (Kind::Number | Kind::Pointer, Wire::Number(number)) => number.cast_signed().into(),
        (Kind::Quantity, Wire::Bytes(bytes)) => quantity(bytes)?,
        (Kind::IntOrString, Wire::Bytes(bytes)) => int_or_string(bytes)?,
        (Kind::Texts | Kind::Quantities, Wire::Bytes(bytes)) => {
            let (key, value) = entry(bytes, field.kind)?;
            if let Some(map) = object.entry(field.name).or_insert_with(|| Map::new().into()).as_object_mut() {
                map.insert(key, value);
            }
            return Ok(());
        }
        (Kind::Of(known), Wire::Bytes(bytes)) => message(known, bytes)?.into(),
        (_, Wire::Number(_) | Wire::Bytes(_)) => return Err("it has the wrong wire type".to_owned()),
    };
    if field.repeated {
        if let Some(list) = object.entry(field.name).or_insert_with(|| Vec::<Value>::new().into()).as_array_mut() {
            list.push(value);
        }
    } else {
        object.insert(field.name.to_owned(), value);
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| "it is not UTF-8".to_owned())
}

/// `resource.Quantity`: its text.
fn quantity(mut bytes: &[u8]) -> Result<Value, String> {
    match next(&mut bytes)? {
        Some((1, Wire::Bytes(said))) => Ok(text(said)?.into()),
        _ => Ok("0".into()),
    }
}

/// `intstr.IntOrString`: which of the two, then both.
fn int_or_string(mut bytes: &[u8]) -> Result<Value, String> {
    let (mut is_text, mut number, mut said) = (false, 0, String::new());
    while let Some(field) = next(&mut bytes)? {
        match field {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(value)) => number = value.cast_signed(),
            (3, Wire::Bytes(value)) => said = text(value)?,
            _ => {}
        }
    }
    Ok(if is_text { said.into() } else { number.into() })
}

/// An entry of a map.
fn entry(mut bytes: &[u8], kind: Kind) -> Result<(String, Value), String> {
    let (mut key, mut value) = (String::new(), Value::from(""));
    while let Some(field) = next(&mut bytes)? {
        match field {
            (1, Wire::Bytes(said)) => key = text(said)?,
            (2, Wire::Bytes(said)) => {
                value = if kind == Kind::Quantities { quantity(said)? } else { text(said)?.into() }
            }
            _ => {}
        }
    }
    Ok((key, value))
}
