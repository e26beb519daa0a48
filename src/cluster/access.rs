//! What we may do, asked of the server: reviews of our own rights. They are POSTs, and store nothing.

use futures::{StreamExt as _, stream};
use http::{Request, header};
use kube::client::Body;
use serde_json::{Value, json};

use super::{api::Api, trouble::Failure};
use crate::domain::{Access, Name, Right, Text};

/// Reviews asked at the same time: each is a connection.
const AT_ONCE: usize = 8;
/// A review is at most this long.
const BYTES: usize = 64 << 10;
/// Where reviews are posted.
const PATH: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// Asks for all of them; answers in the same order.
pub(super) async fn review(api: &Api, rights: Vec<Right>) -> Vec<Access> {
    stream::iter(rights).map(|right| one(api, right)).buffered(AT_ONCE).collect().await
}

async fn one(api: &Api, right: Right) -> Access {
    let answer = match request(&right) {
        None => Err(Failure::Garbled("this question cannot be written".to_owned())),
        Some(request) => api.fetch(request, BYTES).await,
    };
    let body = answer.map_err(|failure| failure.sentence()).and_then(|body| {
        serde_json::from_slice::<Value>(&body).map_err(|error| format!("the answer does not decode: {error}"))
    });
    match body {
        Err(why) => Access { right, allowed: None, reason: Text::clean(&why) },
        Ok(review) => {
            let text = |field: &str| review.pointer(field).and_then(Value::as_str).filter(|text| !text.is_empty());
            let reason = text("/status/reason").or_else(|| text("/status/evaluationError")).unwrap_or_default();
            let allowed = review.pointer("/status/allowed").and_then(Value::as_bool);
            Access { right, allowed, reason: Text::clean(reason) }
        }
    }
}

/// The names in a list of which only the metadata matters.
pub(super) fn names(list: &[u8]) -> Result<Vec<Name>, Failure> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Option<Vec<Item>>,
    }
    #[derive(serde::Deserialize)]
    struct Item {
        metadata: Metadata,
    }
    #[derive(serde::Deserialize)]
    struct Metadata {
        name: Name,
    }
    let list: List = serde_json::from_slice(list)
        .map_err(|error| Failure::Garbled(format!("the list of namespaces does not decode: {error}")))?;
    let mut names: Vec<Name> = list.items.unwrap_or_default().into_iter().map(|item| item.metadata.name).collect();
    names.sort();
    Ok(names)
}

fn request(right: &Right) -> Option<Request<Body>> {
    let (resource, subresource) = right.resource.split_once('/').unwrap_or((&right.resource, ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "verb": right.verb.as_str(),
            "group": right.group.as_str(),
            "resource": resource,
            "subresource": subresource,
            "namespace": right.namespace.as_deref().unwrap_or_default(),
        }},
    });
    Request::post(PATH)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .body(Body::from(serde_json::to_vec(&review).ok()?))
        .ok()
}
