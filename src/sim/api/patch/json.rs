//! JSON patches as the real server applies them: all or nothing, `test` of null passes where nothing is, and what fails is
//! never named.

use json_patch::{Patch, PatchOperation};
use serde_json::Value;

use super::super::status::Status;

/// The object after all operations.
pub(super) fn apply(object: &Value, patch: &Value) -> Result<Value, Status> {
    if !patch.is_array() {
        let what = if patch.is_object() { "object" } else { "value" };
        let why = format!("json: cannot unmarshal {what} into Go value of type []handlers.jsonPatchOp");
        return Err(Status::bad_request(format!("error decoding patch: {why}")));
    }
    let Patch(operations) = serde_json::from_value(patch.clone()).map_err(|_| Status::bare())?;
    let mut object = object.clone();
    for operation in operations {
        if passes(&operation, &object) {
            continue;
        }
        json_patch::patch(&mut object, &[operation]).map_err(|_| Status::bare())?;
    }
    Ok(object)
}

/// Seen in the lab: a `test` whose value is null passes where the path is absent.
fn passes(operation: &PatchOperation, object: &Value) -> bool {
    matches!(operation, PatchOperation::Test(test) if test.value.is_null() && test.path.resolve(object).is_err())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_test_of_null_passes_where_nothing_is() {
        let object = json!({"spec": {"paused": true, "replicas": 3}});
        let after = |patch: Value| apply(&object, &patch).map_err(|status| (status.code, status.message));
        let bare = (422, Status::bare().message);
        assert!(after(json!([{"op": "test", "path": "/spec/nope", "value": null}])).is_ok());
        assert!(after(json!([{"op": "test", "path": "/metadata/annotations/x", "value": null}])).is_ok());
        assert_eq!(after(json!([{"op": "test", "path": "/spec/paused", "value": null}])), Err(bare.clone()));
        assert_eq!(after(json!([{"op": "test", "path": "/spec/replicas", "value": 4}])), Err(bare.clone()));
        assert_eq!(after(json!([{"op": "replace", "path": "/spec/nope", "value": 4}])), Err(bare.clone()));
        assert_eq!(after(json!([{"op": "frob", "path": "/spec"}])), Err(bare));
        assert_eq!(
            after(json!([{"op": "add", "path": "/spec/x", "value": 1}, {"op": "remove", "path": "/spec/paused"}])),
            Ok(json!({"spec": {"replicas": 3, "x": 1}}))
        );
        assert_eq!(after(json!({})).unwrap_err().0, 400);
    }
}
