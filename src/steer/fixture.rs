//! Deeds and managed fields for the tests of this room.

use serde_json::{Value, json};

use crate::{
    domain::{Args, Deed, Proof, Text, Verb, Write, sample::NOW},
    systems::fixture::{ask, intent, rollout, with},
};

/// An entry of `managedFields`, written that many seconds after [`NOW`].
pub(super) fn hand(manager: &str, sub: &str, secs: i64, fields: &Value) -> Value {
    let time = jiff::Timestamp::from_second(NOW.0 / 1_000 + secs).unwrap().to_string();
    json!({"manager": manager, "operation": "Update", "subresource": sub, "time": time, "fieldsV1": fields})
}

/// An object with these managers.
pub(super) fn managed(whole: Value, hands: &[Value]) -> Value {
    with(whole, "/metadata/managedFields", json!(hands))
}

/// The write that a verb plans for an object.
pub(super) fn write(verb: Verb, args: Args, whole: &Value) -> Write {
    let (rollout, intent) = (rollout(&[]), intent(verb, args));
    let whole = [whole.clone()];
    super::draft(&ask(&rollout, &intent, &whole)).unwrap().writes.remove(0)
}

/// A deed of that verb, confirmed at [`NOW`].
pub(super) fn deed(verb: Verb, args: Args, whole: &Value) -> Deed {
    Deed {
        id: "1".into(),
        by: "me@bastion".into(),
        at: NOW,
        writes: vec![write(verb, args.clone(), whole)],
        intent: intent(verb, args),
        title: verb.word().into(),
        reason: Text::default(),
        flight: None,
        proof: Proof::default(),
    }
}
