//! Which representation is answered: JSON, whole, as a table or as metadata only. Protobuf is declined.

use super::{call::Query, status::Status};

/// How an object is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum View {
    /// As it is stored.
    Whole,
    /// Only its metadata.
    Metadata,
    /// Rows and columns, each with this much of its object.
    Table(Include),
}

/// How much of its object a row carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Include {
    Nothing,
    Metadata,
    Object,
}

/// The first representation of an `Accept` header that can be had; an empty one accepts everything.
pub(super) fn view(accept: &str, query: &Query) -> Result<View, Status> {
    if accept.trim().is_empty() {
        return Ok(View::Whole);
    }
    accept.split(',').find_map(|media| one(media, query)).ok_or_else(Status::not_acceptable)
}

fn one(media: &str, query: &Query) -> Option<View> {
    let mut parts = media.split(';').map(str::trim);
    if !matches!(parts.next()?, "application/json" | "application/*" | "*/*") {
        return None;
    }
    let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
    let get = |name: &str| parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let newest = get("v") == Some("v1");
    match get("as") {
        None => Some(View::Whole),
        Some("Table") if newest => Some(View::Table(match query.get("includeObject") {
            Some("None") => Include::Nothing,
            Some("Object") => Include::Object,
            _ => Include::Metadata,
        })),
        Some("PartialObjectMetadata" | "PartialObjectMetadataList") if newest => Some(View::Metadata),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_representation_that_can_be_had() {
        let view = |accept: &str| view(accept, &Query::default()).ok();
        assert_eq!(view("application/vnd.kubernetes.protobuf, application/json"), Some(View::Whole));
        assert_eq!(view("application/vnd.kubernetes.protobuf"), None);
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(view(kubectl), Some(View::Table(Include::Metadata)));
        assert_eq!(view("application/json;as=Table;v=v1beta1;g=meta.k8s.io"), None);
        assert_eq!(view("*/*"), Some(View::Whole));
        assert_eq!(view(""), Some(View::Whole));
    }
}
