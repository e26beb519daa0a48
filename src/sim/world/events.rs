//! Events as the recorder of the real components writes them: the same event again only counts up, and after ten alike in
//! ten minutes the rest become one `(combined from similar events)`. They go after an hour, as `--event-ttl` says.

use serde_json::{Value, json};

use super::World;
use crate::domain::{Moment, Sub};
use crate::sim::{
    Resource,
    objects::{
        json::{int, moment, set, stamp, text},
        luck::hash,
    },
};

/// What is told about an object.
#[derive(Clone, Copy, Debug)]
pub(in crate::sim) struct Note<'a> {
    /// Who tells it: `deployment-controller`, `kubelet`…
    pub(in crate::sim) component: &'a str,
    /// `Normal` or `Warning`.
    pub(in crate::sim) kind: &'a str,
    /// One word.
    pub(in crate::sim) reason: &'a str,
    /// One sentence.
    pub(in crate::sim) message: &'a str,
    /// Which part of the object: `spec.containers{app}`; empty for all of it.
    pub(in crate::sim) part: &'a str,
}

/// Alike events in ten minutes that are told one by one (client-go's correlator).
const ALIKE: usize = 10;
const ALIKE_MS: i64 = 600_000;
const KEPT_MS: i64 = 3_600_000;

impl World {
    /// Tells an event about an object.
    pub(in crate::sim) fn tell(&mut self, about: &Value, note: Note<'_>) {
        let namespace = match text(about, "/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        };
        self.forget_old_events(namespace);
        let (uid, now) = (text(about, "/metadata/uid"), self.now());
        let alike = |event: &&Value| {
            let recent = moment(text(event, "/lastTimestamp")).is_some_and(|at| now.0 - at.0 < ALIKE_MS);
            recent && text(event, "/involvedObject/uid") == uid && text(event, "/reason") == note.reason
        };
        let alike: Vec<&Value> = self.objects.list(Resource::Events, Some(namespace)).filter(alike).collect();
        let same = |message: &str| alike.iter().find(|event| text(event, "/message") == message).copied();
        let combined = format!("(combined from similar events): {}", note.message);
        let mut again = same(note.message).cloned();
        let mut message = note.message;
        if again.is_none() && alike.len() >= ALIKE {
            message = &combined;
            again = alike.iter().find(|event| text(event, "/message").starts_with("(combined from")).copied().cloned();
        }
        if let Some(mut event) = again {
            let count = int(&event, "/count") + 1;
            set(&mut event, &["count"], count);
            set(&mut event, &["lastTimestamp"], stamp(now));
            set(&mut event, &["message"], message);
            // It was read a line above: nobody else can have written it.
            drop(self.objects.replace((Resource::Events, Sub::Main), event, note.component, now));
            return;
        }
        let event = fresh(about, namespace, (note, message), now);
        // A namespace that is gone takes no events; the real one refuses them too.
        drop(self.objects.create(Resource::Events, event, note.component, now));
    }

    fn forget_old_events(&mut self, namespace: &str) {
        let now = self.now();
        let old = |event: &&Value| moment(text(event, "/lastTimestamp")).is_some_and(|at| now.0 - at.0 > KEPT_MS);
        let names = self.objects.list(Resource::Events, Some(namespace)).filter(old);
        let names: Vec<String> = names.map(|event| text(event, "/metadata/name").to_owned()).collect();
        for name in names {
            self.objects.forget(Resource::Events, namespace, &name, now);
        }
    }
}

fn fresh(about: &Value, namespace: &str, (note, message): (Note<'_>, &str), now: Moment) -> Value {
    let (now, now_ms) = (stamp(now), now.0);
    let part = |pointer| text(about, pointer);
    let name = part("/metadata/name");
    let node = part("/spec/nodeName");
    let mark = hash(&format!("{} {} {message} {now_ms}", part("/metadata/uid"), note.reason));
    let mut event = json!({
        "metadata": {"name": format!("{name}.{mark}"), "namespace": namespace},
        "involvedObject": {
            "apiVersion": part("/apiVersion"), "kind": part("/kind"), "name": name, "namespace": namespace,
            "uid": part("/metadata/uid"), "resourceVersion": part("/metadata/resourceVersion"),
        },
        "type": note.kind, "reason": note.reason, "message": message,
        "count": 1, "firstTimestamp": now, "lastTimestamp": now, "eventTime": null,
        "source": {"component": note.component},
        "reportingComponent": note.component, "reportingInstance": "",
    });
    if !note.part.is_empty() {
        set(&mut event, &["involvedObject", "fieldPath"], note.part);
    }
    if note.component == "kubelet" {
        set(&mut event, &["source", "host"], node);
        set(&mut event, &["reportingInstance"], node);
    }
    event
}
