//! Events of `v1`, in both of their dialects: the old one counts and has two timestamps, the new one has an event time
//! and a series.

use std::sync::Arc;

use bytes::Bytes;

use crate::domain::{self, EventKind, Kind, Object, Ref};

use super::{
    Door, Encoding,
    kinds::Slim,
    meta::{ObjectMeta, Time, message, moment},
    network::ObjectReference,
};

message! {
    /// `v1.Event`.
    #[expect(clippy::struct_field_names, reason = "the API's names")]
    pub(super) struct Event {
        #[prost(message, optional, tag = "1")]
        metadata: Option<ObjectMeta>,
        #[prost(message, optional, tag = "2")]
        involved_object: Option<ObjectReference>,
        #[prost(bytes = "bytes", tag = "3")]
        reason: Bytes,
        #[prost(bytes = "bytes", tag = "4")]
        message: Bytes,
        #[prost(message, optional, tag = "5")]
        source: Option<Source>,
        #[prost(message, optional, tag = "6")]
        first_timestamp: Option<Time>,
        #[prost(message, optional, tag = "7")]
        last_timestamp: Option<Time>,
        #[prost(int32, tag = "8")]
        count: i32,
        #[prost(bytes = "bytes", tag = "9")]
        r#type: Bytes,
        #[prost(message, optional, tag = "10")]
        event_time: Option<Time>,
        #[prost(message, optional, tag = "11")]
        series: Option<Series>,
        #[prost(bytes = "bytes", tag = "14")]
        reporting_component: Bytes,
    }
}

message! {
    pub(super) struct Source {
        #[prost(bytes = "bytes", tag = "1")]
        component: Bytes,
    }
}

message! {
    pub(super) struct Series {
        #[prost(int32, tag = "1")]
        count: i32,
        #[prost(message, optional, tag = "2")]
        last_observed_time: Option<Time>,
    }
}

impl Slim for Event {
    fn metadata(&self) -> Option<&ObjectMeta> {
        self.metadata.as_ref()
    }

    fn reduce(self, _: Encoding, door: &mut Door) -> Object {
        let meta = self.metadata.unwrap_or_default().reduce(Kind::EVENT, door);
        let about = self.involved_object.unwrap_or_default();
        let series = self.series.unwrap_or_default();
        let (first, event) = (moment(self.first_timestamp), moment(self.event_time));
        let last = moment(series.last_observed_time).or(moment(self.last_timestamp)).or(event).or(first);
        let reporter = Some(self.reporting_component).filter(|name| !name.is_empty());
        let reporter = reporter.unwrap_or_else(|| self.source.unwrap_or_default().component);
        Object::Event(Arc::new(domain::Event {
            about: Ref {
                cluster: door.cluster(),
                namespace: door.name(&about.namespace),
                kind: door.kind(&about.api_version, &about.kind),
                name: door.name(&about.name),
            },
            about_uid: door.uid(&about.uid),
            container: container(&about.field_path).map(|name| door.name(name)),
            kind: if *self.r#type == *b"Warning" { EventKind::Warning } else { EventKind::Normal },
            reason: door.name(&self.reason),
            message: door.text(&self.message),
            count: self.count.max(series.count).max(1),
            first: first.or(event).unwrap_or(meta.created),
            last: last.unwrap_or(meta.created),
            by: door.name(&reporter),
            meta,
        }))
    }
}

/// `app` out of `spec.containers{app}`; init and ephemeral containers are written alike.
fn container(field_path: &[u8]) -> Option<&[u8]> {
    let open = field_path.iter().position(|byte| *byte == b'{')?;
    field_path.get(open + 1..)?.strip_suffix(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_stands_in_braces() {
        assert_eq!(container(b"spec.containers{app}"), Some(&b"app"[..]));
        assert_eq!(container(b"spec.initContainers{init-db}"), Some(&b"init-db"[..]));
        assert_eq!(container(b"spec.containers"), None);
        assert_eq!(container(b"{"), None);
    }
}
