//! `Status` bodies: how the simulated server says no, in the words and the shape of the real one (each was compared with
//! kube-apiserver 1.36.1). It decides nothing.

use serde_json::{Value, json};

use super::{catalog::Row, reply::Reply};
use crate::sim::{Conflict, Refusal};

/// A refusal with all that its body tells.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sim) struct Status {
    pub(super) code: u16,
    /// The machine word; empty where the real server gives none.
    pub(super) reason: &'static str,
    pub(super) message: String,
    /// Left out of the body when null.
    pub(super) details: Value,
}

/// The sentence for a body that decodes and still cannot be handled. It names nothing: so does the real one.
const BARE: &str = "the server rejected our request due to an error in our request";

impl Status {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: json!({}) }
    }

    /// 400, without details.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self { details: Value::Null, ..Self::new(400, "BadRequest", message) }
    }

    /// 404 for an object.
    pub(super) fn no_object(row: &Row, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", row.qualified())).about(row, name)
    }

    /// 404 for a path below a group that is served.
    pub(super) fn no_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// 405.
    pub(super) fn no_method() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// 406.
    pub(super) fn not_acceptable() -> Self {
        let available = "application/json, application/json;stream=watch";
        let message = format!("406: Not Acceptable\n\nAvailable representations: {available}");
        Self::new(406, "NotAcceptable", message)
    }

    /// 409 for a deletion that was meant for another object of that name. It names the kind, where others name the resource.
    pub(super) fn conflict(row: &Row, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", row.qualified_kind());
        let mut status = Self::new(409, "Conflict", message);
        status.details = json!({"name": name, "kind": row.kind});
        set(&mut status.details, "group", row.group);
        status
    }

    /// 410 for a continue token that is too old.
    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self { details: Value::Null, ..Self::new(410, "Expired", message) }
    }

    /// 413.
    pub(in crate::sim) fn too_large(limit: usize) -> Self {
        let message = format!("Request entity too large: limit is {limit}");
        Self::new(413, "RequestEntityTooLarge", message)
    }

    /// 415 for the type of a patch.
    pub(super) fn no_such_patch() -> Self {
        Self::new(415, "UnsupportedMediaType", "415: Unsupported Media Type")
    }

    /// 415 for the type of a patch of a custom resource.
    pub(super) fn no_such_patch_of_custom() -> Self {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
        Self { details: Value::Null, ..Self::new(415, "UnsupportedMediaType", message) }
    }

    /// 415 for the type of an object.
    pub(super) fn no_such_body(why: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, \
             application/vnd.kubernetes.protobuf (the simulated cluster cannot read this one: {why}; write the object \
             down and use `kubectl apply -f`)"
        );
        Self { details: Value::Null, ..Self::new(415, "UnsupportedMediaType", message) }
    }

    /// 422 that names nothing.
    pub(super) fn bare() -> Self {
        Self::new(422, "Invalid", BARE)
    }

    /// 422 for one field of something that is not an object: options, mostly.
    pub(super) fn invalid_options(kind: &str, name: &str, field: &str, why: &str) -> Self {
        let (group, plain) = kind.split_once('.').map_or(("", kind), |(plain, group)| (group, plain));
        let message = format!("{kind} \"{name}\" is invalid: {field}: {why}");
        let mut status = Self::new(422, "Invalid", message);
        status.details = json!({"kind": plain, "causes": [cause(field, why)]});
        set(&mut status.details, "name", name);
        set(&mut status.details, "group", group);
        status
    }

    /// 422 for one field of an object.
    pub(super) fn invalid(row: &Row, name: &str, field: &str, why: &str) -> Self {
        Self::invalid_options(&row.qualified_kind(), name, field, why)
    }

    /// 429 for an eviction that a disruption budget does not allow now.
    pub(super) fn guarded(why: &str) -> Self {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        let causes = json!([{"reason": "DisruptionBudget", "message": why}]);
        Self { details: json!({"causes": causes}), ..Self::new(429, "TooManyRequests", message) }
    }

    /// 500 without a reason: what the real server says where a patch breaks its own code.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { details: Value::Null, ..Self::new(500, "", message) }
    }

    /// 503.
    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        Self { details: Value::Null, ..Self::new(503, "ServiceUnavailable", message) }
    }

    /// 504 for a version that is not there yet.
    pub(super) fn too_new(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        let causes = json!([{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]);
        Self { details: json!({"causes": causes, "retryAfterSeconds": 1}), ..Self::new(504, "Timeout", message) }
    }

    /// What the storage refused about an object.
    pub(super) fn refused(refusal: Refusal, row: &Row, name: &str) -> Self {
        let Refusal { code, reason, message, wrong, conflicts } = refusal;
        let status = Self::new(code, reason, message);
        if !conflicts.is_empty() {
            let cause = |Conflict { with, field }: Conflict| json!({"reason": "FieldManagerConflict", "message": format!("conflict with {with}"), "field": field});
            let causes: Vec<Value> = conflicts.into_iter().map(cause).collect();
            return Self { details: json!({"causes": causes}), ..status };
        }
        if reason != "Invalid" {
            return status.about(row, name);
        }
        let causes: Vec<Value> = wrong
            .iter()
            .map(|said| {
                let (field, why) = said.split_once(": ").unwrap_or(("", said));
                cause(field, why)
            })
            .collect();
        let mut details = json!({"name": name, "kind": row.kind, "causes": causes});
        set(&mut details, "group", row.group);
        Self { details, ..status }
    }

    fn about(mut self, row: &Row, name: &str) -> Self {
        self.details = json!({"name": name, "kind": row.plural});
        set(&mut self.details, "group", row.group);
        self
    }

    /// The body.
    pub(in crate::sim) fn body(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message,
        });
        set(&mut body, "reason", self.reason);
        if let (Some(body), false) = (body.as_object_mut(), self.details.is_null()) {
            body.insert("details".to_owned(), self.details.clone());
        }
        if let Some(body) = body.as_object_mut() {
            body.insert("code".to_owned(), self.code.into());
        }
        body
    }

    /// The whole answer.
    pub(in crate::sim) fn reply(&self) -> Reply {
        Reply::json(self.code, &self.body())
    }
}

/// The answer to a deletion that left nothing behind.
pub(super) fn deleted(row: &Row, name: &str, uid: &str) -> Value {
    let mut details = json!({"name": name, "kind": row.plural, "uid": uid});
    set(&mut details, "group", row.group);
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

fn cause(field: &str, why: &str) -> Value {
    let words = [
        ("Required value", "FieldValueRequired"),
        ("Forbidden", "FieldValueForbidden"),
        ("Unsupported value", "FieldValueNotSupported"),
        ("Not found", "FieldValueNotFound"),
        ("Duplicate value", "FieldValueDuplicate"),
    ];
    let reason = words.iter().find(|(word, _)| why.starts_with(word)).map_or("FieldValueInvalid", |(_, reason)| reason);
    json!({"reason": reason, "message": why, "field": field})
}

/// Sets a member unless it would be empty.
fn set(object: &mut Value, key: &str, value: &str) {
    if let (Some(object), false) = (object.as_object_mut(), value.is_empty()) {
        object.insert(key.to_owned(), value.into());
    }
}
